"""Small pieces of sentences: lists of names, times, durations, reasons, quotations.

Rule: what came from others goes through `printable` here, so that what is returned is harmless for a terminal.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ipcchat.client.text import cut, printable, width

NAMES_SHOWN = 5
QUOTE_COLUMNS = 60


def because(reason: str) -> str:
    """A reason in brackets, if there is one. Servers write "Quit: " before what somebody said when he left, also when
    that was nothing."""
    return f" ({printable(reason)})" if reason.strip() not in ("", "Quit:") else ""


def several(names: Sequence[str], shown: int = NAMES_SHOWN) -> str:
    """Names as people list them: "ann", "ann and bob", "ann, bob, eve and 12 more"."""
    safe = [printable(name) for name in names]
    if len(safe) > shown + 1:
        return f"{', '.join(safe[:shown])} and {len(safe) - shown} more"
    return " and ".join([", ".join(safe[:-1]), safe[-1]] if len(safe) > 1 else safe)


def moment(time: datetime) -> str:
    """A moment in local time: "17:03" today, else "22 November 2026, 17:03"."""
    local = time.astimezone()
    today = local.date() == datetime.now().astimezone().date()
    return f"{local:%H:%M}" if today else f"{local.day} {local:%B %Y, %H:%M}"


def duration(seconds: int) -> str:
    """A length of time in its two largest units: "12 s", "3 min", "2 h 5 min", "4 d 1 h"."""
    for unit, smaller, size, part in (("d", "h", 86_400, 3_600), ("h", "min", 3_600, 60)):
        if seconds >= size:
            rest = seconds % size // part
            return f"{seconds // size} {unit}" + (f" {rest} {smaller}" if rest else "")
    return f"{seconds // 60} min" if seconds >= 60 else f"{seconds} s"


def start_of(text: str) -> str:
    """The beginning of what somebody said, in one short line."""
    line = " ".join(printable(text.replace("\n", " ")).split())
    return line if width(line) <= QUOTE_COLUMNS else f"{cut(line, QUOTE_COLUMNS - 1)}…"
