"""Entries and painters for tests of the timeline: one that can be foreseen, and one that is unkind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from ipcchat.client.events import Message
from ipcchat.tui.model.buffer import Buffer, Kind
from ipcchat.tui.model.entries import Coming, Comings, Entry, Said
from ipcchat.tui.text.rows import Row

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TEXT_COLUMN = 10
HAN = "\u6f22"


def said(number: int, text: str = "", *, nick: str = "bob", mine: bool = False, mentions: bool = False) -> Said:
    """The message number `number`, a minute after the one before."""
    time = NOON + timedelta(minutes=number)
    message = Message(
        time=time,
        source=f"{nick}!u@h",
        msgid=f"m{number}",
        tags={},
        target="#tea",
        nick=nick,
        mine=mine,
        text=text or f"message {number}",
    )
    return Said(time=time, message=message, mentions=mentions)


def coming(number: int) -> Comings:
    """Somebody joins."""
    time = NOON + timedelta(minutes=number)
    return Comings(time=time, people=[Coming(time=time, nick="eve", verb="joined")])


def tea(count: int = 0) -> Buffer:
    """A channel with so many messages."""
    buffer = Buffer(network="test", name="#tea", kind=Kind.CHANNEL)
    for number in range(count):
        buffer.timeline.add(said(number))
    return buffer


def row(text: str, width: int, *, joins: bool = False, lead: str = "", style: Style | None = None) -> Row:
    """A row with what stands before the text in TEXT_COLUMN cells."""
    column = min(TEXT_COLUMN, width // 2)
    strip = Strip([Segment(lead[:column].ljust(column)), Segment(text, style)])
    return Row(strip=strip.adjust_cell_length(width), text=text, text_column=column, joins=joins)


def decoration(text: str, width: int) -> Row:
    """A row that is not copied."""
    return Row(strip=Strip([Segment(text)]).adjust_cell_length(width), text="", text_column=0, joins=True)


class FakePainter:
    """One row for each `width - TEXT_COLUMN` characters; "--day--" before the first entry and "--new--" where the
    unread line is; who comes and goes is not shown unless it is unfolded. `painted` counts what was made."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.painted = 0

    def rows(self, entry: Entry, above: Entry | None, unread: bool) -> list[Row]:
        """See row_store.Painting."""
        self.painted += 1
        rows = [decoration("--day--", self.width)] if above is None else []
        rows += [decoration("--new--", self.width)] if unread else []
        if isinstance(entry, Comings):
            return [*rows, row("eve joined", self.width, style=Style(meta={"unfold": True}))] if entry.unfolded else []
        assert isinstance(entry, Said)
        for line in entry.message.text.split("\n"):
            room = max(1, self.width - min(TEXT_COLUMN, self.width // 2))
            pieces = [line[start : start + room] for start in range(0, len(line), room)] or [""]
            rows += [
                row(piece, self.width, joins=number < len(pieces) - 1, lead=f"<{entry.message.nick}>")
                for number, piece in enumerate(pieces)
            ]
        return rows


class UnkindPainter:
    """Rows that nobody promised: none, two hundred, of other widths, with wide characters cut anywhere."""

    def __init__(self, width: int) -> None:
        self.width = width

    def rows(self, entry: Entry, above: Entry | None, unread: bool) -> list[Row]:
        """See row_store.Painting."""
        texts = [HAN * (cells // 2) for cells in (self.width, 1, self.width + 40, 0)]
        count = (0, 1, 200, 3)[entry.number % 4]
        return [Row(Strip([Segment(texts[place % 4])]), texts[place % 4], 3, place % 2 == 1) for place in range(count)]
