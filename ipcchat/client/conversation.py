"""One Chat's conversation over any number of connections, without a connection: what `chat` does, decided here.

Inputs are `opened`, `received`, `lost`, `tick` and what the program wants (`post`, `request`); outputs are
`data_to_send`, `take` (events and outcomes in order) and `problem` (why the connection is to be dropped).

Rules:
1. Posts wait until all channels have caught up; then those that were not confirmed go again first, with their old keys.
2. Everything asked gets an Outcome: the answer, a refusal, or TimedOut when the connection was lost before it.
3. A server that seems to be gone is pinged and given up, see `liveness`; also when the program doubts (`doubt`).
4. What we told the server about ourselves (away, who is monitored) is told again to the next connection.
5. A nick that was ours and is taken after a reconnect (by our own ghost, mostly) is tried again until it is ours.
6. A login that fails ends it, but for one that has succeeded before with the same password: then the server may be
   busy, and it is tried LOGIN_TRIES_MAX times.
7. Where the server gives a token for it, the next connection goes on with the one before as the same user, in his
   channels (docs/resume.md): nobody sees that he was gone. Not where we want to be somebody else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from ipcchat.client import events
from ipcchat.client.answers import refusal_in
from ipcchat.client.asks import Answer
from ipcchat.client.authentication import Result, Work
from ipcchat.client.dialing import PLACES_MAX
from ipcchat.client.errors import (
    ChatClosed,
    ChatError,
    CommandRefused,
    ConnectFailed,
    LoginFailed,
    NotDelivered,
    TimedOut,
)
from ipcchat.client.events import Event
from ipcchat.client.hearing import hear_text, is_text, time_of
from ipcchat.client.liveness import Liveness, Moment
from ipcchat.client.multiline import Line
from ipcchat.client.outbox import LINE_BYTES_MAX, POSTS_MAX, Deed, Outbox, Post
from ipcchat.client.presence import Answered, Presence
from ipcchat.client.protection import IN_THE_CLEAR, Protection
from ipcchat.client.registration import Identity, Turned, Welcome
from ipcchat.client.sasl import Credentials
from ipcchat.client.session import Beginning, Heard, Place, Resumable, Session, Upgrade
from ipcchat.client.standing import Standing
from ipcchat.wire.message import Message, WireError, format_message

REGISTRATION_SECONDS = 30.0
REGAIN_SECONDS = 5.0
LOGIN_TRIES_MAX = 5
REQUESTS_MAX = 1_000
NOT_OURS = ("EDIT_FORBIDDEN", "REDACT_FORBIDDEN", "UNKNOWN_MSGID")
"""What a server says of messages of somebody else, and of those that this user may not see."""
ADVICE_TO_GUESTS = (
    "if it is yours: without an account nobody knows that after a lost connection; say it anew, and register to keep "
    "what you say your own"
)
# IRCv3 message-tags: what a client may send.
TAGS_BYTES_MAX = 4_094


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a post or a request: `error`, or the `message` as it was echoed, or the `lines` of the answer."""

    ticket: int
    lines: list[Message] = field(default_factory=list)
    message: events.Message | None = None
    error: ChatError | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """Who waits for an answer: what to do when it comes, and what when the connection is lost before."""

    answered: Answered
    lost: Callable[[str], None]


def nothing(reason: str) -> None:
    """What to do about a lost connection where the next one starts over anyway."""


