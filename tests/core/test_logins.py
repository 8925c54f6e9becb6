"""The pause after wrong passwords (docs/settings.md: limits.login_attempts_free and its neighbours)."""

from __future__ import annotations

import pytest

from ipcchat.core.limits import Limits
from ipcchat.core.logins import DOUBLINGS_MAX, Logins

LIMITS = Limits(login_attempts_free=3, login_pause_seconds_max=60, login_addresses_max=3)


def attempts(logins: Logins, address: str, count: int, ticks: float = 0.0) -> int:
    """So many attempts at one moment; the pause after them."""
    for _ in range(count):
        logins.begin(address, ticks, LIMITS)
    return logins.pause(address, ticks)


def test_typing_errors_cost_nothing_and_guessing_more_each_time():
    pauses = [attempts(Logins(), "192.0.2.7", count) for count in range(12)]
    assert pauses == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]


def test_the_pause_goes_by():
    logins = Logins()
    assert attempts(logins, "192.0.2.7", 6) == 4
    assert [logins.pause("192.0.2.7", ticks) for ticks in (0.5, 3.0, 3.5, 4.0, 9.0)] == [4, 1, 1, 0, 0]


def test_the_right_password_is_a_fresh_start():
    logins = Logins()
    attempts(logins, "192.0.2.7", 9)
    logins.succeeded("192.0.2.7")
    assert attempts(logins, "192.0.2.7", 3) == 0
    logins.succeeded("192.0.2.99")


def test_after_a_long_silence_everything_is_forgotten():
    logins = Logins()
    attempts(logins, "192.0.2.7", 5, ticks=0.0)
    logins.begin("192.0.2.7", 122.0, LIMITS)
    assert logins.pause("192.0.2.7", 122.0) == 4
    logins.begin("192.0.2.7", 247.0, LIMITS)
    assert logins.pause("192.0.2.7", 247.0) == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.7", "192.0.2.8", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("0::1", "::2", True),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("gateway/ann", "gateway/bob", False),
    ],
)
def test_what_is_one_place(one, other, same):  # RFC 6177: a customer has at least a /64
    logins = Logins()
    assert attempts(logins, one, 4) == 1
    assert logins.pause(other, 0.0) == int(same)


def test_the_table_is_bounded_and_forgets_who_was_quiet_the_longest():
    logins = Logins()
    for address in ("a", "b", "c", "a", "d"):
        attempts(logins, address, 4)
    assert [logins.pause(address, 0.0) > 0 for address in "abcd"] == [True, False, True, True]


def test_the_pause_has_an_end_however_many_attempts_there_were():
    assert attempts(Logins(), "192.0.2.7", 3 + 2 * DOUBLINGS_MAX) == 60
