"""Filters: patterns that nobody may say.

Rules:
1. A pattern is a mask (* and ?) over the whole text without formatting and in small letters; "*word*" finds a word
   anywhere. There are no regular expressions: matching takes time linear in the text, whatever the pattern (masks.py).
2. A message of several lines is one text: its lines have a space between them, and what was cut into pieces is whole.
3. Operators of the network are not filtered.
4. What is said is compared when it is proposed and again when it is applied, by the same function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ipcchat.core.errors import Refusal
from ipcchat.core.facts import LINE_BREAK, SEAM
from ipcchat.wire import masks, numerics
from ipcchat.wire.casemap import fold
from ipcchat.wire.formatting import strip_formatting

if TYPE_CHECKING:
    from ipcchat.core.state import State, User

BLOCK, KILL, WARN = "block", "kill", "warn"
ACTIONS = {
    BLOCK: "the text is refused, with the reason",
    WARN: "the text goes through, and operators are told (+s f)",
    KILL: "the text is refused, and who said it is put off the network",
}
"""What happens to who says it."""

_LITERALS_MIN = 3


class Filter(msgspec.Struct, frozen=True, array_like=True):
    """A pattern, what happens to who says it, why, and who set it when (Unix ms)."""

    pattern: str
    action: str
    reason: str
    by: str
    at: int


class Caught(Refusal):
    """Refused because of a filter."""

    def __init__(self, found: Filter, target: str) -> None:
        numeric = numerics.ERR_CANNOTSENDTOCHAN if target[:1] == "#" else numerics.ERR_CANTSENDTOUSER
        super().__init__(numeric, target, text=f"Your text was not sent: {found.reason}")
        self.filter = found


def compared(text: str) -> str:
    """What of a text patterns are compared with."""
    return fold(strip_formatting(text.replace(SEAM, "").replace(LINE_BREAK, " ")))


def matching(state: State, text: str, *actions: str) -> Filter | None:
    """The first filter with one of these actions whose pattern the text is; of all actions without any."""
    wanted = compared(text)
    for found in state.filters.values():
        if (not actions or found.action in actions) and masks.match(found.pattern, wanted):
            return found
    return None


def check(state: State, user: User, target: str, text: str) -> None:
    """The user may say that. To be asked only when there are filters. Raises Caught."""
    if "o" not in user.modes:
        found = matching(state, text, BLOCK, KILL)
        if found is not None:
            raise Caught(found, target)


def warning(state: State, user: User, text: str) -> Filter | None:
    """The filter that tells operators of a text that goes through."""
    return None if "o" in user.modes else matching(state, text, WARN)


def pattern_problem(pattern: str, bytes_max: int) -> str:
    """Why a pattern cannot be used, for people; "" when it can."""
    if len(pattern.encode()) > bytes_max or not pattern.isprintable():
        return f"A pattern has at most {bytes_max} bytes and no control characters"
    if sum(character not in "*? " for character in pattern) < _LITERALS_MIN:
        return f"A pattern needs {_LITERALS_MIN} characters beside * and ?: this one would hit what everybody says"
    return ""
