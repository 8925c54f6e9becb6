"""Reading the configuration again while the server runs: whole or not at all, and what is said of it in the log."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from ipcchat.core.effects import Reloaded
from ipcchat.server import logs, settings
from ipcchat.server.configuration import Configuration
from ipcchat.server.settings import Loaded, load


def write(file: Path, text: str) -> None:
    """The administrator edits the file, which everybody may read."""
    file.write_text(text)
    file.chmod(0o644)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The configuration file."""
    file = tmp_path / "ipc-chat.toml"
    write(file, "server.motd = 'One.'\nstorage.memory = true\n")
    return file


def started(file: Path, **flags: object) -> Configuration:
    """What a server that was started with this file runs with."""
    given = {name.replace("_", ".", 1): value for name, value in flags.items()}
    loaded = load(file, given)
    assert isinstance(loaded, Loaded), loaded
    return Configuration(loaded, file, given)


async def test_what_changed_counts(file: Path, captured: Any):
    configuration = started(file)
    write(file, "server.motd = 'Two.'\nstorage.memory = true\nlimits.nick_bytes_max = 20\n")
    answer, new = await configuration.read_again()
    assert answer == Reloaded(str(file))
    assert new is configuration.loaded.settings
    assert (new.motd, configuration.limits.nick_bytes_max) == (("Two.",), 20)
    (record,) = captured.records
    assert record.fields == {"file": file, "changed": "limits.nick_bytes_max, server.motd"}


async def test_a_mistake_changes_nothing_and_is_logged(file: Path, captured: Any):
    configuration = started(file)
    before = configuration.loaded
    write(file, "server.motd = 'Two.'\nlimits.nick_bytes_max = 'x'\nserver.nmae = 'x'\n")
    answer, new = await configuration.read_again()
    assert new is None
    assert configuration.loaded is before
    assert answer.mistakes == (
        f"{file}: server.nmae: no such setting; did you mean server.name?",
        f"{file}: limits.nick_bytes_max: expected a number from 9 to 64, got 'x'",
    )
    assert [record.levelname for record in captured.records] == ["ERROR"] * 3
    assert [str(record.fields.get("mistake", "")) for record in captured.records] == ["", *answer.mistakes]


async def test_what_waits_for_a_restart_is_told_every_time(file: Path, captured: Any):
    configuration = started(file)
    listen = configuration.loaded.listen
    write(file, "server.listen = ['irc://127.0.0.1:7000']\nlimits.send_queue_bytes_max = 100_000\n")
    for _ in range(2):
        answer, _ = await configuration.read_again()
        assert answer.after_restart == ("limits.send_queue_bytes_max", "server.listen", "storage.memory")
    assert configuration.loaded.listen == listen
    assert [record.levelname for record in captured.records] == ["INFO", "WARNING"] * 2


async def test_flags_win_again_and_the_log_level_counts_at_once(file: Path, captured: Any):
    configuration = started(file, server_network="Flag")
    write(file, "storage.memory = true\nserver.network = 'File'\nserver.log_level = 'error'\n")
    level = logs.LOG.level
    try:
        _, new = await configuration.read_again()
        assert new is not None
        assert new.network == "Flag"
        assert logs.LOG.level == logging.ERROR
    finally:
        logs.LOG.setLevel(level)


async def test_remarks_are_logged(file: Path, captured: Any):
    configuration = started(file)
    write(file, "storage.memory = true\nserver.password = 'canary'\n")
    await configuration.read_again()
    assert "everybody on this machine can read it" in captured.records[-1].fields["remark"]
    assert "canary" not in str([vars(record) for record in captured.records])


async def test_without_a_file_there_is_nothing_to_read():
    loaded = load(None, {})
    assert isinstance(loaded, Loaded)
    assert await Configuration(loaded).read_again() == (Reloaded(""), None)


async def test_two_at_once_read_one_after_the_other(file: Path, monkeypatch: pytest.MonkeyPatch):
    configuration = started(file)
    original, reading, seen = settings.reload, [0], []

    def reload(previous: Loaded, path: Path | None, flags: object) -> object:
        reading[0] += 1
        seen.append((reading[0], previous))
        found = original(previous, path, {})
        reading[0] -= 1
        return found

    monkeypatch.setattr(settings, "reload", reload)
    before = configuration.loaded
    await asyncio.gather(configuration.read_again(), configuration.read_again())
    assert [number for number, _ in seen] == [1, 1]
    assert seen[0][1] is before
    assert seen[1][1] is not before


async def test_a_bug_in_the_reader_changes_nothing(file: Path, monkeypatch: pytest.MonkeyPatch, captured: Any):
    configuration = started(file)
    before = configuration.loaded
    monkeypatch.setattr(settings, "reload", lambda *arguments: 1 / 0)
    answer, new = await configuration.read_again()
    assert (new, configuration.loaded, len(answer.mistakes)) == (None, before, 1)
    assert [record.fields["error"] for record in captured.records] == ["ZeroDivisionError"]


async def test_what_a_start_would_find_wrong_changes_nothing(file: Path):
    configuration = started(file)
    before = configuration.loaded
    assert await configuration.mistakes() == []
    write(file, "server.motd = 7\nstorage.memory = true\n")
    (mistake,) = await configuration.mistakes()
    assert "motd" in str(mistake)
    assert configuration.loaded is before
