"""ipcchat/backend/sqlite.py, beyond the contract: what is on disk, and when.

The number in a test's name is the promise of ipcchat/backend/base.py.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from ipcchat.backend import sqlite_history, sqlite_store, sqlite_times, sqlite_writer
from ipcchat.backend.base import BackendError
from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.backend.sqlite_unwritten import NOTHING
from ipcchat.core.facts import AnyFact, Entry
from ipcchat.core.outcomes import Boot, Failed, Outcome, Repeated
from tests.backend.journals import (
    Ear,
    UnkindConnection,
    entries,
    eventually,
    facts_of,
    latest,
    posted,
    renamed,
    said,
    texts,
    typing,
    unkind,
)

SLOW = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
SELECT max(i), 0 FROM n WHERE i < :limit OR :low <> :high OR :target OR :unseen
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "chat.db"


@pytest.fixture
def kind() -> type[UnkindConnection]:
    return unkind()


def on_disk(path: Path, sql: str = "SELECT seq FROM journal ORDER BY seq") -> list[int]:
    """What another program sees in the file."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return [row[0] for row in connection.execute(sql)]


async def opened(
    path: Path, ear: Ear | None = None, kind: type[sqlite3.Connection] = sqlite3.Connection
) -> SqliteBackend:
    backend = SqliteBackend(path, connection=kind)
    await backend.open()
    backend.follow(ear or Ear())
    return backend


async def boot_of(path: Path) -> Boot:
    """What a start finds."""
    backend = SqliteBackend(path)
    boot = await backend.open()
    await backend.close()
    return boot


def size_of(path: Path) -> int:
    return path.stat().st_size


async def test_1_an_entry_is_on_disk_when_it_is_heard(path: Path):
    missing: list[int] = []

    def check(batch: Sequence[Outcome]) -> None:
        missing.extend({entry.seq for entry in entries(batch)} - set(on_disk(path)))

    ear = Ear(check)
    backend = await opened(path, ear)
    for _ in range(50):
        backend.append([posted(), posted()])
    await ear.until(100)
    await backend.close()
    assert missing == []


async def test_1_a_kept_fact_is_not_heard_before_its_commit(path: Path, kind: type[UnkindConnection]):
    ear = Ear()
    backend = await opened(path, ear, kind)
    kind.gate.clear()
    kind.reached.clear()
    backend.append([posted("kept")])
    await eventually(kind.reached.is_set)
    assert ear.heard == []
    kind.gate.set()
    assert texts(await ear.until(1)) == ["kept"]
    await backend.close()


async def test_1_the_file_is_synced_at_every_commit(path: Path):
    backend = await opened(path)
    assert backend._writer is not None
    connection = backend._writer._store._connection
    pragmas = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "journal_mode")}
    await backend.close()
    assert pragmas == {"synchronous": 2, "journal_mode": "wal"}


async def test_passing_facts_before_a_kept_one_do_not_wait_for_the_disk(
    path: Path, kind: type[UnkindConnection], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite_writer, "IDLE_SECONDS", 3600)
    ear = Ear()
    backend = await opened(path, ear, kind)
    before = len(kind.commits)
    for _ in range(20):
        backend.append([renamed(), typing()])
    await ear.until(40)
    assert len(kind.commits) == before
    kind.gate.clear()
    backend.append([renamed(), posted(), renamed()])
    await ear.until(41)
    await eventually(lambda: len(kind.commits) > before)
    assert len(ear.heard) == 41
    kind.gate.set()
    assert [entry.seq for entry in entries(await ear.until(43))] == list(range(1, 44))
    await backend.close()


async def test_passing_facts_are_written_with_the_next_commit_and_fleeting_ones_never(path: Path):
    ear = Ear()
    backend = await opened(path, ear)
    backend.append([renamed(), typing(), renamed(), posted()])
    await ear.until(4)
    assert on_disk(path) == [1, 3, 4]
    await backend.close()


