"""ipcchat/backend/search_index.py and the thread behind it, in a SqliteBackend: whatever happens to search.db, a search
answers, and the file is made anew."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from ipcchat.backend import search_file, search_filling, search_query, search_thread
from ipcchat.backend.base import BackendError
from ipcchat.backend.search_file import path_beside
from ipcchat.backend.search_index import SearchIndex
from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.core.effects import HistoryAnswer, Search
from tests.backend.journals import PATIENCE_SECONDS, Ear, eventually, posted

COUNT = 300


def looked_for(*words: str, limit: int = 1_000) -> Search:
    return Search({"#tea": ((0, 2**40),)}, 2**40, limit, words=words)


class Open:
    """An open backend of COUNT messages, and its index."""

    def __init__(self, path: Path) -> None:
        self.backend = SqliteBackend(path)
        self.ear = Ear()

    async def begin(self, count: int = COUNT) -> SearchIndex:
        await self.backend.open()
        self.backend.follow(self.ear)
        self.backend.append([posted(f"tea number{number}") for number in range(count)])
        await self.ear.until(count)
        return self.index

    @property
    def index(self) -> SearchIndex:
        return self.backend._search

    async def caught_up(self) -> None:
        """Wait until all is indexed that is in the journal now."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.index.behind != 0 or (await self.found("tea")).partial:  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    async def found(self, *words: str) -> HistoryAnswer:
        return await self.backend.history(looked_for(*words))


