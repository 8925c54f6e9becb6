"""ipcchat/backend/sqlite_index.py: history is whole, wherever the line runs between what is indexed and what is not.

The number in a test's name is the module's rule. Specification of plans: https://www.sqlite.org/eqp.html.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ipcchat.backend import (
    sqlite_catch_up,
    sqlite_conversations,
    sqlite_history,
    sqlite_index,
    sqlite_targets,
    sqlite_writer,
)
from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.backend.sqlite_history import answer
from ipcchat.backend.sqlite_index import FILL, FORGET, ROWS, ROWS_IDLE, Index
from ipcchat.backend.sqlite_schema import open_journal, read_meta, transaction, write_meta
from ipcchat.backend.sqlite_store import Store, rows_of
from ipcchat.core.effects import CatchUp, HistoryAnswer, Reference, Spans
from ipcchat.core.facts import Entry, encode_fact
from tests.backend.journals import Ear, eventually, latest, posted, renamed, said, texts, typing
from tests.backend.test_contract import QUERIES

TIMES = (10, 20, 30, 40, 40, 60, 70, 80, 90, 100)
FOR_EVER = 3600


class Refusing(sqlite3.Connection):
    """A connection that does not fill `history` while there is a `refusal`; make a subclass for each test."""

    refusal = ""
    tries = 0

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        if sql == FILL and self.refusal:
            type(self).tries += 1
            error = sqlite3.OperationalError(f"unkind: {self.refusal}")
            error.sqlite_errorname = self.refusal
            raise error
        return super().execute(sql, parameters)


@pytest.fixture
def kind() -> type[Refusing]:
    class Kind(Refusing):
        pass

    return Kind


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.db"


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_journal(path)) as connection:
        yield connection


def new_rows(count: int) -> dict[bytes, tuple[int, int]]:
    """So many rows of which only their number counts."""
    return {os.urandom(16): (seq, 0) for seq in range(count)}


def write(connection: sqlite3.Connection, text: str, target: str | None = "#tea", at: int | None = None) -> None:
    """One more entry at the journal's end, not indexed."""
    fact = posted(text, at=at)
    row = (fact.at, fact.id, target, encode_fact(fact))
    connection.execute("INSERT INTO journal (at, id, target, fact) VALUES (?, ?, ?, ?)", row)


def split(connection: sqlite3.Connection, indexed: int) -> None:
    """Ten entries of which the first `indexed` are indexed."""
    index = Index(connection)
    for number, (text, at) in enumerate(zip("abcdefghij", TIMES, strict=True), 1):
        write(connection, text, at=at)
        index.grew(new_rows(1))
        if number == indexed:
            index.fill()
    assert [row[0] for row in rows(connection)] == list(range(1, indexed + 1))


def rows(connection: sqlite3.Connection, target: str = "#tea") -> list[tuple[int]]:
    return connection.execute("SELECT seq FROM history WHERE target = ? ORDER BY seq", (target,)).fetchall()


def on_disk(path: Path, sql: str = "SELECT seq FROM history ORDER BY seq") -> list[int]:
    """What another program sees in the file."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return [row[0] for row in connection.execute(sql)]


async def opened(path: Path, ear: Ear, kind: type[sqlite3.Connection] = sqlite3.Connection) -> SqliteBackend:
    backend = SqliteBackend(path, connection=kind)
    await backend.open()
    backend.follow(ear)
    return backend


@pytest.mark.parametrize("indexed", range(11))
def test_2_every_query_finds_both_halves(connection: sqlite3.Connection, indexed: int):
    """Specification: https://ircv3.net/specs/extensions/chathistory#subcommands."""
    split(connection, indexed)
    for name, (query, expected) in QUERIES.items():
        found = answer(connection, query)
        assert ("".join(texts(said(found))), found.unknown_reference) == (expected, False), name


