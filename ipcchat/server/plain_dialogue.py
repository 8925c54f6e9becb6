"""One conversation at the plain door: typed lines to IRC messages, IRC lines to text; pure.

Rules:
1. First it asks for a name, and for the password where the name is an account's; then every line is said in the current
   channel, and lines that begin with / are commands. `//x` says `/x`.
2. Lines behind a name are taken at once, as a script sends them. Where the name is refused they are not said, and the
   question is asked again.
3. What the door itself has to say goes by the core, as a PING whose answer is the text: so it stands in its place among
   everything else, and counts against the flood limit like every line.
4. No line is made that a client of IRC could not send.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from ipcchat.core.limits import Limits
from ipcchat.server.plain_input import END, Telnet, edited
from ipcchat.server.plain_text import MARK, Place, texts_of
from ipcchat.wire.casemap import fold
from ipcchat.wire.message import Message, WireError, format_message, parse
from ipcchat.wire.printable import printable
from ipcchat.wire.splitting import split_text

LOBBY = "#lobby"
NAME_QUESTION = "Your name?"
PASSWORD_QUESTION = "The password of {}? (an empty line: another name)"
NOT_SAID = "Not said, for you have no name yet"
ACCOUNT_WORDS = "belongs to an account"
LINE_END = "\r\n"

_NICK_REFUSED = frozenset({"431", "432", "433", "436", "437", "468"})
_NOT_REGISTERED = "451"
# What stands around a text in the line that others get: ":nick!user@host PRIVMSG #channel :", with an action's marks.
_AROUND_BYTES = len(":!@ PRIVMSG  :\x01ACTION \x01")
_TEXT_BYTES_MIN = 64
_ASK_NAME, _HELP = "/name", "/help"

HELP = (
    "What you type is said in the current channel. These are commands:",
    "/join #channel [key]   enter a channel, or make it the current one",
    "/part [#channel]       leave it",
    "/msg name text         say something to one person",
    "/me waves              say that you wave",
    "/who [name]            who is in the channel, or who somebody is",
    "/topic [text]          read or set the topic",
    "/nick name             be called something else",
    "/quit                  leave",
    "//text                 say /text",
)


class Phase(Enum):
    """What the next typed line is."""

    NAME = "name"
    PASSWORD = "password"
    TALK = "talk"


class Dialogue:
    """The state of one conversation. `may_ask_password`: nobody between can read along. `due` has messages for core
    that no typed line made."""

    def __init__(self, limits: Limits, telnet: Telnet, *, may_ask_password: bool) -> None:
        self.due: list[Message] = []
        self._place = Place()
        self._telnet = telnet
        self._may_ask_password = may_ask_password
        self._line_bytes_max = limits.line_bytes_max - 2
        around = limits.nick_bytes_max + limits.user_characters_max + limits.host_bytes_max + limits.channel_bytes_max
        self._text_bytes_max = max(self._line_bytes_max - around - _AROUND_BYTES, _TEXT_BYTES_MIN)
        self._phase = Phase.NAME
        self._name = ""
        self._is_registered = False
        self._joins_refused = 0

    @property
    def greeting(self) -> bytes:
        """What is said before anything is heard."""
        return f"{NAME_QUESTION}{LINE_END}".encode()

    # Typed lines.

    def typed(self, line: bytes | WireError) -> list[Message | WireError]:
        """What a typed line is in IRC."""
        text = line if isinstance(line, WireError) else edited(line)
        if isinstance(text, WireError):
            return [text]
        if self._phase is Phase.TALK and not text.strip():
            return [WireError("EMPTY_COMMAND", "The line is empty")]
        return [self._sendable(message) for message in self._messages(text)]

    def _sendable(self, message: Message) -> Message | WireError:
        """The message as it would have come over the wire."""
        try:
            written = format_message(message)
            if len(written.encode()) > self._line_bytes_max:
                raise WireError("LINE_TOO_LONG", "That is too long; say it in fewer words")
            return parse(written)
        except WireError as error:
            return error

    def _messages(self, text: str) -> list[Message]:
        if text == END:
            return [Message("QUIT")]
        if self._phase is Phase.PASSWORD:
            return self._password(text)
        if self._phase is Phase.NAME:
            return self._chosen(text.strip())
        if text.startswith("/") and not text.startswith("//"):
            return self._command(text[1:])
        return self._said(text.removeprefix("/") if text.startswith("//") else text, "{}")

    def _chosen(self, name: str) -> list[Message]:
        """The answer to the question for a name."""
        word, _, rest = name.partition(" ")
        if word in ("/quit", "/help"):
            return self._command(name[1:])
        if word == "/nick":
            name = rest.strip()
        if not name:
            return [_note(_ASK_NAME)]
        self._name = name
        return self._registration()

    def _password(self, password: str) -> list[Message]:
        self._telnet.show()
        if not password:
            self._phase = Phase.NAME
            return [_note(_ASK_NAME)]
        return [Message("PASS", [f"{self._name}:{password}"]), *self._registration()]

    def _registration(self) -> list[Message]:
        self._phase = Phase.TALK
        self._place.current = LOBBY
        user = Message("USER", [self._name.partition(" ")[0], "0", "*", self._name])
        return [user, Message("NICK", [self._name]), Message("JOIN", [LOBBY])]

    def _said(self, text: str, form: str, target: str = "") -> list[Message]:
        """A text in as many messages as it needs."""
        target = target or self._place.current
        if not target:
            return [_note(self._place.where())]
        return [
            Message("PRIVMSG", [target, form.format(piece)]) for piece in _pieces(text, self._text_bytes_max) if piece
        ]

    # Commands.

    def _command(self, line: str) -> list[Message]:
        name, _, rest = line.partition(" ")
        command = _COMMANDS.get(name.lower())
        if command is None:
            return [_note(f"There is no /{printable(name)[:32]}; /help shows what there is, //text says /text")]
        return command(self, rest.strip())

    def _nick(self, rest: str) -> list[Message]:
        return [Message("NICK", [rest])] if rest else [_note("Say what you want to be called: /nick name")]

    def _join(self, rest: str) -> list[Message]:
        name, _, key = rest.partition(" ")
        if not name:
            return [_note("Say which channel: /join #lobby")]
        channel = name if name.startswith("#") else f"#{name}"
        self._place.current = self._place.channels.find(channel) or channel
        if channel in self._place.channels:
            return [_note(self._place.where())]
        return [Message("JOIN", [channel, key.strip()] if key.strip() else [channel])]

    def _part(self, rest: str) -> list[Message]:
        first, _, reason = rest.partition(" ")
        channel, reason = (first, reason.strip()) if first.startswith("#") else (self._place.current, rest)
        if not channel:
            return [_note(self._place.where())]
        return [Message("PART", [channel, reason] if reason else [channel])]

    def _me(self, rest: str) -> list[Message]:
        return self._said(rest, "\x01ACTION {}\x01") if rest else [_note("Say what you do: /me waves")]

    def _msg(self, rest: str) -> list[Message]:
        target, _, text = rest.partition(" ")
        if not text.strip():
            return [_note("Say to whom and what: /msg name text")]
        return self._said(text.strip(), "{}", target)

    def _who(self, rest: str) -> list[Message]:
        target = rest or self._place.current
        if not target:
            return [_note(self._place.where())]
        return [Message("NAMES" if target.startswith("#") else "WHOIS", [target])]

    def _topic(self, rest: str) -> list[Message]:
        channel = self._place.current
        if not channel:
            return [_note(self._place.where())]
        return [Message("TOPIC", [channel, rest] if rest else [channel])]

    def _quit(self, rest: str) -> list[Message]:
        return [Message("QUIT", [rest] if rest else [])]

    def _help(self, rest: str) -> list[Message]:
        return [_note(_HELP)]

    # IRC lines.

    def heard(self, written: bytes) -> bytes:
        """Whole IRC lines as text with line ends."""
        texts: list[str] = []
        for line in written.split(b"\r\n"):
            if line:
                texts += self._texts(line)
        return "".join(f"{text}{LINE_END}" for text in texts).encode()

    def _texts(self, line: bytes) -> list[str]:
        try:
            message = parse(line)
        except WireError:
            return []
        command = message.command.upper()
        if command == "PING":
            self.due.append(Message("PONG", message.params[-1:]))
            return []
        if command == "PONG":
            return _notes(message)
        if command == "001":
            self._is_registered = True
        elif not self._is_registered:
            return self._before_registration(message)
        return texts_of(message, self._place)

    def _before_registration(self, message: Message) -> list[str]:
        """Somebody wants to come in: his name is refused, or what came behind a refused name is."""
        if message.command == _NOT_REGISTERED:
            if self._joins_refused:
                self._joins_refused -= 1
                return []
            return [MARK + NOT_SAID]
        texts = texts_of(message, self._place)
        if message.command in _NICK_REFUSED and self._phase is Phase.TALK:
            self._joins_refused += 1
            texts.append(self._next_question(message))
        return texts

    def _next_question(self, message: Message) -> str:
        is_his = [fold(name) for name in message.params[1:2]] == [fold(self._name)]
        if is_his and self._may_ask_password and ACCOUNT_WORDS in message.params[-1]:
            self._phase = Phase.PASSWORD
            self._telnet.hide()
            return PASSWORD_QUESTION.format(printable(self._name))
        self._phase = Phase.NAME
        return NAME_QUESTION


_COMMANDS: dict[str, Callable[[Dialogue, str], list[Message]]] = {
    "nick": Dialogue._nick,
    "join": Dialogue._join,
    "part": Dialogue._part,
    "me": Dialogue._me,
    "msg": Dialogue._msg,
    "who": Dialogue._who,
    "topic": Dialogue._topic,
    "quit": Dialogue._quit,
    "help": Dialogue._help,
}


def _note(text: str) -> Message:
    """What the door itself says; see rule 3."""
    return Message("PING", [text])


def _notes(message: Message) -> list[str]:
    """The texts of a PONG."""
    token = message.params[-1] if message.params else ""
    if token == _HELP:
        return [MARK + line for line in HELP]
    return [NAME_QUESTION] if token == _ASK_NAME else [MARK + printable(token)]


def _pieces(text: str, bytes_max: int) -> list[str]:
    return [piece.rstrip() for piece in split_text(text, bytes_max)]