@pytest.fixture
async def open_(tmp_path: Path) -> AsyncIterator[Open]:
    opened = Open(tmp_path / "chat.db")
    yield opened
    await opened.backend.close()


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several parts and batches; without an index nothing older than the last few is found."""
    monkeypatch.setattr(search_file, "PART_BITS", 7)
    monkeypatch.setattr(search_filling, "BATCH_SEQS", 50)
    monkeypatch.setattr(search_thread, "GATHER_SECONDS", 0.01)
    monkeypatch.setattr(search_query, "SCAN_SEQS_MAX", 20)


async def test_the_index_follows_the_journal(open_: Open):
    await open_.begin()
    await open_.caught_up()
    answer = await open_.found("tea")
    assert (len(answer.found), answer.partial, answer.more) == (COUNT, False, False)
    open_.backend.append([posted("tea just now")])
    await open_.ear.until(COUNT + 1)
    assert len((await open_.found("just now")).found) == 1
    await open_.caught_up()
    assert len((await open_.found("just now")).found) == 1


async def test_after_a_restart_it_goes_on_and_the_folder_is_tidy(tmp_path: Path):
    first = Open(tmp_path / "chat.db")
    await first.begin()
    await first.caught_up()
    await first.backend.close()
    assert set(os.listdir(tmp_path)) == {"chat.db", "chat.db.lock", "search.db"}
    made = path_beside(tmp_path / "chat.db").stat().st_ino
    later = Open(tmp_path / "chat.db")
    await later.begin(1)
    await later.caught_up()
    assert len((await later.found("tea")).found) == COUNT + 1
    assert path_beside(tmp_path / "chat.db").stat().st_ino == made
    await later.backend.close()


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _garbled(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:4096] + b"\xa5" * (path.stat().st_size - 4096))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def _foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA application_id = 1")


def _no_database(path: Path) -> None:
    path.write_bytes(b"hello " * 1000)


@pytest.mark.parametrize("harm", [Path.unlink, _emptied, _garbled, _cut, _foreign, _no_database])
async def test_a_file_of_no_use_is_made_anew(tmp_path: Path, harm, caplog: pytest.LogCaptureFixture):
    first = Open(tmp_path / "chat.db")
    await first.begin()
    await first.caught_up()
    await first.backend.close()
    harm(path_beside(tmp_path / "chat.db"))
    caplog.set_level(logging.INFO)
    later = Open(tmp_path / "chat.db")
    await later.begin(1)
    await later.caught_up()
    assert len((await later.found("tea")).found) == COUNT + 1
    assert harm is Path.unlink or "thrown away and made anew" in caplog.text
    await later.backend.close()


def _loses_a_table(path: Path) -> bool:
    """Whether that could be done now: the index may just be busy."""
    with closing(sqlite3.connect(path)) as connection, suppress(sqlite3.OperationalError), connection:
        connection.execute("DROP TABLE words_0")
        return True
    return False


async def test_damage_that_a_search_meets_has_the_file_made_anew(open_: Open, tmp_path: Path, caplog):
    await open_.begin()
    await open_.caught_up()
    before = open_.index._generation
    await eventually(lambda: _loses_a_table(path_beside(tmp_path / "chat.db")))
    answer = await open_.found("number1")
    assert answer.error == "" and answer.partial
    await eventually(lambda: open_.index._generation > before)
    await open_.caught_up()
    assert len((await open_.found("number1")).found) == 1
    assert "thrown away" in caplog.text


async def test_a_disk_that_refuses_is_waited_for(open_: Open, monkeypatch: pytest.MonkeyPatch, caplog):
    monkeypatch.setattr(search_thread, "RETRY_SECONDS", 0.01)
    whole = search_file.open_for_filling
    full = sqlite3.OperationalError("unkind")
    full.sqlite_errorname = "SQLITE_FULL"
    refusals: list[Exception] = [full, PermissionError("unkind"), full]

    def unkind(path: Path, journal: sqlite3.Connection) -> sqlite3.Connection:
        if refusals:
            raise refusals.pop()
        return whole(path, journal)

    monkeypatch.setattr(search_file, "open_for_filling", unkind)
    await open_.begin()
    await open_.caught_up()
    assert caplog.text.count("cannot be written now: unkind") == 3


async def test_a_mistake_of_ours_is_logged_and_costs_the_index_only(open_: Open, monkeypatch, caplog):
    monkeypatch.setattr(search_file, "open_for_filling", lambda path, journal: 1 / 0)
    index = await open_.begin(10)
    await eventually(lambda: "a fault in the thread" in caplog.text)
    assert (index.behind, len((await open_.found("tea")).found)) == (None, 10)


async def test_words_that_were_taken_away_are_forgotten(open_: Open, monkeypatch: pytest.MonkeyPatch):
    dropped: list[int] = []
    whole = search_file.drop_part

    def drop(connection: sqlite3.Connection, part: int) -> None:
        whole(connection, part)
        dropped.append(part)

    monkeypatch.setattr(search_file, "drop_part", drop)
    index = await open_.begin()
    await open_.caught_up()
    index.forget([1])
    await eventually(lambda: dropped == [0])
    await open_.caught_up()
    index.renew()
    await eventually(lambda: dropped == [0, 2, 1, 0])
    await open_.caught_up()
    assert len((await open_.found("tea")).found) == COUNT


async def test_nothing_is_searched_after_the_end(tmp_path: Path):
    opened = Open(tmp_path / "chat.db")
    index = await opened.begin()
    await opened.backend.close()
    index.close()
    with pytest.raises(BackendError, match="closed"):
        index.ask(looked_for("tea"))
    with pytest.raises(BackendError, match="not open"):
        await opened.backend.history(looked_for("tea"))


async def test_a_search_that_cannot_be_read_says_so(tmp_path: Path):
    index = SearchIndex(tmp_path / "missing.db")
    with pytest.raises(BackendError, match="cannot be searched now"):
        index.ask(looked_for("tea")).result(10)
    index.close()


async def test_a_search_ends_in_time(tmp_path: Path):
    opened = Open(tmp_path / "chat.db")
    opened.backend = SqliteBackend(tmp_path / "chat.db", query_seconds=0)
    await opened.begin()
    answer = await opened.found("tea")
    assert answer.partial and answer.more and answer.error == ""
    await opened.backend.close()
