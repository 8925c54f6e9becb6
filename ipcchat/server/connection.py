"""One TCP socket: bytes to messages on the way in, a bounded send queue on the way out.

A Connection decides nothing: its lane reads, takes and writes when the poller says so, and core says when it is over.
Other doors (TLS, WebSocket, Unix sockets) are other classes with this same surface.

Rules:
1. It belongs to its lane's thread. `out`, `run` and `session` are the exception: they belong to core's thread.
2. It costs an idle client as little as possible: slots, no task, no timer, no buffer of its own while nothing is half
   received.
3. A write error is not the end: what the peer sent before it went is still read and served, and the end of input tells.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable
from types import MethodType
from typing import TYPE_CHECKING, Any

from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.server.proxy_header import V2_SIGNATURE
from ipcchat.server.send_queue import SendQueue
from ipcchat.wire.framing import LineBuffer
from ipcchat.wire.message import Message, WireError, parse

if TYPE_CHECKING:
    from ipcchat.server.outbox import Run

FLUSH_BYTES = 65_536
"""How much of the queue is offered to the socket at once."""

_TLS_HANDSHAKE = b"\x16"
_HTTP_REQUEST = re.compile(rb"[A-Z]+ \S+ HTTP/[0-9.]+$")
_PROXY_LINE = re.compile(rb"PROXY (?:TCP[46]|UNKNOWN)\b")


class ForeignProtocol(Exception):
    """The peer does not speak IRC (a TLS handshake, an HTTP request); the text says what it spoke."""


class CutOff(Exception):
    """The peer must not be served any longer; the text says why."""


class Connection:
    """A socket and what of it is on its way. `number` names it in logs, `peer` is who is there.

    `opcode` says how its lines are framed (frames.py), 0: not at all. `answer` is what the door itself has to say to
    what was read; its lane sends it.

    A connection that is not `ready` must first do something with its peer (a TLS handshake, the header of a proxy), in
    `prepare_seconds_max` at most: its lane calls `prepare` until it is, and core hears of it then.
    """

    prepare_seconds_max = 0
    transport = "tcp"
    """The kind of the connection, for those who count them."""

    __slots__ = (
        "answer",
        "ended",
        "finished",
        "fresh",
        "hung_up",
        "interest",
        "lane",
        "lines",
        "linger_bytes",
        "number",
        "opcode",
        "out",
        "paused",
        "peer",
        "queue",
        "ready",
        "receive",
        "receive_bytes_max",
        "run",
        "send",
        "session",
        "sock",
    )

    def __init__(self, sock: socket.socket, number: int, lane: int, peer: Peer, limits: Limits) -> None:
        self.sock = sock
        # Plain read and write cost a tenth less than the socket's methods, and they are most of what a delivery costs;
        # as methods of the descriptor they are a quarter of the size of partial functions.
        self.receive: Callable[[int], bytes] = MethodType(os.read, sock.fileno())
        self.send: Callable[[bytes], int] = MethodType(os.write, sock.fileno())
        self.receive_bytes_max = limits.receive_bytes_max
        self.number = number
        self.opcode = 0
        self.answer = b""
        self.lane = lane
        self.peer = peer
        self.ready = True
        self.lines = LineBuffer(limits.line_bytes_max, limits.line_tags_bytes_max, limits.unterminated_bytes_max)
        self.queue: SendQueue | None = None
        self.interest = 0
        self.fresh = True
        self.paused = False
        self.hung_up = False
        self.ended = ""
        self.finished = False
        self.linger_bytes = 0
        self.session: Any = None
        self.out: list[bytes] = []
        self.run: Run | None = None

    @property
    def wants_write(self) -> bool:
        """Whether `prepare` has something to write that the socket did not take."""
        return False

    def prepare(self) -> None:
        """Go on with what comes before the first line, until `ready`. Raises ForeignProtocol when that comes to
        nothing."""

    def read(self) -> int:
        """Read once into the line buffer and return how many bytes came; at the end of input `ended` says why.

        Raises CutOff, and ForeignProtocol when it begins with a TLS handshake, or like a proxy that nobody trusts: such
        bytes begin no IRC line.
        """
        try:
            received = self.receive(self.receive_bytes_max)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            self.ended = error.strerror or "Connection lost"
            return 0
        if not received:
            self.ended = "Connection closed"
            return 0
        self.feed(received)
        return len(received)

    def feed(self, received: bytes) -> None:
        """Take in what was read. Raises as `read` does."""
        if self.fresh and not self.lines.pending_bytes:
            if received.startswith(_TLS_HANDSHAKE):
                raise ForeignProtocol("TLS")
            if received.startswith(V2_SIGNATURE):
                raise ForeignProtocol("PROXY")
        self.lines.feed(received)

    def answered(self) -> None:
        """`answer` was sent, or waits to be."""

    def take(self, limit: int) -> list[Message | WireError]:
        """At most `limit` received messages in order, with a WireError in the place of each line that is none.

        Raises ForeignProtocol when the first line is another protocol's.
        """
        lines = self.lines.take(limit)
        if self.fresh and lines:
            self.fresh = False
            if isinstance(lines[0], bytes):
                refuse_foreign(lines[0])
        return [_message(line) for line in lines]

    def enqueue(self, written: bytes, now: float) -> None:
        """Put bytes that the socket did not take behind those that wait."""
        if self.queue is None:
            self.queue = SendQueue()
        self.queue.append(written, now)

    def end_output(self) -> None:
        """Say that nothing more will be sent. Raises OSError."""
        self.sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close the socket. From now on `send` takes everything and `receive` finds the end: the descriptor's number
        may be another's already."""
        self.send = len
        self.receive = _nothing
        self.sock.close()

    def flush(self) -> bool:
        """Send of the queue what the socket takes now; True when nothing is queued any more."""
        queue = self.queue
        while queue is not None and queue.bytes:
            head = queue.head(FLUSH_BYTES)
            try:
                count = self.send(head)
            except (BlockingIOError, InterruptedError):
                return False
            except OSError:
                break
            queue.advance(count)
            if count < len(head):
                return False
        self.queue = None
        return True


def _nothing(bytes_max: int) -> bytes:
    """The end of input."""
    return b""


def refuse_foreign(line: bytes) -> None:
    """Raises ForeignProtocol when a first line is an HTTP request (a web page made a browser call this port), or the
    header of a proxy that nobody trusts."""
    if _HTTP_REQUEST.match(line):
        raise ForeignProtocol("HTTP")
    if _PROXY_LINE.match(line):
        raise ForeignProtocol("PROXY")


def _message(line: bytes | WireError) -> Message | WireError:
    """The line's message, or the error that says why there is none."""
    if isinstance(line, WireError):
        return line
    try:
        return parse(line)
    except WireError as error:
        return error
