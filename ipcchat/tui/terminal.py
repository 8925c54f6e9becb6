"""What is written to the terminal beside what Textual draws.

Rule: where there is no terminal (a test, a recording) nothing is written, and nothing fails.
"""

from __future__ import annotations

from typing import Any

from textual.app import App

from ipcchat.tui.text.bidi import BIDI_EXPLICIT, BIDI_IMPLICIT

MOUSE_ON = "\x1b[?1000h\x1b[?1003h\x1b[?1015h\x1b[?1006h"
MOUSE_OFF = "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l"


class Terminal:
    """The terminal under an app."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app

    def write(self, sequence: str) -> None:
        """Send a sequence as it is."""
        driver = self._app._driver
        if driver is not None and not self._app.is_headless:
            driver.write(sequence)
            driver.flush()

    def begin(self, *, reorders: bool) -> None:
        """We put right-to-left text into its order ourselves: a terminal that does it, too, is to leave that."""
        if reorders:
            self.write(BIDI_EXPLICIT)

    def end(self) -> None:
        """Give the terminal back as it was."""
        self.write(BIDI_IMPLICIT)

    def release_mouse(self, released: bool) -> None:
        """Let the terminal's own selection have the mouse, or take it back."""
        self.write(MOUSE_OFF if released else MOUSE_ON)
