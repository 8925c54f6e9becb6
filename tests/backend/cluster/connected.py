"""Plain connections to a nats-server of a test, and waiting on the loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import nats
from nats.aio.client import Client

from tests.backend.cluster.nats_server import NatsServer


async def until(look: Callable[[], object], seconds_max: float = 20.0) -> None:
    """Wait until `look` is true."""
    async with asyncio.timeout(seconds_max):
        while True:
            if look():
                return
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[NatsServer]:
    """A server for as long as this lasts."""
    server = NatsServer(folder / "nats")
    await asyncio.to_thread(server.start)
    try:
        yield server
    finally:
        await asyncio.to_thread(server.stop)


@asynccontextmanager
async def connected(server: NatsServer) -> AsyncIterator[Client]:
    """A connection that is made again after every loss."""

    async def quiet(_error: Exception) -> None:
        return None

    client = await nats.connect(server.url, reconnect_time_wait=0.05, max_reconnect_attempts=-1, error_cb=quiet)
    try:
        yield client
    finally:
        await client.close()
