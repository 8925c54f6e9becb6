"""Where a message is typed.

Rules:
1. Nothing that was typed is lost: what is sent or put away comes back with Up, what stands there when somebody goes to
   another buffer is its draft, and Escape changes no text.
2. Keys are done in the order in which they were pressed: those of the composer and of the screen are not left to the
   app, and what was typed behind one that opened another screen goes there.
3. Choices for a word open by themselves behind "/", "@", "#x" and ":xx"; Up, Down, Enter, Tab and Escape are theirs.
   Tab asks for choices elsewhere, puts in the first, and goes through the others.
4. Others are told that somebody types at most once in TYPING_SECONDS, and never for a command. That he gave it up is
   told, too; that he is done is said by his message itself (IRCv3 "typing").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from textual import events
from textual.content import Content
from textual.css.query import NoMatches
from textual.document._document import Selection
from textual.message import Message

from ipcchat.client.text import printable
from ipcchat.tui.model.buffer import Buffer, Draft, Kind
from ipcchat.tui.model.completion import Candidate
from ipcchat.tui.model.recall import Recall
from ipcchat.tui.typed_ahead import is_for_another
from ipcchat.tui.widgets.completion_popup import CompletionPopup
from ipcchat.tui.widgets.composer_document import DRAWING, Drawing
from ipcchat.tui.widgets.edit_area import EditArea

TYPING_SECONDS = 3.0

Completer = Callable[[str, bool], list[Candidate]]


@dataclass(slots=True)
class Choices:
    """What a word may become: it stands in line `row` from column `start` to `end`. `by_itself`: nobody asked for it,
    and nothing is put in yet. `moved`: somebody chose another one than the first."""

    candidates: list[Candidate]
    row: int
    start: int
    end: int
    by_itself: bool
    chosen: int = 0
    moved: bool = False


class Composer(EditArea):
    """See the module. `completer` says how the text before the cursor may go on, and is told whether somebody asked."""

    DEFAULT_CSS = """
    Composer {
        height: auto;
        min-height: 1;
        max-height: 8;
        border: none;
        padding: 0 1;
        scrollbar-size-vertical: 1;
        &:focus { border: none; }
        &:dark .text-area--cursor, &:light .text-area--cursor, &:ansi .text-area--cursor {
            color: $foreground;
            background: $surface;
            text-style: reverse;
        }
        &:dark .text-area--placeholder, &:light .text-area--placeholder { color: $foreground 68%; }
        &:ansi .text-area--placeholder { color: ansi_default; text-style: dim; }
    }
    """

    @dataclass
    class Submitted(Message):
        """A text is to be sent from the buffer where it was typed (None before there is any)."""

        text: str
        buffer: Buffer | None

    @dataclass
    class TypingChanged(Message):
        """Somebody types a text that is no command, or does so no longer."""

        active: bool
        buffer: Buffer | None

    @dataclass
    class Cancelled(Message):
        """Escape, or Backspace before an answer or a change without a text."""

    def __init__(
        self, *, drawing: Drawing = DRAWING, clock: Callable[[], float] = monotonic, id: str | None = None
    ) -> None:
        self.completer: Completer = lambda before, asked: []
        self._clock = clock
        self._buffer: Buffer | None = None
        self._recall: Recall | None = None
        self._choices: Choices | None = None
        self._unwanted: tuple[int, int] | None = None
        self._typing_told: float | None = None
        self._by_us = False
        super().__init__(drawing=drawing, id=id)

    # Buffers.

    @property
    def buffer(self) -> Buffer | None:
        """Where what stands here is sent; None before there is any place."""
        return self._buffer

    def load(self, buffer: Buffer) -> None:
        """Go on with the draft of a buffer. The one before has to be kept by then."""
        self._end_recall()
        self._tell_typing(False)
        self._close_choices()
        self._buffer = buffer
        self.load_text(buffer.draft.text)
        self.move_cursor(self.location_of(buffer.draft.cursor))
        words = "Type / for commands" if buffer.kind is Kind.SERVER else f"Message {printable(buffer.name)}"
        self.placeholder = Content(words)

    def keep(self) -> Draft:
        """The buffer's draft, with what stands here now; while somebody looks at what he sent before, with what he was
        typing."""
        draft = self._buffer.draft if self._buffer is not None else Draft()
        text, cursor = self.text, len(self.text_before_cursor)
        if self._recall is not None and self._recall.is_unchanged(text):
            text, cursor = self._recall.typed, len(self._recall.typed)
        draft.text, draft.cursor = text, cursor
        return draft

    def put_word(self, word: str) -> None:
        """Put a word where the cursor is, apart from what stands around it; what is selected stays."""
        self._end_recall()
        row, column = self.cursor_location
        line = self.document[row]
        before = " " if column and not line[column - 1].isspace() else ""
        behind = "" if line[column : column + 1].isspace() else " "
        self._put(f"{before}{word}{behind}", column, column)

    def put_away(self) -> bool:
        """Empty the composer; Up brings the text back. False when there is none."""
        if not self.text:
            return False
        self._remember(self.text)
        self.clear()
        return True

    def _remember(self, text: str) -> None:
        self._end_recall()
        if self._buffer is not None and text.strip():
            self._buffer.typed(text)

    def _end_recall(self) -> None:
        """No longer walk through what was sent; what was typed on the way is remembered."""
        recall, self._recall = self._recall, None
        for text in recall.left_behind() if recall is not None else ():
            if self._buffer is not None:
                self._buffer.typed(text)

    # Keys.

    async def _on_key(self, event: events.Key) -> None:
        event.prevent_default()
        event.stop()
        if is_for_another(self, event):
            return
        if event.is_printable and event.character and not event.key.startswith(("alt+", "ctrl+")):
            self.type(event.character)
            return
        for node in (self, self.screen):
            for binding in node._bindings.key_to_bindings.get(event.key, ()):
                if await self.app.run_action(binding.action, node):
                    return

    def type(self, character: str) -> None:
        """Type a character. A colon that ends the name of an emoji makes it one."""
        self._replace_via_keyboard(character, *self.selection)
        if character == ":":
            from ipcchat.tui.emoji import written_out

            text = self.text_before_cursor
            if (found := written_out(text)) is not None:
                row, column = self.cursor_location
                self._replace_via_keyboard(found[1], (row, column - len(text) + found[0]), (row, column))

    def action_send(self) -> None:
        """Take the choice that is offered, else send the text."""
        choices = self._choices
        if choices is not None and choices.by_itself and (choices.moved or not choices.candidates[0].complete):
            self._take(choices.chosen)
            return
        self._close_choices()
        text = self.text.strip("\n").rstrip()
        if not text:
            return
        self._remember(text)
        self.load_text("")
        self._typing_told = None
        self.post_message(self.Submitted(text, self._buffer))

    def action_newline(self) -> None:
        """Begin a new line."""
        self._replace_via_keyboard("\n", *self.selection)

    def action_cancel(self) -> None:
        """Close the choices, else leave it to the app what is given up."""
        if self._choices is not None:
            self._unwanted = (self._choices.row, self._choices.start)
            self._close_choices()
        else:
            self.post_message(self.Cancelled())

    def action_delete_left(self) -> None:
        """Delete what is selected, or the cluster to the left; without a text, give up an answer or a change."""
        draft = self._buffer.draft if self._buffer is not None else Draft()
        if not self.text and (draft.answers is not None or draft.changes is not None):
            self.post_message(self.Cancelled())
        else:
            super().action_delete_left()

    def action_history_previous(self) -> None:
        """The choice above, the row above, or what was sent before."""
        if self._choices is not None:
            self._choose(-1)
        elif self.rows.location_to_offset(self.cursor_location).y == 0:
            self._walk(-1)
        else:
            self.action_cursor_up()

    def action_history_next(self) -> None:
        """The choice below, the row below, or what was sent after that."""
        if self._choices is not None:
            self._choose(1)
        elif self.rows.location_to_offset(self.cursor_location).y == self.rows.height - 1:
            self._walk(1)
        else:
            self.action_cursor_down()

    def _walk(self, steps: int) -> None:
        inputs = self._buffer.inputs if self._buffer is not None else []
        recall = self._recall or Recall(inputs, self.text)
        text = recall.step(self.text, steps)
        if text is None:
            return
        self._recall = recall
        self._put(text, 0, 0, whole=True)
        # So that the same key goes on.
        self.move_cursor(self.document.end if steps > 0 else self.navigator.get_location_end((0, 0)))

    # What our user does to the text.

    def edited(self) -> None:
        """The text is another."""
        if not self._by_us:
            self._offer()
            text = self.text
            self._tell_typing(bool(text.strip()) and (text[0] != "/" or text.startswith("//")))

    def _watch_selection(self, previous_selection: Selection, selection: Selection) -> None:
        super()._watch_selection(previous_selection, selection)
        if selection != previous_selection and not self.is_editing:
            self._close_choices()

    def _tell_typing(self, types: bool) -> None:
        now, told = self._clock(), self._typing_told
        if types and (told is None or now - told >= TYPING_SECONDS):
            self._typing_told = now
            self.post_message(self.TypingChanged(True, self._buffer))
        elif not types and told is not None:
            self._typing_told = None
            self.post_message(self.TypingChanged(False, self._buffer))

    def _put(self, text: str, start: int, end: int, *, whole: bool = False) -> None:
        """Put a text in the place of a part of the present line, or of the whole text, as nobody typed it."""
        row = self.cursor_location[0]
        self._by_us = True
        try:
            self._replace_via_keyboard(text, *(((0, 0), self.document.end) if whole else ((row, start), (row, end))))
        finally:
            self._by_us = False

    # Choices.

    def action_complete(self) -> None:
        """Take the choice that is offered, or go on to the next, or ask for choices."""
        if self._choices is None:
            self._complete()
        elif self._choices.by_itself:
            self._take(self._choices.chosen)
        else:
            self._choose(1)

    def action_complete_back(self) -> None:
        """The choice before."""
        if self._choices is not None:
            self._choose(-1)

    def _complete(self) -> None:
        found = self._found(asked=True)
        if found is None:
            return
        self._choices = found
        if len(found.candidates) > 1:
            self._show(found)
            self._insert(found)
        else:
            self._take(0)

    def _offer(self) -> None:
        """Open or change the choices that come by themselves."""
        found = self._found(asked=False)
        if found is None:
            self._unwanted = None
        if found is None or (found.row, found.start) == self._unwanted:
            self._close_choices()
        else:
            self._choices = found
            self._show(found)

    def _found(self, asked: bool) -> Choices | None:
        """What the word before the cursor may become."""
        if not self.selection.is_empty:
            return None
        text = self.text_before_cursor
        candidates = self.completer(text, asked)
        if not candidates:
            return None
        row, column = self.cursor_location
        start = column - len(text) + candidates[0].start
        return Choices(candidates, row, start, column, by_itself=not asked)

    def _choose(self, steps: int) -> None:
        """Choose another one; where somebody asked, it is put in at once."""
        choices = self._choices
        assert choices is not None
        choices.chosen = (choices.chosen + steps) % len(choices.candidates)
        choices.moved = True
        if (popup := self._popup()) is not None:
            popup.choose(choices.chosen)
        if not choices.by_itself:
            self._insert(choices)

    def _take(self, place: int) -> None:
        """Put in one of the choices, and be done."""
        choices = self._choices
        if choices is not None:
            choices.chosen = place
            self._insert(choices)
            self._close_choices()

    def _insert(self, choices: Choices) -> None:
        text = choices.candidates[choices.chosen].text
        behind = self.document[choices.row][choices.end : choices.end + 1]
        if behind == " " and text.endswith(" "):
            text = text[:-1]
        self._put(text, choices.start, choices.end)
        choices.end = choices.start + len(text)

    def _show(self, choices: Choices) -> None:
        if (popup := self._popup()) is not None:
            x = self.rows.location_to_offset((choices.row, choices.start)).x
            popup.open(choices.candidates, x + self.gutter.left - 1, self._take)

    def _close_choices(self) -> None:
        if self._choices is not None:
            self._choices = None
            if (popup := self._popup()) is not None:
                popup.close()

    def _popup(self) -> CompletionPopup | None:
        try:
            return self.screen.query_one(CompletionPopup)
        except NoMatches:
            return None
