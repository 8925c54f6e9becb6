"""Reading history from the journal's file, on threads and connections of their own.

Rules:
1. A query is at most QUERY_SECONDS of work (for each thousand things that it may give), and WAIT_FACTOR of that with
   all waiting, for the disk and for a processor that others keep busy. Then it fails: history is never worth a stalled
   thread.
2. A query walks `history` as far as that goes, and of `journal` only the few thousand rows after it; a time becomes a
   sequence by binary search: `at` never falls along `seq`.
3. Every statement gives one row: Python's global lock is given up and taken again for each, slow beside a busy core.
4. What is voided or hidden is left out, and what happened is told, even while that is not on disk yet.
5. A statement reads both halves and the place between them from one snapshot: the writer may move it meanwhile.
6. Nothing is served that was altered: each row is checked by its sum, and is of the history that it was found in.

Several histories at once are read in sqlite_catch_up.py and sqlite_targets.py.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Final, TypeVar

from ipcchat.backend.base import BackendError
from ipcchat.backend.sqlite_catch_up import catch_up
from ipcchat.backend.sqlite_readers import ReaderPool
from ipcchat.backend.sqlite_rows import (
    COLUMNS,
    EVENT_FIELDS,
    INDEXED,
    PACKED,
    PACKED_EVENT,
    damaged,
    entry_of,
    event_of,
    is_historic,
    require_place,
    row_of,
    unpacked,
)
from ipcchat.backend.sqlite_schema import connect_reader
from ipcchat.backend.sqlite_targets import targets
from ipcchat.backend.sqlite_times import first_from
from ipcchat.backend.sqlite_unwritten import NOTHING, UNSEEN, Unwritten, is_in
from ipcchat.backend.sqlite_upkeep import is_tombstone
from ipcchat.core.effects import (
    CatchUp,
    History,
    HistoryAnswer,
    Lookup,
    Past,
    PastQuery,
    Reference,
    Targets,
    TargetsAnswer,
)
from ipcchat.core.facts import Entry, Posted

QUERY_SECONDS: Final = 0.25
"""A page of history is under a millisecond of work; a quarter of a second means that something is wrong."""

WAIT_FACTOR: Final = 10
"""How many times longer than its work a query may take."""

THINGS_PER_PERIOD: Final = 1_000
"""A query that may give more than that has QUERY_SECONDS for each so many."""

READERS: Final = 2
"""Threads that read, so that one slow query does not hold up all others."""

_SEQ_MAX = 2**63 - 1

EXISTS = "SELECT count(*) FROM journal WHERE seq = ? AND target = ?"
EVENT_EXISTS = "SELECT count(*) FROM event WHERE seq = ? AND target = ?"

_EVENTS = """
    UNION ALL
    SELECT seq, {event} FROM event
    WHERE target = :target AND seq >= :low AND seq < :high AND seq NOT IN {unseen}
