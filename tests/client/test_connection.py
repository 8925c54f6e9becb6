"""The pause between connections, and reasons for people."""

import errno
import socket

import pytest

from ipcchat.client.connection import Backoff, reason_for
from ipcchat.client.urls import Address


def test_pauses_double_up_to_a_limit_and_begin_again() -> None:
    backoff = Backoff(draw=lambda: 1.0)
    assert [backoff.next_seconds() for _ in range(9)] == [0.25, 0.5, 1, 2, 4, 8, 16, 30, 30]
    backoff.reset()
    assert backoff.next_seconds() == 0.25


def test_pauses_are_anywhere_below_their_limit() -> None:
    """Full jitter: a thousand clients must not come back in the same instant."""
    assert Backoff(draw=lambda: 0.0).next_seconds() == 0
    pauses = {Backoff().next_seconds() for _ in range(50)}
    assert len(pauses) > 40 and all(0 <= pause < 1 for pause in pauses)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), "nothing listens on irc://h:1"),
        (socket.gaierror(-2, "Name or service not known"), "there is no host h"),
        (TimeoutError(), "irc://h:1 does not answer"),
        (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), "Connection reset by peer"),
        (OSError(), "OSError"),
    ],
)
def test_a_reason_is_for_people(error: OSError, reason: str) -> None:
    assert reason_for(error, Address("h", 1)) == reason
