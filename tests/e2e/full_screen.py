"""Somebody in front of the full-screen client in a real terminal: what he types, and what stands on his screen.

Rules:
1. Text is typed into the composer, which stands on the last row but one; what is sent is looked for above it.
2. A window's state (alternate screen, mouse, cursor) is what tmux says of it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping

from tests.e2e.server_process import ROOT
from tests.e2e.tmux import COLUMNS, ROWS, Tmux, Window
from tests.e2e.waiting import SECONDS_MAX, until

CLIENT = (sys.executable, str(ROOT / "client.py"))
CONNECTED = "connected as"
TRUE_COLOUR = re.compile(r"\x1b\[(?:[0-9;]*;)?[34]8;2;")
ANY_COLOUR = re.compile(r"\x1b\[(?:[0-9;]*;)?(?:[34][0-7]|9[0-7]|10[0-7]|[34]8;[25])[;m]")


class Chatter:
    """A person at the client; `window` is the terminal."""

    def __init__(self, window: Window) -> None:
        self.window = window

    @classmethod
    def comes(
        cls,
        tmux: Tmux,
        url: str,
        nick: str,
        *,
        columns: int = COLUMNS,
        rows: int = ROWS,
        environment: Mapping[str, str] | None = None,
    ) -> Chatter:
        """Somebody who starts the client and is in #lobby, or where the address leads. `environment` is added."""
        setting = ["env", *(f"{name}={value}" for name, value in (environment or {}).items())]
        words = [*setting, *CLIENT, "--server", url, "--nick", nick]
        chatter = cls(tmux.opens(nick, *words, columns=columns, rows=rows))
        chatter.window.shows(f"{CONNECTED} {nick}")
        return chatter

    def types(self, text: str, *, enter: bool = True) -> None:
        """Type a text into the composer, and Enter."""
        self.window.types(text, enter)

    def presses(self, *keys: str) -> None:
        """Press keys by their names in tmux."""
        self.window.presses(*keys)

    def says(self, text: str) -> None:
        """Type a text, and wait until it stands above the composer."""
        self.types(text)
        self.reads(text)

    def reads(self, text: str, seconds_max: float = SECONDS_MAX) -> None:
        """Wait until a text stands in the timeline, or beside it."""
        self._waits(lambda: text in self.above, f"{text!r} in the timeline", seconds_max)

    def shows(self, text: str, seconds_max: float = SECONDS_MAX) -> None:
        """Wait until a text can be read anywhere."""
        self._waits(lambda: text in self.screen, repr(text), seconds_max)

    def shows_no_longer(self, text: str) -> None:
        """Wait until a text can be read nowhere."""
        self._waits(lambda: text not in self.screen, f"no {text!r}", SECONDS_MAX)

    def _waits(self, condition: Callable[[], bool], expected: str, seconds_max: float) -> None:
        try:
            until(condition, expected, seconds_max)
        except AssertionError as error:
            raise AssertionError(f"{error}; the screen:\n{self.screen}") from None

    @property
    def screen(self) -> str:
        """What can be read on the screen."""
        return self.window.screen

    @property
    def above(self) -> str:
        """What can be read above the composer."""
        return "\n".join(self.screen.splitlines()[:-2])

    @property
    def typed(self) -> str:
        """What stands in the last row of the composer."""
        rows = self.screen.splitlines()
        return rows[-2].strip() if len(rows) > 1 else ""

    @property
    def status(self) -> str:
        """The last line."""
        rows = self.screen.splitlines()
        return rows[-1].strip() if rows else ""

    def has_once_and_in_order(self, *texts: str) -> None:
        """Wait until each text stands in the timeline once, and they follow each other."""

        def so() -> bool:
            above = self.above
            places = [above.find(text) for text in texts]
            return [above.count(text) for text in texts] == [1] * len(texts) and places == sorted(places)

        self._waits(so, f"{texts} once, in this order", SECONDS_MAX)

    def look_of(self, text: str) -> str:
        """The row with this text, with its renditions as SGR sequences; "" when there is none."""
        return next((row for row in self.window.coloured_screen.splitlines() if text in row), "")

    @property
    def modes(self) -> tuple[bool, bool, bool]:
        """Whether the terminal is on its alternate screen, gives the mouse to the program, and shows its cursor."""
        state = self.window.state("#{alternate_on} #{mouse_any_flag} #{cursor_flag}").split()
        alternate, mouse, cursor = (flag == "1" for flag in state)
        return alternate, mouse, cursor
