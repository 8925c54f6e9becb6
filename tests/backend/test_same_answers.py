"""What was told to two backends is the same past: MemoryPast, the plainest reading of ipcchat/core/effects.py, and
SQLite, before and after its tables were filled, before and after a restart."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ipcchat.backend import sqlite_index, sqlite_writer
from ipcchat.backend.memory import MemoryBackend
from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.backend.sqlite_conversations import FILL_CONVERSATIONS
from ipcchat.backend.sqlite_history import answer as ask
from ipcchat.backend.sqlite_index import FILL, FILL_ABOUT, Index
from ipcchat.backend.sqlite_schema import connect_writer, transaction, write_meta
from ipcchat.backend.sqlite_targets import targets
from ipcchat.backend.sqlite_unwritten import NOTHING
from ipcchat.core.effects import CatchUp, Past, Spans, Targets
from ipcchat.core.facts import Durability
from tests.backend.journals import Ear
from tests.backend.pasts import CHANNELS, Story, answer, live, plain, questions, tell

QUESTIONS = 150
HALF = 60


async def compare(story: Story, memory: MemoryBackend, sqlite: SqliteBackend) -> None:
    for question in questions(story, QUESTIONS):
        expected, given = await answer(memory, question), await answer(sqlite, question)
        assert plain(given) == plain(expected), question
        assert given == expected, question


async def retold(memory: MemoryBackend, told: list[tuple[str, object]]) -> MemoryBackend:
    await memory.open()
    for step in told:
        tell(memory, step)
    return memory


@pytest.mark.parametrize("rows", [7, 100, 4_096], ids="index after {} rows".format)
@pytest.mark.parametrize("seed", range(6))
async def test_every_question_has_the_same_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, rows: int
):
    monkeypatch.setattr(sqlite_index, "ROWS", rows)
    monkeypatch.setattr(sqlite_writer, "IDLE_SECONDS", 0.01 if seed % 2 else 3600)
    story, ear = Story(random.Random(seed)), Ear()
    sqlite = SqliteBackend(tmp_path / "chat.db")
    await sqlite.open()
    sqlite.follow(ear)
    told = await live(story, sqlite, ear)
    memory = await retold(MemoryBackend(), told)
    await compare(story, memory, sqlite)
    await sqlite.close()

    later = SqliteBackend(tmp_path / "chat.db")
    boot = await later.open()
    assert list(boot.tail) == [entry for entry in story.heard if entry.fact.durability is not Durability.FLEETING]
    await compare(story, memory, later)
    await later.close()
    await memory.close()


@pytest.mark.parametrize("seed", range(3))
async def test_pages_of_a_catch_up_are_the_whole(tmp_path: Path, seed: int):
    """Who goes on after the last place that he was given misses nothing and gets nothing twice."""
    story, ear = Story(random.Random(seed)), Ear()
    sqlite = SqliteBackend(tmp_path / "chat.db")
    await sqlite.open()
    sqlite.follow(ear)
    await live(story, sqlite, ear)
    last = len(story.heard)
    spans: dict[str, Spans] = dict.fromkeys(CHANNELS, ((0, last),))
    whole = await sqlite.history(CatchUp(spans, 0, last, 10_000, "ann", 0, events=True))
    assert len(whole.found) > 50
    assert not whole.more
    found: list[Past] = []
    after, more = 0, True
    while more:
        page = await sqlite.history(CatchUp(spans, after, last, 7, "ann", 0, events=True))
        found += page.found
        after, more = found[-1].seq, page.more
    assert found == whole.found
    await sqlite.close()


class Overtaken(sqlite3.Connection):
    """A reader's connection, before whose statement number `moment` the writer fills its tables."""

    moment = -1
    writer: sqlite3.Connection

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        if self.moment == 0:
            index = Index(self.writer)
            index.boot()
            index.fill()
        self.moment -= 1
        return super().execute(sql, parameters)


@pytest.mark.parametrize("moment", range(6))
async def test_an_answer_is_whole_however_the_index_moves_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int
):
    monkeypatch.setattr(sqlite_index, "ROWS", 10**6)
    monkeypatch.setattr(sqlite_writer, "IDLE_SECONDS", 3600)
    story, ear, path = Story(random.Random(1)), Ear(), tmp_path / "chat.db"
    sqlite = SqliteBackend(path)
    await sqlite.open()
    sqlite.follow(ear)
    memory = await retold(MemoryBackend(), await live(story, sqlite, ear))
    await sqlite.close()
    with closing(connect_writer(path)) as writer, closing(sqlite3.connect(path, factory=Overtaken)) as reader:
        reader.writer = writer
        for question in questions(story, QUESTIONS):
            with transaction(writer):
                for table in ("history", "about", "conversation", "chain"):
                    writer.execute(f"DELETE FROM {table}")
                for statement in (FILL, FILL_ABOUT, FILL_CONVERSATIONS):
                    writer.execute(statement, {"indexed": 0, "upto": HALF})
                write_meta(writer, "indexed", str(HALF))
                write_meta(writer, "chained", "0")
            reader.moment = moment
            asked = targets(reader, question, NOTHING) if isinstance(question, Targets) else ask(reader, question)
            assert asked == await answer(memory, question), question
    await memory.close()
