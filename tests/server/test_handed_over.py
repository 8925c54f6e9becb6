"""Listening sockets that a server leaves to the next one in its process."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from ipcchat.server import handed_over

URL = "irc://127.0.0.1:0"


@pytest.fixture(autouse=True)
def nothing_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test leaves is closed."""
    monkeypatch.delenv(handed_over.VARIABLE, raising=False)
    yield
    handed_over.close_rest()


def listening() -> socket.socket:
    """A socket that listens."""
    sock = socket.create_server(("127.0.0.1", 0))
    assert not os.get_inheritable(sock.fileno())
    return sock


def test_who_connects_meanwhile_waits() -> None:
    sock = listening()
    port = sock.getsockname()[1]
    handed_over.leave([(URL, sock)])
    assert sock.fileno() == -1
    with socket.create_connection(("127.0.0.1", port)) as client:
        taken = handed_over.take(URL)
        assert taken is not None
        with taken:
            assert not os.get_inheritable(taken.fileno())
            assert not taken.getblocking()
            assert taken.getsockname()[1] == port
            accepted, address = taken.accept()
            assert address == client.getsockname()
            accepted.close()


def test_a_descriptor_outlives_the_program() -> None:
    handed_over.leave([(URL, listening())])
    descriptor = int(os.environ[handed_over.VARIABLE].partition("=")[0])
    assert os.get_inheritable(descriptor)


def test_each_is_taken_once_by_its_url() -> None:
    one, two, other = listening(), listening(), listening()
    ports = [sock.getsockname()[1] for sock in (one, two)]
    handed_over.leave([(URL, one), (URL, two), ("irc://[::1]:0", other)])
    taken = [handed_over.take(URL) for _ in range(3)]
    assert [sock.getsockname()[1] if sock is not None else None for sock in taken] == [*ports, None]
    for sock in taken:
        if sock is not None:
            sock.close()


def test_what_nobody_takes_is_closed() -> None:
    sock = listening()
    port = sock.getsockname()[1]
    handed_over.leave([(URL, sock)])
    handed_over.close_rest()
    assert handed_over.VARIABLE not in os.environ
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


@pytest.mark.parametrize("words", ["", "x", "x=irc://127.0.0.1:0", "=irc://127.0.0.1:0", "99999=irc://127.0.0.1:0"])
def test_what_is_no_socket_is_nothing(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    monkeypatch.setenv(handed_over.VARIABLE, words)
    assert handed_over.take(URL) is None
    handed_over.close_rest()


def test_a_socket_that_does_not_listen_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        monkeypatch.setenv(handed_over.VARIABLE, f"{other.fileno()}={URL}")
        assert handed_over.take(URL) is None
        assert os.fstat(other.fileno())