async def test_passing_facts_are_written_after_a_while(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite_writer, "IDLE_SECONDS", 0.01)
    backend = await opened(path)
    backend.append([renamed(), renamed()])
    await eventually(lambda: on_disk(path) == [1, 2])
    await backend.close()


async def test_passing_facts_are_written_at_close(path: Path):
    backend = await opened(path)
    backend.append([renamed(), typing()])
    await backend.close()
    assert on_disk(path) == [1]


async def test_group_commit(path: Path, kind: type[UnkindConnection]):
    ear = Ear()
    backend = await opened(path, ear, kind)
    before = len(kind.commits)
    kind.gate.clear()
    kind.reached.clear()
    backend.append([posted()])
    await eventually(kind.reached.is_set)
    for _ in range(1_000):
        backend.append([posted()])
    kind.gate.set()
    heard = entries(await ear.until(1_001))
    assert [entry.seq for entry in heard] == list(range(1, 1_002))
    assert len(kind.commits) - before == 2
    await backend.close()


async def test_a_commit_is_bounded_in_bytes(path: Path, kind: type[UnkindConnection], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite_writer, "BYTES_MAX", 1_000)
    ear = Ear()
    backend = await opened(path, ear, kind)
    before = len(kind.commits)
    backend.append([posted("x" * 400) for _ in range(6)] + [posted("y" * 4_000)])
    assert len(entries(await ear.until(7))) == 7
    assert len(kind.commits) - before == 4
    await backend.close()


async def test_3_an_id_is_known_after_a_restart(path: Path):
    facts: list[AnyFact] = [posted("kept", key=b"k" * 16), renamed("passing", key=b"p" * 16)]
    backend = await opened(path)
    backend.append(facts)
    await backend.close()
    ear = Ear()
    backend = await opened(path, ear)
    backend.append([posted("again", key=b"k" * 16), renamed("again", key=b"p" * 16)])
    heard = await ear.until(2)
    assert [outcome.seq for outcome in heard if isinstance(outcome, Repeated)] == [1, 2]
    assert [outcome.first for outcome in heard if isinstance(outcome, Repeated)] == facts
    await backend.close()


async def test_4_a_fault_of_the_sync_is_final(path: Path, kind: type[UnkindConnection]):
    """https://www.sqlite.org/rescode.html#ioerr_fsync: after it nothing is written, synced or copied from the log."""
    ear = Ear()
    backend = await opened(path, ear, kind)
    backend.append([posted("before")])
    await ear.until(1)
    kind.refusal = "SQLITE_IOERR_FSYNC"
    backend.append([posted("lost")])
    error = await ear.until_lost()
    assert "cannot go on" in str(error)
    commits = len(kind.commits)
    log = path.with_name("chat.db-wal").read_bytes()
    backend.append([posted("too late"), renamed()])
    with pytest.raises(BackendError):
        await backend.history(latest())
    await backend.close()
    assert len(kind.commits) == commits
    assert texts(ear.heard) == ["before"]
    assert path.with_name("chat.db-wal").read_bytes() == log
    kind.refusal = ""
    boot = await boot_of(path)
    assert texts(boot.tail) == ["before"]


@pytest.mark.parametrize("name", ["SQLITE_CORRUPT", "SQLITE_IOERR_READ", "SQLITE_SOMETHING_NEW"])
async def test_4_what_is_not_known_to_pass_is_final(path: Path, kind: type[UnkindConnection], name: str):
    ear = Ear()
    backend = await opened(path, ear, kind)
    kind.refusal = name
    backend.append([posted()])
    assert name in str(await ear.until_lost())
    await backend.close()
    assert ear.heard == []


async def test_4_a_fact_that_cannot_be_encoded_costs_only_itself(path: Path):
    ear = Ear()
    backend = await opened(path, ear)
    backend.append([posted("a"), posted("half a \ud83d"), renamed(), posted("b")])
    heard = await ear.until(4)
    assert [type(outcome) for outcome in heard] == [Entry, Failed, Entry, Entry]
    assert on_disk(path) == [1, 2, 3]
    await backend.close()


