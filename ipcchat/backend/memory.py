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
from ipcchat.backend.counts import JournalCounts
from ipcchat.backend.journal_id import new_journal_id
from ipcchat.backend.memory_past import MemoryPast
from ipcchat.backend.ordering import Order
from ipcchat.core.effects import HistoryAnswer, PastQuery, Recall, Targets, TargetsAnswer
from ipcchat.core.facts import AnyFact, Entry
from ipcchat.core.outcomes import Boot, Outcome
from ipcchat.core.retention import Retention

ENTRIES_MAX = 100_000
"""About 50 MB of ordinary messages: some days of a busy room."""

_seq_of = attrgetter("seq")


class MemoryBackend:
    """A Backend that keeps the last `entries_max` entries of all targets together."""

    leads = True

    def __init__(self, entries_max: int = ENTRIES_MAX) -> None:
        self.counts = JournalCounts()
        self._entries_max = entries_max
        self._order = Order()
        self._entries: list[Entry] = []
        self._known: dict[bytes, Entry] = {}
        self._past = MemoryPast()
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
        self.counts.facts += placed.seq - self._order.seq
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
            self._take_out(self._entries[index])

    def checkpoint(self, seq: int, state: bytes) -> None:
        """Accepted and not kept: there is nothing to start from after this process."""
        self._running()

    def hide(self, seq: int) -> None:
        """No query gives that message any more."""
        self._running()
        self._past.hide(seq)

    def recall(self, event: Recall) -> None:
        """Keep what happened beside messages."""
        self._running()
        self._past.recall(event.seq, event.at, event.targets, event.what)

    def erase(self, party: str, through: int) -> None:
        """Forget what that party said up to there."""
        self._running()
        self._past.erase(party, through)

    def retain(self, rules: Retention, now: int) -> None:
        """Forget what these rules do not keep at that time (Unix ms)."""
        self._running()
        self._past.retain(rules, now)

    async def history(self, query: PastQuery) -> HistoryAnswer:
        """What happened. Raises BackendError when the journal is not open."""
        self._running()
        return self._past.history(query)

    async def targets(self, query: Targets) -> TargetsAnswer:
        """The latest of each history. Raises BackendError when the journal is not open."""
        self._running()
        return self._past.targets(query)

    async def find(self, id: bytes) -> Entry | None:
        """The entry of that idempotency id, if it was not voided. Raises BackendError when the journal is not open."""
        self._running()
        entry = self._known.get(id)
        return entry if entry is not None and entry.seq not in self._voided else None

    async def close(self) -> None:
        """Deliver what is queued and forget everything. May be called twice."""
        self._deliver()
        self._loop = None
        self._entries, self._known, self._past, self._voided = [], {}, MemoryPast(), set()

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
        self._past.keep(entry)

    def _take_out(self, entry: Entry) -> None:
        if self._past.drop(entry):
            self._voided.add(entry.seq)

    def _forget(self, count: int) -> None:
        """Drop the oldest `count` entries."""
        oldest = self._entries[:count]
        del self._entries[:count]
        self._voided.difference_update(entry.seq for entry in oldest)
        for entry in oldest:
            del self._known[entry.fact.id]
        if oldest:
            self._past.forget(oldest[-1].seq + 1)
