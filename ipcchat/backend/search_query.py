"""Answering one search from search.db and the journal.

Rules:
1. What is in the index is found by it, part by part from the end that is wanted; what is not yet is read, up to
   SCAN_SEQS_MAX places. So what was said a second ago is found.
2. The index only points: each message is read in the journal and fits or not by what it says there now, and only
   within the spans of the query (search_words.Matcher). The answer is the same with and without an index.
3. The deadline ends a search with what was found until then, and the answer says that there may be more. So do places
   that could not be looked at.
4. Nobody's text becomes syntax: what is looked for is words of letters and digits, in quotes.
5. Every statement gives one row, as in sqlite_history.py.

Specification: FTS5 query syntax (https://www.sqlite.org/fts5.html#full_text_query_syntax).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import msgspec

from ipcchat.backend.search_file import ACCOUNT, HISTORY, LINK_MARK, NICK, PARTY, mark, part_of, places_of
from ipcchat.backend.search_words import Matcher, Pattern, best
from ipcchat.backend.sqlite_rows import INDEXED, PACKED, entry_of, unpacked
from ipcchat.backend.sqlite_times import first_from
from ipcchat.backend.sqlite_unwritten import NOTHING, UNSEEN, Unwritten, is_in
from ipcchat.core.effects import HistoryAnswer, Past, Search, Spans
from ipcchat.core.facts import Entry, parties
from ipcchat.wire.casemap import fold

SCAN_SEQS_MAX: Final = 16_384
"""Places that one search reads where there is no index yet: about 50 ms."""

SCAN_SEQS_STEP: Final = 1_024

RANKED_MAX: Final = 1_000
"""Messages among which the best are looked for, the newest that fit: some 40 ms, or twice that beside others."""

RARE: Final = 64
"""Histories that hold less than one of so many messages are looked for by the index; others are sorted out of what it
finds. (A history among the marks of a query costs for each of its messages.)"""

_SLICE_MIN = 32

_POINTERS = """
WITH seen(history, after, through) AS MATERIALIZED (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(:seen))
SELECT group_concat(seq) FROM (
    SELECT place.seq AS seq FROM {source}
    CROSS JOIN seen ON seen.history = place.history AND place.seq > seen.after AND place.seq <= seen.through
    WHERE {condition} ORDER BY {rowid} {order} LIMIT :limit
)
"""

_MESSAGES = f"""
WITH page(seq, packed) AS MATERIALIZED (
    SELECT seq, {PACKED} FROM journal
    WHERE seq IN (SELECT value FROM json_each(:seqs)) AND target IS NOT NULL AND NOT hidden AND seq NOT IN {UNSEEN}
)
SELECT (SELECT group_concat(packed) FROM page), (SELECT group_concat(packed) FROM (
    SELECT {PACKED} AS packed FROM page CROSS JOIN about ON about.parent = page.seq
        CROSS JOIN journal ON journal.seq = about.seq
    WHERE NOT hidden AND about.seq NOT IN {UNSEEN}
    UNION ALL
    SELECT {PACKED} FROM journal
    WHERE seq > {INDEXED} AND parent IN (SELECT seq FROM page) AND NOT hidden AND seq NOT IN {UNSEEN}
))
"""

_NAMES = """
SELECT group_concat(hex(name) || ' ' || number || ' ' || messages, ',') FROM name
WHERE kind = ? AND name IN (SELECT value FROM json_each(?))
"""
_OF_PARTY = """
SELECT group_concat(hex(name) || ' ' || number || ' ' || messages, ',') FROM name WHERE one = ?1 OR other = ?1
"""
_PARTS = "SELECT group_concat(number || ' ' || upto, ',') FROM part"
_EDITED = "SELECT group_concat(DISTINCT parent) FROM journal WHERE seq BETWEEN ? AND ? AND parent > 0"
_LAST = "SELECT coalesce(max(seq), 0) FROM journal"


class Route(NamedTuple):
    """How the index is asked: what it must match ("" for everything), and of which histories which places are seen."""

    match: str
    seen: str


def search(
    journal: sqlite3.Connection,
    index: sqlite3.Connection | None,
    query: Search,
    unwritten: Unwritten = NOTHING,
    deadline: float = float("inf"),
) -> HistoryAnswer:
    """The answer to `query`, as far as it is found until `deadline` (time.monotonic). Raises sqlite3.Error, and
    BackendError for a damaged entry."""
    finder = _Finder(journal, index, query, unwritten, deadline)
    if index is None:
        return finder.answer()
    index.execute("BEGIN")
    try:
        return finder.answer()
    finally:
        index.execute("ROLLBACK")


def expression(patterns: Iterable[Pattern]) -> list[str]:
    """What full-text search must match, for each pattern: a phrase in quotes, and * behind it for a beginning."""
    return [f'"{" ".join(pattern.tokens)}"{" *" if pattern.is_beginning else ""}' for pattern in patterns]


class _Finder:
    def __init__(
        self,
        journal: sqlite3.Connection,
        index: sqlite3.Connection | None,
        query: Search,
        unwritten: Unwritten,
        deadline: float,
    ) -> None:
        self._journal = journal
        self._index = index
        self._query = query
        self._unseen = unwritten.unseen()
        self._deadline = deadline
        self._matcher = Matcher(query)
        self._is_falling = query.newest or query.ranked
        self._found: list[tuple[float, Past]] = []
        self._scanned = 0
        self._is_partial = False

    def answer(self) -> HistoryAnswer:
        """All of it, or what is found in time."""
        try:
            low, high = self._bounds()
            if low <= high and all(pattern.tokens for pattern in self._matcher.patterns):
                self._find(low, high)
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorname", "") != "SQLITE_INTERRUPT" or time.monotonic() < self._deadline:
                raise
            self._is_partial = True
        answer = best(self._query, self._found)
        return msgspec.structs.replace(answer, more=answer.more or self._is_partial, partial=self._is_partial)

    def _find(self, low: int, high: int) -> None:
        for seqs in self._windows(low, high):
            self._check(seqs)
            if len(self._found) > self._query.limit and not self._query.ranked:
                return
            if len(self._found) >= RANKED_MAX:
                return
            if time.monotonic() > self._deadline:
                self._is_partial = True
                return

    def _bounds(self) -> tuple[int, int]:
        """The first and the last place that can be of interest."""
        query, journal = self._query, self._journal
        spans = [span for target in query.spans for span in self._spans_of(target)]
        if query.own:
            spans.append((query.own_after, query.through))
        low = min((after + 1 for after, _ in spans), default=1)
        high = min(max((through for _, through in spans), default=0), journal.execute(_LAST).fetchone()[0])
        if query.after:
            low = max(low, first_from(journal, query.after))
        if query.before:
            high = min(high, first_from(journal, query.before + 1) - 1)
        return low, high

    def _spans_of(self, target: str) -> Spans:
        """What the query may see of a history."""
        query = self._query
        if query.target not in ("", target):
            return ()
        if target in query.spans:
            return query.spans[target]
        is_own = bool(query.own) and target[0] == "@" and query.own in parties(target)
        return ((query.own_after, query.through),) if is_own else ()

    # Where to look.

    def _windows(self, low: int, high: int) -> Iterator[list[int]]:
        """Places of messages that may fit, a slice of the journal after the other."""
        upto = self._parts()
        route = self._route() if upto else None
        parts = range(part_of(low), part_of(high) + 1)
        edited = self._edited(low, high, upto)
        for part in reversed(parts) if self._is_falling else parts:
            start, end = places_of(part)
            border = upto.get(part, start - 1)
            pieces = [
                self._pointed(part, route, max(low, start), min(high, border), edited),
                self._read(max(low, border + 1), min(high, end)),
            ]
            for piece in reversed(pieces) if self._is_falling else pieces:
                yield from piece

    def _parts(self) -> dict[int, int]:
        """The parts that are indexed, and up to where."""
        if self._index is None:
            return {}
        return {int(part): int(upto) for part, upto in _fields(self._index.execute(_PARTS).fetchone()[0])}

    def _read(self, low: int, high: int) -> Iterator[list[int]]:
        """What no index has: all places."""
        if self._scanned + max(high - low + 1, 0) > SCAN_SEQS_MAX:
            self._is_partial = True
            return
        self._scanned += max(high - low + 1, 0)
        starts = range(low, high + 1, SCAN_SEQS_STEP)
        for start in reversed(starts) if self._is_falling else starts:
            yield list(range(start, min(start + SCAN_SEQS_STEP, high + 1)))

    def _edited(self, low: int, high: int, upto: dict[int, int]) -> list[int]:
        """Messages that have edits which the index does not have."""
        edited: set[int] = set()
        last = self._journal.execute(_LAST).fetchone()[0]
        for part in range(part_of(low), part_of(last) + 1):
            start, end = places_of(part)
            first = max(upto.get(part, start - 1) + 1, low)
            if upto and first <= min(end, last) and min(end, last) - first < SCAN_SEQS_MAX:
                found = self._journal.execute(_EDITED, (first, min(end, last))).fetchone()[0]
                edited.update(map(int, found.split(",")) if found else ())
        return sorted(edited)

    def _pointed(self, part: int, route: Route | None, low: int, high: int, edited: list[int]) -> Iterator[list[int]]:
        """What the index points to in one part, and what was edited since."""
        while low <= high:
            most = RANKED_MAX if self._query.ranked else max(self._query.limit + 1 - len(self._found), _SLICE_MIN)
            seqs = self._pointers(part, route, low, high, most) if route is not None else []
            first, last = low, high
            if len(seqs) == most:
                first, last = (seqs[-1], high) if self._is_falling else (low, seqs[-1])
            window = sorted({*seqs, *(seq for seq in edited if first <= seq <= last)})
            if window:
                yield window
            low, high = (low, first - 1) if self._is_falling else (last + 1, high)

    def _pointers(self, part: int, route: Route, low: int, high: int, limit: int) -> list[int]:
        assert self._index is not None
        words = {"seen": route.seen, "match": route.match, "low": low, "high": high, "limit": limit}
        sql = pointers(part if route.match else None, falling=self._is_falling)
        found = self._index.execute(sql, words).fetchone()[0]
        return [int(seq) for seq in found.split(",")] if found else []

    # How the index is asked.

    def _route(self) -> Route | None:
        """None when nothing that is indexed can fit."""
        seen, marks, messages = self._histories()
        who = self._who()
        if not seen or who is None:
            return None
        terms = expression(self._matcher.patterns)
        if who:
            terms.append(_any(who))
        if self._query.has_link:
            terms.append(f'"{LINK_MARK}"')
        if messages * RARE < self._journal.execute(_LAST).fetchone()[0]:
            terms.append(_any(marks))
        return Route(" AND ".join(terms), _json(seen))

    def _histories(self) -> tuple[list[tuple[int, int, int]], list[str], int]:
        """The histories that the query sees: (number, after, through) of each span, their marks, and how many messages
        they have."""
        query, names = self._query, self._names(HISTORY, list(self._query.spans))
        marks = [mark(HISTORY, number) for name, (number, _) in names.items() if self._spans_of(name)]
        own = self._names(PARTY, [query.own]) if query.own else {}
        for number, _ in own.values():
            assert self._index is not None
            names |= _numbered(self._index.execute(_OF_PARTY, (number,)).fetchone()[0])
            marks.append(mark(PARTY, number))
        if query.target in names:
            names = {query.target: names[query.target]}
            marks = [mark(HISTORY, names[query.target][0])]
        seen = [(number, *span) for name, (number, _) in names.items() for span in self._spans_of(name)]
        return seen, marks, sum(messages for _, messages in names.values())

    def _who(self) -> list[str] | None:
        """The marks of who may have said it, none for anybody; None when nobody of that name said anything."""
        query = self._query
        if not (query.nick or query.account):
            return []
        nicks, accounts = self._names(NICK, [fold(query.nick)]), self._names(ACCOUNT, [fold(query.account)])
        marks = [mark(NICK, number) for number, _ in nicks.values()]
        marks += [mark(ACCOUNT, number) for number, _ in accounts.values()]
        return marks or None

    def _names(self, kind: str, names: list[str]) -> dict[str, tuple[int, int]]:
        assert self._index is not None
        return _numbered(self._index.execute(_NAMES, (kind, _json(names))).fetchone()[0])

    # What is there.

    def _check(self, seqs: list[int]) -> None:
        """Read these places and keep what fits."""
        words = {"seqs": _json(seqs), "unseen": self._unseen}
        page, changes = self._journal.execute(_MESSAGES, words).fetchone()
        about: dict[int, list[Entry]] = {}
        for row in sorted(unpacked(changes)):
            about.setdefault(row.parent, []).append(entry_of(row))
        for row in unpacked(page):
            if row.target is not None and is_in(self._spans_of(row.target), row.seq):
                past = Past(row.seq, row.at, row.target, entry_of(row), tuple(about.get(row.seq, ())))
                if score := self._matcher.score(past):
                    self._found.append((score, past))


def pointers(part: int | None, *, falling: bool) -> str:
    """The statement that finds the places of messages in one part that match, or (None) of all."""
    order = "DESC" if falling else "ASC"
    if part is None:
        return _POINTERS.format(
            source="place", condition="place.seq BETWEEN :low AND :high", rowid="place.seq", order=order
        )
    table = f"words_{part}"
    return _POINTERS.format(
        source=f"{table} CROSS JOIN place ON place.seq = {table}.rowid",
        condition=f"{table} MATCH :match AND {table}.rowid >= :low AND {table}.rowid <= :high",
        rowid=f"{table}.rowid",
        order=order,
    )


def _any(marks: list[str]) -> str:
    return "(" + " OR ".join(f'"{each}"' for each in marks) + ")"


def _numbered(text: str | None) -> dict[str, tuple[int, int]]:
    return {bytes.fromhex(name).decode(): (int(number), int(messages)) for name, number, messages in _fields(text)}


def _fields(text: str | None) -> Iterator[list[str]]:
    """The rows of a group_concat, each as its fields."""
    return (row.split(" ") for row in text.split(",")) if text else iter(())


def _json(values: object) -> str:
    return msgspec.json.encode(values).decode()
