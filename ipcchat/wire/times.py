"""Timestamps of server-time: UTC, milliseconds, ISO 8601.

Rules:
1. A time is an int, Unix milliseconds; years 1970 to 9999.
2. Arithmetic only: nothing here asks what time it is, so the calendar is four lines of integers and no import.

Specification: IRCv3 server-time (https://ircv3.net/specs/extensions/server-time).
"""

from __future__ import annotations

import re
from functools import lru_cache

from ipcchat.wire.message import WireError

TIME_MAX = 253_402_300_799_999
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z", re.ASCII)

# Years are counted from 1 March, so that the leap day is the last of its year, in cycles of 400 years.
_DAYS_PER_CYCLE = 146_097
_DAYS_BEFORE_1970 = 719_468


def format_time(ms: int) -> str:
    """Write Unix milliseconds as "2026-01-02T03:04:05.678Z". Raises WireError (BAD_TIME) outside years 1970 to 9999."""
    if not 0 <= ms <= TIME_MAX:
        raise WireError("BAD_TIME", f"A time is 0 to {TIME_MAX} ms, not {ms}")
    seconds, thousandths = divmod(ms, 1000)
    return f"{_format_seconds(seconds)}.{thousandths:03d}Z"


@lru_cache(maxsize=64)
def _format_seconds(seconds: int) -> str:
    """Unix seconds without fraction and zone. Kept, because the messages of one moment share their second."""
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    year, month, day = _date(days)
    return f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}"


def parse_time(text: str) -> int:
    """Read a timestamp to Unix milliseconds; digits past the third are cut off.

    Raises WireError (BAD_TIME). COMPAT: a fraction may be missing or have 1 to 9 digits, and a leap second (:60) is the
    last millisecond of its minute; the specification writes exactly 3 digits.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise WireError("BAD_TIME", "A time is written like 2026-01-02T03:04:05.678Z")
    year, month, day, hour, minute, second = map(int, found.groups()[:6])
    thousandths = int(((found[7] or "") + "000")[:3])
    if second == 60:
        second, thousandths = 59, 999
    days = _days(year, month, day)
    if days < 0 or _date(days) != (year, month, day) or hour > 23 or minute > 59 or second > 59:
        raise WireError("BAD_TIME", f"There is no such time since 1970: {text}")
    return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + thousandths


def _days(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 to this date of the Gregorian calendar."""
    year -= month <= 2
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return year * 365 + year // 4 - year // 100 + year // 400 + day_of_year - _DAYS_BEFORE_1970


def _date(days: int) -> tuple[int, int, int]:
    """Year, month and day that are this many days after 1970-01-01."""
    cycle, day_of_cycle = divmod(days + _DAYS_BEFORE_1970, _DAYS_PER_CYCLE)
    year = (day_of_cycle - day_of_cycle // 1460 + day_of_cycle // 36524 - day_of_cycle // 146_096) // 365
    day_of_year = day_of_cycle - (year * 365 + year // 4 - year // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = (shifted + 2) % 12 + 1
    return cycle * 400 + year + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1
