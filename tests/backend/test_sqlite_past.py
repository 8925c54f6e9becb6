"""ipcchat/backend/sqlite_history.py and its neighbours, beyond the same answers (test_same_answers.py): nothing altered
is served, and what was told beside facts is on disk when it must be."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from ipcchat.backend import sqlite_store, sqlite_writer
from ipcchat.backend.base import BackendError
from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.backend.sqlite_unwritten import NOTHING
from ipcchat.core.effects import CatchUp, Happening, HistoryAnswer, Lookup, PastQuery, Recall, Reference, Targets
from ipcchat.core.facts import Posted
from tests.backend.journals import (
    Ear,
    UnkindConnection,
    entries,
    eventually,
    latest,
    posted,
    renamed,
    said,
    texts,
    unkind,
)

FOR_EVER = 3600


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.db"


async def opened(
    path: Path, ear: Ear | None = None, kind: type[sqlite3.Connection] = sqlite3.Connection
) -> SqliteBackend:
    backend = SqliteBackend(path, connection=kind)
    await backend.open()
    backend.follow(ear or Ear())
    return backend


def about(parent: int, text: str = "", target: str = "#tea") -> Posted:
    """A reaction to the message at that place, or with a text its edit."""
    fact = posted(text, target)
    return msgspec.structs.replace(fact, verb="PRIVMSG" if text else "TAGMSG", about=parent)


def joined(seq: int, *targets: str) -> Recall:
    return Recall(
        seq, 1_700_000_000_000, targets or ("#tea",), Happening("ann!a@host", "JOIN", ("#tea",), "ann", "Ann")
    )


def on_disk(path: Path, sql: str) -> list[tuple[object, ...]]:
    """What another program sees in the file."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def alter(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql)


ASKING: dict[str, PastQuery] = {
    "a page": latest(),
    "a page with events": latest(events=True),
    "around": latest(around=Reference(seq=2)),
    "one message": Lookup("#tea", 2, ((0, 99),)),
    "catching up": CatchUp({"#tea": ((0, 99),)}, 0, 99, 10),
}
ALTERED = {
    "the text": "UPDATE journal SET fact = CAST(replace(CAST(fact AS TEXT), 'second', 'forged') AS BLOB) WHERE seq = 2",
    "one bit": "UPDATE journal SET sum = CAST(x'00' || substr(sum, 2) AS BLOB) WHERE seq = 2",
    "the time": "UPDATE journal SET at = at + 1 WHERE seq = 2",
    "the id": "UPDATE journal SET id = x'00' WHERE seq = 2",
}


@pytest.mark.parametrize("asked", ASKING)
@pytest.mark.parametrize("altered", ALTERED)
async def test_what_was_altered_is_served_to_nobody_and_named(path: Path, asked: str, altered: str):
    ear = Ear()
    backend = await opened(path, ear)
    backend.append([posted("first"), posted("second"), posted("third")])
    await ear.until(3)
    backend.checkpoint(3, b"state")
    await backend.close()
    alter(path, ALTERED[altered])
    backend = await opened(path)
    with pytest.raises(BackendError, match="entry 2 of the journal cannot be read"):
        await backend.history(ASKING[asked])
    await backend.close()


@pytest.mark.parametrize("asked", ["a page", "catching up"])
async def test_an_index_that_was_altered_shows_nothing_of_another_history(path: Path, asked: str):
    ear = Ear()
    backend = await opened(path, ear)
    backend.append([posted("mine"), posted("of others", "#secret")])
    await ear.until(2)
    await backend.close()
    alter(path, "UPDATE history SET target = '#tea' WHERE seq = 2")
    backend = await opened(path)
    with pytest.raises(BackendError, match="entry 2 of the journal cannot be read"):
        await backend.history(ASKING[asked])
    await backend.close()


