"""What comes by a WebSocket: frames to lines. What goes is framed in outbox.py, once for all who read it.

Rules:
1. A message is one IRC line of at most MESSAGE_BYTES_MAX bytes in at most FRAGMENTS_MAX pieces; more is refused from
   the frame's header alone, before any of it is kept.
2. A message is never two lines: CR, LF or NUL inside it ends the connection. COMPAT: one LF or CR LF at its end is
   dropped.
3. Who chose text gets text and sends text, in UTF-8; who chose binary sends binary.
4. Pings and pongs are cheap and not for nothing: more than CONTROLS_MAX, of which one a second is forgiven, end it.
5. Nothing follows a close frame, in either direction.
6. A rule that is broken is the end: what came before it counts, nothing that comes after it is looked at.

Specifications: RFC 6455, IRCv3 websocket.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress

from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import Protocol, Side, State

from ipcchat.server.connection import Connection
from ipcchat.server.frames import BINARY, TEXT
from ipcchat.wire.message import Message, WireError

MESSAGE_BYTES_MAX = 16_384
FRAGMENTS_MAX = 64
CONTROLS_MAX = 100
CONTROLS_FORGIVEN_PER_SECOND = 1.0

_OPCODES = {TEXT: Opcode.TEXT, BINARY: Opcode.BINARY}
_FORBIDDEN = (b"\r", b"\n", b"\0")
_SILENT = logging.getLogger("ipcchat.websocket")
_SILENT.disabled = True


class WebSocket:
    """The WebSocket of one connection, without its socket: bytes in, lines and answers out. `opcode` is TEXT or
    BINARY, `clock` gives monotonic seconds. `failure` says which rule the peer broke."""

    __slots__ = ("_clock", "_controls", "_controls_at", "_fragments", "_opcode", "_protocol", "failure")

    def __init__(self, opcode: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._protocol = Protocol(Side.SERVER, state=State.OPEN, max_size=MESSAGE_BYTES_MAX, logger=_SILENT)
        self._opcode = _OPCODES[opcode]
        self._fragments: list[bytes] = []
        self._clock = clock
        self._controls = 0.0
        self._controls_at = clock()
        self.failure = ""

    @property
    def is_open(self) -> bool:
        """Whether no close frame came or went."""
        return self._protocol.state is State.OPEN

    @property
    def has_failed(self) -> bool:
        """Whether the peer broke a rule; see rule 6."""
        return bool(self.failure)

    def receive(self, received: bytes) -> tuple[bytes, bytes]:
        """What came: whole lines with their endings, and what is to be answered at once. When there is a `failure` the
        answer ends with the close frame."""
        if self.has_failed:
            return b"", b""
        self._protocol.receive_data(received)
        lines = []
        for frame in self._protocol.events_received():
            if self.failure:
                break
            assert isinstance(frame, Frame)
            if frame.opcode in (Opcode.PING, Opcode.PONG):
                self._count_control()
            elif frame.opcode is not Opcode.CLOSE and (line := self._line(frame)):
                lines.append(line)
        if not self.failure and isinstance(self._protocol.parser_exc, Exception):
            self.failure = str(self._protocol.parser_exc) or "the WebSocket was misused"
        return b"".join(lines), self._to_send()

    def close(self) -> bytes:
        """The close frame, for a connection that ends by our will; b"" when there was one."""
        if self.is_open:
            self._protocol.send_close(CloseCode.NORMAL_CLOSURE)
        return self._to_send()

    def _to_send(self) -> bytes:
        return b"".join(self._protocol.data_to_send())

    def _line(self, frame: Frame) -> bytes:
        """The line that is whole with this frame; b"" while there is none."""
        if frame.opcode is not Opcode.CONT:
            if frame.opcode is not self._opcode:
                self._fail(CloseCode.UNSUPPORTED_DATA, f"send {self._opcode.name.lower()} messages, as was agreed")
                return b""
            if frame.fin:
                return self._checked(bytes(frame.data))
        self._fragments.append(bytes(frame.data))
        if len(self._fragments) > FRAGMENTS_MAX:
            self._fail(CloseCode.MESSAGE_TOO_BIG, f"a message may have {FRAGMENTS_MAX} fragments")
            return b""
        if not frame.fin:
            return b""
        message, self._fragments = b"".join(self._fragments), []
        return self._checked(message)

    def _checked(self, message: bytes) -> bytes:
        """A message as a line."""
        if message.endswith(b"\n"):
            message = message[:-1].removesuffix(b"\r")
        if any(sign in message for sign in _FORBIDDEN):
            self._fail(CloseCode.POLICY_VIOLATION, "a message is one IRC line; send each line as a message of its own")
            return b""
        if self._opcode is Opcode.TEXT:
            try:
                message.decode()
            except UnicodeDecodeError:
                self._fail(CloseCode.INVALID_DATA, "text is UTF-8")
                return b""
        return message + b"\r\n"

    def _count_control(self) -> None:
        now = self._clock()
        forgiven = (now - self._controls_at) * CONTROLS_FORGIVEN_PER_SECOND
        self._controls, self._controls_at = max(0.0, self._controls - forgiven) + 1, now
        if self._controls > CONTROLS_MAX:
            self._fail(CloseCode.POLICY_VIOLATION, "too many pings")

    def _fail(self, code: CloseCode, reason: str) -> None:
        self.failure = reason
        self._fragments = []
        self._protocol.fail(code, reason)


class WebSocketCodec(Connection):
    """A Connection whose bytes are those of a WebSocket from `begin` on; before that it is HTTP, and no lane has it.
    `over`: a close frame went out, and nothing may follow; `told`: core was told why."""

    transport = "websocket"
    web: WebSocket
    over: bool
    told: bool

    def begin(self, opcode: int, received: bytes) -> None:
        """The handshake is done, and this came behind it."""
        self.opcode = opcode
        self.web = WebSocket(opcode)
        self.over = self.told = False
        self.fresh = False
        if received:
            self.feed(received)

    def feed(self, received: bytes) -> None:
        """Take what was read apart."""
        lines, answer = self.web.receive(received)
        if lines:
            self.lines.feed(lines)
        self.answer += answer
        if not self.web.is_open and not self.web.failure:
            self.ended = self.ended or "Connection closed"

    def take(self, limit: int) -> list[Message | WireError]:
        """At most `limit` messages; behind the last one, why the connection ends."""
        messages = super().take(limit)
        if self.web.failure and not self.told and len(messages) < limit:
            messages.append(WireError("UNTERMINATED", f"WebSocket: {self.web.failure}"))
            self.told = True
        return messages

    def answered(self) -> None:
        """`answer` is on its way; behind a close frame comes nothing."""
        if not self.web.is_open:
            self._end()

    def enqueue(self, written: bytes, now: float) -> None:
        """Put bytes behind those that wait."""
        if not self.over:
            super().enqueue(written, now)

    def flush(self) -> bool:
        """Send of the queue what the socket takes now."""
        flushed = super().flush()
        if flushed and self.over:
            self.send = len
        return flushed

    def end_output(self) -> None:
        """Say that nothing more will be sent: a close frame, then the end of the stream. Raises OSError."""
        if self.opcode and (close := self.web.close()):
            with suppress(BlockingIOError):
                self.send(close)
            self._end()
        super().end_output()

    def _end(self) -> None:
        """What is sent from now on goes nowhere."""
        self.over = True
        if self.queue is None:
            self.send = len


class WebConnection(WebSocketCodec):
    """A browser's connection without TLS."""
