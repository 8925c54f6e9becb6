"""A healthy member of #lobby who asks PING again and again while something happens to the server.

He proves two things: the server answers him within a second all the time, and nothing of what happens to others reaches
him unless it should.
"""

from __future__ import annotations

import threading
import time
from types import TracebackType

from tests.e2e.raw_client import Line, RawClient, parse
from tests.e2e.waiting import LOOK_SECONDS, until

PONG_SECONDS_MAX = 1.0
PING_SECONDS = 0.4
"""Slower than the flood limit fills up again: he is a well-behaved client."""
READ_BYTES = 262_144


class Bystander:
    """One connection, read and asked by a thread of its own. Use it in a `with`: leaving it asks a last time."""

    def __init__(self, port: int, nick: str = "bystander") -> None:
        client = RawClient(port).registers(nick, "message-tags server-time").joins("#lobby")
        self._socket = client.detach()
        self._socket.settimeout(LOOK_SECONDS)
        self._lines: list[Line] = []
        self._worst = 0.0
        self._begun = self._answered = 0
        self._lost = ""
        self._rest = b""
        self._hurry = threading.Event()
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)

    def __enter__(self) -> Bystander:
        self._thread.start()
        self.is_served()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self.is_served()
        finally:
            self._leaving.set()
            self._thread.join()
            self._socket.close()

    def is_served(self) -> None:
        """A PING that he says now is answered, and none so far took longer than PONG_SECONDS_MAX."""
        before = self._begun
        self._hurry.set()
        until(lambda: self._lost or self._answered > before, "PONG for the bystander")
        assert not self._lost, f"the bystander lost his connection: {self._lost}"
        assert self._worst <= PONG_SECONDS_MAX, f"the bystander waited {self._worst:.2f} s for PONG"

    @property
    def heard(self) -> list[Line]:
        """Everything he heard but PING and PONG."""
        return list(self._lines)

    def heard_text(self, text: str) -> int:
        """How many messages of exactly this text he heard."""
        return sum(line.command == "PRIVMSG" and line.params[-1] == text for line in self.heard)

    def hears(self, command: str, nick: str) -> Line:
        """Wait for a line of this command from this nick."""
        return until(lambda: self._find(command, nick), f"{command} of {nick} at the bystander")

    def _find(self, command: str, nick: str) -> Line | None:
        return next((line for line in self.heard if line.command == command and line.nick == nick), None)

    def _live(self) -> None:
        try:
            while not self._leaving.is_set():
                self._ask()
        except (OSError, AssertionError) as error:
            self._lost = repr(error)

    def _ask(self) -> None:
        """One PING; what comes until the next one is due is taken in."""
        self._hurry.clear()
        self._begun += 1
        asked = time.monotonic()
        self._socket.sendall(b"PING :still there\r\n")
        answered = 0.0
        while not answered or (time.monotonic() < asked + PING_SECONDS and not self._hurry.is_set()):
            if self._take() and not answered:
                answered = time.monotonic() - asked
                self._answered = self._begun
            self._worst = max(self._worst, answered or time.monotonic() - asked)
            assert self._worst <= 10 * PONG_SECONDS_MAX, "no PONG at all"

    def _take(self) -> bool:
        """Read once; whether a PONG was among it."""
        try:
            received = self._socket.recv(READ_BYTES)
        except TimeoutError:
            return False
        assert received, "the server closed the connection"
        *lines, self._rest = (self._rest + received).split(b"\r\n")
        parsed = [parse(line.decode()) for line in lines]
        for line in parsed:
            if line.command == "PING":
                self._socket.sendall(b"PONG :here\r\n")
        self._lines += [line for line in parsed if line.command not in ("PING", "PONG")]
        return any(line.command == "PONG" for line in parsed)
