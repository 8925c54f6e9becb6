"""Listener URLs and what cannot be listened on."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator

import pytest

from ipcchat.server import listeners
from ipcchat.server.listeners import Address, Listener, ListenError, parse_listen_url, visible_host


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("irc://127.0.0.1:6667", "127.0.0.1", 6667),
        ("irc://0.0.0.0:7000", "0.0.0.0", 7000),
        ("irc://[::1]:6668/", "::1", 6668),
        ("irc://localhost", "localhost", 6667),
        ("irc://127.0.0.1:0", "127.0.0.1", 0),
    ],
)
def test_urls_that_are_understood(url: str, host: str, port: int):
    address = parse_listen_url(url)
    assert address == Address(host, port)
    assert parse_listen_url(address.url) == address


@pytest.mark.parametrize(
    "url", ["ircs://127.0.0.1:6697", "unix:///run/chat", "plain://127.0.0.1:7777", "http://127.0.0.1:8080"]
)
def test_doors_of_later_versions_say_so(url: str):
    with pytest.raises(ListenError, match="later version") as caught:
        parse_listen_url(url)
    assert caught.value.exit_code == 78


@pytest.mark.parametrize(
    "url",
    [
        "",
        "6667",
        "127.0.0.1:6667",
        "irc://",
        "irc://:6667",
        "irc://h:99999",
        "irc://h:x",
        "irc://a@h",
        "irc://h/x",
        "irc://[::1",
    ],
)
def test_other_urls_are_refused(url: str):
    with pytest.raises(ListenError) as caught:
        parse_listen_url(url)
    assert caught.value.exit_code == 78


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
    assert [host for _, host in accepted] == ["127.0.0.1"] * 3
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
