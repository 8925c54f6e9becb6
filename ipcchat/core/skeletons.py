"""What a name looks like: two different names with one skeleton are mistaken for each other.

Rules:
1. A skeleton is for comparing only. It is no name and is shown to nobody.
2. It is UTS 39's skeleton after NFKC and case folding, with `rn` written as `m`: `ChɑnServ`, `СhanServ`, `ＣhanServ`
   and `chanserv` have one, so have Иван and иван. Letters with different accents keep different ones.
3. It goes by what is shown: a capital I looks like l, a small i does not. So `paul` and `pauI` have one skeleton,
   `ella` and `elia` do not, and a change of case alone can change a skeleton. In a name beyond ASCII that is all in
   capitals I is i, because no casemapping makes ÉLISE and élise the same.
4. ASCII names need no table. The others decode it once, when the first of them comes.

Specification: UTS 39 4 "Confusable Detection" (https://www.unicode.org/reports/tr39/#Confusable_Detection), without
bidiSkeleton: a nick is written in one direction (RFC 5893).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# UTS 39's rows from ASCII to ASCII, after case folding; its m -> rn is done the other way round.
ASCII_LOOKS = {"0": "o", "1": "l", "|": "l", "`": "'"}
_ASCII = "".join("l" if letter == "I" else ASCII_LOOKS.get(letter, letter.lower()) for letter in map(chr, range(128)))
# Default_Ignorable_Code_Point (UAX 44), a pattern that is compiled when it is needed first.
_IGNORABLE = (
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def skeleton(name: str) -> str:
    """What `name` looks like, the same for all names that are mistaken for it. Never fails, whatever `name` holds."""
    if not name.isascii():
        name = re.sub(_IGNORABLE, "", unicodedata.normalize("NFKC", name))
    if name.isascii():
        seen = name.translate(_ASCII)
    else:
        shown = name if name.isupper() else name.replace("I", "l")
        seen = unicodedata.normalize("NFD", folded(shown).translate(_looks()))
    return seen.replace("rn", "m")


def folded(text: str) -> str:
    """`text` without differences of case, width and composition, and without what cannot be seen."""
    return re.sub(_IGNORABLE, "", unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold()))


@cache
def _looks() -> dict[int, str]:
    """Folded character -> what it looks like."""
    from ipcchat.core.unicode_tables import CONFUSABLES

    table = {}
    for group in CONFUSABLES.split():
        look, _, characters = group.partition(":")
        seen = "".join(chr(int(part, 16)) for part in look.split("+"))
        table.update({int(character, 16): seen for character in characters.split(",")})
    return table
