"""What happened, in RAM, and the answers to all questions about it: the plainest reading of effects.py. Pure.

Rules:
1. A message counts in the history that its fact names; what is about a message (a reaction, an edit, a redaction) is
   told with it, and in CatchUp on its own.
2. Nothing is seen outside the spans of a query; what is about a message is seen when it and the message are.
3. What is hidden or voided is in no answer, nor is what was said about it but for the redaction itself. What is
   hidden can still be referred to.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Any

from ipcchat.backend.search_words import Matcher, best
from ipcchat.core.effects import (
    CatchUp,
    Happening,
    History,
    HistoryAnswer,
    Lookup,
    Past,
    PastQuery,
    Reference,
    Search,
    Spans,
    Targets,
    TargetsAnswer,
)
from ipcchat.core.facts import AnyFact, Durability, Entry, Posted, encode_fact, parties
from ipcchat.core.retention import Keep, Retention
from ipcchat.wire.casemap import fold

_seq_of = attrgetter("seq")
_at_of = attrgetter("at")


class MemoryPast:
    """Everything that was kept. All methods are synchronous."""

    def __init__(self) -> None:
        self._messages: dict[str, list[Past]] = {}
        self._events: dict[str, list[Past]] = {}
        self._changes: dict[str, list[Entry]] = {}
        self._about: dict[int, list[Entry]] = {}
        self._conversations: dict[str, dict[str, None]] = {}
        self._hidden: set[int] = set()
        self._forgotten: dict[str, int] = {}
        self._trimmed = 0

    # Keeping.

    def keep(self, entry: Entry) -> None:
        """The journal has it."""
        fact = entry.fact
        if fact.durability is Durability.FLEETING:
            return
        if fact.parent:
            self._about.setdefault(fact.parent, []).append(entry)
            if place := place_of(fact):
                self._changes.setdefault(place, []).append(entry)
        elif (target := fact.history_target) is not None:
            self._messages.setdefault(target, []).append(Past(entry.seq, entry.at, target, entry))
            if target[0] == "@":
                for party in parties(target):
                    self._conversations.setdefault(party, {})[target] = None

    def recall(self, seq: int, at: int, targets: Iterable[str], what: Happening) -> None:
        """It happened; the same again is dropped."""
        for target in targets:
            events = self._events.setdefault(target, [])
            index = bisect_left(events, seq, key=_seq_of)
            if index == len(events) or events[index].seq != seq:
                events.insert(index, Past(seq, at, target, what=what))

    def hide(self, seq: int) -> None:
        """It was redacted."""
        self._hidden.add(seq)

    def drop(self, entry: Entry) -> bool:
        """Take an entry out of everything; whether it was in anything."""
        fact, dropped = entry.fact, False
        for kept in (self._about.get(fact.parent, []), self._changes.get(place_of(fact) or "", [])):
            dropped = _remove(kept, entry.seq) or dropped
        return _remove(self._messages.get(fact.history_target or "", []), entry.seq) or dropped

    def erase(self, party: str, through: int) -> None:
        """Forget what that party said up to there, and what was said about it."""
        said = [past for kept in self._messages.values() for past in kept if said_by(past.entry) == party]
        self._take_away({past.seq for past in said if past.seq <= through})
        about = [entry for kept in self._about.values() for entry in kept if said_by(entry) == party]
        for entry in about:
            if entry.seq <= through:
                self.drop(entry)

    def retain(self, rules: Retention, now: int) -> None:
        """Forget what these rules do not keep at that time (Unix ms)."""
        said: dict[str, list[Past]] = {}
        for target, messages in self._messages.items():
            dropped = _too_many(messages, rules.of(target), now)
            if dropped:
                self._events[target] = [past for past in self._events.get(target, []) if past.seq > dropped[-1].seq]
                self._forgotten[target] = dropped[-1].seq
                self._take_away({past.seq for past in dropped})
            for past in messages:
                if past.entry is not None and isinstance(past.entry.fact, Posted) and past.entry.fact.account:
                    said.setdefault(fold(past.entry.fact.account), []).append(past)
        for messages in said.values():
            messages.sort(key=_seq_of)
            trimmed = {past.seq for past in _too_many(messages, Keep(bytes=rules.account_bytes), now)}
            self._trimmed = max(self._trimmed, *trimmed, 0)
            self._take_away(trimmed)

    def _take_away(self, seqs: set[int]) -> None:
        """Forget these messages and what is about them."""
        for kept in self._messages.values():
            kept[:] = [past for past in kept if past.seq not in seqs]
        for changes in self._changes.values():
            changes[:] = [entry for entry in changes if entry.fact.parent not in seqs]
        for seq in seqs:
            self._about.pop(seq, None)

    def forget(self, before: int) -> None:
        """Drop everything below that sequence."""
        for target, messages in self._messages.items():
            if messages and messages[0].seq < before:
                self._forgotten[target] = messages[bisect_left(messages, before, key=_seq_of) - 1].seq
        for table in (self._messages, self._events, self._changes):
            _forget(table, before)
        for parent in [parent for parent in self._about if parent < before]:
            del self._about[parent]
        self._hidden = {seq for seq in self._hidden if seq >= before}

    # Answering.

    def history(self, query: PastQuery) -> HistoryAnswer:
        """The answer to a query that gives things."""
        match query:
            case History():
                return self._page(query)
            case Lookup():
                found = self._within(self._messages.get(query.target, []), query.spans)
                found += self._added(query.target, query.spans)
                return HistoryAnswer([self._whole(past) for past in found if past.seq == query.seq])
            case CatchUp():
                return self._catch_up(query)
            case Search():
                return self._search(query)

    def targets(self, query: Targets) -> TargetsAnswer:
        """The latest of each history."""
        found: list[tuple[str, int, int]] = []
        for target, spans in self._all(query.spans, query.account, query.account_after, query.through):
            seen = self._within(self._messages.get(target, []), spans)
            if seen and query.after < seen[-1].at < query.before:
                found.append((target, seen[-1].seq, seen[-1].at))
        found.sort(key=lambda row: row[1])
        return TargetsAnswer(found[max(len(found) - query.limit, 0) :] if query.newest else found[: query.limit])

    def _page(self, query: History) -> HistoryAnswer:
        messages = self._messages.get(query.target, [])
        events = self._events.get(query.target, []) if query.events else []
        references = [point for point in (query.after, query.before, query.around) if point is not None]
        if not all(any(_is_known(kept, query.spans, point) for kept in (messages, events)) for point in references):
            return HistoryAnswer([], unknown_reference=True)
        things = sorted(self._within(messages, query.spans) + self._within(events, query.spans), key=_seq_of)
        return HistoryAnswer([self._whole(past) for past in _select(things, query)])

    def _catch_up(self, query: CatchUp) -> HistoryAnswer:
        found: list[Past] = []
        forgotten = False
        for target, spans in self._all(query.spans, query.account, query.account_after, query.through):
            things = self._within(self._messages.get(target, []), spans)
            if query.events:
                things += self._within(self._events.get(target, []), spans)
            found += [past for past in things if past.seq > query.after]
            found += [past for past in self._added(target, spans) if past.seq > query.after]
            for entry in self._changes.get(target, []):
                is_redaction = not isinstance(entry.fact, Posted)
                if is_redaction and entry.seq > query.after and _is_seen(spans, entry):
                    found.append(Past(entry.seq, entry.at, target, entry))
            forgotten = forgotten or is_cut(spans, query.after, max(self._forgotten.get(target, 0), self._trimmed))
        found.sort(key=_seq_of)
        return within_limit(found, query.limit, forgotten=forgotten)

    def _search(self, query: Search) -> HistoryAnswer:
        matcher = Matcher(query)
        found: list[tuple[float, Past]] = []
        for target, spans in self._all(query.spans, query.own, query.own_after, query.through):
            if query.target in ("", target):
                for past in self._within(self._messages.get(target, []), spans):
                    whole = self._whole(past)
                    if score := matcher.score(whole):
                        found.append((score, whole))
        return best(query, found)

    def _all(self, spans: dict[str, Spans], account: str, after: int, through: int) -> Iterator[tuple[str, Spans]]:
        """The histories of a query: the channels, and the conversations of an account."""
        yield from spans.items()
        for target in self._conversations.get(account, {}) if account else ():
            yield target, ((after, through),)

    def _within(self, things: list[Past], spans: Spans) -> list[Past]:
        """Those that the spans show, and that are not hidden."""
        found: list[Past] = []
        for after, through in spans:
            found += things[bisect_left(things, after + 1, key=_seq_of) : bisect_left(things, through + 1, key=_seq_of)]
        return [past for past in found if past.seq not in self._hidden] if self._hidden else found

    def _added(self, target: str, spans: Spans) -> list[Past]:
        """What was said about messages of a history (reactions, edits), as things of their own: nothing of what was
        redacted, or is about something that was."""
        return [
            Past(entry.seq, entry.at, target, entry)
            for entry in self._changes.get(target, [])
            if isinstance(entry.fact, Posted)
            and _is_seen(spans, entry)
            and self._hidden.isdisjoint((entry.seq, entry.fact.parent))
        ]

    def _whole(self, past: Past) -> Past:
        """With what is about it, and was not redacted."""
        about = tuple(entry for entry in self._about.get(past.seq, ()) if entry.seq not in self._hidden)
        return Past(past.seq, past.at, past.target, past.entry, about) if about and past.entry else past


def within_limit(found: list[Past], limit: int, *, forgotten: bool) -> HistoryAnswer:
    """The first `limit` things of a CatchUp. One thing that happened in several histories is never torn apart, so that
    nothing is missed by who goes on after the last place: all of it is given or, if something else is, none."""
    end = min(limit, len(found))
    while 0 < end < len(found) and found[end - 1].seq == found[end].seq:
        end -= 1
    if found and limit > 0 and not end:
        end = sum(past.seq == found[0].seq for past in found)
    return HistoryAnswer(found[:end], more=len(found) > end, forgotten=forgotten)


def is_cut(spans: Spans, after: int, forgotten: int) -> bool:
    """Whether spans show something behind `after` of a history that is forgotten up to a place."""
    return any(max(start, after) < min(through, forgotten) for start, through in spans)


def place_of(fact: AnyFact) -> str | None:
    """The history that a fact with a parent is in."""
    return getattr(fact, "place", None)


def said_by(entry: Entry | None) -> str:
    """The party (facts.party) that said a message."""
    if entry is None or not isinstance(entry.fact, Posted):
        return ""
    return entry.fact.sender


def _too_many(messages: list[Past], keep: Keep, now: int) -> list[Past]:
    """The oldest of these that are not kept."""
    sizes = [len(encode_fact(past.entry.fact)) for past in messages if past.entry is not None]
    count, size = len(messages), sum(sizes)
    for index, past in enumerate(messages):
        is_old = keep.age and past.at < now - keep.age
        if not (is_old or (keep.count and count > keep.count) or (keep.bytes and size > keep.bytes)):
            return messages[:index]
        count, size = count - 1, size - sizes[index]
    return list(messages)


def _is_in(spans: Spans, seq: int) -> bool:
    return any(after < seq <= through for after, through in spans)


def _is_seen(spans: Spans, entry: Entry) -> bool:
    """Whether what is about a message is in the spans, and the message is."""
    return _is_in(spans, entry.seq) and _is_in(spans, entry.fact.parent)


def _is_known(messages: list[Past], spans: Spans, point: Reference) -> bool:
    if point.seq is None:
        return True
    index = bisect_left(messages, point.seq, key=_seq_of)
    return index < len(messages) and messages[index].seq == point.seq and _is_in(spans, point.seq)


def _remove(kept: list[Past] | list[Entry], seq: int) -> bool:
    index = bisect_left(kept, seq, key=_seq_of)
    found = index < len(kept) and kept[index].seq == seq
    if found:
        del kept[index]
    return found


def _forget(table: dict[str, Any], before: int) -> None:
    """Drop what is below that sequence, and targets that have nothing left."""
    for target, kept in list(table.items()):
        del kept[: bisect_left(kept, before, key=_seq_of)]
        if not kept:
            del table[target]


def _first_from(things: list[Past], point: Reference) -> int:
    """Index of the first that is not before `point`."""
    if point.seq is not None:
        return bisect_left(things, point.seq, key=_seq_of)
    return bisect_left(things, point.at, key=_at_of)


def _first_after(things: list[Past], point: Reference) -> int:
    """Index of the first that is strictly after `point`."""
    if point.seq is not None:
        return _first_from(things, Reference(seq=point.seq + 1))
    return _first_from(things, Reference(at=(point.at or 0) + 1))


def _select(things: list[Past], query: History) -> list[Past]:
    limit = max(query.limit, 0)
    if query.around is not None:
        middle = _first_from(things, query.around)
        return things[max(middle - limit // 2, 0) : middle + limit - limit // 2]
    low = 0 if query.after is None else _first_after(things, query.after)
    high = len(things) if query.before is None else _first_from(things, query.before)
    if query.newest:
        low = max(low, high - limit)
    return things[low : min(high, low + limit)]
