"""What a node looks at twice a second beside who is down: disputes, its NATS server, its lag, who is there.

Rules:
1. Who is outvoted (votes.py) loses its journal and starts anew to take another one. Where nobody has the most votes
   this node stores nothing until the dispute is over.
2. A NATS server that answers nothing for TURN_SECONDS though the connection is up may be one that lost the others:
   another one is tried, again and again.
3. What is not known yet is as old as the moment since which it is known that it is there.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import Final

from ipcchat.backend.base import BackendError
from ipcchat.backend.cluster.backend import ClusterBackend
from ipcchat.backend.cluster.beats import NodeState
from ipcchat.backend.cluster.membership import Membership
from ipcchat.backend.cluster.memory import Memory
from ipcchat.backend.cluster.votes import VOTE_SECONDS, dispute
from ipcchat.backend.counts import ClusterCounts

TURN_SECONDS: Final = 5.0
"""A leader's change in NATS takes up to that long."""

KNOWN_STATES: Final = tuple(state.value for state in NodeState)
LAG_POINTS_MAX: Final = 7_200

_log = logging.getLogger(__name__)


class Outvoted(BackendError):
    """This node's journal is not what most nodes have: it starts anew and takes theirs."""

    starts_anew = True


class LagClock:
    """For how long something that is in the stream has not been here."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque(maxlen=LAG_POINTS_MAX)

    def seconds(self, now: float, here: int, there: int) -> float:
        """This node has messages up to `here`, and the stream is known to have them up to `there`."""
        if there > here and (not self._seen or there > self._seen[-1][1]):
            self._seen.append((now, there))
        while self._seen and self._seen[0][1] <= here:
            self._seen.popleft()
        return now - self._seen[0][0] if self._seen else 0.0


class Turner:
    """Tries another NATS server while one does not answer."""

    def __init__(self) -> None:
        self.turns = 0
        self._next = TURN_SECONDS

    async def look(self, unanswered_seconds: float, turn: Callable[[], Awaitable[None]]) -> None:
        """Nothing was answered for that long though there is a connection; `turn` leaves it for another one."""
        if unanswered_seconds < self._next:
            if not unanswered_seconds:
                self._next = TURN_SECONDS
            return
        self._next = unanswered_seconds + TURN_SECONDS
        self.turns += 1
        _log.warning("the NATS server does not answer for %.0f s: another one is tried", unanswered_seconds)
        await turn()


class Watch:
    """The looks of one node."""

    def __init__(
        self,
        own: str,
        membership: Membership,
        memory: Memory,
        counts: ClusterCounts,
        *,
        alarmed: Callable[[str], None],
        lost: Callable[[BackendError], None],
    ) -> None:
        self._own = own
        self._membership = membership
        self._memory = memory
        self._counts = counts
        self._alarmed = alarmed
        self._lost = lost
        self._lag = LagClock()
        self._turner = Turner()
        self._disputed_since: float | None = None
        self.fault = ""

    async def tick(self, now: float, backend: ClusterBackend) -> None:
        """Look at everything once."""
        self._look_at_members(backend)
        self._look_at_disputes(now, backend)
        place = backend.position().mark.stream_seq
        self._counts.lag_seconds = self._lag.seconds(now, place, place + backend.counts.lag)
        await self._turner.look(backend.unanswered_seconds, backend.turn)

    def _look_at_members(self, backend: ClusterBackend) -> None:
        heard = self._membership.present()
        states = Counter(beat.state.value for beat in heard)
        self._counts.nodes = {state: states[state] for state in KNOWN_STATES}
        self._counts.absent = len(self._memory.nodes.keys() - {beat.node for beat in heard})
        self._counts.epoch = backend.position().mark.epoch

    def _look_at_disputes(self, now: float, backend: ClusterBackend) -> None:
        found = dispute(self._own, self._membership.told())
        if found is None:
            self._disputed_since = None
            if self.fault:
                self.fault = ""
                backend.refuse("")
                self._alarmed("the journals of all nodes that are heard agree again: this server stores messages")
            return
        if self._disputed_since is None:
            self._disputed_since = now
        if now - self._disputed_since < VOTE_SECONDS:
            return
        if found.others:
            self._memory.mark_odd(found.others)
            self._lost(Outvoted(found.text))
        elif not self.fault:
            self.fault = found.text
            backend.refuse("the servers do not agree about what was said; tell an administrator")
            self._alarmed(found.text)
