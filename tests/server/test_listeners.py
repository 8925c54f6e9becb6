"""Listening, accepting, and what cannot be listened on."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator

import pytest

from ipcchat.core.peers import Peer
from ipcchat.server import listeners
from ipcchat.server.addresses import Address, ListenError
from ipcchat.server.listeners import Listener, visible_host


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener(Address("127.0.0.1", 0))
    yield listener
    listener.close()


def test_port_0_is_a_free_one(listener: Listener):
    assert listener.address.port > 0


def test_those_who_wait_are_accepted(listener: Listener):
    assert list(listener.accept()) == []
    peers = [socket.create_connection(("127.0.0.1", listener.address.port)) for _ in range(3)]
    accepted = list(listener.accept())
    assert [peer for _, peer in accepted] == [Peer("127.0.0.1")] * 3
    assert all(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for sock, _ in accepted)
    for sock in [*peers, *(sock for sock, _ in accepted)]:
        sock.close()


def test_a_port_in_use_names_another(listener: Listener):
    port = listener.address.port
    with pytest.raises(ListenError, match=f"port {port} is in use; try --listen irc://127.0.0.1:{port + 1}") as caught:
        Listener(Address("127.0.0.1", port))
    assert caught.value.exit_code == 69


def test_an_address_that_is_not_ours():
    with pytest.raises(ListenError, match=r"cannot listen on irc://192\.0\.2\.1:0") as caught:
        Listener(Address("192.0.2.1", 0))
    assert caught.value.exit_code == 69


def test_no_permission_says_what_to_do():
    error = listeners._listen_error(Address("127.0.0.1", 80), PermissionError(errno.EACCES, "Permission denied"))
    assert error.exit_code == 77
    assert "6667" in str(error)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::1", "0::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_hosts_are_shown_so_that_a_line_can_carry_them(
    address: str, shown: str
):  # RFC 1459: a parameter begins with no colon
    assert visible_host(address) == shown
