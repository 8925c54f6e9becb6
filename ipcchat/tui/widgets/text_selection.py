"""What somebody has selected in a timeline with the mouse: from a cell of a row of an entry to another one. Pure.

Rules:
1. Only the texts are selected, never the columns beside them. What several entries said has the names before it.
2. A character is selected as a whole, however many cells it takes. A row whose order on the screen is not that of its
   text (right-to-left scripts) is selected as a whole.
3. At most SELECTED_ENTRIES_MAX entries are copied at once; the text then says that there were more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ipcchat.client.text import printable
from ipcchat.tui.local_time import clock
from ipcchat.tui.model.entries import Entry, Said
from ipcchat.tui.text.cells import clusters, width

if TYPE_CHECKING:
    from ipcchat.tui.text.rows import Row
    from ipcchat.tui.widgets.viewport import Viewport

SELECTED_ENTRIES_MAX = 5_000
# Behind every row.
FAR = 1_000_000
WORD = re.compile(r"[\w'@#/.:~%&?=+-]*[\w/]")


@dataclass(frozen=True, slots=True)
class Point:
    """A cell (from 0) of a row of an entry."""

    entry: Entry
    place: int
    cell: int


@dataclass(frozen=True, slots=True)
class Range:
    """From one cell to another that is not in it: the index of the entry in the timeline, the row, the cell."""

    start: tuple[int, int, int]
    end: tuple[int, int, int]

    def cells(self, index: int, place: int, row: Row) -> tuple[int, int] | None:
        """The cells of a row that are in it; None when there are none."""
        if not row.text or not self.start[:2] <= (index, place) <= self.end[:2]:
            return None
        first = self.start[2] if (index, place) == self.start[:2] else 0
        behind = self.end[2] if (index, place) == self.end[:2] else FAR
        return snapped(row, first, behind)


@dataclass(frozen=True, slots=True)
class Selection:
    """Between two points, both of them in it, in any order."""

    pressed: Point
    reached: Point

    def to(self, point: Point) -> Selection:
        """The same, up to another point."""
        return replace(self, reached=point)

    def range(self, viewport: Viewport) -> Range | None:
        """Where it is now; None when one of its ends is not loaded any more."""
        ends = []
        for point in (self.pressed, self.reached):
            index = viewport.timeline.index(point.entry)
            if index is None:
                return None
            ends.append((index, point.place, point.cell))
        start, end = sorted(ends)
        return Range(start, (end[0], end[1], end[2] + 1))


def snapped(row: Row, first: int, behind: int) -> tuple[int, int] | None:
    """The cells from `first` to before `behind` of a row, as far as its text goes, to the edges of characters."""
    start = end = None
    cell = row.text_column
    if not is_in_order(row):
        whole = (cell, cell + width(row.text))
        return whole if first < whole[1] and behind > whole[0] else None
    for _, _, cells in clusters(row.text):
        if cell < behind and cell + max(cells, 1) > first:
            start = cell if start is None else start
            end = cell + cells
        cell += cells
    return None if start is None or end is None or end <= start else (start, end)


def is_in_order(row: Row) -> bool:
    """Whether the text stands on the screen as it is read."""
    return row.text.isascii() or row.text.rstrip() in row.strip.text


def text_between(row: Row, first: int, behind: int) -> str:
    """The text of the cells from `first` to before `behind`; both are edges of characters."""
    if not is_in_order(row):
        return row.text
    cell, taken = row.text_column, []
    for start, end, cells in clusters(row.text):
        if first <= cell < behind:
            taken.append(row.text[start:end])
        cell += cells
    return "".join(taken)


def word_at(row: Row, cell: int) -> tuple[int, int] | None:
    """The first and the last cell of the word at a cell; None where there is none."""
    for match in WORD.finditer(row.text):
        first = row.text_column + width(row.text[: match.start()])
        behind = first + width(match[0])
        if first <= cell < behind:
            return first, behind - 1
    return None


def text_of(viewport: Viewport, found: Range) -> str:
    """The text that is in a range; the rows of it are made for that."""
    first, last = found.start[0], found.end[0]
    cut = min(last, first + SELECTED_ENTRIES_MAX - 1)
    texts = [text for index in range(first, cut + 1) for text in _texts_of_entry(viewport, found, index, first != last)]
    if cut < last:
        texts.append(f"({last - cut} more were selected; at most {SELECTED_ENTRIES_MAX} are copied at once)")
    return "\n".join(texts)


def _texts_of_entry(viewport: Viewport, found: Range, index: int, named: bool) -> Iterator[str]:
    """The text of an entry that is in the range, if there is any."""
    pieces = []
    for place, row in enumerate(viewport.rows_at(index)):
        if not row.text and row.joins:
            continue
        if (cells := found.cells(index, place, row)) is not None:
            pieces.append(text_between(row, *cells) + ("" if row.joins else "\n"))
        elif not row.text and found.start[:2] < (index, place) < found.end[:2]:
            pieces.append("\n")
    text = "".join(pieces).rstrip("\n")
    if text:
        yield named_text(viewport.timeline.at(index), text) if named else text


def named_text(entry: Entry, text: str) -> str:
    """The text of an entry with its time and who said it."""
    return f"{clock(entry.time)} <{printable(entry.message.nick)}> {text}" if isinstance(entry, Said) else text
