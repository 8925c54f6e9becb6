"""The switcher: a few letters of a channel's or person's name, and one is there.

Rules:
1. Nothing typed: what waits to be read comes first, then where one came from, then what was said last; where we are is
   last.
2. What is typed may also be a channel to join, or somebody to write to.
3. It decides where to go, and nothing else: who opened it goes there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.strip import Strip
from textual.widgets import Input

from ipcchat.tui.model.buffer import Buffer, Kind
from ipcchat.tui.model.desk import Desk, calls
from ipcchat.tui.model.fuzzy import Candidate, comparable, letters_found, ranked
from ipcchat.tui.model.network import Network
from ipcchat.tui.screens.modal import Field, Modal
from ipcchat.tui.text.bidi import has_right_to_left
from ipcchat.tui.widgets.channel_list import counted, sign_of
from ipcchat.tui.widgets.pane import ListPane, Piece, plain

SHOWN_MAX = 100
NAME_MAX = 200
PAGE_ROWS = 10


class Destination(NamedTuple):
    """Where to go: a buffer, or the name of a channel to join or of a person to write to, who has none yet."""

    network: Network
    name: str
    buffer: Buffer | None = None


class Choices(ListPane):
    """The list of destinations."""

    DEFAULT_CSS = "Choices { height: 1fr; background: $panel; }"

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.typed = ""
        self.found: list[Destination] = []

    def show(self, typed: str, found: list[Destination]) -> None:
        """Show what matches; the best is lit."""
        self.typed, self.found, self.top = typed, found, 0
        self.lit = 0 if found else -1
        self.refresh()

    def amount(self) -> int:
        """How many there are."""
        return max(len(self.found), 1)

    def can_pick(self, place: int) -> bool:
        """Whether there is something."""
        return place < len(self.found)

    def draw(self, place: int, row: int, fill: Style) -> Strip:
        """One destination."""
        if not self.found:
            return self.line([("  nothing is called so", self.look("quiet"))], [], fill)
        goal = self.found[place]
        mark = ("▌ " if place == self.lit else "  ", self.look("accent"))
        network = f" {plain(goal.network.name)}" if len(self._desk.networks) > 1 else ""
        right = [*self._badge(goal.buffer), (f"{network} ", self.look("quiet"))]
        return self.line([mark, *self._before_name(goal), *self._name_of(goal)], right, fill)

    def _before_name(self, goal: Destination) -> list[Piece]:
        """What it is; for a name without a buffer, what would be done."""
        if goal.buffer is None:
            verb = "join " if goal.network.is_channel(goal.name) else "write to "
            return [(verb, self.look("quiet"))]
        return [(f"{sign} ", self.look("quiet"))] if (sign := sign_of(goal.buffer, goal.network)) else []

    def _name_of(self, goal: Destination) -> list[Piece]:
        """The name, with the letters that were typed emphasised; one that is put in another order is one piece."""
        name = plain(goal.name)
        strong = self.look("strong" if goal.buffer is not None and calls(goal.buffer) else "")
        found = letters_found(self.typed, name)
        if not found or has_right_to_left(name):
            return [(name, strong)]
        return [(letter, self.look("found") if place in found else strong) for place, letter in enumerate(name)]

    def _badge(self, buffer: Buffer | None) -> list[Piece]:
        """What waits there."""
        if buffer is None or not calls(buffer):
            return []
        if buffer.mentions:
            return [(f" @{counted(buffer.mentions)}", self.look("accent"))]
        return [(f" {counted(buffer.unread)}", self.look("strong"))]


class Switcher(Modal[Destination | None]):
    """Asks where to go; the answer is None when one stays."""

    AUTO_FOCUS = "Input"
    CLOSED_BY = "switcher"
    CSS = """
    Switcher { align: center top; background: $background 60%; }
    Switcher > Vertical {
        width: 60; max-width: 92%; height: 16; max-height: 90%; margin-top: 1; padding: 1 1; background: $panel;
    }
    Switcher Input, Switcher Input:focus {
        border: none; height: 1; padding: 0 1; margin-bottom: 1; background: $surface;
    }
    Switcher:ansi { background: transparent; }
    Switcher:ansi > Vertical, Switcher:ansi Input { background: ansi_default; }
    Switcher:ansi > Vertical { height: 18; border: round ansi_default; }
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._candidates: list[Candidate[Destination]] = []

    def compose(self) -> ComposeResult:
        """What is typed, and what it may mean."""
        with Vertical():
            yield Field(placeholder="go to a channel or person", select_on_focus=False)
            yield Choices(self._desk)

    def on_screen_resume(self) -> None:
        """What one most likely wants, however often it is opened."""
        self._candidates = []
        self.query_one(Input).clear()
        self._choices.show("", at_first(self._desk))
        self.call_after_refresh(self._gather)

    @property
    def _choices(self) -> Choices:
        return self.query_one(Choices)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        """Other letters mean something else."""
        event.stop()
        self._look()

    def meant_by(self, typed: str) -> list[Destination]:
        """The destinations for what is typed."""
        if not typed.strip():
            return at_first(self._desk)
        self._gather()
        found = ranked(typed, self._candidates, SHOWN_MAX)
        return [*found, *offered(self._desk.network, typed.strip())]

    def _gather(self) -> None:
        """Make ready all that may be meant, once: while nobody has typed yet."""
        if not self._candidates:
            self._candidates = [*of_buffers(self._desk), *of_people(self._desk)]

    @on(ListPane.Picked)
    def _clicked(self, event: ListPane.Picked) -> None:
        event.stop()
        self.dismiss(self._choices.found[event.place])

    def move(self, steps: int) -> None:
        """Light another one, around the ends."""
        amount = self._look()
        if amount:
            self._choices.light((self._choices.lit + steps) % amount)

    def turn(self, pages: int) -> None:
        """Light another one, PAGE_ROWS further."""
        amount = self._look()
        if amount:
            self._choices.light(max(0, min(self._choices.lit + pages * PAGE_ROWS, amount - 1)))

    def choose(self) -> None:
        """Go where the lit one says."""
        if self._look():
            self.dismiss(self._choices.found[self._choices.lit])

    def _look(self) -> int:
        """See to it that the choices are those for what is typed by now; how many there are."""
        typed = self.query_one(Field).value
        if typed != self._choices.typed:
            self._choices.show(typed, self.meant_by(typed))
        return len(self._choices.found)


