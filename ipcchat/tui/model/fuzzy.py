"""Which of many names somebody means who typed a few letters.

Rules:
1. All letters occur in the name in their order, else it does not match. A channel's sign need not be typed; who types
   it means channels.
2. Better is, in this order: the name itself, its beginning, the beginning of one of its words, a part of it, the first
   letters of its words, letters anywhere. Of equals the one of less `weight` is better, then the shorter one.
3. Several words may match in any order, each the name or its network.
4. The time is linear in what is looked at, whatever the names are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from heapq import nsmallest
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

CHANNEL_SIGNS = "#&+!"
# What is typed, and what of a name is looked at, beyond this says nothing more.
LETTERS_MAX = 100

SAME, BEGINNING, WORD, PART, INITIALS, LETTERS = range(6)

Quality = Callable[[str], "int | None"]


class Candidate(NamedTuple, Generic[T]):
    """Something that may be meant. `name` and `network` (that it is in) are `comparable`; of equal matches the one of
    less `weight` is better."""

    name: str
    network: str
    weight: int
    target: T


def comparable(name: str) -> str:
    """A name as it is compared."""
    return name[:LETTERS_MAX].lower()


def quality(typed: str) -> Quality:
    """A function that says how well a comparable name matches one typed word, from SAME to LETTERS; None when it does
    not."""
    wanted = comparable(typed)
    signs = "" if wanted[:1] in CHANNEL_SIGNS else CHANNEL_SIGNS
    starts_word = re.compile(rf"[\W_]{re.escape(wanted)}").search
    has_initials = re.compile(r"[^\W_]*+[\W_]++".join(map(re.escape, wanted))).match
    has_letters = re.compile("".join(f"[^{re.escape(letter)}]*+{re.escape(letter)}" for letter in wanted)).match

    def matches(name: str) -> int | None:
        if wanted in name:
            bare = name.lstrip(signs)
            if bare.startswith(wanted):
                return SAME if len(bare) == len(wanted) else BEGINNING
            return WORD if starts_word(name) else PART
        if not has_letters(name):
            return None
        return INITIALS if has_initials(name.lstrip(signs)) else LETTERS

    return matches


def ranked(typed: str, candidates: Iterable[Candidate[T]], limit: int) -> list[T]:
    """What is meant by what was typed, the best first, at most `limit`. Nothing typed means nothing."""
    words = typed.split()
    if not words:
        return []
    match = quality(words[0]) if len(words) == 1 else None
    together = Together(words)
    found: list[list[Candidate[T]]] = [[] for _ in range(LETTERS + 1)]
    for candidate in candidates:
        how_well = match(candidate.name) if match is not None else together.match(candidate)
        if how_well is not None:
            found[how_well].append(candidate)
    best: list[Candidate[T]] = []
    for group in found:
        if len(best) < limit:
            best += nsmallest(limit - len(best), group, key=lambda one: (one.weight, len(one.name), one.name))
    return [candidate.target for candidate in best]


class Together:
    """Several typed words."""

    def __init__(self, words: Iterable[str]) -> None:
        matches = [quality(word) for word in words]
        self._words = [(match, cache(match)) for match in matches]

    def match(self, candidate: Candidate[T]) -> int | None:
        """How well they match: as well as the worst of them; None when one does not. The few networks are looked at
        once."""
        worst = SAME
        for of_name, of_network in self._words:
            match, other = of_name(candidate.name), of_network(candidate.network)
            if match is None or (other is not None and other < match):
                match = other
            if match is None:
                return None
            worst = max(worst, match)
        return worst


def letters_found(typed: str, name: str) -> set[int]:
    """Which characters of a name, by their places, are those that were typed."""
    lowered = name.lower()
    if len(lowered) != len(name):
        return set()
    found: set[int] = set()
    for word in typed.lower().split():
        if (place := lowered.find(word)) >= 0:
            found |= set(range(place, place + len(word)))
        else:
            found |= scattered(word, lowered)
    return found


def scattered(word: str, lowered: str) -> set[int]:
    """The places of letters in their order; none when they are not all there."""
    places: set[int] = set()
    place = -1
    for letter in word:
        place = lowered.find(letter, place + 1)
        if place < 0:
            return set()
        places.add(place)
    return places
