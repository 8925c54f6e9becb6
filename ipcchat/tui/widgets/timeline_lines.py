"""The lines of a timeline as a widget: what is on the screen, where one is in it, and what has to be loaded for it.

Rules:
1. Where somebody looks does not move unless he moves it (widgets.viewport); at the bottom of a live timeline he
   follows.
2. Only the lines that look different are drawn again; what a line looks like is one value (Shown), compared line by
   line. Nothing runs while nothing happens.
3. What lies beyond the loaded entries is asked for once, before somebody gets there, and again when he insists.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from ipcchat.client.text import printable
from ipcchat.tui.local_time import in_full
from ipcchat.tui.model.buffer import Buffer, Kind
from ipcchat.tui.model.entries import Entry, Said
from ipcchat.tui.model.timeline import Edge, Timeline
from ipcchat.tui.text.look import Look
from ipcchat.tui.text.rows import Painter, Row
from ipcchat.tui.widgets.bare_painter import BarePainter
from ipcchat.tui.widgets.row_store import Painting, RowStore
from ipcchat.tui.widgets.text_selection import Selection
from ipcchat.tui.widgets.timeline_drawing import (
    HOVERED,
    MARKED,
    Brush,
    Shown,
    Thumb,
    differing,
    edge_row,
    has_room,
    thumb_of,
)
from ipcchat.tui.widgets.viewport import Line, Position, Viewport

PAGE_OVERLAP_ROWS = 2
# So many screens before the end of what is loaded, more is asked for.
SCREENS_AHEAD = 2
# Rows that stay visible above an entry that one jumps to.
JUMP_ROWS_ABOVE = 3
POSITIONS_KEPT_MAX = 200
# Rich's names of terminals with so few colours that they show no tints.
FEW_COLOURS = (None, "standard")

Painters = Callable[[int], Painting]


class TimelineLines(Widget, can_focus=False):
    """Shows the timeline of a buffer. `painters` gives the painter for rows of so many columns; None for the painter of
    the app's theme. `bottom_key` is the key that leads to the latest message, for people."""

    COMPONENT_CLASSES = {
        "timeline--hovered",
        "timeline--marked",
        "timeline--mark",
        "timeline--selection",
        "timeline--quiet",
        "timeline--bar",
        "timeline--thumb",
    }
    DEFAULT_CSS = """
    TimelineLines {
        width: 1fr;
        height: 1fr;
        background: $background;
        color: $foreground;
        .timeline--hovered { background: $boost; }
        .timeline--marked { background: $primary 14%; }
        .timeline--mark { color: $primary; text-style: bold; }
        .timeline--selection { background: $screen-selection-background; color: $text; }
        .timeline--quiet { text-style: dim; }
        .timeline--bar { background: $primary-muted; color: $text-primary; text-style: bold; }
        .timeline--thumb { color: $foreground 40%; }
    }
    """
    ALLOW_SELECT = False

    class OfBuffer(Message, namespace="timeline_view"):
        """Something about the timeline of a buffer."""

        def __init__(self, buffer: Buffer) -> None:
            super().__init__()
            self.buffer = buffer

    class NeedsOlder(OfBuffer, namespace="timeline_view"):
        """Older entries are wanted soon; `above` is ASKED already. Who cannot have them sets it to what it was."""

    class NeedsNewer(OfBuffer, namespace="timeline_view"):
        """Newer entries of a window that is not live are wanted soon; `below` is ASKED already."""

    class NeedsPresent(OfBuffer, namespace="timeline_view"):
        """Somebody wants the latest messages in the place of a window that is not live."""

    class ReachedBottom(OfBuffer, namespace="timeline_view"):
        """The latest message is on the screen again."""

    def __init__(self, painters: Painters | None = None, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.auto_links = False
        self.bottom_key = "Esc"
        self.buffer: Buffer | None = None
        self.viewport: Viewport | None = None
        self.selection: Selection | None = None
        self.hovered: Entry | None = None
        self.marked: Entry | None = None
        self.thumb: Thumb | None = None
        self._painters = painters or self._themed
        self._bare = False
        self._store: RowStore | None = None
        self._brush: Brush | None = None
        self._lines: list[Line | None] = []
        self._shown: list[Shown] = []
        self._was_at_bottom = False
        self._asked: dict[str, Entry | None] = {}
        self._positions: OrderedDict[Buffer, Position] = OrderedDict()

    # What is shown.

    def show(self, buffer: Buffer | None) -> None:
        """Show a buffer: at its end, or where somebody looked when he left it."""
        if buffer is not self.buffer:
            self._leave_buffer()
            self.buffer = buffer
            self.viewport = None
            if buffer is not None and self._store is not None:
                self._enter_buffer(buffer, self._store)
        self.refresh_entries()

    def _leave_buffer(self) -> None:
        if self.buffer is not None and self.viewport is not None and self.viewport.position is not None:
            self._positions[self.buffer] = self.viewport.position
            if len(self._positions) > POSITIONS_KEPT_MAX:
                self._positions.popitem(last=False)
        self.selection = self.hovered = self.marked = None
        self._asked.clear()

    def _enter_buffer(self, buffer: Buffer, store: RowStore) -> None:
        self.viewport = Viewport(buffer.timeline, store, self._edge_rows, self.size.height)
        self.viewport.held = self._bare
        position = self._positions.pop(buffer, None)
        if position is not None and buffer.timeline.index(position.entry) is not None:
            self.viewport.stand(position)
        self.viewport.line = buffer.line
        self.viewport.lay_out()
        self._was_at_bottom = self.at_bottom

    @property
    def bare(self) -> bool:
        """Copy mode: nothing is drawn but the text, from the first column on, and nothing moves by itself."""
        return self._bare

    @bare.setter
    def bare(self, bare: bool) -> None:
        if bare != self._bare:
            self._bare = bare
            self.selection = self.hovered = None
            self.restyle()

    def restyle(self) -> None:
        """The theme, or what painters depend on, is another one now."""
        self._store = self._brush = None
        self._fit()
        self.refresh()

    def refresh_entries(self) -> None:
        """The model changed: draw what looks different now."""
        viewport = self.viewport
        if viewport is None or not self.size.height:
            if self._shown:
                self._lines, self._shown = [], []
                self.refresh()
            return
        viewport.line = self.buffer.line if self.buffer is not None else None
        lines = viewport.lay_out()
        if self._ask(viewport.timeline, lines):
            lines = viewport.lay_out()
        self._lines = [*[None] * (viewport.height - len(lines)), *lines]
        self.thumb = None if self._bare else thumb_of(viewport, lines)
        self._draw([self._look_of(y, line) for y, line in enumerate(self._lines)])
        self._tell_bottom()

    def _draw(self, shown: list[Shown]) -> None:
        """Draw again what looks different."""
        old, self._shown = self._shown, shown
        if len(old) != len(shown):
            self.refresh()
        elif regions := [Region(0, y, self.size.width, rows) for y, rows in differing(old, shown)]:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        if self._brush is None:
            self._brush = self._make_brush()
        return self._brush.draw(self._shown[y] if y < len(self._shown) else Shown())

    def _look_of(self, y: int, line: Line | None) -> Shown:
        """What the line of the screen at `y` looks like."""
        thumb = self.thumb is not None and y in self.thumb
        if y == len(self._lines) - 1 and (bar := self.bar_text()):
            return Shown(bar=bar, thumb=thumb)
        if line is None or line.entry is None:
            return Shown(row=line.row if line is not None else None, thumb=thumb)
        entry = line.entry
        tint = MARKED if entry is self.marked else HOVERED if entry is self.hovered else ""
        time = in_full(entry.time) if line is self._timed_line() else ""
        return Shown(line.row, self._selected_cells(line), tint, time, "", thumb)

    def _timed_line(self) -> Line | None:
        """The first line of the entry under the mouse that has room for its time."""
        if self.hovered is None:
            return None
        time, columns = in_full(self.hovered.time), self.size.width - 1
        lines = (line for line in self._lines if line is not None and line.entry is self.hovered)
        return next((line for line in lines if line.row.text and has_room(line.row, time, columns)), None)

    def _selected_cells(self, line: Line) -> tuple[int, int] | None:
        """The cells of a line that are selected."""
        if self.selection is None or self.viewport is None:
            return None
        found = self.selection.range(self.viewport)
        return found.cells(line.index, line.place, line.row) if found is not None else None

    def bar_text(self) -> str:
        """What the bar at the bottom says; "" when there is none."""
        viewport = self.viewport
        if viewport is None or self.at_bottom:
            return ""
        news = viewport.count_news()
        if not news:
            return "" if viewport.timeline.live else f"these are older messages — {self.bottom_key} for the latest"
        return f"{news} new {'message' if news == 1 else 'messages'} below — {self.bottom_key}"

    def _edge_rows(self, timeline: Timeline, above: bool) -> list[Row]:
        """What stands at an end of the timeline."""
        edge, buffer = timeline.above if above else timeline.below, self.buffer
        columns = max(1, self.size.width - (not self._bare))
        if edge is Edge.ASKED:
            return [edge_row("loading…", columns)]
        if not above or edge is not Edge.END or buffer is None or buffer.kind is Kind.SERVER or self._bare:
            return []
        beginning = f"this is the beginning of {printable(buffer.name)}"
        return [edge_row(beginning if buffer.has_past else "this server keeps no history", columns)]

    # How it is drawn.

    def on_mount(self) -> None:
        """From now on the theme matters."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self.restyle())

    def on_resize(self, event: events.Resize) -> None:
        """There is another amount of room; what is looked at stays at the top."""
        if self._brush is not None and self._brush.width != self.size.width:
            self._store = self._brush = self.selection = None
        self._fit()

    def _fit(self) -> None:
        """Make rows for the width that there is."""
        width, height = self.size
        if not width or not height:
            return
        if self._store is None:
            painter = self._painters(width if self._bare else max(1, width - 1))
            self._store = RowStore(BarePainter(painter, width) if self._bare else painter)
        if self.viewport is None and self.buffer is not None:
            self._enter_buffer(self.buffer, self._store)
        elif self.viewport is not None:
            self.viewport.repaint(self._store, height)
            self.viewport.held = self._bare
        self.refresh_entries()

    @property
    def has_few_colours(self) -> bool:
        """Whether tints cannot be told from the background: then signs and reverse stand for them."""
        app = self.app
        return app.no_color or app.native_ansi_color or app.console.color_system in FEW_COLOURS

    def _themed(self, columns: int) -> Painting:
        app = self.app
        variables, dark, few = app.theme_variables, app.current_theme.dark, self.has_few_colours
        return Painter(Look.of(variables, dark, not app.no_color, sixteen=few), columns)

    def _make_brush(self) -> Brush:
        def look(name: str) -> Style:
            return self.get_component_rich_style(f"timeline--{name}")

        def over(name: str) -> Style:
            """Without a background of its own."""
            return self.get_component_rich_style(f"timeline--{name}", partial=True)

        few = self.has_few_colours
        return Brush(
            width=self.size.width,
            bare=self._bare,
            base=self.rich_style,
            hovered=Style.null() if few else Style(bgcolor=look("hovered").bgcolor),
            marked=Style.null() if few else Style(bgcolor=look("marked").bgcolor),
            mark=over("mark"),
            selection=Style(reverse=True) if few else look("selection"),
            quiet=over("quiet"),
            bar=Style(reverse=True, bold=True) if few else look("bar"),
            thumb=over("thumb"),
        )

    # Where we are.

    @property
    def at_bottom(self) -> bool:
        """Whether the latest message is on the screen."""
        return self.viewport is not None and self.viewport.sees_end and self.viewport.timeline.live

    @property
    def is_following(self) -> bool:
        """Whether the end of what is loaded is at the bottom, and stays there."""
        return self.viewport is not None and self.viewport.following

    def _tell_bottom(self) -> None:
        at_bottom, self._was_at_bottom = self._was_at_bottom, self.at_bottom
        if self._was_at_bottom and not at_bottom and self.buffer is not None:
            self.post_message(self.ReachedBottom(self.buffer))

    def scroll_rows(self, rows: int) -> None:
        """Go down by so many rows, up when they are negative."""
        if self.viewport is None:
            return
        before = self.viewport.position
        self.viewport.scroll(rows)
        if self.viewport.position is before:
            # He is at an end and wants to go on.
            self._asked.clear()
        self.refresh_entries()

    def scroll_page(self, pages: int) -> None:
        """Go down by screens, up when they are negative; two rows stay visible."""
        self.scroll_rows(pages * max(1, self.size.height - PAGE_OVERLAP_ROWS))

    def scroll_to_oldest(self) -> None:
        """Go to the first entry that is loaded; more are asked for."""
        if self.viewport is not None:
            self._asked.clear()
            self._ask(self.viewport.timeline, [])
            self.viewport.jump(0, 1)
            self.refresh_entries()

    def scroll_to_bottom(self) -> None:
        """Go to the latest message."""
        if self.viewport is None or self.buffer is None:
            return
        if not self.viewport.timeline.live:
            self.post_message(self.NeedsPresent(self.buffer))
        self.viewport.follow()
        self.marked = None
        self.refresh_entries()

    def jump_to(self, entry: Entry, *, mark: bool = True) -> bool:
        """Go to an entry and mark it; False when it is not loaded."""
        index = self.viewport.timeline.index(entry) if self.viewport is not None else None
        if self.viewport is None or index is None:
            return False
        self.viewport.jump(index, JUMP_ROWS_ABOVE)
        self.marked = entry if mark else None
        self.refresh_entries()
        return True

    def jump_to_unread(self) -> bool:
        """Go to the line above what was not read; False when there is none."""
        if self.viewport is None or self.buffer is None:
            return False
        self.viewport.line = self.buffer.line
        entry = self.viewport.first_unread()
        return entry is not None and self.jump_to(entry, mark=False)

    def jump_to_mention(self, step: int) -> bool:
        """Go to the next message that mentions us, or with a negative step to the one before; False when none is
        loaded there."""
        if self.viewport is None:
            return False
        timeline, seen = self.viewport.timeline, [line.index for line in self._lines if line is not None]
        here = timeline.index(self.marked) if self.marked is not None else None
        if here is None:
            here = (seen[0] - 1 if step > 0 else seen[-1] + 1) if seen else 0
        places = range(max(here, -1) + 1, len(timeline)) if step > 0 else range(min(here, len(timeline)) - 1, -1, -1)
        found = next((entry for entry in map(timeline.at, places) if isinstance(entry, Said) and entry.mentions), None)
        return found is not None and self.jump_to(found)

    # What has to be loaded.

    def _ask(self, timeline: Timeline, lines: list[Line]) -> bool:
        """Ask for what lies beyond the loaded entries when somebody is near to it; whether that was done."""
        buffer, ahead = self.buffer, SCREENS_AHEAD * self.size.height
        if buffer is None or buffer.kind is Kind.SERVER:
            return False
        first, last = (timeline.at(0), timeline.at(len(timeline) - 1)) if len(timeline) else (None, None)
        is_near_above = not lines or lines[0].index < ahead
        is_near_below = bool(lines) and lines[-1].index >= len(timeline) - ahead and not self.is_following
        asks_above = timeline.above in (Edge.MORE, Edge.UNKNOWN) and is_near_above and self._is_new_wish("above", first)
        asks_below = timeline.below is Edge.MORE and is_near_below and self._is_new_wish("below", last)
        if asks_above:
            timeline.above = Edge.ASKED
            self.post_message(self.NeedsOlder(buffer))
        if asks_below:
            timeline.below = Edge.ASKED
            self.post_message(self.NeedsNewer(buffer))
        return asks_above or asks_below

    def _is_new_wish(self, end: str, entry: Entry | None) -> bool:
        """Whether it was not asked what lies beyond an entry."""
        if end in self._asked and self._asked[end] is entry:
            return False
        self._asked[end] = entry
        return True
