"""ipcchat/backend/sqlite_place.py: files that are not where they were opened. The server's side of it is row D03."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

import pytest

from ipcchat.backend import sqlite_place
from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.backend.sqlite_place import Place, Watch
from ipcchat.core.facts import Entry
from ipcchat.core.outcomes import Failed
from tests.backend.journals import Ear, eventually, latest, posted, renamed, texts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    for name in ("chat.db", "chat.db-wal"):
        (tmp_path / name).touch()
    return tmp_path / "chat.db"


def move(file: Path, to: Path) -> None:
    file.rename(to)


@pytest.mark.parametrize("name", ["chat.db", "chat.db-wal"])
def test_a_file_that_is_gone_another_or_back(path: Path, name: str):
    place, file = Place(path), path.with_name(name)
    assert place.missing() == ""
    place.require()
    file.rename(file.with_name("kept"))
    assert place.missing() == str(file)
    file.touch()
    assert place.missing() == str(file)
    with pytest.raises(sqlite3.OperationalError, match="deleted, moved or replaced") as caught:
        place.require()
    assert caught.value.sqlite_errorname == "SQLITE_READONLY_DBMOVED"
    file.with_name("kept").rename(file)
    assert place.missing() == ""


async def test_a_loss_is_said_once_and_so_is_the_return(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(sqlite_place, "WATCH_SECONDS", 0.005)
    caplog.set_level(logging.WARNING)
    told: list[str] = []
    watch = Watch(Place(path), told.append)
    move(path, path.with_name("kept"))
    await eventually(lambda: bool(caplog.records))
    move(path.with_name("kept"), path)
    await eventually(lambda: len(caplog.records) > 1)
    watch.stop()
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
    assert told == [record.message for record in caplog.records]


async def test_nothing_is_confirmed_while_the_file_is_elsewhere_and_nothing_is_lost(tmp_path: Path):
    path = tmp_path / "chat.db"
    backend, ear = SqliteBackend(path), Ear()
    await backend.open()
    backend.follow(ear)
    path.rename(path.with_name("elsewhere"))
    backend.append([posted("refused"), renamed()])
    assert [type(outcome) for outcome in await ear.until(2)] == [Failed, Entry]
    path.with_name("elsewhere").rename(path)
    backend.append([posted("stored")])
    assert isinstance((await ear.until(3))[2], Entry)
    found = await backend.history(latest())
    assert texts([past.entry for past in found.found if past.entry is not None]) == ["stored"]
    await backend.close()


async def test_a_journal_whose_file_was_replaced_is_closed_without_touching_the_other(tmp_path: Path):
    path = tmp_path / "chat.db"
    backend = SqliteBackend(path)
    await backend.open()
    backend.follow(Ear())
    path.unlink()
    path.write_bytes(b"another")
    await backend.close()
    assert path.read_bytes() == b"another"
