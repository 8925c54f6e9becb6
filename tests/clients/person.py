"""Somebody in front of an IRC program: types what a person types, and reads what stands on the screen."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Sequence

from tests.clients.programs import STATUS, TLS_WORDS, Program
from tests.e2e.tmux import Tmux, Window, need
from tests.e2e.waiting import until

COLUMNS, ROWS = 180, 60
"""Wide enough that no program breaks a row in two."""
CONNECTED = "Current global users"
"""A line of the welcome (266)."""

SECONDS_TO_GO = 5.0
"""After that it is said once more where she wants to go."""


def opens(tmux: Tmux, program: Program, port: int) -> Window:
    """A terminal with the program in it, started as docs/clients.md says."""
    name, *arguments = shlex.split(program.started_by.format(port=port))
    window = tmux.opens(name, need(name), *arguments, *program.options, columns=COLUMNS, rows=ROWS)
    window.shows(program.started)
    return window


def set_up(program: Program, port: int) -> list[str]:
    """What makes the program connect without TLS."""
    return [line.format(port=port) for line in program.set_up]


def set_up_securely(program: Program, port: int, fingerprint: str, password: str) -> list[str]:
    """What makes it connect by TLS, to the certificate with this fingerprint, and log in."""
    digits = fingerprint.partition(":")[2].replace(":", "")
    pairs = ":".join(re.findall("..", digits.upper()))
    words = {"port": port, "digits": digits, "pairs": pairs, "password": password, "tls": tls_word(program)}
    return [line.format(**words) for line in program.secure]


def tls_word(program: Program) -> str:
    """What the installed version calls TLS in its settings."""
    old, new = TLS_WORDS.get(program.name, ("tls", "tls"))
    version = subprocess.run([need(program.name), "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\d+", version)
    return old if found is None or int(found[0]) < 4 else new


class Person:
    """Iris, who is connected. `nick` is the name that she has now; `typed` is what she types to connect, by default
    without TLS."""

    def __init__(self, tmux: Tmux, program: Program, port: int, typed: Sequence[str] = ()) -> None:
        self.program = program
        self.nick = "iris"
        self.window = opens(tmux, program, port)
        for line in typed or set_up(program, port):
            self.window.types(line)
        self.looks_at(STATUS)
        if typed:
            return
        self.window.shows(CONNECTED)

    @property
    def mask(self) -> str:
        """How others see her."""
        return f"{self.nick}!~iris@localhost"

    def looks_at(self, place: str) -> None:
        """Go to a channel's or person's window; STATUS is the server's. What is typed next belongs there."""
        look = self.program.look_at_status if place == STATUS else self.program.look.format(place=place)
        if look:
            self.window.types(look)
        if self.program.looking and place.startswith("#") and not self._is_at(place):
            self.window.types(look)
            assert self._is_at(place), self.window.screen

    def _is_at(self, place: str) -> bool:
        """Whether that channel's window is in front, soon."""
        pattern = self.program.looking.format(place=re.escape(place))
        try:
            until(lambda: re.search(pattern, self.window.screen), f"{place} in front", SECONDS_TO_GO)
        except AssertionError:
            return False
        return True

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