async def test_4_too_many_unwritten_facts_end_it(
    path: Path, kind: type[UnkindConnection], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite_store, "UNWRITTEN_MAX", 100)
    ear = Ear()
    backend = await opened(path, ear, kind)
    kind.refusal = "SQLITE_FULL"
    backend.append([renamed() for _ in range(100)])
    await ear.until(100)
    backend.append([renamed()])
    assert "free space" in str(await ear.until_lost())
    await backend.close()


@pytest.mark.parametrize(
    "name", ["SQLITE_FULL", "SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_IOERR_WRITE", "SQLITE_READONLY"]
)
async def test_5_a_disk_that_refuses_fails_the_kept_facts_only(path: Path, kind: type[UnkindConnection], name: str):
    ear = Ear()
    backend = await opened(path, ear, kind)
    backend.append([posted("a")])
    await ear.until(1)
    kind.refusal = name
    backend.append([posted("b"), renamed(), typing(), posted("c"), renamed()])
    heard = await ear.until(6)
    assert [type(outcome) for outcome in heard] == [Entry, Failed, Entry, Entry, Failed, Entry]
    assert on_disk(path) == [1]
    kind.refusal = ""
    backend.append([posted("d")])
    heard = await ear.until(7)
    assert [outcome.seq for outcome in heard if isinstance(outcome, Entry)] == [1, 2, 3, 4, 5]
    assert on_disk(path) == [1, 2, 4, 5]
    assert texts(said(await backend.history(latest()))) == ["a", "d"]
    await backend.close()


async def test_5_a_failed_fact_may_be_sent_again(path: Path, kind: type[UnkindConnection]):
    ear = Ear()
    backend = await opened(path, ear, kind)
    fact = posted()
    kind.refusal = "SQLITE_FULL"
    backend.append([fact, fact])
    assert [type(outcome) for outcome in await ear.until(2)] == [Failed, Failed]
    kind.refusal = ""
    backend.append([fact])
    assert (await ear.until(3))[2] == Entry(1, fact.at, fact)
    await backend.close()


async def test_5_a_repeated_id_is_known_while_the_disk_is_full(path: Path, kind: type[UnkindConnection]):
    ear = Ear()
    backend = await opened(path, ear, kind)
    fact, passing = posted(), renamed()
    backend.append([fact])
    await ear.until(1)
    kind.refusal = "SQLITE_FULL"
    backend.append([posted(), fact, passing, passing])
    assert [type(outcome) for outcome in await ear.until(5)] == [Entry, Failed, Repeated, Entry, Repeated]
    await backend.close()


async def test_5_a_lock_of_another_program_is_waited_out_and_then_refused(path: Path):
    """https://www.sqlite.org/rescode.html#busy."""
    ear = Ear()
    backend = await opened(path, ear)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        backend.append([posted("refused")])
        assert isinstance((await ear.until(1))[0], Failed)
        other.execute("ROLLBACK")
    backend.append([posted("taken")])
    assert (await ear.until(2))[1] == Entry(1, ear.heard[1].fact.at, ear.heard[1].fact)
    await backend.close()


async def test_a_restart_goes_on_where_it_stopped(path: Path):
    ear = Ear()
    backend = SqliteBackend(path)
    first = await backend.open()
    backend.follow(ear)
    backend.append([posted(at=2**41), renamed(), typing()])
    await backend.close()
    backend, later = SqliteBackend(path), Ear()
    boot = await backend.open()
    backend.follow(later)
    assert boot.journal == first.journal
    assert list(boot.tail) == ear.heard[:2]
    backend.append([posted(at=5)])
    assert [(entry.seq, entry.at) for entry in entries(await later.until(1))] == [(4, 2**41 + 0)]
    await backend.close()


async def test_a_start_takes_the_checkpoint_and_what_is_after_it(path: Path):
    ear = Ear()
    backend = await opened(path, ear)
    backend.append([posted(text) for text in "abcd"])
    await ear.until(4)
    backend.checkpoint(2, b"old")
    backend.checkpoint(3, b"state after c")
    await backend.close()
    boot = await boot_of(path)
    assert (boot.checkpoint, texts(boot.tail)) == (b"state after c", ["d"])


