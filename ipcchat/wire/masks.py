"""Masks: nick!user@host patterns with * (any run of characters) and ? (exactly one).

Rules:
1. Matching takes time linear in the text, whatever the mask; there is no backtracking and no regular expression.
2. Case is the caller's: fold both sides first (casemap.py).
3. Every other character stands for itself; there is no escape.
4. A mask without ! and @ is a nick, or a host when it has what no nick has: a dot, a colon or a slash.

Specification: Modern IRC "Masks" and RFC 2812 2.5, without its backslash.
"""

from __future__ import annotations

import re
from functools import lru_cache

_STARS = re.compile(r"\*{2,}")
_HOST_MARKS = frozenset(".:/")


def match(mask: str, text: str) -> bool:
    """Whether the mask describes the whole text."""
    segments = mask.split("*")
    if len(segments) == 1:
        return len(mask) == len(text) and _fits(mask, text, 0)
    first, last = segments[0], segments[-1]
    position, end = len(first), len(text) - len(last)
    if position > end or not _fits(first, text, 0) or not _fits(last, text, end):
        return False
    for segment in segments[1:-1]:
        found = _find(segment, text, position, end)
        if found < 0:
            return False
        position = found + len(segment)
    return True


def _fits(segment: str, text: str, position: int) -> bool:
    """Whether this piece between two stars describes the text at `position`, where there is room for it."""
    if "?" not in segment:
        return text.startswith(segment, position)
    return all(wanted in ("?", text[position + index]) for index, wanted in enumerate(segment))


def _find(segment: str, text: str, start: int, end: int) -> int:
    """Where this piece first fits wholly inside text[start:end], or -1.

    With ? it is a shift-and search: one integer step per character.
    """
    if "?" not in segment:
        return text.find(segment, start, end)
    wild, places = _places(segment)
    reached, done = 0, 1 << (len(segment) - 1)
    for position in range(start, end):
        reached = (reached << 1 | 1) & (places.get(text[position], 0) | wild)
        if reached & done:
            return position - len(segment) + 1
    return -1


@lru_cache(maxsize=512)
def _places(segment: str) -> tuple[int, dict[str, int]]:
    """Bit sets of the places where the piece has ?, and where it has each other character."""
    places: dict[str, int] = {}
    for index, wanted in enumerate(segment):
        places[wanted] = places.get(wanted, 0) | 1 << index
    return places.pop("?"), places


def normalize_mask(mask: str) -> str:
    """The full nick!user@host form: "ann" is ann!*@*, "user@host" is *!user@host, "*.example.org" is *!*@*.example.org.

    Missing parts and runs of stars become one star.
    """
    name, at, host = mask.partition("@")
    nick, bang, user = name.partition("!")
    if at and not bang:
        nick, user = "", name
    elif not at and not bang and not _HOST_MARKS.isdisjoint(name):
        nick, host = "", name
    return _STARS.sub("*", f"{nick or '*'}!{user or '*'}@{host or '*'}")
