"""A connection as asyncio's protocols want it, over socket pairs: reading, writing, the end, and handing over."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.server.http import transport as module
from ipcchat.server.http.secure import TLSWebConnection
from ipcchat.server.http.transport import WAITING_BYTES_MAX, HTTPTransport
from ipcchat.server.http.websocket import WebSocketCodec
from ipcchat.server.lane import LINGER_BYTES
from ipcchat.server.tls import WEB, ServerTLS
from tests.server.http.web import Far, pair, until
from tests.server.tls_files import Maker

BIG = os.urandom(3_000_000)


class Listening(asyncio.Protocol):
    """Notes what its transport tells it; `told` has the calls in order."""

    def __init__(self) -> None:
        self.transport: HTTPTransport | None = None
        self.told: list[str] = []
        self.received = b""
        self.goes_on = False
        self.on_data: Callable[[bytes], object] = lambda data: None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, HTTPTransport)
        self.transport = transport
        self.told.append("made")

    def data_received(self, data: bytes) -> None:
        self.received += data
        self.on_data(data)

    def eof_received(self) -> bool:
        self.told.append("eof")
        return self.goes_on

    def pause_writing(self) -> None:
        self.told.append("pause")

    def resume_writing(self) -> None:
        self.told.append("resume")

    def connection_lost(self, exc: Exception | None) -> None:
        self.told.append("lost")


class Place:
    """Connections under test, and why each of them ended."""

    def __init__(self) -> None:
        self.protocol = Listening()
        self.gone: list[str] = []
        self.far: list[Far] = []

    def serve(self, link: WebSocketCodec, far: Far) -> HTTPTransport:
        self.far.append(far)
        return HTTPTransport(
            asyncio.get_running_loop(), link, lambda: self.protocol, lambda _, reason: self.gone.append(reason)
        )

    def connect(self, send_buffer: int = 0) -> tuple[HTTPTransport, Far]:
        """A connection without TLS, and the other end of it."""
        link, far = pair(send_buffer)
        return self.serve(link, far), far


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    place = Place()
    yield place
    if place.protocol.transport is not None:
        place.protocol.transport.abort()
    for far in place.far:
        far.sock.close()


async def test_both_directions(place: Place):
    transport, far = place.connect()
    await far.says(b"hello")
    await until(lambda: place.protocol.received == b"hello")
    transport.write(b"world")
    transport.write(b"")
    assert await far.hears(5) == b"world"
    assert transport.get_extra_info("peername") == ("192.0.2.1", 0)
    assert transport.get_extra_info("sslcontext") is None
    assert transport.get_extra_info("socket", "none") == "none"
    assert place.protocol.told == ["made"]


async def test_what_is_not_read_waits(place: Place):
    transport, far = place.connect()
    transport.pause_reading()
    assert not transport.is_reading()
    await far.says(b"later")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert place.protocol.received == b""
    transport.resume_reading()
    assert transport.is_reading()
    await until(lambda: place.protocol.received == b"later")


async def test_a_slow_reader_stops_its_protocol(place: Place):  # rule 2
    transport, far = place.connect(4_096)
    transport.write(b"x" * WAITING_BYTES_MAX)
    assert "pause" not in place.protocol.told
    transport.write(BIG)
    transport.write(b"end")
    assert place.protocol.told == ["made", "pause"]
    assert await far.hears(WAITING_BYTES_MAX + len(BIG) + 3) == b"x" * WAITING_BYTES_MAX + BIG + b"end"
    await until(lambda: place.protocol.told == ["made", "pause", "resume"])


async def test_who_does_not_read_is_dropped(place: Place, monkeypatch: pytest.MonkeyPatch):  # rule 2
    monkeypatch.setattr(module, "STALLED_SECONDS_MAX", 0.02)
    transport, _ = place.connect(4_096)
    transport.write(BIG)
    await until(lambda: place.gone and place.protocol.told[-1] == "lost")
    assert place.gone == ["It does not read"]
    assert place.protocol.told == ["made", "pause", "lost"]
    assert transport.is_closing()


async def test_a_close_says_everything_first(place: Place):  # rule 3
    transport, far = place.connect(4_096)
    transport.write(BIG)
    transport.close()
    transport.write(b"late")
    assert transport.is_closing()
    assert await far.hears_all() == BIG
    assert not place.gone
    far.sock.close()
    await until(lambda: place.protocol.told[-1] == "lost")
    assert place.gone == ["Closed"]
    assert place.protocol.told.count("lost") == 1


async def test_what_comes_after_a_close_is_thrown_away(place: Place):  # rule 3
    transport, far = place.connect()
    transport.write(b"bye")
    transport.close()
    await far.says(b"x" * 50_000)
    assert await far.hears_all() == b"bye"
    assert place.protocol.received == b""
    transport.close()
    transport.resume_reading()
    far.says_its_last()
    await until(lambda: place.gone == ["Closed"])


async def test_lingering_has_limits(place: Place, monkeypatch: pytest.MonkeyPatch):  # rule 3
    transport, far = place.connect()
    transport.close()
    with pytest.raises(ConnectionError):
        await far.says(*[b"x" * 4_096] * (LINGER_BYTES // 1_024))
    assert place.gone == ["Closed"]
    monkeypatch.setattr(module, "LINGER_SECONDS", 0.02)
    place.protocol = Listening()
    transport, _ = place.connect()
    transport.close()
    await until(lambda: place.gone == ["Closed", "Closed"])


async def test_an_abort_is_at_once(place: Place):
    transport, far = place.connect(4_096)
    transport.write(BIG)
    transport.abort()
    transport.abort()
    assert place.gone == ["Closed"]
    assert place.protocol.told == ["made", "pause"]
    await asyncio.sleep(0)
    assert place.protocol.told == ["made", "pause", "lost"]
    transport.write(b"late")
    assert len(await far.hears_all()) < len(BIG)


async def test_a_write_that_fails_is_told_later(place: Place):  # rule 6
    transport, far = place.connect()
    told: list[list[str]] = []

    def answer(_: bytes) -> None:
        far.sock.close()
        transport.write(b"one")
        transport.write(b"two")
        transport.close()
        told.append(list(place.protocol.told))

    place.protocol.on_data = answer
    await far.says(b"question")
    await until(lambda: place.protocol.told == ["made", "lost"])
    assert told == [["made"]]
    assert len(place.gone) == 1


async def test_a_peer_that_goes_away(place: Place):
    _, far = place.connect()
    far.sock.close()
    await until(lambda: place.protocol.told[-1] == "lost")
    assert place.gone == ["Connection closed"]
    assert place.protocol.told == ["made", "eof", "lost"]


async def test_who_said_his_last_hears_the_answer(place: Place):  # rule 4
    place.protocol.goes_on = True
    transport, far = place.connect(4_096)
    await far.says(b"question")
    far.says_its_last()
    await until(lambda: "eof" in place.protocol.told)
    transport.resume_reading()
    assert not transport.is_reading()
    transport.write(BIG)
    transport.close()
    assert await far.hears_all() == BIG
    await until(lambda: place.protocol.told == ["made", "eof", "pause", "resume", "lost"])
    assert place.gone == ["Connection closed"]


async def test_what_waits_is_sent_to_who_said_his_last(place: Place):  # rule 4
    transport, far = place.connect(4_096)
    transport.write(BIG)
    far.says_its_last()
    assert await far.hears_all() == BIG
    assert place.gone == ["Connection closed"]


async def test_a_mistake_ends_one_connection(place: Place, captured: pytest.LogCaptureFixture):  # rule 5
    def fail(_: bytes) -> None:
        raise ZeroDivisionError("poison")

    place.protocol.on_data = fail
    _, far = place.connect()
    await far.says(b"x")
    assert await far.is_cut_off()
    await until(lambda: place.protocol.told == ["made", "lost"])
    assert place.gone == ["Internal error"]
    assert captured.text.count("a connection by HTTP failed") == 1


# Handing over.


async def test_handing_over_says_everything_first(place: Place):
    transport, far = place.connect(4_096)
    taken: list[int] = []
    transport.write(BIG)
    transport.hand_over(lambda: taken.append(transport.link.sock.fileno()))
    assert not taken
    assert await far.hears(len(BIG)) == BIG
    await until(lambda: taken)
    assert taken[0] >= 0
    assert not place.gone
    assert "lost" not in place.protocol.told
    await far.says(b"not yours")
    await asyncio.sleep(0)
    assert place.protocol.received == b""
    assert transport.link.receive(100) == b"not yours"
    transport.link.close()


async def test_handing_over_within_a_call(place: Place):
    transport, far = place.connect()
    taken: list[bool] = []

    def leave(_: bytes) -> None:
        transport.write(b"yours")
        transport.hand_over(lambda: taken.append(True))

    place.protocol.on_data = leave
    await far.says(b"mine")
    assert await far.hears(5) == b"yours"
    assert taken == [True]
    transport.close()
    transport.abort()
    assert (place.protocol.told, place.gone) == (["made"], [])
    transport.link.close()


@pytest.mark.parametrize("waits", [True, False])
async def test_what_ended_is_not_handed_over(place: Place, waits: bool):
    transport, far = place.connect(4_096)
    taken: list[bool] = []
    if waits:
        transport.write(BIG)
        transport.hand_over(lambda: taken.append(True))
        far.sock.close()
        await until(lambda: place.gone)
    else:
        transport.abort()
        transport.hand_over(lambda: taken.append(True))
    await until(lambda: place.protocol.told[-1] == "lost")
    assert not taken
    assert len(place.gone) == 1


async def test_who_stalls_is_not_handed_over(place: Place, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "STALLED_SECONDS_MAX", 0.02)
    transport, _ = place.connect(4_096)
    taken: list[bool] = []
    transport.write(BIG)
    transport.hand_over(lambda: taken.append(True))
    await until(lambda: place.gone == ["It does not read"])
    assert not taken


# TLS.


class SecureFar(Far):
    """The other end with TLS, by the standard library."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext) -> None:
        super().__init__(sock)
        self.into, self.out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.into, self.out, server_hostname="localhost")

    async def shakes_hands(self) -> None:
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                assert await self.hears_some(), "the end, in the handshake"
                self.into.write(self.heard)
                self.heard = b""
            else:
                await self._flush()
                return

    async def tells(self, text: bytes) -> None:
        """Say this, encrypted."""
        self.tls.write(text)
        await self._flush()

    async def reads(self, size: int) -> bytes:
        """So many bytes, decrypted."""
        got = b""
        while len(got) < size:
            try:
                got += self.tls.read(65_536)
            except ssl.SSLWantReadError:
                assert await self.hears_some(), f"the end, behind {len(got)} bytes"
                self.into.write(self.heard)
                self.heard = b""
        return got

    async def _flush(self) -> None:
        await self.says(self.out.read())


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path)


