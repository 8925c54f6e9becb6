"""A raw IRC connection for the witnesses: one socket of any door that speaks IRC, a parser of ten lines, registration
with capabilities, and the lines of one draft/multiline batch put together.

Shares nothing with the project's own client or wire code: a mistake there must not hide itself here.

Raises Disconnected when the connection is gone (try again), ProtocolBroken when the server answers what it must not,
and Unanswered, one of those, when it does not answer in time: a server alone has to, one of several may be cut off.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from pathlib import Path
from typing import NamedTuple

CAPABILITIES = (
    "message-tags server-time batch echo-message labeled-response draft/chathistory draft/multiline"
    " draft/message-redaction draft/message-edit"
)
PASSWORD = "four words in a row"
UNESCAPED = {":": ";", "s": " ", "r": "\r", "n": "\n"}
LINE_BYTES_MAX = 65_536
ANSWER_SECONDS_MAX = 15
HISTORY_LINES_DEFAULT = 50
JOINED_AT_ONCE = 5


class Disconnected(Exception):
    """The connection is gone; the server was killed, or is not there yet."""


class ProtocolBroken(Exception):
    """The server did what its specifications forbid; the text says what."""


class Unanswered(ProtocolBroken):
    """The server did not answer in time."""


class Door(NamedTuple):
    """Where to connect: a port, with or without TLS, or a Unix socket."""

    port: int = 0
    tls: bool = False
    path: Path | None = None
    host: str = "127.0.0.1"

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection. Raises OSError."""
        if self.path is not None:
            return await asyncio.open_unix_connection(self.path, limit=LINE_BYTES_MAX)
        context = None
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return await asyncio.open_connection(self.host, self.port, limit=LINE_BYTES_MAX, ssl=context)


class Line(NamedTuple):
    """One received line."""

    tags: dict[str, str]
    nick: str
    command: str
    params: list[str]


def parse(raw: bytes) -> Line:
    """Takes a line without its CRLF apart."""
    text = raw.decode("utf-8")
    tags: dict[str, str] = {}
    if text.startswith("@"):
        words, _, text = text[1:].partition(" ")
        tags = {name: unescape(value) for name, _, value in (word.partition("=") for word in words.split(";"))}
    source = ""
    if text.startswith(":"):
        source, _, text = text[1:].partition(" ")
    head, colon, trailing = text.partition(" :")
    command, *params = head.split()
    return Line(tags, source.partition("!")[0], command, [*params, trailing] if colon else params)


def unescape(value: str) -> str:
    """A tag's value without its escapes (IRCv3 message-tags)."""
    first, *rest = value.split("\\")
    parts = [first]
    pairs = iter(rest)
    for part in pairs:
        parts.append(UNESCAPED.get(part[0], part[0]) + part[1:] if part else "\\" + next(pairs, ""))
    return "".join(parts)


