"""Which rows of a timeline are on the screen: a position that does not move when the timeline does. Pure.

Rules:
1. The position is an entry and a row of it, never a number of lines. What is loaded above, edited elsewhere, added
   below or let go does not move what is looked at.
2. `following`: the last row stands at the bottom, and what is added moves the rest up. Scrolling up ends it; it begins
   again where the end of a live timeline is on the screen, unless the position is `held`.
3. Nothing is laid out but what is on the screen, and one row more.
4. At both ends of the timeline stands what is known about what lies beyond (Edges), as rows that belong to no entry.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from ipcchat.tui.model.entries import Entry, Said
from ipcchat.tui.model.timeline import Timeline
from ipcchat.tui.widgets.row_store import RowStore

if TYPE_CHECKING:
    from ipcchat.tui.text.rows import Row


class Edges(Protocol):
    """What stands at the ends of a timeline."""

    def __call__(self, timeline: Timeline, above: bool) -> list[Row]:
        """The rows before the first entry, or behind the last one."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One line of the screen: row number `place` (from 0) of what was at an index when it was laid out: an entry, or an
    end of the timeline."""

    index: int
    entry: Entry | None
    place: int
    row: Row


@dataclass(slots=True)
class Position:
    """The first line on the screen: row number `place` of an entry that has `count` rows as version `version`. A
    negative place is that many rows above the entry. `characters` stand in the rows of the entry before it."""

    entry: Entry
    place: int
    count: int
    version: int
    characters: int = 0


@dataclass(frozen=True, slots=True)
class FirstUnread:
    """What stands below the unread line of a time in a timeline that began at a number."""

    key: tuple[datetime, int]
    version: int
    entry: Entry | None


class Viewport:
    """Where somebody looks in a timeline. `line` is the time behind which the unread line stands; None for none. While
    it is `held` nothing moves by itself: what is added at the end stays below the screen."""

    def __init__(self, timeline: Timeline, store: RowStore, edges: Edges, height: int = 0) -> None:
        self.timeline = timeline
        self.store = store
        self.height = height
        self.line: datetime | None = None
        self.following = True
        self.held = False
        self.sees_end = True
        """Whether the last row there is was on the screen when it was laid out."""
        self.position: Position | None = None
        self.news = 0
        """How many messages of others were added since following ended."""
        self._edges = edges
        self._counted = 0
        self._unread: FirstUnread | None = None

    # Rows and their places. An index is a place in the timeline; -1 and len(timeline) are its ends.

    def rows_at(self, index: int) -> list[Row]:
        """The rows of the entry at an index, or of an end."""
        if not 0 <= index < len(self.timeline):
            return self._edges(self.timeline, index < 0)
        entry = self.timeline.at(index)
        if self.store.hides(entry):
            return []
        return self.store.rows(entry, self._above(index), entry is self.first_unread())

    def _above(self, index: int) -> Entry | None:
        """The entry that is drawn above the one at an index."""
        places = range(index - 1, -1, -1)
        return next((entry for entry in map(self.timeline.at, places) if not self.store.hides(entry)), None)

    def first_unread(self) -> Entry | None:
        """The entry below the unread line."""
        if self.line is None:
            return None
        timeline, known = self.timeline, self._unread
        if known is not None and known.key == (self.line, timeline.first):
            if known.entry is None and known.version == timeline.version:
                return None
            if known.entry is not None and timeline.index(known.entry) is not None:
                return known.entry
        index = timeline.first_after(self.line)
        entry = timeline.at(index) if index is not None else None
        self._unread = FirstUnread((self.line, timeline.first), timeline.version, entry)
        return entry

    def _forward(self, index: int, place: int) -> Iterator[Line]:
        """The lines from one on, downwards."""
        for at in range(index, len(self.timeline) + 1):
            entry = self._entry(at)
            rows = self.rows_at(at)
            for number in range(place if at == index else 0, len(rows)):
                yield Line(at, entry, number, rows[number])

    def _backward(self, index: int, place: int) -> Iterator[Line]:
        """The lines before one, upwards."""
        for at in range(index, -2, -1):
            entry = self._entry(at)
            rows = self.rows_at(at)
            for number in range((place if at == index else len(rows)) - 1, -1, -1):
                yield Line(at, entry, number, rows[number])

    def _entry(self, index: int) -> Entry | None:
        return self.timeline.at(index) if 0 <= index < len(self.timeline) else None

    # Laying out.

    def lay_out(self) -> list[Line]:
        """The lines on the screen from above, at most `height`; fewer when there are no more. Begins or ends to follow
        where rule 2 says so."""
        if self.position is not None and not self.following:
            lines = self._lay_out_from(self.position)
        else:
            lines = self._lay_out_end()
            if self.held and lines:
                self._place_at(lines[0])
        if not self.following and lines and (lines[0].entry is None or not self._is_at(lines[0])):
            self._place_at(lines[0])
        return lines

    def _lay_out_end(self) -> list[Line]:
        lines = list(islice(self._backward(len(self.timeline) + 1, 0), self.height))
        self.follow()
        self.sees_end = True
        return lines[::-1]

    def _lay_out_from(self, position: Position) -> list[Line]:
        index, place = self._found(position)
        if place < 0:
            before = list(islice(self._backward(index, 0), -place))
            index, place = (before[-1].index, before[-1].place) if before else (index, 0)
        lines = list(islice(self._forward(index, place), self.height + 1))
        self.sees_end = len(lines) <= self.height
        if not self.sees_end:
            return lines[: self.height]
        before = list(islice(self._backward(index, place), self.height - len(lines)))
        if self.timeline.live and not self.held:
            self.follow()
        return before[::-1] + lines

    def _found(self, position: Position) -> tuple[int, int]:
        """Where the position is now: the entry may be gone, or have other rows."""
        index = self.timeline.index(position.entry)
        if index is None:
            return max(0, min(position.entry.number - self.timeline.first, len(self.timeline) - 1)), 0
        count = len(self.rows_at(index))
        if position.entry.version != position.version:
            return index, min(position.place, max(0, count - 1))
        # Only what stands above its text can have changed: the day, the unread line.
        return index, position.place + count - position.count

    def _is_at(self, line: Line) -> bool:
        position = self.position
        return (
            position is not None
            and line.entry is position.entry
            and (line.place, line.entry.version) == (position.place, position.version)
            and len(self.rows_at(line.index)) == position.count
        )

    def _place_at(self, line: Line) -> None:
        """Look at a line from now on: it is the first one on the screen."""
        index, place = line.index, line.place
        if not len(self.timeline):
            return
        if index < 0:
            index, place = 0, place - len(self.rows_at(-1))
        elif index == len(self.timeline):
            index, place = index - 1, len(self.rows_at(index - 1)) - 1
        self._stand(index, place)

    def _stand(self, index: int, place: int) -> None:
        rows, entry = self.rows_at(index), self.timeline.at(index)
        characters = sum(len(row.text) for row in rows[: max(0, place)])
        self.position = Position(entry, place, len(rows), entry.version, characters)
        if self.following:
            self.following = False
            self._counted = self.timeline.end

    # Moving.

    def follow(self) -> None:
        """Stand at the end from now on."""
        self.following, self.position = True, None
        self.news, self._counted = 0, self.timeline.end

    def stand(self, position: Position) -> None:
        """Look where somebody looked before."""
        self.position, self.following = position, False
        self._counted = self.timeline.end

    def reveal(self, index: int, room: int) -> None:
        """Scroll as little as brings all rows of an entry into the first `room` lines; its first rows, where it has
        more."""
        lines, rows = self.lay_out(), len(self.rows_at(index))
        shown = {line.place for line in lines[:room] if line.index == index}
        if len(shown) == rows:
            return
        if rows >= room or (lines and (index, 0) < (lines[0].index, lines[0].place)):
            self._stand(index, 0)
        elif above := list(islice(self._backward(index, rows), room)):
            self._place_at(above[-1])

    def scroll(self, rows: int) -> None:
        """So many rows down; up when they are negative."""
        lines = self.lay_out()
        if not lines or (self.following and rows > 0):
            return
        index, place = lines[0].index, lines[0].place
        passed = list(
            islice(self._forward(index, place), rows + 1) if rows > 0 else islice(self._backward(index, place), -rows)
        )
        if passed:
            self._place_at(passed[-1])

    def jump(self, index: int, rows_above: int = 0) -> None:
        """Look at the entry at an index; so many rows stay visible above it."""
        if 0 <= index < len(self.timeline):
            self._stand(index, 0)
            if above := list(islice(self._backward(index, 0), rows_above)):
                self._place_at(above[-1])

    def jump_to_fraction(self, fraction: float) -> None:
        """Leave so much of the timeline above the screen, from 0 to 1, counted in entries."""
        total = len(self.timeline)
        if fraction >= 1 or not total:
            self._end()
            return
        index = int(fraction * total)
        self._stand(index, int((fraction * total - index) * len(self.rows_at(index))))

    def _end(self) -> None:
        """Stand at the end; in a window that is not live, at the end of what is loaded."""
        if self.timeline.live and not self.held:
            self.follow()
        elif last := list(islice(self._backward(len(self.timeline), 0), self.height)):
            self._place_at(last[-1])

    def repaint(self, store: RowStore, height: int) -> None:
        """The rows are made in another way, or fewer fit: what is looked at stays at the top."""
        position = self.position
        if store is not self.store and position is not None:
            self.store = store
            index = self.timeline.index(position.entry)
            rows = self.rows_at(index) if index is not None else []
            if position.characters:
                position.place = row_of(rows, position.characters)
            else:
                position.place = min(position.place, max(0, len(rows) - 1))
            position.count, position.version = len(rows), position.entry.version
        self.store, self.height = store, height

    def count_news(self) -> int:
        """How many messages of others were added while somebody looked elsewhere."""
        entries, first = self.timeline.entries, self.timeline.first
        if self.following or not self.timeline.live or self._counted > self.timeline.end:
            self.news, self._counted = 0, self.timeline.end
        for entry in entries[max(0, self._counted - first) :] if entries else ():
            self.news += isinstance(entry, Said) and not entry.message.mine
        self._counted = self.timeline.end
        return self.news + self.timeline.arrived


def row_of(rows: list[Row], characters: int) -> int:
    """The row of a text that has the character behind so many others."""
    passed = 0
    for place, row in enumerate(rows):
        passed += len(row.text)
        if passed > characters:
            return place
    return max(0, len(rows) - 1)
