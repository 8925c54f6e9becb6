"""What the panes around the timeline are made of: lines of styled pieces, and lists that draw only what is visible.

Rules:
1. A line is exactly as wide as its pane. What does not fit is cut between characters and ends with an ellipsis; the
   right side of a line is kept before the left one.
2. Texts of others pass through `plain`: one line, nothing that a terminal acts on, bounded.
3. Meaning is never in a colour alone: there is a sign, bold, or reverse beside it, for 16 colours and for none.
4. Nothing here takes the focus: what is typed goes to the composer.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from ipcchat.client.text import printable
from ipcchat.tui.text.bidi import has_right_to_left, levels, mirrored, seen_order
from ipcchat.tui.text.cells import clusters, cut, tame

Piece = tuple[str, Style]

# More than the widest terminal shows of one name or text.
CHARACTERS_MAX = 1_000
WHEEL_ROWS = 3
# The styles of a pane that are grounds, the others lie over one.
GROUNDS = ("lit", "hover")


@lru_cache(maxsize=4_096)
def plain(text: str) -> str:
    """What others wrote as part of one line: harmless, as wide as it is counted, at most CHARACTERS_MAX characters."""
    return tame(printable(text[:CHARACTERS_MAX]))


@lru_cache(maxsize=4_096)
def as_seen(text: str) -> str:
    """A plain text in the order in which it is seen, for what is written from right to left."""
    if not has_right_to_left(text):
        return text
    of_characters = levels(text)[1]
    found = [(text[start:end], of_characters[start]) for start, end, _ in clusters(text)]
    order = (found[place] for place in seen_order([level for _, level in found]))
    return "".join(mirrored(cluster) if level % 2 else cluster for cluster, level in order)


def cut_pieces(pieces: Sequence[Piece], columns: int) -> list[Piece]:
    """Pieces in at most so many columns together."""
    fitting: list[Piece] = []
    for text, style in pieces:
        room = columns - sum(cell_len(fit) for fit, _ in fitting)
        if cell_len(text) > room:
            return [*fitting, (cut(text, room), style)]
        fitting.append((text, style))
    return fitting


def line(left: Sequence[Piece], right: Sequence[Piece], columns: int, fill: Style, *, reorder: bool = True) -> Strip:
    """A line: pieces at the left, pieces at the right, at least one column between them unless there are only spaces at
    the right. The pieces' styles lie over `fill`. `reorder`: each piece is put in the order in which it is seen."""
    right = cut_pieces(right, columns)
    right_columns = sum(cell_len(text) for text, _ in right)
    between = any(not text.isspace() for text, _ in right if text)
    left = cut_pieces(left, columns - right_columns - between)
    gap = columns - right_columns - sum(cell_len(text) for text, _ in left)
    pieces = [*left, (" " * gap, Style.null()), *right]
    put = as_seen if reorder else str
    return Strip([Segment(put(text), fill + style) for text, style in pieces if text], columns)


class Pane(Widget, can_focus=False):
    """Base of the panes: their colours, by the theme. `reorders`: the terminal shows text from right to left only if it
    is put in that order; the same for all panes."""

    reorders: ClassVar[bool] = True

    COMPONENT_CLASSES = {
        "pane--quiet",
        "pane--strong",
        "pane--accent",
        "pane--good",
        "pane--warning",
        "pane--bad",
        "pane--lit",
        "pane--hover",
        "pane--found",
    }
    DEFAULT_CSS = """
    Pane {
        background: $surface;
        color: $foreground;
        .pane--quiet { text-style: dim; }
        .pane--strong { text-style: bold; }
        .pane--accent { color: $text-accent; text-style: bold; }
        .pane--good { color: $text-success; }
        .pane--warning { color: $text-warning; }
        .pane--bad { color: $text-error; text-style: bold; }
        .pane--lit { background: $primary 16%; color: $foreground; }
        .pane--hover { background: $boost; }
        .pane--found { color: $text-accent; text-style: bold underline; }
        &:ansi .pane--accent, &:ansi .pane--found { color: ansi_yellow; }
    }
    """

    def look(self, name: str) -> Style:
        """A style of the pane: "quiet", "strong", "accent", "good", "warning", "bad", "found" lie over a background;
        "lit" and "hover" are one. "" is none."""
        return self.get_component_rich_style(f"pane--{name}", partial=name not in GROUNDS) if name else Style.null()

    def line(self, left: Sequence[Piece], right: Sequence[Piece], fill: Style) -> Strip:
        """A row of the pane, as wide as it is."""
        return line(left, right, self.size.width, fill, reorder=self.reorders)


