"""The last line: how it is with the connection and with uploads, who types, what waits elsewhere, what can be pressed.

Rules:
1. The state of the current network is always visible, by a sign and by words; of other networks only what is wrong.
2. With little room the least important part goes first: hints from the last on, then who types, then what waits.
3. It has no clock: who shows it says what time it is, and shows it again each second while it counts down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from math import ceil
from typing import NamedTuple

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip
from textual.timer import Timer

from ipcchat.tui.model.buffer import Buffer
from ipcchat.tui.model.desk import Desk, Upload, calls
from ipcchat.tui.model.network import Network, State
from ipcchat.tui.text.cells import cut
from ipcchat.tui.widgets.pane import Pane, Piece, plain

# What a key is called here when nobody says otherwise; by the names of the actions.
KEYS = {"next_unread": "Alt+A", "reconnect": "Ctrl+R"}
FLASH_SECONDS = 2.5
REASON_COLUMNS = 60
NICK_COLUMNS = 20
GAP = "  "
SHORT = {
    State.CONNECTING: "connecting",
    State.CATCHING_UP: "catching up",
    State.WAITING: "offline",
    State.CLOSED: "not connected",
}
TROUBLED = (State.WAITING, State.CLOSED)
SIGNS = {
    State.CONNECTED: ("●", "good"),
    State.CONNECTING: ("◌", "warning"),
    State.CATCHING_UP: ("◐", "warning"),
    State.WAITING: ("○", "bad"),
    State.CLOSED: ("✕", "bad"),
}


class Weight(IntEnum):
    """How important a part of the line is; the lightest goes first when there is no room."""

    HINT = 0
    WAITING_KEY = 1
    TYPING = 2
    WAITING = 3
    REASON = 4
    OTHERS = 5
    UPLOADS = 6
    STATE = 7
    FLASH = 8


FLASHED_BESIDE = (Weight.STATE, Weight.UPLOADS, Weight.WAITING)


class Part(NamedTuple):
    """A part of the line: its text in pieces of (text, name of a style)."""

    pieces: tuple[tuple[str, str], ...]
    weight: Weight
    is_right: bool = False

    @property
    def columns(self) -> int:
        """How wide it is."""
        return sum(cell_len(text) for text, _ in self.pieces)


class StatusLine(Pane):
    """The line. `keys` are what actions' keys are called."""

    DEFAULT_CSS = "StatusLine { height: 1; background: $panel; }"

    def __init__(self, keys: Mapping[str, str] = KEYS, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.keys = KEYS | dict(keys)
        self._parts: list[Part] = []
        self._flash = ""
        self._flash_ends: Timer | None = None

    def show(self, desk: Desk, now: datetime, hint: str = "") -> None:
        """Show what is true now; `hint` is what can be pressed where the focus is, the most
        important first, with GAP between them."""
        parts = parts_of(desk, now, hint, self.keys)
        if parts != self._parts:
            self._parts = parts
            self.refresh()

    def flash(self, text: str, seconds: float = FLASH_SECONDS) -> None:
        """Say something short, for a moment, in place of who types and what can be pressed."""
        if self._flash_ends is not None:
            self._flash_ends.stop()
        self._flash = plain(text)
        self._flash_ends = self.set_timer(seconds, self._end_flash) if text else None
        self.refresh()

    def _end_flash(self) -> None:
        self.flash("")

    def render_line(self, y: int) -> Strip:
        """The line."""
        columns = self.size.width
        parts = self._parts
        if self._flash:
            parts = [part for part in parts if part.weight in FLASHED_BESIDE]
            parts.append(Part(((self._flash, "strong"),), Weight.FLASH))
        parts = fitting(parts, columns)
        left = self._pieces(part for part in parts if not part.is_right)
        right = self._pieces(part for part in parts if part.is_right)
        edge = (" ", Style.null())
        return self.line([edge, *left], [*right, edge], self.rich_style)

    def _pieces(self, parts: Iterable[Part]) -> list[Piece]:
        """Parts side by side, with a gap between them."""
        pieces: list[Piece] = []
        for part in parts:
            if pieces:
                pieces.append((GAP, Style.null()))
            pieces += [(text, self.look(style)) for text, style in part.pieces]
        return pieces


def fitting(parts: Sequence[Part], columns: int) -> list[Part]:
    """The parts for which there is room; the lightest is left out first, of several the last. One always stays."""
    kept = list(parts)
    while len(kept) > 1 and sum(part.columns + len(GAP) for part in kept) > columns:
        kept.remove(min(reversed(kept), key=lambda part: part.weight))
    return kept


def parts_of(desk: Desk, now: datetime, hint: str, keys: Mapping[str, str]) -> list[Part]:
    """What the line says."""
    network, parts = desk.network, []
    if network is not None:
        parts.append(state_of(network, now, keys["reconnect"]))
        if network.state in TROUBLED and network.reason:
            parts.append(Part(((cut(plain(network.reason), REASON_COLUMNS), "quiet"),), Weight.REASON))
    for other in desk.networks:
        if other is not network and other.state is not State.CONNECTED:
            sign, style = SIGNS[other.state]
            parts.append(Part(((f"{sign} ", style), (f"{plain(other.name)} {SHORT[other.state]}", "")), Weight.OTHERS))
    if desk.uploads:
        parts.append(Part(((uploads_of(desk.uploads), "accent"),), Weight.UPLOADS))
    if desk.current is not None and (text := who_types(desk.current, now)):
        parts.append(Part(((text, "quiet"),), Weight.TYPING))
    parts += what_waits(desk, keys["next_unread"])
    parts += [Part(((key, "quiet"),), Weight.HINT, is_right=True) for key in hint.split(GAP) if key]
    return parts


def state_of(network: Network, now: datetime, key: str) -> Part:
    """How it is with the connection; `key` tries again at once."""
    sign, style = SIGNS[network.state]
    match network.state:
        case State.CONNECTED:
            words = f"connected as {plain(network.nick)}" if network.nick else "connected"
        case State.CONNECTING | State.CATCHING_UP:
            words = f"{network.state.value}…"
        case State.WAITING if network.retry_at is not None:
            seconds = max(ceil((network.retry_at - now).total_seconds()), 0)
            words = f"offline — trying again in {seconds} s ({key} now)"
        case State.WAITING:
            words = f"offline — trying again ({key} now)"
        case State.CLOSED:
            words = f"not connected ({key} connects)"
    return Part(((f"{sign} ", style), (words, "")), Weight.STATE)


def uploads_of(uploads: Sequence[Upload]) -> str:
    """How far the files are that are uploaded: the first by its name, the others counted."""
    first = uploads[0]
    others = f" and {len(uploads) - 1} more" if len(uploads) > 1 else ""
    return f"uploading {cut(plain(first.name), NICK_COLUMNS)} {int(first.part * 100)} %{others}"


def who_types(buffer: Buffer, now: datetime) -> str:
    """Who is typing in a buffer; "" when nobody is."""
    names = [cut(plain(nick), NICK_COLUMNS) for nick in buffer.active_typing(now)]
    match names:
        case []:
            return ""
        case [name]:
            return f"{name} is typing…"
        case [one, other]:
            return f"{one} and {other} are typing…"
    return "several people are typing…"


def what_waits(desk: Desk, key: str) -> list[Part]:
    """What waits to be read elsewhere; `key` goes there."""
    buffers = [buffer for buffer in desk.buffers() if buffer is not desk.current and calls(buffer)]
    if not buffers:
        return []
    mentioning = [buffer for buffer in buffers if buffer.mentions]
    pieces = [(f"{sum(buffer.unread for buffer in buffers):,} unread", "strong")]
    if mentioning:
        where = f" in {cut(plain(mentioning[0].name), NICK_COLUMNS)}" if len(mentioning) == 1 else ""
        pieces.insert(0, (f"@{sum(buffer.mentions for buffer in mentioning)}{where} · ", "accent"))
    return [
        Part(tuple(pieces), Weight.WAITING, is_right=True),
        Part(((key, "quiet"),), Weight.WAITING_KEY, is_right=True),
    ]
