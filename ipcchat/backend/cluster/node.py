"""One node of a cluster: its journal, and what it knows of the other nodes. A Backend.

Rules:
1. Core proposes at a start that all who were there before are gone. Of those incarnations only this node's own last one
   is, and all of them where this node began a new stream; about the others the nodes decide together, by their beats
   (membership.py), and core is answered Failed.
2. Who is declared down by a fact in the stream is down for everybody, himself included: he starts anew (Fenced).
3. A node that must not serve (its name is taken, its tables are others) loses its journal, which ends its server.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import msgspec
from nats.aio.client import Client

from ipcchat.backend.base import BackendError, Follower
from ipcchat.backend.cluster.backend import OPEN_SECONDS, ClusterBackend
from ipcchat.backend.cluster.beats import VERSION, Beat, Beats, NodeState, own_tables
from ipcchat.backend.cluster.epochs import Position
from ipcchat.backend.cluster.limits import Fullness, apply
from ipcchat.backend.cluster.link import end
from ipcchat.backend.cluster.membership import (
    Divergence,
    Event,
    Membership,
    NodeDownWanted,
    NodeUp,
    SameName,
    SecretSkew,
    VersionSkew,
)
from ipcchat.backend.cluster.memory import Known, Memory
from ipcchat.backend.cluster.mending import Mender, damage_of
from ipcchat.backend.cluster.requests import Requests
from ipcchat.backend.cluster.roster import answer_about_nodes
from ipcchat.backend.cluster.snapshots import SnapshotGiver
from ipcchat.backend.cluster.stream import StreamLost, StreamSettings
from ipcchat.backend.cluster.unsaid import Unsaid
from ipcchat.backend.cluster.watching import Turner, Watch
from ipcchat.backend.counts import ClusterCounts
from ipcchat.core.effects import HistoryAnswer, PastQuery, Recall, Targets, TargetsAnswer
from ipcchat.core.facts import AnyFact, Entry, NodeDown
from ipcchat.core.outcomes import Boot, Failed, Outcome
from ipcchat.core.retention import Retention

_log = logging.getLogger(__name__)

TICK_SECONDS: Final = 0.5

LAST_LIFE: Final = "node.life"
"""The file beside the journal with the id of this node's last life."""

ID_BYTES: Final = 16


class Identity(msgspec.Struct, frozen=True):
    """Who this node is: its name among the nodes, the id of this life of it (8 characters, never used before), the
    program's version, and with what all subjects begin."""

    node: str
    incarnation: str
    program: str
    prefix: str = "ipcchat"