async def test_a_checkpoint_and_a_void_force_no_commit(
    path: Path, kind: type[UnkindConnection], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite_writer, "IDLE_SECONDS", 3600)
    ear = Ear()
    backend = await opened(path, ear, kind)
    backend.append([posted(), posted()])
    await ear.until(2)
    commits = len(kind.commits)
    backend.void(1)
    backend.checkpoint(2, b"state")
    backend.append([renamed()])
    await ear.until(3)
    assert len(kind.commits) == commits
    await backend.close()
    assert on_disk(path, "SELECT seq FROM journal WHERE target IS NULL") == [1, 3]


async def test_a_checkpoint_and_a_void_are_written_after_a_while(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite_writer, "IDLE_SECONDS", 0.01)
    ear = Ear()
    backend = await opened(path, ear)
    backend.append([posted(), posted()])
    await ear.until(2)
    backend.void(1)
    backend.checkpoint(2, b"state")
    await eventually(lambda: on_disk(path, "SELECT seq FROM checkpoint") == [2])
    assert on_disk(path, "SELECT seq FROM journal WHERE target IS NULL") == [1]
    await eventually(lambda: not backend._waiting.copy().voided)
    await backend.close()


async def test_a_checkpoint_is_never_on_disk_without_the_voids_before_it(path: Path, kind: type[UnkindConnection]):
    def written() -> tuple[list[int], list[int]]:
        return on_disk(path, "SELECT seq FROM checkpoint"), on_disk(
            path, "SELECT seq FROM journal WHERE target IS NULL"
        )

    ear = Ear()
    backend = await opened(path, ear, kind)
    backend.append([posted(), posted()])
    await ear.until(2)
    kind.refusal = "SQLITE_FULL"
    backend.void(2)
    backend.checkpoint(2, b"state")
    backend.append([posted()])
    await ear.until(3)
    assert written() == ([], [])
    kind.refusal = ""
    backend.append([posted()])
    await ear.until(4)
    assert written() == ([2], [2])
    await backend.close()


async def test_a_void_is_for_ever_and_the_fact_stays_in_the_journal(path: Path):
    ear = Ear()
    backend = await opened(path, ear)
    fact = posted("refused")
    backend.append([fact, posted("fine")])
    await ear.until(2)
    backend.void(1)
    await backend.close()
    backend, later = SqliteBackend(path), Ear()
    boot = await backend.open()
    backend.follow(later)
    assert texts(boot.tail) == ["refused", "fine"]
    assert texts(said(await backend.history(latest()))) == ["fine"]
    backend.append([fact])
    assert await later.until(1) == [Repeated(fact, 1, fact.at, fact, void=True)]
    await backend.close()


async def test_the_log_is_copied_when_it_is_long_and_gone_after_close(
    path: Path, kind: type[UnkindConnection], monkeypatch: pytest.MonkeyPatch
):
    """https://www.sqlite.org/wal.html#ckpt."""
    monkeypatch.setattr(sqlite_store, "WAL_PAGES_MAX", 20)
    ear = Ear()
    backend = await opened(path, ear, kind)
    size = size_of(path)
    backend.append([posted("x" * 400) for _ in range(200)])
    await ear.until(200)
    await eventually(lambda: size_of(path) > size)
    await backend.close()
    assert sorted(file.name for file in path.parent.iterdir()) == ["chat.db", "chat.db.lock", "search.db"]


async def test_the_log_is_copied_in_an_idle_moment(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite_writer, "IDLE_SECONDS", 0.01)
    backend = await opened(path)
    size = size_of(path)
    backend.append([posted("x" * 400) for _ in range(200)])
    await eventually(lambda: size_of(path) > size)
    await backend.close()


