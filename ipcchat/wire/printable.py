"""What others wrote, made harmless: for terminals, logs and pipes.

Rules:
1. The result has no character that a terminal acts on: no C0 or C1 control, no DEL, no bidi control, no line separator.
2. What is taken out stays visible: a C0 control as its Unicode picture (ESC is shown as U+241B), the rest as U+FFFD.
3. mIRC formatting codes (colours, bold and the like) are taken out without a trace: they are decoration, not content.

Specification of the formatting codes: Modern IRC "Formatting" (https://modern.ircdocs.horse/formatting).
"""

from __future__ import annotations

from ipcchat.wire.formatting import strip_formatting

_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_SEPARATORS = "\u2028\u2029"
_REPLACED = (
    {code: 0x2400 + code for code in range(0x20)}
    | {0x7F: 0x2421}
    | dict.fromkeys(range(0x80, 0xA0), 0xFFFD)
    | dict.fromkeys(map(ord, _BIDI + _SEPARATORS + "\ufeff"), 0xFFFD)
    | dict.fromkeys(range(0xD800, 0xE000), 0xFFFD)
    | dict.fromkeys(range(0xE0000, 0xE0080), 0xFFFD)
)


def printable(text: str) -> str:
    """The text as one line that is safe to write to a terminal, see the rules above."""
    return strip_formatting(text).translate(_REPLACED)