class Node:
    """A ClusterBackend that knows of the other nodes. One object is opened once."""

    def __init__(
        self,
        path: Path,
        identity: Identity,
        *,
        servers: Sequence[str],
        stream: StreamSettings,
        connect: Mapping[str, Any] | None = None,
        open_seconds: float = OPEN_SECONDS,
    ) -> None:
        """`path` is the journal, `servers` are addresses of NATS servers, `connect` options of nats.connect; `open`
        waits for them so long."""
        self._path = path
        self._identity = identity
        self._reach = servers, connect or {}, open_seconds
        self._stream = stream
        self.cluster = ClusterCounts()
        self._backend = self._new_backend()
        self.counts = self._backend.counts
        self._memory = Memory(path, identity.node)
        self._again: list[AnyFact] = []
        self._unsaid = Unsaid(path)
        self.secret_check = b""
        """What stands for this node's secret in its beats, once it is known."""
        self._membership = Membership(identity.node, identity.incarnation)
        self._last_life = path.with_name(LAST_LIFE)
        self._started = _wall_ms()
        self._state = NodeState.STARTING
        self._present: set[str] = set()
        self._own_last = ""
        self._is_alone = False
        self._proposed: set[bytes] = set()
        self._beats = Beats(tell=self._beat, heard=self._heard, alarmed=self.alarmed, prefix=identity.prefix)
        self.requests = self._requests = Requests(identity.node, prefix=identity.prefix)
        """What nodes ask each other; who wants to answer more says so before `open`."""
        answer_about_nodes(self._requests, self._memory, self._membership)
        self._watch = Watch(
            identity.node, self._membership, self._memory, self.cluster, alarmed=self.alarmed, lost=self.lost
        )
        self._fullness = Fullness(stream.name, self.cluster, self.alarmed)
        self._looking: asyncio.Task[None] | None = None
        self._giver = SnapshotGiver(path, self._requests)
        self._connection: Client | None = None
        self._ticking: asyncio.Task[None] | None = None
        self._follower: Follower | None = None

    def _new_backend(self) -> ClusterBackend:
        servers, connect, open_seconds = self._reach
        backend = ClusterBackend(
            self._path,
            servers=servers,
            incarnation=self._identity.incarnation,
            stream=self._stream,
            connect=connect,
            open_seconds=open_seconds,
        )
        backend.counts.cluster = self.cluster
        return backend

    async def open(self) -> Boot:
        """Open the journal and catch up; where it does not fit to the stream, find out what to do and do that. Raises
        BackendError."""
        await self._look_for_damage()
        while True:
            try:
                boot = await self._opened()
            except StreamLost:
                await self._mend()
                self._backend = self._new_backend()
                self.counts = self._backend.counts
            else:
                break
        self._is_alone = self._is_alone or self._backend.has_begun_it
        self._own_last = await asyncio.to_thread(self._begin_life)
        await apply(self._backend.client, self._stream, self._memory, is_new=self._is_alone)
        self._again = await asyncio.to_thread(self._unsaid.read)
        await self._talk()
        return boot

    async def _opened(self) -> Boot:
        """Open the journal, and try other servers while the one that there is does not answer."""
        turner = Turner()
        opening = asyncio.ensure_future(self._backend.open())
        try:
            while not opening.done():
                await asyncio.wait([opening], timeout=TICK_SECONDS)
                await turner.look(self._backend.unanswered_seconds, self._backend.turn)
        finally:
            if not opening.done():
                opening.cancel()
                await asyncio.wait([opening])
        return opening.result()

    async def _look_for_damage(self) -> None:
        """A journal that is damaged, or was outvoted, is replaced by that of another node."""
        if (others := tuple(self._memory.nodes)) and (damage := await asyncio.to_thread(damage_of, self._path)):
            _log.error("this node's journal is damaged (%s), so that of another node is taken", damage)
            self._memory.mark_odd(others)
        if self._memory.odd:
            await self._mend()

    async def _mend(self) -> None:
        servers, connect, open_seconds = self._reach
        mender = Mender(
            self._path,
            self._identity.node,
            self._identity.incarnation,
            self._stream,
            self._beat_of,
            self._identity.prefix,
            self._memory,
        )
        await mender.run(servers, connect, open_seconds)
        self._is_alone = self._is_alone or mender.has_seeded

    async def _talk(self) -> None:
        """Beat, and answer others, by the present connection."""
        self._connection = self._backend.client
        self.cluster.server_version = str(self._connection.connected_server_version)
        await self._beats.start(self._connection)
        await self._requests.start(self._connection)

    def follow(self, follower: Follower) -> None:
        """Send every outcome from now on to `follower`."""
        self._follower = follower
        self._state = NodeState.SERVING
        self._backend.follow(self)
        if self._ticking is None:
            self._ticking = asyncio.create_task(self._tick(), name="membership")
            self._looking = asyncio.create_task(self._fullness.run(lambda: self._backend.client), name="fullness")
            for task in (self._ticking, self._looking):
                task.add_done_callback(self._ended)
        if self._again:
            self._backend.append(self._again)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Nothing of this ends in silence."""
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a fault in watching the cluster", exc_info=error)
            self.lost(BackendError(f"a fault in watching the cluster: {error!r}; please report it"))

    def append(self, facts: Sequence[AnyFact]) -> None:
        """Publish these facts; see rule 1 about NodeDown. Raises BackendError when the journal is not open."""
        kept = [fact for fact in facts if not self._is_for_others(fact)]
        if len(kept) < len(facts):
            others = [Failed(fact, "its node is alive, or the nodes say together that it is not") for fact in facts]
            asyncio.get_running_loop().call_soon(self._tell, [each for each in others if each.fact not in kept])
        if kept:
            self._backend.append(kept)

    def _is_for_others(self, fact: AnyFact) -> bool:
        """Whether the fact says of another node that it is down."""
        if not isinstance(fact, NodeDown) or fact.incarnation == self._own_last:
            return False
        if self._is_alone and not self._membership.is_alive(fact.incarnation):
            return False
        self._present.add(fact.incarnation)
        return True

    def void(self, seq: int) -> None:
        """Take the entry out of history for ever."""
        self._backend.void(seq)

    def hide(self, seq: int) -> None:
        """No query gives that message any more."""
        self._backend.hide(seq)

    def recall(self, event: Recall) -> None:
        """Keep what happened beside messages."""
        self._backend.recall(event)

    def erase(self, party: str, through: int) -> None:
        """Take what that party said up to there out of this node's files."""
        self._backend.erase(party, through)

    def retain(self, rules: Retention, now: int) -> None:
        """Forget on this node what these rules do not keep at that time (Unix ms)."""
        self._backend.retain(rules, now)

    def checkpoint(self, seq: int, state: bytes) -> None:
        """Keep `state` with the next commit."""
        self._backend.checkpoint(seq, state)

    async def history(self, query: PastQuery) -> HistoryAnswer:
        """What happened. Raises BackendError when it cannot be read in time."""
        return await self._backend.history(query)

    async def targets(self, query: Targets) -> TargetsAnswer:
        """The latest of each history. Raises BackendError when it cannot be read in time."""
        return await self._backend.targets(query)

    async def find(self, id: bytes) -> Entry | None:
        """The entry of that idempotency id, if it was not voided. Raises BackendError when it cannot be read in
        time."""
        return await self._backend.find(id)

    async def close(self) -> None:
        """Tell the others, let the stream say that this node is down from here on, get the outcomes that are owed, and
        release everything. May be called twice."""
        is_first, self._state = self._state is not NodeState.DRAINING, NodeState.DRAINING
        await end(*(task for task in (self._ticking, self._looking) if task is not None))
        self._memory.save()
        await self._giver.close()
        await self._requests.stop()
        await self._beats.stop()
        if is_first and self._follower is not None and not self._backend.is_cut_off:
            with suppress(BackendError):
                self._propose_down(self._identity.incarnation)  # Nobody has to wait until he is missed.
        await self._backend.close()

    @property
    def began_alone(self) -> bool:
        """This node made the stream that there is now."""
        return self._is_alone

    @property
    def others(self) -> list[str]:
        """The names of the other nodes that are heard."""
        return sorted({beat.node for beat in self._membership.living()} - {self._identity.node})

    @property
    def leads(self) -> bool:
        """Of the nodes that serve, this one has the first name."""
        return self._membership.leads

    # The journal's Follower.

    def outcomes(self, batch: Sequence[Outcome], foreign: int = 0) -> None:
        """The journal did these."""
        for outcome in batch:
            if isinstance(outcome.fact, NodeDown):
                foreign += self._fell(outcome)
            else:
                foreign += self._unsaid.is_one(outcome)
        self._tell(batch, foreign)

    def _fell(self, outcome: Outcome) -> bool:
        """Somebody is declared down. Whether it was proposed here and not by core."""
        fact = outcome.fact
        if isinstance(fact, NodeDown) and not isinstance(outcome, Failed):
            self._membership.fallen(fact.incarnation)
            self._present.discard(fact.incarnation)
        is_ours = fact.id in self._proposed
        self._proposed.discard(fact.id)
        return is_ours

    def lost(self, error: BackendError) -> None:
        """The journal cannot go on."""
        if self._follower is not None:
            self._follower.lost(error)

    def interrupted(self, reason: str) -> None:
        """The journal says so by `is_cut_off`."""

    def alarmed(self, text: str) -> None:
        """Somebody should look."""
        if self._follower is not None:
            self._follower.alarmed(text)

    def _tell(self, batch: Sequence[Outcome], foreign: int = 0) -> None:
        if self._follower is not None:
            self._follower.outcomes(batch, foreign)

    # The other nodes.

    def _beat(self) -> Beat:
        found = self._backend.position()
        mark, (checked_seq, checked_digest) = found.mark, found.checked or (0, b"")
        is_cut = self._backend.is_cut_off and self._state is NodeState.SERVING
        position = Position(found.journal, mark.epoch, mark.stream_seq, mark.seq, mark.digest)
        beat = self._beat_of(NodeState.CUT if is_cut else self._state, position)
        return msgspec.structs.replace(
            beat, checked_seq=checked_seq, checked_digest=checked_digest, secret_check=self.secret_check
        )

    def _beat_of(self, state: NodeState, position: Position) -> Beat:
        identity = self._identity
        return Beat(
            VERSION,
            identity.node,
            identity.incarnation,
            identity.program,
            own_tables(),
            position.journal,
            position.epoch,
            position.stream_seq,
            position.place,
            position.digest,
            0,
            self._started,
            _wall_ms(),
            state,
        )

    def _heard(self, beat: Beat) -> None:
        self._membership.heard(beat, time.monotonic(), _wall_ms())
        self._memory.heard([(beat.node, Known(beat.epoch, beat.place, _wall_ms()))])

    async def _tick(self) -> None:
        was_paused = False
        while True:
            await asyncio.sleep(TICK_SECONDS)
            is_cut = self._backend.is_cut_off
            is_paused = is_cut and not self._watch.fault  # A fault does not end by itself.
            if is_paused != was_paused and self._follower is not None:
                self._follower.interrupted(self._backend.refusal if is_paused else "")
            was_paused = is_paused
            if self._backend.client is not self._connection:
                await self._talk()
            for event in self._membership.tick(time.monotonic(), is_cut=is_cut, present=self._present):
                self._take(event)
            await self._watch.tick(time.monotonic(), self._backend)

    def _take(self, event: Event) -> None:
        identity = self._identity
        match event:
            case NodeDownWanted(incarnation):
                self._propose_down(incarnation)
            case NodeUp() | Divergence():
                pass  # About what differs the votes decide.
            case SameName(_, refused) if refused == identity.incarnation:
                self.lost(BackendError(event.text))
            case VersionSkew() | SecretSkew() if event.is_own:
                self.lost(BackendError(event.text))
            case _:
                self.alarmed(event.text)

    def _propose_down(self, incarnation: str) -> None:
        """All nodes that see it propose the same fact."""
        id_ = blake2b(f"down {incarnation}".encode(), digest_size=ID_BYTES).digest()
        self._proposed.add(id_)
        fact = NodeDown(id_, _wall_ms(), self._identity.incarnation, incarnation=incarnation)
        self._backend.append([fact])

    def _begin_life(self) -> str:
        """Remember this life; the one before. A crash of the machine may forget it: then its users leave later."""
        last = self._last_life.read_text(encoding="ascii").strip() if self._last_life.exists() else ""
        self._last_life.write_text(f"{self._identity.incarnation}\n", encoding="ascii")
        return last


def _wall_ms() -> int:
    return int(time.time() * 1000)
