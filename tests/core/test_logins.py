"""Who guesses passwords waits (docs/settings.md: logins_per_account_max and its neighbours). Hostile input A01."""

from __future__ import annotations

import pytest

from ipcchat.core.limits import Limits
from ipcchat.core.logins import DOUBLINGS_MAX, FRIENDS_MAX, Logins, place_of

LIMITS = Limits()
DAY_SECONDS = 86_400


def guesses(logins: Logins, address: str, account: str, ticks: float, limits: Limits = LIMITS, most: int = 100) -> int:
    """How many guesses an address can make at one moment."""
    count = 0
    while count < most and not logins.pause(address, ticks, account):
        logins.begin(address, ticks, limits, account)
        count += 1
    return count


def test_three_a_minute_for_an_account_and_ten_for_an_address():
    logins = Logins()
    assert [guesses(logins, "192.0.2.7", account, 0.0) for account in ("ann", "bob", "joe", "eve")] == [3, 3, 3, 1]
    assert guesses(logins, "192.0.2.8", "eve", 0.0) == 3
    assert logins.pause("192.0.2.7", 0.0, "ann") == logins.pause("192.0.2.7", 0.0, "new") == 60
    assert logins.pause("192.0.2.7", 59.5, "ann") == 1
    assert guesses(logins, "192.0.2.7", "ann", 60.0) == 3


def test_names_fold_and_no_name_is_one_too():  # the server's password and OPER
    logins = Logins()
    assert guesses(logins, "192.0.2.7", "Ann", 0.0) == 3
    assert logins.pause("192.0.2.7", 0.0, "aNN") == 60
    assert guesses(logins, "192.0.2.7", "", 0.0) == 3


def test_what_succeeds_is_taken_back_and_nothing_else():
    logins = Logins()
    for ticks in (0.0, 1.0, 2.0):
        logins.begin("192.0.2.7", ticks, LIMITS, "ann")
    logins.succeeded("192.0.2.7", "ann", 1.0)
    assert guesses(logins, "192.0.2.7", "ann", 3.0) == 1
    assert logins.pause("192.0.2.7", 3.0, "ann") == 57
    logins.succeeded("192.0.2.7", "ann")
    assert guesses(logins, "192.0.2.7", "ann", 3.0) == 1
    logins.succeeded("192.0.2.99", "nobody")
    logins.succeeded("192.0.2.7", "ann", 77.0)
    assert guesses(logins, "192.0.2.7", "ann", 3.0) == 0


def test_taking_back_when_nothing_is_left():
    logins = Logins()
    logins.begin("192.0.2.7", 0.0, LIMITS)
    logins.succeeded("192.0.2.7")
    logins.succeeded("192.0.2.7")
    assert guesses(logins, "192.0.2.7", "", 0.0) == 3


def test_an_account_that_many_try_has_a_pause_that_grows():
    limits = Limits(login_attempts_free=3, login_pause_seconds_max=60)
    logins, ticks, pauses = Logins(), 0.0, []
    for number in range(12):
        logins.begin(f"192.0.2.{number}", ticks, limits, "ann")
        pauses.append(logins.pause("198.51.100.1", ticks, "ann"))
        ticks += pauses[-1]
    assert pauses == [0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert logins.pause("198.51.100.1", ticks, "bob") == 0
    logins.begin("192.0.2.99", ticks + 180.5, limits, "ann")
    assert logins.pause("198.51.100.1", ticks + 180.5, "ann") == 0


def test_the_pause_has_an_end_however_many_attempts_there_were():
    logins = Logins()
    for number in range(3 + 2 * DOUBLINGS_MAX):
        logins.begin(f"2001:db8:{number:x}::1", 0.0, LIMITS, "ann")
    assert logins.pause("198.51.100.1", 0.0, "ann") == LIMITS.login_pause_seconds_max


def test_the_owner_is_not_locked_out_where_he_logged_in_before():
    logins = Logins()
    logins.begin("198.51.100.1", 0.0, LIMITS, "ann")
    logins.succeeded("198.51.100.1", "ann", 0.0)
    for number in range(50):
        logins.begin(f"192.0.2.{number}", 1.0, LIMITS, "ann")
    assert logins.pause("192.0.2.77", 1.0, "Ann") == 300
    assert logins.pause("198.51.100.1", 1.0, "Ann") == 0
    assert guesses(logins, "198.51.100.1", "ann", 1.0) == 3  # it is no way to guess without end either


def test_a_day_of_attack_from_a_thousand_addresses():  # G18
    """Each address tries one account as often as it may: the bounds hold for each, and for all together."""
    logins = Logins()
    tried: dict[str, list[int]] = {}
    for second in range(0, DAY_SECONDS, 7):
        for number in range(1_000) if not logins.pause("198.51.100.1", second, "ann") else ():
            address = f"2001:db8:{number:x}::1"
            for _ in range(guesses(logins, address, "ann", second, most=5)):
                tried.setdefault(address, []).append(second)
    everything = sorted(second for seconds in tried.values() for second in seconds)
    assert all(most_within_a_minute(seconds) <= LIMITS.logins_per_account_max for seconds in tried.values())
    assert len(everything) <= LIMITS.login_attempts_free + 9 + DAY_SECONDS / LIMITS.login_pause_seconds_max


def test_an_hour_of_one_password_for_a_thousand_accounts():  # G18
    logins, tried, number = Logins(), [], 0
    for second in range(3_600):
        while guesses(logins, "192.0.2.7", f"user{number % 1_000}", second, most=1):
            tried.append(second)
            number += 1
    assert most_within_a_minute(tried) == LIMITS.logins_per_address_max
    assert len(tried) == 600


def most_within_a_minute(seconds: list[int]) -> int:
    """The most of these that are in any 60 seconds."""
    return max(sum(first <= second < first + 60 for second in seconds) for first in seconds)


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
    assert (place_of(one) == place_of(other)) is same
    logins = Logins()
    guesses(logins, one, "ann", 0.0)
    assert (logins.pause(other, 0.0, "ann") > 0) is same


def test_the_tables_are_bounded_and_forget_who_was_quiet_the_longest():
    limits, logins = Limits(login_addresses_max=3), Logins()
    for address in ("a", "b", "c", "a", "d"):
        for _ in range(3):
            logins.begin(address, 0.0, limits)
    assert [logins.pause(address, 0.0) > 0 for address in "abcd"] == [True, False, True, True]
    for number in range(FRIENDS_MAX + 5):
        logins.succeeded("192.0.2.7", f"user{number}")
    sizes = [len(table) for table in (logins._addresses, logins._pairs, logins._sieges, logins._friends)]
    assert sizes == [3, 3, 0, FRIENDS_MAX]