@pytest.mark.parametrize("indexed", range(11))
@pytest.mark.parametrize("bound", ["after", "before", "around"])
def test_2_a_reference_is_known_in_both_halves_and_in_its_target_only(
    connection: sqlite3.Connection, indexed: int, bound: str
):
    split(connection, indexed)
    for seq in range(12):
        bounds: dict[str, Any] = {bound: Reference(seq=seq)}
        assert answer(connection, latest(**bounds)).unknown_reference == (seq not in range(1, 11))
        assert answer(connection, latest("#other", **bounds)) == HistoryAnswer([], unknown_reference=True)


def test_2_what_has_no_target_is_not_indexed(connection: sqlite3.Connection):
    index = Index(connection)
    for number, target in enumerate(["#b", None, "#a", "#b", None]):
        write(connection, str(number), target)
        index.grew(new_rows(1))
    index.fill()
    assert connection.execute("SELECT target, seq FROM history").fetchall() == [("#a", 3), ("#b", 1), ("#b", 4)]
    assert read_meta(connection, "indexed") == "5"


@pytest.mark.parametrize("indexed", [0, 3, 5])
def test_2_an_entry_is_forgotten_in_both_halves(connection: sqlite3.Connection, indexed: int):
    split(connection, indexed)
    index = Index(connection)
    index.boot()
    with transaction(connection):
        for seq in (2, 5, 7, 999):
            index.forget(seq)
    for _ in range(2):
        assert "".join(texts(said(answer(connection, latest())))) == "acdfhij"
        assert answer(connection, latest(around=Reference(seq=2))).unknown_reference
        index.fill()
    assert [row[0] for row in rows(connection)] == [1, 3, 4, 6, 8, 9, 10]


def test_3_a_failed_try_is_made_again_and_not_with_every_commit(path: Path, kind: type[Refusing]):
    with closing(open_journal(path, kind)) as connection:
        index = Index(connection)
        kind.refusal = "SQLITE_FULL"
        for _ in range(ROWS - 1):
            index.grew(new_rows(1))
            assert not index.is_due(idle=False)
        index.grew(new_rows(1))
        assert index.is_due(idle=False)
        with pytest.raises(sqlite3.OperationalError):
            index.fill()
        assert not connection.in_transaction
        assert not index.is_due(idle=False)
        assert index.is_due(idle=True)
        index.grew(new_rows(ROWS))
        assert index.is_due(idle=False)
        kind.refusal = ""
        index.fill()
        assert not index.is_due(idle=True)


def test_an_idle_moment_is_for_more_than_a_few_rows(connection: sqlite3.Connection):
    index = Index(connection)
    index.grew(new_rows(ROWS_IDLE - 1))
    assert not index.is_due(idle=True)
    index.grew(new_rows(1))
    assert index.is_due(idle=True)


async def test_rows_are_indexed_when_many_wait(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite_writer, "IDLE_SECONDS", FOR_EVER)
    monkeypatch.setattr(sqlite_index, "ROWS", 20)
    ear = Ear()
    backend = await opened(path, ear)
    backend.append([posted() for _ in range(19)])
    await ear.until(19)
    assert on_disk(path) == []
    backend.append([posted()])
    await eventually(lambda: on_disk(path) == list(range(1, 21)))
    await backend.close()


async def test_rows_are_indexed_in_an_idle_moment(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite_writer, "IDLE_SECONDS", 0.01)
    backend = await opened(path, Ear())
    backend.append([posted() for _ in range(ROWS_IDLE)])
    await eventually(lambda: on_disk(path) == list(range(1, ROWS_IDLE + 1)))
    await backend.close()


async def test_all_is_indexed_at_close(path: Path):
    backend = await opened(path, Ear())
    backend.append([posted(), renamed(), typing(), posted()])
    await backend.close()
    assert on_disk(path) == [1, 4]
    assert on_disk(path, "SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'indexed'") == [4]


