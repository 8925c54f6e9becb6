"""The protocol state of one connection, without a connection: bytes in, things heard out.

Rules:
1. No sockets, no clock, no randomness: whoever owns it gives it the bytes that came and the time, and sends what
   `data_to_send` returns.
2. Registration: CAP LS 302, NICK and USER at once; of the capabilities offered those in WANTED are requested; a nick
   in use is answered with the next name of `nick_candidates`. The session is registered when the message of the day
   has ended (376 or 422), so that ISUPPORT is known.
3. A line that cannot be parsed is skipped. A server that does not speak in lines is left: `broken` says why.

Specifications: IRCv3 capability negotiation (https://ircv3.net/specs/extensions/capability-negotiation), RFC 2812 3.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ipcchat.client.asks import Answer, Asks
from ipcchat.client.batches import Batches
from ipcchat.client.events import Event
from ipcchat.client.hearing import hear, hear_text, time_of
from ipcchat.client.view import View
from ipcchat.wire.framing import LineBuffer
from ipcchat.wire.message import Message, WireError, format_message, parse, parse_source

WANTED = (
    "message-tags",
    "server-time",
    "echo-message",
    "batch",
    "labeled-response",
    "multi-prefix",
    "standard-replies",
    "chghost",
    "draft/chathistory",
)
# COMPAT: servers are known to send lines over RFC 2812's 512 bytes; 8191 is IRCv3 message-tags' limit for tags from
# a server.
BODY_BYTES_MAX = 4096
TAGS_BYTES_MAX = 8191
UNTERMINATED_BYTES_MAX = 32_768
LINES_AT_ONCE = 1_000_000
CAPABILITIES_MAX = 1_000
NICK_CHARACTERS_KEPT = 28
NICK_NUMBERS_MAX = 99
# Numerics before registration after which trying again by itself is pointless or another nick is needed.
NICK_TAKEN = frozenset({"433", "436", "437"})
REGISTRATION_REFUSED = frozenset({"432", "462", "463", "464", "465", "466", "468"})


@dataclass(frozen=True, slots=True)
class Welcome:
    """Heard when the registration is complete."""

    nick: str


@dataclass(frozen=True, slots=True)
class Turned:
    """Heard when the server refuses the registration; trying again would not help."""

    reason: str


Heard = Event | Answer | Welcome | Turned


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we want to be: the nick we would like, what others see beside it, and the nicks to try when ours is not to
    be had.

    Without `alternatives` they are those of `nick_candidates`, and a nick the server does not allow (432) refuses
    the registration.
    """

    nick: str
    user: str = "user"
    realname: str = "user"
    alternatives: tuple[str, ...] = ()


def nick_candidates(nick: str) -> Iterator[str]:
    """Other names to try when `nick` is taken: nick_, nick__, nick1, nick2 ..."""
    stem = nick[:NICK_CHARACTERS_KEPT]
    yield f"{stem}_"
    yield f"{stem}__"
    for number in range(1, NICK_NUMBERS_MAX + 1):
        yield f"{stem}{number}"


