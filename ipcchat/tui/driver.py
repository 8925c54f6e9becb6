"""The terminal as Textual drives it, but one that may be gone at any moment: a window is closed, a connection breaks.

Rules:
1. What cannot be written any more is let go: nothing waits for a terminal that is not there.
2. A terminal that cannot be read any more is a reason to leave, and no error.
3. We draw on standard output; standard error may be a file.
"""

from __future__ import annotations

from collections.abc import Callable
from io import TextIOWrapper
from typing import TYPE_CHECKING, cast

from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from ipcchat.tui.app import ChatApp

OUTPUT = 1


class Screen:
    """A file that is written to a descriptor until that fails, and to nowhere from then on."""

    def __init__(self, descriptor: int = OUTPUT) -> None:
        self._file = open(descriptor, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115 - for good
        self._is_there = True

    def write(self, text: str) -> None:
        """Write a text, if that is still possible."""
        self._try(lambda: self._file.write(text))

    def flush(self) -> None:
        """Send what was written."""
        self._try(self._file.flush)

    def fileno(self) -> int:
        """The descriptor."""
        return self._file.fileno()

    def _try(self, act: Callable[[], object]) -> None:
        if self._is_there:
            try:
                act()
            except OSError:
                self._is_there = False


class TerminalDriver(LinuxDriver):
    """Textual's own driver, with the rules above."""

    def __init__(
        self, app: ChatApp, *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._leave = app.leave
        self._file = cast(TextIOWrapper, Screen())

    def run_input_thread(self) -> None:
        """Hand on what is typed, until the end."""
        try:
            super().run_input_thread()
        except OSError:
            if not self.exit_event.is_set():
                self._loop.call_soon_threadsafe(self._leave)
