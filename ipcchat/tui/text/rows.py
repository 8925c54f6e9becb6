"""Rows: what an entry of the timeline looks like, cell by cell.

Rules:
1. A Painter is pure: the same entry (and version) below the same other one gives the same rows.
2. Every row has exactly as many cells as the timeline, whatever others have written. An entry has at most ROWS_MAX
   rows of text; where more is left out, the next one says so. A remark below it has at most ASIDE_ROWS_MAX.
3. What is not the text itself (day, unread line, quote, reactions, marks) is no part of what is copied: its rows have
   no text, and join.
4. Messages of one author that follow each other within TOGETHER_SECONDS show the nick once, and the time once a
   minute.
5. Where one can click, the style's meta says what on: url, nick, channel, msgid, react, unfold.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from ipcchat.tui.model.entries import Coming, Comings, Delivery, Entry, Hole, Said, Told, Tone
from ipcchat.tui.text import comings
from ipcchat.tui.text.cells import ELLIPSIS, cut, width
from ipcchat.tui.text.columns import Columns, Moment, day_label, moment
from ipcchat.tui.text.comings import Joins
from ipcchat.tui.text.formatting import CHARACTERS_MAX, Knows, Line, harmless, is_cut, line_of, lines_of, nobody
from ipcchat.tui.text.heads import Head, Heads
from ipcchat.tui.text.look import Look
from ipcchat.tui.text.setting import Setter, cells_of
from ipcchat.wire.formatting import strip_formatting

ROWS_MAX = 200
ASIDE_ROWS_MAX = 6
TOGETHER_SECONDS = 5 * 60
GUTTER, RULE, ANSWER, BAR = "\u258c", "\u2500", "\u21b3", "\u2502"
BLOCK_EDGE = f"{BAR} "
# Where there is less room a block of code is drawn as any other text.
BLOCK_MIN = 10
REMARK_CHARACTERS_MAX = 500
SIGN_CELLS_MAX = 12
PILL_ROWS_MAX = 4
AGAIN = "Enter to try again, Del to discard"
QUOTED_UNKNOWN = "an earlier message"
NOTHING_VISIBLE = "(nothing that can be seen)"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the timeline. `text` is what copying it gives, without the columns of time and nick; `text_column`
    is where the text begins; `joins`: the next row goes on with the same line, so that copying adds no line break."""

    strip: Strip
    text: str
    text_column: int
    joins: bool = False


