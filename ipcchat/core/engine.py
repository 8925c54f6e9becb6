"""The chat's engine: lines in, facts proposed; journal entries in, state changed and lines out. It performs nothing
itself.

    effects = engine.receive(session, message, now)      a line came
    effects = engine.apply(entry, now)                   the journal says: this happened
    effects = engine.resume(session, answer, now)        a query's rows arrived
    effects = engine.tick(now)                           time passed

Rules:
1. Every call runs to completion and returns its effects in the order in which they must be performed.
2. A session's commands run one after the other (see session.py); other sessions never wait for it.
3. The state is changed by apply() only, and apply() asks the same check that was asked when the fact was proposed.
"""

from __future__ import annotations

import difflib
from collections import defaultdict, deque
from collections.abc import Callable, Sequence

from ipcchat.core import admission, apply, bans, caps, client_batches, facts, handlers, rates, reload, replies, timers
from ipcchat.core.admission import Admissions
from ipcchat.core.apply import messages
from ipcchat.core.apply.meaning import MEANINGS
from ipcchat.core.audience import Audience
from ipcchat.core.context import Context
from ipcchat.core.counting import counted
from ipcchat.core.effects import Answer, Close, Effect, Link, Moment, Pause, Propose, Resume, Send, Void
from ipcchat.core.errors import Failure, Ignored, NotYet, Refusal
from ipcchat.core.facts import AnyFact, Entry
from ipcchat.core.limits import NetworkLimits
from ipcchat.core.logins import Logins
from ipcchat.core.monitors import Monitors
from ipcchat.core.outcomes import Boot, Repeated
from ipcchat.core.peers import Peer
from ipcchat.core.registrations import Registrations
from ipcchat.core.registry import COMMANDS, Command
from ipcchat.core.session import CONGESTED, RESTING, Session
from ipcchat.core.settings import Settings
from ipcchat.core.state import State, User
from ipcchat.core.subscriptions import Subscriptions
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics
from ipcchat.wire.message import Message, WireError

COMMAND_CHARACTERS_MAX = 32

LONG_ANSWER_LINES = 32
"""Fewer lines in one turn are never weighed: see `_rest`."""

REST_SHARE = 4
"""What part of a send queue one turn's answers may be before the next command rests."""

NOT_DONE = "This met a mistake in the server and was not done, or not wholly; the server's log says more"
NOT_TOLD = "This happened, but others were perhaps not told of it; the server's log says more"

apply.load()
handlers.load()