async def test_a_void_is_for_ever_in_both_halves(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite_writer, "IDLE_SECONDS", FOR_EVER)
    monkeypatch.setattr(sqlite_index, "ROWS", 5)
    ear = Ear()
    backend = await opened(path, ear)
    backend.append([posted(text) for text in "abcde"])
    await eventually(lambda: on_disk(path) == [1, 2, 3, 4, 5])
    backend.append([posted(text) for text in "fg"])
    await ear.until(7)
    backend.void(2)
    backend.void(6)
    backend.append([posted("h")])
    await ear.until(8)
    await eventually(lambda: not backend._waiting.copy().voided)
    assert on_disk(path) == [1, 3, 4, 5]
    assert "".join(texts(said(await backend.history(latest())))) == "acdegh"
    await backend.close()
    assert on_disk(path) == [1, 3, 4, 5, 7, 8]


async def test_history_is_exact_while_it_is_indexed(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite_index, "ROWS", 10)
    ear = Ear()
    backend = await opened(path, ear)
    for number in range(1, 151):
        backend.append([posted(target="#tea" if odd else "#other") for odd in (1, 0, 1)])
        heard = (await ear.until(number * 3))[:]
        answers = [await backend.history(latest(limit=10_000, through=number * 3)) for _ in range(3)]
        here = [entry for entry in heard if entry.fact.history_target == "#tea"]
        assert [said(found) for found in answers] == [here] * 3
    await backend.close()


async def test_3_a_crash_before_indexing_loses_nothing_and_it_is_done_after_the_next_start(
    path: Path, kind: type[Refusing], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite_index, "ROWS", ROWS_IDLE)
    kind.refusal = "SQLITE_IOERR_FSYNC"
    ear = Ear()
    backend = await opened(path, ear, kind)
    backend.append([posted(str(number)) for number in range(ROWS_IDLE)])
    await ear.until_lost()
    await backend.close()
    everything = list(range(1, ROWS_IDLE + 1))
    assert [outcome.seq for outcome in ear.heard] == everything  # type: ignore[union-attr]
    assert on_disk(path) == []

    monkeypatch.setattr(sqlite_writer, "IDLE_SECONDS", 0.01)
    later = await opened(path, Ear())
    assert said(await later.history(latest())) == ear.heard
    await eventually(lambda: on_disk(path) == everything)
    assert said(await later.history(latest())) == ear.heard
    await later.close()


async def test_3_a_disk_that_is_too_full_for_it_keeps_nobody_from_writing_and_reading(
    path: Path, kind: type[Refusing], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite_index, "ROWS", 10)
    kind.refusal = "SQLITE_FULL"
    ear = Ear()
    backend = await opened(path, ear, kind)
    for number in range(1, 41):
        backend.append([posted()])
        await ear.until(number)
    await eventually(lambda: kind.tries == 4)
    assert said(await backend.history(latest())) == ear.heard
    kind.refusal = ""
    backend.append([posted() for _ in range(10)])
    await eventually(lambda: on_disk(path) == list(range(1, 51)))
    await backend.close()


def plan_of(connection: sqlite3.Connection, sql: str, parameters: dict[str, object]) -> list[str]:
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)]


def is_bounded(plan: list[str]) -> bool:
    """Nothing is read from end to end and nothing is sorted."""
    return not any(word in step for step in plan for word in ("SCAN journal", "SCAN history", "TEMP B-TREE"))


@pytest.mark.parametrize("sql", [sqlite_history.OLDEST, sqlite_history.NEWEST])
def test_a_page_is_read_from_history_and_the_journals_end(connection: sqlite3.Connection, sql: str):
    plan = plan_of(connection, sql, {"target": "#tea", "low": 1, "high": 100, "limit": 10, "unseen": "[]"})
    assert "SEARCH history USING PRIMARY KEY (target=? AND seq>? AND seq<?)" in plan, plan
    assert "SEARCH journal USING INTEGER PRIMARY KEY (rowid=?)" in plan, plan
    assert "SEARCH journal USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)" in plan, plan
    assert "MERGE (UNION ALL)" in plan, plan
    assert is_bounded(plan), plan


