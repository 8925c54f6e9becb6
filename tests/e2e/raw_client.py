"""An IRC client of one socket that says exactly the bytes it is told to.

Shares nothing with the project's own client or wire code: a mistake there must not hide itself here. Every read has a
deadline; silence is a failure that shows what was heard instead.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple, Self

SECONDS_MAX = 30.0
UNESCAPED = {":": ";", "s": " ", "r": "\r", "n": "\n"}
OUR_CAPABILITIES = "message-tags server-time batch echo-message labeled-response standard-replies draft/chathistory"


class Line(NamedTuple):
    """One received line; `text` is all of it."""

    tags: dict[str, str]
    source: str
    command: str
    params: list[str]
    text: str

    @property
    def nick(self) -> str:
        """Who sent it."""
        return self.source.partition("!")[0]

    @property
    def msgid(self) -> str:
        """The message's id, "" when it has none."""
        return self.tags.get("msgid", "")


def parse(text: str) -> Line:
    """Takes a line apart (RFC 2812 2.3.1, IRCv3 message-tags)."""
    rest, tags, source = text, {}, ""
    if rest.startswith("@"):
        words, _, rest = rest[1:].partition(" ")
        tags = {name: unescape(value) for name, _, value in (word.partition("=") for word in words.split(";"))}
    if rest.startswith(":"):
        source, _, rest = rest[1:].partition(" ")
    head, colon, trailing = rest.partition(" :")
    command, *params = head.split()
    return Line(tags, source, command, [*params, trailing] if colon else params, text)


def unescape(value: str) -> str:
    """A tag's value behind its escapes (IRCv3 message-tags)."""
    characters, written = iter(value), ""
    for character in characters:
        if character == "\\":
            character = next(characters, "")
            character = UNESCAPED.get(character, character)
        written += character
    return written


class RawClient:
    """One connection to 127.0.0.1. Lines that were read and not asked for are kept in `heard`."""

    def __init__(self, port: int, *, receive_bytes: int = 0) -> None:
        self._socket = socket.socket()
        if receive_bytes:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self._socket.settimeout(SECONDS_MAX)
        try:
            self._socket.connect(("127.0.0.1", port))
        except OSError:
            self._socket.close()
            raise
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self.heard: list[Line] = []

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def detach(self) -> socket.socket:
        """The socket, for somebody else to go on with."""
        return self._socket

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Saying.

    def sends(self, *parts: bytes) -> None:
        """Send bytes, each part in a segment of its own."""
        for part in parts:
            self._socket.sendall(part)

    def says(self, *lines: str) -> None:
        """Send lines in one segment."""
        self.sends("".join(f"{line}\r\n" for line in lines).encode())

    def shuts_down(self) -> None:
        """Half-close: nothing more will be said."""
        self._socket.shutdown(socket.SHUT_WR)

    def registers(self, nick: str, capabilities: str = "", user: str = "") -> Self:
        """Become `nick` and read the welcome."""
        ask = ["CAP LS 302", f"CAP REQ :{capabilities}", "CAP END"] if capabilities else []
        self.says(*ask[:2], f"NICK {nick}", f"USER {user or nick} 0 * :{nick}", *ask[2:])
        self.hears("376", "422")
        return self

    def joins(self, *channels: str) -> Self:
        """Enter channels and read who is there."""
        for channel in channels:
            self.says(f"JOIN {channel}")
            self.hears("366")
        return self

    # Hearing.

    def hears(self, *commands: str, where: Callable[[Line], bool] = lambda line: True) -> Line:
        """The next line of one of these commands; those before it are kept in `heard`."""
        deadline = time.monotonic() + SECONDS_MAX
        while True:
            line = self._line(deadline, f"{' or '.join(commands)}")
            if line.command in commands and where(line):
                return line
            assert line.command != "ERROR", f"expected {commands}, but the server ended: {line.text}"
            self.heard.append(line)

    def hears_text(self, text: str) -> Line:
        """The next message of exactly this text."""
        return self.hears("PRIVMSG", "NOTICE", where=lambda line: line.params[-1] == text)

    def hears_up_to_pong(self, token: str) -> list[Line]:
        """Everything up to the answer to `PING token`, which is said here."""
        self.says(f"PING :{token}")
        self.heard.clear()
        self.hears("PONG", where=lambda line: line.params[-1] == token)
        answers, self.heard = self.heard, []
        return answers

    def answers_to(self, *lines: str) -> list[Line]:
        """What comes between these lines and the answer to a PING behind them: the answers, when nobody else
        talks."""
        self.hears_up_to_pong("before")
        self.says(*lines)
        return self.hears_up_to_pong("after")

    def hears_end(self) -> list[Line]:
        """Everything up to the end of the connection, by a close or by a reset."""
        return [parse(text) for text in self.hears_bytes_to_end().decode().split("\r\n") if text]

    def hears_bytes_to_end(self) -> bytes:
        """The bytes up to the end of the connection."""
        deadline = time.monotonic() + SECONDS_MAX
        while self._receive(deadline, "the end of the connection"):
            pass
        return self._buffer

    def _line(self, deadline: float, expected: str) -> Line:
        while b"\n" not in self._buffer:
            if not self._receive(deadline, expected):
                raise AssertionError(f"expected {expected}, but the connection ended; {self._story()}")
        text, _, self._buffer = self._buffer.partition(b"\n")
        line = parse(text.rstrip(b"\r").decode())
        if line.command == "PING":
            self.says(f"PONG :{line.params[-1]}")
            return self._line(deadline, expected)
        return line

    def _receive(self, deadline: float, expected: str) -> bool:
        """Read once; False at the end."""
        self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            received = self._socket.recv(262_144)
        except ConnectionError:
            received = b""
        except TimeoutError:
            raise AssertionError(f"not within {SECONDS_MAX:g} s: {expected}; {self._story()}") from None
        finally:
            self._socket.settimeout(SECONDS_MAX)
        self._buffer += received
        return bool(received)

    def _story(self) -> str:
        return "heard last:\n" + "\n".join(line.text for line in self.heard[-10:])


def commands(lines: Iterable[Line]) -> list[str]:
    """The commands of lines, FAIL with its code, because that is what tells."""
    return [f"FAIL {line.params[1]}" if line.command == "FAIL" else line.command for line in lines]


def history(client: RawClient, channel: str, limit: int = 100) -> list[Line]:
    """The last messages of a channel (IRCv3 draft/chathistory)."""
    lines = client.answers_to(f"CHATHISTORY LATEST {channel} * {limit}")
    return [line for line in lines if line.command in ("PRIVMSG", "NOTICE")]