class SocketLine:
    """One connection. `limit` is the server's CHATHISTORY page, in messages."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._multiline: dict[str, list[Line]] = {}
        self.limit = HISTORY_LINES_DEFAULT

    @classmethod
    async def open(cls, door: Door, nick: str, account: str = "") -> SocketLine:
        """Connects and registers; with another nick when it is taken. With `account` it logs in. Raises Disconnected,
        ProtocolBroken."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                reader, writer = await door.connect()
        except OSError as error:  # TimeoutError is one.
            raise Disconnected(str(error)) from None
        line = cls(reader, writer)
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):  # wait_for() of Python 3.11 may forget a cancellation.
                await line._register(nick, account)
        except TimeoutError:
            line.close()
            raise Unanswered("registration was not answered") from None
        except BaseException:
            line.close()
            raise
        return line

    async def _register(self, nick: str, account: str) -> None:
        self.send(f"CAP LS 302\r\nCAP REQ :{CAPABILITIES}")
        if account:
            await self._log_in(account)
        self.send(f"NICK {nick}\r\nUSER {nick} 0 * :crash test\r\nCAP END")
        while True:
            line = await self.hear()
            match line.command:
                case "CAP" if line.params[1] == "NAK":
                    raise ProtocolBroken(f"the server refuses {line.params[-1]}")
                case "FAIL":
                    raise Disconnected(f"registration: {line.params}")
                case "433":
                    nick += "x"
                    self.send(f"NICK {nick}")
                case "005":
                    self._read_limits(line.params)
                case "376" | "422":
                    return

    async def _log_in(self, account: str) -> None:
        """IRCv3 sasl 3.2, PLAIN."""
        self.send("CAP REQ :sasl\r\nAUTHENTICATE PLAIN")
        response = base64.b64encode(f"\0{account}\0{PASSWORD}".encode()).decode()
        while (line := await self.hear()).command != "903":
            if line.command == "AUTHENTICATE":
                self.send(f"AUTHENTICATE {response}")
            elif line.command in ("FAIL", "904"):
                raise Disconnected(f"{account} cannot log in: {line.params}")

    async def make_account(self, account: str) -> None:
        """Makes the account, and logs in. IRCv3 draft/account-registration."""
        self.send(f"REGISTER {account} * :{PASSWORD}")
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            while (line := await self.hear()).command != "900":
                if line.command == "FAIL":
                    raise ProtocolBroken(f"REGISTER {account}: {line.params}")

    def _read_limits(self, tokens: list[str]) -> None:
        for token in tokens:
            name, _, value = token.partition("=")
            if name == "CHATHISTORY" and value.isdigit() and int(value) > 0:
                self.limit = int(value)

    async def join(self, channels: list[str]) -> None:
        """Enters the channels. Raises Disconnected, ProtocolBroken."""
        for start in range(0, len(channels), JOINED_AT_ONCE):
            self.send(f"JOIN {','.join(channels[start : start + JOINED_AT_ONCE])}")
        missing = set(channels)
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                while missing:
                    line = await self.hear()
                    if line.command == "FAIL":
                        raise Disconnected(f"JOIN {missing}: {line.params}")
                    if line.command == "366":
                        missing.discard(line.params[1])
        except TimeoutError:
            raise Unanswered(f"JOIN {missing} was not answered") from None

    def send(self, text: str) -> None:
        """Queues one or more lines; a lost connection is noticed by hear()."""
        if not self._writer.transport.is_closing():
            self._writer.write(f"{text}\r\n".encode())

    async def hear(self) -> Line:
        """The next line, that of a multi-line message with all of its text; answers PING by itself. Raises
        Disconnected."""
        while True:
            try:
                raw = await self._reader.readuntil(b"\n")
            except (OSError, asyncio.IncompleteReadError) as error:
                raise Disconnected(str(error)) from None
            line = parse(raw.rstrip(b"\r\n"))
            if line.command == "PING":
                self.send(f"PONG :{line.params[-1]}")
            elif line.command == "ERROR":
                raise Disconnected(line.params[-1])
            elif whole := self._whole(line):
                return whole

    def _whole(self, line: Line) -> Line | None:
        """The line, or the message that it ends; None for a piece of one (IRCv3 draft/multiline)."""
        if line.command == "BATCH" and line.params[0][0] == "+" and line.params[1] == "draft/multiline":
            self._multiline[line.params[0][1:]] = [line]
            return None
        if line.command == "BATCH" and line.params[0][1:] in self._multiline:
            return _joined(self._multiline.pop(line.params[0][1:]))
        if pieces := self._multiline.get(line.tags.get("batch", "")):
            pieces.append(line)
            return None
        return line

    def close(self) -> None:
        """Closes the socket; what is unsent is dropped."""
        self._writer.transport.abort()


def _joined(pieces: list[Line]) -> Line:
    """The message whose batch began with the first of these lines and had the others."""
    begin, *lines = pieces
    text = lines[0].params[-1]
    for line in lines[1:]:
        text += ("" if "draft/multiline-concat" in line.tags else "\n") + line.params[-1]
    return Line(begin.tags, begin.nick, lines[0].command, [begin.params[2], text])
