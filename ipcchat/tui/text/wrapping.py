"""Where a line of text is broken into rows.

Rules:
1. Rows break at spaces, which hang over the edge; in a word that is longer than a row after one of "-/?&=_.,;" or else
   between any two clusters; between wide characters everywhere but before what closes and after what opens.
2. A long word fills the row that it begins in, unless less than BEGINNING_MIN characters of it have room there.
3. No cluster is broken, and no row is wider than asked for, unless one cluster alone is.
4. Rows are made one at a time: who stops early pays for no more.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from unicodedata import category

from rich.cells import get_character_cell_size

from ipcchat.tui.text.cells import clusters

BREAKS_AFTER = "-/?&=_.,;"
# Categories of characters that end and that begin something: not first and not last in a row between wide characters.
NOT_FIRST, NOT_LAST = ("Pe", "Pf", "Po", "Lm"), ("Ps", "Pi")
BEGINNING_MIN = 8
# How many characters back from the edge a break between wide characters is looked for.
WIDE_BREAK_MAX = 8


@dataclass(frozen=True, slots=True)
class Piece:
    """What of a line stands in one row: text[start:end] is drawn, behind `indent` cells; text[end:following] are
    spaces that hang over the edge."""

    start: int
    end: int
    following: int
    indent: int = 0


class Ruler:
    """Measures one tamed line."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.simple = text.isascii()
        if not self.simple:
            found = clusters(text)
            self.starts = [start for start, _, _ in found]
            self.cells = [0, *accumulate(size for _, _, size in found)]

    def reach(self, start: int, cells: int) -> int:
        """How far one gets from a start within so many cells; one cluster at least."""
        if self.simple:
            return min(start + max(cells, 1), len(self.text))
        first = bisect_right(self.starts, start) - 1
        last = max(bisect_right(self.cells, self.cells[first] + cells) - 1, first + 1)
        return self.starts[last] if last < len(self.starts) else len(self.text)

    def between(self, start: int, end: int) -> int:
        """The cells from a cluster's start to another's."""
        if self.simple:
            return end - start
        return self.cells[self._index(end)] - self.cells[self._index(start)]

    def is_between(self, place: int) -> bool:
        """Whether this is between two clusters."""
        return self.simple or place >= len(self.text) or self.starts[self._index(place)] == place

    def _index(self, place: int) -> int:
        return len(self.starts) if place >= len(self.text) else bisect_right(self.starts, place) - 1


def wrap(text: str, columns: int, *, first: int | None = None, hang: int = 0) -> Iterator[Piece]:
    """The rows of a tamed line: `columns` cells each, the first one `first`, the others behind `hang` cells of
    indentation. An empty line is one empty row."""
    start, room, indent = 0, columns if first is None else first, 0
    if len(text) <= room and text.isascii():
        yield Piece(0, len(text), len(text))
        return
    ruler = Ruler(text)
    while True:
        end = following = _end_of_row(ruler, start, room, columns - hang)
        if end < len(text):
            end = start + len(text[start:end].rstrip(" ")) if text[start:end].strip(" ") else end
        while following < len(text) and text[following] == " ":
            following += 1
        yield Piece(start, end, following, indent)
        if following >= len(text):
            return
        start, room, indent = following, columns - hang, hang


def _end_of_row(ruler: Ruler, start: int, room: int, next_room: int) -> int:
    text, edge = ruler.text, ruler.reach(start, room)
    if edge >= len(text) or text[edge] == " ":
        return edge
    space = text.rfind(" ", start, edge)
    if space >= 0 and not text[start:space].strip(" "):
        space = -1
    if not ruler.simple and (wide := _wide_break(ruler, max(space + 1, start), edge)):
        return wide
    word_start = start if space < 0 else space + 1
    word_end = text.find(" ", edge)
    word = ruler.between(word_start, len(text) if word_end < 0 else word_end)
    if space >= 0 and (word <= next_room or edge - word_start < BEGINNING_MIN):
        return space
    return _break_in_word(text, word_start, edge)


def _break_in_word(text: str, start: int, edge: int) -> int:
    """Where to break a word that is longer than a row: in its second half after a sign, or at the edge."""
    half = start + (edge - start) // 2
    sign = max(text.rfind(sign, half, edge) for sign in BREAKS_AFTER)
    return sign + 1 if start < sign and sign + 1 < edge else edge


def _wide_break(ruler: Ruler, start: int, edge: int) -> int:
    """The last place where wide characters may be parted; 0 for none."""
    for place in range(edge, max(start, edge - WIDE_BREAK_MAX), -1):
        before, after = ruler.text[place - 1], ruler.text[place]
        wide = 2 in (get_character_cell_size(before), get_character_cell_size(after))
        parted = category(after) in NOT_FIRST or category(before) in NOT_LAST
        if wide and not parted and ruler.is_between(place):
            return place
    return 0