class Conversation:
    """What goes on between one Chat and its server; see the module for inputs, outputs and rules."""

    def __init__(self, identity: Identity, channels: dict[str, str]) -> None:
        self.nick = identity.nick
        self.problem, self.deliberate = "", False
        self.upgrade_port: int | None = None
        self.places: tuple[str, ...] = ()
        self._named: list[str] = []
        self.fatal: ChatError | None = None
        self.session: Session | None = None
        self.view_session: Session | None = None
        self.presence = Presence(channels, self._ask, self._emit)
        self.outbox = Outbox()
        self._identity = identity
        self.standing = Standing()
        self._held_nick = ""
        self._token = ""
        self._logged_in = False
        self._login_failures = 0
        self._connections = 0
        self._last_ticket = 0
        self._expected: dict[int, Expectation] = {}
        self._queued: dict[int, Message] = {}
        self._taken: list[Event | Outcome] = []
        self._opened_at = 0.0
        self._liveness = Liveness()
        self._regain_at: float | None = None

    @property
    def is_live(self) -> bool:
        """Whether we are registered, in our channels and at the present."""
        return self.session is not None and self.session.registered and self.presence.is_back

    @property
    def is_sent_on(self) -> bool:
        """Whether the server stops and told us to go on elsewhere, at once."""
        return self.session is not None and self.session.sent_on

    # What the connection tells.

    def opened(self, moment: Moment, protection: Protection = IN_THE_CLEAR) -> None:
        """There is a connection."""
        self.session = Session(replace(self._identity, nick=self.nick), protection, self._token)
        self.problem, self.deliberate, self.upgrade_port = "", False, None
        self._named = []
        self._opened_at = moment.ticks
        self._liveness.opened(moment)
        self.session.begin()

    def received(self, data: bytes, moment: Moment) -> None:
        """Bytes came."""
        session = self.session
        if session is None:
            return
        self._liveness.heard(moment)
        self._take_in(session, session.receive(data, moment.wall), moment)
        self.problem = session.broken or self.problem
        self._send_posts()

    @property
    def work(self) -> Work | None:
        """A step of the login that takes time, to be done by whoever can wait, who hands the result to `worked`."""
        return self.session.work if self.session is not None else None

    def worked(self, result: Result, moment: Moment) -> None:
        """The work of the login is done."""
        if self.session is not None:
            self._take_in(self.session, self.session.worked(result), moment)

    def lost(self, reason: str) -> str:
        """The connection is gone. Returns why, in the server's words where it said something."""
        session, self.session = self.session, None
        self.presence.stop()
        self.outbox.rewind()
        expected, self._expected = self._expected, {}
        for ticket, expectation in expected.items():
            if ticket in self._queued:
                self._expected[ticket] = expectation
            else:
                expectation.lost(reason)
        return (session.farewell if session else "") or reason

    def tick(self, moment: Moment) -> None:
        """Time passed; called about once a second while there is a connection."""
        session = self.session
        if session is None:
            return
        if not session.registered:
            if moment.ticks - self._opened_at > REGISTRATION_SECONDS:
                self.problem = f"the server did not finish the registration within {REGISTRATION_SECONDS:.0f} seconds"
            return
        if self._liveness.asks(moment):
            session.tell("PING", "alive")
        self.problem = self._liveness.verdict(moment, session.unanswered) or self.problem
        self.presence.tick(moment)
        if self._regain_at is not None and moment.ticks >= self._regain_at:
            self._regain_at = moment.ticks + REGAIN_SECONDS
            self._ask(Message("NICK", [self.nick]), lambda lines, moment: None)

    def doubt(self, moment: Moment) -> None:
        """The server may be gone: ask it now, and give it up when it says nothing soon."""
        if self.session is not None and self.session.registered and self._liveness.doubted(moment):
            self.session.tell("PING", "alive")

    def data_to_send(self) -> bytes:
        """What is to be written now."""
        return self.session.data_to_send() if self.session is not None else b""

    def take(self) -> list[Event | Outcome]:
        """The events and outcomes since the last call."""
        taken, self._taken = self._taken, []
        return taken

    # What the program wants.

    def post(
        self,
        kind: str,
        target: str,
        parts: list[tuple[Line, ...]],
        keys: list[str],
        tags: Mapping[str, str] | None = None,
    ) -> list[int]:
        """Send messages, all of them or none; the Outcome of each has the echoed message. Raises ChatError when the
        outbox is full, WireError when a line is none."""
        self._require_room(len(parts))
        posts = [
            Post(self._new_ticket(), kind, target, lines, key, tags or {})
            for lines, key in zip(parts, keys, strict=True)
        ]
        for message in (message for post in posts for message in post.messages(tagged=True, multiline=True)):
            format_message(message)
        for post in posts:
            self.outbox.add(post)
        self._send_posts()
        return [post.ticket for post in posts]

    def do(self, command: str, params: tuple[str, ...], key: str, tags: Mapping[str, str]) -> int:
        """Do something about a message, once, behind the posts before it; its Outcome has the answer. Raises ChatError
        when the outbox is full, WireError when it is no line."""
        self._require_room(1)
        deed = Deed(self._new_ticket(), command, params, key, tags)
        refuse_too_long(deed.message)
        self.outbox.add(deed)
        self._send_posts()
        return deed.ticket

    def request(self, command: str, *params: str, tags: dict[str, str] | None = None) -> int:
        """Send a command as soon as there is a registered connection; its Outcome has the answer. Raises ChatError,
        WireError."""
        if len(self._expected) >= REQUESTS_MAX:
            raise ChatError(f"{REQUESTS_MAX} commands wait for an answer already")
        message = Message(command, list(params), None, tags or {})
        refuse_too_long(message)
        ticket = self._new_ticket()
        self._expected[ticket] = Expectation(
            lambda lines, moment: self._taken.append(Outcome(ticket, lines, error=refusal_in(lines))),
            lambda reason: self._taken.append(
                Outcome(ticket, error=TimedOut(f"the connection was lost before the answer: {reason}"))
            ),
        )
        if self.session is not None and self.session.registered:
            self._send_request(self.session, ticket, message)
        else:
            self._queued[ticket] = message
        return ticket

    def forget(self, ticket: int) -> None:
        """Nobody waits for this request any longer."""
        self._queued.pop(ticket, None)
        if self.session is not None and self.session.forget(ticket):
            self._expected.pop(ticket, None)
        if ticket in self._expected:
            self._expected[ticket] = Expectation(lambda lines, moment: None, nothing)

    def abandon(self, reason: str) -> None:
        """The Chat ends: everything that still waits gets ChatClosed."""
        tickets = [post.ticket for post in self.outbox.abandon()]
        for ticket in dict.fromkeys([*tickets, *self._expected]):
            self._taken.append(Outcome(ticket, error=ChatClosed(reason)))
        self._expected.clear()
        self._queued.clear()

    def rename(self, nick: str) -> None:
        """The nick we want from now on."""
        self.nick = nick
        self._regain_at = None

    def call_ourselves(self, realname: str) -> None:
        """The real name we want from now on, on later connections too."""
        self._identity = replace(self._identity, realname=realname)

    @property
    def credentials(self) -> Credentials | None:
        """Who we log in as; None for nobody."""
        return self._identity.credentials

    def log_in(self, credentials: Credentials) -> None:
        """Who we are from now on, on later connections too: this login has succeeded."""
        self._identity = replace(self._identity, credentials=credentials)
        self._logged_in, self._login_failures = True, 0

    def come_again(self, reason: str) -> None:
        """Give up this connection for another one, on which we are somebody else."""
        self.problem, self.deliberate, self._token = reason, True, ""

    def log_out(self) -> None:
        """Nobody from now on."""
        self._identity = replace(self._identity, credentials=None)
        self._logged_in = False

    # How it goes.

    def _take_in(self, session: Session, heard: list[Heard], moment: Moment) -> None:
        """What was heard, in order; nothing more once we have to come back by TLS."""
        for item in heard:
            match item:
                case Welcome():
                    self._welcome(session, moment)
                case Turned():
                    self._turned(item)
                case Answer(ticket, lines):
                    self._answer(ticket, lines, moment)
                case Beginning(cursor):
                    self.presence.begins_at(cursor)
                case Resumable(token):
                    self._token, self.places, self._named = token, tuple(self._named), []
                    self.presence.resumed(moment)
                case Place(address):
                    self._named = [*self._named, address][-PLACES_MAX:]
                case Upgrade(port):
                    self.upgrade_port = port
                    return
                case Event():
                    self._hear(item, moment)

    def _turned(self, turned: Turned) -> None:
        """The server will not have us, see rule 6."""
        if not turned.login:
            self.fatal = ConnectFailed(turned.reason)
            return
        credentials = self._identity.credentials
        name = credentials.account if credentials is not None and credentials.account else "your account"
        advice = "" if turned.ours else "; are its name and password right?"
        self._login_failures += 1
        if turned.ours or not self._logged_in or self._login_failures >= LOGIN_TRIES_MAX:
            self.fatal = LoginFailed(f"the login to {name} failed: {turned.reason}{advice}")
        else:
            self.problem = f"the login failed: {turned.reason}"

    def _new_ticket(self) -> int:
        self._last_ticket += 1
        return self._last_ticket

    def _emit(self, event: Event) -> None:
        self._taken.append(event)

    def _ask(self, message: Message, answered: Answered) -> None:
        """Send a command of our own on the present session; a lost connection makes it pointless."""
        if self.session is not None and self.session.registered:
            ticket = self._new_ticket()
            self._expected[ticket] = Expectation(answered, nothing)
            self.session.ask(ticket, message)

    @staticmethod
    def _send_request(session: Session, ticket: int, message: Message) -> None:
        """Send a command; its tags only where they are understood."""
        if "message-tags" not in session.enabled:
            message.tags = {}
        session.ask(ticket, message)

    def _welcome(self, session: Session, moment: Moment) -> None:
        """Registered."""
        self._connections += 1
        self._token = ""
        self._logged_in, self._login_failures = self._identity.credentials is not None, 0
        again = self._connections > 1
        view = session.view
        self.view_session = session
        self._liveness.answered(moment)
        self._emit(events.Connected(time=moment.wall, nick=view.nick, again=again))
        if not view.is_me(self.nick) and self._held_nick == self.nick:
            view.former_nick = self._held_nick
            self._regain_at = moment.ticks + REGAIN_SECONDS
        elif view.is_me(self.nick):
            self._held_nick, self._regain_at = self.nick, None
        elif session.resumed:
            self._ask(Message("NICK", [self.nick]), lambda lines, moment: None)
        for message in self.standing.restore(view, session.resumed) if again else ():
            self._ask(message, lambda lines, moment: None)
        self.presence.start(session, again, moment)
        queued, self._queued = self._queued, {}
        for ticket, message in queued.items():
            self._send_request(session, ticket, message)

    def _answer(self, ticket: int, lines: list[Message], moment: Moment) -> None:
        """An answer came to a post, a request or an ask of our own."""
        self._liveness.answered(moment)
        expectation = self._expected.pop(ticket, None)
        if expectation is not None:
            expectation.answered(lines, moment)

    def _hear(self, event: Event, moment: Moment) -> None:
        """An event came: note what it means for our nick, then deliver it by way of the channels."""
        if (
            isinstance(event, events.NickChanged)
            and event.mine
            and self.session is not None
            and self.session.view.is_me(self.nick)
        ):
            self._held_nick, self._regain_at, self.session.view.former_nick = self.nick, None, ""
        elif self._regain_at is not None and freed_nick(event) == self.nick:
            self._regain_at = moment.ticks
        self.presence.hear(event)

    def _require_room(self, count: int) -> None:
        """Raise ChatError when so many more do not fit into the outbox."""
        if len(self.outbox) + count > POSTS_MAX:
            raise ChatError(f"{len(self.outbox)} messages wait to be sent already; wait for some to be delivered")

    def _send_posts(self) -> None:
        """Send what the window has room for, once everything is at the present."""
        session = self.session
        if session is None or not self.is_live:
            return
        while (post := self.outbox.next_to_send()) is not None:
            self._expected[post.ticket] = Expectation(self._delivery_of(post), nothing)
            tagged, multiline = "message-tags" in session.enabled, session.multiline is not None
            session.ask(post.ticket, *post.messages(tagged, multiline))

    def _delivery_of(self, post: Post | Deed) -> Answered:
        """What to do when the server has answered a post or a deed."""

        def answered(lines: list[Message], moment: Moment) -> None:
            self.outbox.settle(post.ticket)
            refusal = refusal_in(lines)
            if refusal is not None:
                self._taken.append(Outcome(post.ticket, error=self._refused(post, refusal)))
            elif isinstance(post, Deed):
                self._taken.append(Outcome(post.ticket, lines))
            else:
                self._taken.append(Outcome(post.ticket, message=self._echo(post, lines, moment)))

        return answered

    def _refused(self, post: Post | Deed, refusal: CommandRefused) -> ChatError:
        """What is raised for a no; with what to do about it where nobody knows that we are who we were."""
        text = str(refusal)
        is_guest = self.session is not None and not self.session.view.account
        if is_guest and self._connections > 1 and refusal.code in NOT_OURS:
            text = f"{text} ({ADVICE_TO_GUESTS})"
        if isinstance(post, Deed):
            return CommandRefused(text, refusal.code, refusal.context)
        return NotDelivered(text, refusal.code)

    def _echo(self, post: Post, lines: list[Message], moment: Moment) -> events.Message:
        """The message as the server confirmed it; made up, and heard as event, where the server does not echo."""
        assert self.session is not None
        view, support = self.session.view, self.session.view.support
        for line in reversed(lines):
            if is_text(line) and support.same(support.plain_target(line.params[0]), support.plain_target(post.target)):
                echo = hear_text(view, line, time_of(line, moment.wall))
                return replace(echo, mine=True)
        event = replace(hear_text(view, post.message, moment.wall), nick=view.nick, mine=True, tags=dict(post.tags))
        if not self.session.echoes:
            self._emit(event)
        return event


def refuse_too_long(message: Message) -> None:
    """Raise WireError for a command that does not fit into a line; a server would cut it or close the connection."""
    body = len(format_message(Message(message.command, message.params)).encode())
    if body > LINE_BYTES_MAX:
        raise WireError("LINE_TOO_LONG", f"{message.command} would take {body} bytes; a line has {LINE_BYTES_MAX}")
    tags = len(format_message(message).encode()) - body
    if tags > TAGS_BYTES_MAX:
        raise WireError("TAGS_TOO_LONG", f"the tags would take {tags} bytes; a message has {TAGS_BYTES_MAX} for them")


def freed_nick(event: Event) -> str:
    """The nick that is free after this event; "" when none is."""
    match event:
        case events.Quit(nick=nick):
            return nick
        case events.NickChanged(old=old):
            return old
    return ""