async def test_places_shown_before_they_were_written_are_not_given_twice(path: Path, kind: type[UnkindConnection]):
    """A crash (here: a fault) may lose passing facts, but gives their places, and so their msgids, to no other."""
    ear = Ear()
    backend = await opened(path, ear, kind)
    backend.append([typing() for _ in range(30_000)])
    await ear.until(30_000)
    assert len(kind.commits) < 10
    kind.refusal = "SQLITE_IOERR_FSYNC"
    backend.append([posted()])
    await ear.until_lost()
    await backend.close()
    later = Ear()
    backend = await opened(path, later)
    backend.append([posted()])
    assert entries(await later.until(1))[0].seq > 30_000
    await backend.close()


async def test_a_history_query_is_bounded_in_time(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite_history, "NEWEST", SLOW)
    backend = SqliteBackend(path, query_seconds=0.02)
    await backend.open()
    with pytest.raises(BackendError, match=r"more than 0\.02 s of work"):
        await backend.history(latest())
    monkeypatch.undo()
    assert said(await backend.history(latest())) == []
    await backend.close()


async def test_close_ends_the_queries_that_run_and_those_that_wait(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite_history, "NEWEST", SLOW)
    backend = SqliteBackend(path, query_seconds=600)
    await backend.open()
    futures = [backend._readers.ask(latest(), NOTHING) for _ in range(5)]
    await eventually(lambda: len(backend._readers._connections) == sqlite_history.READERS)
    await backend.close()
    for future in futures:
        with pytest.raises(BackendError):
            future.result(timeout=0)


async def test_a_time_is_found_by_the_primary_key(path: Path):
    """https://www.sqlite.org/eqp.html."""
    await (await opened(path)).close()
    with closing(sqlite3.connect(path)) as connection:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sqlite_times.FIRST_FROM}", (5, 5))]
    assert sum("SEARCH journal USING INTEGER PRIMARY KEY (rowid>?)" in step for step in plan) == 2, plan
    assert not any("SCAN journal" in step or "TEMP B-TREE" in step for step in plan), plan


async def test_a_time_is_found_over_holes(path: Path):
    ear = Ear()
    backend = await opened(path, ear)
    for number in range(40):
        backend.append([typing() for _ in range(number % 4)] + [posted(str(number), at=2**42 + number * 10)])
    await eventually(lambda: len(texts(ear.heard)) >= 40 and texts(ear.heard)[-1] == "39")
    await backend.close()
    with closing(sqlite3.connect(path)) as connection:
        for at in range(2**42 - 5, 2**42 + 405, 5):
            first = connection.execute(sqlite_times.FIRST_FROM, (at, at)).fetchone()[0]
            below = connection.execute("SELECT max(at) FROM journal WHERE seq < ?", (first,)).fetchone()[0]
            above = connection.execute("SELECT min(at) FROM journal WHERE seq >= ?", (first,)).fetchone()[0]
            assert below is None or below < at
            assert above is None or above >= at


async def test_readers_cannot_write(path: Path):
    backend = await opened(path)
    await backend.history(latest())
    (reader,) = backend._readers._connections
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("DELETE FROM journal")
    await backend.close()


async def test_a_damaged_entry_is_reported_and_not_served(path: Path):
    ear = Ear()
    backend = await opened(path, ear)
    backend.append([posted()])
    await backend.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE journal SET fact = x'c1'")
    with pytest.raises(BackendError, match="entry 1 of the journal cannot be read"):
        await boot_of(path)


async def test_history_of_a_journal_that_is_not_open_is_refused(path: Path):
    backend = SqliteBackend(path)
    with pytest.raises(BackendError, match="not open"):
        await backend.history(latest())
    await backend.close()
    await backend.close()


async def test_one_object_is_opened_once(path: Path):
    backend = await opened(path)
    with pytest.raises(BackendError, match="opened before"):
        await backend.open()
    await backend.close()


async def test_outcomes_without_a_follower_are_nobodys(path: Path):
    backend = SqliteBackend(path)
    await backend.open()
    backend.append([posted("unheard")])
    await backend.close()
    boot = await boot_of(path)
    assert facts_of(boot.tail) == [boot.tail[0].fact]