async def test_a_reaction_that_was_altered_is_not_served_with_its_message(path: Path):
    ear = Ear()
    backend = await opened(path, ear)
    backend.append([posted("first"), about(1, "edited")])
    await ear.until(2)
    await backend.close()
    alter(path, "UPDATE journal SET fact = CAST(replace(CAST(fact AS TEXT), 'edited', 'forged') AS BLOB)")
    with pytest.raises(BackendError, match="entry 2 of the journal cannot be read"):
        await opened(path)
    alter(path, "INSERT OR REPLACE INTO checkpoint VALUES (1, 2, x'00')")
    backend = await opened(path)
    with pytest.raises(BackendError, match="entry 2 of the journal cannot be read"):
        await backend.history(latest())
    await backend.close()


async def test_a_happening_that_cannot_be_read_is_named(path: Path):
    backend = await opened(path)
    backend.recall(joined(7))
    await backend.close()
    alter(path, "UPDATE event SET what = x'c1'")
    backend = await opened(path)
    with pytest.raises(BackendError, match="what happened at place 7 of #tea cannot be read"):
        await backend.history(latest(events=True))
    await backend.close()


async def test_an_altered_entry_is_not_taken_for_a_repeated_one(path: Path):
    ear = Ear()
    backend = await opened(path, ear)
    fact = posted("first")
    backend.append([fact])
    await ear.until(1)
    alter(path, "UPDATE journal SET fact = CAST(replace(CAST(fact AS TEXT), 'first', 'forge') AS BLOB)")
    backend.append([fact])
    assert "entry 1 of the journal cannot be read" in str(await ear.until_lost())
    await backend.close()


async def test_rows_from_before_there_were_sums_are_served(path: Path):
    ear = Ear()
    backend = await opened(path, ear)
    backend.append([posted("first")])
    await backend.close()
    alter(path, "UPDATE journal SET sum = NULL")
    backend = await opened(path)
    assert texts(said(await backend.history(latest()))) == ["first"]
    await backend.close()


async def test_what_is_redacted_is_out_of_sight_at_once_and_for_ever(path: Path):
    ear = Ear()
    backend = await opened(path, ear)
    backend.append([posted("kept"), posted("redacted"), about(2, "its edit")])
    await ear.until(3)
    backend.hide(2)
    for _ in range(2):
        assert texts(said(await backend.history(latest()))) == ["kept"]
        assert (await backend.history(Lookup("#tea", 2, ((0, 99),)))).found == []
        assert (await backend.history(Lookup("#tea", 3, ((0, 99),)))).found == []
        assert texts(said(await backend.history(CatchUp({"#tea": ((0, 99),)}, 0, 99, 10)))) == ["kept"]
        assert (await backend.targets(Targets({"#tea": ((0, 99),)}, 0, 2**50, 9, 99))).found[0][1] == 1
        after = await backend.history(latest(after=Reference(seq=2)))
        assert after == HistoryAnswer([])
        await backend.close()
        backend = await opened(path)
    await backend.close()


async def test_what_happened_is_told_at_once_and_written_later(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite_writer, "IDLE_SECONDS", FOR_EVER)
    kind = unkind()
    ear = Ear()
    backend = await opened(path, ear, kind)
    backend.append([posted(), renamed()])
    await ear.until(2)
    commits = len(kind.commits)
    for _ in range(3):
        backend.recall(joined(2, "#tea", "#other"))
    found = (await backend.history(latest(events=True))).found
    assert [(past.seq, past.what is not None) for past in found] == [(1, False), (2, True)]
    assert len(kind.commits) == commits
    assert on_disk(path, "SELECT target, seq FROM event") == []
    await backend.close()
    assert on_disk(path, "SELECT target, seq FROM event") == [("#other", 2), ("#tea", 2)]
    backend = await opened(path)
    backend.recall(joined(2))
    assert (await backend.history(latest(events=True))).found == found
    await backend.close()
    assert on_disk(path, "SELECT count(*) FROM event") == [(2,)]


async def test_what_happened_is_written_after_a_while(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite_writer, "IDLE_SECONDS", 0.01)
    backend = await opened(path)
    backend.recall(joined(1))
    await eventually(lambda: on_disk(path, "SELECT seq FROM event") == [(1,)])
    await eventually(lambda: not backend._waiting.copy().recalled)
    await backend.close()


