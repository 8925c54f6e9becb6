"""Reading history from the journal's file, on threads and connections of their own.

Rules:
1. A query takes at most QUERY_SECONDS, then it fails: history is never worth a stalled thread.
2. A query walks `history` as far as that goes, and of `journal` only the few thousand rows after it; a time becomes a
   sequence by binary search: `at` never falls along `seq`.
3. Every statement gives one row: Python's global lock is given up and taken again for each, slow beside a busy core.
4. What was voided is left out even while that is not on disk yet.
5. A statement reads both halves and the place between them from one snapshot: the writer may move it meanwhile.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Set
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

from ipcchat.backend.base import BackendError
from ipcchat.backend.sqlite_schema import connect_reader
from ipcchat.backend.sqlite_store import entries_of
from ipcchat.core.effects import History, HistoryAnswer, Reference
from ipcchat.core.facts import Entry

QUERY_SECONDS: Final = 0.25
"""A page of history takes under a millisecond; a quarter of a second means that something is wrong."""

READERS: Final = 2
"""Threads that read, so that one slow query does not hold up all others."""

_PROGRESS_STEPS = 5_000
_SEQ_MAX = 2**63 - 1

EXISTS = "SELECT count(*) FROM journal WHERE seq = ? AND target = ?"

_INDEXED = "(SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'indexed')"

_EARLIER = "(SELECT at < ? FROM journal WHERE seq >= (low + high) / 2 ORDER BY seq LIMIT 1)"

FIRST_FROM = f"""
WITH RECURSIVE search(low, high) AS (
    SELECT 1, (SELECT coalesce(max(seq), 0) + 1 FROM journal)
    UNION ALL
    SELECT iif({_EARLIER}, (low + high) / 2 + 1, low), iif({_EARLIER}, high, (low + high) / 2)
    FROM search WHERE low < high
)
SELECT max(low) FROM search
"""
"""A sequence such that every entry before it has `at` below the parameter, given twice, and no other has."""

_PAGE = f"""
SELECT group_concat(seq || ' ' || at || ' ' || hex(fact)) FROM (
    SELECT history.seq AS seq, at, fact FROM history CROSS JOIN journal ON journal.seq = history.seq
    WHERE history.target = :target AND history.seq >= :low AND history.seq < :high
    UNION ALL
    SELECT seq, at, fact FROM journal
    WHERE target = :target AND seq >= max(:low, {_INDEXED} + 1) AND seq < :high
    ORDER BY seq {{}} LIMIT :limit
)
"""
OLDEST = _PAGE.format("ASC")
NEWEST = _PAGE.format("DESC")
"""The entries of a target from `low` up to but without `high`, both halves merged as they are walked."""


class Readers:
    """Answers History queries. `ask` and `close` may be called from any thread."""

    def __init__(self, path: Path, query_seconds: float = QUERY_SECONDS) -> None:
        self._path = path
        self._query_seconds = query_seconds
        self._pool = ThreadPoolExecutor(READERS, thread_name_prefix="history")
        self._own = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._closed = False

    def ask(self, query: History, voided: Set[int]) -> Future[HistoryAnswer]:
        """The answer, without the entries in `voided`, or BackendError when it cannot be read in time."""
        if self._closed:
            raise BackendError("the journal is closed")
        return self._pool.submit(self._answer, query, voided)

    def interrupt(self) -> None:
        """Make all queries fail now, those that run and those that wait."""
        self._closed = True
        for connection in list(self._connections):
            with suppress(sqlite3.Error):
                connection.interrupt()

    def close(self) -> None:
        """Wait for the threads to end and close their connections."""
        self.interrupt()
        self._pool.shutdown()
        while self._connections:
            self._connections.pop().close()

    def _answer(self, query: History, voided: Set[int]) -> HistoryAnswer:
        try:
            if self._closed:
                raise BackendError("the journal is closed")
            connection = self._connection()
            deadline = time.monotonic() + self._query_seconds
            connection.set_progress_handler(lambda: self._closed or time.monotonic() > deadline, _PROGRESS_STEPS)
            return answer(connection, query, voided)
        except sqlite3.Error as error:
            late = getattr(error, "sqlite_errorname", "") == "SQLITE_INTERRUPT" and not self._closed
            reason = f"it took longer than {self._query_seconds} s" if late else str(error)
            raise BackendError(f"history cannot be read now: {reason}; try again") from error

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = connect_reader(self._path)
            self._connections.append(connection)
        return connection


def answer(connection: sqlite3.Connection, query: History, voided: Set[int] = frozenset()) -> HistoryAnswer:
    """Answer `query` as the interface says. Raises sqlite3.Error, and BackendError for a damaged entry."""
    pages = _Pages(connection, query, voided)
    references = [point for point in (query.after, query.before, query.around) if point is not None]
    if not all(pages.is_known(point) for point in references):
        return HistoryAnswer([], unknown_reference=True)
    limit = max(query.limit, 0)
    if query.around is not None:
        middle = pages.first_from(query.around)
        older = pages.read(1, middle, limit // 2, newest=True)
        return HistoryAnswer(older + pages.read(middle, _SEQ_MAX, limit - limit // 2, newest=False))
    low = 1 if query.after is None else pages.first_after(query.after)
    high = _SEQ_MAX if query.before is None else pages.first_from(query.before)
    return HistoryAnswer(pages.read(low, high, limit, newest=query.newest))


class _Pages:
    """One query's view of its target."""

    def __init__(self, connection: sqlite3.Connection, query: History, voided: Set[int]) -> None:
        self._connection = connection
        self._target = query.target
        self._first = query.floor + 1
        self._end = query.through + 1
        self._voided = voided

    def is_known(self, point: Reference) -> bool:
        """A time always is; a sequence when it is an entry of the target that the asker may have seen."""
        if point.seq is None:
            return True
        if not self._first <= point.seq < self._end or point.seq in self._voided:
            return False
        return bool(self._connection.execute(EXISTS, (point.seq, self._target)).fetchone()[0])

    def first_from(self, point: Reference) -> int:
        """The first sequence that is not before `point`."""
        if point.seq is not None:
            return point.seq
        return int(self._connection.execute(FIRST_FROM, (point.at, point.at)).fetchone()[0])

    def first_after(self, point: Reference) -> int:
        """The first sequence that is strictly after `point`."""
        if point.seq is not None:
            return point.seq + 1
        return self.first_from(Reference(at=(point.at or 0) + 1))

    def read(self, low: int, high: int, limit: int, *, newest: bool) -> list[Entry]:
        """At most `limit` entries from `low` up to but without `high` that the query may see, in rising order."""
        spare = len(self._voided)
        sql = NEWEST if newest else OLDEST
        bounds = {"low": max(low, self._first), "high": min(high, self._end), "limit": limit + spare}
        found = self._connection.execute(sql, {"target": self._target, **bounds}).fetchone()[0]
        entries = [entry for entry in entries_of(_unpack(found or "")) if entry.seq not in self._voided]
        entries.sort(key=lambda entry: entry.seq)
        return entries[len(entries) - min(limit, len(entries)) :] if newest else entries[:limit]


def _unpack(text: str) -> list[tuple[int, int, bytes]]:
    rows = (row.split(" ") for row in text.split(",") if row)
    return [(int(seq), int(at), bytes.fromhex(fact)) for seq, at, fact in rows]
