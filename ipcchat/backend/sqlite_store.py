"""The journal's rows: what one connection writes, finds and gives back at a start. One thread uses it.

Rules:
1. A commit is one transaction with one sync: all that waited (passing facts, voids, a checkpoint) and the new rows, or
   nothing.
2. Rows go in by one statement, because Python's global lock is given up and taken again once for every step of SQLite.
3. A failed sync is final: what the kernel still holds is unknown, and a second sync that succeeds proves nothing.
4. Only this connection checkpoints the write-ahead log and fills `history`, after outcomes were handed over and never
   inside a commit.

Specification: SQLite result codes (https://www.sqlite.org/rescode.html), WAL (https://www.sqlite.org/wal.html).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final, TypeGuard

import msgspec

from ipcchat.backend.base import BackendError
from ipcchat.backend.ordering import Order
from ipcchat.backend.sqlite_index import Index
from ipcchat.backend.sqlite_schema import read_meta, transaction, write_meta
from ipcchat.core.facts import AnyFact, Durability, Entry, decode_fact
from ipcchat.core.outcomes import Boot, Outcome

ROWS_MAX: Final = 2_048
"""Rows of one statement, five parameters each: well under SQLite's 32,766."""

UNWRITTEN_MAX: Final = 100_000
"""Passing facts that may wait for a disk that refuses to take them: about 50 MB."""

CEILING_STEP: Final = 10_000
"""Places that may be shown before they are written; after a crash so many are skipped, so that none is given twice."""

WAL_PAGES_MAX: Final = 4_000
"""16 MiB of log: after that it is copied into the database, even when there is no idle moment."""

WAL_PAGES_IDLE: Final = 100
"""Less than that is not worth the syncs of a checkpoint in an idle moment."""

_STEPS = (1, 2, 4, 8, 16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, ROWS_MAX)
_COLUMNS = 5

