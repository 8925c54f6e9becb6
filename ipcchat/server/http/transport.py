"""A connection as asyncio's protocols want it: what HTTP is served on, on core's own loop.

Rules:
1. It reads and writes by the Connection's own functions, so that TLS is the one of every other door.
2. A peer that does not read stops its protocol at WAITING_BYTES_MAX, and is dropped after STALLED_SECONDS_MAX.
3. A clean close says everything, ends the output, and throws away what still comes, for LINGER_SECONDS and
   LINGER_BYTES at most: a close with unread input would make the kernel take back the answer.
4. A peer that says its last (half-close) hears the answer to it all the same.
5. An exception of the protocol is logged once and ends this connection only.
6. `connection_lost` is called exactly once, and last, and never from within a call of the protocol's, which would not
   expect it; not at all when the connection is handed over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ipcchat.server import logs
from ipcchat.server.connection import CutOff, ForeignProtocol
from ipcchat.server.http.websocket import WebSocketCodec
from ipcchat.server.lane import LINGER_BYTES, LINGER_SECONDS

WAITING_BYTES_MAX = 262_144
STALLED_SECONDS_MAX = 30.0
RECEIVE_BYTES = 65_536


class HTTPTransport(asyncio.Transport):
    """One connection. `protocol` is made when it can speak; `gone` hears why it ended."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        link: WebSocketCodec,
        protocol: Callable[[], asyncio.Protocol],
        gone: Callable[[WebSocketCodec, str], None],
    ) -> None:
        super().__init__()
        self.link = link
        self._loop = loop
        self._make = protocol
        self._gone = gone
        self._protocol: asyncio.Protocol | None = None
        self._waiting = bytearray()
        self._writes = False
        self._reads = False
        self._full = False
        self._closing = False
        self._lingering = False
        self._linger_bytes = LINGER_BYTES
        self._said_last = False
        self._ended = False
        self._leaves: Callable[[], None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._watch_reading(True)
        if link.ready:
            self._begin()
        else:
            self._timer = loop.call_later(link.prepare_seconds_max, self._lose, "No TLS handshake in time")

    # For the protocol.

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """`peername` and `sslcontext`, as uvicorn asks for them."""
        if name == "peername":
            return (self.link.peer.address, 0)
        if name == "sslcontext":
            return self.link.peer.secure or default
        return default

    def is_closing(self) -> bool:
        """Whether nothing more can be written."""
        return self._closing or self._ended

    def is_reading(self) -> bool:
        """Whether the protocol hears what comes."""
        return self._reads

    def pause_reading(self) -> None:
        """Leave what comes to the kernel."""
        self._watch_reading(False)

    def resume_reading(self) -> None:
        """Hear again."""
        if not self.is_closing() and not self._said_last:
            self._watch_reading(True)

    def write(self, written: bytes | bytearray | memoryview) -> None:
        """Send it, now or when the socket takes it."""
        if self.is_closing() or not written:
            return
        self._waiting += written
        if not self._writes:
            self._flush()
        if len(self._waiting) > WAITING_BYTES_MAX and not self._full and self._protocol and not self._ended:
            self._full = True
            self._protocol.pause_writing()

    def close(self) -> None:
        """End it when everything is sent; see rule 3."""
        if self.is_closing():
            return
        self._closing = True
        self._watch_reading(False)
        if not self._waiting:
            self._linger()

    def abort(self) -> None:
        """End it now."""
        self._lose("Closed")

    def hand_over(self, taken: Callable[[], None]) -> None:
        """Let go of the connection when everything is sent; `taken` owns it from then on. Not called when it ends
        before that."""
        if self._ended:
            return
        self._leaves = taken
        self._closing = True
        self._watch_reading(False)
        if not self._waiting:
            self._let_go()

    # The socket.

    def _begin(self) -> None:
        self._protocol = self._make()
        self._protocol.connection_made(self)

    def _readable(self) -> None:
        if self._lingering:
            self._discard()
        elif self._protocol is None:
            self._prepare()
        else:
            self._receive(self._protocol)

    def _prepare(self) -> None:
        """Go on with the TLS handshake."""
        try:
            self.link.prepare()
        except (ForeignProtocol, CutOff) as error:
            self._lose(str(error))
            return
        self._watch_writing(self.link.wants_write)
        if self.link.ready:
            self._stop_timer()
            self._begin()
            self._readable()

    def _receive(self, protocol: asyncio.Protocol) -> None:
        try:
            received = self.link.receive(RECEIVE_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except (OSError, CutOff) as error:
            self._lose(str(error))
            return
        try:
            if received:
                protocol.data_received(received)
            else:
                self._hear_last(protocol)
        except Exception as error:
            logs.failure("a connection by HTTP failed", error, conn=self.link.number)
            self._lose("Internal error")

    def _hear_last(self, protocol: asyncio.Protocol) -> None:
        """See rule 4: the protocol says whether there is something to be answered yet."""
        self._said_last = True
        self._watch_reading(False)
        if not protocol.eof_received():
            self.close()

    def _writable(self) -> None:
        if self._protocol is None:
            self._prepare()
        else:
            self._flush()

    def _flush(self) -> None:
        """Send what the socket takes."""
        try:
            while self._waiting:
                count = self.link.send(bytes(self._waiting[:RECEIVE_BYTES]))
                del self._waiting[:count]
                self._stop_timer()
        except (BlockingIOError, InterruptedError):
            pass
        except OSError as error:
            self._lose(str(error))
            return
        self._watch_writing(bool(self._waiting))
        if self._waiting:
            if self._timer is None:
                self._timer = self._loop.call_later(STALLED_SECONDS_MAX, self._lose, "It does not read")
            return
        if self._full and self._protocol is not None:
            self._full = False
            self._protocol.resume_writing()
        if self._leaves is not None:
            self._let_go()
        elif self._closing:
            self._linger()

    def _linger(self) -> None:
        """Everything is sent: say so, and wait for the peer's end."""
        if self._ended or self._lingering:
            return
        if self._said_last:
            self._lose("Connection closed")
            return
        try:
            self.link.end_output()
        except OSError:
            self._lose("Closed")
            return
        self._lingering = True
        self._stop_timer()
        self._timer = self._loop.call_later(LINGER_SECONDS, self._lose, "Closed")
        self._watch_reading(True)

    def _discard(self) -> None:
        try:
            count = len(self.link.sock.recv(RECEIVE_BYTES))
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            count = 0
        self._linger_bytes -= count
        if not count or self._linger_bytes < 0:
            self._lose("Closed")

    def _let_go(self) -> None:
        taken, self._leaves = self._leaves, None
        self._release()
        if taken is not None:
            taken()

    def _lose(self, reason: str) -> None:
        if self._ended:
            return
        self._release()
        self.link.close()
        if self._protocol is not None:
            self._loop.call_soon(self._protocol.connection_lost, None)
        self._gone(self.link, reason)

    def _release(self) -> None:
        """Watch the socket no longer, and forget what waits."""
        self._waiting.clear()
        self._stop_timer()
        self._watch_reading(False)
        self._watch_writing(False)
        self._ended = True

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _watch_reading(self, wanted: bool) -> None:
        if wanted == self._reads:
            return
        self._reads = wanted
        if wanted:
            self._loop.add_reader(self.link.sock, self._readable)
        else:
            self._loop.remove_reader(self.link.sock)

    def _watch_writing(self, wanted: bool) -> None:
        if wanted == self._writes:
            return
        self._writes = wanted
        if wanted:
            self._loop.add_writer(self.link.sock, self._writable)
        else:
            self._loop.remove_writer(self.link.sock)