class ListPane(Pane):
    """A list of which the visible part is drawn. Who makes one says how many `items` there are and draws each (`draw`);
    `heading_rows` at the top do not scroll. `lit` is the place of the item that is kept visible, -1 for none."""

    heading_rows = 0
    item_rows = 1

    class Picked(Message):
        """Somebody clicked an item, by its place."""

        def __init__(self, pane: ListPane, place: int) -> None:
            super().__init__()
            self.pane = pane
            self.place = place

        @property
        def control(self) -> ListPane:
            """The list."""
            return self.pane

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.top = 0
        self.lit = -1
        self._hover = -1

    # What a list says of itself.

    def amount(self) -> int:
        """How many items there are."""
        raise NotImplementedError

    def draw(self, place: int, row: int, fill: Style) -> Strip:
        """A row of an item, `item_rows` each."""
        raise NotImplementedError

    def draw_heading(self, row: int) -> Strip:
        """A row that does not scroll."""
        raise NotImplementedError

    def can_pick(self, place: int) -> bool:
        """Whether an item reacts to the mouse."""
        return True

    # Where we are.

    @property
    def places_shown(self) -> int:
        """How many items there is room for."""
        return max((self.size.height - self.heading_rows) // self.item_rows, 1)

    def look_at(self, top: int) -> None:
        """Scroll so that an item is the first one, as far as the list goes."""
        top = max(min(top, self.amount() - self.places_shown), 0)
        if top != self.top:
            self.top = top
            self.refresh()

    def keep_visible(self, place: int, margin: int = 0) -> None:
        """Scroll as little as shows an item, with so many others around it."""
        if self.size.height == 0:
            return
        margin = min(margin, (self.places_shown - 1) // 2)
        if place >= 0:
            self.look_at(min(max(self.top, place + margin + 1 - self.places_shown), place - margin))
        else:
            self.look_at(self.top)

    def light(self, place: int) -> None:
        """Another item is the lit one."""
        if place != self.lit:
            self.refresh_items(self.lit, place)
            self.lit = place
        self.keep_visible(place)

    def refresh_items(self, *places: int) -> None:
        """Draw some items anew."""
        shown = range(self.top, self.top + self.places_shown + 1)
        rows = [self.heading_rows + (place - self.top) * self.item_rows for place in places if place in shown]
        if rows:
            self.refresh(*(Region(0, row, self.size.width, self.item_rows) for row in rows))

    def place_at(self, row: int) -> int:
        """The item at a row of the pane; -1 where there is none that reacts."""
        place = self.top + (row - self.heading_rows) // self.item_rows
        return place if row >= self.heading_rows and place < self.amount() and self.can_pick(place) else -1

    def render_line(self, y: int) -> Strip:
        """A row of the pane."""
        if y < self.heading_rows:
            return self.draw_heading(y)
        place, row = divmod(y - self.heading_rows, self.item_rows)
        place += self.top
        if place >= self.amount():
            return self.line([], [], self.rich_style)
        return self.draw(place, row, self.fill(place))

    def fill(self, place: int) -> Style:
        """What lies under an item."""
        if place == self.lit:
            return self.rich_style + self.look("lit")
        return self.look("hover") if place == self._hover else self.rich_style

    # The mouse.

    def on_resize(self) -> None:
        """There is another amount of room."""
        self.keep_visible(self.lit)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel."""
        event.stop()
        self.look_at(self.top + WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel."""
        event.stop()
        self.look_at(self.top - WHEEL_ROWS)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The item under the mouse is shown to be clickable."""
        self._point_at(self.place_at(event.y))

    def on_leave(self) -> None:
        """The mouse is elsewhere."""
        self._point_at(-1)

    def on_click(self, event: events.Click) -> None:
        """An item is picked."""
        event.stop()
        if (place := self.place_at(event.y)) >= 0:
            self.post_message(self.Picked(self, place))

    def _point_at(self, place: int) -> None:
        if place != self._hover:
            old, self._hover = self._hover, place
            self.refresh_items(old, place)
