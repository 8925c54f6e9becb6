"""The input line: a buffer with a cursor, a history and completion of names.

Rules:
1. Pure: keys in, an action out; the terminal draws `view`.
2. The keys are readline's: Ctrl-A E B F D H K U W Y, arrows, Home, End, Alt-B, Alt-F; Up and Down walk through what
   was sent before; Alt-Enter is a line break.
3. Esc and unknown keys change nothing. Ctrl-C empties the line and never loses it: Up brings it back.
4. What is shown is one row: a part of the line around the cursor, line breaks as one visible sign each.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from ipcchat.cli.keys import Key
from ipcchat.client.text import character_width, printable, width

HISTORY_MAX = 500
LINE_CHARACTERS_MAX = 100_000
LINE_BREAK_SIGN = "\u23ce"

Completer = Callable[[str, bool], list[str]]


class Action(Enum):
    """What a key asks the program to do."""

    NOTHING = "nothing"
    REDRAW = "show the line again"
    SUBMIT = "take the line"
    CLEAR_SCREEN = "clear the screen"
    INTERRUPT = "Ctrl-C on an empty line"
    END = "Ctrl-D on an empty line"
    SUSPEND = "Ctrl-Z"


class Editor:
    """One input line. `complete(word, at_start)` gives the names a word may become."""

    def __init__(self, complete: Completer = lambda word, at_start: []) -> None:
        self.text = ""
        self.cursor = 0
        self._complete = complete
        self._history: list[str] = []
        self._place = 0
        self._draft = ""
        self._killed = ""
        self._choices: list[str] = []
        self._choice = 0
        self._first = 0

    def press(self, key: Key) -> Action:
        """Take one key."""
        if key.name != "tab":
            self._choices = []
        if key.name in ("text", "paste"):
            self.insert(key.text)
            return Action.REDRAW
        handler = KEYS.get(key.name)
        return handler(self) if handler is not None else Action.NOTHING

    def insert(self, text: str) -> None:
        """Put text in at the cursor; what the line has no room for is left out."""
        text = text[: LINE_CHARACTERS_MAX - len(self.text)]
        self.text = self.text[: self.cursor] + text + self.text[self.cursor :]
        self.cursor += len(text)

    def take(self) -> str:
        """The line, which is empty then and remembered."""
        line = self.text
        self._remember(line)
        self._set("")
        return line

    def view(self, columns: int) -> tuple[str, int]:
        """What to show in so many columns, and the cursor's column in it."""
        shown = [shape(character) for character in self.text]
        self._first = min(self._first, self.cursor)
        while sum(map(width, shown[self._first : self.cursor])) >= max(columns, 2) - 1:
            self._first += max(1, columns // 3)
        self._first = min(self._first, self.cursor)
        part, used = [], 0
        for sign in shown[self._first :]:
            used += width(sign)
            if used >= columns:
                break
            part.append(sign)
        return "".join(part), sum(map(width, shown[self._first : self.cursor]))

    def _set(self, text: str) -> None:
        self.text, self.cursor, self._first = text, len(text), 0

    def _remember(self, line: str) -> None:
        if line.strip() and (not self._history or self._history[-1] != line):
            self._history = [*self._history[1 - HISTORY_MAX :], line]
        self._place = len(self._history)

    # Keys.

    def submit(self) -> Action:
        """Enter."""
        return Action.SUBMIT

    def line_break(self) -> Action:
        """Alt-Enter."""
        self.insert("\n")
        return Action.REDRAW

    def interrupt(self) -> Action:
        """Ctrl-C: empty the line, or ask to leave."""
        if not self.text:
            return Action.INTERRUPT
        self.take()
        return Action.REDRAW

    def end_or_delete(self) -> Action:
        """Ctrl-D: leave on an empty line, else delete."""
        return self.delete() if self.text else Action.END

    def backspace(self) -> Action:
        """Delete before the cursor, a combined character as a whole."""
        return self._cut(self._left_of(self.cursor), self.cursor)

    def delete(self) -> Action:
        """Delete under the cursor."""
        return self._cut(self.cursor, self._right_of(self.cursor))

    def kill_word(self) -> Action:
        """Ctrl-W: delete the word before the cursor."""
        stop = len(self.text[: self.cursor].rstrip().rpartition(" ")[0])
        start = stop + 1 if stop else 0
        self._killed = self.text[start : self.cursor]
        return self._cut(start, self.cursor)

    def kill_before(self) -> Action:
        """Ctrl-U."""
        self._killed = self.text[: self.cursor]
        return self._cut(0, self.cursor)

    def kill_after(self) -> Action:
        """Ctrl-K."""
        self._killed = self.text[self.cursor :]
        return self._cut(self.cursor, len(self.text))

    def yank(self) -> Action:
        """Ctrl-Y: what was deleted last comes back."""
        self.insert(self._killed)
        return Action.REDRAW

    def left(self) -> Action:
        """One character to the left."""
        return self._move(self._left_of(self.cursor))

    def right(self) -> Action:
        """One character to the right."""
        return self._move(self._right_of(self.cursor))

    def home(self) -> Action:
        """To the beginning."""
        return self._move(0)

    def end(self) -> Action:
        """To the end."""
        return self._move(len(self.text))

    def word_left(self) -> Action:
        """To the beginning of the word before the cursor."""
        stop = len(self.text[: self.cursor].rstrip().rpartition(" ")[0])
        return self._move(stop + 1 if stop else 0)

    def word_right(self) -> Action:
        """Behind the word after the cursor."""
        after = self.text[self.cursor :]
        spaces = len(after) - len(after.lstrip())
        stop = after.find(" ", spaces)
        return self._move(len(self.text) if stop < 0 else self.cursor + stop)

    def older(self) -> Action:
        """Up: what was sent before; the line being written is kept."""
        if self._place == len(self._history):
            self._draft = self.text
        return self._go_to(self._place - 1)

    def newer(self) -> Action:
        """Down: towards the line being written."""
        return self._go_to(self._place + 1)

    def complete(self) -> Action:
        """Tab: complete the word before the cursor; again: the next choice."""
        start = self.text.rfind(" ", 0, self.cursor) + 1
        if self._choices:
            self._choice = (self._choice + 1) % len(self._choices)
            start = self.cursor - len(self._choices[self._choice - 1])
        else:
            self._choices, self._choice = self._complete(self.text[start : self.cursor], start == 0), 0
        if not self._choices:
            return Action.NOTHING
        self._cut(start, self.cursor)
        self.insert(self._choices[self._choice])
        return Action.REDRAW

    def _go_to(self, place: int) -> Action:
        if not 0 <= place <= len(self._history):
            return Action.NOTHING
        self._place = place
        self._set(self._draft if place == len(self._history) else self._history[place])
        return Action.REDRAW

    def _cut(self, start: int, stop: int) -> Action:
        self.text = self.text[:start] + self.text[stop:]
        self.cursor = start
        return Action.REDRAW

    def _move(self, cursor: int) -> Action:
        self.cursor = cursor
        return Action.REDRAW

    def _left_of(self, place: int) -> int:
        """Where the character before `place` begins; marks that take no column belong to the one before them."""
        place = max(place - 1, 0)
        while place > 0 and character_width(self.text[place]) == 0:
            place -= 1
        return place

    def _right_of(self, place: int) -> int:
        """Where the character at `place` ends."""
        place = min(place + 1, len(self.text))
        while place < len(self.text) and character_width(self.text[place]) == 0:
            place += 1
        return place


def shape(character: str) -> str:
    """How a character of the line is shown."""
    return LINE_BREAK_SIGN if character == "\n" else printable(character)


KEYS: dict[str, Callable[[Editor], Action]] = {
    "enter": Editor.submit,
    "newline": Editor.line_break,
    "ctrl-c": Editor.interrupt,
    "ctrl-d": Editor.end_or_delete,
    "ctrl-l": lambda editor: Action.CLEAR_SCREEN,
    "ctrl-z": lambda editor: Action.SUSPEND,
    "backspace": Editor.backspace,
    "delete": Editor.delete,
    "ctrl-w": Editor.kill_word,
    "ctrl-u": Editor.kill_before,
    "ctrl-k": Editor.kill_after,
    "ctrl-y": Editor.yank,
    "left": Editor.left,
    "ctrl-b": Editor.left,
    "right": Editor.right,
    "ctrl-f": Editor.right,
    "home": Editor.home,
    "ctrl-a": Editor.home,
    "end": Editor.end,
    "ctrl-e": Editor.end,
    "word-left": Editor.word_left,
    "word-right": Editor.word_right,
    "up": Editor.older,
    "ctrl-p": Editor.older,
    "down": Editor.newer,
    "ctrl-n": Editor.newer,
    "tab": Editor.complete,
}
