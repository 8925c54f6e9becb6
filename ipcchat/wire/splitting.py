"""A long text to texts that fit a line.

Rules:
1. A cut is made at a space where there is one; that one space is all that is lost.
2. Otherwise between what a reader sees as characters: not before a combining mark, nor inside a joined emoji, a flag or
   a Hangul syllable.
3. Otherwise between code points; a UTF-8 character is never cut. So there is always progress.

Specification: Unicode UAX 29 "Extended Grapheme Clusters", the parts named in rule 2.
"""

from __future__ import annotations

import unicodedata

from ipcchat.wire.message import WireError

_ZERO_WIDTH_JOINER = "\u200d"
_MARKS = frozenset({"Mn", "Mc", "Me"})


def split_text(text: str, bytes_max: int) -> list[str]:
    """The text in pieces of at most `bytes_max` UTF-8 bytes, none of them empty; an empty text has none.

    Raises ValueError when `bytes_max` is under 4 (one character may need that), WireError (INVALID_UTF8) for a lone
    surrogate.
    """
    if bytes_max < 4:
        raise ValueError(f"bytes_max must be at least 4, not {bytes_max}")
    pieces: list[str] = []
    start = 0
    while start < len(text):
        end = _fitting(text, start, bytes_max)
        cut, resume = (end, end) if end == len(text) else _cut(text, start, end)
        pieces.append(text[start:cut])
        start = resume
    return pieces


def _fitting(text: str, start: int, bytes_max: int) -> int:
    """The end of the longest piece from `start` that fits."""
    try:
        window = text[start : start + bytes_max].encode()
    except UnicodeEncodeError:
        raise WireError("INVALID_UTF8", "The text has a lone surrogate, which is not UTF-8; take it out") from None
    return start + len(window[:bytes_max].decode(errors="ignore"))


def _cut(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the piece ends and the next begins; `end` is where it must end at the latest."""
    space = text.rfind(" ", start + 1, end + 1)
    while space > start:
        if text[start:space].strip(" ") and not _joined(text, start, space + 1):
            return space, space + 1
        space = text.rfind(" ", start + 1, space)
    for cut in range(end, start, -1):
        if not _joined(text, start, cut):
            return cut, cut
    return end, end


def _joined(text: str, start: int, index: int) -> bool:
    """Whether the characters before and at `index` are seen as one. `start` is where the piece begins."""
    if index >= len(text) or text[index].isascii():
        return False
    before, after = text[index - 1], text[index]
    if before == _ZERO_WIDTH_JOINER or _extends(after):
        return True
    if _is_regional(after):
        run = text[start:index]
        return (len(run) - len(run.rstrip(_REGIONAL))) % 2 == 1
    return _is_hangul_join(before, after)


_REGIONAL = "".join(map(chr, range(0x1F1E6, 0x1F200)))


def _extends(char: str) -> bool:
    """Whether this belongs to what is before it: a mark, a joiner, a skin tone or an emoji tag."""
    return (
        unicodedata.category(char) in _MARKS
        or char in "\u200c\u200d"
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\U000e0020" <= char <= "\U000e007f"
    )


def _is_regional(char: str) -> bool:
    """Whether this is half of a flag."""
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _is_hangul_join(before: str, after: str) -> bool:
    """Whether these two are of one Hangul syllable: leading consonants, then vowels, then trailing ones."""
    leading = "\u1100" <= before <= "\u115f"
    if "\u1160" <= after <= "\u11ff":
        return "\u1100" <= before <= "\u11ff" or "\uac00" <= before <= "\ud7a3"
    return leading and ("\u1100" <= after <= "\u115f" or "\uac00" <= after <= "\ud7a3")
