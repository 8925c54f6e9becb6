"""Cells: how much room a text takes on a terminal, and what of it terminals agree upon.

Rules:
1. Widths are those that Rich knows, for Textual counts by them; a cluster (a character with what stands on it) is
   never cut.
2. What is drawn is as wide as it is counted. So what terminals count differently is written in another way (`tame`):
   of an emoji made of several the parts, without joiners, colours of the skin and variation selectors, unless the
   terminal is known to draw clusters as one.
3. A cluster has at most CLUSTER_MAX characters, SPACING_MARKS_MAX of them with a width of their own in some terminals;
   where something was taken out for that, U+FFFD says so. Other invisible characters are left out.
4. A mark without a character to stand on stands on U+25CC, the dotted circle (Unicode Standard, 2.11).

Specifications: Unicode Standard Annexes 11 (East Asian Width) and 29 (Text Segmentation).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from unicodedata import category, normalize

from rich.cells import cell_len, get_character_cell_size, set_cell_size, split_graphemes

CLUSTER_MAX = 16
SPACING_MARKS_MAX = 2
ELLIPSIS = "\u2026"
REPLACEMENT = "\ufffd"
DOTTED_CIRCLE = "\u25cc"
JOINER, NON_JOINER, EMOJI_SELECTOR, TEXT_SELECTOR, SOFT_HYPHEN = "\u200d", "\u200c", "\ufe0f", "\ufe0e", "\u00ad"
MARKS = ("Mn", "Me", "Mc")
# Terminals that draw an emoji made of several as one, by the variable that tells them (mode 2027 or the same by
# default).
CLUSTER_TERMINALS = {"TERM": ("xterm-kitty", "xterm-ghostty", "foot", "contour"), "TERM_PROGRAM": ("ghostty", "kitty")}
_SKIN = re.compile("[\U0001f3fb-\U0001f3ff]")
_FLAG_LETTER = re.compile("[\U0001f1e6-\U0001f1ff]")
_JAMO = re.compile("[\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]")


def draws_clusters(environ: Mapping[str, str]) -> bool:
    """Whether the terminal that these variables tell of draws clusters as one; not inside of tmux or screen."""
    if environ.get("TMUX") or environ.get("STY"):
        return False
    return any(environ.get(variable, "").startswith(names) for variable, names in CLUSTER_TERMINALS.items())


def width(text: str) -> int:
    """The cells that a tamed text takes."""
    return cell_len(text)


def cut(text: str, cells: int) -> str:
    """A tamed text as it is, or its beginning with an ellipsis, in at most so many cells."""
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, cells - 1).rstrip(" ") + ELLIPSIS if cells > 0 else ""


def clusters(text: str) -> list[tuple[int, int, int]]:
    """The clusters of a tamed text: where each begins and ends, and its cells. A flag, two letters, is one."""
    sizes = list(map(get_character_cell_size, text))
    if 0 in sizes:
        found = split_graphemes(text)[0]
    else:
        found = [(place, place + 1, size) for place, size in enumerate(sizes)]
    return list(_with_flags(text, found)) if _FLAG_LETTER.search(text) else found


def _with_flags(text: str, found: list[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
    letter: tuple[int, int, int] | None = None
    for cluster in found:
        if not _FLAG_LETTER.match(text, cluster[0]):
            if letter is not None:
                yield letter
            yield cluster
            letter = None
        elif letter is None:
            letter = cluster
        else:
            yield letter[0], cluster[1], letter[2] + cluster[2]
            letter = None
    if letter is not None:
        yield letter


def tame(text: str, joined: bool = False) -> str:
    """A printable text as it can be drawn, see the rules; `joined`: the terminal draws clusters as one."""
    if text.isascii():
        return text
    if 0 not in map(get_character_cell_size, text) and SOFT_HYPHEN not in text:
        return text
    return "".join(_Tamer(joined).parts(normalize("NFC", text) if _JAMO.search(text) else text))


class _Tamer:
    """Goes through one text and knows the cluster that it is in."""

    def __init__(self, joined: bool) -> None:
        self.joined = joined
        self.base = ""
        self.size = self.spacing = 0
        self.full = False

    def parts(self, text: str) -> Iterator[str]:
        """The text, character by character, with what is drawn instead of some."""
        for place, character in enumerate(text):
            if self._stays_joined(text, place):
                self.size += 1
                yield character
            elif character == SOFT_HYPHEN:
                continue
            elif get_character_cell_size(character):
                self._begins(character)
                yield character
            else:
                yield from self._on_top(character)

    def _begins(self, character: str) -> None:
        self.base, self.size, self.spacing, self.full = character, 1, 0, False

    def _stays_joined(self, text: str, place: int) -> bool:
        """Whether this is a joiner, or what it joins, or a colour or selector of an emoji, that may stay."""
        if not self.joined or self.size >= CLUSTER_MAX or not _is_emoji(self.base):
            return False
        if text[place] == JOINER:
            return _is_emoji(text[place + 1 : place + 2])
        if text[place] == EMOJI_SELECTOR or _SKIN.match(text, place):
            return True
        return text[place - 1] == JOINER and _is_emoji(text[place]) and self.size > 1

    def _on_top(self, character: str) -> Iterator[str]:
        """A character without a width."""
        kind = category(character)
        if character in (JOINER, EMOJI_SELECTOR, TEXT_SELECTOR):
            return
        if _SKIN.match(character) and _is_emoji(self.base):
            return
        if kind == "Cf" and character != NON_JOINER:
            return
        if kind not in MARKS and character != NON_JOINER and not (_JAMO.match(character) and _JAMO.match(self.base)):
            self._begins(REPLACEMENT)
            yield REPLACEMENT
        elif not self.base:
            self._begins(DOTTED_CIRCLE)
            yield DOTTED_CIRCLE + character
        elif self.size < CLUSTER_MAX and self.spacing + (kind == "Mc") <= SPACING_MARKS_MAX:
            self.size += 1
            self.spacing += kind == "Mc"
            yield character
        elif not self.full:
            self.full = True
            yield REPLACEMENT


def _is_emoji(character: str) -> bool:
    """Whether this one character can be part of an emoji of several."""
    return character != "" and category(character) in ("So", "Sm")
