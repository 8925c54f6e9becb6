"""Who guesses passwords waits.

Rules:
1. From one address, an account is tried a few times a minute (`logins_per_account_max`), and all accounts together a
   few times more (`logins_per_address_max`). Of IPv6 an address is the first 64 bits, which is what one customer has.
2. From all addresses together an account is tried a few times, then with a pause that grows. It does not hold for an
   address that logged in to that account before, and not for who is logged in: a guesser cannot lock the owner out.
3. An attempt counts from its beginning, so that many at once are no way around this; one that succeeds is taken back.
4. An account is what was tried, whether it exists or not.
5. The tables are bounded: what was quiet the longest is forgotten first.

Times are monotonic seconds.
"""

from __future__ import annotations

from ipaddress import IPv6Address
from math import ceil
from typing import TypeVar

import msgspec

from ipcchat.core.addresses import normal
from ipcchat.core.limits import Limits
from ipcchat.wire.casemap import fold

K = TypeVar("K")
V = TypeVar("V")

WINDOW_SECONDS = 60.0
FRIENDS_MAX = 10_000
DOUBLINGS_MAX = 32
QUIET_PAUSES = 2
"""The pause of an account begins anew after it was quiet for so many of the longest ones."""


class Window(msgspec.Struct):
    """When the last attempts began, at most `most` of them in any WINDOW_SECONDS."""

    most: int
    times: list[float] = []

    def pause(self, ticks: float) -> float:
        """How long until one more is within the bound."""
        return self.times[-self.most] + WINDOW_SECONDS - ticks if len(self.times) >= self.most else 0.0

    def begin(self, ticks: float, most: int) -> None:
        """One more."""
        self.most = most
        self.times = [time for time in self.times if time + WINDOW_SECONDS > ticks]
        self.times.append(ticks)

    def take_back(self, ticks: float | None) -> None:
        """The one that began then was no guess; None: the last one."""
        if ticks is None and self.times:
            self.times.pop()
        elif ticks in self.times:
            self.times.remove(ticks)


class Siege(msgspec.Struct):
    """The attempts at one account from everywhere: how many there were, and until when the next one waits."""

    attempts: int = 0
    until: float = 0.0


class Logins:
    """The attempts of the last time."""

    def __init__(self) -> None:
        self._addresses: dict[str, Window] = {}
        self._pairs: dict[tuple[str, str], Window] = {}
        self._sieges: dict[str, Siege] = {}
        self._friends: dict[tuple[str, str], None] = {}

    def pause(self, address: str, ticks: float, account: str = "") -> int:
        """How many seconds an address has to wait before it may try that account; 0: it may now. What is no account,
        such as the server's password, is ""."""
        place, name = place_of(address), fold(account)
        pair, window, siege = self._pairs.get((place, name)), self._addresses.get(place), self._sieges.get(name)
        waits = [each.pause(ticks) for each in (pair, window) if each is not None]
        if siege is not None and (place, name) not in self._friends:
            waits.append(siege.until - ticks)
        return max(0, ceil(max(waits, default=0.0)))

    def begin(self, address: str, ticks: float, limits: Limits, account: str = "") -> None:
        """An attempt begins; until it succeeds it counts as wrong."""
        place, name, most = place_of(address), fold(account), limits.login_addresses_max
        _renewed(self._addresses, place, Window(0), most).begin(ticks, limits.logins_per_address_max)
        _renewed(self._pairs, (place, name), Window(0), most).begin(ticks, limits.logins_per_account_max)
        if name:
            _besiege(_renewed(self._sieges, name, Siege(), most), ticks, limits)

    def succeeded(self, address: str, account: str = "", began: float | None = None) -> None:
        """The password was right: the attempt that began then (None: the last one) counts no more."""
        place, name = place_of(address), fold(account)
        for window in (self._addresses.get(place), self._pairs.get((place, name))):
            if window is not None:
                window.take_back(began)
        siege = self._sieges.get(name)
        if siege is not None:
            siege.attempts, siege.until = max(0, siege.attempts - 1), 0.0
        if name:
            _renewed(self._friends, (place, name), None, FRIENDS_MAX)


def _renewed(table: dict[K, V], key: K, new: V, most: int) -> V:
    """What a bounded table has for a key, or `new`, as the youngest."""
    found = table.pop(key, new)
    table[key] = found
    while len(table) > most:
        del table[next(iter(table))]
    return found


def _besiege(siege: Siege, ticks: float, limits: Limits) -> None:
    if ticks - siege.until > QUIET_PAUSES * limits.login_pause_seconds_max:
        siege.attempts = 0
    siege.attempts += 1
    over = siege.attempts - limits.login_attempts_free
    pause = min(2 ** min(over - 1, DOUBLINGS_MAX), limits.login_pause_seconds_max) if over > 0 else 0
    siege.until = ticks + pause


def place_of(address: str) -> str:
    """What counts as one place: the address, or the /64 of an IPv6 one. What is no address stands for itself."""
    ip = normal(address)
    if ip is None:
        return address
    return str(int(ip) >> 64 if isinstance(ip, IPv6Address) else ip)
