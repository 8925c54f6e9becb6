"""The pause after wrong passwords: whoever guesses waits longer each time.

Rules:
1. An attempt counts as wrong from its beginning until the password was right, so that many attempts at once are no way
   around the pause.
2. Whoever mistypes a password a few times does not notice any of this.
3. Attempts are counted for each address; of IPv6 for the first 64 bits, which is what one customer has.
4. The table is bounded: the place that was quiet the longest is forgotten first.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from math import ceil

import msgspec

from ipcchat.core.limits import Limits

DOUBLINGS_MAX = 32
QUIET_PAUSES = 2
"""A place is forgotten after it was quiet for so many of the longest pauses."""


class Place(msgspec.Struct):
    """Where attempts come from: how many there were, and until when it has to wait (monotonic seconds)."""

    attempts: int = 0
    until: float = 0.0


class Logins:
    """The places that tried passwords lately."""

    def __init__(self) -> None:
        self._places: dict[str, Place] = {}

    def pause(self, address: str, ticks: float) -> int:
        """How many seconds an address has to wait before its next attempt; 0: it may try now."""
        place = self._places.get(_place_of(address))
        return max(0, ceil(place.until - ticks)) if place else 0

    def begin(self, address: str, ticks: float, limits: Limits) -> None:
        """An attempt begins; until it succeeds it counts as wrong."""
        name = _place_of(address)
        place = self._places.pop(name, None)
        if place is None or ticks - place.until > QUIET_PAUSES * limits.login_pause_seconds_max:
            place = Place()
        place.attempts += 1
        place.until = ticks + _pause_after(place.attempts, limits)
        self._places[name] = place
        while len(self._places) > limits.login_addresses_max:
            del self._places[next(iter(self._places))]

    def succeeded(self, address: str) -> None:
        """The password was right: the address starts afresh."""
        self._places.pop(_place_of(address), None)


def _pause_after(attempts: int, limits: Limits) -> int:
    """The seconds to wait after so many attempts: none for the first ones, then 1, 2, 4 and so on."""
    over = attempts - limits.login_attempts_free
    return min(2 ** min(over - 1, DOUBLINGS_MAX), limits.login_pause_seconds_max) if over > 0 else 0


def _place_of(address: str) -> str:
    """What counts as one place: the address, or the /64 of an IPv6 one. What is no address stands for itself."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, IPv6Address):
        return str(ip.ipv4_mapped or int(ip) >> 64)
    return address
