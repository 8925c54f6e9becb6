"""Where the line client reads and writes: a terminal with an input line that stays whole, or plain lines.

Rules:
1. What arrives is written above the input line, which is drawn again below it: typing is never disturbed.
2. The terminal is given back as it was found, whatever ends the program.
3. No full screen: what was said stays in the terminal's own scroll-back, and the terminal's own selection copies it.
4. `PlainScreen` uses no terminal control at all.
5. A secret is typed without echo, and is neither shown nor kept: it is not in what Up brings back.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import termios
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Protocol

from ipcchat.cli.editor import Action, Editor
from ipcchat.cli.keys import KeyReader
from ipcchat.cli.standard_input import read_lines
from ipcchat.client.text import width

SGR = re.compile(r"\x1b\[[0-9;]*m")
ERASE_ROW = "\r\x1b[K"
PASTE_ON, PASTE_OFF = "\x1b[?2004h", "\x1b[?2004l"
CLEAR = "\x1b[H\x1b[2J"
READ_BYTES = 4_096
ESCAPE_SECONDS = 0.1
TIME_COLUMNS = len("[17:03] ")
QUIET_COLUMNS = len("-- ")
COLUMNS_DEFAULT = 80
LEAVE_HINT = "press Ctrl-C again to leave"


class Interrupted(Exception):
    """Ctrl-C twice on an empty line."""


class Screen(Protocol):
    """What the line client needs."""

    def show(self, line: str) -> None:
        """Write one line."""

    def inputs(self) -> AsyncIterator[str]:
        """The lines that are typed; ends when there are no more. Raises Interrupted."""

    async def secret(self, prompt: str) -> str:
        """What is typed without being shown; "" for nothing, or when it was given up."""

    def refresh(self) -> None:
        """Draw what may have changed, such as the prompt."""


class PlainScreen:
    """Standard input and output, line by line."""

    def __init__(self) -> None:
        self._source: AsyncIterator[str] | None = None

    def show(self, line: str) -> None:
        """Write one line."""
        print(line, flush=True)

    async def inputs(self) -> AsyncIterator[str]:
        """Lines of standard input until its end."""
        async for line in self._lines():
            yield line

    async def secret(self, prompt: str) -> str:
        """The next line of standard input; a terminal does not echo it meanwhile."""
        with without_echo():
            print(prompt, end="", file=sys.stderr, flush=True)
            line = await anext(self._lines(), "")
        print(file=sys.stderr, flush=True)
        return line

    def _lines(self) -> AsyncIterator[str]:
        self._source = self._source or read_lines()
        return self._source

    def refresh(self) -> None:
        """There is nothing to draw."""


class TerminalScreen:
    """A terminal in its raw mode, as a context manager. `prompt()` gives the text before the input line."""

    def __init__(self, editor: Editor, prompt: Callable[[], str], quiet: Callable[[str], str]) -> None:
        self._editor = editor
        self._prompt = prompt
        self._quiet = quiet
        self._keys = KeyReader()
        self._lines: asyncio.Queue[str | Action] = asyncio.Queue()
        self._was: list[object] = []
        self._asked_to_leave = False
        self._escape_timer: asyncio.TimerHandle | None = None
        self._secret: asyncio.Future[str] | None = None
        self._secret_prompt = ""
        self._shown_editor = editor

    def __enter__(self) -> TerminalScreen:
        self._was = list(termios.tcgetattr(0))
        self._begin()
        loop = asyncio.get_running_loop()
        loop.add_reader(0, self._read)
        loop.add_signal_handler(signal.SIGWINCH, self.refresh)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(0)
        loop.remove_signal_handler(signal.SIGWINCH)
        self._end()

    def show(self, line: str) -> None:
        """Write one line above the input line."""
        self._write(ERASE_ROW + wrap(line, columns()) + "\r\n" + self._row())

    async def inputs(self) -> AsyncIterator[str]:
        """The lines that are typed, until Ctrl-D. Raises Interrupted."""
        while True:
            line = await self._lines.get()
            if line is Action.END:
                return
            if line is Action.INTERRUPT:
                raise Interrupted
            yield str(line)

    async def secret(self, prompt: str) -> str:
        """What is typed without being shown; Ctrl-C gives it up. What is being written meanwhile is kept."""
        self._secret, self._secret_prompt = asyncio.get_running_loop().create_future(), prompt
        self._editor = Editor()
        self.refresh()
        try:
            return await self._secret
        finally:
            self._secret, self._editor = None, self._shown_editor
            self.refresh()

    def refresh(self) -> None:
        """Draw the input line again."""
        self._write(ERASE_ROW + self._row())

    def _begin(self) -> None:
        """Take the terminal over."""
        mode = termios.tcgetattr(0)
        mode[0] &= ~(termios.ICRNL | termios.IXON)
        mode[3] &= ~(termios.ECHO | termios.ICANON | termios.ISIG | termios.IEXTEN)
        mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
        termios.tcsetattr(0, termios.TCSADRAIN, mode)
        self._write(PASTE_ON + self._row())

    def _end(self) -> None:
        """Give the terminal back."""
        self._write(ERASE_ROW + PASTE_OFF)
        termios.tcsetattr(0, termios.TCSADRAIN, self._was)  # type: ignore[arg-type]

    def _row(self) -> str:
        """The prompt, the visible part of the line, and the cursor in its place."""
        if self._secret is not None:
            return self._secret_prompt
        prompt = self._prompt()
        used = width(SGR.sub("", prompt))
        shown, cursor = self._editor.view(max(columns() - used, 4))
        return f"{prompt}{shown}\r\x1b[{used + cursor}C"

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    def _read(self) -> None:
        """Keys came."""
        try:
            data = os.read(0, READ_BYTES)
        except OSError:
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(0)
            self._lines.put_nowait(Action.END)
            return
        for key in self._keys.feed(data):
            if self._secret is not None and key.name == "ctrl-c":
                self._editor = Editor()
            self._act(self._editor.press(key))
        self.refresh()
        if self._escape_timer is not None:
            self._escape_timer.cancel()
        if self._keys.is_waiting:
            self._escape_timer = asyncio.get_running_loop().call_later(ESCAPE_SECONDS, self._keys.flush)

    def _act(self, action: Action) -> None:
        """Do what a key asks for."""
        if self._secret is not None and action in (Action.SUBMIT, Action.END, Action.INTERRUPT):
            if not self._secret.done():
                self._secret.set_result(self._editor.take() if action is Action.SUBMIT else "")
            return
        asked_before, self._asked_to_leave = self._asked_to_leave, False
        match action:
            case Action.SUBMIT:
                self._lines.put_nowait(self._editor.take())
            case Action.END:
                self._lines.put_nowait(action)
            case Action.INTERRUPT if asked_before:
                self._lines.put_nowait(action)
            case Action.INTERRUPT:
                self._asked_to_leave = True
                self.show(self._quiet(LEAVE_HINT))
            case Action.CLEAR_SCREEN:
                self._write(CLEAR)
            case Action.SUSPEND:
                self._suspend()

    def _suspend(self) -> None:
        """Ctrl-Z: stop as other programs do, and go on where we were."""
        self._end()
        os.kill(0, signal.SIGTSTP)
        self._begin()


@contextmanager
def without_echo() -> Iterator[None]:
    """A terminal at standard input shows nothing of what is typed."""
    if not os.isatty(0):
        yield
        return
    was = termios.tcgetattr(0)
    quiet = termios.tcgetattr(0)
    quiet[3] &= ~termios.ECHO
    termios.tcsetattr(0, termios.TCSADRAIN, quiet)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, was)


def columns() -> int:
    """How wide the terminal is now."""
    try:
        return os.get_terminal_size(1).columns or COLUMNS_DEFAULT
    except OSError:
        return COLUMNS_DEFAULT


def wrap(line: str, columns: int) -> str:
    """The line broken at spaces, continued under its text; a word longer than a row is left to the terminal, so that
    links can be copied."""
    plain = SGR.sub("", line)
    indent = TIME_COLUMNS if plain.startswith("[") else QUIET_COLUMNS if plain.startswith("--") else 0
    if width(plain) < columns or columns <= indent * 3:
        return line
    rows, used = "", 0
    for word in line.split(" "):
        size = width(SGR.sub("", word))
        if used and used + 1 + size >= columns:
            rows += "\r\n" + " " * indent + word
            used = indent + size
        else:
            rows += (" " if used else "") + word
            used += size + (1 if used else 0)
        used %= columns
    return rows