class Engine:
    """One node's core. `incarnation` is 8 characters, new at every start of the process; ids of users and facts
    begin with it. `secret` keys the cloaks of hosts."""

    def __init__(
        self, *, settings: Settings, version: str, incarnation: str, started: Moment, secret: str = ""
    ) -> None:
        self.version = version
        self.incarnation = incarnation
        self.secret = secret
        self.started = self.now = started
        self.configure(settings)
        self.state = State(settings.limits.network())
        self.audience = Audience()
        self.tagger = replies.Tagger("")
        self.monitors = Monitors()
        self.subscriptions = Subscriptions()
        self.logins = Logins()
        self.registrations = Registrations()
        self.admissions = Admissions()
        self.rates = rates.Rates()
        self.used: dict[str, int] = defaultdict(int)
        self.officers: dict[Session, None] = {}
        self.connections: set[Session] = set()
        self.strangers = 0
        self.waiting: dict[Session, None] = {}
        self.inflight: dict[bytes, list[Context]] = {}
        self.voided: dict[int, None] = {}
        self.stayers_due = started.ticks
        self.effects: list[Effect] = []
        self._stopping = False
        self._id_prefix = incarnation.encode()
        self._next_fact = 0
        self._next_user = 0
        self._next_batch = 0

    def configure(self, settings: Settings) -> None:
        """Take these settings. Clients are told of what changed by `reload`, not here."""
        self.settings = settings
        self.network, self.server_name = settings.network, settings.server_name
        self.limits, self.motd = settings.limits, settings.motd
        self.throttled = settings.throttles.lines
        self.rated = settings.throttles.commands
        self.offered = caps.offered(settings)

    def reload(self, settings: Settings, now: Moment) -> list[Effect]:
        """Take other settings while people are here, and tell them what changed."""
        self.now = now
        reload.take(self, settings)
        return self._take()

    # Names that are given out once.

    def next_id(self) -> bytes:
        """A new fact's id: rising, so that the journal's index grows at its end."""
        self._next_fact += 1
        return self._id_prefix + self._next_fact.to_bytes(8, "big")

    def next_uid(self) -> str:
        """A new session's id; that of a user's first one is his."""
        self._next_user += 1
        return f"{self.incarnation}.{self._next_user}"

    def next_batch(self) -> str:
        """A new batch's reference tag."""
        self._next_batch += 1
        return f"b{self._next_batch}"

    # The life of the node.

    def restore(self, boot: Boot, on_fault: Callable[[Entry, Exception], None] | None = None) -> list[Effect]:
        """Take the state from the journal, which has the limits it was made with. Only Void effects come out: facts
        that were refused and not yet taken out of history. One that meets a mistake of ours is handed to `on_fault`,
        and changes what it changed when it came first."""
        self.tagger = replies.Tagger(boot.journal)
        self.state.limits = NetworkLimits()
        if boot.checkpoint is not None:
            self.state.restore(boot.checkpoint)
        voids: list[Effect] = []
        for entry in boot.tail:
            try:
                effects = self.apply(entry, self.now)
            except Exception as error:
                if on_fault is None:
                    raise
                on_fault(entry, error)
                effects = self._take()
            voids += [effect for effect in effects if isinstance(effect, Void)]
        return voids

    def start(self, now: Moment) -> list[Effect]:
        """The users of earlier runs of this node are gone; their places in channels are kept for a while. The limits
        of the settings become the network's."""
        self.now = now
        self.propose_limits()
        for incarnation in self.state.incarnations():
            self.effects.append(
                Propose(facts.NodeDown(self.next_id(), now.wall, self.incarnation, incarnation=incarnation))
            )
        return self._take()

    def propose_limits(self) -> None:
        """The network's limits and policy become those of the settings, if they are not."""
        limits, policy = self.settings.limits.network(), self.settings.policy
        if policy != self.state.policy:
            self.effects.append(
                Propose(facts.PolicyChanged(self.next_id(), self.now.wall, self.incarnation, policy=policy))
            )
        if limits != self.state.limits:
            self.effects.append(
                Propose(facts.LimitsChanged(self.next_id(), self.now.wall, self.incarnation, limits=limits))
            )

    def snapshot(self) -> bytes:
        """The shared state after `state.seq`, for a checkpoint."""
        return self.state.snapshot()

    def farewell(self, reason: str) -> list[Effect]:
        """Say goodbye to everybody; the node stops. Their users leave when the next incarnation starts, so that their
        places in channels are kept."""
        self._stopping = True
        for session in list(self.connections):
            self.close(session, reason)
        return self._take()

    # The life of a connection.

    def admit(self, peer: Peer, now: Moment) -> str:
        """Why a connection is not taken from there; "" when it is: then `leave` is called when it is gone. Each
        connection has a Peer object of its own."""
        self.now = now
        return self._refused_at_door(peer.address) or self.admissions.enter(peer, now.ticks, self.settings)

    def readmit(self, session: Session, address: str) -> str:
        """Why a session may not be here from the address that its gateway says; "" when it may, and counts there."""
        banned = self._refused_at_door(address)
        return banned or self.admissions.move(session.peer, address, self.now.ticks, self.settings)

    def _refused_at_door(self, address: str) -> str:
        return bans.refusal_at_door(self.state, address, self.now.wall)

    def leave(self, peer: Peer) -> None:
        """A connection that was admitted is gone."""
        self.admissions.leave(peer, self.now.ticks, self.limits)

    def connect(self, link: Link, lane: int, peer: Peer, now: Moment) -> Session:
        """A connection can speak."""
        session = Session(link, lane, peer, now.ticks, self.limits.flood_lines_burst)
        self.connections.add(session)
        self.strangers += 1
        return session

    def disconnect(self, session: Session, reason: str, now: Moment) -> list[Effect]:
        """A connection is gone, or has to go. Calling it again does nothing."""
        self.now = now
        self.forget(session, reason)
        return self._take()

    def forget(self, session: Session, reason: str) -> None:
        """The session ends; its user leaves the network when that is journaled, or with this node."""
        if session.closed:
            return
        session.closed = True
        session.batch = None
        if session.backlog:
            session.backlog.clear()
        self.connections.discard(session)
        self.admissions.registered(session.peer)
        self.strangers -= not session.registered
        self.waiting.pop(session, None)
        self.officers.pop(session, None)
        self.monitors.clear(session)
        self.subscriptions.clear(session)
        if session.user is not None and not self._stopping:
            self._propose_leave(session, reason)

    def close(self, session: Session, reason: str, label: str = "") -> None:
        """End a session from our side: say why, then close its connection. `label` is the one of the command that this
        answers."""
        if not session.closed:
            text = replies.line(self.server_name, "ERROR", f"Closing link: {reason}").partition(" ")[2]
            self.effects.append(Send(session.link, replies.encoded(replies.label_tag(label), text)))
            self.effects.append(Close(session.link, reason))
            self.forget(session, reason)

    def _propose_leave(self, session: Session, reason: str) -> None:
        fact = facts.UserLeft(self.next_id(), self.now.wall, session.uid, reason=reason, session=session.id)
        self.effects.append(Propose(fact))

    def register(self, session: Session, user: User) -> None:
        """The session is one of that user's."""
        if session.closed:
            self._propose_leave(session, "Connection closed")
            return
        session.user = user
        session.registered = True
        self.admissions.registered(session.peer)
        self.strangers -= 1
        self.audience.add(user.uid, session)
        self.set_officer(session, "s" in user.modes)

    def set_officer(self, session: Session, wanted: bool) -> None:
        """Whether the session gets notices of the server (+s)."""
        if wanted:
            self.officers[session] = None
        else:
            self.officers.pop(session, None)

    # A line came.

    def receive(self, session: Session, message: Message | WireError, now: Moment) -> list[Effect]:
        """A line came from a session, or one that could not be read. It runs now or when its turn comes."""
        self.now = now
        if session.closed:
            return []
        session.heard = now.ticks
        session.pinged = False
        if session.backlog or not self._run(session, message):
            if session.backlog is None:
                session.backlog = deque()
            session.backlog.append(message)
            if len(session.backlog) >= self.limits.receive_lines_batch and not session.paused:
                session.paused = True
                self.effects.append(Pause(session.link))
        if len(self.effects) > LONG_ANSWER_LINES:
            self._rest(session, 0)
        return self._take()

    def congest(self, session: Session, congested: bool, now: Moment) -> list[Effect]:
        """A session's send queue is long now, or is not any more. While it is, its commands wait: who does not listen
        may not ask."""
        self.now = now
        if congested:
            session.held |= CONGESTED
        else:
            session.held &= ~CONGESTED
            self._drain(session)
        return self._take()

    def _rest(self, session: Session, start: int) -> None:
        """After very long answers in one turn, counted from effect `start`, the next command waits for a tick: by then
        the shell knows whether somebody reads them."""
        size = sum(len(effect.line) for effect in self.effects[start:] if isinstance(effect, Send))
        if size > self.limits.send_queue_bytes_max // REST_SHARE and not session.closed:
            session.held |= RESTING
            self.waiting[session] = None

    def _run(self, session: Session, message: Message | WireError) -> bool:
        """Run a command if it may run now; False when it has to wait."""
        if session.barrier or session.held:
            return False
        if isinstance(message, WireError):
            return self._run_unreadable(session, message)
        row = COMMANDS.get(message.command) or COMMANDS.get(message.command.upper())
        if "batch" in message.tags:
            row = client_batches.line_row(session, row, message.tags["batch"])
        if session.pending and not (row and row.pipelined):
            return False
        cost = row.cost if row else 1.0
        if message.tags or (row and row.each):
            cost = self._whole_cost(cost, row, message)
        if self.throttled and not self._may_spend(session, cost, message):
            return False
        return self._dispatch(session, message, row, cost)

    def _whole_cost(self, cost: float, row: Command | None, message: Message) -> float:
        """What a line takes with its further targets and with long tags, which go to as many people as its text; never
        more than a full bucket has."""
        if row and row.each and message.params:
            cost += row.each * message.params[0].count(",")
        tags_bytes = sum(len(name) + len(value) for name, value in message.tags.items())
        return min(cost + tags_bytes // self.limits.line_bytes_max, self.limits.flood_lines_burst)

    def _run_unreadable(self, session: Session, error: WireError) -> bool:
        if session.pending or (self.throttled and not self._may_spend(session, 1.0, error)):
            return False
        if error.code in ("UNTERMINATED", "ENDED"):
            self.close(session, str(error))
        elif not session.closed and error.code != "EMPTY_COMMAND":
            Context(self, session, "*", {}).refused(_unreadable(error))
        return True

    def _may_spend(self, session: Session, cost: float, message: Message | WireError) -> bool:
        """Take `cost` lines from the session's flood bucket; False when it has too few, and the session is looked at
        again by tick. A batch that the client has begun never waits in the middle: what its lines cost is owed, and
        the commands after it wait."""
        if session.user is None:
            return self._may_spend_unregistered(session, message)
        ticks = self.now.ticks
        rate, burst = self.limits.flood_lines_per_second, self.limits.flood_lines_burst
        session.tokens = min(burst, session.tokens + (ticks - session.topped) * rate)
        session.topped = ticks
        if cost and session.tokens < cost and not _is_in_open_batch(session, message):
            self.waiting[session] = None
            return False
        session.tokens -= cost
        return True

    def _may_spend_unregistered(self, session: Session, message: Message | WireError) -> bool:
        limits = self.limits
        session.lines += 1
        session.line_bytes += admission.size_of(message, limits)
        if session.lines > limits.unregistered_lines_max:
            self.close(session, "Too many lines before registration")
        elif session.line_bytes > limits.unregistered_bytes_max:
            self.close(session, "Too many bytes before registration")
        return True

    def _dispatch(self, session: Session, message: Message, row: Command | None, cost: float) -> bool:
        """Check the preconditions and run the handler; False when it asked to wait."""
        if session.closed:
            return True
        ctx = Context(self, session, row.name if row else message.command, message.tags)
        if message.tags and replies.may_label(session):
            ctx.label = _label(message.tags, self.limits.label_bytes_max)
        params = message.params
        try:
            if row is None or session.user is None or not row.after or len(params) < row.required:
                row = _checked(session, row, message)
            if row.rate is None or not params or not self.rated:
                row.handler(ctx, *params[: row.most])
            else:
                self._run_rated(ctx, row, row.rate, params)
        except Refusal as refusal:
            if session.pending > ctx.open:
                return self._wait(session, cost)
            ctx.refused(refusal)
        except NotYet:
            return self._wait(session, cost)
        except Ignored:
            pass
        if row is not None:
            self.used[row.name] += 1
        ctx.returned = True
        if not ctx.open:
            ctx.finish()
        elif row is not None and not row.pipelined:
            session.barrier = True
        return True

    def _run_rated(self, ctx: Context, row: Command, rate: rates.Rate, params: Sequence[str]) -> None:
        """Run a command that others have to hear, if its user did not say it too often. Raises Refusal 438 or 263."""
        uid, ticks = ctx.session.uid, self.now.ticks
        if ctx.session.user is not None and (wait := self.rates.pause(uid, row.name, rate, ticks)):
            raise _too_often(rate, row.name, wait, params[0])
        row.handler(ctx, *params[: row.most])
        if ctx.session.user is not None and ctx.open:
            self.rates.count(uid, row.name, rate, ticks)

    def _wait(self, session: Session, cost: float) -> bool:
        """A command has to be asked again, once the facts before it are applied; it is charged then."""
        session.barrier = True
        session.tokens += cost
        return False

    def _drain(self, session: Session) -> None:
        """Run what waited and may run now."""
        backlog, start = session.backlog, len(self.effects)
        while backlog and self._run(session, backlog[0]):
            if backlog:
                backlog.popleft()
            if len(self.effects) - start > LONG_ANSWER_LINES:
                self._rest(session, start)
        if not backlog:
            session.backlog = None
        if session.paused and not backlog and not session.closed:
            session.paused = False
            self.effects.append(Resume(session.link))

    def check(self, fact: AnyFact) -> None:
        """Whether the fact may happen as things stand now. Raises Refusal or Ignored."""
        MEANINGS[type(fact)].check(self.state, fact)

    # The journal answered.

    def apply(self, entry: Entry, now: Moment) -> list[Effect]:
        """This happened: change the state and tell who has to know."""
        self.now = now
        fact = entry.fact
        ctx = self._expected(fact)
        refusal: Refusal | None = None
        self.state.seq = entry.seq
        meaning = MEANINGS[type(fact)]
        try:
            meaning.check(self.state, fact)
            outcome = meaning.change(self.state, fact, entry)
        except (Refusal, Ignored) as no:
            refusal = no if isinstance(no, Refusal) else None
            self._void(entry)
        except Exception:
            self._void(entry)
            if ctx is not None:
                self._settle(ctx, _mistake(ctx.command, NOT_DONE))
            raise
        else:
            try:
                meaning.announce(self, fact, entry, outcome, ctx)
            except Exception:
                if ctx is not None:
                    self._settle(ctx, _mistake(ctx.command, NOT_TOLD))
                raise
        if ctx is not None:
            self._settle(ctx, refusal)
        return self._take()

    def repeated(self, outcome: Repeated, now: Moment) -> list[Effect]:
        """The fact was journaled before: its sender gets the first one's receipt, and nobody sees it again."""
        self.now = now
        ctx = self._expected(outcome.fact)
        if ctx is not None:
            refusal = None
            if outcome.void or outcome.seq in self.voided:
                refusal = _refused_before(ctx.command)
            elif isinstance(outcome.first, facts.Posted):
                messages.echo(ctx, outcome.first, outcome.at, outcome.seq)
            self._settle(ctx, refusal)
        return self._take()

    def failed(self, fact: AnyFact, reason: str, now: Moment) -> list[Effect]:
        """The fact could not be journaled: nothing happened, and its sender is told."""
        self.now = now
        ctx = self._expected(fact)
        if ctx is not None:
            target = getattr(fact, "target", "") or getattr(fact, "channel", "") or "*"
            text = f"Nothing was sent or changed: {reason}. Try again later."
            ctx.quiet = False
            self._settle(
                ctx, Failure(numerics.ERR_UNKNOWNERROR, ctx.command, "TEMPORARILY_UNAVAILABLE", target, text=text)
            )
        return self._take()

    def resume(self, session: Session, answer: Answer, now: Moment) -> list[Effect]:
        """The answer of the query that the session asked."""
        self.now = now
        ctx, session.asking = session.asking, None
        if ctx is not None and ctx.after is not None:
            refusal = None
            try:
                ctx.after(answer)
            except (Refusal, Ignored) as no:
                refusal = no if isinstance(no, Refusal) else None
            self._settle(ctx, refusal)
        return self._take()

    def tick(self, now: Moment) -> list[Effect]:
        """Time passed: serve those who waited for their flood bucket, look for those who are silent."""
        self.now = now
        waiting, self.waiting = self.waiting, {}
        for session in waiting:
            session.held &= ~RESTING
            self._drain(session)
        timers.look_around(self)
        self.rates.forget(now.ticks)
        return self._take()

    def _expected(self, fact: AnyFact) -> Context | None:
        """The command on this node that proposed the fact, if any."""
        contexts = self.inflight.get(fact.id)
        if contexts is None:
            return None
        if len(contexts) == 1:
            del self.inflight[fact.id]
            return contexts[0]
        return contexts.pop(0)

    def _settle(self, ctx: Context, refusal: Refusal | None) -> None:
        """One fact or query of a command is done; with the last one the command is, and the session's next ones run."""
        session = ctx.session
        session.pending -= 1
        ctx.open -= 1
        if refusal is not None:
            if session.user is None and session.uid:
                session.uid = session.nick = ""
            ctx.refused(refusal)
            ctx.then = None
        if not ctx.open and ctx.returned:
            ctx.finish() if ctx.then is None else ctx.complete()
        if not session.pending:
            session.barrier = False
        if session.backlog:
            self._drain(session)

    def _void(self, entry: Entry) -> None:
        """Refused at its place in the order: it must not be in history. Until the backend has done so, it is left
        out here."""
        if entry.fact.history_target is not None:
            self.voided[entry.seq] = None
            if len(self.voided) > self.limits.voided_facts_max:
                del self.voided[next(iter(self.voided))]
            self.effects.append(Void(entry.seq))

    def _take(self) -> list[Effect]:
        effects, self.effects = self.effects, []
        return effects


def _is_in_open_batch(session: Session, message: Message | WireError) -> bool:
    return isinstance(message, Message) and client_batches.is_in_open_batch(session, message)


def _checked(session: Session, row: Command | None, message: Message) -> Command:
    """The command, when registration and arity allow it. Raises Refusal 421, 451, 461 or 462."""
    if row is None:
        if session.user is None and not session.uid:
            raise Refusal(numerics.ERR_NOTREGISTERED)
        raise _unknown(message.command)
    if session.user is None:
        if not row.before:
            raise Refusal(numerics.ERR_NOTREGISTERED)
    elif not row.after:
        raise Refusal(numerics.ERR_ALREADYREGISTERED)
    if len(message.params) < row.required:
        raise Refusal(numerics.ERR_NEEDMOREPARAMS, row.name, text=f"Not enough parameters: {row.syntax}")
    return row


def _unknown(command: str) -> Refusal:
    """What to say to a command that is not there: perhaps it is another one, misspelled."""
    shown = command[:COMMAND_CHARACTERS_MAX]
    nearest = difflib.get_close_matches(shown.upper(), COMMANDS, 1)
    advice = f"did you mean {nearest[0]}? HELP lists all" if nearest else "HELP lists all"
    return Refusal(numerics.ERR_UNKNOWNCOMMAND, shown, text=f"{numerics.ERR_UNKNOWNCOMMAND.text}; {advice}")


def _too_often(rate: rates.Rate, command: str, wait: int, asked: str) -> Refusal:
    """What to say to who is too fast, with how long to wait: 438 names the nick that was asked for, 263 the command."""
    text = f"{rate.times} times in {rate.seconds} seconds is the most: wait {counted(wait, 'second')}"
    return Refusal(rate.numeric, quotable(asked) if rate.numeric is numerics.ERR_NICKTOOFAST else command, text=text)


def _label(tags: dict[str, str], bytes_max: int) -> str:
    """The command's label, or "" when there is none that counts (IRCv3 labeled-response: at most 64 bytes)."""
    label = tags.get("label", "")
    return label if len(label.encode()) <= bytes_max else ""


def _mistake(command: str, text: str) -> Refusal:
    """What to say when a command met a mistake of ours."""
    return Failure(numerics.ERR_UNKNOWNERROR, command, "INTERNAL_ERROR", text=text)


def _refused_before(command: str) -> Refusal:
    """What to say to the repetition of a post that was refused at its place in the order."""
    text = "This message was refused when it was sent first; send it with a new key"
    return Failure(numerics.ERR_UNKNOWNERROR, command, "REFUSED_BEFORE", text=text)


def _unreadable(error: WireError) -> Refusal:
    """What to say about a line that could not be read."""
    if error.code in ("LINE_TOO_LONG", "TAGS_TOO_LONG"):
        return Refusal(numerics.ERR_INPUTTOOLONG, text=str(error))
    if error.code == "BAD_COMMAND":
        return Refusal(numerics.ERR_UNKNOWNCOMMAND, "*", text=str(error))
    return Failure(numerics.ERR_UNKNOWNERROR, "*", error.code, text=str(error))