"""

_PAGE = """
WITH page(seq, packed) AS MATERIALIZED (
    SELECT history.seq AS seq, {packed} AS packed FROM history CROSS JOIN journal ON journal.seq = history.seq
    WHERE history.target = :target AND history.seq >= :low AND history.seq < :high
        AND NOT hidden AND history.seq NOT IN {unseen}
    UNION ALL
    SELECT seq, {packed} FROM journal
    WHERE target = :target AND seq >= max(:low, {indexed} + 1) AND seq < :high
        AND NOT hidden AND seq NOT IN {unseen}
    {events}
    ORDER BY seq {order} LIMIT :limit
)
SELECT (SELECT group_concat(packed) FROM page), (SELECT group_concat(packed) FROM (
    SELECT {packed} AS packed FROM page CROSS JOIN about ON about.parent = page.seq
        CROSS JOIN journal ON journal.seq = about.seq
    WHERE NOT hidden AND about.seq NOT IN {unseen}
    UNION ALL
    SELECT {packed} FROM journal
    WHERE seq > {indexed} AND parent IN (SELECT seq FROM page) AND NOT hidden AND seq NOT IN {unseen}
))
"""


def _page(order: str, *, with_events: bool) -> str:
    words = {"packed": PACKED, "event": PACKED_EVENT, "indexed": INDEXED, "unseen": UNSEEN, "order": order}
    return _PAGE.format(events=_EVENTS.format(**words) if with_events else "", **words)


OLDEST, OLDEST_WITH_EVENTS = _page("ASC", with_events=False), _page("ASC", with_events=True)
NEWEST, NEWEST_WITH_EVENTS = _page("DESC", with_events=False), _page("DESC", with_events=True)
"""The things of a history from `low` up to but without `high`, all halves merged as they are walked; and what is about
them."""

LOOK_UP = f"""
SELECT (
    SELECT {PACKED} FROM journal WHERE seq = :seq AND :target IN (target, place) AND NOT hidden
        AND seq NOT IN {UNSEEN} AND parent NOT IN {UNSEEN}
        AND NOT EXISTS (SELECT 1 FROM journal AS old WHERE old.seq = journal.parent AND old.hidden)
), (SELECT group_concat(packed) FROM (
    SELECT {PACKED} AS packed FROM about CROSS JOIN journal ON journal.seq = about.seq
    WHERE about.parent = :seq AND NOT hidden AND about.seq NOT IN {UNSEEN}
    UNION ALL
    SELECT {PACKED} FROM journal WHERE seq > {INDEXED} AND parent = :seq AND NOT hidden AND seq NOT IN {UNSEEN}
))
"""
"""What is at a place, a message or something that was said about one; and what is about it."""

FIND = f"""
SELECT {COLUMNS} FROM journal WHERE seq = (SELECT seq FROM recent WHERE id = :id)
UNION ALL
SELECT {COLUMNS} FROM journal WHERE seq > {INDEXED} AND id = :id LIMIT 1
"""
"""The entry of an idempotency id of the last day."""

_Answer = TypeVar("_Answer", HistoryAnswer, TargetsAnswer, Entry | None)


class Readers(ReaderPool):
    """Answers History queries. `ask...` and `close` may be called from any thread."""

    def __init__(self, path: Path, query_seconds: float = QUERY_SECONDS) -> None:
        super().__init__(READERS, "history")
        self._path = path
        self._query_seconds = query_seconds

    def ask(self, query: PastQuery, unwritten: Unwritten) -> Future[HistoryAnswer]:
        """The answer, or BackendError when it cannot be read in time."""
        things = 1 if isinstance(query, Lookup) else query.limit
        return self.submit(lambda: self._read(lambda connection: answer(connection, query, unwritten), things))

    def ask_targets(self, query: Targets, unwritten: Unwritten) -> Future[TargetsAnswer]:
        """The answer, or BackendError when it cannot be read in time."""
        return self.submit(lambda: self._read(lambda connection: targets(connection, query, unwritten), query.limit))

    def ask_for(self, id: bytes, unwritten: Unwritten) -> Future[Entry | None]:
        """The entry of that idempotency id, or BackendError when it cannot be read in time."""
        return self.submit(lambda: self._read(lambda connection: find(connection, id, unwritten), 1))

    def _read(self, read: Callable[[sqlite3.Connection], _Answer], things: int) -> _Answer:
        seconds = self._query_seconds * max(1, things / THINGS_PER_PERIOD)
        try:
            self.require_open()
            connection = self.connection("journal", lambda: connect_reader(self._path))
            self.limit(connection, time.monotonic() + seconds * WAIT_FACTOR, seconds)
            return read(connection)
        except sqlite3.Error as error:
            late = getattr(error, "sqlite_errorname", "") == "SQLITE_INTERRUPT" and not self.is_closed
            reason = f"it is more than {seconds:g} s of work, or the machine is busy" if late else str(error)
            raise BackendError(f"history cannot be read now: {reason}; try again") from error


def answer(connection: sqlite3.Connection, query: PastQuery, unwritten: Unwritten = NOTHING) -> HistoryAnswer:
    """Answer `query` as the interface says. Raises sqlite3.Error, and BackendError for a damaged entry."""
    match query:
        case History():
            return _page_of(_Pages(connection, query, unwritten), query)
        case Lookup():
            return _look_up(connection, query, unwritten)
        case CatchUp():
            return catch_up(connection, query, unwritten)
        case _:
            raise BackendError("messages are not searched here: ask the search index")


def find(connection: sqlite3.Connection, id: bytes, unwritten: Unwritten = NOTHING) -> Entry | None:
    """The entry of that idempotency id, unless it was taken out of history. Raises sqlite3.Error, and BackendError for
    a damaged entry."""
    row = connection.execute(FIND, {"id": id}).fetchone()
    if row is None:
        return None
    entry, (_, _, _, target, parent, _, _) = entry_of(row), row
    is_voided = target is None and not parent and is_historic(entry.fact)
    is_gone = is_voided or entry.seq in unwritten.voided or is_tombstone(entry.fact)
    return None if is_gone else entry


def _page_of(pages: _Pages, query: History) -> HistoryAnswer:
    after, before, around = query.after, query.before, query.around
    if not all(pages.is_known(point) for point in (after, before, around) if point is not None):
        return HistoryAnswer([], unknown_reference=True)
    limit = max(query.limit, 0)
    if around is not None:
        middle = pages.first_from(around)
        older = pages.read(1, middle, limit // 2, lambda past: _place(past, around) < 0, newest=True)
        newer = pages.read(middle, _SEQ_MAX, limit - limit // 2, lambda past: _place(past, around) >= 0, newest=False)
        return HistoryAnswer(older + newer)
    low = 1 if after is None else pages.first_after(after)
    high = _SEQ_MAX if before is None else pages.first_from(before)

    def is_between(past: Past) -> bool:
        return (after is None or _place(past, after) > 0) and (before is None or _place(past, before) < 0)

    return HistoryAnswer(pages.read(low, high, limit, is_between, newest=query.newest))


def _place(past: Past, point: Reference) -> int:
    """Below 0: before the point; 0: at it; above 0: after it."""
    return past.seq - point.seq if point.seq is not None else past.at - (point.at or 0)


def _look_up(connection: sqlite3.Connection, query: Lookup, unwritten: Unwritten) -> HistoryAnswer:
    if not is_in(query.spans, query.seq):
        return HistoryAnswer([])
    words = {"seq": query.seq, "target": query.target, "unseen": unwritten.unseen()}
    text, about = connection.execute(LOOK_UP, words).fetchone()
    if text is None:
        return HistoryAnswer([])
    row = row_of(text.split(" "))
    entry = entry_of(row)
    require_place(entry, query.target)
    if row.parent and not (is_in(query.spans, row.parent) and isinstance(entry.fact, Posted)):
        return HistoryAnswer([])
    return HistoryAnswer([Past(row.seq, row.at, query.target, entry, _by_parent(about).get(row.seq, ()))])


def _by_parent(text: str | None) -> dict[int, tuple[Entry, ...]]:
    """What is about each message, in its order."""
    about: dict[int, tuple[Entry, ...]] = {}
    for row in sorted(unpacked(text)):
        about[row.parent] = (*about.get(row.parent, ()), entry_of(row))
    return about


class _Pages:
    """One query's view of its target."""

    def __init__(self, connection: sqlite3.Connection, query: History, unwritten: Unwritten) -> None:
        self._connection = connection
        self._target = query.target
        self._spans = query.spans
        self._voided = unwritten.voided
        self._unseen = unwritten.unseen()
        self._with_events = query.events
        recalled = unwritten.events(query.target) if query.events else []
        self._recalled = {past.seq: past for past in recalled if is_in(query.spans, past.seq)}

    def is_known(self, point: Reference) -> bool:
        """A time always is; a sequence when it is in the target, at a place that the asker may see."""
        if point.seq is None or point.seq in self._recalled:
            return True
        if not is_in(self._spans, point.seq) or point.seq in self._voided:
            return False
        places = (EXISTS, EVENT_EXISTS) if self._with_events else (EXISTS,)
        return any(self._connection.execute(sql, (point.seq, self._target)).fetchone()[0] for sql in places)

    def first_from(self, point: Reference) -> int:
        """The first sequence that is not before `point`."""
        return point.seq if point.seq is not None else first_from(self._connection, point.at or 0)

    def first_after(self, point: Reference) -> int:
        """The first sequence that is strictly after `point`."""
        return point.seq + 1 if point.seq is not None else first_from(self._connection, (point.at or 0) + 1)

    def read(self, low: int, high: int, limit: int, fits: Callable[[Past], bool], *, newest: bool) -> list[Past]:
        """At most `limit` things from `low` up to but without `high` that the query may see, in rising order. What is
        not on disk yet is taken when it `fits`: a time says nothing of its place among rows that are not there."""
        found = {seq: past for seq, past in self._recalled.items() if fits(past)}
        wanted = limit
        for after, through in self._spans[::-1] if newest else self._spans:
            if wanted > 0 and max(low, after + 1) < min(high, through + 1):
                rows = self._span(max(low, after + 1), min(high, through + 1), wanted, newest=newest)
                found |= {past.seq: past for past in rows}
                wanted -= len(rows)
        things = [found[seq] for seq in sorted(found)]
        return things[max(len(things) - limit, 0) :] if newest else things[:limit]

    def _span(self, low: int, high: int, limit: int, *, newest: bool) -> list[Past]:
        if self._with_events:
            sql = NEWEST_WITH_EVENTS if newest else OLDEST_WITH_EVENTS
        else:
            sql = NEWEST if newest else OLDEST
        words = {"target": self._target, "low": low, "high": high, "limit": limit, "unseen": self._unseen}
        page, about = self._connection.execute(sql, words).fetchone()
        changes = _by_parent(about)
        return [self._past(fields.split(" "), changes) for fields in page.split(",")] if page else []

    def _past(self, fields: list[str], about: dict[int, tuple[Entry, ...]]) -> Past:
        if len(fields) == EVENT_FIELDS:
            return event_of(fields, self._target)
        row = row_of(fields)
        if row.target != self._target:
            raise damaged(row.seq, f"it is not of the history {self._target}")
        return Past(row.seq, row.at, self._target, entry_of(row), about.get(row.seq, ()))
