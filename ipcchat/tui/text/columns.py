"""The columns of the timeline: where the gutter, the time, the nick and the text stand.

Rules:
1. From WIDE_MIN columns on: the gutter, the time, the nick to the right of its column, the text; what is continued
   stands under the text. Below that the nick stands before the text, with a colon, and there is no time.
2. Nicks get more room where there is more of it, at most NICK_MAX cells; too long ones are cut. Nothing but the width
   decides, so that text stands in the same column everywhere and never moves because of who speaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from ipcchat.tui.local_time import local
from ipcchat.tui.text.cells import cut

WIDE_MIN = 40
NICK_BASE, NICK_SHARE, NICK_MAX = 3, 10, 12
TEXT_MIN = 2
HANG = 2
HALF_DAY_HOURS = 12


@dataclass(frozen=True, slots=True)
class Columns:
    """Cells of each part; `hang` is where text begins that is continued, `text` how much room it has there."""

    width: int
    gutter: int = 1
    time: int = 0
    nick: int = 0
    hang: int = 0

    @classmethod
    def of(cls, width: int, clock: int) -> Columns:
        """The columns for so many cells; `clock` is 24 or 12 hours."""
        if width < WIDE_MIN:
            gutter = 1 if width > TEXT_MIN else 0
            return cls(width, gutter=gutter, hang=gutter + (HANG if width >= 4 * HANG else 0))
        time = len(clock_face(0, clock))
        nick = min(NICK_MAX, NICK_BASE + width // NICK_SHARE)
        return cls(width, time=time, nick=nick, hang=1 + time + 1 + nick + 1)

    @property
    def wide(self) -> bool:
        """Whether time and nick have columns of their own."""
        return self.nick > 0

    @property
    def text(self) -> int:
        """The room of a row of text."""
        return max(1, self.width - self.hang)

    def fitted_nick(self, nick: str, beside: int = 0) -> str:
        """A tamed nick as long as it may be, with so many cells beside it."""
        return cut(nick, max(1, (self.nick or self.width // 3) - beside))


@dataclass(frozen=True, slots=True)
class Moment:
    """A local time, as far as rows show it."""

    day: date
    clock: str


def moment(time: datetime, clock: int) -> Moment:
    """The local day and time of day of a moment, in hours of 24 or 12."""
    return _moment(int(time.timestamp() // 60), clock)


@lru_cache(20_000)
def _moment(minute: int, clock: int) -> Moment:
    here = local(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=minute))
    return Moment(here.date(), clock_face(here.hour * 60 + here.minute, clock))


def clock_face(minutes: int, clock: int) -> str:
    """A time of day: "17:03", or " 5:03pm"; always as long."""
    hour, minute = divmod(minutes, 60)
    if clock != HALF_DAY_HOURS:
        return f"{hour:02}:{minute:02}"
    half = "pm" if hour >= HALF_DAY_HOURS else "am"
    return f"{(hour - 1) % HALF_DAY_HOURS + 1:>2}:{minute:02}{half}"


def day_label(day: date) -> str:
    """A day as people write it."""
    return f"{day:%A}, {day.day} {day:%B %Y}"