_REFUSALS = {
    "SQLITE_FULL": "the disk is full; free some space where the journal is",
    "SQLITE_BUSY": "the journal is locked by another program; stop that one",
    "SQLITE_LOCKED": "the journal is locked by another program; stop that one",
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


class Store:
    """The writing side of one open journal. All methods raise sqlite3.Error; `refusal` says what it means."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._ceiling = 0
        self._unwritten: dict[bytes, Entry] = {}
        self._rows: list[object] = []
        self._voids: list[int] = []
        self._state: tuple[int, bytes] | None = None
        self._wal = _WalGauge()
        self._index = Index(connection)

    def boot(self) -> tuple[Boot, Order]:
        """What is in the journal, and the last place given. Raises BackendError when an entry cannot be read."""
        connection = self._connection
        state = connection.execute("SELECT seq, state FROM checkpoint").fetchone() or (0, None)
        last = connection.execute("SELECT seq, at FROM journal ORDER BY seq DESC LIMIT 1").fetchone() or (0, 0)
        tail = connection.execute("SELECT seq, at, fact FROM journal WHERE seq > ? ORDER BY seq", (state[0],))
        boot = Boot(read_meta(connection, "journal"), state[1], entries_of(tail.fetchall()))
        order = Order(max(last[0], state[0], int(read_meta(connection, "ceiling"))), last[1])
        self._index.boot()
        self.commit((), order.seq)
        return boot, order

    def find(self, facts: Iterable[AnyFact]) -> tuple[dict[bytes, Entry], set[int]]:
        """The entries that have these facts' ids already, written or waiting to be; and the places of those of them
        that were taken out of history."""
        ids = [fact.id for fact in facts]
        without_target = set(self._voids)
        known = {key: self._unwritten[key] for key in ids if key in self._unwritten}
        for start in range(0, len(ids), ROWS_MAX):
            some = ids[start : start + ROWS_MAX]
            size = _step(len(some))
            rows = self._connection.execute(_lookup(size), [*some, *[None] * (size - len(some))]).fetchall()
            known |= {entry.fact.id: entry for entry in entries_of(row[:3] for row in rows)}
            without_target.update(seq for seq, _, _, target in rows if target is None)
        historic = {entry.seq for entry in known.values() if entry.fact.history_target is not None}
        return known, historic & without_target

    def later(self, outcomes: Sequence[Outcome], encoded: Sequence[bytes]) -> None:
        """Write these entries with the next commit. Raises BackendError when too many wait."""
        self._unwritten |= {entry.fact.id: entry for entry in outcomes if _is_stored(entry)}
        self._rows += rows_of(outcomes, encoded)
        if len(self._unwritten) > UNWRITTEN_MAX:
            raise BackendError(f"{UNWRITTEN_MAX} facts wait for a disk that takes none; free space and start again")

    def void(self, seq: int) -> None:
        """Take an entry out of history with the next commit."""
        self._voids.append(seq)

    def checkpoint(self, seq: int, state: bytes) -> None:
        """Keep the shared state after `seq` with the next commit, which has all voids given before."""
        self._state = (seq, state)

    @property
    def waits(self) -> bool:
        """Something is to be written that did not ask for a commit of its own."""
        return bool(self._rows or self._voids or self._state)

    def reaches_ceiling(self, seq: int) -> bool:
        """A place up to `seq` may be shown only after another commit."""
        return seq > self._ceiling

    def commit(self, rows: Sequence[object], seq: int, *, last: bool = False) -> list[int]:
        """Make `rows` and all that waits durable; `seq` is the last place given. Returns the voids that are written.

        With `last` no further places are reserved: the journal is about to be closed.
        """
        rows = [*self._rows, *rows]
        ceiling = seq if last else seq + CEILING_STEP
        many = len(rows) > ROWS_MAX * _COLUMNS
        if many or last or self._voids or self._state or seq + CEILING_STEP // 2 > self._ceiling:
            self._transaction(rows, ceiling)
            self._ceiling = ceiling
        elif rows:
            self._insert(rows)
        voids, self._voids = self._voids, []
        self._rows, self._state = [], None
        self._unwritten.clear()
        self._wal.grew(len(rows) // _COLUMNS)
        self._index.grew(len(rows) // _COLUMNS)
        return voids

    @property
    def wants_rest(self) -> bool:
        """An idle moment would be well used."""
        return self._wal.pages >= WAL_PAGES_IDLE or self._index.is_due(idle=True)

    def tend(self, *, idle: bool) -> None:
        """Copy the write-ahead log into the database, or else fill `history`, when there is much to do, or when there
        is time and it is worth it. Not both: the next commit waits for this."""
        if self._wal.pages >= (WAL_PAGES_IDLE if idle else WAL_PAGES_MAX):
            _, pages, copied = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            self._wal.copied(pages, copied)
        elif self._index.is_due(idle=idle):
            self._index.fill()

    def close(self) -> None:
        """Fill `history`, copy the whole log into the database and let go. The readers must be closed already."""
        self._index.fill()
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

    def _transaction(self, rows: list[object], ceiling: int) -> None:
        with transaction(self._connection):
            for start in range(0, len(rows), ROWS_MAX * _COLUMNS):
                self._insert(rows[start : start + ROWS_MAX * _COLUMNS])
            for seq in self._voids:
                self._index.forget(seq)
            if self._state is not None:
                self._connection.execute("INSERT OR REPLACE INTO checkpoint VALUES (1, ?, ?)", self._state)
            write_meta(self._connection, "ceiling", str(ceiling))


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
def _lookup(ids: int) -> str:
    """One statement for up to `ids` ids: what is over is NULL, which no row has."""
    return f"SELECT seq, at, fact, target FROM journal WHERE id IN ({','.join('?' * ids)})"


@cache
def _insertion(rows: int) -> str:
    """One statement for up to `rows` rows: what is over is padding that LIMIT keeps out."""
    return f"INSERT INTO journal SELECT * FROM (VALUES {','.join(['(?,?,?,?,?)'] * rows)}) LIMIT ?"


def _is_stored(outcome: Outcome) -> TypeGuard[Entry]:
    return isinstance(outcome, Entry) and outcome.fact.durability is not Durability.FLEETING


def rows_of(outcomes: Sequence[Outcome], encoded: Sequence[bytes]) -> list[object]:
    """The columns of all entries that are stored, one after the other; `encoded` are the facts of `outcomes`."""
    rows: list[object] = []
    for entry, fact in zip(outcomes, encoded, strict=True):
        if _is_stored(entry):
            rows += (entry.seq, entry.at, entry.fact.id, entry.fact.history_target, fact)
    return rows


def entries_of(rows: Iterable[tuple[int, int, bytes]]) -> list[Entry]:
    """Raises BackendError when a row cannot be read."""
    entries = []
    for seq, at, fact in rows:
        try:
            entries.append(Entry(seq, at, decode_fact(fact)))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            text = f"entry {seq} of the journal cannot be read ({error}); restore a backup or start a newer version"
            raise BackendError(text) from error
    return entries
