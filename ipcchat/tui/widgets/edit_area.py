"""A TextArea as people know it from shells and chats: it edits clusters, kills and yanks, and takes in nothing harmful.

Rules:
1. Every text comes in by `edit` or `load_text`, and is made harmless there.
2. A text has at most TEXT_CHARACTERS_MAX; what would make it longer is refused as a whole, and said (`TooLong`).
3. What a key kills can be put back (`yank`); kills that follow each other are one, as in readline.
4. Nothing blinks, so that nothing runs while nobody types.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.document._document import Document, EditResult, Location
from textual.document._edit import Edit
from textual.message import Message
from textual.strip import Strip
from textual.widgets import TextArea

from ipcchat.tui.widgets.composer_document import (
    DRAWING,
    Cell,
    Drawing,
    Navigator,
    Rows,
    after,
    before,
    harmless,
    snapped,
    word_left,
    word_right,
)

# Far more than a server takes in one message, far less than what slows a key press down.
TEXT_CHARACTERS_MAX = 100_000


class EditArea(TextArea, inherit_bindings=False):
    """See the module. `is_editing`: the text is being changed just now, and the cursor moves with it. The keys of the
    table of keys are bound by who has the table."""

    # What some terminals send for Backspace, and none for another key.
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+h", "delete_left", show=False)]

    @dataclasses.dataclass
    class TooLong(Message):
        """Something was not taken in, because the text would have so many `characters`."""

        characters: int

    def __init__(self, *, drawing: Drawing = DRAWING, id: str | None = None) -> None:
        self._drawing = drawing
        self._edits = 0
        self.is_editing = False
        self._killed = ""
        self._killed_at: tuple[int, Location] | None = None
        super().__init__(id=id, highlight_cursor_line=False)
        self.cursor_blink = False
        self.match_cursor_bracket = False

    # What comes in.

    def edited(self) -> None:
        """Our user changed the text; called after each change but those of `load_text`."""

    def edit(self, edit: Edit) -> EditResult:
        """Change the text, see rules 1 and 2."""
        text = harmless(edit.text)
        characters = len(self.text) - len(self.get_text_range(edit.top, edit.bottom)) + len(text)
        if characters > TEXT_CHARACTERS_MAX and text:
            self.post_message(self.TooLong(characters))
            return EditResult(edit.bottom, "")
        self._edits += 1
        self.is_editing = True
        try:
            result = super().edit(dataclasses.replace(edit, text=text))
        finally:
            self.is_editing = False
        self.edited()
        return result

    def load_text(self, text: str) -> None:
        """Another text, without a way back to the one before. What is over TEXT_CHARACTERS_MAX is left out."""
        clean = harmless(text)
        if len(clean) > TEXT_CHARACTERS_MAX:
            self.post_message(self.TooLong(len(clean)))
        super().load_text(clean[:TEXT_CHARACTERS_MAX])
        self._edits += 1

    def _undo_batch(self, edits: Sequence[Edit]) -> None:
        super()._undo_batch(edits)
        self.edited()

    def _redo_batch(self, edits: Sequence[Edit]) -> None:
        super()._redo_batch(edits)
        self.edited()

    async def _on_paste(self, event: events.Paste) -> None:
        """What is pasted is inserted, and never sent by itself; a line end behind it is left out."""
        event.stop()
        event.prevent_default()
        self.paste(event.text)

    def action_select_left(self) -> None:
        """Select one character more, or less, to the left."""
        self.action_cursor_left(True)

    def action_select_right(self) -> None:
        """Select one character more, or less, to the right."""
        self.action_cursor_right(True)

    def action_select_word_left(self) -> None:
        """Select up to the start of the word."""
        self.action_cursor_word_left(True)

    def action_select_word_right(self) -> None:
        """Select up to the end of the word."""
        self.action_cursor_word_right(True)

    def action_select_line_start(self) -> None:
        """Select up to the start of the line."""
        self.action_cursor_line_start(True)

    def action_select_line_end(self) -> None:
        """Select up to the end of the line."""
        self.action_cursor_line_end(True)

    def action_paste(self) -> None:
        """Insert what was copied in this program."""
        self.paste(self.app.clipboard)

    def paste(self, text: str) -> None:
        """Insert a text in the place of what is selected."""
        if result := self._replace_via_keyboard(text.rstrip("\r\n"), *self.selection):
            self.move_cursor(result.end_location)

    # Places.

    @property
    def text_before_cursor(self) -> str:
        """The text from its start to the cursor."""
        return self.get_text_range((0, 0), self.cursor_location)

    @property
    def rows(self) -> Rows:
        """The text as it is drawn."""
        assert isinstance(self.wrapped_document, Rows)
        return self.wrapped_document

    def location_of(self, characters: int) -> Location:
        """The location behind so many characters of the text; its end when there are fewer."""
        for row, line in enumerate(self.document.lines):
            if characters <= len(line):
                return row, max(characters, 0)
            characters -= len(line) + 1
        return self.document.end

    def clamp_visitable(self, location: Location) -> Location:
        """The nearest location where a cursor may stand, never inside of a cluster."""
        row, column = super().clamp_visitable(location)
        return row, snapped(self.document[row], column)

    def get_cursor_word_left_location(self) -> Location:
        """Where the word to the left begins; at the start of a line the end of the one before."""
        row, column = self.cursor_location
        return (row, word_left(self.document[row], column)) if column else self.get_cursor_left_location()

    def get_cursor_word_right_location(self) -> Location:
        """Where the word to the right ends; at the end of a line the start of the next."""
        row, column = self.cursor_location
        line = self.document[row]
        return (row, word_right(line, column)) if column < len(line) else self.get_cursor_right_location()

    def action_cursor_line_start(self, select: bool = False) -> None:
        """To the start of the row; from there to that of the line."""
        start = self.navigator.get_location_home(self.cursor_location)
        self.move_cursor((start[0], 0) if start == self.cursor_location else start, select=select)

    def action_cursor_line_end(self, select: bool = False) -> None:
        """To the end of the row; from there to that of the line."""
        end = self.navigator.get_location_end(self.cursor_location)
        line_end = (end[0], len(self.document[end[0]]))
        self.move_cursor(line_end if end == self.cursor_location else end, select=select)

    def find_matching_bracket(self, bracket: str, search_from: Location) -> Location | None:
        """Brackets are not matched here."""
        return None

    # Killing and yanking.

    def kill(self, start: Location, end: Location) -> None:
        """Delete a part, so that it can be put back. A kill right behind another one adds to it."""
        if start == end:
            return
        start, end = sorted((start, end))
        text = self.get_text_range(start, end)
        if self._killed_at != (self._edits, self.cursor_location):
            self._killed = text
        elif end == self.cursor_location:
            self._killed = text + self._killed
        else:
            self._killed += text
        self._delete_via_keyboard(start, end)
        self._killed_at = (self._edits, self.cursor_location)

    def _kill_to(self, location: Location) -> None:
        """Kill what is selected, else from the cursor to a location."""
        if self.selection.is_empty:
            self.kill(self.cursor_location, location)
        else:
            self.kill(*self.selection)

    def action_delete_word_left(self) -> None:
        """Kill the word to the left."""
        self._kill_to(self.get_cursor_word_left_location())

    def action_delete_word_right(self) -> None:
        """Kill the word to the right."""
        self._kill_to(self.get_cursor_word_right_location())

    def action_delete_to_start(self) -> None:
        """Kill to the start of the line; there, the line end before."""
        row, column = self.cursor_location
        self._kill_to((row, 0) if column else self.get_cursor_left_location())

    def action_delete_to_end(self) -> None:
        """Kill to the end of the line; there, the line end."""
        row, column = self.cursor_location
        end = len(self.document[row])
        self._kill_to((row, end) if column < end else self.get_cursor_right_location())

    def action_yank(self) -> None:
        """Put back what was killed."""
        if self._killed:
            self._replace_via_keyboard(self._killed, *self.selection)

    def action_transpose(self) -> None:
        """Swap the clusters around the cursor, at the end of a line the two before it."""
        row, column = self.cursor_location
        line = self.document[row]
        middle = before(line, column) if column == len(line) else column
        start, end = before(line, middle), after(line, middle)
        if start < middle < end:
            self._replace_via_keyboard(line[middle:end] + line[start:middle], (row, start), (row, end))

    def action_cut(self) -> None:
        """Move what is selected to the clipboard."""
        if self.selected_text:
            self.app.copy_to_clipboard(self.selected_text)
            self._delete_via_keyboard(*self.selection)

    # Drawing.

    def _set_document(self, text: str, language: str | None) -> None:
        self.document = Document(text)
        self.wrapped_document = Rows(self.document, self._drawing)
        self.navigator = Navigator(self.wrapped_document)
        self._build_highlight_map()
        self.move_cursor((0, 0))
        self._rewrap_and_refresh_virtual_size()

    def _watch_has_focus(self, focus: bool) -> None:
        # A cursor that does not blink is part of the lines that were drawn.
        self._line_cache.clear()
        super()._watch_has_focus(focus)

    def _render_line(self, y: int) -> Strip:
        base, width = self.rich_style, self.scrollable_content_region.width
        row = self.rows.row(y + self.scroll_offset.y)
        if row is None:
            return Strip.blank(width, base)
        line, cells = row
        styled = ((cell, self._style_at(line, cell)) for cell in cells)
        segments = [
            Segment("".join(_shown(cell, style) for cell, style in together), style)
            for style, together in groupby(styled, key=lambda pair: pair[1])
        ]
        return Strip(segments).adjust_cell_length(width, base).apply_style(base)

    def _style_at(self, line: int, cell: Cell) -> Style | None:
        """The style of a cell: the cursor's, that of what is selected, or none of its own."""
        place = (line, cell.column)
        if place == self.cursor_location and self._draw_cursor:
            return self._theme.cursor_style
        start, end = sorted(self.selection)
        return self._theme.selection_style if start <= place < end else None


def _shown(cell: Cell, style: Style | None) -> str:
    """What is drawn of a cell: a space that hangs over the edge only where it has a style."""
    return cell.text or (" " if style is not None else "")
