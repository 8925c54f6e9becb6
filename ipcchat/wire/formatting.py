"""mIRC formatting codes in texts: bold, italics, underline, colours and the like.

Specification: Modern IRC "Formatting" (https://modern.ircdocs.horse/formatting).
"""

from __future__ import annotations

import re

# A colour takes the digits behind it along; the other codes are one character.
_CODES = re.compile(
    r"\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]"
)
_CHARACTERS = frozenset("\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f")


def is_formatted(text: str) -> bool:
    """Whether a text has formatting codes."""
    return not _CHARACTERS.isdisjoint(text)


def strip_formatting(text: str) -> str:
    """The text without formatting codes."""
    return _CODES.sub("", text) if is_formatted(text) else text