class Session:
    """One connection's protocol state; `begin` first, then `receive` for what comes."""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.view = View(identity.nick)
        self.enabled: set[str] = set()
        self.registered = False
        self._trying = False
        self.farewell = ""
        self.broken = ""
        self._offered: dict[str, str] = {}
        self._requested: set[str] = set()
        self._negotiating = True
        self._candidates = iter(identity.alternatives) if identity.alternatives else nick_candidates(identity.nick)
        self._lines = LineBuffer(BODY_BYTES_MAX, TAGS_BYTES_MAX, UNTERMINATED_BYTES_MAX)
        self._batches = Batches()
        self._asks = Asks()
        self._out: list[bytes] = []

    @property
    def unanswered(self) -> int:
        """How many asks wait for their answer."""
        return len(self._asks)

    @property
    def keeps_history(self) -> bool:
        """Whether the server answers CHATHISTORY in a way that can be told from live messages."""
        return self.enabled.issuperset(("draft/chathistory", "batch", "labeled-response", "server-time"))

    @property
    def echoes(self) -> bool:
        """Whether our own messages come back to us."""
        return "echo-message" in self.enabled

    def begin(self) -> None:
        """Start the registration."""
        self.tell("CAP", "LS", "302")
        self.tell("NICK", self.identity.nick)
        self.tell("USER", self.identity.user, "0", "*", self.identity.realname)

    def tell(self, command: str, *params: str) -> None:
        """Send a command whose answer nobody waits for. Raises WireError when it cannot be written as one line."""
        self._send(Message(command, list(params)))

    def ask(self, ticket: int, message: Message) -> None:
        """Send a command; an Answer with this ticket will be heard. Raises WireError when it cannot be written as
        one line."""
        format_message(message)
        for line in self._asks.start(ticket, message):
            self._send(line)

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

    def _send(self, message: Message) -> None:
        self._out.append(format_message(message).encode() + b"\r\n")

    def _receive_line(self, line: bytes, received: datetime) -> list[Heard]:
        """One line: framing (batches, labels, PING) here, meaning in `_understand`."""
        try:
            message = parse(line)
        except WireError:
            return []
        command = message.command.upper()
        if command == "BATCH" and message.params:
            return self._receive_batch(message, received)
        if command == "ACK":
            return self._finish_label(message)
        batch = self._batches.holding(message)
        if batch is not None:
            return self._understand(command, message, received) if self._batches.keep(batch, message) else []
        own = self.view.is_me(parse_source(message.source or "").nick)
        self._asks.overhear(message, own)
        return self._understand(command, message, received) + self._finish_label(message)

    def _finish_label(self, message: Message) -> list[Heard]:
        """A single labelled line is the whole answer to its ask."""
        ask = self._asks.labelled_by(message.tags.get("label", ""))
        if ask is None or not self._asks.labelled:
            return []
        if message.command.upper() != "ACK":
            ask.lines.append(message)
        return [self._asks.finish(ask)]

    def _receive_batch(self, message: Message, received: datetime) -> list[Heard]:
        """BATCH +reference or -reference."""
        reference = message.params[0]
        if reference.startswith("+"):
            ask = self._asks.labelled_by(message.tags.get("label", ""))
            self._batches.begin(reference[1:], "".join(message.params[1:2]).lower(), message.tags.get("batch", ""), ask)
            return []
        batch = self._batches.end(reference[1:])
        if batch is None:
            return []
        heard: list[Heard] = [
            hear_text(self.view, line, time_of(line, received), missed=True) for line in batch.past if is_text(line)
        ]
        if batch.ask is not None and batch.parent is None:
            heard.append(self._asks.finish(batch.ask))
        return heard

    def _understand(self, command: str, message: Message, received: datetime) -> list[Heard]:
        """What a line means: to the registration and the connection first, to people after."""
        if command == "PING":
            self.tell("PONG", *message.params[:1])
            return []
        if command == "PONG":
            answer = self._asks.pong(message.params[-1] if message.params else "")
            return [answer] if answer is not None else []
        if command == "CAP":
            self._negotiate(message)
            return []
        if command == "005":
            self.view.accept_tokens(message.params[1:-1])
            return []
        if command == "ERROR":
            self.farewell = "".join(message.params[-1:])
        if not self.registered:
            return self._register(command, message)
        return list(hear(self.view, message, received))

    def _register(self, command: str, message: Message) -> list[Heard]:
        """Lines before the registration is complete."""
        if command == "001" and message.params:
            self.view.nick, self.view.server = message.params[0], message.source or ""
        elif command in ("376", "422"):
            self.registered = True
            self._asks.labelled = self.enabled.issuperset(("labeled-response", "batch", "message-tags"))
            return [Welcome(self.view.nick)]
        elif command in NICK_TAKEN or (command == "432" and (self._trying or self.identity.alternatives)):
            return self._next_nick()
        elif command in REGISTRATION_REFUSED:
            return [Turned(": ".join(message.params[1:][-2:]))]
        return []

    def _next_nick(self) -> list[Heard]:
        """The nick is taken: try another."""
        self._trying = True
        nick = next(self._candidates, None)
        if nick is None:
            return [Turned(f"{self.identity.nick} and all names like it are taken")]
        self.view.nick = nick
        self.tell("NICK", nick)
        return []

    def _negotiate(self, message: Message) -> None:
        """CAP LS, ACK, NAK, NEW and DEL."""
        if len(message.params) < 3:
            return
        verb, words = message.params[1].upper(), message.params[-1].split()
        if verb in ("LS", "NEW"):
            self._offer(words)
            if message.params[2] != "*":
                self._request(new=verb == "NEW")
        elif verb == "ACK":
            self._settle(words, granted=True)
        elif verb == "NAK":
            self._denied(words)
        elif verb == "DEL":
            self.enabled.difference_update(words)

    def _offer(self, words: list[str]) -> None:
        """Remember what the server offers, with values."""
        for word in words[: CAPABILITIES_MAX - len(self._offered)]:
            name, _, value = word.partition("=")
            self._offered[name] = value

    def _request(self, new: bool) -> None:
        """Ask for what we want of what is offered."""
        names = [name for name in WANTED if name in self._offered and name not in self.enabled | self._requested]
        if names:
            self._requested.update(names)
            self.tell("CAP", "REQ", " ".join(names))
        elif not new:
            self._end_negotiation()

    def _settle(self, words: list[str], granted: bool) -> None:
        """The server answered a request."""
        for word in words:
            self._requested.discard(word.removeprefix("-"))
            if word.startswith("-"):
                self.enabled.discard(word[1:])
            elif granted:
                self.enabled.add(word)
        if not self._requested:
            self._end_negotiation()

    def _denied(self, words: list[str]) -> None:
        """A request for several is refused as a whole: ask for each alone."""
        if len(words) < 2:
            self._settle(words, granted=False)
            return
        for word in words:
            self.tell("CAP", "REQ", word)

    def _end_negotiation(self) -> None:
        """Let the registration go on, once."""
        if self._negotiating:
            self._negotiating = False
            self.tell("CAP", "END")


def is_text(message: Message) -> bool:
    """Whether a line is a PRIVMSG or NOTICE with a target and a text."""
    return message.command.upper() in ("PRIVMSG", "NOTICE") and len(message.params) >= 2
