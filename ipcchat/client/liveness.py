"""Whether the server on the other side of a connection is still there: when to ask, and when to give up.

Rules:
1. A server that is silent for SILENT_SECONDS is asked (PING); PONG_SECONDS later the connection is given up.
2. So is one that has answered nothing of what was asked for ANSWER_SECONDS, whatever else it says.
3. The connections of a machine that slept are mostly dead: then, and when somebody wants to know, the server is asked
   at once and given up WAKE_SECONDS later.

Pure: the time comes from outside. Specification: RFC 2812 3.7.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

SILENT_SECONDS = 60.0
PONG_SECONDS = 30.0
ANSWER_SECONDS = 60.0
WAKE_SECONDS = 10.0
# The clock on the wall runs on while a machine sleeps, a monotonic one does not. Less than this is a busy machine, or a
# clock that was set.
SLEPT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happens: `wall` for people, `ticks` (seconds of a monotonic clock) for deadlines."""

    wall: datetime
    ticks: float


def has_slept(before: Moment, now: Moment) -> bool:
    """Whether the machine slept between two moments."""
    return (now.wall - before.wall).total_seconds() - (now.ticks - before.ticks) > SLEPT_SECONDS


class Liveness:
    """What is known of the present connection's life; `opened` first."""

    def __init__(self) -> None:
        self._last: Moment | None = None
        self._heard_at = self._answered_at = 0.0
        self._asked = False
        self._deadline: float | None = None

    def opened(self, moment: Moment) -> None:
        """There is a new connection."""
        self._last, self._answered_at = moment, moment.ticks
        self.heard(moment)

    def heard(self, moment: Moment) -> None:
        """Bytes came."""
        self._heard_at, self._asked, self._deadline = moment.ticks, False, None

    def answered(self, moment: Moment) -> None:
        """Something that was asked was answered."""
        self._answered_at = moment.ticks

    def doubted(self, moment: Moment) -> bool:
        """There is a reason to think that the server is gone, see rule 3; whether it is to be asked now."""
        if self._deadline is not None:
            return False
        self._deadline, self._asked = moment.ticks + WAKE_SECONDS, True
        return True

    def asks(self, moment: Moment) -> bool:
        """Time passed, to be called about once a second: whether the server is to be asked now."""
        before, self._last = self._last, moment
        if before is not None and has_slept(before, moment):
            return self.doubted(moment)
        if self._asked or moment.ticks - self._heard_at <= SILENT_SECONDS:
            return False
        self._asked = True
        return True

    def verdict(self, moment: Moment, unanswered: int) -> str:
        """Why the connection is to be given up; "" when it is not. `unanswered` is how many asks wait."""
        silent = moment.ticks - self._heard_at
        if unanswered == 0:
            self._answered_at = moment.ticks
        if self._deadline is not None and moment.ticks >= self._deadline:
            return "the server does not answer any more"
        if silent > SILENT_SECONDS + PONG_SECONDS:
            return f"the server is silent for {silent:.0f} seconds"
        if moment.ticks - self._answered_at > ANSWER_SECONDS:
            return f"the server has answered nothing for {ANSWER_SECONDS:.0f} seconds"
        return ""
