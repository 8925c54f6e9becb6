"""Connections of proxies wait for their headers (PROXY protocol 2), and only those of proxies that are trusted."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections.abc import AsyncIterator
from ipaddress import ip_network

import msgspec
import pytest

from ipcchat.core.limits import Limits
from ipcchat.core.peers import LocalUser, Peer
from ipcchat.server import porch as porch_module
from ipcchat.server.configuration import Configuration
from ipcchat.server.listeners import Listener
from ipcchat.server.porch import Porch
from ipcchat.server.proxy_header import V2_SIGNATURE
from tests.server.conftest import configured, until

PROXY = Peer("192.0.2.5")
V1 = b"PROXY TCP4 203.0.113.7 192.0.2.1 40000 6667\r\n"


class House:
    """A porch, and who came in."""

    def __init__(self, configuration: Configuration) -> None:
        self.porch = Porch(configuration, asyncio.get_running_loop(), self._welcome)
        self.welcomed: list[tuple[socket.socket, Peer]] = []
        self.sockets: list[socket.socket] = []

    def _welcome(self, listener: Listener, sock: socket.socket, peer: Peer) -> None:
        self.welcomed.append((sock, peer))

    def connect(self, peer: Peer = PROXY) -> socket.socket:
        """A proxy's end of a connection."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.settimeout(5)
        self.sockets += [ours, theirs]
        self.porch.receive(None, ours, peer)  # type: ignore[arg-type]
        return theirs


def is_closed(proxy: socket.socket) -> bool:
    """Whether nothing more comes; what was not read makes the kernel say it harder."""
    try:
        return proxy.recv(10) == b""
    except ConnectionResetError:
        return True


def trusting(*networks: str, seconds: int = 3) -> Configuration:
    """A configuration that trusts proxies of these networks."""
    configuration = configured(Limits(proxy_seconds_max=seconds))
    proxies = tuple(ip_network(network) for network in networks)
    configuration.loaded = msgspec.structs.replace(configuration.loaded, proxies=proxies)
    return configuration


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House(trusting("192.0.2.5/32", "2001:db8::/32", seconds=1))
    yield house
    house.porch.close()
    for sock in house.sockets:
        sock.close()


async def test_nobody_is_trusted_by_default():
    porch = House(configured()).porch
    assert not porch.is_proxy(PROXY)
    assert not porch.is_proxy(Peer("127.0.0.1"))


async def test_who_is_a_proxy_is_said_by_the_settings(house: House):
    assert house.porch.is_proxy(PROXY)
    assert house.porch.is_proxy(Peer("2001:db8::1"))
    assert not house.porch.is_proxy(Peer("192.0.2.6"))
    assert not house.porch.is_proxy(Peer("0::1"))
    assert not house.porch.is_proxy(Peer("local:0", local=LocalUser(0, "root")))


async def test_the_address_of_the_header_counts(house: House):
    house.connect().sendall(V1)
    await until(lambda: house.welcomed)
    assert house.welcomed[0][1] == Peer("203.0.113.7")


async def test_nothing_behind_the_header_is_read(house: House):
    house.connect().sendall(V1 + b"\x16\x03\x01")
    await until(lambda: house.welcomed)
    assert house.welcomed[0][0].recv(100) == b"\x16\x03\x01"


async def test_a_header_may_come_byte_by_byte(house: House):
    content = socket.inet_pton(socket.AF_INET6, "::1") * 2 + bytes(4) + b"\x20\x00\x05\x01\0\0\0\0"
    header = V2_SIGNATURE + b"\x21\x21" + struct.pack(">H", len(content)) + content
    proxy = house.connect()
    for place in range(len(header)):
        assert not house.welcomed
        proxy.sendall(header[place : place + 1])
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    await until(lambda: house.welcomed)
    assert house.welcomed[0][1] == Peer("0::1", secure=True)


async def test_a_proxys_own_connection_keeps_its_address(house: House):  # 2.2 LOCAL
    house.connect().sendall(V2_SIGNATURE + b"\x20\x00\x00\x00")
    await until(lambda: house.welcomed)
    assert house.welcomed[0][1] == PROXY


@pytest.mark.parametrize("begin", [b"NICK ann\r\n", b"\x16\x03\x01", b"PROXY TCP4 x\r\n", b"PRO", b""])
async def test_without_a_header_it_is_closed(house: House, begin: bytes, captured: pytest.LogCaptureFixture):
    proxy = house.connect()
    proxy.sendall(begin)
    proxy.shutdown(socket.SHUT_WR)
    assert await asyncio.to_thread(is_closed, proxy)
    assert not house.welcomed
    assert [record for record in captured.records if record.levelno == logging.WARNING]


async def test_it_is_not_waited_for_long(house: House, captured: pytest.LogCaptureFixture):  # S06
    proxy = house.connect()
    proxy.sendall(V1[:-1])
    assert await asyncio.to_thread(proxy.recv, 10) == b""
    assert "it sent no header in time" in str([record.__dict__ for record in captured.records])


async def test_only_so_many_wait(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(porch_module, "WAITING_MAX", 1)
    house.connect()
    assert await asyncio.to_thread(house.connect().recv, 10) == b""


async def test_at_the_end_all_are_closed(house: House):
    proxy = house.connect()
    house.porch.close()
    assert proxy.recv(10) == b""
