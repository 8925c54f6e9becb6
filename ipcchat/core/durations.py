"""How long something lasts, as people write it: 30m, 1d12h, 2w; and how long ago something was, as they say it."""

from __future__ import annotations

import re

from ipcchat.core.counting import counted

UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "y": 31_536_000}
WORDS = {"day": 86_400, "hour": 3_600, "minute": 60}
SECONDS_MAX = 100 * UNITS["y"]
_PARTS = re.compile(r"(?:[0-9]{1,9}[smhdwy])+")
_PART = re.compile(r"([0-9]+)([smhdwy])")


def parse_duration(text: str) -> int | None:
    """The seconds that "1d12h" means, at most a hundred years; None for what is no duration, or none at all."""
    written = text.lower()
    if not _PARTS.fullmatch(written):
        return None
    seconds = sum(int(number) * UNITS[unit] for number, unit in _PART.findall(written))
    return seconds if 0 < seconds <= SECONDS_MAX else None


def in_words(seconds: int) -> str:
    """A time in the largest unit of which it has at least two: 90 seconds, 45 minutes, 30 hours, 12 days."""
    for word, size in WORDS.items():
        if seconds >= 2 * size:
            return counted(seconds // size, word)
    return counted(seconds, "second")