def test_it_is_filled_from_the_journals_end(connection: sqlite3.Connection):
    plan = plan_of(connection, FILL, {"indexed": 1, "upto": 100})
    assert plan == ["SEARCH journal USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"]


def test_an_entry_is_found_by_the_ids_of_a_day_and_in_the_journals_end(connection: sqlite3.Connection):
    plan = plan_of(connection, sqlite_history.FIND, {"id": bytes(16)})
    assert "SEARCH recent USING PRIMARY KEY (id=?)" in plan, plan
    assert "SEARCH journal USING INTEGER PRIMARY KEY (rowid>?)" in plan, plan
    assert is_bounded(plan), plan


def test_an_entry_is_forgotten_by_its_key(connection: sqlite3.Connection):
    plan = plan_of(connection, FORGET, {"seq": 1})
    assert "SEARCH history USING PRIMARY KEY (target=? AND seq=?)" in plan, plan
    assert is_bounded(plan), plan


def test_the_journals_end_alone_is_scanned(connection: sqlite3.Connection):
    """The steps of SQLite's machine do not grow with what is indexed."""
    for _ in range(2_000):
        write(connection, "x", "#other")
    write_meta(connection, "indexed", "1990")
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    connection.set_progress_handler(count, 1)
    assert said(answer(connection, latest())) == []
    assert 0 < steps < 500


@pytest.mark.parametrize("sql", [sqlite_history.OLDEST_WITH_EVENTS, sqlite_history.NEWEST_WITH_EVENTS])
def test_a_page_with_events_is_merged_as_it_is_walked(connection: sqlite3.Connection, sql: str):
    plan = plan_of(connection, sql, {"target": "#tea", "low": 1, "high": 100, "limit": 10, "unseen": "[]"})
    assert "SEARCH event USING PRIMARY KEY (target=? AND seq>? AND seq<?)" in plan, plan
    assert plan.count("MERGE (UNION ALL)") == 2, plan
    assert "SEARCH about USING PRIMARY KEY (parent=?)" in plan, plan
    assert is_bounded(plan), plan


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        (sqlite_catch_up.MESSAGES, "SEARCH history USING PRIMARY KEY (target=? AND seq>? AND seq<?)"),
        (sqlite_catch_up.CHANGES, "SEARCH about USING COVERING INDEX about_target (target=? AND seq>? AND seq<?)"),
        (sqlite_catch_up.EVENTS, "SEARCH event USING PRIMARY KEY (target=? AND seq>? AND seq<?)"),
    ],
)
def test_a_catch_up_walks_indexes_alone(connection: sqlite3.Connection, kind: int, step: str):
    plan = plan_of(connection, sqlite_catch_up.NEXT[kind], {"streams": "[]", "count": 10})
    assert step in plan, plan
    assert is_bounded(plan), plan


def test_a_catch_up_reads_the_journals_end_and_rows_by_their_places(connection: sqlite3.Connection):
    words = {"after": 1, "through": 2, "targets": "[]", "account": "ann"}
    plan = plan_of(connection, sqlite_catch_up.NOT_INDEXED, words)
    assert "SEARCH journal USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)" in plan, plan
    assert is_bounded(plan), plan
    plan = plan_of(connection, sqlite_catch_up.READ, {"seqs": "[]", "unseen": "[]", "hidden": "[]"})
    assert "SEARCH journal USING INTEGER PRIMARY KEY (rowid=?)" in plan, plan
    assert is_bounded(plan), plan


