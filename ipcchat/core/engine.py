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

from collections import defaultdict
from collections.abc import Callable
from math import inf

from ipcchat.core import (
    apply,
    bans,
    caps,
    deliveries,
    facts,
    handlers,
    holders,
    hooks,
    rates,
    references,
    refusals,
    reload,
    replies,
    retention_rules,
    timers,
    uploads,
)
from ipcchat.core.admission import BAN, Admissions
from ipcchat.core.apply import messages, redacting
from ipcchat.core.apply.meaning import MEANINGS
from ipcchat.core.audience import Audience
from ipcchat.core.awaited import Awaited
from ipcchat.core.context import Context
from ipcchat.core.deliveries import Delivery, Outgoing, Progress
from ipcchat.core.effects import (
    Answer,
    Close,
    DropContent,
    Effect,
    Erase,
    Fault,
    Hide,
    HistoryAnswer,
    Link,
    Moment,
    Propose,
    Recall,
    Send,
    Void,
)
from ipcchat.core.errands import IGNORED, Errands
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.facts import AnyFact, Entry, Hook
from ipcchat.core.figures import Figures, figures_of
from ipcchat.core.holders import Holder
from ipcchat.core.hooks import HookPost, Relaying
from ipcchat.core.intake import Intake
from ipcchat.core.interruption import Interruption
from ipcchat.core.limits import NetworkLimits
from ipcchat.core.logins import Logins
from ipcchat.core.monitors import Monitors
from ipcchat.core.officers import tell_officers
from ipcchat.core.outcomes import Boot, Repeated
from ipcchat.core.passes import Passes
from ipcchat.core.peers import Peer
from ipcchat.core.pushing import Pushing
from ipcchat.core.registrations import Registrations
from ipcchat.core.retention import Retention
from ipcchat.core.session import CONGESTED, Session
from ipcchat.core.settings import Settings
from ipcchat.core.state import State, User
from ipcchat.core.subscriptions import Subscriptions
from ipcchat.core.uploads import Upload
from ipcchat.wire.message import Message, WireError

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
        self.ticked = inf  # Before the first tick there is no pause.
        self.longest_pause = 0.0
        """The longest time between two ticks, in seconds: for so long nobody was answered."""
        self.configure(settings)
        self.state = State(settings.limits.network())
        self.audience = Audience()
        self.tagger = replies.Tagger("")
        self.monitors = Monitors()
        self.subscriptions = Subscriptions()
        self.logins = Logins()
        self.resumes = Logins()
        self.passes = Passes()
        self.pushing = Pushing()
        self.registrations = Registrations()
        self.admissions = Admissions()
        self.rates = rates.Rates()
        self.used: dict[str, int] = defaultdict(int)
        self.officers: dict[Session, None] = {}
        self.connections: set[Session] = set()
        self.strangers = 0
        self.intake = Intake(self)
        self.inflight: dict[bytes, list[Context]] = {}
        self.awaited = Awaited()
        self.errands = Errands(self.awaited)
        self.interruption = Interruption(self)
        self.voided: dict[int, None] = {}
        self.redacted: dict[int, None] = {}
        self.stayers_due = self.files_due = self.lost_due = started.ticks
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
        """Take the state from the journal, which has the limits it was made with. Only what keeps the past right comes
        out (Void, Hide, Recall, Erase): a crash may have come before it was written. A fact that meets a mistake of
        ours is handed to `on_fault`, and changes what it changed when it came first."""
        self.tagger = replies.Tagger(boot.journal)
        self.state.limits = NetworkLimits()
        if boot.checkpoint is not None:
            self.state.restore(boot.checkpoint)
        past: list[Effect] = []
        for entry in boot.tail:
            try:
                effects = self.apply(entry, self.now)
            except Exception as error:
                if on_fault is None:
                    raise
                on_fault(entry, error)
                effects = self._take()
            past += [effect for effect in effects if isinstance(effect, Void | Hide | Recall | Erase)]
        return past

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

    def retention(self) -> Retention:
        """What is kept of the past today."""
        return retention_rules.rules(self.state, self.settings.retention)

    def holder(self, token: str, now: Moment) -> Holder | None:
        """Who shows that token; None when it does not count."""
        self.now = now
        return holders.of_token(self, token)

    # Files.

    def upload(self, holder: Holder, upload: Upload, now: Moment) -> tuple[facts.FileUploaded, list[Effect]]:
        """The shell has a file that somebody uploaded."""
        self.now = now
        fact = uploads.fact_of(self, holder, upload)
        self.effects.append(self.errands.begin(fact))
        return fact, self._take()

    def let_go(self, file: str, places: tuple[int, ...], now: Moment) -> list[Effect]:
        """These messages, which carried that file, are not kept any more."""
        self.now = now
        fact = facts.FileDropped(self.next_id(), now.wall, self.incarnation, file=file, places=places)
        self.effects.append(Propose(fact))
        return self._take()

    # Hooks.

    def hook(self, token: str) -> Hook | None:
        """The hook by which messages come in with that token."""
        return hooks.of_token(self.state, token)

    def relay(self, digest: str, post: HookPost, now: Moment) -> tuple[Relaying, list[Effect]]:
        """The hook of that digest says something."""
        self.now = now
        return hooks.relay(self, digest, post), self._take()

    def outgoing(self) -> list[str]:
        """The digests of all outgoing hooks that are on."""
        return deliveries.outgoing(self.state)

    def next_deliveries(self, digest: str, after: int) -> Outgoing | None:
        """An outgoing hook, and the question for what is next for it; None when it is gone or off."""
        return deliveries.next_of(self.state, digest, after)

    def deliveries(self, digest: str, answer: HistoryAnswer) -> list[Delivery]:
        """What was found for an outgoing hook, as it goes out."""
        return deliveries.of_answer(self, digest, answer)

    def delivered(self, progress: Progress, now: Moment) -> list[Effect]:
        """So far what was said went out by a hook."""
        self.now = now
        self.effects.append(Propose(deliveries.fact_of(self, progress)))
        return self._take()

    # Pushes.

    def push_gone(self, account: str, endpoint: str, now: Moment) -> list[Effect]:
        """Nothing reaches that endpoint of an account any more."""
        self.now = now
        fact = facts.PushDropped(self.next_id(), now.wall, self.incarnation, account=account, endpoint=endpoint)
        self.effects.append(Propose(fact))
        return self._take()

    def figures(self) -> Figures:
        """How many there are of what core knows."""
        return figures_of(self)

    def farewell(self, reason: str) -> list[Effect]:
        """Say goodbye to everybody; the node stops. Their users leave when the next incarnation starts, so that their
        places in channels are kept; who can resume is told that it is time (docs/resume.md)."""
        self._stopping = True
        for session in list(self.connections):
            if session.registered and session.caps & caps.RESUME:
                line = replies.line(self.server_name, "RESUME", "NOW")
                self.effects.append(Send(session.link, replies.encoded("", line)))
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
        refusal = bans.refusal_at_door(self.state, address, self.now.wall)
        return self.admissions.refuse(BAN, refusal) if refusal else ""

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
        session.batch = session.answered = None
        self.intake.forget(session)
        self.connections.discard(session)
        self.admissions.registered(session.peer)
        self.strangers -= not session.registered
        self.officers.pop(session, None)
        self.monitors.clear(session)
        self.subscriptions.clear(session)
        self.passes.forget(session)
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
        session.pinged = None
        self.intake.take(session, message)
        return self._take()

    def congest(self, session: Session, congested: bool, now: Moment) -> list[Effect]:
        """A session's send queue is long now, or is not any more. While it is, its commands wait: who does not listen
        may not ask."""
        self.now = now
        if congested:
            session.held |= CONGESTED
        else:
            session.held &= ~CONGESTED
            answer, session.answered = session.answered, None
            if answer is not None:
                self._go_on(session, answer)
            self.intake.drain(session)
        return self._take()

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
        problem = ""
        self.state.seq = entry.seq or self.state.seq
        meaning = MEANINGS[type(fact)]
        try:
            meaning.check(self.state, fact)
            outcome = meaning.change(self.state, fact, entry)
        except (Refusal, Ignored) as no:
            refusal = no if isinstance(no, Refusal) else None
            problem = IGNORED if refusal is None else refusal.text
            self._void(entry)
        except Exception:
            self._void(entry)
            self.effects += self.errands.settle(fact, entry.seq, refusals.NOT_DONE)
            if ctx is not None:
                self._settle(ctx, refusals.mistake(ctx.command, refusals.NOT_DONE))
            raise
        else:
            try:
                meaning.announce(self, fact, entry, outcome, ctx)
            except Exception:
                self.effects += self.errands.settle(fact, entry.seq, "")
                if ctx is not None:
                    self._settle(ctx, refusals.mistake(ctx.command, refusals.NOT_TOLD))
                raise
        if self.state.files.gone:
            self._drop_contents()
        if self.errands.open:
            self.effects += self.errands.settle(fact, entry.seq, problem)
        if ctx is not None:
            self._settle(ctx, refusal)
        return self._take()

    def repeated(self, outcome: Repeated, now: Moment) -> list[Effect]:
        """The fact was journaled before: its sender gets the first one's receipt, and nobody sees it again."""
        self.now = now
        ctx = self._expected(outcome.fact)
        is_void = outcome.void or outcome.seq in self.voided
        problem = refusals.REFUSED_BEFORE if is_void else ""
        self.effects += self.errands.settle(outcome.fact, outcome.seq, problem)
        if ctx is not None:
            refusal = None
            if is_void:
                refusal = refusals.refused_before(ctx.command)
            else:
                self.tell_again(ctx, Entry(outcome.seq, outcome.at, outcome.first))
            self._settle(ctx, refusal)
        return self._take()

    def tell_again(self, ctx: Context, entry: Entry) -> None:
        """Give who repeats something the receipt of the first time."""
        if isinstance(entry.fact, facts.Posted):
            messages.echo(ctx, entry.fact, entry.at, entry.seq)
        elif isinstance(entry.fact, facts.Redacted):
            redacting.echo(ctx, entry.fact, entry)

    def failed(self, fact: AnyFact, reason: str, now: Moment) -> list[Effect]:
        """The fact could not be journaled: nothing happened, and its sender is told."""
        self.now = now
        ctx = self._expected(fact)
        self.effects += self.errands.settle(fact, 0, refusals.not_written(reason))
        if ctx is not None:
            target = getattr(fact, "target", "") or getattr(fact, "channel", "") or "*"
            ctx.quiet = False
            self._settle(ctx, refusals.not_journaled(ctx.command, target, reason))
        else:
            self.interruption.failed(fact)
        return self._take()

    def interrupted(self, reason: str, now: Moment) -> list[Effect]:
        """From now on nothing can be journaled, for this reason; "": it is over."""
        self.now = now
        self.interruption.tell(reason)
        return self._take()

    def alarmed(self, text: str, now: Moment) -> list[Effect]:
        """Something is wrong beside the chat that people should look at: operators who want it hear it (+s d)."""
        self.now = now
        tell_officers(self, "d", text)
        return self._take()

    def resume(self, session: Session, answer: Answer, now: Moment) -> list[Effect]:
        """The answer of the query that the session asked. While its send queue is long the answer waits, so that one of
        many parts is told as fast as it is read."""
        self.now = now
        if session.held & CONGESTED:
            session.answered = answer
        else:
            self._go_on(session, answer)
        return self._take()

    def _go_on(self, session: Session, answer: Answer) -> None:
        """The command that asked gets the answer."""
        ctx, session.asking = session.asking, None
        if self.redacted and isinstance(answer, HistoryAnswer):
            answer = references.without(answer, self.redacted)
        if ctx is not None and ctx.after is not None:
            refusal = None
            try:
                ctx.after(answer)
            except (Refusal, Ignored) as no:
                refusal = no if isinstance(no, Refusal) else None
            except Exception as error:
                self.fault(ctx, error)
            if refusal is not None and ctx.key:
                ctx.refuse(refusal)
                refusal = None
            self._settle(ctx, refusal)

    def fault(self, ctx: Context, error: Exception) -> None:
        """The command met a mistake of ours: its sender is told, and everybody goes on."""
        self.effects.append(Fault(ctx.session.link, ctx.command, error))
        ctx.quiet = False
        ctx.refused(refusals.mistake(ctx.command, refusals.NOT_DONE))

    def tick(self, now: Moment) -> list[Effect]:
        """Time passed: serve those who waited for their flood bucket, look for those who are silent."""
        self.now = now
        self.longest_pause = max(self.longest_pause, now.elapsed - self.ticked)
        self.ticked = now.elapsed
        self.intake.wake()
        timers.look_around(self)
        self.pushing.look(self)
        self.rates.forget(now.ticks)
        self.interruption.look()
        return self._take()

    def _expected(self, fact: AnyFact) -> Context | None:
        """The command on this node that proposed the fact, if any."""
        contexts = self.inflight.get(fact.id)
        if contexts is None:
            return None
        self.awaited.remove(fact)
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
            self.intake.drain(session)

    def _void(self, entry: Entry) -> None:
        """Refused at its place in the order: it must not be in history. Until the backend has done so, it is left
        out here."""
        if entry.fact.history_target is not None or entry.fact.parent:
            self._leave_out(self.voided, entry.seq)
            self.effects.append(Void(entry.seq))

    def _drop_contents(self) -> None:
        gone, self.state.files.gone = self.state.files.gone, []
        self.effects += [DropContent(digest) for digest in gone]

    def hide(self, seq: int) -> None:
        """The message at `seq` was redacted. Until the backend has done so, it is left out here."""
        self._leave_out(self.redacted, seq)
        self.effects.append(Hide(seq))

    def _leave_out(self, seqs: dict[int, None], seq: int) -> None:
        seqs[seq] = None
        if len(seqs) > self.limits.voided_facts_max:
            del seqs[next(iter(seqs))]

    def _take(self) -> list[Effect]:
        effects, self.effects = self.effects, []
        return effects
