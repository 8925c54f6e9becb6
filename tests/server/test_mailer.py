"""The mail command: the message on its standard input, no shell, bounded in time, and the code in no log."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from ipcchat.core.effects import CodeSent, SendCode
from ipcchat.server import mailer, settings
from ipcchat.server.configuration import Configuration
from ipcchat.server.mailer import BUSY, NOT_SENT, RUNNING_MAX, Mailer
from ipcchat.server.settings import Loaded

CODE = "canaryinthemine234567abcde"
QUERY = SendCode("ann@example.org", "ann", CODE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the configuration is."""
    (tmp_path / "etc").mkdir()
    return tmp_path / "etc"


def mailer_of(folder: Path, *words: str, sender: str = "") -> Mailer:
    """A mailer with that command, from a configuration file."""
    file = folder / "chat.toml"
    file.write_text(f"[accounts]\nmail_command = {json.dumps(words)}\nmail_from = {json.dumps(sender)}\n")
    loaded = settings.load(file, {})
    assert isinstance(loaded, Loaded), loaded
    assert loaded.settings.verification is bool(words)
    return Mailer(Configuration(loaded, file))


def program(text: str) -> tuple[str, ...]:
    """A command that runs this."""
    return (sys.executable, "-S", "-c", text)


def reasons(captured: Any) -> list[str]:
    """Why the command failed, by the log."""
    return [record.fields["reason"] for record in captured.records]


@pytest.mark.parametrize(("sender", "shown"), [("", "noreply@chat.local"), ("chat@example.org", "chat@example.org")])
async def test_the_message_is_its_standard_input(folder: Path, tmp_path: Path, sender: str, shown: str):  # RFC 5322
    file = tmp_path / "mail; touch x $(touch y)"
    text = "import sys; open(sys.argv[1], 'wb').write(sys.stdin.buffer.read())"
    assert await mailer_of(folder, *program(text), str(file), sender=sender).send(QUERY) == CodeSent()
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert (message["To"], message["From"]) == ("ann@example.org", shown)
    assert message["Subject"] == "Your account ann on IPCChat"
    assert f"VERIFY ann {CODE}" in message.get_content()
    assert sorted(os.listdir(tmp_path)) == ["etc", file.name]


async def test_what_goes_wrong_is_said_and_logged_without_the_code(folder: Path, captured: Any):  # hostile input A12
    failing = mailer_of(folder, *program("import sys; print(sys.stdin.read()); sys.exit(75)"))
    assert await failing.send(QUERY) == CodeSent(NOT_SENT)
    (reason,) = reasons(captured)
    assert reason.startswith("exit code 75") and "<the code>" in reason
    assert CODE not in captured.text + repr(vars(captured.records[0]))


async def test_a_command_that_is_not_there(folder: Path, captured: Any):
    assert await mailer_of(folder, "/nowhere/sendmail").send(QUERY) == CodeSent(NOT_SENT)
    assert "No such file" in reasons(captured)[0]


async def test_a_command_that_does_not_read(folder: Path):
    assert await mailer_of(folder, *program("pass")).send(QUERY) == CodeSent()


async def test_a_command_that_does_not_end(folder: Path, monkeypatch: pytest.MonkeyPatch, captured: Any):
    monkeypatch.setattr(mailer, "SECONDS_MAX", 0.2)
    slow = mailer_of(folder, *program("import time; time.sleep(60)"))
    async with asyncio.timeout(10):
        assert await slow.send(QUERY) == CodeSent(NOT_SENT)
    assert reasons(captured) == ["it took more than 0.2 seconds"]


async def test_only_so_many_at_a_time(folder: Path, tmp_path: Path):
    door = tmp_path / "door"
    script = folder / "wait.py"
    script.write_text("import os, sys, time\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.01)\n")
    waiting = mailer_of(folder, sys.executable, "-S", str(script), str(door))
    asked = [asyncio.ensure_future(waiting.send(QUERY)) for _ in range(RUNNING_MAX)]
    await asyncio.sleep(0)
    assert await waiting.send(QUERY) == CodeSent(BUSY)
    door.touch()
    assert await asyncio.gather(*asked) == [CodeSent()] * RUNNING_MAX


async def test_a_server_without_one(folder: Path):
    assert await mailer_of(folder).send(QUERY) == CodeSent("this server sends no mail")
    assert await Mailer().send(QUERY) == CodeSent("this server sends no mail")
