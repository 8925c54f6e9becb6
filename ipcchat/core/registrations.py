"""How often accounts are registered: a few an hour from one address, some more in ten minutes altogether.

Rules:
1. An attempt counts when it costs something: from the hash of the password on.
2. The table is bounded by what counts altogether.

Times are monotonic seconds.
"""

from __future__ import annotations

from math import ceil

from ipcchat.core.limits import Limits
from ipcchat.core.logins import place_of

ADDRESS_SECONDS = 3_600.0
NETWORK_SECONDS = 600.0


class Registrations:
    """The registrations of the last hour."""

    def __init__(self) -> None:
        self._times: list[tuple[float, str]] = []

    def pause(self, address: str, ticks: float, limits: Limits) -> int:
        """How many seconds an address has to wait before it may register an account; 0: it may now. "" stands for this
        machine, whose people share an address."""
        self._times = [each for each in self._times if each[0] + ADDRESS_SECONDS > ticks]
        everybody = [time for time, _ in self._times]
        own = [time for time, place in self._times if address and place == place_of(address)]
        waits = (
            _wait(everybody, limits.registrations_max, NETWORK_SECONDS, ticks),
            _wait(own, limits.registrations_per_address_max, ADDRESS_SECONDS, ticks),
        )
        return max(0, ceil(max(waits)))

    def count(self, address: str, ticks: float) -> None:
        """An account is registered from there."""
        self._times.append((ticks, place_of(address)))


def _wait(times: list[float], most: int, seconds: float, ticks: float) -> float:
    return times[-most] + seconds - ticks if len(times) >= most else 0.0
