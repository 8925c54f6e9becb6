"""A Backend of which several nodes have a copy: facts go into one JetStream stream, and come from there.

Rules:
1. A fact's outcome comes when this node's own SQLite has what the stream has up to there: what is acknowledged to a
   client is in the stream's quorum and on this disk.
2. All questions about the past, and all that core does to it, stay on this node: they follow from the facts.
3. `open` returns when this node has everything that the stream had then.
4. What matters only now goes beside the stream while nothing of this node is on its way in it (hints.py).
5. A journal and a stream that do not fit together are StreamLost: nothing is applied, nothing guessed.
6. While the node is cut off it confirms nothing, and says so to who appends.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import nats.errors
from nats.aio.client import Client
from nats.js.errors import APIError, ServiceUnavailableError

from ipcchat.backend.base import BackendError, Follower
from ipcchat.backend.cluster.cuts import Cuts
from ipcchat.backend.cluster.hints import HintLine, subject_of
from ipcchat.backend.cluster.intake import Arrived, Taken, payload_hash
from ipcchat.backend.cluster.link import Link, end
from ipcchat.backend.cluster.publishing import Publisher, Refused, Unknown, Unsent
from ipcchat.backend.cluster.reading import TROUBLES, Reader
from ipcchat.backend.cluster.replica import Replica
from ipcchat.backend.cluster.stream import (
    Standing,
    StreamLost,
    StreamSettings,
    StreamState,
    hash_at,
    judge,
    judge_new,
    look,
    make,
)
from ipcchat.backend.sqlite_mark import Mark
from ipcchat.core.effects import HistoryAnswer, PastQuery, Recall, Targets, TargetsAnswer
from ipcchat.core.facts import AnyFact, Entry, Hinted
from ipcchat.core.outcomes import Boot, Failed, Outcome
from ipcchat.core.retention import Retention

OPEN_SECONDS: Final = 20.0
"""How long a start waits for a server and its stream."""

ACK_SECONDS: Final = 1.0
"""How long one try to publish waits for its acknowledgement."""

CLOSE_SECONDS: Final = 5.0
"""How long the end waits for outcomes that are owed."""

LOOK_SECONDS: Final = 0.25
"""Between two looks at whether the node is cut off."""

CATCH_UP_LOOK_SECONDS: Final = 0.02
"""Between two looks at whether the node has caught up."""

DOUBT_SECONDS: Final = 5.0
"""How long a stream may look lost before it is: a server that starts, or a new leader, can say so for a moment."""

IN_FLIGHT_BYTES_MAX: Final = 16 * 1024 * 1024
"""Messages that may wait for this node's disk."""

Result = TypeVar("Result")

_log = logging.getLogger(__name__)

REFUSALS: Final = {
    10054: "it is too large for the cluster's stream",
    10077: "the cluster's stream is full; make its limit larger or what it keeps shorter",
    10122: "the cluster's servers have too much to do; try again",
    10167: "the cluster's servers have too much to do; try again",
}
"""The server's codes by which it says for certain that it did not take a message."""


class Position(msgspec.Struct, frozen=True):
    """Where this node is, to be compared with others. `checked` is a point at which all nodes pass: (sequence in the
    stream, digest there)."""

    journal: str
    mark: Mark
    checked: tuple[int, bytes] | None