async def test_what_happened_is_written_when_much_waits_and_not_with_each_commit(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite_writer, "IDLE_SECONDS", FOR_EVER)
    monkeypatch.setattr(sqlite_store, "RECALLS_MAX", 3)
    ear = Ear()
    backend = await opened(path, ear)
    written = []
    for seq in range(1, 5):
        backend.recall(joined(seq))
        backend.append([posted()])
        await ear.until(seq)
        written.append(len(on_disk(path, "SELECT seq FROM event")))
    assert written == [0, 0, 3, 3]
    await backend.close()


async def test_a_checkpoint_is_never_on_disk_without_what_happened_before_it(path: Path):
    ear = Ear()
    kind = unkind()
    backend = await opened(path, ear, kind)
    backend.append([posted()])
    await ear.until(1)
    kind.refusal = "SQLITE_FULL"
    backend.recall(joined(1))
    backend.hide(1)
    backend.erase("~ann", 1)
    backend.checkpoint(1, b"state")
    backend.append([posted()])
    await ear.until(2)
    tables = ("SELECT seq FROM checkpoint", "SELECT seq FROM event", "SELECT party FROM erasing")
    assert [on_disk(path, sql) for sql in tables] == [[], [], []]
    assert (await backend.history(latest())).found == []
    kind.refusal = ""
    backend.append([posted()])
    await ear.until(3)
    assert [on_disk(path, sql) for sql in tables[:2]] == [[(1,)], [(1,)]]
    await eventually(lambda: backend._waiting.copy() == NOTHING)
    await backend.close()


async def test_too_much_that_happened_and_cannot_be_written_ends_it(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite_store, "UNWRITTEN_MAX", 10)
    kind: type[UnkindConnection] = unkind()
    ear = Ear()
    backend = await opened(path, ear, kind)
    kind.refusal = "SQLITE_FULL"
    for seq in range(11):
        backend.recall(joined(seq))
    assert "free space" in str(await ear.until_lost())
    await backend.close()


async def test_a_reaction_that_was_refused_is_told_with_nothing(path: Path):
    ear = Ear()
    backend = await opened(path, ear)
    refused = about(1)
    backend.append([posted("said"), refused, about(1)])
    await ear.until(3)
    backend.void(2)
    for _ in range(2):
        (message,) = (await backend.history(latest())).found
        assert [entry.seq for entry in message.about] == [3]
        caught_up = await backend.history(CatchUp({"#tea": ((0, 99),)}, 0, 99, 10))
        assert [past.seq for past in caught_up.found] == [1, 3]
        await backend.close()
        backend = await opened(path)
    assert on_disk(path, "SELECT parent, seq, target FROM about") == [(1, 3, "#tea")]
    await backend.close()


async def test_a_whole_past_is_caught_up_with_in_one_question(path: Path):
    """10,000 things of 50 channels: the limit of time grows with what is asked for."""
    ear = Ear()
    backend = await opened(path, ear)
    backend.append([posted(str(number), f"#{number % 50}") for number in range(10_500)])
    await ear.until(10_500)
    query = CatchUp({f"#{number}": ((0, 20_000),) for number in range(50)}, 0, 20_000, 10_000)
    answer = await backend.history(query)
    assert [past.seq for past in answer.found] == list(range(1, 10_001))
    assert answer.more
    await backend.close()


async def test_what_is_not_asked_here_is_refused(path: Path):
    backend = await opened(path)
    await backend.close()
    for late in (
        lambda: backend.hide(1),
        lambda: backend.recall(joined(1)),
        lambda: backend.erase("ann", 1),
    ):
        with pytest.raises(BackendError, match="not open"):
            late()
    with pytest.raises(BackendError, match="not open"):
        await backend.targets(Targets({}, 0, 1, 1, 1))


async def test_an_erasure_is_to_be_done_from_the_next_commit_on(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite_writer, "IDLE_SECONDS", FOR_EVER)
    ear = Ear()
    backend = await opened(path, ear)
    backend.append([posted(os.urandom(8).hex())])
    await ear.until(1)
    backend.erase("~ann", 1)
    backend.append([posted()])
    assert len(entries(await ear.until(2))) == 2
    assert on_disk(path, "SELECT party, through FROM erasing") == [("~ann", 1)]
    await backend.close()
