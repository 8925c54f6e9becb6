"""Somebody in front of an IRC program: types what a person types, and reads what stands on the screen."""

from __future__ import annotations

import re
import shlex

from tests.clients.programs import STATUS, Program
from tests.e2e.tmux import Tmux, Window, need
from tests.e2e.waiting import until

COLUMNS, ROWS = 180, 60
"""Wide enough that no program breaks a row in two."""
CONNECTED = "Current global users"
"""A line of the welcome (266)."""


def opens(tmux: Tmux, program: Program, port: int) -> Window:
    """A terminal with the program in it, started and set up as docs/clients.md says, and connected."""
    name, *arguments = shlex.split(program.started_by.format(port=port))
    window = tmux.opens(name, need(name), *arguments, *program.options, columns=COLUMNS, rows=ROWS)
    window.shows(program.started)
    for line in program.set_up:
        window.types(line.format(port=port))
    return window


class Person:
    """Iris, who is connected. `nick` is the name that she has now."""

    def __init__(self, tmux: Tmux, program: Program, port: int) -> None:
        self.program = program
        self.nick = "iris"
        self.window = opens(tmux, program, port)
        self.looks_at(STATUS)
        self.window.shows(CONNECTED)

    @property
    def mask(self) -> str:
        """How others see her."""
        return f"{self.nick}!~iris@127.0.0.1"

    def looks_at(self, place: str) -> None:
        """Go to a channel's or person's window; STATUS is the server's. What is typed next belongs there."""
        look = self.program.look_at_status if place == STATUS else self.program.look.format(place=place)
        if look:
            self.window.types(look)

    def says(self, text: str) -> None:
        """Type a text, which goes to where she is."""
        self.window.types(text)

    def does(self, act: str, **words: str) -> None:
        """Type what the program has for this act."""
        self.window.types(self.program.acts[act].format(**words))

    def joins(self, channel: str) -> None:
        """Enter a channel and go to it: what is typed next belongs there."""
        self.does("join", channel=channel)
        self.sees("present", channel=channel, nick=self.nick)
        self.looks_at(channel)

    def sees(self, event: str, times: int = 1, **words: str) -> None:
        """Wait until this event can be read on the screen, at least so many times."""
        try:
            until(lambda: self.has_seen(event, **words) >= times, f"{event} {words}")
        except AssertionError as error:
            story = f"the screen of {self.program.name}:\n{self.window.everything}"
            raise AssertionError(f"{error}, that is {self._pattern(event, words).pattern}; {story}") from None

    def has_seen(self, event: str, **words: str) -> int:
        """How many times this event can be read now."""
        return len(self._pattern(event, words).findall(self.window.everything))

    def _pattern(self, event: str, words: dict[str, str]) -> re.Pattern[str]:
        escaped = {name: re.escape(word) for name, word in words.items()}
        return re.compile(self.program.shows[event].format(**escaped), re.MULTILINE)
