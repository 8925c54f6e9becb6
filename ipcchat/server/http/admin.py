"""The admin listener: /healthz, /readyz and /metrics for those who watch a server, and nothing else.

Rules:
1. It is no door for people: what comes here is not counted among connections, and no limit of the chat turns it away.
   There are CONNECTIONS_MAX at most.
2. It is for this machine alone, unless `admin.beyond_loopback` says otherwise. There are no secrets in its answers, and
   no names.
3. It answers until the process ends: while the server stops, /readyz says so.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Protocol

from ipcchat.core.peers import Peer, is_loopback
from ipcchat.server.addresses import EXIT_CONFIGURATION, Address, ListenError
from ipcchat.server.configuration import Configuration
from ipcchat.server.http.listener import HTTPListener
from ipcchat.server.http.service import WebService

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from ipcchat.server.http.handshake import Handshake
    from ipcchat.server.http.websocket import WebSocketCodec

CONNECTIONS_MAX = 64
FULL = "Too many connections to the admin listener"
NOTHING = "There is nothing here but /healthz, /readyz and /metrics"


class Answers(Protocol):
    """Who knows the answers (health.py)."""

    async def unready(self) -> str: ...
    async def metrics(self) -> str: ...


class AdminListener(HTTPListener):
    """One listening socket. Raises ListenError, also for an address that others can reach unless `beyond_loopback`."""

    def __init__(self, address: Address, *, beyond_loopback: bool = False) -> None:
        super().__init__(address)
        if not beyond_loopback and not is_loopback(self.sock.getsockname()[0]):
            self.close()
            raise ListenError(
                f"admin.listen {address.url} can be reached from other machines, and nobody has to log in there; use "
                f"http://127.0.0.1:{address.port}, or set admin.beyond_loopback = true",
                EXIT_CONFIGURATION,
            )


class AdminService(WebService):
    """Serves the connections of admin listeners."""

    def __init__(self, answers: Answers, configuration: Configuration, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(self, configuration, loop)
        self._answers = answers
        self._limits = configuration.limits
        self._open: set[WebSocketCodec] = set()
        self._number = 0

    def welcome(self, listener: AdminListener, sock: socket.socket, peer: Peer) -> None:
        """A connection was accepted."""
        from ipcchat.server.http.websocket import WebConnection

        if len(self._open) >= CONNECTIONS_MAX:
            listener.refuse(sock, FULL)
            return
        self._number -= 1  # Below 0, so that in the log they are not taken for those of people.
        link = WebConnection(sock, self._number, 0, peer, self._limits)
        self._open.add(link)
        self.serve(link)

    def application(self) -> ASGIApp:
        """What is served; what makes the page is imported here, beside everything else."""
        import ipcchat.server.metrics

        assert ipcchat.server.metrics.METRICS
        return application(self._answers)

    def shake_hands(self, link: WebSocketCodec, path: str, fields: list[tuple[bytes, bytes]]) -> Handshake:
        """There are no WebSockets here."""
        from http import HTTPStatus

        from ipcchat.server.http.handshake import refused

        return refused(NOTHING, secure=False, status=HTTPStatus.NOT_FOUND)

    # As its own host.

    def admit(self, link: WebSocketCodec, peer: Peer) -> str:
        """Never asked: there are no WebSockets."""
        raise AssertionError("the admin listener has no WebSockets")

    def adopt(self, link: WebSocketCodec) -> None:
        """Never comes: there are no WebSockets."""
        raise AssertionError("the admin listener has no WebSockets")

    def forget(self, link: WebSocketCodec, *, admitted: bool) -> None:
        """A connection has ended."""
        self._open.discard(link)


def application(answers: Answers) -> ASGIApp:
    """The routes."""
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    from ipcchat.server.exposition import CONTENT_TYPE
    from ipcchat.server.http.application import Guarded

    fresh = {"cache-control": "no-store"}

    async def healthz(request: Request) -> Response:
        return PlainTextResponse("ok\n", headers=fresh)

    async def readyz(request: Request) -> Response:
        reason = await answers.unready()
        return PlainTextResponse(f"{reason or 'ready'}\n", 503 if reason else 200, headers=fresh)

    async def metrics(request: Request) -> Response:
        return PlainTextResponse(await answers.metrics(), headers=fresh, media_type=CONTENT_TYPE)

    async def nothing(request: Request) -> Response:
        return PlainTextResponse(f"{NOTHING}\n", 404)

    routes = Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
            Route("/{path:path}", nothing),
        ]
    )
    routes.router.redirect_slashes = False
    return Guarded(routes)
