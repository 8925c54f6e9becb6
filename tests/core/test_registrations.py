"""How often accounts are registered (docs/settings.md: limits.registrations_max, registrations_per_address_max)."""

from __future__ import annotations

from ipcchat.core.limits import Limits
from ipcchat.core.registrations import Registrations

LIMITS = Limits(registrations_max=5, registrations_per_address_max=2)


def test_a_few_an_hour_from_one_address():
    registrations = Registrations()
    for ticks in (0.0, 700.0):
        assert registrations.pause("2001:db8::1", ticks, LIMITS) == 0
        registrations.count("2001:db8::1", ticks)
    assert registrations.pause("2001:db8::2", 700.0, LIMITS) == 2_900
    assert registrations.pause("2001:db8:1::1", 700.0, LIMITS) == 0
    assert registrations.pause("2001:db8::1", 3_600.0, LIMITS) == 0


def test_some_more_in_ten_minutes_altogether_and_this_machine_is_part_of_that():
    registrations = Registrations()
    for number in range(5):
        registrations.count("127.0.0.1", float(number))
        assert (registrations.pause("", float(number), LIMITS) > 0) is (number == 4)
    assert registrations.pause("192.0.2.7", 4.0, LIMITS) == 596
    assert registrations.pause("192.0.2.7", 600.0, LIMITS) == 0