def of_buffers(desk: Desk) -> Iterator[Candidate[Destination]]:
    """All buffers; those that wait to be read before others."""
    for network in desk.networks:
        for buffer in (network.server, *network.buffers.values()):
            weight = 2 if buffer is desk.current else 0 if calls(buffer) else 1
            goal = Destination(network, buffer.name, buffer)
            yield Candidate(comparable(buffer.name), comparable(network.name), weight, goal)


def of_people(desk: Desk) -> Iterator[Candidate[Destination]]:
    """Whom we know and have no buffer with."""
    for network in desk.networks:
        place, shown = comparable(network.name), {comparable(name) for name in (*network.buffers, network.nick)}
        for person in network.chat.people.values() if network.chat is not None else ():
            if (name := comparable(person.nick)) not in shown:
                yield Candidate(name, place, 3, Destination(network, person.nick))


def at_first(desk: Desk) -> list[Destination]:
    """What one most likely wants before anything is typed."""

    def order(buffer: Buffer) -> tuple[bool, ...]:
        here, there = buffer is desk.current, buffer is desk.previous
        return here, not buffer.mentions, not calls(buffer), not there, buffer.kind is Kind.SERVER

    latest = sorted(desk.buffers(), key=latest_time, reverse=True)
    buffers = sorted(latest, key=order)[:SHOWN_MAX]
    return [Destination(desk.network_of(buffer), buffer.name, buffer) for buffer in buffers]


def latest_time(buffer: Buffer) -> float:
    """When something happened in a buffer last, in seconds since 1970; 0.0 when nothing is known."""
    entries = buffer.timeline.entries
    return entries[-1].time.timestamp() if entries else 0.0


def offered(network: Network | None, name: str) -> list[Destination]:
    """What else a name may mean on the current network: a channel to join, somebody to write to."""
    if network is None or not is_name(name) or name in network.buffers:
        return []
    if not network.is_channel(name):
        known = network.chat is not None and name in network.chat.people
        if known or name[0].isdecimal() or name[0] == "-" or set(name) & set("!@*?.#&"):
            return []
    return [Destination(network, name)]


def is_name(name: str) -> bool:
    """Whether a channel or person may be called so (RFC 2812 2.3.1)."""
    return 0 < len(name) <= NAME_MAX and not set(name) & set(" ,\a:") and name.isprintable()
