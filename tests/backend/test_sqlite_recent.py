"""ipcchat/backend/sqlite_recent.py: who says it again within a day said it once. The number in a test's name is the
module's rule."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from ipcchat.backend.sqlite_recent import IDS_MAX, KEPT_MS, ROWS
from ipcchat.backend.sqlite_schema import open_journal
from ipcchat.backend.sqlite_store import Store, rows_of
from ipcchat.core.facts import Entry, encode_fact
from ipcchat.core.retention import Retention
from tests.backend.journals import posted

NOW = 1_800_000_000_000


class Shelf:
    """A store, and what is put in it."""

    def __init__(self, path: Path) -> None:
        self.connection = open_journal(path)
        self.store = Store(self.connection)
        self.seq = self.store.boot()[1].seq

    def put(self, *ids: bytes, at: int = NOW) -> None:
        """One commit with messages of these ids."""
        entries = [Entry(self.seq + number, at, posted("tea", key=id_, at=at)) for number, id_ in enumerate(ids, 1)]
        self.seq += len(ids)
        self.store.commit(rows_of(entries, [encode_fact(entry.fact) for entry in entries]), self.seq)

    def place(self, id_: bytes) -> int:
        """Where an id is known to be; 0 when it is not."""
        known, _ = self.store.find([posted("tea", key=id_)])
        return known[id_].seq if known else 0

    def rest(self) -> None:
        """Idle moments until there is nothing to do in them."""
        while self.store.wants_rest or self.store.has_upkeep:
            self.store.tend(idle=True)

    def kept(self) -> int:
        """Rows of the table."""
        return int(self.connection.execute("SELECT count(*) FROM recent").fetchone()[0])


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path / "chat.db")
    with closing(shelf.connection):
        yield shelf


def ids(count: int) -> list[bytes]:
    return [os.urandom(16) for _ in range(count)]


def test_1_an_id_is_known_before_and_after_it_is_in_the_table(shelf: Shelf):
    some = ids(200)
    shelf.put(*some)
    assert (shelf.kept(), [shelf.place(id_) for id_ in some]) == (0, list(range(1, 201)))
    shelf.rest()
    assert (shelf.kept(), [shelf.place(id_) for id_ in some]) == (200, list(range(1, 201)))
    assert shelf.place(b"never said here!") == 0


def test_1_a_start_knows_what_an_earlier_run_wrote_last(tmp_path: Path):
    path, some = tmp_path / "chat.db", ids(150)
    killed = Shelf(path)
    killed.put(*some[:100])
    killed.rest()
    killed.put(*some[100:])
    killed.connection.close()
    shelf = Shelf(path)
    with closing(shelf.connection):
        assert (shelf.kept(), [shelf.place(id_) for id_ in some]) == (100, list(range(1, 151)))


@pytest.mark.parametrize("count", [1, 5, IDS_MAX - 1, IDS_MAX, IDS_MAX + 1, 2 * IDS_MAX + 7])
def test_1_any_number_is_looked_up_at_once(shelf: Shelf, count: int):
    some = ids(count)
    shelf.put(*some)
    shelf.rest()
    known, voided = shelf.store.find([posted("tea", key=id_) for id_ in reversed(some)])
    assert {id_: entry.seq for id_, entry in known.items()} == {id_: seq for seq, id_ in enumerate(some, 1)}
    assert not voided


@pytest.mark.parametrize("seed", range(20))
def test_2_series_of_ids_that_rise_or_do_not_hide_no_known_one(tmp_path: Path, seed: int):
    """Two nodes' ids, some of them late, between those of clients; some are said again, over two runs."""
    random, known = Random(seed), dict[bytes, int]()
    for _ in range(2):
        shelf = Shelf(tmp_path / "chat.db")
        with closing(shelf.connection):
            for _ in range(40):
                batch: dict[bytes, None] = {}
                for _ in range(random.randrange(1, 6)):
                    series = random.choice([b"node-one", b"node-one", b"node-two", random.randbytes(8)])
                    batch[series + random.choice([len(known), random.randrange(500)]).to_bytes(8, "big")] = None
                asked = [*batch, *random.sample([*known], min(len(known), 2))]
                found, _ = shelf.store.find([posted("tea", key=id_) for id_ in asked])
                assert {id_: entry.seq for id_, entry in found.items()} == {i: known[i] for i in asked if i in known}
                new = [id_ for id_ in batch if id_ not in known]
                known |= {id_: shelf.seq + number for number, id_ in enumerate(new, 1)}
                if new:
                    shelf.put(*new)
                if random.random() < 0.2:
                    shelf.rest()


def test_2_ids_that_rise_are_not_looked_up(shelf: Shelf):
    statements: list[str] = []
    shelf.put(*(b"node-one" + number.to_bytes(8, "big") for number in range(10)))
    shelf.place(b"node-one" + (10).to_bytes(8, "big"))
    shelf.connection.set_trace_callback(statements.append)
    assert shelf.place(b"node-one" + (11).to_bytes(8, "big")) == 0
    assert statements == []
    assert shelf.place(b"node-one" + (3).to_bytes(8, "big")) == 4


def test_3_a_day_later_it_is_swept_out_and_not_a_moment_before(shelf: Shelf):
    old, new = ids(2 * ROWS), ids(100)
    shelf.put(*old)
    shelf.put(*new, at=NOW + 10)
    shelf.rest()
    shelf.store.retain(Retention(), NOW + KEPT_MS)
    shelf.rest()
    assert (shelf.kept(), shelf.place(old[0])) == (2 * ROWS + 100, 1)
    shelf.store.retain(Retention(), NOW + KEPT_MS + 1)
    shelf.rest()
    assert (shelf.kept(), shelf.place(old[0]), shelf.place(new[0])) == (100, 0, 2 * ROWS + 1)


def test_3_what_was_said_long_before_the_newest_never_gets_in(shelf: Shelf):
    old, new = ids(100), ids(100)
    shelf.put(*old)
    shelf.put(*new, at=NOW + KEPT_MS + 1)
    shelf.rest()
    assert (shelf.kept(), shelf.place(old[0]), shelf.place(new[0])) == (100, 0, 101)


def test_3_an_id_is_known_although_retention_took_its_message(shelf: Shelf):
    some = ids(100)
    shelf.put(*some)
    shelf.rest()
    shelf.connection.execute("DELETE FROM journal WHERE seq <= 50")
    again = posted("tea", key=some[10], at=NOW + 5)
    known, voided = shelf.store.find([again])
    assert known == {some[10]: Entry(11, NOW, again)}
    assert not voided


def test_a_fill_that_fails_forgets_nothing(shelf: Shelf):
    some = ids(100)
    shelf.put(*some)
    shelf.connection.execute("PRAGMA query_only = ON")
    with pytest.raises(sqlite3.OperationalError):
        shelf.rest()
    assert shelf.place(some[-1]) == 100
