"""The rows of copy mode: only what was said and by whom, from the first column on, so that a terminal's own selection
takes nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import set_cell_size
from rich.segment import Segment
from textual.strip import Strip

from ipcchat.client.text import printable
from ipcchat.tui.model.entries import Entry, Said
from ipcchat.tui.text import cells
from ipcchat.tui.text.rows import Row
from ipcchat.tui.text.wrapping import wrap
from ipcchat.tui.widgets.row_store import Painting


class BarePainter:
    """Makes the rows of another painter bare: "<ann> text" in `width` columns."""

    def __init__(self, painter: Painting, width: int) -> None:
        self._painter = painter
        self._width = max(1, width)

    def rows(self, entry: Entry, above: Entry | None, unread: bool) -> list[Row]:
        """See row_store.Painting. The lines of a text stand below each other, without indentation."""
        text = joined(self._painter.rows(entry, above, unread))
        if isinstance(entry, Said) and text and not entry.removed_by:
            text = f"<{cells.tame(printable(entry.message.nick))}> {text}"
        return [row for line in text.split("\n") if text for row in self._wrapped(line)]

    def _wrapped(self, line: str) -> list[Row]:
        return [
            plain_row(line[piece.start : piece.following], self._width, joins=piece.following < len(line))
            for piece in wrap(line, self._width)
        ]


def joined(rows: Sequence[Row]) -> str:
    """What copying rows of one entry gives."""
    text = "".join(row.text + ("" if row.joins else "\n") for row in rows if row.text or not row.joins)
    return text.rstrip("\n")


def plain_row(text: str, width: int, *, joins: bool = False) -> Row:
    """A row of nothing but text, from the first column on."""
    filled = set_cell_size(text, width)
    return Row(strip=Strip([Segment(filled)], width), text=text, text_column=0, joins=joins)