def test_the_latest_of_each_history_is_looked_up(connection: sqlite3.Connection):
    words = dict.fromkeys(("account_after", "since", "through", "end"), 1)
    plan = plan_of(connection, sqlite_targets.LATEST, {**words, "sources": "[]", "account": "ann", "unseen": "[]"})
    assert "SEARCH history USING PRIMARY KEY (target=? AND seq>? AND seq<?)" in plan, plan
    assert "SEARCH conversation USING PRIMARY KEY (account=?)" in plan, plan
    assert "SEARCH journal USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)" in plan, plan
    assert is_bounded(plan), plan


def test_one_entry_is_looked_up(connection: sqlite3.Connection):
    plan = plan_of(connection, sqlite_history.LOOK_UP, {"seq": 1, "target": "#tea", "unseen": "[]"})
    assert "SEARCH journal USING INTEGER PRIMARY KEY (rowid=?)" in plan, plan
    assert "SEARCH about USING PRIMARY KEY (parent=?)" in plan, plan
    assert is_bounded(plan), plan


def test_what_is_about_an_entry_is_filled_and_forgotten_like_it(connection: sqlite3.Connection):
    for statement in (sqlite_index.FILL_ABOUT, sqlite_conversations.FILL_CONVERSATIONS):
        plan = plan_of(connection, statement, {"indexed": 1, "upto": 100})
        assert "SEARCH journal USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)" in plan, plan
    plan = plan_of(connection, sqlite_index.FORGET_ABOUT, {"seq": 1})
    assert "SEARCH about USING PRIMARY KEY (parent=? AND seq=?)" in plan, plan
    assert is_bounded(plan), plan


def test_a_catch_up_costs_as_much_as_what_it_gives(connection: sqlite3.Connection):
    """Fifty histories of three hundred messages each: the work for ten of them is not that for all."""
    with transaction(connection):
        for number in range(300):
            for history in range(50):
                fact = posted("x", f"#{history}", at=number)
                row = (fact.at, fact.id, f"#{history}", encode_fact(fact))
                connection.execute("INSERT INTO journal (at, id, target, fact) VALUES (?, ?, ?, ?)", row)
    index = Index(connection)
    index.boot()
    index.fill()
    spans: dict[str, Spans] = {f"#{history}": ((0, 10**6),) for history in range(50)}

    def steps(limit: int) -> int:
        count = 0

        def counted() -> int:
            nonlocal count
            count += 1
            return 0

        connection.set_progress_handler(counted, 100)
        assert len(answer(connection, CatchUp(spans, 0, 10**6, limit)).found) == limit
        connection.set_progress_handler(None, 0)
        return count

    few, some, many = steps(10), steps(1_000), steps(10_000)
    assert few < some
    assert many < 15 * some


def test_5_chains_are_made_in_idle_moments_and_never_ahead_of_the_index(connection: sqlite3.Connection):
    store = Store(connection)
    store.boot()
    facts = [Entry(seq, seq, posted(at=seq)) for seq in range(1, 2 * ROWS + 1)]
    for start in range(0, len(facts), 64):
        part = facts[start : start + 64]
        store.commit(rows_of(part, [encode_fact(entry.fact) for entry in part]), part[-1].seq)
        store.tend(idle=False)
    assert int(read_meta(connection, "indexed")) >= ROWS
    assert read_meta(connection, "chained") == "0"
    assert store.has_upkeep
    for _ in range(20):
        store.tend(idle=True)
        assert int(read_meta(connection, "chained")) <= int(read_meta(connection, "indexed"))
    assert read_meta(connection, "chained") == str(2 * ROWS)
    assert connection.execute("SELECT last FROM chain WHERE target = '#tea'").fetchone() == (2 * ROWS,)
    assert not store.has_upkeep


async def test_5_chains_are_whole_after_a_close(path: Path):
    ear = Ear()
    backend = await opened(path, ear)
    backend.append([posted() for _ in range(100)])
    await backend.close()
    assert on_disk(path, "SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'chained'") == [100]
    assert on_disk(path, "SELECT last FROM chain") == [100]
