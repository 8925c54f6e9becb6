"""Text from right to left, in the order in which it is seen: for terminals that draw one cell after another.

Rules:
1. The order is that of UAX #9, by the library python-bidi, which is imported when the first such text comes.
2. Directions are found for a whole line, and rows are put in order after it was broken into rows (UAX #9, 3.4).
3. Clusters move as a whole, so that a mark stays on its letter (L3). Brackets are mirrored (L4).
4. A terminal that does all of this itself is told not to: `BIDI_EXPLICIT` at the start, `BIDI_IMPLICIT` at the end
   (ECMA-48 8.3.13, BDSM).

Specification: Unicode Standard Annex 9 (https://www.unicode.org/reports/tr9/).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from unicodedata import bidirectional

BIDI_EXPLICIT = "\x1b[8l"
BIDI_IMPLICIT = "\x1b[8h"
# Hebrew, Arabic, Syriac, Thaana, N'Ko and the others up to Arabic Extended-A; presentation forms; the scripts of
# plane 1.
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]")


def has_right_to_left(text: str) -> bool:
    """Whether a text has characters that are written from right to left."""
    return not text.isascii() and _RIGHT_TO_LEFT.search(text) is not None


def levels(text: str) -> tuple[int, list[int]]:
    """The level of the line (1: it is written from right to left) and of each of its characters."""
    from bidi import algorithm

    text = "".join(map(_assigned, text))
    base = algorithm.get_base_level(text)
    storage = algorithm.get_empty_storage() | {"base_level": base, "base_dir": "LR"[base]}
    algorithm.get_embedding_levels(text, storage)
    for place, character in enumerate(storage["chars"]):
        character["place"] = place
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    algorithm.resolve_neutral_types(storage, False)
    algorithm.resolve_implicit_levels(storage, False)
    found = [base] * len(text)
    for character in storage["chars"]:
        found[character["place"]] = character["level"]
    return base, found


def _assigned(character: str) -> str:
    """A character, or one of its direction where Python does not know it: the library stops at those (UAX #9, 3.2)."""
    if bidirectional(character):
        return character
    return "\u05d0" if _RIGHT_TO_LEFT.match(character) else "a"


def seen_order(found: Sequence[int]) -> list[int]:
    """The places of a row's clusters, from left to right, by their levels (L2)."""
    from bidi.algorithm import reverse_contiguous_sequence

    odd = [level for level in found if level % 2]
    units = [{"level": level, "place": place} for place, level in enumerate(found)]
    if odd:
        reverse_contiguous_sequence(units, 0, len(units) - 1, max(found), min(odd))
    return [unit["place"] for unit in units]


def mirrored(cluster: str) -> str:
    """A cluster as it is drawn from right to left."""
    return _mirrors().get(cluster, cluster)


@cache
def _mirrors() -> dict[str, str]:
    from bidi.mirror import MIRRORED

    return dict(MIRRORED)
