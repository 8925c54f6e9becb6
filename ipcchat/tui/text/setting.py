"""Setting lines in rows: each piece of a line with its style, in the order in which it is seen.

Rules:
1. A row that has text from right to left is copied as it was written.
2. A line from right to left stands at the right of the room that its widest row takes, so that its rows begin
   together.
3. Styles are made once for all pieces that are marked alike; at most STYLES_MAX are remembered.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from rich.segment import Segment
from rich.style import Style

from ipcchat.tui.text import bidi
from ipcchat.tui.text.cells import clusters, width
from ipcchat.tui.text.formatting import PLAIN, Line, Marks, Turn
from ipcchat.tui.text.look import Look
from ipcchat.tui.text.wrapping import Piece, wrap

STYLES_MAX = 2_000
PLACE = itemgetter(0)


@dataclass(frozen=True, slots=True)
class Set:
    """A row of text: its segments and their cells, what copying it gives, and whether the line goes on."""

    segments: list[Segment]
    cells: int
    text: str
    goes_on: bool


class Setter:
    """Sets lines in a look; `reorder`: the terminal shows text from right to left only if it is put in that order."""

    def __init__(self, look: Look, reorder: bool) -> None:
        self._look = look
        self._reorder = reorder
        self._styles: dict[tuple[Style, Marks], Style] = {}

    def set(self, line: Line, base: Style, columns: int, *, first: int | None = None, hang: int = 0) -> Iterator[Set]:
        """The rows of a line in so many columns; see wrapping.wrap."""
        text, turns = line.text, line.turns
        if self._reorder and bidi.has_right_to_left(text):
            yield from self._set_both_ways(line, base, columns, first, hang)
            return
        style = self._style(base, turns[0][1])
        for piece in wrap(text, columns, first=first, hang=hang):
            drawn = text[piece.start : piece.end]
            if len(turns) == 1:
                segments = [Segment(" " * piece.indent + drawn, style)]
            else:
                segments = self._segments(" " * piece.indent + drawn, turns_of(line, piece), base)
            cells = piece.indent + width(drawn)
            yield Set(segments, cells, text[piece.start : piece.following], piece.following < len(text))

    def one(self, line: Line, base: Style, columns: int) -> Set:
        """The first row of a line."""
        return next(self.set(line, base, columns))

    def _segments(self, text: str, turns: Sequence[Turn], base: Style) -> list[Segment]:
        """A piece of text by its marks; the turns count from its start."""
        ends = [*(place for place, _ in turns[1:]), len(text)]
        return [
            Segment(text[start:end], self._style(base, marks))
            for (start, marks), end in zip(turns, ends, strict=True)
            if end > start
        ]

    def _style(self, base: Style, marks: Marks) -> Style:
        if marks is PLAIN or marks == PLAIN:
            return base
        style = self._styles.get((base, marks))
        if style is None:
            if len(self._styles) >= STYLES_MAX:
                self._styles.clear()
            style = self._styles[base, marks] = base + self._look.marked(marks) + leading(marks)
        return style

    def _set_both_ways(self, line: Line, base: Style, columns: int, first: int | None, hang: int) -> Iterator[Set]:
        """The rows of a line that has text from right to left."""
        base_level, levels = bidi.levels(line.text)
        rows = [
            (piece, self._seen(line, piece, levels, base)) for piece in wrap(line.text, columns, first=first, hang=hang)
        ]
        widest = max(cells_of(segments) for _, segments in rows)
        for piece, segments in rows:
            shift = piece.indent + (widest - cells_of(segments) if base_level and first is None else 0)
            shifted = [Segment(" " * shift, base), *segments] if shift else segments
            copied = line.text[piece.start : piece.following]
            yield Set(shifted, cells_of(shifted), copied, piece.following < len(line.text))

    def _seen(self, line: Line, piece: Piece, levels: list[int], base: Style) -> list[Segment]:
        """One row in the order in which it is seen."""
        text = line.text[piece.start : piece.end]
        found = clusters(text)
        row_levels = [levels[piece.start + start] for start, _, _ in found]
        seen: list[tuple[Style, str]] = []
        for place in bidi.seen_order(row_levels):
            start, end, _ = found[place]
            cluster = bidi.mirrored(text[start:end]) if row_levels[place] % 2 else text[start:end]
            seen.append((self._style(base, marks_at(line.turns, piece.start + start)), cluster))
        grouped = groupby(seen, key=lambda part: part[0])
        return [Segment("".join(cluster for _, cluster in parts), style) for style, parts in grouped]


def cells_of(segments: Sequence[Segment]) -> int:
    """The cells of segments."""
    return sum(width(segment.text) for segment in segments)


def turns_of(line: Line, piece: Piece) -> list[Turn]:
    """The turns inside of a piece, counted from the beginning of its indentation."""
    first = bisect_right(line.turns, piece.start, key=PLACE)
    last = bisect_left(line.turns, piece.end, key=PLACE)
    shift = piece.indent - piece.start
    return [(0, line.turns[first - 1][1]), *((place + shift, marks) for place, marks in line.turns[first:last])]


def marks_at(turns: Sequence[Turn], place: int) -> Marks:
    """The marks that hold at a place."""
    return turns[bisect_right(turns, place, key=PLACE) - 1][1]


def leading(marks: Marks) -> Style:
    """What can be clicked: where the marks lead, for the application and for the terminal."""
    if marks.url:
        return Style(link=marks.url, meta={"url": marks.url})
    if marks.channel:
        return Style(meta={"channel": marks.channel})
    return Style(meta={"nick": marks.nick}) if marks.nick else Style.null()
