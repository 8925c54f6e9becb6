"""Times as people read them where they are; a time that no clock here can show is shown as it was sent."""

from __future__ import annotations

from datetime import datetime


def local(time: datetime) -> datetime:
    """A time in the zone of this machine; itself when it lies at the edge of the calendar."""
    try:
        return time.astimezone()
    except (OverflowError, ValueError, OSError):
        return time


def clock(time: datetime) -> str:
    """Hours and minutes: "17:03"."""
    return f"{local(time):%H:%M}"


def in_full(time: datetime) -> str:
    """Everything that one may want to know: "Mon 23 Nov 17:03:12"."""
    return f"{local(time):%a %d %b %H:%M:%S}"
