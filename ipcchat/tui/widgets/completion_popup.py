"""The choices that a word may be completed to, in a small list above the composer.

Rules:
1. It draws what it is given and never takes the focus; the composer knows what is chosen.
2. It lies over what is there, so that nothing moves when it comes or goes.
3. Which one is chosen is seen without colours, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from textual import events
from textual.strip import Strip
from textual.widget import Widget

from ipcchat.tui.model.completion import Candidate
from ipcchat.tui.text.cells import cut, tame, width

ROWS_MAX = 8
SHOWN_CELLS_MAX = 36
CELLS_MAX = 76
GAP = 2


class CompletionPopup(Widget):
    """See the module. It stands before the composer in the same container."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"completion--chosen", "completion--detail"}
    DEFAULT_CSS = """
    CompletionPopup {
        overlay: screen;
        constrain: none inside;
        display: none;
        width: 1;
        height: 1;
        background: $panel;
        color: $foreground;
        & .completion--chosen { background: $primary; color: $text; text-style: bold; }
        & .completion--detail { color: $text-muted; }
        &:ansi {
            background: ansi_bright_black;
            color: ansi_bright_white;
            & .completion--chosen { background: ansi_bright_white; color: ansi_black; }
            & .completion--detail { color: ansi_white; }
        }
        &:nocolor .completion--chosen { text-style: bold reverse; }
    }
    """
    can_focus = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: list[tuple[str, str]] = []
        self._names_cells = 0
        self._first = 0
        self._chosen = 0
        self._take: Callable[[int], None] | None = None

    def open(self, candidates: Sequence[Candidate], x: int, take: Callable[[int], None]) -> None:
        """Show choices, the first one chosen, at a cell of the container; `take` is told which one is clicked."""
        self._rows = [(cut(tame(row.shown), SHOWN_CELLS_MAX), tame(row.detail)) for row in candidates]
        self._names_cells = max(width(name) for name, _ in self._rows)
        self._first = self._chosen = 0
        self._take = take
        room = self.parent.size.width if isinstance(self.parent, Widget) else CELLS_MAX
        details = max(width(detail) for _, detail in self._rows)
        cells = min(self._names_cells + (GAP + details if details else 0) + 2, CELLS_MAX, room)
        self.styles.width, self.styles.height = cells, min(len(self._rows), ROWS_MAX)
        self.styles.offset = (max(min(x, room - cells), 0), "-100%")
        self.display = True
        self.refresh()

    def choose(self, place: int) -> None:
        """Another one is chosen; it is brought into sight."""
        self._chosen = place
        rows = min(len(self._rows), ROWS_MAX)
        self._first = min(max(self._first, place - rows + 1), place)
        self.refresh()

    def close(self) -> None:
        """Show nothing."""
        self.display = False

    def render_line(self, y: int) -> Strip:
        """One choice: its name and what is known about it."""
        place = self._first + y
        if place >= len(self._rows):
            return Strip.blank(self.size.width, self.rich_style)
        name, detail = self._rows[place]
        is_chosen = place == self._chosen
        style = self.get_component_rich_style("completion--chosen") if is_chosen else self.rich_style
        faint = style if is_chosen else self.get_component_rich_style("completion--detail")
        detail = cut(detail, self.size.width - self._names_cells - GAP - 2)
        segments = [
            Segment(f" {set_cell_size(name, self._names_cells)}", style),
            Segment(f"{' ' * GAP}{detail}", faint),
        ]
        return Strip(segments).adjust_cell_length(self.size.width, style).apply_style(self.rich_style)

    def on_click(self, event: events.Click) -> None:
        """Take what was clicked."""
        event.stop()
        place = self._first + event.y
        if self._take is not None and place < len(self._rows):
            self._take(place)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Show later choices."""
        event.stop()
        self._scroll(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Show earlier choices."""
        event.stop()
        self._scroll(-1)

    def _scroll(self, rows: int) -> None:
        self._first = max(min(self._first + rows, len(self._rows) - ROWS_MAX), 0)
        self.refresh()
