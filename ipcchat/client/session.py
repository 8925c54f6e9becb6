"""The protocol state of one connection, without a connection: bytes in, things heard out.

Rules:
1. No sockets, no clock, no randomness: whoever owns it gives it the bytes that came and the time, and sends what
   `data_to_send` returns.
2. Registration: CAP LS 302, NICK and USER (or the token of a connection before) at once; of the capabilities offered
   the wanted ones are requested; a nick in use is answered with the next name of `nick_candidates`. The session is
   registered when the message of the day has ended (376 or 422), so that ISUPPORT is known.
3. A line that cannot be parsed is skipped. A server that does not speak in lines is left: `broken` says why.
4. The lines of an answer go to who asked; of the events in them only those are heard by which something happened.
5. A server that wants TLS (IRCv3 sts) is told nothing more without it.

Specifications: IRCv3 capability negotiation, batch, labeled-response, sts, sasl-3.2; RFC 2812 3.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from ipcchat.client import events
from ipcchat.client.asks import Answer, Ask, Asks
from ipcchat.client.authentication import Result, Step, Work
from ipcchat.client.batches import MULTILINE_TYPE, Batch, Batches, assembled
from ipcchat.client.capabilities import PLAYBACK, WANTED, Capabilities, Change
from ipcchat.client.events import Event
from ipcchat.client.hearing import hear, hear_past, time_of
from ipcchat.client.missed import CAPABILITY as CATCH_UP
from ipcchat.client.missed import PAGE_SIZE_MAX
from ipcchat.client.multiline import MultilineLimits, multiline_limits
from ipcchat.client.protection import IN_THE_CLEAR, Protection
from ipcchat.client.registration import Identity, Registration, Turned, Welcome
from ipcchat.client.strict_transport import strict_seconds, upgrade_port
from ipcchat.client.view import View
from ipcchat.wire.framing import LineBuffer
from ipcchat.wire.message import Message, WireError, format_message, parse, parse_source

# COMPAT: servers are known to send lines over RFC 2812's 512 bytes; 8191 is IRCv3 message-tags' limit for tags from
# a server.
BODY_BYTES_MAX = 4096
TAGS_BYTES_MAX = 8191
UNTERMINATED_BYTES_MAX = 32_768
LINES_AT_ONCE = 1_000_000
# Commands whose answer may tell that somebody is away, which is news then; in WHOIS it is a part of what was asked.
TALKING = frozenset({"PRIVMSG", "NOTICE", "TAGMSG", "BATCH", "INVITE"})
LABELS_NEED = ("labeled-response", "batch", "message-tags")

# Numerics that say as whom we are logged in, also before the registration.
LOGINS = ("900", "901")


@dataclass(frozen=True, slots=True)
class Upgrade:
    """Heard when the server wants us to come back by TLS at this port."""

    port: int


@dataclass(frozen=True, slots=True)
class Beginning:
    """Heard when the server tells the point from which on everything comes live (docs/catch-up.md)."""

    cursor: str


@dataclass(frozen=True, slots=True)
class Resumable:
    """Heard when the server gives the token by which the next connection goes on with this one; where this one was
    resumed, it has told all channels that we are in (docs/resume.md)."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Heard when the server names a server of its network, where the next connection can go on too; before the
    token."""

    address: str


Heard = Event | Answer | Welcome | Turned | Upgrade | Beginning | Resumable | Place

RESUMPTIONS: Mapping[str, type[Resumable | Place]] = {"TOKEN": Resumable, "SERVER": Place}
"""What RESUME tells, by its first word."""


class Session:
    """One connection's protocol state; `begin` first, then `receive` for what comes.

    `work` is a step of the login that takes time: whoever owns the session does it and hands the result to `worked`.
    `strict_seconds` is for how long the server wants TLS only, as it said by TLS; None when it did not say. `token` is
    that of the connection to go on with, and `resumed` says that we did. `sent_on`: the server stops, and told us to
    go on with this one.
    """

    def __init__(self, identity: Identity, protection: Protection = IN_THE_CLEAR, token: str = "") -> None:
        self.identity = identity
        self.protection = protection
        self.work: Work | None = None
        self.strict_seconds: int | None = None
        self.view = View(identity.nick)
        self.registered = self.resumed = self.sent_on = False
        self.farewell = ""
        self.broken = ""
        self.capabilities = Capabilities((*WANTED, PLAYBACK) if identity.playback else WANTED)
        self._registration = Registration(identity, protection, token)
        self._lines = LineBuffer(BODY_BYTES_MAX, TAGS_BYTES_MAX, UNTERMINATED_BYTES_MAX)
        self._batches = Batches()
        self._asks = Asks()
        self._out: list[bytes] = []

    @property
    def enabled(self) -> set[str]:
        """The capabilities in use."""
        return self.capabilities.enabled

    @property
    def unanswered(self) -> int:
        """How many asks wait for their answer."""
        return len(self._asks)

    @property
    def keeps_history(self) -> bool:
        """Whether the server answers CHATHISTORY in a way that can be told from live messages."""
        return self.enabled.issuperset(("draft/chathistory", "batch", "labeled-response", "server-time"))

    @property
    def catch_up_limit(self) -> int:
        """How many things one CATCHUP may ask for; 0 where the server has none, or its answer could not be told from
        live messages."""
        if not self.enabled.issuperset((CATCH_UP, *LABELS_NEED, "server-time")):
            return 0
        value = self.capabilities.offered.get(CATCH_UP, "")
        words = dict(word.partition("=")[::2] for word in value.split(","))
        most = words.get("messages", "")
        return min(int(most), PAGE_SIZE_MAX) if most.isascii() and most.isdigit() and len(most) < 9 else PAGE_SIZE_MAX

    @property
    def echoes(self) -> bool:
        """Whether our own messages come back to us."""
        return "echo-message" in self.enabled

    @property
    def nick_refusal(self) -> str:
        """Why we did not get the nick we wanted, in the server's words; "" when we did, or it said nothing."""
        return self._registration.refusal

    @property
    def multiline(self) -> MultilineLimits | None:
        """How much one message of several lines may be; None when the server takes none."""
        if not self.enabled.issuperset(("draft/multiline", "batch", "message-tags")):
            return None
        return multiline_limits(self.capabilities.offered.get("draft/multiline", ""))

    def begin(self) -> None:
        """Start the registration."""
        self._send_all(self._registration.begin())

    def tell(self, command: str, *params: str, tags: dict[str, str] | None = None) -> None:
        """Send a command whose answer nobody waits for. Raises WireError when it cannot be written as one line."""
        self._send(Message(command, list(params), None, tags or {}))

    def ask(self, ticket: int, *messages: Message) -> None:
        """Send a command (several messages: a batch, or messages that are answered together); an Answer with this
        ticket will be heard. Raises WireError when it cannot be written as lines."""
        for message in messages:
            format_message(message)
        if messages[0].command.upper() == "AWAY":
            self.view.away_asked = "".join(messages[0].params[:1])
        for line in self._asks.start(ticket, list(messages)):
            self._send(line)

    def forget(self, ticket: int) -> bool:
        """Nobody waits for this answer any longer; returns whether it will not be heard."""
        return self._asks.forget(ticket)

    def data_to_send(self) -> bytes:
        """What is to be written to the connection now; it is handed out once."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    def receive(self, data: bytes, received: datetime) -> list[Heard]:
        """Take bytes from the connection; what was heard in them, in order."""
        self._lines.feed(data)
        heard: list[Heard] = []
        for line in self._lines.take(LINES_AT_ONCE):
            if isinstance(line, bytes):
                heard += self._receive_line(line, received)
        if self._lines.overrun:
            self.broken = "what answers there does not speak IRC"
        return heard

    def worked(self, result: Result) -> list[Heard]:
        """The work is done; what is heard of it."""
        return self._go_on(self._registration.worked(result))

    def _send(self, message: Message) -> None:
        self._out.append(format_message(message).encode() + b"\r\n")

    def _send_all(self, messages: list[Message]) -> None:
        for message in messages:
            self._send(message)

    def _receive_line(self, line: bytes, received: datetime) -> list[Heard]:
        try:
            message = parse(line)
        except WireError:
            return []
        return self._receive_message(message, received)

    def _receive_message(self, message: Message, received: datetime) -> list[Heard]:
        """One line: framing (batches, labels) here, meaning in `_understand`."""
        command = message.command.upper()
        if command == "BATCH" and message.params:
            return self._receive_batch(message, received)
        if command == "ACK":
            return self._finish_label(message)
        batch = self._batches.holding(message)
        if batch is not None:
            if not self._batches.keep(batch, message):
                return []
            self._own_nick_change(message, batch.root.ask)
            heard = audible(self._understand(command, message, received), batch.root.ask)
            return [in_split(batch, item) for item in heard] if batch.split_kind else heard
        ask = self._asks.labelled_by(message.tags["label"]) if "label" in message.tags else None
        if ask is None:
            own = self.view.is_me(parse_source(message.source or "").nick)
            ask = self._asks.overhear(message, own)
        self._own_nick_change(message, ask)
        heard = audible(self._understand(command, message, received), ask)
        if ask is None:
            heard = [from_elsewhere(item) for item in heard]
        return [*heard, *self._asks.ended(), *self._finish_label(message)]

    def _own_nick_change(self, message: Message, ask: Ask | None) -> None:
        """COMPAT: InspIRCd 3 answers a labelled NICK with the new nick as its source; it is our old one that has it."""
        if ask is not None and ask.command == "NICK" and message.command.upper() == "NICK" and message.params:
            source = parse_source(message.source or "")
            if self.view.support.same(source.nick, message.params[0]):
                message.source = (message.source or "").replace(source.nick, self.view.nick, 1)

    def _finish_label(self, message: Message) -> list[Heard]:
        """A single labelled line is the whole answer to its ask."""
        ask = self._asks.labelled_by(message.tags.get("label", ""))
        if ask is None or not ask.labelled:
            return []
        if message.command.upper() != "ACK":
            ask.lines.append(message)
        return [self._asks.finish(ask)]

    def _receive_batch(self, message: Message, received: datetime) -> list[Heard]:
        """BATCH +reference or -reference."""
        reference = message.params[0]
        if reference.startswith("+"):
            ask = self._asks.labelled_by(message.tags.get("label", ""))
            self._batches.begin(message, ask)
            return []
        batch = self._batches.end(reference[1:])
        if batch is None:
            return []
        heard = self._end_batch(batch, received)
        ask = batch.ask
        if ask is not None and batch.parent is None and self._asks.labelled_by(str(ask.ticket)) is ask:
            heard.append(self._asks.finish(ask))
        return heard

    def _end_batch(self, batch: Batch, received: datetime) -> list[Heard]:
        """What is heard when a batch ends, but for the answer it may be."""
        if batch.kind == MULTILINE_TYPE:
            message = assembled(batch)
            return self._receive_message(message, received) if message is not None else []
        if batch.split_kind and batch.nicks:
            kind = events.Netsplit if batch.split_kind == "netsplit" else events.Netjoin
            time = time_of(batch.opening, received)
            return [kind(time=time, servers=tuple(batch.arguments), nicks=tuple(batch.nicks))]
        return list(hear_past(self.view, "".join(batch.arguments[:1]), batch.past, received))

    def _understand(self, command: str, message: Message, received: datetime) -> list[Heard]:
        """What a line means: to the registration and the connection first, to people after."""
        if command == "PING":
            self.tell("PONG", *message.params[:1])
            return []
        if command == "PONG":
            answer = self._asks.pong(message.params[-1] if message.params else "")
            return [answer] if answer is not None else []
        if command == "CAP":
            return self._negotiate(message, received)
        if command == "005":
            return self._accept_tokens(message, received)
        if command == "CATCHUP" and message.params[:1] == ["NOW"] and len(message.params) > 1:
            return [Beginning(message.params[1])]
        if command == "RESUME" and message.params:
            return self._hear_resumption(message.params[0], message.params[1:])
        if command == "ERROR":
            self.farewell = "".join(message.params[-1:])
        if not self.registered:
            return self._register(command, message)
        return list(hear(self.view, message, received))

    def _hear_resumption(self, about: str, words: list[str]) -> list[Heard]:
        self.sent_on = self.sent_on or about == "NOW"
        return [RESUMPTIONS[about](words[0])] if words and about in RESUMPTIONS else []

    def _accept_tokens(self, message: Message, received: datetime) -> list[Heard]:
        """005: what the server does; news when it says so later."""
        changed, removed = self.view.accept_tokens(message.params[1:-1])
        if not self.registered or not (changed or removed):
            return []
        return [events.SupportChanged(time=time_of(message, received), tokens=changed, removed=removed)]

    def _register(self, command: str, message: Message) -> list[Heard]:
        """Lines before the registration is complete."""
        if command in LOGINS:
            hear(self.view, message, datetime.min)
        step = self._registration.hear_login(message)
        if step is not None:
            return self._go_on(step)
        if command == "001" and message.params:
            if self._registration.needs_login:
                return [Turned("the server has no accounts that one can log in to", login=True, ours=True)]
            self.resumed = self._registration.is_resuming
            self.view.enter_network(message.params[0], message.source or "")
        elif command in ("376", "422"):
            self.registered = True
            self._asks.labelled = self.enabled.issuperset(LABELS_NEED)
            return [Welcome(self.view.nick)]
        elif command == "FAIL" and message.params[:1] == ["RESUME"] and self._registration.is_resuming:
            self._send_all(self._registration.not_resumed())
            return self._settle()
        elif command == "FAIL" and message.params:
            self.farewell = message.params[-1]
        replies, turned = self._registration.hear(command, message)
        self._send_all(replies)
        return [turned] if turned is not None else []

    def _go_on(self, step: Step) -> list[Heard]:
        """A step of the login."""
        self._send_all(step.send)
        self.work = step.work
        if step.failed and self._registration.needs_login:
            return [Turned(step.failed, login=True, ours=step.ours)]
        if step.succeeded or step.failed:
            self._send_all(self._registration.end_negotiation())
        return []

    def _settle(self) -> list[Heard]:
        """The capabilities are settled: log in, or let the registration go on."""
        step = self._registration.settle(self.enabled, self.capabilities.offered.get("sasl", ""))
        if step is not None:
            return self._go_on(step)
        self._send_all(self._registration.end_negotiation())
        return []

    def _negotiate(self, message: Message, received: datetime) -> list[Heard]:
        """CAP: send what follows; changes after the registration are news."""
        change = self.capabilities.negotiate(message)
        self.view.enabled = self.enabled
        if (upgrade := self._strict_transport(message)) is not None:
            return [upgrade]
        requests, self.capabilities.requests = self.capabilities.requests, []
        for names in requests:
            self.tell("CAP", "REQ", names)
        if self.capabilities.settled and not self.registered:
            self._send_all(self._registration.resume(self.enabled))
            return self._settle()
        if not self.registered or change == Change():
            return []
        self._follow_labels()
        time = time_of(message, received)
        return [events.CapabilitiesChanged(time=time, added=change.added, removed=change.removed)]

    def _strict_transport(self, message: Message) -> Upgrade | None:
        """IRCv3 sts in a list of capabilities: come back by TLS, or by TLS only for a time. To withdraw it is no answer
        to either; that needs a duration of 0."""
        if len(message.params) < 3 or message.params[1].upper() not in ("LS", "NEW") or self.protection.unix:
            return None
        values = [word.partition("=")[2] for word in message.params[-1].split() if word.partition("=")[0] == "sts"]
        for value in values:
            if self.protection.secure:
                seconds = strict_seconds(value)
                self.strict_seconds = self.strict_seconds if seconds is None else seconds
            elif (port := upgrade_port(value)) is not None:
                return Upgrade(port)
        return None

    def _follow_labels(self) -> None:
        """Labels may be used now, or no longer."""
        if self.enabled.issuperset(LABELS_NEED):
            self._asks.labelled = True
        elif self._asks.labelled:
            for line in self._asks.unlabel():
                self._send(line)


def audible(heard: list[Heard], ask: Ask | None) -> list[Heard]:
    """Rule 4: without what is only a part of the answer to `ask`."""
    return heard if ask is None else [item for item in heard if not is_answer(item, ask)]


def is_answer(item: Heard, ask: Ask) -> bool:
    """Whether something heard in the answer to an ask is for who asked, and for nobody else."""
    match item:
        case events.Numeric() | events.StandardReply(kind="FAIL"):
            return True
        case events.IsAway():
            return ask.command not in TALKING
    return False


def from_elsewhere(item: Heard) -> Heard:
    """Our own message that answers nothing we asked: another of our user's sessions said it."""
    return replace(item, elsewhere=True) if isinstance(item, events.Message) and item.mine else item


def in_split(batch: Batch, item: Heard) -> Heard:
    """Something heard in a netsplit or netjoin batch, marked as such."""
    match item:
        case events.Quit(nick=nick):
            batch.nicks[nick] = None
            return replace(item, netsplit=True)
        case events.Joined(nick=nick):
            batch.nicks[nick] = None
            return replace(item, netjoin=True)
    return item
