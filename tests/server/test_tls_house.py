"""A whole shell behind ircs://, without and with I/O threads: handshakes beside lines, floods, renewed certificates,
the end."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ipcchat.core.limits import Limits
from ipcchat.server.addresses import Address
from ipcchat.server.app import Server
from ipcchat.server.tls import ServerTLS
from ipcchat.server.tls_connection import TLSListener
from tests.server.conftest import SECONDS_MAX, House, Peer, configured, until
from tests.server.fakes import FakeCore, UnkindBackend
from tests.server.tls_files import Maker

LINE_BYTES = 1_000


class TLSHouse(House):
    """A house whose door is ircs://."""

    maker: Maker
    tls: ServerTLS

    async def connect(self) -> Peer:
        """A new connection that has shaken hands and that the core knows."""
        before = len(self.core.sessions)
        context = self.maker.trusting()
        streams = await asyncio.open_connection("127.0.0.1", self.port, ssl=context, server_hostname="localhost")
        peer = Peer(*streams)
        self.peers.append(peer)
        await until(lambda: len(self.core.sessions) > before)
        return peer

    def knock(self) -> socket.socket:
        """A socket on which nobody has said anything."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS_MAX)


@pytest.fixture
def limits() -> Limits:
    """A short handshake, and a queue that is soon full."""
    return Limits(handshake_seconds_max=1, send_queue_bytes_max=262_144)


@pytest.fixture(params=[0, 2], ids=["same-loop", "threads"])
async def house(request: pytest.FixtureRequest, limits: Limits, tmp_path: Path) -> AsyncIterator[TLSHouse]:
    """A server that listens on a free port."""
    maker = Maker(tmp_path)
    tls, core, backend = ServerTLS(maker.issue()), FakeCore(), UnkindBackend()
    listener = TLSListener(Address("127.0.0.1", 0, "ircs"), tls)
    server = Server(configured(limits, server_threads=request.param), backend, [listener], core)
    await server.start(await backend.open())
    house = TLSHouse(server, core, backend, listener.address.port, [])
    house.maker, house.tls = maker, tls
    yield house
    for peer in house.peers:
        peer.writer.transport.abort()
    await server.close()


async def test_lines_go_both_ways(house: TLSHouse):
    ann, bob = await house.connect(), await house.connect()
    ann.says("SAY hello")
    assert [await ann.hears(), await bob.hears()] == ["SAID hello", "SAID hello"]


async def test_core_hears_of_nobody_who_has_not_shaken_hands(house: TLSHouse):
    with house.knock():
        await until(lambda: house.server.shell.connection_count == 1)
        ann = await house.connect()
        ann.says("SAY hello")
        assert await ann.hears() == "SAID hello"
        assert len(house.core.sessions) == 1


async def test_a_stalled_handshake_ends_in_time(house: TLSHouse, captured: pytest.LogCaptureFixture):  # S06
    with house.knock() as sock:
        sock.send(b"\x16\x03\x01\x02\x00")
        await until(lambda: house.server.shell.connection_count == 1)
        await until(lambda: house.server.shell.connection_count == 0)
        assert sock.recv(100) == b""
    assert [record.message for record in captured.records].count("no connection was made") == 1
    assert not house.core.admitted


async def test_who_speaks_no_tls_hears_nothing_and_is_logged_once(house: TLSHouse, captured: pytest.LogCaptureFixture):
    with house.knock() as sock:
        sock.send(b"NICK ann\r\nUSER ann 0 * :ann\r\n")
        heard = await asyncio.to_thread(heard_to_the_end, sock)
        assert heard == b""
    await until(lambda: house.server.shell.connection_count == 0)
    fields = [getattr(record, "fields", {}) for record in captured.records if record.msg == "no connection was made"]
    assert [field["reason"] for field in fields] == ["no TLS on a port for TLS"]
    assert not house.core.heard


def heard_to_the_end(sock: socket.socket) -> bytes:
    """Everything up to the end, by a close or a reset."""
    heard = b""
    try:
        while received := sock.recv(65_536):
            heard += received
    except ConnectionError:
        pass
    return heard


async def test_a_server_that_is_full_closes_without_a_word(house: TLSHouse):
    house.core.refusing = "You are not welcome"
    with house.knock() as sock:
        assert await asyncio.to_thread(heard_to_the_end, sock) == b""


async def test_much_goes_through_whole_and_in_order(house: TLSHouse):
    """More than the socket takes at once: records wait, and are offered again as they were."""
    ann = await house.connect()
    ann.says(*[f"FLOOD 100 {LINE_BYTES}", "SAY hello"] * 3)
    heard = [await ann.hears() for _ in range(303)]
    assert heard.count("SAID hello") == 3
    assert heard.count("x" * (LINE_BYTES - 2)) == 300


async def test_a_slow_reader_is_cut_off_and_the_others_are_served(house: TLSHouse):
    bob = await house.connect()
    context, sock = house.maker.trusting(), socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    sock.settimeout(SECONDS_MAX)
    await asyncio.to_thread(sock.connect, ("127.0.0.1", house.port))
    with await asyncio.to_thread(context.wrap_socket, sock, server_hostname="localhost") as ann:
        for _ in range(5):
            ann.send(f"FLOOD 4000 {LINE_BYTES}\r\n".encode())
        await until(lambda: len(house.core.left) == 1)
        bob.says("SAY hello")
        assert await bob.hears() == "SAID hello"
    assert house.core.left == ["SendQ exceeded"]


async def test_quitting_is_answered_and_ends_with_a_close_notify(house: TLSHouse):
    context = house.maker.trusting()

    def quits() -> bytes:
        """Everything up to the end; raises SSLEOFError where TLS was cut."""
        with context.wrap_socket(house.knock(), server_hostname="localhost", suppress_ragged_eofs=False) as sock:
            sock.sendall(b"SAY hello\r\nQUIT\r\n")
            return b"".join(iter(lambda: sock.recv(65_536), b""))

    assert (await asyncio.to_thread(quits)).startswith(b"SAID hello\r\n")
    await until(lambda: house.server.shell.connection_count == 0)


async def test_a_new_certificate_leaves_those_who_are_here_alone(house: TLSHouse):  # T03
    ann = await house.connect()
    house.maker.issue("localhost", "other.example")
    assert house.tls.read_again(house.tls.files)
    bob = await house.connect()
    ann.says("SAY hello")
    assert [await ann.hears(), await bob.hears()] == ["SAID hello", "SAID hello"]
    assert [names_of(peer) for peer in (ann, bob)] == [["localhost", "127.0.0.1"], ["localhost", "other.example"]]


def names_of(peer: Peer) -> list[str]:
    """For whom the certificate is that the server showed."""
    tls = peer.writer.get_extra_info("ssl_object")
    assert isinstance(tls, ssl.SSLObject)
    shown = tls.getpeercert()
    assert shown is not None
    return [str(pair[1]) for pair in shown["subjectAltName"]]


async def test_a_stop_says_goodbye_in_time_to_those_who_shake_hands_too(house: TLSHouse):
    ann = await house.connect()
    with house.knock():
        await until(lambda: house.server.shell.connection_count == 2)
        house.server.stop()
        async with asyncio.timeout(SECONDS_MAX):
            assert await house.server.run() == 0
        assert house.server.shell.connection_count == 0
    assert "ERROR" in " ".join(await ann.hears_all())
