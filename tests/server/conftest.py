"""A whole shell on loopback sockets with a fake core, without and with I/O threads."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from ipcchat.core.limits import Limits
from ipcchat.server import logs
from ipcchat.server.addresses import Address
from ipcchat.server.app import Server
from ipcchat.server.configuration import Configuration
from ipcchat.server.listeners import Listener
from ipcchat.server.settings import Loaded, load
from tests.server.fakes import FakeCore, UnkindBackend

SECONDS_MAX = 5.0


class Peer:
    """The other end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def says(self, *lines: str) -> None:
        """Send lines in one segment."""
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode())

    async def hears(self) -> str:
        """The next line; "" at the end."""
        async with asyncio.timeout(SECONDS_MAX):
            return (await self.reader.readline()).decode().rstrip("\r\n")

    async def hears_all(self) -> list[str]:
        """Everything up to the end of the connection."""
        async with asyncio.timeout(SECONDS_MAX):
            return (await self.reader.read()).decode().splitlines()

    async def is_cut_off(self) -> bool:
        """Whether the connection ends, by a close or a reset, within the test's patience."""
        try:
            async with asyncio.timeout(SECONDS_MAX):
                while await self.reader.read(65_536):
                    pass
        except ConnectionError:
            pass
        return True


@dataclass
class House:
    """A running server with its fakes."""

    server: Server
    core: FakeCore
    backend: UnkindBackend
    port: int
    peers: list[Peer]

    async def connect(self) -> Peer:
        """A new connection that the core knows."""
        before = self.server.shell.connection_count
        peer = Peer(*await asyncio.open_connection("127.0.0.1", self.port))
        self.peers.append(peer)
        await until(lambda: self.server.shell.connection_count > before)
        return peer


async def until(condition: Callable[[], Any]) -> None:
    """Wait until `condition` holds; fails after SECONDS_MAX."""
    async with asyncio.timeout(SECONDS_MAX):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


def configured(limits: Limits | None = None, **flags: object) -> Configuration:
    """A configuration without a file: these flags, written with _ for the dot, and these limits."""
    loaded = load(None, {name.replace("_", ".", 1): value for name, value in flags.items()})
    assert isinstance(loaded, Loaded), loaded
    settings = msgspec.structs.replace(loaded.settings, limits=limits or Limits())
    return Configuration(msgspec.structs.replace(loaded, settings=settings))


@pytest.fixture
def limits() -> Limits:
    """Overridden by tests that need others."""
    return Limits()


@pytest.fixture
def captured(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What the server logs."""
    caplog.set_level(logging.DEBUG, logs.LOG.name)
    logs.LOG.propagate = True
    return caplog


@pytest.fixture(params=[0, 2], ids=["same-loop", "threads"])
async def house(request: pytest.FixtureRequest, limits: Limits) -> AsyncIterator[House]:
    """A server that listens on a free port."""
    core, backend = FakeCore(), UnkindBackend()
    listener = Listener(Address("127.0.0.1", 0))
    server = Server(configured(limits, server_threads=request.param), backend, [listener], core)
    await server.start(await backend.open())
    house = House(server, core, backend, listener.address.port, [])
    yield house
    for peer in house.peers:
        peer.writer.transport.abort()
    await server.close()
