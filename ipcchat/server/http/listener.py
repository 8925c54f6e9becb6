"""http:// and https://: listening, and the connections that come.

What a WebSocket needs is imported with the first connection: a server that nobody visits by HTTP does without.
"""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.server.addresses import Address
from ipcchat.server.connection import Connection
from ipcchat.server.listeners import Listener

if TYPE_CHECKING:
    from ipcchat.server.tls import ServerTLS


class HTTPListener(Listener):
    """A listening socket for HTTP. Raises ListenError when it cannot be had."""

    is_http = True

    def connection(self, sock: socket.socket, number: int, lane: int, peer: Peer, limits: Limits) -> Connection:
        """What serves a socket that was accepted here."""
        from ipcchat.server.http.websocket import WebConnection

        return WebConnection(sock, number, lane, peer, limits)

    def refuse(self, sock: socket.socket, reason: str) -> None:
        """Say why and close; what the socket does not take at once is not said."""
        from ipcchat.server.http.fields import of_an_answer

        body = f"{reason}\n".encode()
        length = (b"content-length", b"%d" % len(body))
        kind = (b"content-type", b"text/plain; charset=utf-8")
        fields = [length, kind, (b"connection", b"close"), *of_an_answer(secure=False)]
        head = b"".join(b"%b: %b\r\n" % field for field in fields)
        with contextlib.suppress(OSError):
            sock.send(b"HTTP/1.1 503 Service Unavailable\r\n%b\r\n%b" % (head, body))
        sock.close()


class HTTPSListener(HTTPListener):
    """A listening socket for HTTP over TLS. Raises ListenError when it cannot be had."""

    def __init__(self, address: Address, tls: ServerTLS) -> None:
        super().__init__(address)
        self.tls = self._tls = tls

    def connection(self, sock: socket.socket, number: int, lane: int, peer: Peer, limits: Limits) -> Connection:
        """What serves a socket that was accepted here."""
        from ipcchat.server.http.secure import TLSWebConnection
        from ipcchat.server.tls import WEB

        return TLSWebConnection(sock, number, lane, peer, limits, self._tls.context(WEB))

    def refuse(self, sock: socket.socket, reason: str) -> None:
        """Close without a word: whoever waits for a handshake could not read one."""
        sock.close()
