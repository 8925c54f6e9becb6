"""One socket with TLS, over a socket pair: the handshake, what is read, what is written, and how it ends.

The client's side is the standard library's, which shares nothing with the server's but the protocol.
"""

from __future__ import annotations

import gc
import hashlib
import socket
import ssl
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.server import tls_connection
from ipcchat.server.connection import CutOff, ForeignProtocol
from ipcchat.server.tls import ServerTLS
from ipcchat.server.tls_connection import TLSConnection
from tests.server.tls_files import Maker


class Client:
    """The other end: a socket that never waits, and the standard library's TLS in memory."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext) -> None:
        self.sock = sock
        self.into, self.out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.into, self.out, server_hostname="localhost")

    def step(self) -> bool:
        """Go on with the handshake; whether it is done."""
        self.receive()
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        finally:
            self.flush()
        return True

    def receive(self) -> None:
        """Take what is there."""
        try:
            while received := self.sock.recv(65_536):
                self.into.write(received)
            self.into.write_eof()
        except BlockingIOError:
            pass

    def flush(self) -> None:
        """Send what TLS wants to send."""
        self.sock.sendall(self.out.read())

    def says(self, text: bytes) -> None:
        """Say this, in records of its own."""
        self.tls.write(text)
        self.flush()

    def hears(self) -> bytes:
        """All that was said up to now; ends with "<end>" where TLS ended."""
        self.receive()
        heard = b""
        try:
            while read := self.tls.read(65_536):
                heard += read
            return heard + b"<end>"
        except ssl.SSLWantReadError:
            return heard
        except ssl.SSLError as error:
            return heard + f"<{error.reason}>".encode()


class Pair:
    """Both ends of one connection."""

    def __init__(self, tls: ServerTLS, context: ssl.SSLContext, limits: Limits) -> None:
        ours, theirs = socket.socketpair()
        for sock in (ours, theirs):
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        self.server = TLSConnection(ours, 1, 0, Peer("192.0.2.1"), limits, tls.context(0))
        self.client = Client(theirs, context)

    def shakes_hands(self) -> None:
        """Both ends, to the end of the handshake."""
        for _ in range(10):
            done = self.client.step()
            if not self.server.ready:
                self.server.prepare()
            if done and self.server.ready:
                return
        raise AssertionError("no handshake")

    def close(self) -> None:
        self.server.close()
        self.client.sock.close()


Connect = Callable[..., Pair]


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path)


@pytest.fixture
def connect(maker: Maker) -> Iterator[Connect]:
    """Makes a pair that has shaken hands; with `shake=False`, one that has not."""
    tls, pairs = ServerTLS(maker.issue()), []

    def connect(context: ssl.SSLContext | None = None, shake: bool = True, limits: Limits | None = None) -> Pair:
        pair = Pair(tls, context or maker.trusting(), limits or Limits())
        pairs.append(pair)
        if shake:
            pair.shakes_hands()
        return pair

    yield connect
    for pair in pairs:
        pair.close()


# The handshake.


def test_before_the_handshake_it_is_not_ready_and_after_it_the_peer_is_secure(connect: Connect):
    pair = connect(shake=False)
    assert not pair.server.ready
    assert pair.server.prepare_seconds_max == Limits().handshake_seconds_max
    pair.shakes_hands()
    assert pair.server.peer == Peer("192.0.2.1", secure=True)
    assert not pair.server.wants_write


def test_nothing_that_came_yet_is_no_reason_to_end(connect: Connect):
    pair = connect(shake=False)
    pair.server.prepare()
    assert not pair.server.ready


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_is_known_by_the_fingerprint_of_its_certificate(
    connect: Connect, maker: Maker, version: ssl.TLSVersion
):  # SASL EXTERNAL; no authority is asked
    file = maker.client("ann")
    context = maker.trusting(certificate=file)
    context.minimum_version = context.maximum_version = version
    pem = file.read_text()
    der = ssl.PEM_cert_to_DER_cert(
        pem[pem.index("-----BEGIN CERTIFICATE") : pem.index("-----END CERTIFICATE")] + "-----END CERTIFICATE-----\n"
    )
    assert connect(context).server.peer.certificate == hashlib.sha256(der).hexdigest()


@pytest.mark.parametrize(
    ("protocols", "chosen"),
    [((), None), (("irc",), "irc"), (("h2", "irc"), "irc")],
    ids=["none", "irc", "among others"],
)
def test_irc_is_chosen_where_it_is_offered(
    connect: Connect, maker: Maker, protocols: tuple[str, ...], chosen: str | None
):  # RFC 7301 3.2
    assert connect(maker.trusting(protocols=protocols)).client.tls.selected_alpn_protocol() == chosen


def test_a_client_that_offers_only_other_protocols_is_refused_with_an_alert(
    connect: Connect, maker: Maker
):  # RFC 7301 3.2: no_application_protocol
    pair = connect(maker.trusting(protocols=("h2", "http/1.1")), shake=False)
    pair.client.step()
    with pytest.raises(ForeignProtocol, match="ALPN without irc"):
        pair.server.prepare()
    with pytest.raises(ssl.SSLError, match=r"(?i)no.application.protocol"):
        pair.client.step()


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (b"NICK ann\r\n", "no TLS on a port for TLS"),
        (b"GET / HTTP/1.1\r\n\r\n", "HTTP on a port for TLS"),
        (b"\0", "no TLS on a port for TLS"),
        (b"\x16\x03\x01garbage, more than a header", "the TLS handshake failed"),
        (b"", "the peer went away before the TLS handshake"),
    ],
)
def test_what_is_no_handshake_is_named(connect: Connect, first: bytes, words: str):  # T05
    pair = connect(shake=False)
    pair.client.sock.send(first) if first else pair.client.sock.close()
    with pytest.raises(ForeignProtocol, match=words):
        pair.server.prepare()
    assert not pair.server.ready


def test_a_peer_that_goes_in_the_middle_of_the_handshake_is_named(connect: Connect):
    pair = connect(shake=False)
    pair.client.step()
    pair.server.prepare()
    pair.client.sock.close()
    with pytest.raises(ForeignProtocol, match="went away during the TLS handshake"):
        pair.server.prepare()


def test_a_handshake_that_cannot_write_asks_for_it(connect: Connect):
    pair = connect(shake=False)
    while True:
        try:
            pair.server.sock.send(b"x" * 1_024)  # What somebody sends to a peer that does not read.
        except BlockingIOError:
            break
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.tls.do_handshake()
    pair.client.flush()
    pair.server.prepare()
    assert pair.server.wants_write
    assert not pair.server.ready


def test_no_session_is_ever_resumed(connect: Connect, maker: Maker):  # T06
    """Neither by ticket nor by number: who connects proves anew who he is."""
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = maker.trusting()
        context.minimum_version = context.maximum_version = version
        first = connect(context)
        first.server.send(b"hello")
        assert first.client.hears() == b"hello"
        again = connect(context, shake=False)
        if first.client.tls.session is not None:
            again.client.tls = context.wrap_bio(
                again.client.into, again.client.out, server_hostname="localhost", session=first.client.tls.session
            )
        again.shakes_hands()
        assert not again.client.tls.session_reused


# Reading.


def test_a_line_is_read(connect: Connect):
    pair = connect()
    pair.client.says(b"PING :tea\r\n")
    assert pair.server.read() == 11
    assert [str(message.command) for message in pair.server.take(10)] == ["PING"]  # type: ignore[union-attr]
    assert pair.server.read() == 0


def test_a_full_record_leaves_nothing_behind(connect: Connect):  # no poller would see it
    pair = connect(limits=Limits(receive_bytes_max=4_096))
    pair.client.says(b"x" * 16_384)  # RFC 8446 5.1
    assert pair.server.read() == 16_384
    assert pair.server.receive.__self__._tls.pending() == 0  # type: ignore[attr-defined]


def test_a_close_notify_is_an_end(connect: Connect):
    pair = connect()
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.tls.unwrap()
    pair.client.flush()
    pair.server.read()
    assert pair.server.ended == "Connection closed"


def test_a_cut_is_an_end_and_what_is_unterminated_is_no_line(connect: Connect):  # T09
    pair = connect()
    pair.client.says(b"PING :tea\r\nPRIVMSG #tea :rm -rf")
    pair.client.receive()
    pair.client.sock.close()
    pair.server.read()
    assert len(pair.server.take(10)) == 1
    pair.server.read()
    assert pair.server.ended == "Connection closed"
    assert pair.server.take(10) == []


def test_a_record_that_was_changed_on_the_way_is_an_end_and_no_line(connect: Connect):
    pair = connect()
    pair.client.tls.write(b"PRIVMSG #tea :hi\r\n")
    record = bytearray(pair.client.out.read())
    record[-1] ^= 1
    pair.client.sock.send(record)
    assert pair.server.read() == 0
    assert pair.server.ended.startswith("TLS failed: ")
    assert pair.server.take(10) == []


def test_half_a_record_is_nothing_yet(connect: Connect):
    pair = connect()
    pair.client.tls.write(b"PING :tea\r\n")
    record = pair.client.out.read()
    pair.client.sock.send(record[:20])
    assert pair.server.read() == 0
    assert not pair.server.ended
    pair.client.sock.send(record[20:])
    assert pair.server.read() == 11


def test_who_only_costs_time_is_cut_off(connect: Connect, monkeypatch: pytest.MonkeyPatch):  # T02
    monkeypatch.setattr(tls_connection, "CPU_SECONDS_MAX", 0.002)
    pair = connect(shake=False)
    with pytest.raises(CutOff, match="processor time"):
        pair.shakes_hands()
        for _ in range(10_000):
            pair.client.says(b"x")
            pair.server.read()


def test_what_is_said_is_free(connect: Connect, monkeypatch: pytest.MonkeyPatch):  # T02
    pair = connect()
    pair.server.read()
    monkeypatch.setattr(tls_connection, "CPU_SECONDS_MAX", 0.002)
    monkeypatch.setattr(pair.server, "_spent", 0.0)
    for _ in range(100):
        pair.client.says(b"x" * 8_192)
        assert pair.server.read() == 8_192


# Writing.


def test_what_is_sent_is_heard_in_order(connect: Connect):
    pair = connect()
    assert pair.server.send(b"one ") == 4
    assert pair.server.send(b"two") == 3
    assert pair.client.hears() == b"one two"


def test_what_the_socket_does_not_take_is_sent_later_whole_and_in_order(connect: Connect):
    """The queue's head may be shorter than the record that waits: its chunks grow (send_queue.py)."""
    pair = connect()
    sent, heard, at = b"".join(b"%08d" % number for number in range(80_000)), b"", 0
    steps = (70_000, 3_000, 5, 16_384, 40_000)
    link = pair.server
    for turn in range(10_000):
        if at < len(sent):
            part = sent[at : at + steps[turn % len(steps)]]
            at += len(part)
            count = 0
            if link.queue is None:
                try:
                    count = link.send(part)
                except BlockingIOError:
                    count = 0
            if count < len(part):
                link.enqueue(part[count:], float(turn % 3))
        if turn % 7 == 0:
            heard += pair.client.hears()
            link.flush()
        if len(heard) == len(sent):
            break
    assert heard == sent
    assert link.queue is None


