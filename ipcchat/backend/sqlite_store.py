"""The journal's rows: what one connection writes, finds and gives back at a start. One thread uses it.

Rules:
1. A commit is one transaction with one sync: the new rows and what waited (passing facts, voids, hidden places, a
   checkpoint), or nothing.
2. Rows go in by one statement, because Python's global lock is given up and taken again once for every step of SQLite.
   What happened beside messages waits for a commit that has other statements anyway, but never behind a checkpoint.
3. A failed sync is final: what the kernel still holds is unknown, and a second sync that succeeds proves nothing.
4. Only this connection checkpoints the write-ahead log, fills `history` and takes texts away, after outcomes were
   handed over and never inside a commit.

Specification: SQLite result codes (https://www.sqlite.org/rescode.html), WAL (https://www.sqlite.org/wal.html).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence, Set
from functools import cache
from typing import Any, Final, NamedTuple, TypeGuard, cast

import msgspec

from ipcchat.backend.base import BackendError
from ipcchat.backend.counts import JournalCounts
from ipcchat.backend.memory_past import place_of
from ipcchat.backend.ordering import Order
from ipcchat.backend.sqlite_index import CHAIN_SEQS_AT_CLOSE, Index
from ipcchat.backend.sqlite_mark import Marks, read_mark, write_marks
from ipcchat.backend.sqlite_recent import Spot
from ipcchat.backend.sqlite_rows import COLUMNS, entries_of, entry_of, is_historic
from ipcchat.backend.sqlite_schema import read_meta, transaction, write_meta
from ipcchat.backend.sqlite_sums import row_sum
from ipcchat.backend.sqlite_upkeep import Tidied, Upkeep, is_tombstone
from ipcchat.core.effects import Erase, Hide, Recall, Void
from ipcchat.core.facts import AnyFact, Durability, Entry
from ipcchat.core.outcomes import Boot, Outcome
from ipcchat.core.retention import Retention

ROWS_MAX: Final = 2_048
"""Rows of one statement, eight parameters each: well under SQLite's 32,766."""

UNWRITTEN_MAX: Final = 100_000
"""Passing facts, and as many things beside messages, that may wait for a disk that refuses to take them: about 50 MB
each."""

RECALLS_MAX: Final = 256
"""Things that happened beside messages and wait for a commit; so many make the next one a transaction of their own."""

EVENTS_MAX: Final = 4_096
"""Rows of `event` in one statement, four parameters each."""

CEILING_STEP: Final = 10_000
"""Places that may be shown before they are written; after a crash so many are skipped, so that none is given twice."""

WAL_PAGES_MAX: Final = 4_000
"""16 MiB of log: after that it is copied into the database, even when there is no idle moment."""

WAL_PAGES_IDLE: Final = 100
"""Less than that is not worth the syncs of a checkpoint in an idle moment."""

_encode = msgspec.msgpack.Encoder().encode

_STEPS = (1, 2, 4, 8, 16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, ROWS_MAX)
_COLUMNS = 8

_REFUSALS = {
    "SQLITE_FULL": "the disk is full; free some space where the journal is",
    "SQLITE_BUSY": "the journal is locked by another program; stop that one",
    "SQLITE_LOCKED": "the journal is locked by another program; stop that one",
    "SQLITE_READONLY_DBMOVED": "the journal's file was deleted, moved or replaced; put it back",
    "SQLITE_READONLY": "the journal cannot be written; check the disk and the file's owner",
    "SQLITE_CANTOPEN": "the journal cannot be opened; check the folder and the number of open files",
    "SQLITE_NOMEM": "there is no memory left to write the journal",
    "SQLITE_IOERR_WRITE": "the disk refuses to write; check its space, quota and health",
    "SQLITE_IOERR_TRUNCATE": "the disk refuses to write; check its space, quota and health",
    "SQLITE_IOERR_SHMSIZE": "the disk refuses to write; check its space, quota and health",
    "SQLITE_IOERR_LOCK": "the journal cannot be locked; check the disk",
    "SQLITE_IOERR_NOMEM": "there is no memory left to write the journal",
}


def refusal(error: sqlite3.Error) -> str:
    """Why a commit was rolled back, for people, when it may work later. Raises BackendError for what is final."""
    name = str(getattr(error, "sqlite_errorname", ""))
    family = "_".join(name.split("_")[:2])
    reason = _REFUSALS.get(name) or _REFUSALS.get(family)
    if reason is None:
        text = f"the journal cannot go on: {error} ({name or 'no code'}); check the disk, then start again"
        raise BackendError(text) from error
    return reason


