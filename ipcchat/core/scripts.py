"""Which scripts a name is written in, and which of them go together in one name.

Rules:
1. Letters of one script go together, and Latin with those that Chinese, Japanese and Korean are written in: the level
   "Highly Restrictive" of UTS 39. Which characters a name may have is not asked here.
2. Digits, punctuation and marks that all scripts share belong to none. A character that the table does not know yet
   has the script Unknown.

Specification: UTS 39 5.2 "Restriction-Level Detection" (https://www.unicode.org/reports/tr39/#Restriction_Level_Detection)
with the property Script of UAX 24, without Script_Extensions.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache

_COMMON = "Common"
_UNKNOWN = "Unknown"
_TOGETHER = (
    {"Latin", "Han", "Bopomofo"},
    {"Latin", "Han", "Hiragana", "Katakana"},
    {"Latin", "Han", "Hangul"},
)


def scripts_of(name: str) -> list[str]:
    """The scripts that `name` is written in, each once, in the order in which they begin in it."""
    return list(dict.fromkeys(script for character in name if (script := _script(ord(character))) != _COMMON))


def go_together(scripts: list[str]) -> bool:
    """Whether one name may be written in all of these."""
    return len(scripts) <= 1 or any(group.issuperset(scripts) for group in _TOGETHER)


def _script(character: int) -> str:
    firsts, ranges = _ranges()
    last, script = ranges[bisect_right(firsts, character) - 1]
    return script if character <= last else _UNKNOWN


@cache
def _ranges() -> tuple[list[int], list[tuple[int, str]]]:
    """Where ranges of characters begin, in ascending order, and beside it the last character and the script of each."""
    from ipcchat.core.unicode_tables import SCRIPTS

    found: dict[int, tuple[int, str]] = {}
    for group in SCRIPTS.split():
        script, _, spans = group.partition(":")
        for span in spans.split(","):
            first, _, last = span.partition("-")
            found[int(first, 16)] = int(last or first, 16), script.replace("_", " ")
    firsts = sorted(found)
    return firsts, [found[first] for first in firsts]
