"""This node's facts on their way into the shared stream.

Rules:
1. One envelope is on its way at a time, and the more nodes publish the more time is between two, so that all together
   publish no more than one in PACE_SECONDS. Everything that is appended meanwhile goes into the next: facts keep their
   order, and the slower the stream the larger the envelopes.
2. An envelope of which it is not known whether the stream has it is published again, with the same id and the same
   bytes, until it is acknowledged, or seen in the stream, or refused. Its number is never given to other facts.
3. Only a refusal of the very first try is certain: then the stream does not have it, and its facts are Failed.
4. While the node is cut off, facts that were never published are Failed, those appended meanwhile too. Those that were
   published have no outcome until the stream is back.
5. A bound on what waits: beyond it facts are Failed.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, TypeAlias

from ipcchat.backend.base import BackendError
from ipcchat.backend.cluster.envelope import BYTES_MAX, FACTS_MAX, encode_envelope, message_id
from ipcchat.backend.counts import JournalCounts
from ipcchat.core.facts import AnyFact, encode_fact
from ipcchat.core.outcomes import Failed

WAITING_FACTS_MAX: Final = 100_000
WAITING_BYTES_MAX: Final = 64 * 1024 * 1024
"""What may wait to be published."""

PACE_SECONDS: Final = 0.001
"""From one envelope of any node to the next, on average: each costs every node some of a commit and of a turn, whatever
is in it."""

NODES_MIN: Final = 2
"""For how many nodes there is a place in the stream at least."""

ACTIVE_SECONDS: Final = 1.0
"""Who published no longer ago has a place in the stream."""

PAUSE_SECONDS_MIN: Final = 0.02
PAUSE_SECONDS_MAX: Final = 1.0

Send: TypeAlias = Callable[[bytes, str], Awaitable[bool]]
"""Publish a payload under an id; returns when it is acknowledged, and whether the stream had that id before. Raises
Refused, Unsent, or Unknown within some seconds."""


class Refused(Exception):
    """The stream said no to this try; the text is for people."""


class Unknown(Exception):
    """Nobody answered: the stream may have it or not."""


class Unsent(Exception):
    """There is nobody to send it to."""


class Publisher:
    """The facts of one incarnation. `refuse` has the reason, for people, why facts are Failed at once; "" for none."""

    def __init__(
        self,
        origin: str,
        send: Send,
        *,
        failed: Callable[[list[Failed]], None],
        reached: Callable[[bool], None],
        counts: JournalCounts,
    ) -> None:
        """`failed` gets outcomes, `reached` hears whether the stream answers."""
        self.epoch = 0
        self._origin = origin
        self._send = send
        self._failed = failed
        self._reached = reached
        self._counts = counts
        self._refusal = ""
        self._waiting: deque[tuple[AnyFact, bytes]] = deque()
        self._bytes = 0
        self._published = 0
        self._taken = 0
        self._active: dict[str, float] = {}
        self._news = asyncio.Event()

    def append(self, facts: Sequence[AnyFact]) -> None:
        """Publish these behind those before."""
        failed: list[Failed] = []
        for fact in facts:
            if reason := self._refusal or self._put(fact):
                failed.append(Failed(fact, reason))
        if failed:
            self._failed(failed)
        self._news.set()

    def refuse(self, reason: str) -> None:
        """From now on facts are Failed for that reason, and what was never published is now; "" ends that."""
        self._refusal = reason
        if reason and self._waiting:
            failed = [Failed(fact, reason) for fact, _ in self._waiting]
            self._waiting.clear()
            self._bytes = 0
            self._failed(failed)
            self._news.set()

    def taken(self, last: int) -> None:
        """This node has its own facts up to that number from the stream."""
        self._taken = max(self._taken, last)
        self._news.set()

    def heard(self, origins: Iterable[str]) -> None:
        """Messages of these incarnations came from the stream."""
        self._active.update(dict.fromkeys(origins, time.monotonic()))

    def pace(self) -> float:
        """The seconds between two envelopes."""
        since = time.monotonic() - ACTIVE_SECONDS
        self._active = {origin: heard for origin, heard in self._active.items() if heard > since}
        return PACE_SECONDS * max(NODES_MIN, len(self._active))

    @property
    def owes(self) -> bool:
        """Some facts have no outcome yet."""
        return bool(self._waiting) or self._taken < self._published

    async def drained(self) -> None:
        """Wait until every fact has its outcome."""
        while self.owes:
            await self._next_news(None)

    async def run(self) -> None:
        """Publish until cancelled. Raises BackendError when the stream and this node's numbers do not fit together."""
        due = 0.0
        while True:
            if not self._waiting:
                await self._next_news(None)
            elif (early := due - time.monotonic()) > 0:
                await asyncio.sleep(early)
            else:
                due = time.monotonic() + self.pace()
                await self._publish(*self._next_envelope())

    def _put(self, fact: AnyFact) -> str:
        """Let it wait; returns why not."""
        try:
            blob = encode_fact(fact)
        except UnicodeEncodeError:
            return "it holds text that cannot be stored"
        if len(blob) > BYTES_MAX:
            return "it is too large"
        if len(self._waiting) >= WAITING_FACTS_MAX or self._bytes + len(blob) > WAITING_BYTES_MAX:
            return "too much waits for the cluster's stream; try again"
        self._waiting.append((fact, blob))
        self._bytes += len(blob)
        return ""

    def _next_envelope(self) -> tuple[list[AnyFact], list[bytes]]:
        """What goes next: one fact at least."""
        facts: list[AnyFact] = []
        blobs: list[bytes] = []
        size = 0
        while self._waiting and len(facts) < FACTS_MAX:
            fact, blob = self._waiting[0]
            size += len(blob)
            if size > BYTES_MAX and facts:
                break
            self._waiting.popleft()
            self._bytes -= len(blob)
            facts.append(fact)
            blobs.append(blob)
        return facts, blobs

    async def _publish(self, facts: list[AnyFact], blobs: list[bytes]) -> None:
        """Publish one envelope to the end."""
        first, last = self._published + 1, self._published + len(facts)
        payload, id_ = encode_envelope(self.epoch, self._origin, first, blobs), message_id(self._origin, first)
        self._published = last
        self._counts.published += 1
        is_unknown, pause = False, PAUSE_SECONDS_MIN
        while self._taken < last:
            try:
                was_there = await self._send(payload, id_)
            except (Refused, Unsent) as error:
                if not is_unknown:
                    self._published = first - 1
                    await self._give_back(facts, blobs, error)
                    return
            except Unknown:
                is_unknown = True
                self._counts.repeated_publishes += 1
            else:
                if was_there and not is_unknown:
                    raise BackendError("the cluster's stream has facts of this node under the numbers of others")
                self._counts.acknowledged += 1
                break
            self._reached(False)
            await self._rest(pause, last)
            pause = min(pause * 2, PAUSE_SECONDS_MAX)
        self._reached(True)

    async def _give_back(self, facts: list[AnyFact], blobs: list[bytes], error: Exception) -> None:
        """The stream does not have these: they are Failed, or wait again when nobody was asked."""
        if isinstance(error, Refused):
            self._failed([Failed(fact, str(error)) for fact in facts])
            return
        if self._refusal:
            self._failed([Failed(fact, self._refusal) for fact in facts])
            return
        self._waiting.extendleft(zip(reversed(facts), reversed(blobs), strict=True))
        self._bytes += sum(map(len, blobs))
        await asyncio.sleep(PAUSE_SECONDS_MIN)

    async def _rest(self, seconds: float, last: int) -> None:
        """Wait so long, or until the envelope with that last fact is seen in the stream."""
        end = time.monotonic() + seconds
        while self._taken < last and (left := end - time.monotonic()) > 0:
            await self._next_news(left)

    async def _next_news(self, seconds: float | None) -> None:
        self._news.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            pass
