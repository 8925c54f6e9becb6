"""What happened in many histories at once, in the order of the journal: a merge of their indexes.

Rules:
1. Each stretch of an index (a table, a history, a span of it) is a stream of places. Streams are read in rounds, one
   statement for all that need it, each time twice as much: so the work is about that of what is given, however unlike
   the histories are in size.
2. What is not indexed yet is read once, at first, by the statement that says which conversations are in the index; the
   streams end where that begins, even when the index moves on.
3. Rows are read last, and what must not be seen is left out then; if that makes the answer too short, there is another
   round.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from ipcchat.backend.memory_past import is_cut, within_limit
from ipcchat.backend.sqlite_rows import INDEXED, PACKED, PACKED_EVENT, entry_of, event_of, require_place, row_of
from ipcchat.backend.sqlite_sums import first_hash
from ipcchat.backend.sqlite_unwritten import UNSEEN, Unwritten, is_in
from ipcchat.core.effects import CatchUp, HistoryAnswer, Past
from ipcchat.core.facts import Entry, Posted, parties

READ_MIN: Final = 64
"""Places that are read of a stream at least, and things that a round after the first gathers at least."""

MESSAGES, CHANGES, EVENTS = range(3)

NOT_INDEXED: Final = f"""
SELECT {INDEXED}, (
    SELECT json_group_array(target) FROM conversation WHERE account = :account AND seq > :after
), group_concat(packed) FROM (
    SELECT seq || ' ' || hex(coalesce(target, place)) AS packed FROM journal
    WHERE seq > max({INDEXED}, :after) AND seq <= :through AND coalesce(target, place) IS NOT NULL AND (
        coalesce(target, place) IN (SELECT value FROM json_each(:targets))
        OR (:account != '' AND coalesce(target, place) >= '@' AND coalesce(target, place) < 'A')
    )
)
"""

_NEXT = """
SELECT group_concat(json_extract(value, '$[0]') || ':' || coalesce((
    SELECT group_concat(packed) FROM (
        SELECT {packed} AS packed FROM {table}
        WHERE target = json_extract(value, '$[1]')
            AND seq > json_extract(value, '$[2]') AND seq <= json_extract(value, '$[3]')
        ORDER BY seq LIMIT :count
    )
), ''), ';') FROM json_each(:streams)
"""
NEXT: Final = {
    MESSAGES: _NEXT.format(packed="seq", table="history"),
    CHANGES: _NEXT.format(packed="seq", table="about INDEXED BY about_target"),
    EVENTS: _NEXT.format(packed=PACKED_EVENT, table="event"),
}
"""The next places of streams, which are [number, target, after, through]."""

FORGOTTEN: Final = """
SELECT (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'trimmed'), (
    SELECT group_concat(hex(target) || ' ' || first || ' ' || hex(first_hash)) FROM chain
    WHERE target IN (SELECT value FROM json_each(:targets)) AND first > :after + 1
)
"""
"""Up to where messages were taken from the middle of histories, and the beginnings of those chains that do not begin
before a place: a chain whose first hash is not that of its name has lost its beginning (sqlite_sums.py)."""

HIDDEN = "(SELECT value FROM json_each(:hidden))"

READ: Final = f"""
SELECT group_concat(hidden || ' ' || EXISTS (
    SELECT 1 FROM journal AS old WHERE old.seq = journal.parent AND (old.hidden OR old.seq IN {HIDDEN})
) || ' ' || {PACKED}) FROM json_each(:seqs) CROSS JOIN journal ON journal.seq = json_each.value
WHERE journal.seq NOT IN {UNSEEN}
"""


class _Key(NamedTuple):
    """Where a thing stands in the answer: two histories have things at one place only where one thing happened in
    both."""

    seq: int
    history: int
    kind: int


class _Stream(msgspec.Struct):
    """A stretch of an index, read up to `after`; `through` is where it ends."""

    kind: int
    history: int
    after: int
    through: int


def catch_up(connection: sqlite3.Connection, query: CatchUp, unwritten: Unwritten) -> HistoryAnswer:
    """Answer `query` as the interface says. Raises sqlite3.Error, and BackendError for a damaged entry."""
    merge = _Merge(connection, query, unwritten)
    forgotten = merge.is_cut()
    limit = max(query.limit, 0)
    found: list[Past] = []
    keys = merge.next(limit + 1)
    while keys:
        found += merge.things(keys)
        is_enough = len(found) > limit and found[-1].seq > found[0].seq
        keys = [] if is_enough else merge.next(max(limit + 1 - len(found), READ_MIN))
    return within_limit(found, limit, forgotten=forgotten)


class _Merge:
    """One query's streams, and the places that were read of them and not given yet."""

    def __init__(self, connection: sqlite3.Connection, query: CatchUp, unwritten: Unwritten) -> None:
        self._connection = connection
        self._after = query.after
        self._unwritten = unwritten
        self._histories = list(query.spans.items())
        numbers = {target: number for number, target in enumerate(query.spans)}
        self._ready: dict[_Key, Past | None] = {}
        indexed = self._read_end(query, numbers)
        if query.events:
            self._add_recalled(numbers)
        kinds = (MESSAGES, CHANGES, EVENTS) if query.events else (MESSAGES, CHANGES)
        self._streams = [
            _Stream(kind, number, max(after, query.after), through if kind == EVENTS else min(through, indexed))
            for number, (_, spans) in enumerate(self._histories)
            for after, through in spans
            for kind in kinds
        ]

    def next(self, count: int) -> list[_Key]:
        """The next `count` things in the order of the answer, and what else is at the place of the last one."""
        streams = [stream for stream in self._streams if stream.after < stream.through]
        portion = max(READ_MIN, 2 * count // max(len(streams), 1))
        while True:
            keys = sorted(self._ready)
            edge = keys[count - 1].seq if len(keys) >= count else None
            behind = [
                stream
                for stream in self._streams
                if stream.after < stream.through and (edge is None or stream.after < edge)
            ]
            if not behind:
                return keys if edge is None else [key for key in keys if key.seq <= edge]
            self._read_on(behind, portion)
            portion *= 2

    def is_cut(self) -> bool:
        """Whether something that would belong into the answer may be forgotten."""
        words = {"targets": msgspec.json.encode([target for target, _ in self._histories]).decode()}
        trimmed, rows = self._connection.execute(FORGOTTEN, {**words, "after": self._after}).fetchone()
        lost: dict[str, int] = {}
        for row in rows.split(",") if rows else ():
            target, first, hash_ = row.split(" ")
            name = bytes.fromhex(target).decode(errors="replace")
            if bytes.fromhex(hash_) != first_hash(name):
                lost[name] = int(first) - 1
        return any(
            is_cut(spans, self._after, max(lost.get(target, 0), trimmed or 0)) for target, spans in self._histories
        )

    def things(self, keys: list[_Key]) -> list[Past]:
        """What is at these places, but what must not be seen; they are given only once."""
        taken = [(key, self._ready.pop(key)) for key in keys]
        entries = self._entries([key.seq for key, event in taken if event is None])
        found = []
        for key, event in taken:
            target, spans = self._histories[key.history]
            entry = entries.get(key.seq)
            if event is not None:
                found.append(event)
            elif entry is not None and (not entry.fact.parent or is_in(spans, entry.fact.parent)):
                require_place(entry, target)
                found.append(Past(entry.seq, entry.at, target, entry))
        return found

    def _read_end(self, query: CatchUp, numbers: dict[str, int]) -> int:
        """Take what is not indexed, and the conversations in which something is new; the place up to which all is
        indexed."""
        words = {
            "after": query.after,
            "through": max([query.through, *(through for spans in query.spans.values() for _, through in spans)]),
            "targets": msgspec.json.encode(list(query.spans)).decode(),
            "account": query.account,
        }
        indexed, conversations, rows = self._connection.execute(NOT_INDEXED, words).fetchone()
        not_indexed = [_place_of(row) for row in rows.split(",")] if rows else []
        own = [target for _, target in not_indexed if target[0] == "@" and query.account in parties(target)]
        for target in [*msgspec.json.decode(conversations, type=list[str]), *own] if query.account else ():
            if target not in numbers:
                numbers[target] = len(self._histories)
                self._histories.append((target, ((query.account_after, query.through),)))
        for seq, target in not_indexed:
            if target in numbers and is_in(self._histories[numbers[target]][1], seq):
                self._ready[_Key(seq, numbers[target], MESSAGES)] = None
        return int(indexed)

    def _add_recalled(self, numbers: dict[str, int]) -> None:
        """Take what happened and is not on disk yet."""
        for event in self._unwritten.recalled:
            for target in event.targets:
                number = numbers.get(target, -1)
                if event.seq > self._after and number >= 0 and is_in(self._histories[number][1], event.seq):
                    key = _Key(event.seq, number, EVENTS)
                    self._ready[key] = Past(event.seq, event.at, target, what=event.what)

    def _read_on(self, streams: list[_Stream], count: int) -> None:
        """Read the next `count` places of each of these streams."""
        for kind, sql in NEXT.items():
            some = [stream for stream in streams if stream.kind == kind]
            if some:
                asked = [(i, self._histories[s.history][0], s.after, s.through) for i, s in enumerate(some)]
                words = {"streams": msgspec.json.encode(asked).decode(), "count": count}
                for answer in self._connection.execute(sql, words).fetchone()[0].split(";"):
                    number, _, packed = answer.partition(":")
                    self._take(some[int(number)], packed.split(",") if packed else [], count)

    def _take(self, stream: _Stream, places: list[str], count: int) -> None:
        target = self._histories[stream.history][0]
        for place in places:
            event = event_of(place.split(" "), target) if stream.kind == EVENTS else None
            seq = event.seq if event is not None else int(place)
            self._ready[_Key(seq, stream.history, EVENTS if event is not None else MESSAGES)] = event
            stream.after = seq
        if len(places) < count:
            stream.after = stream.through

    def _entries(self, seqs: list[int]) -> dict[int, Entry]:
        """The entries at these places that may be seen."""
        words = {
            "seqs": msgspec.json.encode(seqs).decode(),
            "unseen": self._unwritten.unseen(),
            "hidden": msgspec.json.encode(list(self._unwritten.hidden)).decode(),
        }
        found = self._connection.execute(READ, words).fetchone()[0]
        return {entry.seq: entry for entry in _seen(found.split(",") if found else [])}


def _place_of(packed: str) -> tuple[int, str]:
    """The sequence and the history of one that is not indexed."""
    seq, _, name = packed.partition(" ")
    return int(seq), bytes.fromhex(name).decode(errors="replace")


def _seen(rows: list[str]) -> Iterator[Entry]:
    """Of what was redacted, and of what was said about that, only the redactions."""
    for text in rows:
        hidden, about_hidden, *fields = text.split(" ")
        row = row_of(fields)
        entry = entry_of(row)
        if not (isinstance(entry.fact, Posted) and (hidden == "1" or about_hidden == "1")):
            yield entry