class Written(NamedTuple):
    """What of the things that were told beside facts a commit had: the places of `voids` and `hides`, and how many of
    the things that happened beside messages, in the order in which they were told."""

    voids: list[int]
    hides: list[int]
    recalls: int


class Store:
    """The writing side of one open journal. All methods raise sqlite3.Error; `refusal` says what it means."""

    def __init__(self, connection: sqlite3.Connection, counts: JournalCounts | None = None) -> None:
        self._connection = connection
        self._counts = counts or JournalCounts()
        self._ceiling = 0
        self._unwritten: dict[bytes, Entry] = {}
        self._rows: list[object] = []
        self._voids: list[int] = []
        self._hides: list[int] = []
        self._recalls: list[Recall] = []
        self._erasures: list[Erase] = []
        self._state: tuple[int, bytes] | None = None
        self._wal = _WalGauge()
        self._index = Index(connection)
        self._upkeep = Upkeep(connection)

    def boot(self) -> tuple[Boot, Order]:
        """What is in the journal, and the last place given. Raises BackendError when an entry cannot be read."""
        boot, order = self.read(), self.last_given()
        self.begin(order)
        return boot, order

    def read(self) -> Boot:
        """What is in the journal now."""
        connection = self._connection
        seq, state = connection.execute("SELECT seq, state FROM checkpoint").fetchone() or (0, None)
        tail = connection.execute(f"SELECT {COLUMNS} FROM journal WHERE seq > ? ORDER BY seq", (seq,))
        return Boot(self.journal_id(), state, entries_of(tail.fetchall()))

    def journal_id(self) -> str:
        """What every msgid begins with."""
        return read_meta(self._connection, "journal")

    def last_given(self) -> Order:
        """The last place that an earlier run can have shown to anybody."""
        connection, mark = self._connection, read_mark(self._connection)
        state = connection.execute("SELECT seq FROM checkpoint").fetchone() or (0,)
        last = connection.execute("SELECT seq, at FROM journal ORDER BY seq DESC LIMIT 1").fetchone() or (0, 0)
        seqs = (last[0], state[0], int(read_meta(connection, "ceiling")), mark.seq if mark else 0)
        return Order(max(seqs), max(last[1], mark.at if mark else 0))

    def begin(self, order: Order) -> None:
        """Take up what an earlier run left, and see whether the disk takes something."""
        self._index.boot()
        self._upkeep.boot()
        self.commit((), order.seq)

    def find(self, facts: Sequence[AnyFact]) -> tuple[dict[bytes, Entry], Set[int]]:
        """The entries that have these facts' ids already, written or waiting to be; and the places of those of them
        that were taken out of history. Of one that was forgotten or erased, the fact that is said again stands for
        it."""
        ids = [fact.id for fact in facts]
        known = {id_: self._unwritten[id_] for id_ in ids if id_ in self._unwritten} if self._unwritten else {}
        places = self._index.recent.find(ids)
        if not known and not places:
            return known, frozenset()
        voided = set(self._voids)
        known |= {fact.id: Entry(*places[fact.id], fact) for fact in facts if fact.id in places}
        seqs = sorted(seq for seq, _ in places.values())
        for start in range(0, len(seqs), ROWS_MAX):
            for row in self._rows_at(seqs[start : start + ROWS_MAX]):
                entry, (target, parent) = entry_of(row), row[3:5]
                id_ = entry.fact.id
                if places.get(id_, (0, 0))[0] != entry.seq:  # The table `recent` is damaged.
                    continue
                if is_tombstone(entry.fact):
                    known[id_] = Entry(entry.seq, entry.at, known[id_].fact)
                    continue
                known[id_] = entry
                if target is None and not parent:
                    voided.add(entry.seq)
        return known, {entry.seq for entry in known.values() if is_historic(entry.fact)} & voided

    def _rows_at(self, seqs: list[int]) -> list[tuple[Any, ...]]:
        """The rows of these places, at most ROWS_MAX, of those that are there."""
        sql = f"SELECT {COLUMNS} FROM journal WHERE seq IN ({','.join('?' * len(seqs))})"
        return self._connection.execute(sql, seqs).fetchall()

    def later(self, outcomes: Sequence[Outcome], encoded: Sequence[bytes]) -> None:
        """Write these entries with the next commit. Raises BackendError when too many wait."""
        self._unwritten |= {entry.fact.id: entry for entry in outcomes if _is_stored(entry)}
        self._rows += rows_of(outcomes, encoded)
        if len(self._unwritten) > UNWRITTEN_MAX:
            raise _too_much_waits()

    def change(self, effect: Void | Hide | Recall | Erase) -> None:
        """Change what the journal gives with the next commit, and with a Recall perhaps later. Raises BackendError when
        too much waits."""
        match effect:
            case Void(seq):
                self._voids.append(seq)
            case Hide(seq):
                self._hides.append(seq)
            case Erase():
                self._erasures.append(effect)
            case Recall():
                self._recalls.append(effect)
        if len(self._recalls) > UNWRITTEN_MAX:
            raise _too_much_waits()

    def retain(self, rules: Retention, now: int, ids_now: int | None = None) -> None:
        """Forget in idle moments what these rules do not keep at that time (Unix ms), and the ids that are too old at
        `ids_now`, which is the same unless it is given."""
        self._upkeep.retain(rules, now)
        self._index.recent.sweep(now if ids_now is None else ids_now)
        oldest = self._connection.execute("SELECT at FROM journal ORDER BY seq LIMIT 1").fetchone()
        self._counts.oldest_at = oldest[0] if oldest else None

    def checkpoint(self, seq: int, state: bytes) -> None:
        """Keep the shared state after `seq` with the next commit, which has everything given before."""
        self._state = (seq, state)

    @property
    def waits(self) -> bool:
        """Something is to be written that did not ask for a commit of its own."""
        return bool(self._rows or self._recalls) or self._has_changes

    @property
    def _has_changes(self) -> bool:
        return bool(self._voids or self._hides or self._erasures or self._state)

    def reaches_ceiling(self, seq: int) -> bool:
        """A place up to `seq` may be shown only after another commit."""
        return seq > self._ceiling

    def commit(self, rows: Sequence[object], seq: int, *, last: bool = False, marks: Marks | None = None) -> Written:
        """Make `rows` and what waits durable; `seq` is the last place given. Returns what of that was no row.

        With `last` no further places are reserved: the journal is about to be closed. `marks` say how far a stream was
        taken in, which is then in the same transaction. After a refused commit it writes in any case, so that what it
        says of the disk is true.
        """
        rows = [*self._rows, *rows]
        ceiling = seq if last else seq + CEILING_STEP
        many = len(rows) > ROWS_MAX * _COLUMNS or len(self._recalls) >= (RECALLS_MAX if rows else 1)
        written = Written([], [], 0)
        began = time.perf_counter()
        whole = many or last or self._has_changes or seq + CEILING_STEP // 2 > self._ceiling
        if whole or marks is not None or self._counts.refusal:
            self._transaction(rows, ceiling, marks)
            self._ceiling = ceiling if marks is None else self._ceiling
            written = Written(self._voids, self._hides, len(self._recalls))
            self._voids, self._hides, self._recalls, self._erasures, self._state = [], [], [], [], None
        elif rows:
            self._insert(rows)
        else:
            return written
        self._counts.committed(len(rows) // _COLUMNS, time.perf_counter() - began)
        self._rows = []
        self._unwritten.clear()
        self._wal.grew(len(rows) // _COLUMNS)
        self._index.grew(_ids_of(rows))
        return written

    @property
    def wants_rest(self) -> bool:
        """An idle moment would be well used."""
        return self._wal.pages >= WAL_PAGES_IDLE or self._index.is_due(idle=True) or self._index.is_unchained

    @property
    def has_upkeep(self) -> bool:
        """Many idle moments would be."""
        return self._upkeep.is_due or self._index.is_far_behind or self._index.recent.is_due

    def is_due(self, *, idle: bool) -> bool:
        """There is something for `tend` to do."""
        return self._next_work(idle=idle) is not None

    def tend(self, *, idle: bool) -> Tidied:
        """Copy the write-ahead log into the database, or else fill `history`, when there is much to do, or when there
        is time and it is worth it; or else, when there is time, make chains or take away what is not to be kept. One of
        them: the next commit waits. Returns what was taken away."""
        work = self._next_work(idle=idle)
        return (work() if work is not None else None) or Tidied()

    def _next_work(self, *, idle: bool) -> Callable[[], Tidied | None] | None:
        index = self._index
        if self._wal.pages >= (WAL_PAGES_IDLE if idle else WAL_PAGES_MAX):
            return self._copy_log
        if index.is_due(idle=idle):
            return index.fill
        if not idle:
            return None
        if index.is_unchained:
            return index.chain
        if index.recent.is_due:
            return index.recent.step
        return self._keep_up if self._upkeep.is_due else None

    def _copy_log(self) -> None:
        _, pages, copied = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        self._wal.copied(pages, copied)

    def _keep_up(self) -> Tidied:
        self._index.fill()
        self._index.chain()
        return self._upkeep.step()

    def close(self) -> None:
        """Fill `history`, copy the whole log into the database and let go. The readers must be closed already."""
        self._index.fill()
        self._index.chain(CHAIN_SEQS_AT_CLOSE)
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()

    def abandon(self) -> None:
        """Let go and leave the log as it is. SQLite does so only while a reader is open: close that one after this."""
        self._connection.close()

    def _insert(self, rows: list[object]) -> None:
        count = len(rows) // _COLUMNS
        size = _step(count)
        padding = [None] * ((size - count) * _COLUMNS)
        self._connection.execute(_insertion(size), [*rows, *padding, count])

    def _transaction(self, rows: list[object], ceiling: int, marks: Marks | None) -> None:
        with transaction(self._connection):
            for start in range(0, len(rows), ROWS_MAX * _COLUMNS):
                self._insert(rows[start : start + ROWS_MAX * _COLUMNS])
            for seq in self._voids:
                self._index.forget(seq)
            for seq in self._hides:
                self._connection.execute("UPDATE journal SET hidden = 1 WHERE seq = ?", (seq,))
            for erasure in self._erasures:
                self._upkeep.erase(erasure.party, erasure.through)
            self._insert_events()
            if self._state is not None:
                self._connection.execute("INSERT OR REPLACE INTO checkpoint VALUES (1, ?, ?)", self._state)
                self._upkeep.go_on()
            if marks is None:
                write_meta(self._connection, "ceiling", str(ceiling))
            else:
                write_marks(self._connection, marks)

    def _insert_events(self) -> None:
        """Several of them in one statement, for the same reason as rows."""
        columns: list[object] = []
        for event in self._recalls:
            what = _encode(event.what)
            for target in event.targets:
                columns += (target, event.seq, event.at, what)
        for start in range(0, len(columns), EVENTS_MAX * 4):
            some = columns[start : start + EVENTS_MAX * 4]
            values = ",".join(["(?,?,?,?)"] * (len(some) // 4))
            self._connection.execute(f"INSERT OR IGNORE INTO event VALUES {values}", some)


class _WalGauge:
    """How long the write-ahead log is, by rows since the last checkpoint and what that one found a row to cost."""

    def __init__(self) -> None:
        self._rows = 0
        self._pages_per_row = 4.0

    @property
    def pages(self) -> float:
        return self._rows * self._pages_per_row

    def grew(self, rows: int) -> None:
        self._rows += rows

    def copied(self, pages: int, copied: int) -> None:
        """A checkpoint found `pages` in the log. When a reader kept it from copying all, the next one will."""
        if self._rows and pages == copied:
            self._pages_per_row = min(max(pages / self._rows, 0.05), 8.0)
        self._rows = 0


def _step(count: int) -> int:
    """How many rows a statement for `count` has: few different statements, each prepared once."""
    return next(step for step in _STEPS if step >= count)


@cache
def _insertion(rows: int) -> str:
    """One statement for up to `rows` rows: what is over is padding that LIMIT keeps out."""
    values = ",".join(["(?,?,?,?,?,?,?,?)"] * rows)
    return f"INSERT INTO journal ({COLUMNS}, place) SELECT * FROM (VALUES {values}) LIMIT ?"


def _is_stored(outcome: Outcome) -> TypeGuard[Entry]:
    return isinstance(outcome, Entry) and outcome.fact.durability is not Durability.FLEETING


def rows_of(outcomes: Sequence[Outcome], encoded: Sequence[bytes]) -> list[object]:
    """The columns of all entries that are stored, one after the other; `encoded` are the facts of `outcomes`."""
    rows: list[object] = []
    for entry, blob in zip(outcomes, encoded, strict=True):
        if _is_stored(entry):
            seq, at, fact = entry.seq, entry.at, entry.fact
            target, parent = fact.history_target, fact.parent
            sum_ = row_sum(seq, at, fact.id, target, parent, blob)
            rows += (seq, at, fact.id, target, parent, blob, sum_, place_of(fact) if parent else None)
    return rows


def _ids_of(rows: list[object]) -> dict[bytes, Spot]:
    """The ids of rows_of, with their places and times."""
    spots = zip(rows[::_COLUMNS], rows[1::_COLUMNS], strict=True)
    return cast(dict[bytes, Spot], dict(zip(rows[2::_COLUMNS], spots, strict=True)))


def _too_much_waits() -> BackendError:
    return BackendError(f"{UNWRITTEN_MAX} facts wait for a disk that takes none; free space and start again")
