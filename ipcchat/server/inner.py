"""Connections without a socket: what the server does in a user's name (an HTTP request, a page of its own) goes through
core like everything that anybody says.

    connection = InnerConnection(loop)
    reason = shell.let_in(connection, peer)             who is turned away is told why, as at every door
    lines = await connection.ask(Message("JOIN", ["#tea"]))
    connection.close()

Rules:
1. Core sees no difference: the same commands, limits, bans and capabilities, and no other way in.
2. What is asked carries a label, and its answer is what the server says to that (IRCv3 labeled-response). `on_line`
   hears all lines in their order, answers too. The capabilities for that are asked for by `begin`.
3. It lives on core's thread, and hears nothing inside of a turn: what it gets is handed over when the turn is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ipcchat.core.peers import Peer
from ipcchat.core.sasl import chunks
from ipcchat.server.counts import LaneCounts
from ipcchat.server.lane import Arrival
from ipcchat.server.outbox import Batch, Control
from ipcchat.wire.message import Message, WireError, format_message, parse

if TYPE_CHECKING:
    from ipcchat.server.outbox import Run

ANSWER_SECONDS_MAX = 30.0
LINE_BYTES_MAX, TAGS_BYTES_MAX = 510, 4_096
"""As on every connection, without CR LF."""

LINES_WAITING_MAX = 20_000
"""What one answer, and what nobody took yet, may have of lines."""

CAPABILITIES = "batch labeled-response message-tags server-time echo-message account-tag standard-replies"

MULTILINE = "draft/multiline"

Arrived = Callable[[list[Arrival]], None]


class Ended(Exception):
    """The connection is over; the text says why."""


class InnerConnection:
    """One connection of core without a socket."""

    transport = "inner"
    opcode = 0
    ready = True

    __slots__ = (
        "_answers",
        "_arrived",
        "_label",
        "_loop",
        "_open_batches",
        "_reason",
        "ended",
        "lane",
        "number",
        "on_end",
        "on_line",
        "out",
        "peer",
        "run",
        "session",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, peer: Peer) -> None:
        self._loop = loop
        self.peer = peer
        self.number = self.lane = 0
        self.session: Any = None
        self.out: list[bytes] = []
        self.run: Run | None = None
        self.ended = ""
        self.on_line: Callable[[Message], None] = _unheard
        self.on_end: Callable[[], None] = _nothing
        self._arrived: Arrived = _nobody
        self._label = 0
        self._reason = ""
        self._answers: dict[str, _Answer] = {}
        self._open_batches: dict[str, str] = {}

    # For who speaks.

    def say(self, *messages: Message) -> None:
        """Say this to core, without an answer. Raises Ended, and WireError for what would be no line, or too long a
        one."""
        if self.ended:
            raise Ended(self.ended)
        for message in messages:
            _require_line(message)
        self._loop.call_soon(self._arrived, [Arrival(self, list(messages))])  # type: ignore[arg-type]

    async def ask(self, message: Message, *following: Message) -> list[Message]:
        """Say this (of a batch its first line, with the others behind it), and get what it is answered with, without
        the batch around it. Raises as `say`, and TimeoutError after ANSWER_SECONDS_MAX."""
        self._label += 1
        label = f"i{self._label}"
        answer = self._answers[label] = _Answer(self._loop.create_future())
        try:
            self.say(Message(message.command, message.params, tags={**message.tags, "label": label}), *following)
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                return await answer.done
        finally:
            self._answers.pop(label, None)

    async def begin(self, more: str = "") -> None:
        """Ask for the capabilities that everything here needs, and for `more` of them. Raises Ended."""
        self.say(Message("CAP", ["REQ", CAPABILITIES]))
        for word in more.split():
            self.say(Message("CAP", ["REQ", word]))  # Each by itself: one that is switched off takes no other with it.
        await asyncio.sleep(0)

    async def log_in(self, mechanism: str, response: bytes) -> str:
        """SASL, before or after the registration: "" when it succeeded, else why not. Raises Ended."""
        answers = await self.ask(Message("AUTHENTICATE", [mechanism]))
        if answers and answers[-1].command == "AUTHENTICATE":
            for piece in chunks(response):
                answers = await self.ask(Message("AUTHENTICATE", [piece]))
        return "" if any(line.command == "903" for line in answers) else _words(answers)

    async def register(self, nick: str, realname: str) -> list[Message]:
        """Be a user from now on; the welcome, or what stood against it (a line of ERR_*). Raises Ended."""
        taken = await self.ask(Message("NICK", [nick]))
        if taken:
            return taken
        self.say(Message("USER", [nick, "0", "*", realname]))
        return await self.ask(Message("CAP", ["END"]))

    def close(self) -> None:
        """Leave the chat."""
        if not self.ended:
            self._loop.call_soon(self._arrived, [Arrival(self, [Message("QUIT", [])])])  # type: ignore[arg-type]

    @property
    def account(self) -> str:
        """The account that it is logged in to; "" for none."""
        session = self.session
        if session is None:
            return ""
        user, login = session.user, session.sasl
        account: str = user.account if user is not None else login.account if login is not None else ""
        return account

    # For the shell and the lane.

    def join(self, arrived: Arrived) -> None:
        """Core knows it: what is said goes there."""
        self._arrived = arrived

    def hear(self, written: bytes) -> None:
        """Core says this: whole lines."""
        for line in written.split(b"\r\n"):
            if line:
                self._hear(parse(line))

    def end(self, reason: str) -> None:
        """It is over."""
        if self.ended:
            return
        self.ended = self._reason or reason
        for answer in self._answers.values():
            if not answer.done.done():
                answer.done.set_exception(Ended(self.ended))
        self.on_end()

    def _hear(self, line: Message) -> None:
        label = line.tags.get("label") or self._open_batches.get(line.tags.get("batch", ""), "")
        if line.command == "PING":
            self.say(Message("PONG", line.params))
            return
        if line.command == "ERROR":
            self._reason = line.params[-1]
        self.on_line(line)
        if line.command == "BATCH" and self._heard_batch(line, label):
            return
        answer = self._answers.get(label)
        if answer is None:
            return
        if line.tags.get("batch") in self._open_batches:
            answer.add(line)
        else:
            answer.finish(() if line.command == "ACK" else (line,))

    def _heard_batch(self, line: Message, label: str) -> bool:
        """A batch that belongs to an answer begins or ends; False for one that does not. The outermost one is taken
        off, but for that of a message of several lines, which is the message."""
        sign, reference = line.params[0][0], line.params[0][1:]
        if sign == "+":
            if not label:
                return False
            is_outermost = line.tags.get("batch") not in self._open_batches
            self._open_batches[reference] = label
            if label in self._answers and (not is_outermost or line.params[1] == MULTILINE):
                self._answers[label].add(line)
            return True
        label = self._open_batches.pop(reference, "")
        if label in self._answers:
            answer = self._answers[label]
            if label in self._open_batches.values() or answer.is_of(reference):
                answer.add(line)
            if label not in self._open_batches.values():
                answer.finish(())
        return bool(label)


class _Answer:
    """What was heard of one answer."""

    def __init__(self, done: asyncio.Future[list[Message]]) -> None:
        self.done = done
        self._lines: list[Message] = []

    def add(self, line: Message) -> None:
        if len(self._lines) < LINES_WAITING_MAX:
            self._lines.append(line)

    def is_of(self, reference: str) -> bool:
        """Whether it begins with the batch of that name."""
        return bool(self._lines) and self._lines[0].command == "BATCH" and self._lines[0].params[0][1:] == reference

    def finish(self, lines: tuple[Message, ...]) -> None:
        if not self.done.done():
            self.done.set_result([*self._lines, *lines])


class InnerLane:
    """The lane of inner connections: they live in core's own loop. `counts` counts nothing: nothing crosses a
    socket."""

    def __init__(self, loop: asyncio.AbstractEventLoop, arrived: Arrived) -> None:
        self.counts = LaneCounts()
        self._loop = loop
        self._arrived = arrived
        self._connections: set[InnerConnection] = set()

    def start(self) -> None:
        """There is nothing to start."""

    def deliver(self, batch: Batch) -> None:
        """Let them hear this when the turn is done; see rule 3."""
        self._loop.call_soon(self._deliver, batch)

    def expire(self) -> None:
        """There are no deadlines here: core has its own."""

    def stop(self) -> None:
        """All are over."""
        for connection in list(self._connections):
            connection.end("Server is stopping")
        self._connections.clear()

    def _deliver(self, batch: Batch) -> None:
        inner: list[Any] = batch.adopted
        for connection in inner:
            self._connections.add(connection)
        heard: list[tuple[Any, bytes]] = [(link, written) for links, written in batch.shared for link in links]
        for connection, written in [*heard, *batch.singles]:
            connection.hear(written)
        closed: list[Any] = [link for control, link in batch.controls if control is Control.CLOSE]
        for connection in closed:
            self._connections.discard(connection)
            connection.end("Connection closed")
        if closed:
            self._arrived([Arrival(connection, gone="Connection closed") for connection in closed])


def _require_line(message: Message) -> None:
    """It is one line, as long as one may be. Raises WireError."""
    line = format_message(message).encode()
    body = line.partition(b" ")[2] if message.tags else line
    if len(body) > LINE_BYTES_MAX or len(line) - len(body) > TAGS_BYTES_MAX:
        raise WireError("LINE_TOO_LONG", f"A line has at most {LINE_BYTES_MAX} bytes, and its tags {TAGS_BYTES_MAX}")


def _words(lines: list[Message]) -> str:
    return lines[-1].params[-1] if lines and lines[-1].params else "it was not answered"


def _unheard(line: Message) -> None:
    """Nobody listens."""


def _nothing() -> None:
    """Nobody waits for the end."""


def _nobody(arrivals: list[Arrival]) -> None:
    """Core does not know it."""
