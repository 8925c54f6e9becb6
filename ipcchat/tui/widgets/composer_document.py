"""What the composer edits: lines of grapheme clusters, broken into rows as they are drawn.

Textual's TextArea counts code points: its cursor walks into a letter with an accent or an emoji of several code points,
its wrapping and drawing cut them in halves, and it knows no text from right to left.

Rules:
1. A cursor stands between clusters; a row, a style and a deletion begin and end there.
2. A row is drawn as `text.cells` and `text.bidi` draw what others say: as wide on every terminal as it is counted, and
   in the order in which it is read. Columns are those of the text, in the order in which it was typed.
3. A text has no character that a terminal acts on and no tab: `harmless` takes them out when a text comes in.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from rich.cells import cell_len
from textual.document._document import DocumentBase, Location
from textual.document._document_navigator import DocumentNavigator
from textual.document._wrapped_document import WrappedDocument
from textual.geometry import Offset

from ipcchat.tui.text.bidi import has_right_to_left, levels, mirrored, seen_order
from ipcchat.tui.text.cells import REPLACEMENT, SOFT_HYPHEN, clusters, tame

TAB_SPACES = 4
# The order of a longer line is not looked for as a whole with each key: that takes 10 us for each character.
REORDERED_CHARACTERS_MAX = 500
_WORD = re.compile("[^ ]+")
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_HARMFUL = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]"
)


def harmless(text: str) -> str:
    """A text without what a terminal acts on: line ends become one kind, tabs become spaces, other controls go."""
    if text.isascii() and text.isprintable():
        return text
    return _HARMFUL.sub("", _LINE_END.sub("\n", text).replace("\t", " " * TAB_SPACES))


@lru_cache(maxsize=4)
def boundaries(line: str) -> list[int]:
    """Where a cursor may stand in a line that is not only ASCII."""
    return [*(start for start, _, _ in clusters(line)), len(line)]


def before(line: str, column: int) -> int:
    """The last place for a cursor before a column; 0 at the start."""
    if line.isascii():
        return max(column - 1, 0)
    places = boundaries(line)
    return places[max(bisect_left(places, column) - 1, 0)]


def after(line: str, column: int) -> int:
    """The first place for a cursor behind a column; the line's length at its end."""
    if line.isascii():
        return min(column + 1, len(line))
    places = boundaries(line)
    return places[min(bisect_right(places, column), len(places) - 1)]


def snapped(line: str, column: int) -> int:
    """The first place for a cursor at a column or behind it."""
    return min(column, len(line)) if line.isascii() or column <= 0 else after(line, column - 1)


def word_left(line: str, column: int) -> int:
    """Where the word before a column begins, as readline's backward-word."""
    while column and not _in_word(line[before(line, column)]):
        column = before(line, column)
    while column and _in_word(line[before(line, column)]):
        column = before(line, column)
    return column


def word_right(line: str, column: int) -> int:
    """Where the word behind a column ends, as readline's forward-word."""
    while column < len(line) and not _in_word(line[column]):
        column = after(line, column)
    while column < len(line) and _in_word(line[column]):
        column = after(line, column)
    return column


def _in_word(character: str) -> bool:
    """Whether a cluster that begins so is part of a word; an emoji is, so that no key takes more than it."""
    return character.isalnum() or character == "_" or unicodedata.category(character) in ("Mn", "Mc", "Me", "So")


@dataclass(frozen=True, slots=True)
class Drawing:
    """How the terminal draws. `joined`: an emoji made of several is one. `reorder`: it draws one cell after another,
    and has to be given the order in which text from right to left is seen."""

    joined: bool = False
    reorder: bool = True


DRAWING = Drawing()


@dataclass(frozen=True, slots=True)
class Cell:
    """A cluster as it is drawn: the column where it stands in its line, and its place on the row in cells."""

    column: int
    text: str
    width: int
    x: int


def drawn(text: str, joined: bool) -> Iterator[tuple[int, str, int]]:
    """The clusters of a text: where each starts, how it is drawn, and its cells. The invisible is shown as U+FFFD."""
    for start, end, cells in clusters(text):
        if end - start == 1 and cells and text[start] != SOFT_HYPHEN:
            yield start, text[start], cells
        else:
            shown = tame(text[start:end], joined) or REPLACEMENT
            yield start, shown, cell_len(shown)


@lru_cache(maxsize=64)
def row_cells(line: str, start: int, end: int, width: int, drawing: Drawing) -> list[Cell]:
    """What stands in a row of a line, from left to right. Spaces that hang over its `width` take no room. The last row
    ends with a space, for the cursor."""
    units, used = [], 0
    for column, text, size in drawn(line[start:end], drawing.joined):
        hangs = text == " " and 0 < width <= used
        units.append((start + column, "", 0) if hangs else (start + column, text, size))
        used += units[-1][2]
    if end == len(line):
        units.append((end, " ", 1))
    if drawing.reorder and has_right_to_left(line):
        units = _as_read(line, units)
    cells, x = [], 0
    for column, text, size in units:
        cells.append(Cell(column, text, size, x))
        x += size
    return cells


def _as_read(line: str, units: list[tuple[int, str, int]]) -> list[tuple[int, str, int]]:
    """The units of a row in the order in which they are seen. In a line of more than REORDERED_CHARACTERS_MAX each row
    is taken for a line of its own."""
    first = 0
    if len(line) > REORDERED_CHARACTERS_MAX:
        first = min(column for column, _, _ in units)
        line = line[first : max(column for column, _, _ in units) + 1]
    base, found = _levels(line)
    at = [*found, base]
    order = seen_order([at[column - first] for column, _, _ in units])
    return [
        (column, mirrored(text) if at[column - first] % 2 else text, width)
        for column, text, width in (units[place] for place in order)
    ]


