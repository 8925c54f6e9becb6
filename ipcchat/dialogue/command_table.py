"""The table of the commands that can be typed: what enters it, what is run from it, what /help makes of it.

Rules:
1. A command is one small function; its docstring's first line is its help, its `usage` what to type. How many words it
   needs at least is read off the usage; who types fewer is shown it and the help.
2. A refusal is one quiet line with the server's reason. A command that needs the server says so at once when there
   is no connection.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ipcchat.client.chat import Chat
from ipcchat.client.errors import ChatError
from ipcchat.client.events import Message
from ipcchat.client.text import printable

HELP_COLUMNS = 32


class Room(Protocol):
    """What a command may use of the client it is typed in. `current` is the channel or the person that typed text goes
    to, "" for nobody; `program` is what to type to start it."""

    program: str

    @property
    def chat(self) -> Chat:
        """The library."""

    @property
    def current(self) -> str:
        """Where typed text goes."""

    def tell(self, text: str) -> None:
        """Show a quiet line."""

    async def say(self, target: str, text: str, kind: str = "message", reply_to: str = "") -> None:
        """Send something; what becomes of it is shown later."""

    async def enter(self, channel: str, key: str = "") -> None:
        """Join a channel, show its last messages, look at it."""

    def look_at(self, target: str) -> None:
        """Typed text goes to this channel or person from now on."""

    def last_of(self, nick: str) -> Message | None:
        """The last message of somebody in the place that is looked at."""

    def show_past(self, title: str, messages: Sequence[Message]) -> None:
        """Show messages as they were said, also those that were shown before; `title` says which they are."""

    async def tell_unread(self) -> None:
        """Name where else something waits to be read."""

    async def ask_secret(self, question: str) -> str:
        """What a person types without it being shown; "" when he would rather not."""

    def leave(self) -> None:
        """End the program."""


Run = Callable[[Room, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the table. `words_min` is how many words must follow its name."""

    name: str
    usage: str
    summary: str
    details: str
    run: Run
    offline: bool
    words_min: int


COMMANDS: dict[str, Command] = {}
# What people type who come from other clients.
ALIASES = {"j": "join", "leave": "part", "exit": "quit", "m": "msg", "q": "query", "n": "names", "wi": "whois"}


def command(usage: str, *, offline: bool = False, into: dict[str, Command] = COMMANDS) -> Callable[[Run], Run]:
    """Enter a function into a table under the first word of `usage`; words in brackets need not be typed."""

    def enter(run: Run) -> Run:
        name, *words = usage.split()
        summary, _, details = (inspect.getdoc(run) or "").partition("\n")
        least = sum(not word.startswith("[") for word in words)
        into[name[1:]] = Command(name[1:], usage, summary.rstrip("."), " ".join(details.split()), run, offline, least)
        return run

    return enter


def find(name: str, table: Mapping[str, Command] = COMMANDS) -> Command | None:
    """The command that somebody means by a name, in any case."""
    return table.get(ALIASES.get(name.lower(), name.lower()))


def suggestion(name: str, table: Mapping[str, Command] = COMMANDS) -> str:
    """What to say about a command that is not there."""
    near = difflib.get_close_matches(name.lower(), table, n=1)
    hint = f"did you mean /{near[0]}?" if near else "/help lists the commands"
    return f"there is no /{printable(name)}; {hint}"


async def obey(room: Room, line: str, table: Mapping[str, Command] = COMMANDS) -> None:
    """Run a line that begins with "/", by a table of commands."""
    name, _, rest = line[1:].strip().partition(" ")
    found = find(name, table)
    if found is None:
        room.tell(suggestion(name, table))
    elif len(rest.split()) < found.words_min:
        room.tell(f"{found.usage}: {found.summary}")
    elif not room.chat.connected and not found.offline:
        room.tell(f"not connected, try /{found.name} again when we are back")
    else:
        try:
            await found.run(room, rest.strip())
        except ChatError as error:
            room.tell(f"/{found.name}: {printable(str(error))}")


def is_channel(room: Room, name: str) -> bool:
    """Whether this is a channel's name on this server."""
    return name[:1] != "" and name[0] in room.chat.support.get("CHANTYPES", "#&")


def as_channel(room: Room, name: str) -> str:
    """A channel's name; who leaves the sign out means "#"."""
    return name if is_channel(room, name) else f"#{name}"


def this_channel(room: Room) -> str:
    """The channel that is looked at. Raises ChatError when it is none."""
    if is_channel(room, room.current):
        return room.current
    talk = f"you are talking to {room.current}, not in a channel" if room.current else "you are in no channel"
    raise ChatError(f"{talk}; /join one")


def this_place(room: Room) -> str:
    """The channel or person that is looked at. Raises ChatError when it is nobody."""
    if not room.current:
        raise ChatError("you are in no channel; /join one")
    return room.current


def split_channel(room: Room, rest: str) -> tuple[str, str]:
    """A channel and what follows; the present channel when none is named. Raises ChatError when there is none."""
    channel, _, text = rest.partition(" ")
    return (channel, text.strip()) if is_channel(room, channel) else (this_channel(room), rest)