class ClusterBackend:
    """One node's Backend, with its copy in the file `path`. One object is opened once."""

    leads = True

    def __init__(
        self,
        path: Path,
        *,
        servers: Sequence[str],
        incarnation: str,
        stream: StreamSettings | None = None,
        connect: Mapping[str, Any] | None = None,
        open_seconds: float = OPEN_SECONDS,
        any_version: bool = False,
        **options: Any,
    ) -> None:
        """`servers` are addresses of NATS servers (nats://host:port), `incarnation` the id of this process's node,
        never used before. `connect` are options of nats.connect (TLS, keys, inbox_prefix), `options` those of
        SqliteBackend; with `any_version` also a server that may lose what it acknowledged will do."""
        self.incarnation = incarnation
        self.has_begun_it = False
        """The stream was made when this was opened: nobody who was there before can still be there."""
        self._stream = stream or StreamSettings()
        self._open_seconds = open_seconds
        self._any_version = any_version
        self._replica = Replica(path, incarnation, self, **options)
        self.counts = self._replica.counts
        self._link = Link(servers, connect or {}, self._on_link)
        self._cuts = Cuts(self.alarmed)
        self._publisher = Publisher(
            incarnation, self._send, failed=self._on_failed, reached=self._on_answer, counts=self.counts
        )
        self._hints = HintLine(
            self._link,
            subject_of(self._stream.subject),
            incarnation,
            place=lambda: self._mark.stream_seq,
            heard=self._on_hinted,
        )
        self._reader: Reader | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._follower: Follower | None = None
        self._journal = ""
        self._mark = Mark(0, 0, 0, 0)
        self._handed = self._mark
        self._handed_payload: bytes | None = None
        self._checked: tuple[int, bytes] | None = None
        self._in_flight = 0
        self._room = asyncio.Event()
        self._room.set()
        self._is_open = False
        self._lost: BackendError | None = None
        self._replica.follow(self)

    async def open(self) -> Boot:
        """Open the copy, connect, make or check the stream, and catch up with it. Raises BackendError, StreamLost when
        the copy and the stream do not fit together."""
        boot = await self._replica.open()
        try:
            self._journal = boot.journal
            await self._link.open(self._open_seconds, any_version=self._any_version)
            state = await self._find_stream()
            await self._catch_up(state.last_seq)
            boot = await self._replica.boot()
        except BaseException:
            await self._let_go()
            raise
        self._is_open = True
        return boot

    def follow(self, follower: Follower) -> None:
        """Send every outcome from now on to `follower`."""
        is_first, self._follower = self._follower is None, follower
        if is_first:
            self._publisher.epoch = self._mark.epoch
            for work in (self._reading().run, self._publisher.run, self._hints.run, self._watch):
                self._tasks.append(asyncio.create_task(self._guarded(work)))

    def append(self, facts: Sequence[AnyFact]) -> None:
        """Publish these facts. Raises BackendError when the journal is not open."""
        self._require_open()
        if self._lost or not facts:
            return
        if facts[0].__class__ is Hinted and not (self._publisher.owes or self.is_cut_off) and self._hints.say(facts):
            asyncio.get_running_loop().call_soon(self._tell, self._as_hints(facts))
        else:
            self._publisher.append(facts)

    def void(self, seq: int) -> None:
        """Take the entry out of history for ever."""
        self._replica.void(seq)

    def hide(self, seq: int) -> None:
        """No query gives that message any more."""
        self._replica.hide(seq)

    def recall(self, event: Recall) -> None:
        """Keep what happened beside messages."""
        self._replica.recall(event)

    def erase(self, party: str, through: int) -> None:
        """Take what that party said up to there out of this node's files. The stream has it until it is too old."""
        self._replica.erase(party, through)

    def retain(self, rules: Retention, now: int) -> None:
        """Forget on this node what these rules do not keep at that time (Unix ms)."""
        self._replica.retain(rules, now)

    def checkpoint(self, seq: int, state: bytes) -> None:
        """Keep `state` with the next commit."""
        self._replica.checkpoint(seq, state)

    async def history(self, query: PastQuery) -> HistoryAnswer:
        """What happened. Raises BackendError when it cannot be read in time."""
        return await self._replica.history(query)

    async def targets(self, query: Targets) -> TargetsAnswer:
        """The latest of each history. Raises BackendError when it cannot be read in time."""
        return await self._replica.targets(query)

    async def find(self, id: bytes) -> Entry | None:
        """The entry of that idempotency id, if it was not voided. Raises BackendError when it cannot be read in
        time."""
        return await self._replica.find(id)

    def position(self) -> Position:
        """Where this node is."""
        return Position(self._journal, self._mark, self._checked)

    @property
    def client(self) -> Client:
        """The connection to NATS, for what nodes tell each other beside the stream. Not before `open`."""
        return self._link.client

    @property
    def is_cut_off(self) -> bool:
        """Facts are refused now."""
        return bool(self.refusal)

    @property
    def refusal(self) -> str:
        """Why facts are refused now, for people; "" when they are not."""
        return self._cuts.refusal()

    @property
    def unanswered_seconds(self) -> float:
        """For how long nothing was answered though there is a connection; 0 when there is none."""
        return self._cuts.lasting if self._link.is_up else 0.0

    def refuse(self, reason: str) -> None:
        """Refuse facts for this reason, which people have to sort out; "" ends that."""
        self._cuts.fault = reason
        self._publisher.refuse(self._cuts.refusal())

    async def turn(self) -> None:
        """Try another server."""
        await self._link.turn()

    async def close(self) -> None:
        """Get the outcomes that are owed, for some seconds, and release everything. May be called twice."""
        if self._is_open:
            self._is_open = False
            await asyncio.sleep(0)  # For what is told soon.
            if self._tasks and not self._lost:
                with suppress(TimeoutError):
                    async with asyncio.timeout(CLOSE_SECONDS):
                        await self._publisher.drained()
        await self._let_go()

    async def _let_go(self) -> None:
        self._follower = None  # It could not do anything about what it would hear now.
        await end(*self._tasks)
        self._tasks = []
        await self._link.close()
        await self._replica.close()

    # The stream.

    async def _find_stream(self) -> StreamState:
        """The stream, made where there is none, with this node's copy joined to it. Raises BackendError."""
        try:
            async with asyncio.timeout(self._open_seconds):
                while True:
                    try:
                        state = await self._doubting(self._join)
                        self._on_read(True)
                        return state
                    except TROUBLES as error:
                        last = error
                        self._on_read(False)
                        await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError as error:
            raise BackendError(_no_stream(last, self._stream.name)) from error

    async def _join(self, client: Client) -> StreamState:
        """Find the stream and this copy's place in it."""
        writer = self._replica.writer
        mark, last = writer.mark, writer.last
        state = await look(client, self._stream.name)
        if state is None:
            if mark is not None and mark.stream_seq:
                raise _lost(Standing.ROLLED_BACK)
            base = mark or Mark(1, 0, last.seq, last.at)
            state = await make(client, self._stream, self._journal, base)
            self.has_begun_it = True
        if writer.is_apart:
            raise _lost(Standing.APART)
        if mark is None:
            standing = judge_new(self._journal, last, state)
            if standing is not Standing.BEHIND:
                raise _lost(standing)
            self._journal, mark = state.journal, state.base
            await self._replica.join(state.journal, mark, state.lineage)
            writer.mark = mark
        self._mark = self._handed = mark
        await self._judge(client, state)
        return state

    async def _judge(self, client: Client, state: StreamState) -> None:
        """Raise StreamLost unless what was handed over so far is what the stream has."""
        payload = await hash_at(client, self._stream.name, self._handed.stream_seq)
        standing = judge(self._journal, self._handed_mark(), state, payload)
        if standing not in (Standing.SAME, Standing.BEHIND):
            raise _lost(standing)
        self.counts.lag = max(0, state.last_seq - self._mark.stream_seq)

    def _handed_mark(self) -> Mark:
        """What was handed over last, with its hash: few are ever asked for."""
        payload = self._handed_payload
        return self._handed if payload is None else msgspec.structs.replace(self._handed, payload=payload_hash(payload))

    async def _check(self, client: Client) -> None:
        """The same before each new consumer."""
        await self._doubting(self._look_again)

    async def _look_again(self, client: Client) -> None:
        state = await look(client, self._stream.name)
        if state is None:
            raise _lost(Standing.ROLLED_BACK)
        await self._judge(client, state)

    async def _doubting(self, asking: Callable[[Client], Awaitable[Result]]) -> Result:
        """What is answered; a stream that looks rolled back is looked at again for some seconds."""
        loop = asyncio.get_running_loop()
        end = loop.time() + DOUBT_SECONDS
        while True:
            try:
                return await asking(self._link.client)
            except StreamLost as error:
                if error.standing is not Standing.ROLLED_BACK or loop.time() > end:
                    raise
            self._on_read(False)
            await asyncio.sleep(LOOK_SECONDS)

    async def _catch_up(self, last_seq: int) -> None:
        """Have everything up to that message. Raises BackendError."""
        reader = asyncio.create_task(self._reading().run())
        try:
            while self._mark.stream_seq < last_seq and not reader.done() and self._lost is None:
                await asyncio.wait([reader], timeout=CATCH_UP_LOOK_SECONDS)
        finally:
            await end(reader)
        if self._lost is not None:
            raise self._lost
        if not reader.cancelled() and (error := reader.exception()) is not None:
            raise error

    def _reading(self) -> Reader:
        self._reader = Reader(
            self._link,
            self._stream.name,
            self._handed.stream_seq,
            check=self._check,
            take=self._on_arrived,
            reached=self._on_read,
            room=self._wait_for_room,
        )
        return self._reader

    async def _send(self, payload: bytes, id_: str) -> bool:
        """One try to publish. Raises Refused, Unsent or Unknown."""
        if not self._link.is_up:
            raise Unsent
        headers = {"Nats-Msg-Id": id_, "Nats-Expected-Stream": self._stream.name}
        try:
            answer = await self._link.client.request(
                self._stream.subject, payload, timeout=ACK_SECONDS, headers=headers
            )
            told = json.loads(answer.data)
        except (*TROUBLES, ValueError) as trouble:
            raise Unknown from trouble
        error = told.get("error")
        if error is None:
            return bool(told.get("duplicate"))
        reason = REFUSALS.get(error.get("err_code", 0))
        if reason is None:
            raise Unknown(str(error))
        raise Refused(reason)

    async def _wait_for_room(self) -> None:
        await self._room.wait()

    # What is heard.

    def _on_arrived(self, arrived: list[Arrived], pending: int) -> None:
        """The reader has these."""
        last = arrived[-1]
        self._handed = Mark(self._mark.epoch, last.stream_seq, 0, 0)
        self._handed_payload = last.payload
        self.counts.lag = last.stream_seq + pending - self._mark.stream_seq
        self._in_flight += sum(len(message.payload) for message in arrived)
        if self._in_flight > IN_FLIGHT_BYTES_MAX:
            self._room.clear()
        self._replica.writer.arrived(arrived)

    def took(self, taken: Taken) -> None:
        """The copy's thread has written these."""
        counts, before, self._mark = self.counts, self._mark, taken.mark
        self._checked = taken.checked or self._checked
        counts.received_messages += taken.messages
        counts.received_facts += taken.facts
        counts.lag = max(0, counts.lag - (taken.mark.stream_seq - before.stream_seq))
        self._in_flight -= taken.size
        if self._in_flight <= IN_FLIGHT_BYTES_MAX:
            self._room.set()
        self._replica.grew()
        for alarm in taken.alarms:
            self.alarmed(alarm)
        self._publisher.heard(taken.origins)
        if own := taken.origins.get(self.incarnation):
            self._publisher.taken(own.last)
        if taken.told and self._follower is not None:
            self._follower.outcomes(taken.told, taken.foreign)
        self._hints.advanced()

    def stuck(self, reason: str) -> None:
        """The copy's disk refuses, or does not any more."""
        if self._follower is None:
            self.lost(BackendError(f"the journal cannot be written: {reason}"))
        self._cuts.disk = reason
        self._publisher.refuse(self._cuts.refusal())
        self.alarmed(f"this node takes nothing in: {reason}" if reason else "this node's disk takes everything again")

    def outcomes(self, batch: Sequence[object], foreign: int = 0) -> None:
        """The copy has no outcomes of its own."""

    def lost(self, error: BackendError) -> None:
        """The copy, or reading the stream, cannot go on."""
        if self._lost is None:
            self._lost = error
            for task in self._tasks:
                if task is not asyncio.current_task():
                    task.cancel()
            if self._follower is not None:
                self._follower.lost(error)

    def interrupted(self, reason: str) -> None:
        """The copy never is: see `stuck`."""

    def alarmed(self, text: str) -> None:
        """Somebody should look."""
        if self._follower is None:
            _log.warning("%s", text)
        else:
            self._follower.alarmed(text)

    def _on_failed(self, failed: list[Failed]) -> None:
        """The publisher gave these up; nothing is heard inside append."""
        asyncio.get_running_loop().call_soon(self._tell, failed)

    def _tell(self, outcomes: Sequence[Outcome], foreign: int = 0) -> None:
        if self._follower is not None and not self._lost:
            self._follower.outcomes(outcomes, foreign)

    def _on_hinted(self, facts: Sequence[AnyFact]) -> None:
        self._tell(self._as_hints(facts), len(facts))

    def _as_hints(self, facts: Sequence[AnyFact]) -> list[Outcome]:
        at = max(self._mark.at, int(time.time() * 1_000))
        return [Entry(0, at, fact) for fact in facts]

    def _on_link(self) -> None:
        self._note("no server", works=self._link.is_up)
        self._hints.changed()
        if self._reader is not None:
            self._reader.disturb()

    def _on_read(self, works: bool) -> None:
        self._note("nothing can be read", works=works)

    def _on_answer(self, works: bool) -> None:
        self._note("nothing can be published", works=works)

    def _note(self, cause: str, *, works: bool) -> None:
        self._cuts.note(cause, works=works)
        self._publisher.refuse(self._cuts.refusal())

    async def _watch(self) -> None:
        """Look now and then how long the node is cut off."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self._cuts.look()
            self.counts.cut_seconds = self._cuts.seconds
            self._publisher.refuse(self._cuts.refusal())

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        """A task that does not end in silence."""
        try:
            await work()
        except BackendError as error:
            self.lost(error)
        except Exception as error:
            _log.error("a fault in the cluster's journal", exc_info=error)
            self.lost(BackendError(f"a fault in the cluster's journal: {error!r}; please report it"))

    def _require_open(self) -> None:
        if not self._is_open:
            raise BackendError("the journal is not open; call open() first and nothing after close()")


def _lost(standing: Standing) -> StreamLost:
    return StreamLost(standing, "nothing was changed: see the cluster's guide for what to do")


def _no_stream(error: Exception, name: str) -> str:
    if isinstance(error, ServiceUnavailableError):
        return "the NATS server has no JetStream, or no leader for it; start it with -js, or start the others too"
    if isinstance(error, APIError):
        return f"the stream {name} cannot be used: {error.description}"
    if isinstance(error, nats.errors.TimeoutError | TimeoutError):
        return f"the NATS server does not answer about the stream {name}; check that this node's key may use it"
    return f"the stream {name} cannot be used: {error}"
