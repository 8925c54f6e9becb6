"""The list of channels and people, network by network: where we are, what waits to be read, who is there.

Rules:
1. It shows the desk's order and numbers, so that Alt+1 to Alt+9 go where it says.
2. What waits to be read is bold, with its count; where we are mentioned "@2" stands. What is muted stays quiet.
3. When something that waits is out of sight, the edge of the list says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from rich.cells import cell_len
from rich.style import Style
from textual.message import Message
from textual.strip import Strip

from ipcchat.tui.model.buffer import Buffer, Kind
from ipcchat.tui.model.desk import Desk
from ipcchat.tui.model.network import Network, State
from ipcchat.tui.widgets.pane import ListPane, Piece, plain

COLUMNS_MIN = 18
COLUMNS_MAX = 24
# The mark, the number and a space before a name; a space and a badge behind it, and the gap to the timeline.
AROUND_NAME_COLUMNS = 3 + 5 + 1
NUMBERED_MAX = 9
COUNT_MAX = 999

ONLINE = (State.CONNECTED, State.CATCHING_UP)

HERE, AWAY, GONE = "●", "◐", "○"
MUTED = "⊘"
STATE_SIGNS = {State.CONNECTING: "◌", State.CATCHING_UP: "◌", State.WAITING: "✕", State.CLOSED: "✕"}


class Entry(NamedTuple):
    """What one row shows."""

    name: str
    kind: Kind
    number: int
    sign: str
    current: bool
    unread: int
    unread_text: str
    mentions: int
    muted: bool
    joined: bool
    typing: bool

    @property
    def calls(self) -> bool:
        """Whether it wants to be read."""
        return bool(self.mentions or (self.unread and not self.muted))


class ChannelList(ListPane):
    """The list. `columns` is its width; 0 for one by the longest name, COLUMNS_MIN to COLUMNS_MAX."""

    DEFAULT_CSS = f"ChannelList {{ width: {COLUMNS_MIN}; height: 100%; }}"

    class Chosen(Message):
        """Somebody wants to look at a buffer."""

        def __init__(self, buffer: Buffer) -> None:
            super().__init__()
            self.buffer = buffer

    def __init__(self, columns: int = 0, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._columns = columns
        self._current: Buffer | None = None
        self._buffers: list[Buffer | None] = []
        self._entries: list[Entry | None] = []

    def show(self, desk: Desk, now: datetime) -> None:
        """Show what is true now; draws what is different."""
        before, moved = self._entries, self._current is not desk.current
        self._buffers, self._entries = read(desk, now)
        self._current = desk.current
        if self._entries == before:
            return
        self._fit()
        self.lit = next((place for place, entry in enumerate(self._entries) if entry and entry.current), -1)
        if len(before) != len(self._entries) or len(before) > self.places_shown:
            self.refresh()
        else:
            self.refresh_items(*(place for place, entry in enumerate(self._entries) if entry != before[place]))
        self.keep_visible(self.lit if moved else -1, margin=1)

    def _fit(self) -> None:
        """As wide as the names need."""
        wanted = self._columns
        if not wanted:
            longest = max((cell_len(shown_name(entry)) for entry in self._entries if entry is not None), default=0)
            wanted = max(COLUMNS_MIN, min(longest + AROUND_NAME_COLUMNS, COLUMNS_MAX))
        if self.styles.width is None or self.styles.width.value != wanted:
            self.styles.width = wanted

    # As a list.

    def amount(self) -> int:
        """How many rows there are."""
        return len(self._entries)

    def can_pick(self, place: int) -> bool:
        """Whether there is something in the row."""
        return self._entries[place] is not None

    def draw(self, place: int, row: int, fill: Style) -> Strip:
        """The row of a buffer, or what is out of sight above or below."""
        entry = self._entries[place]
        if (hint := self._hint_at(place)) is not None:
            return self.line([(f" {hint[0]}", self.look("accent"))], [], self.rich_style)
        if entry is None:
            return self.line([], [], self.rich_style)
        return self.line(self._left(entry), [*self._badge(entry), (" ", Style.null())], fill)

    def _left(self, entry: Entry) -> list[Piece]:
        """Mark, number, and name."""
        mark = ("▌" if entry.current else " ", self.look("accent"))
        if entry.kind is Kind.SERVER:
            return [mark, (shown_name(entry), self._name_style(entry))]
        number = (f"{entry.number or ' '} ", Style.null() if entry.current else self.look("quiet"))
        if entry.kind is Kind.PERSON:
            sign = self.look({HERE: "good", AWAY: "warning"}.get(entry.sign, "quiet"))
            return [mark, number, (f"{entry.sign} ", sign), (entry.name, self._name_style(entry))]
        return [mark, number, (shown_name(entry), self._name_style(entry))]

    def _name_style(self, entry: Entry) -> Style:
        if entry.calls or entry.current:
            return self.look("strong")
        if entry.muted or entry.kind is Kind.SERVER or not entry.joined or entry.sign == GONE:
            return self.look("quiet")
        return Style.null()

    def _badge(self, entry: Entry) -> list[Piece]:
        """What stands at the right: somebody types, what is unread, that it is muted."""
        badge: list[Piece] = [("… ", self.look("good"))] if entry.typing else []
        if entry.mentions:
            return [*badge, (f"@{counted(entry.mentions)}", self.look("accent"))]
        if entry.muted:
            return [*badge, (MUTED, self.look("quiet"))]
        if entry.unread:
            count = counted(entry.unread) if entry.unread > COUNT_MAX else entry.unread_text
            return [*badge, (count, self.look("strong"))]
        if entry.kind is Kind.SERVER and entry.sign:
            return [(entry.sign, self.look("warning"))]
        return badge

    # What is out of sight.

    def _hint_at(self, place: int) -> tuple[str, int] | None:
        """What the row says about those that wait out of sight, and the nearest of them; None when it says nothing."""
        last = self.top + self.places_shown - 1
        if place == self.top > 0:
            return self._waiting("↑", range(place - 1, -1, -1), place)
        if place == last < len(self._entries) - 1:
            return self._waiting("↓", range(place + 1, len(self._entries)), place)
        return None

    def _waiting(self, arrow: str, hidden: Sequence[int], covered: int) -> tuple[str, int] | None:
        """A hint about hidden rows, and about the one that it covers."""
        waiting = [(place, entry) for place in hidden if (entry := self._entries[place]) and entry.calls]
        if not waiting:
            return None
        if (entry := self._entries[covered]) and entry.calls:
            waiting.insert(0, (covered, entry))
        mentions = sum(entry.mentions for _, entry in waiting)
        return f"{arrow} " + (f"@{mentions} · " if mentions else "") + f"{len(waiting)} unread", waiting[0][0]

    def on_list_pane_picked(self, event: ListPane.Picked) -> None:
        """A click goes there; on a hint it shows what it is about."""
        event.stop()
        if (hint := self._hint_at(event.place)) is not None:
            self.keep_visible(hint[1], margin=1)
        elif (buffer := self._buffers[event.place]) is not None:
            self.post_message(self.Chosen(buffer))


def read(desk: Desk, now: datetime) -> tuple[list[Buffer | None], list[Entry | None]]:
    """The rows of the list: buffers with what is shown of them, None between networks."""
    buffers: list[Buffer | None] = []
    entries: list[Entry | None] = []
    numbers = iter(range(1, NUMBERED_MAX + 1))
    network: Network | None = None
    for buffer in desk.buffers():
        if buffer.kind is Kind.SERVER:
            if network is not None:
                buffers.append(None)
                entries.append(None)
            network = desk.network_of(buffer)
        assert network is not None
        number = next(numbers, 0) if buffer.kind is not Kind.SERVER else 0
        buffers.append(buffer)
        entries.append(entry_of(buffer, network, number, buffer is desk.current, now))
    return buffers, entries


def entry_of(buffer: Buffer, network: Network, number: int, current: bool, now: datetime) -> Entry:
    """What is shown of a buffer."""
    return Entry(
        name=plain(buffer.title),
        kind=buffer.kind,
        number=number,
        sign=sign_of(buffer, network),
        current=current,
        unread=buffer.unread,
        unread_text=buffer.unread_text,
        mentions=buffer.mentions,
        muted=buffer.muted,
        joined=buffer.joined and (buffer.kind is Kind.SERVER or network.state in ONLINE),
        typing=bool(buffer.active_typing(now)),
    )


def sign_of(buffer: Buffer, network: Network) -> str:
    """How it is with a connection, or whether a person is here; "" for channels and a connection that is well."""
    if buffer.kind is Kind.SERVER:
        return STATE_SIGNS.get(network.state, "")
    if buffer.kind is Kind.CHANNEL:
        return ""
    person = network.chat.people.get(buffer.name) if network.chat is not None and network.state in ONLINE else None
    if person is None:
        return GONE
    return AWAY if person.away else HERE


def counted(count: int) -> str:
    """A number of messages, in at most four characters."""
    return str(count) if count <= COUNT_MAX else f"{COUNT_MAX}+"


def shown_name(entry: Entry) -> str:
    """How a row calls a buffer: in brackets what we are not in."""
    if entry.kind is Kind.PERSON:
        return f"{HERE} {entry.name}"
    return entry.name if entry.joined else f"({entry.name})"
