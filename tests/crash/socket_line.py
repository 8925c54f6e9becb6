"""A raw IRC connection for the witnesses: one socket, a parser of ten lines, registration with capabilities.

Shares nothing with the project's own client or wire code: a mistake there must not hide itself here.

Raises Disconnected when the connection is gone (try again), ProtocolBroken when the server answers what it must not.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

CAPABILITIES = "message-tags server-time batch echo-message labeled-response draft/chathistory"
UNESCAPED = {":": ";", "s": " ", "r": "\r", "n": "\n"}
LINE_BYTES_MAX = 65_536
ANSWER_SECONDS_MAX = 15
HISTORY_LINES_DEFAULT = 50


class Disconnected(Exception):
    """The connection is gone; the server was killed, or is not there yet."""


class ProtocolBroken(Exception):
    """The server did what its specifications forbid; the text says what."""


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
        self.limit = HISTORY_LINES_DEFAULT

    @classmethod
    async def open(cls, port: int, nick: str) -> SocketLine:
        """Connects and registers; with another nick when it is taken. Raises Disconnected, ProtocolBroken."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=LINE_BYTES_MAX)
        except OSError as error:
            raise Disconnected(str(error)) from None
        line = cls(reader, writer)
        try:
            await asyncio.wait_for(line._register(nick), ANSWER_SECONDS_MAX)
        except TimeoutError:
            line.close()
            raise ProtocolBroken("registration was not answered") from None
        except BaseException:
            line.close()
            raise
        return line

    async def _register(self, nick: str) -> None:
        self.send(f"CAP LS 302\r\nNICK {nick}\r\nUSER {nick} 0 * :crash test\r\nCAP REQ :{CAPABILITIES}\r\nCAP END")
        while True:
            line = await self.hear()
            match line.command:
                case "CAP" if line.params[1] == "NAK":
                    raise ProtocolBroken(f"the server refuses {line.params[-1]}")
                case "433":
                    nick += "x"
                    self.send(f"NICK {nick}")
                case "005":
                    self._read_limits(line.params)
                case "376" | "422":
                    return

    def _read_limits(self, tokens: list[str]) -> None:
        for token in tokens:
            name, _, value = token.partition("=")
            if name == "CHATHISTORY" and value.isdigit() and int(value) > 0:
                self.limit = int(value)

    async def join(self, channels: list[str]) -> None:
        """Enters the channels. Raises Disconnected, ProtocolBroken."""
        self.send(f"JOIN {','.join(channels)}")
        missing = set(channels)
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                while missing:
                    line = await self.hear()
                    if line.command == "366":
                        missing.discard(line.params[1])
        except TimeoutError:
            raise ProtocolBroken(f"JOIN {missing} was not answered") from None

    def send(self, text: str) -> None:
        """Queues one or more lines; a lost connection is noticed by hear()."""
        if not self._writer.transport.is_closing():
            self._writer.write(f"{text}\r\n".encode())

    async def hear(self) -> Line:
        """The next line; answers PING by itself. Raises Disconnected."""
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
            else:
                return line

    def close(self) -> None:
        """Closes the socket; what is unsent is dropped."""
        self._writer.transport.abort()
