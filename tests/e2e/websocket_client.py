"""An IRC client by WebSocket: a RawClient whose socket carries frames, made by `websockets` without its I/O.

Shares nothing with the server but that library, of which the server uses the other side.
"""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import suppress

from websockets.client import ClientProtocol
from websockets.frames import Close, Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.typing import Origin, Subprotocol
from websockets.uri import parse_uri

from tests.e2e.raw_client import SECONDS_MAX, RawClient

TEXT, BINARY = "text.ircv3.net", "binary.ircv3.net"
BROWSERS = ("h2", "http/1.1")
"""What a browser says that it speaks (ALPN)."""


def dial(
    port: int, tls: ssl.SSLContext | None = None, *, receive_bytes: int = 0, source: str = "127.0.0.1"
) -> socket.socket:
    """A connection to 127.0.0.1; with TLS as a browser makes it."""
    sock = socket.socket()
    if receive_bytes:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    sock.bind((source, 0))
    sock.settimeout(SECONDS_MAX)
    sock.connect(("127.0.0.1", port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if tls is None:
        return sock
    secure = tls.wrap_socket(sock, server_hostname="localhost")
    assert secure.selected_alpn_protocol() in (None, "http/1.1")
    return secure


class WebSocketClient(RawClient):
    """One WebSocket over a socket that is connected. `behind` are lines that leave with the handshake, in one segment;
    `subprotocol` may be "" for none. `status` is the answer's, `close_code` what the server's
    close frame said."""

    def __init__(
        self,
        connected: socket.socket,
        port: int,
        subprotocol: str = TEXT,
        *,
        path: str = "/ws",
        origin: str = "",
        fields: tuple[tuple[str, str], ...] = (),
        behind: tuple[str, ...] = (),
    ) -> None:
        self._socket = connected
        self._buffer = b""
        self.heard = []
        self.close_code: int | None = None
        self.pongs: list[bytes] = []
        offered = [Subprotocol(subprotocol)] if subprotocol else None
        uri = parse_uri(f"ws://127.0.0.1:{port}{path}")
        self.protocol = ClientProtocol(
            uri, origin=Origin(origin) if origin else None, subprotocols=offered, max_size=None
        )
        self._opcode = Opcode.BINARY if subprotocol == BINARY else Opcode.TEXT
        self.response: Response | None = None
        self._shake_hands(fields, behind)

    def _shake_hands(self, fields: tuple[tuple[str, str], ...], behind: tuple[str, ...]) -> None:
        request = self.protocol.connect()
        for name, value in fields:
            request.headers[name] = value
        self.protocol.send_request(request)
        handshake = b"".join(self.protocol.data_to_send())
        # What a client says before it has an answer is no business of a library; a hostile or hasty one says it.
        hasty = b"".join(Frame(self._opcode, line.encode()).serialize(mask=True) for line in behind)
        self._socket.sendall(handshake + hasty)
        deadline = time.monotonic() + SECONDS_MAX
        while self.response is None:
            if not self._receive(deadline, "an answer to the handshake"):
                break
        assert self.response is not None, "no answer to the handshake"

    @property
    def status(self) -> int:
        """The answer's status, 101 when there is a WebSocket."""
        assert self.response is not None
        return self.response.status_code

    @property
    def is_open(self) -> bool:
        """Whether there is a WebSocket, and no close frame yet."""
        return self.protocol.state is State.OPEN

    # Saying.

    def says(self, *lines: str) -> None:
        """Send lines in one segment, each in a message."""
        for line in lines:
            if self._opcode is Opcode.TEXT:
                self.protocol.send_text(line.encode())
            else:
                self.protocol.send_binary(line.encode())
        self._flush()

    def sends_frames(self, *frames: bytes) -> None:
        """Send what is no business of the library: bytes of frames as they are, each in a segment of its own."""
        self.sends(*frames)

    def pings(self, payload: bytes) -> None:
        """Send a ping; what is answered comes into `pongs`."""
        self.protocol.send_ping(payload)
        self._flush()

    def says_goodbye(self, code: int = 1000) -> None:
        """Send a close frame."""
        self.protocol.send_close(code)
        self._flush()

    def _flush(self) -> None:
        self._socket.sendall(b"".join(self.protocol.data_to_send()))

    # Hearing.

    def hears_pong(self, payload: bytes) -> None:
        """Wait for the answer to a ping."""
        deadline = time.monotonic() + SECONDS_MAX
        while payload not in self.pongs:
            assert self._receive(deadline, f"a pong of {payload!r}"), "the connection ended"

    def _receive(self, deadline: float, expected: str) -> bool:
        """Read once, and put the lines into the buffer; False at the end."""
        self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            received = self._socket.recv(262_144)
        except (ConnectionError, ssl.SSLEOFError):
            received = b""
        except TimeoutError:
            raise AssertionError(f"not within {SECONDS_MAX:g} s: {expected}; {self._story()}") from None
        finally:
            self._socket.settimeout(SECONDS_MAX)
        if not received:
            self.protocol.receive_eof()
            return False
        self.protocol.receive_data(received)
        for event in self.protocol.events_received():
            if isinstance(event, Response):
                self.response = event
            else:
                assert isinstance(event, Frame)
                self._take(event)
        with suppress(OSError):
            self._flush()  # What the library answers by itself: a close frame.
        return True

    def _take(self, frame: Frame) -> None:
        if frame.opcode is Opcode.PONG:
            self.pongs.append(bytes(frame.data))
        elif frame.opcode is Opcode.CLOSE:
            self.close_code = int(Close.parse(frame.data).code)
        elif frame.opcode is not Opcode.PING:
            assert frame.opcode is self._opcode, f"{frame.opcode} where {self._opcode} was agreed"
            assert frame.fin and b"\n" not in frame.data and b"\r" not in frame.data, frame
            self._buffer += bytes(frame.data) + b"\r\n"