def secure_pair(maker: Maker, protocols: tuple[str, ...], seconds_max: int = 10) -> tuple[TLSWebConnection, SecureFar]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    tls = ServerTLS(maker.issue())
    limits = Limits(handshake_seconds_max=seconds_max)
    link = TLSWebConnection(ours, 1, 0, Peer("192.0.2.1"), limits, tls.context(WEB))
    return link, SecureFar(theirs, maker.trusting(protocols=protocols))


@pytest.mark.parametrize("protocols", [(), ("h2", "http/1.1"), ("http/1.1",)])
async def test_tls_is_the_one_of_every_door(place: Place, maker: Maker, protocols: tuple[str, ...]):  # rule 1
    link, far = secure_pair(maker, protocols)
    transport = place.serve(link, far)
    assert place.protocol.told == []
    await far.shakes_hands()
    await far.tells(b"hello")
    await until(lambda: place.protocol.received == b"hello")
    assert far.tls.selected_alpn_protocol() == ("http/1.1" if protocols else None)
    assert transport.get_extra_info("sslcontext")
    transport.write(BIG)
    assert await far.reads(len(BIG)) == BIG
    transport.close()
    assert await far.is_cut_off()


async def test_what_comes_with_the_handshake_is_heard(place: Place, maker: Maker):
    link, far = secure_pair(maker, ())
    await far.says(b"")
    with pytest.raises(ssl.SSLWantReadError):
        far.tls.do_handshake()
    await far.says(far.out.read())
    place.serve(link, far)
    assert await far.hears_some()
    far.into.write(far.heard)
    far.heard = b""
    far.tls.do_handshake()
    far.tls.write(b"at once")
    await far.says(far.out.read())
    await until(lambda: place.protocol.received == b"at once")


@pytest.mark.parametrize("protocols", [("h2",), ("irc",)])
async def test_other_protocols_are_refused(place: Place, maker: Maker, protocols: tuple[str, ...]):  # RFC 7301
    link, far = secure_pair(maker, protocols)
    place.serve(link, far)
    with pytest.raises(ssl.SSLError, match=r"(?i)alert.no.application.protocol"):
        await far.shakes_hands()
    assert place.gone == ["ALPN without http/1.1 on a port for HTTP over TLS"]
    assert place.protocol.told == []


async def test_what_is_no_tls_is_dropped(place: Place, maker: Maker):
    link, far = secure_pair(maker, ())
    place.serve(link, far)
    await far.says(b"GET / HTTP/1.1\r\n\r\n")
    assert await far.is_cut_off()
    assert place.gone == ["HTTP on a port for TLS"]


async def test_a_handshake_that_does_not_come(place: Place, maker: Maker):
    link, far = secure_pair(maker, (), seconds_max=0)
    place.serve(link, far)
    assert await far.is_cut_off()
    assert place.gone == ["No TLS handshake in time"]
    assert place.protocol.told == []
