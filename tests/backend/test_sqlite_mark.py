"""ipcchat/backend/sqlite_mark.py: the mark is in the transaction that has the rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ipcchat.backend.sqlite_mark import (
    FLEETING_PLACES,
    ROWS_MAX,
    Mark,
    Marks,
    Origin,
    read_fleeting,
    read_mark,
    read_origins,
)
from ipcchat.backend.sqlite_schema import MIGRATIONS, connect_writer, migrate, open_journal, write_meta
from ipcchat.backend.sqlite_store import Store, rows_of
from ipcchat.core.facts import Entry, encode_fact
from tests.backend.journals import posted, unkind

MARK = Mark(3, 7, 5, 1_700_000_000_000, b"d" * 16, b"p" * 16)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_journal(tmp_path / "chat.db")) as connection:
        yield connection


def test_marks_come_back_as_they_were(connection: sqlite3.Connection):
    store = Store(connection)
    assert (read_mark(connection), read_origins(connection), read_fleeting(connection)) == (None, {}, {})
    origins = {"one": Origin(5), "two": Origin(0, down=True)}
    store.commit((), MARK.seq, marks=Marks(MARK, origins, {b"f" * 16: (5, 9)}))
    store.commit((), MARK.seq, marks=Marks(MARK, {"one": Origin(6)}, {}))
    assert read_mark(connection) == MARK
    assert read_origins(connection) == {"one": Origin(6), "two": Origin(0, down=True)}
    assert read_fleeting(connection) == {b"f" * 16: (5, 9)}


def test_fleeting_ids_are_kept_for_so_many_places_only(connection: sqlite3.Connection):
    store, count = Store(connection), FLEETING_PLACES + 2 * ROWS_MAX
    for start in range(1, count, 500):
        some = {seq.to_bytes(16, "big"): (seq, 1) for seq in range(start, start + 500)}
        store.commit((), start + 499, marks=Marks(Mark(1, start, start + 499, 1), {}, some))
    assert [seq for seq, _ in read_fleeting(connection).values()] == list(range(count - FLEETING_PLACES + 1, count + 1))


def test_a_refused_commit_moves_no_mark(tmp_path: Path):
    kind = unkind()
    with closing(open_journal(tmp_path / "chat.db", kind)) as connection:
        store, entry = Store(connection), Entry(1, 1, posted())
        kind.refusal = "SQLITE_FULL"
        with pytest.raises(sqlite3.OperationalError):
            marks = Marks(MARK, {"one": Origin(1)}, {b"f": (1, 1)})
            store.commit(rows_of([entry], [encode_fact(entry.fact)]), 1, marks=marks)
        assert (read_mark(connection), read_origins(connection), read_fleeting(connection)) == (None, {}, {})
        assert connection.execute("SELECT count(*) FROM journal").fetchone() == (0,)


def test_a_journal_that_was_in_a_stream_gives_no_place_twice_outside_of_it(connection: sqlite3.Connection):
    Store(connection).commit((), 5, marks=Marks(MARK, {}, {}))
    order = Store(connection).last_given()
    assert (order.seq, order.at) == (MARK.seq, MARK.at)


def test_ids_of_an_older_journal_get_the_times_of_their_entries(tmp_path: Path):
    """Also those whose entry retention took: the time of the next one that is there."""
    path = tmp_path / "chat.db"
    with closing(connect_writer(path)) as connection:
        connection.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID")
        for name in ("version", "indexed", "ceiling"):
            write_meta(connection, name, "0")
        migrate(connection, MIGRATIONS[:2])
        insert = "INSERT INTO journal (seq, at, id, fact) VALUES (?, ?, ?, '')"
        connection.executemany(insert, [(5, 50, b"5"), (7, 70, b"7")])
        connection.executemany("INSERT INTO recent VALUES (?, ?)", [(b"4", 4), (b"5", 5), (b"6", 6), (b"8", 8)])
        migrate(connection)
        found = connection.execute("SELECT id, seq, at FROM recent ORDER BY seq").fetchall()
        assert found == [(b"4", 4, 50), (b"5", 5, 50), (b"6", 6, 70), (b"8", 8, 0)]
