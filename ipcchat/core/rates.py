"""How often one user may do what others have to hear, such as another nick: a few times in a window of seconds.

Rules:
1. What counts is what was proposed: a command that was refused cost nobody anything but its sender.
2. All connections of a user are one.
3. A window is forgotten when it is over; the table is bounded by REMEMBERED_MAX besides.

Times are monotonic seconds.
"""

from __future__ import annotations

from math import ceil

import msgspec

from ipcchat.wire import numerics
from ipcchat.wire.numerics import Numeric

REMEMBERED_MAX = 50_000

SECONDS_MAX = 300
"""No rate may have a longer window."""


class Rate(msgspec.Struct, frozen=True):
    """So many `times` in any `seconds`; `numeric` is what tells who is too fast."""

    times: int
    seconds: int
    numeric: Numeric = numerics.RPL_TRYAGAIN


class Rates:
    """What the users of this node did in the last time."""

    def __init__(self) -> None:
        self._times: dict[tuple[str, str], tuple[float, ...]] = {}

    def __len__(self) -> int:
        """How many windows are remembered."""
        return len(self._times)

    def pause(self, uid: str, what: str, rate: Rate, ticks: float) -> int:
        """How many seconds a user has to wait before he may do it again; 0: he may now."""
        times = self._times.get((uid, what), ())
        if len(times) < rate.times:
            return 0
        return max(0, ceil(times[-rate.times] + rate.seconds - ticks))

    def count(self, uid: str, what: str, rate: Rate, ticks: float) -> None:
        """He does it now."""
        times = self._times.pop((uid, what), ())
        self._times[uid, what] = (*times, ticks)[-rate.times :]
        while len(self._times) > REMEMBERED_MAX:
            del self._times[next(iter(self._times))]

    def take_back(self, uid: str, what: str) -> None:
        """The last time counts no more."""
        times = self._times.pop((uid, what), ())
        if times[1:]:
            self._times[uid, what] = times[:-1]

    def forget(self, ticks: float) -> None:
        """Forget what is long over: the oldest stand first."""
        while self._times:
            key = next(iter(self._times))
            if ticks - self._times[key][-1] < SECONDS_MAX:
                return
            del self._times[key]