class Painter:
    """Makes rows of `width` cells.

    `joins`: whose comings and goings are shown. `knows`: the nicks that can be clicked in texts. `reorder`: text from
    right to left is put in the order in which it is seen. `clusters`: the terminal draws emoji of several as one
    (cells.draws_clusters). `clock`: 24 or 12 hours.
    """

    def __init__(
        self,
        look: Look,
        width: int,
        *,
        joins: Joins = "smart",
        knows: Knows = nobody,
        reorder: bool = True,
        clusters: bool = False,
        clock: int = 24,
    ) -> None:
        self.look = look
        self.columns = Columns.of(width, clock)
        self._joins, self._knows, self._clusters, self._clock = joins, knows, clusters, clock
        self._setter = Setter(look, reorder)
        self._heads = Heads(look, self.columns, self._setter, clusters)

    def rows(self, entry: Entry, above: Entry | None, unread: bool) -> list[Row]:
        """The rows of an entry that stands below `above`; `unread`: the unread line is between them. None for comings
        that are not to be seen."""
        if self.columns.width <= 0 or (isinstance(entry, Comings) and not self._people(entry)):
            return []
        now = moment(entry.time, self._clock)
        rows = []
        if above is None or moment(above.time, self._clock).day != now.day:
            rows.append(self._rule(day_label(now.day), self.look.day_line))
        if unread:
            rows.append(self._rule("new", self.look.unread_line))
        if isinstance(entry, Said):
            rows += self._said(entry, now, above if not rows else None)
        elif isinstance(entry, Told):
            rows += self._told(entry, now, above if not rows else None)
        elif isinstance(entry, Comings):
            rows += self._comings(entry)
        elif isinstance(entry, Hole):
            rows += self._hole(entry, now)
        return rows

    # What was said.

    def _said(self, said: Said, now: Moment, above: Entry | None) -> list[Row]:
        head = self._heads.of(said.message, now.clock) if above is None else self._head_below(said, now, above)
        rows = []
        if said.message.reply_to and not said.removed_by:
            rows.append(self._quote(said))
        if said.removed_by:
            rows += self._lines([Line(self._removal(said))], self.look.removed, head)
        else:
            rows += self._text(said, head)
        if said.delivery is Delivery.FAILED:
            reason = f": {self._safe(said.refusal)}" if said.refusal else ""
            rows += self._aside(f"not sent{reason} \u2014 {AGAIN}", self.look.failed)
        if said.reactions and not said.removed_by:
            rows += self._reactions(said)
        return [self._for_us(row) for row in rows] if said.mentions else rows

    def _head_below(self, said: Said, now: Moment, above: Entry) -> Head:
        """The head of a message that may go on with what its author said before."""
        if not goes_on(said, above):
            return self._heads.of(said.message, now.clock)
        if moment(above.time, self._clock).clock == now.clock:
            return self._heads.blank
        return self._heads.time(now.clock)

    def _text(self, said: Said, head: Head) -> list[Row]:
        message, base = said.message, self.look.text
        if said.delivery is not Delivery.CONFIRMED:
            base = self.look.pending
        elif message.kind == "action":
            base = self.look.action
        elif message.kind == "notice":
            base = self.look.notice
        lines = lines_of(message.text, self._knows, self._clusters)
        if not any(line.text.strip() for line in lines):
            lines, base = [Line(NOTHING_VISIBLE)], self.look.muted
        rows = self._lines(lines, base, head, self._note(said))
        return rows + self._left_out(message.text, rows)

    def _left_out(self, text: str, rows: list[Row]) -> list[Row]:
        """A remark that something of a text is not in its rows; none when all of it is."""
        if len(rows) < ROWS_MAX and not is_cut(text):
            return []
        remark = f"{ELLIPSIS} cut here: it has {len(text):,} characters; copy the message to see all"
        return self._aside(remark, self.look.warning)

    def _note(self, said: Said) -> str:
        """What is said behind the text."""
        notes = []
        if said.message.status:
            notes.append(f"(only to {self._safe(said.message.status)})")
        if said.message.edited:
            notes.append("(edited)")
        if said.delivery is Delivery.PENDING:
            notes.append(ELLIPSIS)
        return " ".join(notes)

    def _removal(self, said: Said) -> str:
        reason = f" ({self._safe(said.removal_reason)})" if said.removal_reason else ""
        return f"message deleted by {self._safe(said.removed_by)}{reason}"

    def _quote(self, said: Said) -> Row:
        """One row about the message that this one answers."""
        quoted = QUOTED_UNKNOWN
        if said.quoted is not None:
            nick, text = said.quoted
            beginning = " ".join(strip_formatting(text[:REMARK_CHARACTERS_MAX]).split())
            quoted = f"{self._safe(nick)}: {self._safe(beginning)}"
        style = self.look.quote + Style(meta={"msgid": said.message.reply_to})
        seen = self._setter.one(Line(cut(f"{ANSWER} {quoted}", self.columns.text)), style, self.columns.text)
        cells = self.columns.hang + seen.cells
        return self._row([*self._heads.blank.segments, *seen.segments], cells, self.look.text)

    def _reactions(self, said: Said) -> list[Row]:
        """The reactions, as many in a row as fit."""
        rows: list[list[Segment]] = [[]]
        used = 0
        for sign, nicks in said.reactions.items():
            pill = self._pill(sign, len(nicks), sign in said.ours)
            cells = width(pill.text)
            if used and used + 1 + cells > self.columns.text:
                if len(rows) >= PILL_ROWS_MAX:
                    break
                rows.append([])
                used = 0
            gap = [Segment(" ", self.look.text)] if used else []
            rows[-1] += [*gap, pill]
            used += len(gap) + cells
        filled = [[*self._heads.blank.segments, *row] for row in rows]
        return [self._row(row, cells_of(row), self.look.text) for row in filled]

    def _pill(self, sign: str, count: int, ours: bool) -> Segment:
        room = max(1, min(SIGN_CELLS_MAX, self.columns.text - width(f"  {count} ")))
        style = self.look.own_pill if ours else self.look.pill
        shown = cut(self._safe(sign), room)
        return Segment(f" {shown} {count} ", style + Style(meta={"react": sign}))

    def _for_us(self, row: Row) -> Row:
        """A row of a message that names us."""
        first, *rest = row.strip
        if self.columns.gutter:
            rest.insert(0, Segment(first.text[1:], first.style))
            first = Segment(GUTTER, self.look.gutter)
        tint = self.look.tint
        segments = [Segment(text, tint + style if style else tint) for text, style, _ in (first, *rest) if text]
        return Row(Strip(segments, self.columns.width), row.text, row.text_column, row.joins)

    # What happened.

    def _told(self, told: Told, now: Moment, above: Entry | None) -> list[Row]:
        same = isinstance(above, Told) and moment(above.time, self._clock).clock == now.clock
        head = self._heads.told("" if same else now.clock)
        rows = self._lines(lines_of(told.text, self._knows, self._clusters), self._tone(told.tone), head)
        return rows + self._left_out(told.text, rows)

    def _tone(self, tone: Tone) -> Style:
        return {Tone.QUIET: self.look.muted, Tone.NOTICE: self.look.notice, Tone.WARNING: self.look.warning}[tone]

    def _people(self, entry: Comings) -> list[Coming]:
        return list(entry.people) if entry.unfolded else comings.shown(entry.people, self._joins)

    def _comings(self, entry: Comings) -> list[Row]:
        people, style = self._people(entry), self.look.muted + Style(meta={"unfold": True})
        sentences = [(entry.time, comings.sentence(people))]
        if entry.unfolded:
            sentences = [(coming.time, comings.alone(coming)) for coming in people]
        rows = []
        for time, sentence in sentences[:ROWS_MAX]:
            head = self._heads.time(moment(time, self._clock).clock)
            rows += self._lines([line_of(sentence[:CHARACTERS_MAX])], style, head)
        return rows[:ROWS_MAX]

    def _hole(self, hole: Hole, now: Moment) -> list[Row]:
        text = f"something may be missing here: {self._safe(hole.reason)}"
        if width(text) + 2 * len(f"{RULE} ") <= self.columns.width:
            return [replace(self._rule(text, self.look.warning), text=text, joins=False)]
        return self._lines([Line(text)], self.look.warning, self._heads.told(now.clock))

    # Rows of any kind.

    def _safe(self, text: str) -> str:
        """The beginning of what others wrote, for a remark."""
        return harmless(text[:REMARK_CHARACTERS_MAX], self._clusters)

    def _rule(self, label: str, style: Style) -> Row:
        """A line across the timeline that says something."""
        label = cut(f" {label} ", self.columns.width)
        left = (self.columns.width - width(label)) // 2
        right = self.columns.width - width(label) - left
        return self._row([Segment(RULE * left + label + RULE * right, style)], self.columns.width, style)

    def _aside(self, text: str, style: Style) -> list[Row]:
        """A remark below a text, which is not copied with it."""
        rows = self._lines([Line(text)], style, self._heads.blank)
        return [Row(row.strip, "", row.text_column, True) for row in rows[:ASIDE_ROWS_MAX]]

    def _lines(self, lines: list[Line], base: Style, head: Head, note: str = "") -> list[Row]:
        """Lines of text below each other, the first one behind a head; at most ROWS_MAX rows."""
        rows: list[Row] = []
        for number, line in enumerate(lines):
            is_last = number == len(lines) - 1
            rows += self._line(line, base, head, note if is_last else "", ROWS_MAX - len(rows))
            head = self._heads.blank
            if len(rows) >= ROWS_MAX:
                break
        return rows

    def _line(self, line: Line, base: Style, head: Head, note: str, most: int) -> Iterator[Row]:
        """The rows of one line, at most so many, with a note behind it."""
        if line.block and self.columns.text > BLOCK_MIN:
            yield from islice(self._block_line(line, base, head), most)
            rest = note
        else:
            rest = yield from self._plain_line(line, base, head, note, most)
        if rest:
            yield from self._aside(rest, self.look.muted)

    def _plain_line(self, line: Line, base: Style, head: Head, note: str, most: int) -> Generator[Row, None, str]:
        """The rows of a line; what of the note does not fit behind it."""
        columns = self.columns
        first = None if head.cells == columns.hang else max(1, columns.width - head.cells)
        for row in islice(self._setter.set(line, base, columns.text, first=first), most):
            segments, cells = [*head.segments, *row.segments], head.cells + row.cells
            if note and not row.goes_on and cells + 1 + width(note) <= columns.width:
                segments.append(Segment(f" {note}", self.look.muted))
                cells, note = cells + 1 + width(note), ""
            yield self._row(segments, cells, base, row.text, head.column, row.goes_on)
            head = self._heads.blank
        return note

    def _block_line(self, line: Line, base: Style, head: Head) -> Iterator[Row]:
        """The rows of a line of a block of code: on their own ground, what is continued indented as the line is."""
        ground = base + self.look.code + self.look.code_tint
        edge = Segment(BLOCK_EDGE, ground + self.look.muted)
        room = self.columns.text - len(BLOCK_EDGE)
        hang = min(len(line.text) - len(line.text.lstrip(" ")), room // 2)
        if head.cells > self.columns.hang:
            yield self._row([*head.segments], head.cells, base, "", head.column, True)
            head = self._heads.blank
        for row in self._setter.set(line, base, room, hang=hang):
            segments = [*head.segments, edge, *row.segments]
            cells = head.cells + len(BLOCK_EDGE) + row.cells
            yield self._row(segments, cells, ground, row.text, head.cells + len(BLOCK_EDGE), row.goes_on)
            head = self._heads.blank

    def _row(
        self, segments: list[Segment], cells: int, ground: Style, text: str = "", column: int = -1, joins: bool = True
    ) -> Row:
        """A row that is filled up with a ground; without a text it is nothing that is copied."""
        columns = self.columns
        if cells < columns.width:
            segments.append(Segment(" " * (columns.width - cells), ground))
        strip = Strip(segments, max(cells, columns.width))
        if cells > columns.width:
            strip = strip.adjust_cell_length(columns.width)
        return Row(strip, text, min(columns.hang if column < 0 else column, columns.width), joins)


def goes_on(said: Said, above: Entry) -> bool:
    """Whether a message goes on with what its author said before, so that his nick need not be said again."""
    if not isinstance(above, Said):
        return False
    message, before = said.message, above.message
    if message.kind != "message" or before.kind != "message" or message.reply_to:
        return False
    passed = (said.time - above.time).total_seconds()
    return message.nick == before.nick and message.mine == before.mine and abs(passed) <= TOGETHER_SECONDS
