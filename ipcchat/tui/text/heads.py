"""What stands before a text: the time and the nick, in columns or, where there is little room, in front of it.

Rule: a head begins with the empty gutter, so that a mark can be put there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style

from ipcchat.client.events import Message
from ipcchat.tui.text.cells import width
from ipcchat.tui.text.columns import Columns
from ipcchat.tui.text.formatting import Line, harmless
from ipcchat.tui.text.look import Look
from ipcchat.tui.text.setting import Setter, cells_of

ACTS, TOLD = "*", "\u2013"
HEADS_KEPT = 2_000
NICK_CHARACTERS_MAX = 200


@dataclass(frozen=True, slots=True)
class Head:
    """The segments before a text and their cells; what is copied begins at `column`."""

    segments: tuple[Segment, ...]
    cells: int
    column: int


class Heads:
    """Makes the heads of one timeline; `blank` stands before what is continued."""

    def __init__(self, look: Look, columns: Columns, setter: Setter, clusters: bool) -> None:
        self._look, self._columns, self._setter, self._clusters = look, columns, setter, clusters
        self.blank = Head((Segment(" " * columns.hang, look.text),) if columns.hang else (), columns.hang, columns.hang)
        self._made = lru_cache(HEADS_KEPT)(self._make)

    def of(self, message: Message, clock: str) -> Head:
        """The head of a message, with the time of day."""
        return self._made(message.nick, message.kind, message.mine, clock)

    def time(self, clock: str) -> Head:
        """A head with nothing but the time."""
        return self._built(clock, [], "") if self._columns.wide else self.blank

    def told(self, clock: str) -> Head:
        """The head of what nobody said."""
        sign = Segment(TOLD, self._look.muted)
        return self._built(clock, [sign], "" if self._columns.wide else " ")

    def _make(self, nick: str, kind: str, mine: bool, clock: str) -> Head:
        named = self._nick(nick, mine, len("--") if kind == "notice" else 0)
        if kind == "action":
            acts = self._built(clock, [Segment(ACTS, self._look.muted)], "" if self._columns.wide else " ")
            segments = (*acts.segments, *named, Segment(" ", self._look.text))
            return Head(segments, cells_of(segments), acts.cells)
        if kind == "notice":
            dash = Segment("-", self._look.muted)
            return self._built(clock, [dash, *named, dash], "" if self._columns.wide else " ")
        return self._built(clock, named, "" if self._columns.wide else ": ")

    def _nick(self, nick: str, mine: bool, beside: int) -> list[Segment]:
        """A nick in its colour, as long as it may be with so many cells beside it."""
        style = (self._look.own_nick if mine else self._look.nick(nick)) + Style(meta={"nick": nick})
        shown = self._columns.fitted_nick(harmless(nick[:NICK_CHARACTERS_MAX], self._clusters), beside)
        return self._setter.one(Line(shown), style, max(1, width(shown))).segments

    def _built(self, clock: str, name: list[Segment], behind: str) -> Head:
        """A head of a time, what stands in the nick's column, and a sign behind it."""
        columns, look = self._columns, self._look
        segments = [Segment(" " * columns.gutter, look.text)]
        if columns.wide:
            segments.append(Segment(f"{clock:{columns.time}} ", look.muted))
            segments.append(Segment(" " * max(0, columns.nick - cells_of(name)), look.text))
            behind = " "
        segments += [*name, Segment(behind, look.muted)]
        segments = [segment for segment in segments if segment.text]
        cells = cells_of(segments)
        return Head(tuple(segments), cells, cells)
