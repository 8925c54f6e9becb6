"""The connection of this node to its NATS servers: made at the start, and made again for ever.

Rules:
1. The first connection must work within a limit, and what keeps it from working is said in words.
2. After that a loss is no error: the client looks for another server by itself, and if it gives up (a refused login), a
   new client is made.
3. Of the servers the one is tried next that failed least often since the connection was lost, and among equals last the
   one that was left because it did not answer (`turn`).
4. A dead peer is noticed by pings within some seconds, not when TCP gives up.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import nats.errors
from nats.aio.client import Client, Server

from ipcchat.backend.base import BackendError

PING_SECONDS: Final = 2
"""Between two pings; a peer that misses two is dead."""

RECONNECT_SECONDS: Final = 0.25
CONNECT_SECONDS: Final = 2
CLOSE_SECONDS: Final = 2
CANCEL_SECONDS: Final = 0.1

VERSIONS_MIN: Final = ((2, 12, 15), (2, 14, 5), (2, 15, 0))
"""The first good release of each line that is kept; what is newer than the last is good."""

_PATIENCE: Final[dict[str, Any]] = {
    "max_reconnect_attempts": -1,
    "reconnect_time_wait": RECONNECT_SECONDS,
    "connect_timeout": CONNECT_SECONDS,
    "ping_interval": PING_SECONDS,
}

_log = logging.getLogger(__name__)


def is_supported(version: str) -> bool:
    """Whether a server of that version keeps what it acknowledges, as far as is known."""
    numbers = tuple(int(part) for part in version.partition("-")[0].split(".") if part.isdigit())
    own_line = [first for first in VERSIONS_MIN if first[:2] == numbers[:2]]
    return numbers >= (own_line or VERSIONS_MIN)[-1]


class Link:
    """The client and whether it is connected. `changed` is called on the loop after each change."""

    def __init__(self, servers: Sequence[str], options: Mapping[str, Any], changed: Callable[[], None]) -> None:
        """`options` are further ones of nats.connect (TLS, keys, inbox_prefix)."""
        self._servers = list(servers)
        self._options = dict(options)
        self._changed = changed
        self._client: Client | None = None
        self._connected = asyncio.Event()
        self._closing = False
        self._renewal: asyncio.Task[None] | None = None
        self._error = ""
        self._left = ""
        self._failed_before: dict[str, int] = {}

    @property
    def is_up(self) -> bool:
        """There is a server at the other end."""
        return self._client is not None and self._client.is_connected

    @property
    def client(self) -> Client:
        """The present client, connected or not."""
        assert self._client is not None, "open() comes first"
        return self._client

    async def open(self, seconds_max: float, *, any_version: bool = False) -> None:
        """Connect. Raises BackendError when that takes longer, or the server is too old."""
        try:
            async with asyncio.timeout(seconds_max):
                await self._connect()
        except TimeoutError as error:
            await self.close()
            where = " ".join(self._servers)
            why = self._error or "nobody there"
            raise BackendError(f"no NATS server answers at {where} ({why}); start it, or check its address") from error
        version = str(self.client.connected_server_version)
        if not any_version and not is_supported(version):
            await self.close()
            wanted = ", ".join(".".join(map(str, first)) for first in VERSIONS_MIN)
            raise BackendError(
                f"the NATS server is version {version}, which can lose what it acknowledged; use {wanted} or newer"
            )

    async def up(self) -> Client:
        """Wait for a connection."""
        while not self.is_up:
            self._connected.clear()
            await self._connected.wait()
        return self.client

    async def turn(self) -> None:
        """Leave this server for another one, or come back to it when there is none."""
        if self.is_up:
            url = self.client.connected_url
            self._left = url.netloc if url is not None else ""
            await self.client.force_reconnect()

    def _next_server(self, servers: list[Server], _told: dict[str, Any]) -> tuple[Server, float]:
        """See rule 3; and after which pause (seconds) it is tried."""
        failures, best = min(
            ((self._failures(server), server) for server in servers),
            key=lambda pair: (pair[0], pair[1].uri.netloc == self._left, random.random()),
        )
        return best, RECONNECT_SECONDS if failures else 0.0

    def _failures(self, server: Server) -> int:
        """How often it could not be reached since the connection was lost."""
        return server.reconnects - self._failed_before.get(server.uri.netloc, 0)

    async def close(self) -> None:
        """Let go. May be called twice."""
        self._closing = True
        if self._renewal is not None:
            await end(self._renewal)
            self._renewal = None
        if self._client is not None:
            await _close(self._client)

    async def _connect(self) -> None:
        """Try until it works."""
        while True:
            client = Client()
            try:
                await client.connect(
                    self._servers,
                    error_cb=self._on_error,
                    disconnected_cb=self._on_change,
                    reconnected_cb=self._on_change,
                    closed_cb=self._on_closed,
                    reconnect_to_server_handler=self._next_server,
                    **_PATIENCE | self._options,
                )
            except asyncio.CancelledError:
                await _close(client)
                raise
            except (OSError, nats.errors.Error) as error:
                self._error = str(error)
                await _close(client)
                await asyncio.sleep(RECONNECT_SECONDS)
            else:
                self._client = client
                await self._on_change()
                return

    async def _on_error(self, error: Exception) -> None:
        text = str(error) or type(error).__name__
        if text != self._error:
            self._error = text
            _log.warning("NATS: %s", text)

    async def _on_change(self) -> None:
        if self.is_up:
            self._error = ""
            self._connected.set()
        elif self._client is not None:
            self._failed_before = {server.uri.netloc: server.reconnects for server in self._client.server_pool}
        self._changed()

    async def _on_closed(self) -> None:
        """The client gave up. Until the first connection that is seen to by `_connect`."""
        self._changed()
        if not self._closing and self._client is not None and self._client.is_closed and self._renewal is None:
            self._renewal = asyncio.create_task(self._renew())

    async def _renew(self) -> None:
        await self._connect()
        self._renewal = None


async def end(*tasks: asyncio.Task[None]) -> None:
    """Cancel these and wait for them. More than once: asyncio.wait_for, which nats-py uses, can swallow a cancellation
    before Python 3.12 (https://github.com/python/cpython/issues/86296)."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_SECONDS)


async def _close(client: Client) -> None:
    with suppress(OSError, nats.errors.Error, asyncio.TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await client.close()
