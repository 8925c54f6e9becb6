"""A journal in RAM: for `--memory`, for tests, and as the plainest reading of the contract.

Rules:
1. Nothing survives the process: "durable" means here that the process has it, and `checkpoint` keeps nothing.
2. Bounded: when there are more than `entries_max` entries the oldest tenth is forgotten, with its history and its ids.
3. It answers every query as the SQLite backend does.
4. Outcomes come in the loop's next turn, never from inside `append`, as they do from a disk.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Sequence
from operator import attrgetter

from ipcchat.backend.base import BackendError, Follower
from ipcchat.backend.journal_id import new_journal_id
from ipcchat.backend.ordering import Order
from ipcchat.core.effects import History, HistoryAnswer, Reference
from ipcchat.core.facts import AnyFact, Durability, Entry
from ipcchat.core.outcomes import Boot, Outcome

ENTRIES_MAX = 100_000
"""About 50 MB of ordinary messages: some days of a busy room."""

_seq_of = attrgetter("seq")
_at_of = attrgetter("at")


class MemoryBackend:
    """A Backend that keeps the last `entries_max` entries of all targets together."""

    def __init__(self, entries_max: int = ENTRIES_MAX) -> None:
        self._entries_max = entries_max
        self._order = Order()
        self._entries: list[Entry] = []
        self._known: dict[bytes, Entry] = {}
        self._targets: dict[str, list[Entry]] = {}
        self._voided: set[int] = set()
        self._outbox: list[Outcome] = []
        self._follower: Follower | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def open(self) -> Boot:
        """Start an empty journal with a new id."""
        self._loop = asyncio.get_running_loop()
        return Boot(new_journal_id(), None, ())

    def follow(self, follower: Follower) -> None:
        """Send every outcome from now on to `follower`."""
        self._follower = follower

    def append(self, facts: Sequence[AnyFact]) -> None:
        """Order these facts; the outcomes come in the next turn. Raises BackendError when the journal is not open."""
        loop = self._running()
        placed = self._order.place(facts, self._known, self._voided)
        self._order.adopt(placed)
        for outcome in placed.outcomes:
            if isinstance(outcome, Entry):
                self._keep(outcome)
        if len(self._entries) > self._entries_max:
            self._forget(len(self._entries) - self._entries_max * 9 // 10)
        if not self._outbox:
            loop.call_soon(self._deliver)
        self._outbox += placed.outcomes

    def void(self, seq: int) -> None:
        """Take the entry out of history for ever."""
        self._running()
        index = bisect_left(self._entries, seq, key=_seq_of)
        if index < len(self._entries) and self._entries[index].seq == seq:
            self._hide(self._entries[index])

    def checkpoint(self, seq: int, state: bytes) -> None:
        """Accepted and not kept: there is nothing to start from after this process."""
        self._running()

    async def history(self, query: History) -> HistoryAnswer:
        """Entries of one target's history. Raises BackendError when the journal is not open."""
        self._running()
        entries = self._targets.get(query.target, [])
        first = bisect_left(entries, query.floor + 1, key=_seq_of)
        entries = entries[first : bisect_left(entries, query.through + 1, key=_seq_of)]
        references = [point for point in (query.after, query.before, query.around) if point is not None]
        if not all(_is_known(entries, point) for point in references):
            return HistoryAnswer([], unknown_reference=True)
        return HistoryAnswer(_select(entries, query))

    async def close(self) -> None:
        """Deliver what is queued and forget everything. May be called twice."""
        self._deliver()
        self._loop = None
        self._entries, self._known, self._targets, self._voided = [], {}, {}, set()

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            raise BackendError("the journal is not open; call open() first and nothing after close()")
        return self._loop

    def _deliver(self) -> None:
        outcomes, self._outbox = self._outbox, []
        if outcomes and self._follower is not None:
            self._follower.outcomes(outcomes)

    def _keep(self, entry: Entry) -> None:
        self._entries.append(entry)
        target = entry.fact.history_target
        if target is not None and entry.fact.durability is not Durability.FLEETING:
            self._targets.setdefault(target, []).append(entry)

    def _hide(self, entry: Entry) -> None:
        entries = self._targets.get(entry.fact.history_target or "", [])
        index = bisect_left(entries, entry.seq, key=_seq_of)
        if index < len(entries) and entries[index] is entry:
            del entries[index]
            self._voided.add(entry.seq)

    def _forget(self, count: int) -> None:
        """Drop the oldest `count` entries."""
        oldest = self._entries[:count]
        del self._entries[:count]
        self._voided.difference_update(entry.seq for entry in oldest)
        for entry in oldest:
            del self._known[entry.fact.id]
        for target in {entry.fact.history_target or "" for entry in oldest} & self._targets.keys():
            entries = self._targets[target]
            del entries[: bisect_left(entries, oldest[-1].seq + 1, key=_seq_of)]
            if not entries:
                del self._targets[target]


def _is_known(entries: list[Entry], point: Reference) -> bool:
    if point.seq is None:
        return True
    index = bisect_left(entries, point.seq, key=_seq_of)
    return index < len(entries) and entries[index].seq == point.seq


def _first_from(entries: list[Entry], point: Reference) -> int:
    """Index of the first entry that is not before `point`."""
    if point.seq is not None:
        return bisect_left(entries, point.seq, key=_seq_of)
    return bisect_left(entries, point.at, key=_at_of)


def _first_after(entries: list[Entry], point: Reference) -> int:
    """Index of the first entry that is strictly after `point`."""
    if point.seq is not None:
        return _first_from(entries, Reference(seq=point.seq + 1))
    return _first_from(entries, Reference(at=(point.at or 0) + 1))


def _select(entries: list[Entry], query: History) -> list[Entry]:
    limit = max(query.limit, 0)
    if query.around is not None:
        middle = _first_from(entries, query.around)
        return entries[max(middle - limit // 2, 0) : middle + limit - limit // 2]
    low = 0 if query.after is None else _first_after(entries, query.after)
    high = len(entries) if query.before is None else _first_from(entries, query.before)
    if query.newest:
        low = max(low, high - limit)
    return entries[low : min(high, low + limit)]