def test_a_record_that_waits_is_offered_as_it_was(connect: Connect):
    """Even to somebody who comes back with less than it held: OpenSSL would refuse it ("bad length")."""
    pair, blocks = connect(), 0
    with pytest.raises(BlockingIOError):
        while True:
            pair.server.send(b"a" * 16_384)
            blocks += 1
    heard = pair.client.hears()
    assert pair.server.send(b"a" * 100) == 16_384
    assert pair.server.send(b"end") == 3
    heard += pair.client.hears()
    assert heard == b"a" * 16_384 * (blocks + 1) + b"end"


def test_a_peer_that_is_gone_is_an_error_and_no_end_by_itself(connect: Connect):
    pair = connect()
    pair.client.sock.close()
    with pytest.raises(OSError, match="TLS failed"):
        pair.server.send(b"hello")


# The end.


def test_a_clean_end_says_so_before_the_socket_does(connect: Connect):
    pair = connect()
    pair.server.send(b"bye")
    pair.server.end_output()
    assert pair.client.hears() == b"bye<end>"


def test_closing_says_so_once(connect: Connect):
    pair = connect()
    pair.server.end_output()
    pair.server.close()
    pair.server.close()
    assert pair.client.hears() == b"<end>"


def test_a_closed_connection_touches_no_descriptor(connect: Connect):
    """Its number may be that of another connection already."""
    pair = connect()
    number = pair.server.sock.fileno()
    pair.server.sock.close()
    other, end = socket.socketpair()
    assert number in (other.fileno(), end.fileno())
    pair.server.close()
    assert pair.server.send(b"hello") == 5
    other.setblocking(False)
    end.setblocking(False)
    for sock in (other, end):
        with pytest.raises(BlockingIOError):
            sock.recv(100)
    other.close()
    end.close()


def test_a_closed_connection_is_freed_without_the_garbage_collector(connect: Connect, maker: Maker):
    ours, theirs = socket.socketpair()
    link = TLSConnection(ours, 1, 0, Peer("192.0.2.1"), Limits(), ServerTLS(maker.issue()).context(0))
    gone = weakref.ref(link.sock)
    gc.disable()
    try:
        link.close()
        del link, ours
        assert gone() is None
    finally:
        gc.enable()
        theirs.close()
