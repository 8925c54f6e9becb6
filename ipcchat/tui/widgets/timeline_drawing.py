"""What one line of the timeline looks like, and the strip of cells for it. Pure but for the colours.

Rules:
1. Everything that a line depends on stands in `Shown`: two equal ones look the same.
2. Meaning is never in a colour alone: the selected message has a mark before it, selected text is reversed where there
   are few colours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from ipcchat.tui.text.cells import cut, tame, width
from ipcchat.tui.text.rows import Row
from ipcchat.tui.widgets.viewport import Line, Viewport

# Without tints the mark of a message that is selected must not look like that of one that mentions us.
THUMB, MARK, MARK_WITHOUT_TINT = "┃", "▌", ">"
HOVERED, MARKED = "hovered", "marked"


class Shown(NamedTuple):
    """One line: a row, the cells of it that are selected, whether its message is HOVERED or MARKED or neither (""), a
    time at its right end, the text of the bar that lies over it, and whether the thumb of the scrollbar is in it."""

    row: Row | None = None
    selected: tuple[int, int] | None = None
    tint: str = ""
    time: str = ""
    bar: str = ""
    thumb: bool = False


@dataclass(frozen=True, slots=True)
class Brush:
    """Draws lines of `width` cells, the last of them for the scrollbar unless `bare`. `base` lies under everything."""

    width: int
    bare: bool
    base: Style
    hovered: Style
    marked: Style
    mark: Style
    selection: Style
    quiet: Style
    bar: Style
    thumb: Style

    def draw(self, shown: Shown) -> Strip:
        """The strip of a line."""
        columns = self.width if self.bare else self.width - 1
        body = self._bar(shown.bar, columns) if shown.bar else self._body(shown, columns)
        if self.bare:
            return body
        edge = Segment(THUMB, self.base + self.thumb) if shown.thumb else Segment(" ", self.base)
        return Strip([*body, edge], self.width)

    def _body(self, shown: Shown, columns: int) -> Strip:
        if shown.row is None:
            return Strip.blank(columns, self.base)
        strip = shown.row.strip.adjust_cell_length(columns)
        if shown.time:
            start = columns - width(shown.time) - 1
            strip = Strip([*strip.crop(0, start), Segment(shown.time, self.quiet), Segment(" ")], columns)
        if shown.tint == MARKED:
            sign = MARK if self.marked else MARK_WITHOUT_TINT
            strip = painted(Strip([Segment(sign, self.mark), *strip.crop(1)], columns), 0, columns, self.marked)
        if shown.selected is not None:
            strip = painted(strip, *shown.selected, self.selection)
        return strip.apply_style(self.base + self.hovered if shown.tint == HOVERED else self.base)

    def _bar(self, text: str, columns: int) -> Strip:
        return Strip([Segment("".join(centred(text, columns)), self.base + self.bar)], columns)


def has_room(row: Row, text: str, columns: int) -> bool:
    """Whether the end of a row is blank for as long as a text is, and a cell before and behind it."""
    start = columns - width(text) - 2
    return start > 0 and row.strip.crop(start, columns).text.isspace()


def painted(strip: Strip, first: int, behind: int, style: Style) -> Strip:
    """A strip with another style over some of its cells."""
    middle = Segment.apply_style(list(strip.crop(first, behind)), post_style=style)
    return Strip([*strip.crop(0, first), *middle, *strip.crop(behind)], strip.cell_length)


@lru_cache(maxsize=64)
def edge_row(text: str, columns: int) -> Row:
    """A row at an end of the timeline: a quiet text in the middle, which is not copied."""
    left, middle, right = centred(tame(text), columns)
    segments = [Segment(left), Segment(middle, Style(dim=True, italic=True)), Segment(right)]
    return Row(strip=Strip(segments, columns), text="", text_column=len(left), joins=True)


def centred(text: str, columns: int) -> tuple[str, str, str]:
    """A text, cut where it is too long, with what fills the columns at its left and its right."""
    text = cut(text, columns)
    blank = columns - width(text)
    return " " * (blank // 2), text, " " * (blank - blank // 2)


def segment_at(strip: Strip, cell: int) -> Segment | None:
    """What stands at a cell."""
    behind = 0
    for segment in strip:
        behind += segment.cell_length
        if cell < behind:
            return segment
    return None


@dataclass(frozen=True, slots=True)
class Thumb:
    """The part of a scrollbar of `height` lines that stands for what is on the screen. `span` is how much of the
    timeline that is, from 0 to 1."""

    start: int
    size: int
    height: int
    span: float

    def __contains__(self, y: int) -> bool:
        return self.start <= y < self.start + self.size

    def fraction(self, start: int) -> float:
        """How much of the timeline stands above the screen, from 0 to 1, when the thumb starts at a line; 1 at the end
        of the bar."""
        room = self.height - self.size
        return 1.0 if start >= room else max(0, start) / room * (1 - self.span)


def thumb_of(viewport: Viewport, lines: Sequence[Line]) -> Thumb | None:
    """Where the thumb is, by the places of the entries on the screen; None when all of them are."""
    inside = [line for line in lines if line.entry is not None]
    total, height = len(viewport.timeline), viewport.height
    if not inside or height < 2 or len(lines) < height:
        return None
    top, bottom = inside[0], inside[-1]
    above = (top.index + top.place / len(viewport.rows_at(top.index))) / total
    below = (bottom.index + (bottom.place + 1) / len(viewport.rows_at(bottom.index))) / total
    span = below - above
    if span >= 1:
        return None
    size = min(height - 1, max(1, round(span * height)))
    start = height - size if viewport.sees_end else round(above / (1 - span) * (height - size))
    return Thumb(start, size, height, span)


def differing(old: Sequence[Shown], new: Sequence[Shown]) -> Iterable[tuple[int, int]]:
    """The runs of lines that look different: the first line and how many."""
    start = None
    for y, (before, after) in enumerate(zip(old, new, strict=True)):
        if before != after and start is None:
            start = y
        elif before == after and start is not None:
            yield start, y - start
            start = None
    if start is not None:
        yield start, len(new) - start