_levels = lru_cache(maxsize=2)(levels)


def wraps(line: str, width: int, joined: bool) -> list[int]:
    """Where a line is broken so that no row has more than `width` cells (0: nowhere): before words, or between clusters
    of a word that is longer than a row. Spaces may hang over the edge."""
    if not width or (line.isascii() and len(line) <= width):
        return []
    columns, x, words = _measured(line, joined)
    breaks: list[int] = []
    row = 0
    for match in _WORD.finditer(words):
        start, end = match.span()
        is_long = x[end] - x[start] > width
        if x[end] - x[row] > width and start > row and (not is_long or x[start] - x[row] >= width):
            row = start
            breaks.append(columns[row])
        while x[end] - x[row] > width and end > row + 1:
            row = max(bisect_right(x, x[row] + width) - 1, row + 1)
            breaks.append(columns[row])
    return breaks


def _measured(line: str, joined: bool) -> tuple[Sequence[int], Sequence[int], str]:
    """The column of each cluster and the cells before it, both with the end of the line; and the line with one
    character for each cluster, a space for a space."""
    if line.isascii():
        places = range(len(line) + 1)
        return places, places, line
    units = list(drawn(line, joined))
    columns = [*(column for column, _, _ in units), len(line)]
    x = [0, *accumulate(cells for _, _, cells in units)]
    return columns, x, "".join(" " if text == " " else "x" for _, text, _ in units)


class Rows(WrappedDocument):
    """The rows of a document, as they are drawn."""

    def __init__(self, document: DocumentBase, drawing: Drawing) -> None:
        self.drawing = drawing
        self._known: dict[str, list[int]] = {}
        super().__init__(document)

    def wrap(self, width: int, tab_width: int | None = None) -> None:
        """Break all lines into rows of at most so many cells."""
        known = self._known if width == self._width else {}
        self._width = width
        self._known = {line: known.get(line) or wraps(line, width, self.drawing.joined) for line in self.document.lines}
        self._wrap_offsets = [self._known[line] for line in self.document.lines]
        self._tab_width_cache = [[0] for _ in self._wrap_offsets]
        self._offset_to_line_info = []
        self._line_index_to_offsets = []
        for line, breaks in enumerate(self._wrap_offsets):
            first = len(self._offset_to_line_info)
            self._line_index_to_offsets.append(list(range(first, first + len(breaks) + 1)))
            self._offset_to_line_info += [(line, section) for section in range(len(breaks) + 1)]

    def wrap_range(self, start: Location, old_end: Location, new_end: Location) -> None:
        """Something was changed; lines that are as they were are not measured again."""
        self.wrap(self._width)

    def cells(self, line: int, section: int) -> list[Cell]:
        """What stands in a row, from left to right."""
        text = self.document[line]
        places = [0, *self._wrap_offsets[line], len(text)]
        section = section % (len(places) - 1)
        return row_cells(text, places[section], places[section + 1], self._width, self.drawing)

    def row(self, y: int) -> tuple[int, list[Cell]] | None:
        """The line of a row and what stands there; None below the last one."""
        if not 0 <= y < len(self._offset_to_line_info):
            return None
        line, section = self._offset_to_line_info[y]
        return line, self.cells(line, section)

    def location_to_offset(self, location: Location) -> Offset:
        """Where the cell of a location is drawn."""
        line, column = location
        section = bisect_right(self._wrap_offsets[line], column)
        x = next((cell.x for cell in self.cells(line, section) if cell.column == column), 0)
        return Offset(x, self._line_index_to_offsets[line][section])

    def get_target_document_column(self, line_index: int, x_offset: int, y_offset: int) -> int:
        """The column of what is drawn in a cell of a row, or of the last one where nothing is drawn."""
        cells = self.cells(line_index, y_offset)
        return next((cell.column for cell in reversed(cells) if cell.x <= x_offset), 0)


class Navigator(DocumentNavigator):
    """Where the cursor goes: by clusters, and up and down as it is seen."""

    _wrapped_document: Rows

    def get_location_left(self, location: Location) -> Location:
        """A cluster to the left, or the end of the line before."""
        row, column = location
        if column:
            return row, before(self._document[row], column)
        return (row - 1, len(self._document[row - 1])) if row else location

    def get_location_right(self, location: Location) -> Location:
        """A cluster to the right, or the start of the next line."""
        row, column = location
        if column < len(self._document[row]):
            return row, after(self._document[row], column)
        return location if self.is_last_document_line(location) else (row + 1, 0)

    def get_location_above(self, location: Location) -> Location:
        """What stands above; the start of the text in its first row."""
        x, y = self._wrapped_document.location_to_offset(location)
        return self._wrapped_document.offset_to_location(Offset(max(x, self.last_x_offset), y - 1)) if y else (0, 0)

    def get_location_below(self, location: Location) -> Location:
        """What stands below; the end of the text in its last row."""
        x, y = self._wrapped_document.location_to_offset(location)
        if y + 1 >= self._wrapped_document.height:
            return self._document.end
        return self._wrapped_document.offset_to_location(Offset(max(x, self.last_x_offset), y + 1))

    def get_location_end(self, location: Location) -> Location:
        """The end of the row; where another one follows, before its last cluster."""
        row, column = location
        breaks = self._wrapped_document.get_offsets(row)
        section = bisect_right(breaks, column)
        line = self._document[row]
        return row, before(line, breaks[section]) if section < len(breaks) else len(line)
