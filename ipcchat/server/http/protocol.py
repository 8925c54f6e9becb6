"""HTTP/1.1: uvicorn's protocol by h11, with our limits.

Rules:
1. The head of a request is here HEAD_SECONDS_MAX after the first thing that belongs to it, and the first one's so soon
   after the connection was made. What a request brings besides comes at BODY_BYTES_PER_SECOND_MIN at least, with
   BODY_SECONDS_MAX in hand.
2. What nobody wants is not waited for: when the answer is there before the whole request, the connection ends.
3. A request for a WebSocket leaves HTTP for good. It is a GET of HTTP/1.1 that brings nothing besides; any other is
   answered as if it had not asked for one.
4. What is no HTTP is answered once, and ends the connection.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from ipcchat.server.http.fields import of_an_answer
from ipcchat.server.http.transport import HTTPTransport

if TYPE_CHECKING:
    from ipcchat.server.http.service import WebService

HEAD_SECONDS_MAX = 10.0
BODY_SECONDS_MAX = 30.0
BODY_BYTES_PER_SECOND_MIN = 1_024
KEEP_ALIVE_SECONDS = 30


class HTTPProtocol(H11Protocol):
    """One connection's requests. `service` decides about WebSockets."""

    def __init__(self, service: WebService, **others: Any) -> None:
        super().__init__(**others)
        self._service = service
        self._patience: asyncio.TimerHandle | None = None
        self._body_until = 0.0
        self._heard_last = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first request."""
        super().connection_made(cast(asyncio.Transport, transport))
        link = cast(HTTPTransport, transport).link
        self.app_state["peer"] = partial(self._service.peer_of, link)
        self._wait(HEAD_SECONDS_MAX)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._stop_waiting()
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]
        """The peer has said its last; whether something of it is to be answered yet. What it was to bring and did not
        is nothing: whoever waits for it is told at once."""
        self._heard_last = True
        return self._is_answering and self.conn.their_state is not h11.SEND_BODY

    def data_received(self, data: bytes) -> None:
        """Some of a request came."""
        super().data_received(data)
        self._keep_time(len(data))

    def on_response_complete(self) -> None:
        """The next request may come, in its own time."""
        self._stop_waiting()
        super().on_response_complete()
        if not self._is_answering and (self._heard_last or self.conn.their_state is h11.SEND_BODY):
            self.transport.close()
        elif self.conn.trailing_data[0]:
            self._keep_time(0)

    def send_400_response(self, msg: str) -> None:
        """See rule 4."""
        self._refuse(400, msg)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """See rule 3."""
        self._stop_waiting()
        transport = cast(HTTPTransport, self.transport)
        handshake = self._service.shake_hands(transport.link, self.scope["path"], self.headers)
        transport.write(handshake.response)
        if not handshake.opcode:
            transport.close()
            return
        self.connections.discard(self)
        behind, _ = self.conn.trailing_data
        transport.hand_over(lambda: self._service.pass_on(transport.link, handshake.opcode, behind))

    def _should_upgrade_to_ws(self) -> bool:
        if self.scope["method"] != "GET" or self.scope["http_version"] != "1.1":
            return False
        return not any(
            name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
            for name, value in self.headers
        )

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _keep_time(self, received: int) -> None:
        """See rule 1; so many bytes came now."""
        state = self.conn.their_state
        if state is h11.SEND_BODY and not self.transport.is_closing():
            now = self.loop.time()
            until = self._body_until or now + BODY_SECONDS_MAX
            self._body_until = min(until + received / BODY_BYTES_PER_SECOND_MIN, now + BODY_SECONDS_MAX)
            self._wait(self._body_until - now)
        elif state is not h11.IDLE or self.transport.is_closing():
            self._stop_waiting()
        elif self._patience is None:
            self._wait(HEAD_SECONDS_MAX)

    def _wait(self, seconds: float) -> None:
        if self._patience is not None:
            self._patience.cancel()
        self._patience = self.loop.call_later(seconds, self._give_up)

    def _stop_waiting(self) -> None:
        self._body_until = 0.0
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        """It took too long; who has said nothing at all is told nothing."""
        self._patience = None
        if self.conn.their_state is h11.SEND_BODY or self.conn.trailing_data[0]:
            self._refuse(408, "The request did not come in time.")
        else:
            self.transport.close()

    def _refuse(self, status: int, text: str) -> None:
        """Say so where that is still possible, and end."""
        if self.cycle is not None:
            self.cycle.disconnected = True  # Whoever is answering shall not go on.
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = f"{text}\n".encode()
            fields = [
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"content-length", b"%d" % len(body)),
                (b"connection", b"close"),
                *of_an_answer(secure=self.scheme == "https"),
            ]
            answer = h11.Response(status_code=status, headers=fields, reason=STATUS_PHRASES[status])
            for event in (answer, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
