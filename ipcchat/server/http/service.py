"""All of HTTP at one place: connections that were accepted, until they end or become a WebSocket.

Rules:
1. What HTTP needs is imported on another thread when the server can be reached already: that takes a quarter of a
   second. Who connects before waits. What core's thread needs of it for that is imported there before, and one service
   imports after the other: modules that import each other stop two threads that come from two sides.
2. A connection belongs to the service until it ended (`gone`) or was passed on; at the end all are closed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from ipcchat.core.peers import Peer
from ipcchat.server import logs
from ipcchat.server.configuration import Configuration
from ipcchat.server.http.forwarded import is_trusted, peer_behind
from ipcchat.server.late_imports import IMPORTING

if TYPE_CHECKING:
    from starlette.routing import Route
    from starlette.types import ASGIApp

    from ipcchat.server.filehost import Filehost
    from ipcchat.server.hooks import HookDesk
    from ipcchat.server.http.credentials import Doors
    from ipcchat.server.http.handshake import Handshake
    from ipcchat.server.http.transport import HTTPTransport
    from ipcchat.server.http.websocket import WebSocketCodec


class Host(Protocol):
    """The shell, as far as HTTP knows it."""

    def admit(self, link: WebSocketCodec, peer: Peer) -> str: ...
    def adopt(self, link: WebSocketCodec) -> None: ...
    def forget(self, link: WebSocketCodec, *, admitted: bool) -> None: ...


class WebService:
    """Serves connections by HTTP on this loop. By `doors` requests do what users do; without, there are only pages."""

    def __init__(
        self, host: Host, configuration: Configuration, loop: asyncio.AbstractEventLoop, doors: Doors | None = None
    ) -> None:
        self._host = host
        self._doors = doors
        self.files: Filehost | None = None
        self.hooks: HookDesk | None = None
        self._configuration = configuration
        self._loop = loop
        self._make: Callable[[], asyncio.Protocol] | None = None
        self._early: list[WebSocketCodec] = []
        self._closed = False
        self._transports: dict[WebSocketCodec, HTTPTransport] = {}
        self._admitted: set[WebSocketCodec] = set()

    def serve(self, link: WebSocketCodec) -> None:
        """A connection was accepted."""
        if self._closed:
            link.close()
            self._host.forget(link, admitted=False)
        elif self._make is None:
            self._early.append(link)
        else:
            self._begin(link, self._make)

    async def load(self) -> None:
        """Import what HTTP needs, and serve who waits."""
        import ipcchat.server.http.fields
        import ipcchat.server.http.websocket  # noqa: F401

        try:
            self._make = await asyncio.to_thread(self._new_maker)
        except BaseException:
            self.close()  # Nobody shall wait for what does not come.
            raise
        early, self._early = self._early, []
        for link in early:
            self._begin(link, self._make)

    def close(self) -> None:
        """End all that is left, and all that comes."""
        self._closed = True
        for transport in list(self._transports.values()):
            transport.abort()
        for link in self._early:
            link.close()
            self._host.forget(link, admitted=False)
        self._early = []

    def application(self) -> ASGIApp:
        """What is served; asked once, on another thread."""
        from ipcchat.server.http import api, application, files, hooks, pages, speakers

        routes: list[Route] = []
        if self._doors is not None:
            routes += api.routes(speakers.Speakers(self._doors, self._loop))
            if self.files is not None:
                routes += files.routes(self._doors, self.files)
        if self.hooks is not None:
            routes += hooks.routes(self.hooks)
        return application.application(pages.load(), routes)

    def peer_of(self, link: WebSocketCodec, fields: list[tuple[bytes, bytes]]) -> Peer:
        """Who asks by that connection: by way of a proxy perhaps."""
        return peer_behind(link.peer, fields, self._configuration.loaded.proxies)

    # For the protocol.

    def shake_hands(self, link: WebSocketCodec, path: str, fields: list[tuple[bytes, bytes]]) -> Handshake:
        """What is answered to a request for a WebSocket."""
        from ipcchat.server.http.handshake import refused, shake_hands

        loaded = self._configuration.loaded
        peer = peer_behind(link.peer, fields, loaded.proxies)
        is_bare = not peer.secure and not is_trusted(link.peer.address, loaded.proxies)
        own_name = loaded.settings.server_name if is_bare else ""
        handshake = shake_hands(path, fields, loaded.web_origins, secure=peer.secure, own_name=own_name)
        if handshake.opcode:
            if reason := self._host.admit(link, peer):
                return refused(reason, secure=peer.secure)
            self._admitted.add(link)
        return handshake

    def pass_on(self, link: WebSocketCodec, opcode: int, received: bytes) -> None:
        """From now on it is a WebSocket, and this came already."""
        self._transports.pop(link, None)
        self._admitted.discard(link)
        link.begin(opcode, received)
        self._host.adopt(link)

    def _begin(self, link: WebSocketCodec, make: Callable[[], asyncio.Protocol]) -> None:
        from ipcchat.server.http.transport import HTTPTransport

        self._transports[link] = HTTPTransport(self._loop, link, make, self._gone)

    def _gone(self, link: WebSocketCodec, reason: str) -> None:
        self._transports.pop(link, None)
        logs.event(logging.DEBUG, "an HTTP connection ended", conn=link.number, reason=reason)
        admitted = link in self._admitted
        self._admitted.discard(link)
        self._host.forget(link, admitted=admitted)

    def _new_maker(self) -> Callable[[], asyncio.Protocol]:
        """What makes the protocol of a connection. Runs on another thread; touches nothing of ours."""
        with IMPORTING:
            return self._imported_maker()

    def _imported_maker(self) -> Callable[[], asyncio.Protocol]:
        from uvicorn.config import Config
        from uvicorn.server import ServerState

        from ipcchat.server.http import fields, handshake, protocol

        assert handshake
        settings: dict[str, Any] = {"lifespan": "off", "log_config": None, "log_level": "critical", "ws": "none"}
        config = Config(
            self.application(),
            http=protocol.HTTPProtocol,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=protocol.KEEP_ALIVE_SECONDS,
            h11_max_incomplete_event_size=fields.HEAD_BYTES_MAX,
            **settings,
        )
        config.load()
        state = ServerState()
        return lambda: protocol.HTTPProtocol(self, config=config, server_state=state, app_state={}, _loop=self._loop)
