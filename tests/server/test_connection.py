"""One socket: bytes to messages, and what another protocol looks like."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.server.connection import Connection, ForeignProtocol
from ipcchat.wire.message import Message, WireError

Ends = tuple[socket.socket, Connection]


@pytest.fixture
def ends() -> Iterator[Ends]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    yield theirs, Connection(ours, 1, 0, Peer("host"), Limits())
    ours.close()
    theirs.close()


def read(link: Connection) -> int:
    return link.read()


def test_lines_become_messages_and_errors_keep_their_place(ends: Ends):  # Modern IRC: message format
    peer, link = ends
    peer.sendall(b"PING a\r\n@ \r\nNICK b\r\n")
    assert read(link) > 0
    first, second, third = link.take(10)
    assert isinstance(first, Message) and first.params == ["a"]
    assert isinstance(second, WireError)
    assert isinstance(third, Message) and third.command == "NICK"


def test_nothing_to_read_is_not_the_end(ends: Ends):
    _, link = ends
    assert read(link) == 0
    assert link.ended == ""


def test_the_end_of_input_is_said(ends: Ends):  # HOSTILE F18
    peer, link = ends
    peer.close()
    assert read(link) == 0
    assert link.ended == "Connection closed"


def test_a_tls_handshake_is_known_by_its_first_byte(ends: Ends):  # HOSTILE F02
    peer, link = ends
    peer.sendall(b"\x16")
    with pytest.raises(ForeignProtocol, match="TLS"):
        read(link)


def test_an_http_request_is_known_by_its_first_line(ends: Ends):  # HOSTILE F03
    peer, link = ends
    peer.sendall(b"OPTIONS /x?y=1 HTTP/1.1\r\nNICK a\r\n")
    read(link)
    with pytest.raises(ForeignProtocol, match="HTTP"):
        link.take(10)


def test_later_lines_may_look_like_anything(ends: Ends):
    peer, link = ends
    peer.sendall(b"NICK a\r\n")
    read(link)
    link.take(10)
    peer.sendall(b"\x16\x03\r\nGET / HTTP/1.1\r\n")
    read(link)
    assert len(link.take(10)) == 2


def test_what_the_socket_does_not_take_is_queued_and_flushed(ends: Ends):
    peer, link = ends
    written = bytes(range(256)) * 8_192
    link.enqueue(written[link.send(written) :], now=1.0)
    link.enqueue(b"end", now=2.0)
    got = b""
    while len(got) < len(written) + 3:
        got += peer.recv(65_536)
        link.flush()
    assert got == written + b"end"
    assert link.queue is None


def test_a_peer_that_is_gone_takes_everything(ends: Ends):  # rule 3
    peer, link = ends
    link.enqueue(b"x" * 2_000_000, now=1.0)
    assert not link.flush()
    peer.close()
    assert link.flush()
    assert link.queue is None
