"""The turn: what came from the connections or from the journal goes through core, and core's effects are performed.

Rules:
1. Everything that arrives together is one turn: its facts become one append, its output one hand-over for each lane.
2. Core runs to completion on one thread; nothing here awaits between two calls of core that belong together.
3. A bug in a handler costs its session and one log entry; one in apply() costs one log entry. Neither stops the others.
4. What core is told about a connection ends with `disconnect` or with core's own Close, whichever comes first; what
   arrives after that is dropped.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any

import msgspec

from ipcchat.backend.base import Backend, BackendError, Boot, Failed, Outcome
from ipcchat.core import audit
from ipcchat.core.effects import (
    Answer,
    Ask,
    Audit,
    CatchUp,
    Close,
    Deliver,
    DropContent,
    Effect,
    Erase,
    Fan,
    Fault,
    FiguresRead,
    Find,
    Found,
    HashPassword,
    Hide,
    History,
    HistoryAnswer,
    Lookup,
    Moment,
    PastQuery,
    Pause,
    Propose,
    Push,
    Query,
    ReadAudit,
    ReadFigures,
    Recall,
    Reload,
    Reloaded,
    Resume,
    Search,
    Send,
    SendCode,
    Settled,
    Targets,
    TargetsAnswer,
    Verify,
    Void,
)
from ipcchat.core.facts import AnyFact, Entry, NodeDown
from ipcchat.core.holders import Holder
from ipcchat.core.peers import Peer
from ipcchat.core.settings import Settings
from ipcchat.core.uploads import Upload
from ipcchat.server import logs
from ipcchat.server.audit_log import AuditLog
from ipcchat.server.clock import Clock
from ipcchat.server.configuration import Configuration
from ipcchat.server.connection import Connection
from ipcchat.server.counts import LaneCounts, ShellCounts
from ipcchat.server.inner import InnerConnection
from ipcchat.server.lane import Arrival
from ipcchat.server.listeners import Listener
from ipcchat.server.loops import HandOver
from ipcchat.server.mailer import Mailer
from ipcchat.server.outbox import Control, Outbox
from ipcchat.server.shell_parts import Contents, Core, Listening, Measures, Pushers, Web
from ipcchat.server.verifier import Verifier
from ipcchat.server.visitors import Visitors
from ipcchat.wire.message import Message, WireError

TICK_SECONDS = 0.25

RETENTION_SECONDS = 60.0
"""How often the journal is told what it need not keep: old enough is a matter of days."""

HALF_CLOSED_SECONDS_MAX = 30.0
"""How long the lines of a peer that said its last may still take: the flood limit lets about a hundred through in
that time."""


FULL = "The server is full, try again later"


class Interrupted(BackendError):
    """The journal took nothing for so long that people had better try another server."""

    starts_anew = True


FAILED_LOGINS = {audit.LOGIN_FAILED: "account", audit.OPER_FAILED: "operator"}
"""What of the audit log is counted, and as what."""


_clock = Clock()


def moment() -> Moment:
    """Now, by both clocks."""
    return Moment(int(time.time() * 1000), _clock(), _clock.paused)


def log_failed_outcome(outcome: Outcome, error: Exception) -> None:
    """What the journal did met a mistake of ours; the others go on."""
    logs.failure("an outcome of the journal failed", error, seq=getattr(outcome, "seq", 0))


class Shell:
    """Everything between the sockets and core. Its methods are called on core's thread; `lost` hears when the journal
    is gone. `counts` is what it counts."""

    def __init__(
        self, core: Core, backend: Backend, configuration: Configuration, on_lost: Callable[[BackendError], None]
    ) -> None:
        self._core = core
        self._backend = backend
        self._configuration = configuration
        self._on_lost = on_lost
        self._verifier = Verifier()
        self._mailer = Mailer(configuration)
        self._audit = AuditLog(configuration.loaded.folder)
        self.counts = ShellCounts()
        self._hand_overs: list[HandOver] = []
        self._outboxes: list[Outbox] = []
        self._socket_lanes = 0
        self._connections: set[Connection] = set()
        self._visitors = Visitors(configuration)
        self.web: Web | None = None
        self.contents: Contents | None = None
        self.hooks: Listening | None = None
        self.pushes: Pushers | None = None
        self._errands: dict[bytes, list[asyncio.Future[Settled]]] = {}
        self.measures: Measures | None = None
        self._interrupted: float | None = None
        self._half_closed: dict[Connection, float] = {}
        self._proposed: list[AnyFact] = []
        self._outstanding = 0
        self._answered_at = 0.0
        self._since_checkpoint = 0
        self._retained = 0.0
        self._connection_number = 0
        self._queries: set[asyncio.Task[Any]] = set()
        self._deaf = False
        self._changed = asyncio.Event()

    @property
    def connection_count(self) -> int:
        """How many sockets are open, those that are being closed and those served by HTTP included."""
        return len(self._connections) + len(self._visitors)

    @property
    def visitors(self) -> int:
        """How many connections are served by HTTP now."""
        return len(self._visitors)

    @property
    def lanes(self) -> list[tuple[LaneCounts, Outbox]]:
        """What each lane and its outbox have counted."""
        return [(hand_over.counts, outbox) for hand_over, outbox in zip(self._hand_overs, self._outboxes, strict=True)]

    def journal_wait(self, now: float) -> float:
        """How long the journal has owed us an outcome and given none, in seconds; `now` is monotonic. Any thread may
        ask."""
        return now - self._answered_at if self._outstanding else 0.0

    # The life of the server.

    def add_lane(self, hand_over: HandOver) -> None:
        """Serve connections by one more lane."""
        self._hand_overs.append(hand_over)
        self._outboxes.append(Outbox())
        self._socket_lanes += 1

    def add_inner_lane(self, hand_over: HandOver) -> None:
        """Serve connections without a socket; behind all lanes of sockets."""
        self._hand_overs.append(hand_over)
        self._outboxes.append(Outbox())

    async def restore(self, boot: Boot, seconds_max: float) -> None:
        """Let core take its state from the journal, then follow it, and wait until the users of the last run have left.

        Until then a person who comes back at once would find his nick taken by himself.
        """
        self._audit.begin()
        self._perform(self._core.restore(boot, log_failed_outcome))
        self._since_checkpoint = len(boot.tail)
        self._backend.follow(self)
        self._perform(self._core.start(moment()))
        self._end_turn()
        if not await self._wait(lambda: not self._outstanding, seconds_max):
            logs.event(logging.WARNING, "the journal is slow: nicks of the last run may be taken for a while")

    async def finish_facts(self, seconds_max: float) -> None:
        """Hear no connection any more, and wait until everything that was said has its outcome."""
        self._deaf = True
        await self._wait(lambda: not self._outstanding, seconds_max)

    async def say_goodbye(self, reason: str, seconds_max: float) -> None:
        """Tell everybody and close; wait until all are gone."""
        self._perform(self._guard("farewell", lambda: self._core.farewell(reason)))
        for link in self._connections:
            self._close(link)
        self._end_turn()
        await self._wait(lambda: not self._connections, seconds_max)

    def checkpoint(self) -> None:
        """Give the journal the state, so that the next start is quick."""
        self._since_checkpoint = 0
        self._backend.checkpoint(self._core.state.seq, self._core.snapshot())

    def stop(self) -> None:
        """Drop what is left: connections, queries."""
        for query in self._queries:
            query.cancel()
        if self.hooks is not None:
            self.hooks.stop()
        if self.pushes is not None:
            self.pushes.stop()
        self._verifier.stop()
        self._audit.stop()
        for hand_over in self._hand_overs:
            hand_over.stop()
        for link in self._connections:
            link.close()

    # Connections.

    def welcome(self, listener: Listener, sock: socket.socket, peer: Peer) -> None:
        """A connection was accepted; the caller ends the turn by `end_accepting`."""
        now = moment()
        reason = FULL
        if self.connection_count < self._configuration.limits.connections_max:
            reason = self._visitors.refusal(peer) if listener.is_http else self._core.admit(peer, now)
        if reason:
            self.counts.full += reason is FULL
            listener.refuse(sock, reason)
            logs.event(logging.DEBUG, "connection refused", peer=peer.address, reason=reason)
            return
        self._connection_number += 1
        lane = self._connection_number % self._socket_lanes
        link = listener.connection(sock, self._connection_number, lane, peer, self._configuration.limits)
        if listener.is_http and self.web is not None:
            self._visitors.come(link)
            self.web.serve(link)
        else:
            self._take_in(link, now)

    def inner(self, peer: Peer) -> InnerConnection:
        """A connection without a socket, for what that peer asks by other means; `let_in` begins it."""
        return InnerConnection(asyncio.get_running_loop(), msgspec.structs.replace(peer))

    def let_in(self, link: InnerConnection) -> str:
        """A connection without a socket begins: a turn. Why not, or "": its peer is admitted as at every door."""
        now = moment()
        if self._deaf or self.connection_count >= self._configuration.limits.connections_max:
            self.counts.full += not self._deaf
            return FULL
        if reason := self._core.admit(link.peer, now):
            return reason
        self._connection_number += 1
        link.number, link.lane = self._connection_number, self._socket_lanes
        link.join(self.arrived)
        self._take_in(link, now)  # type: ignore[arg-type]
        self._end_turn()
        return ""

    def admit(self, link: Connection, peer: Peer) -> str:
        """Who is served by HTTP wants a WebSocket, and this is who he is: his limits count until he is gone. Why not,
        or ""."""
        reason = self._core.admit(peer, moment())
        if not reason:
            link.peer = peer
        return reason

    def adopt(self, link: Connection) -> None:
        """What was served by HTTP is a WebSocket now: a turn."""
        self._visitors.leave(link)
        if self._deaf:
            link.close()
            self._core.leave(link.peer)
            return
        self._take_in(link, moment())
        self._end_turn()

    def forget(self, link: Connection, *, admitted: bool) -> None:
        """A connection that was served by HTTP has ended; `admitted`: it was to become a WebSocket."""
        self._visitors.leave(link)
        self.counts.failed_handshakes += not link.ready
        if admitted:
            self._core.leave(link.peer)

    def holder(self, token: str) -> Holder | None:
        """Who shows that token by HTTP; None when it does not count."""
        return self._core.holder(token, moment())

    async def upload(self, holder: Holder, upload: Upload) -> tuple[str, str]:
        """A file of his is stored, and core is told: a turn. Its id, and why it is none ("" when it is one)."""
        fact, effects = self._core.upload(holder, upload, moment())
        return fact.file, (await self.errand(fact.id, effects)).problem

    def let_go(self, file: str, places: tuple[int, ...]) -> None:
        """Messages that carried that file are not kept any more: a turn."""
        self.turn(self._core.let_go(file, places, moment()))

    def turn(self, effects: list[Effect]) -> None:
        """Core wants these for who calls this: a turn."""
        self._perform(effects)
        self._end_turn()

    async def errand(self, id: bytes, effects: list[Effect]) -> Settled:
        """Core proposed that fact for who calls this, by these effects: a turn. What became of it."""
        settled: asyncio.Future[Settled] = asyncio.get_running_loop().create_future()
        self._errands.setdefault(id, []).append(settled)
        self.turn(effects)
        return await settled

    def _settle(self, outcome: Settled) -> None:
        waiting = self._errands.pop(outcome.id, [])
        if waiting and not waiting[0].done():
            waiting[0].set_result(outcome)
        if waiting[1:]:
            self._errands[outcome.id] = waiting[1:]

    def _take_in(self, link: Connection, now: Moment) -> None:
        """A lane serves it from now on."""
        self._connections.add(link)
        self.counts.connections[link.transport] += 1
        self._outboxes[link.lane].adopt(link)
        if link.ready:
            self._open(link, now)

    def _open(self, link: Connection, now: Moment) -> None:
        """The connection can speak: core knows it from now on."""
        link.session = self._core.connect(link, link.lane, link.peer, now)
        logs.event(logging.DEBUG, "connected", conn=link.number, peer=link.peer.address)

    def end_accepting(self) -> None:
        """All that waited are accepted: hand them to their lanes."""
        self._end_turn()

    def arrived(self, arrivals: list[Arrival]) -> None:
        """Messages and ends came from connections: a turn."""
        now = moment()
        for arrival in arrivals:
            link = arrival.connection
            if arrival.opened and not self._deaf:
                self._open(link, now)
            if arrival.congested is not None:
                self._congest(link, arrival.congested, now)
            if not self._deaf:
                self._hear(link, arrival.messages, now)
                if arrival.ended:
                    self._hear(link, [WireError("ENDED", arrival.ended)], now)
                if (arrival.ended or arrival.hung_up) and link.session is not None:
                    self._half_closed.setdefault(link, now.ticks + HALF_CLOSED_SECONDS_MAX)
            if arrival.gone:
                self._gone(link, arrival.gone, now)
        self._end_turn()

    def _hear(self, link: Connection, messages: list[Message | WireError], now: Moment) -> None:
        """Let core hear these, until the session ends."""
        for message in messages:
            if link.session is None:
                return
            try:
                effects = self._core.receive(link.session, message, now)
            except Exception as error:
                self._failed_session(link, "a command failed", error, now)
            else:
                self._perform(effects)

    def _congest(self, link: Connection, congested: bool, now: Moment) -> None:
        """Tell core whether somebody reads what this connection is sent."""
        if link.session is not None:
            session = link.session
            try:
                effects = self._core.congest(session, congested, now)
            except Exception as error:
                self._failed_session(link, "a command failed", error, now)
            else:
                self._perform(effects)

    def _gone(self, link: Connection, reason: str, now: Moment) -> None:
        """The socket is closed."""
        self._connections.discard(link)
        self.counts.connections[link.transport] -= 1
        self._core.leave(link.peer)
        self._half_closed.pop(link, None)
        if link.session is not None:
            logs.event(logging.INFO, "connection cut off", conn=link.number, reason=reason)
            self._disconnect(link, reason, now)
        elif not link.ready:
            logs.event(logging.INFO, "no connection was made", conn=link.number, reason=reason)
            self.counts.failed_handshakes += link.transport == "tls"
        self._changed.set()

    def _failed_session(self, link: Connection, text: str, error: BaseException, now: Moment) -> None:
        """A bug of ours met this session: it pays, and the others go on."""
        logs.failure(text, error, conn=link.number)
        if link.session is not None:
            self._disconnect(link, "Internal error", now)
        self._close(link)

    def _disconnect(self, link: Connection, reason: str, now: Moment) -> None:
        session, link.session = link.session, None
        self._perform(self._guard("disconnect", lambda: self._core.disconnect(session, reason, now)))

    def _close(self, link: Connection) -> None:
        link.session = None
        self._outboxes[link.lane].control(Control.CLOSE, link)

    # The journal: Follower.

    def outcomes(self, batch: Sequence[Outcome], foreign: int = 0) -> None:
        """The journal did these: a turn."""
        now = moment()
        self._answered_at = now.elapsed
        self._outstanding = max(0, self._outstanding - (len(batch) - foreign))
        for outcome in batch:
            try:
                effects = self._answer(outcome, now)
            except Exception as error:
                log_failed_outcome(outcome, error)
            else:
                self._perform(effects)
        if self._since_checkpoint >= self._configuration.limits.checkpoint_facts:
            self.checkpoint()
        self._end_turn()
        self.counts.fan_out_seconds.observe(time.monotonic() - now.elapsed)
        self._changed.set()

    def lost(self, error: BackendError) -> None:
        """The journal cannot go on."""
        self._outstanding = 0
        for id in list(self._errands):
            self._settle(Settled(id, 0, "The server lost its storage"))
        self._changed.set()
        self._on_lost(error)

    def interrupted(self, reason: str) -> None:
        """For a time the journal takes nothing: a turn."""
        now = moment()
        self._interrupted = now.elapsed if reason else None
        if reason:
            logs.event(logging.WARNING, "nothing is stored", reason=reason)
        else:
            logs.event(logging.WARNING, "everything is stored again")
        self._perform(self._guard("interrupted", lambda: self._core.interrupted(reason, now)))
        self._end_turn()

    def alarmed(self, text: str) -> None:
        """The journal says that somebody should look: a turn. Its own log has it already."""
        now = moment()
        self._perform(self._guard("alarmed", lambda: self._core.alarmed(text, now)))
        self._end_turn()

    def _answer(self, outcome: Outcome, now: Moment) -> list[Effect]:
        if isinstance(outcome, Entry):
            self._since_checkpoint += 1
            return self._core.apply(outcome, now)
        if isinstance(outcome, Failed):
            is_usual = isinstance(outcome.fact, NodeDown)  # Of a node that is alive: at each start of another one.
            level = logging.DEBUG if is_usual else logging.ERROR
            logs.event(level, "the journal refused a fact", reason=outcome.reason)
            return self._core.failed(outcome.fact, outcome.reason, now)
        return self._core.repeated(outcome, now)

    # Time.

    def tick(self) -> None:
        """Time passed: a turn. Called every TICK_SECONDS."""
        now = moment()
        self._perform(self._guard("tick", lambda: self._core.tick(now)))
        limit = self._configuration.limits.interruption_seconds_max
        if self._interrupted is not None and now.elapsed - self._interrupted >= limit:
            self._interrupted = None
            self.lost(Interrupted(f"nothing could be stored for {limit} seconds"))
        for link in [link for link, deadline in self._half_closed.items() if deadline < now.ticks]:
            del self._half_closed[link]
            if link.session is not None:
                self._disconnect(link, "Connection closed", now)
            self._close(link)
        for hand_over in self._hand_overs:
            hand_over.expire()
        if now.ticks >= self._retained + RETENTION_SECONDS:
            self._retained = now.ticks
            self._backend.retain(self._core.retention(), now.wall)
        self._end_turn()

    # Effects.

    def _perform(self, effects: Iterable[Effect]) -> None:
        """Perform effects in their order. Output and facts leave at the end of the turn."""
        outboxes = self._outboxes
        for effect in effects:
            match effect:
                case Send():
                    outboxes[effect.link.lane].send(effect.link, effect.line)
                case Fan():
                    outboxes[effect.lane].fan(effect.links, effect.line, effect.skip)
                case Propose():
                    self._proposed.append(effect.fact)
                case Close():
                    self._close(effect.link)
                case Pause():
                    outboxes[effect.link.lane].control(Control.PAUSE, effect.link)
                case Resume():
                    outboxes[effect.link.lane].control(Control.RESUME, effect.link)
                case Ask():
                    self._start(self._ask(effect))
                case Void():
                    self._backend.void(effect.seq)
                case Hide():
                    self._backend.hide(effect.seq)
                case Recall():
                    self._backend.recall(effect)
                case Erase():
                    self._backend.erase(effect.party, effect.through)
                    self.checkpoint()  # What a start reads again is not erased.
                case DropContent():
                    if self.contents is not None:
                        self._start(self.contents.drop(effect.digest))
                case Deliver():
                    if self.hooks is not None:
                        self.hooks.wake(effect.digest)
                case Push():
                    if self.pushes is not None:
                        self.pushes.send(effect)
                case Settled():
                    self._settle(effect)
                case Audit():
                    self._audit.record(effect)
                    if effect.kind in FAILED_LOGINS:
                        self.counts.failed_logins[FAILED_LOGINS[effect.kind]] += 1
                case Fault():
                    logs.failure("a command failed", effect.error, conn=effect.link.number, command=effect.command)

    def _end_turn(self) -> None:
        """Journal what the turn proposed and hand over what it sent."""
        if self._proposed:
            proposed, self._proposed = self._proposed, []
            if not self._outstanding:
                self._answered_at = time.monotonic()  # It owed nothing until now.
            self._outstanding += len(proposed)
            try:
                self._backend.append(proposed)
            except BackendError as error:
                self._outstanding -= len(proposed)
                self._on_lost(error)
        for hand_over, outbox in zip(self._hand_overs, self._outboxes, strict=True):
            batch = outbox.take()
            if batch is not None:
                hand_over.deliver(batch)

    async def _ask(self, ask: Ask) -> None:
        """Run a query and bring its answer: a turn."""
        link: Connection = ask.session.link
        answer = await self._answer_to(ask.query)
        if link.session is not ask.session:
            return
        now = moment()
        try:
            self._perform(self._core.resume(ask.session, answer, now))
        except Exception as error:
            self._failed_session(link, "an answer failed", error, now)
        self._end_turn()

    async def _answer_to(self, query: Query) -> Answer:
        match query:
            case Targets():
                return await self._targets(query)
            case History() | Lookup() | CatchUp() | Search():
                return await self.history(query)
            case Find(id):
                return await self._find(id)
            case Verify():
                return await self._verifier.verify(query)
            case HashPassword():
                return await self._verifier.hash(query)
            case SendCode():
                return await self._mailer.send(query)
            case ReadAudit():
                return await self._audit.read(query)
            case ReadFigures():
                return FiguresRead(await self.measures.figures() if self.measures is not None else ())
            case Reload():
                return await self.reload()

    async def _targets(self, query: Targets) -> TargetsAnswer:
        try:
            return await self._backend.targets(query)
        except BackendError as error:
            logs.event(logging.ERROR, "a query failed", reason=error)
            return TargetsAnswer([], error=str(error))

    async def history(self, query: PastQuery) -> HistoryAnswer:
        """What happened, or why that cannot be read now."""
        try:
            return await self._backend.history(query)
        except BackendError as error:
            logs.event(logging.ERROR, "a query failed", reason=error)
            return HistoryAnswer([], error=str(error))

    async def _find(self, id: bytes) -> Found:
        try:
            return Found(await self._backend.find(id))
        except BackendError as error:
            logs.event(logging.ERROR, "a query failed", reason=error)
            return Found(error=str(error))

    async def reload(self) -> Reloaded:
        """Read the configuration again, and let core take what is different."""
        answer, settings = await self._configuration.read_again()
        if settings is not None:
            self.take(settings)
        return answer

    def take(self, settings: Settings) -> None:
        """Let core take other settings: a turn."""
        now = moment()
        self._perform(self._guard("reload", lambda: self._core.reload(settings, now)))
        self._end_turn()

    def reload_soon(self) -> None:
        """Read the configuration again, beside everything else."""
        self._start(self.reload())

    def _start(self, query: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(query)
        self._queries.add(task)
        task.add_done_callback(self._queries.discard)

    def _guard(self, name: str, call: Callable[[], list[Effect]]) -> list[Effect]:
        """Core's effects, or none and a log entry when it raises."""
        try:
            return call()
        except Exception as error:
            logs.failure(f"core failed in {name}", error)
            return []

    async def _wait(self, condition: Callable[[], bool], seconds_max: float) -> bool:
        """Wait until `condition` holds, at most so long; whether it does."""
        try:
            async with asyncio.timeout(seconds_max):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True
