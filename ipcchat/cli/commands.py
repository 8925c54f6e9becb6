"""The commands of the line client: a table from which /help is made too.

Rules:
1. A command is one small function; its docstring's first line is its help, its `usage` what to type.
2. A refusal is one quiet line with the server's reason. A command that needs the server says so at once when there
   is no connection.
"""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from ipcchat.client.chat import Chat
from ipcchat.client.errors import ChatError
from ipcchat.client.text import printable

HELP_COLUMNS = 26
ROWS_SHOWN_MAX = 50


class Room(Protocol):
    """What a command may use of the line client."""

    chat: Chat
    current: str

    def tell(self, text: str) -> None:
        """Show a quiet line."""

    async def say(self, target: str, text: str, kind: str = "message") -> None:
        """Send something; what becomes of it is shown later."""

    async def enter(self, channel: str, key: str = "") -> None:
        """Join a channel, show its last messages, look at it."""

    def leave(self) -> None:
        """End the program."""


Run = Callable[[Room, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the table."""

    name: str
    usage: str
    summary: str
    run: Run
    offline: bool


COMMANDS: dict[str, Command] = {}

# Of the answer to WHOIS (RFC 2812 5.1) what people want to know.
WHOIS_LINES: dict[str, Callable[[list[str]], str]] = {
    "311": lambda params: f"{params[1]} is {'@'.join(params[2:4])} ({params[-1]})",
    "301": lambda params: f"{params[1]} is away: {params[-1]}",
    "319": lambda params: f"{params[1]} is in {params[-1]}",
    "317": lambda params: f"{params[1]} has been silent for {params[2]} s",
    "313": lambda params: f"{params[1]} {params[-1]}",
}


def command(usage: str, *, offline: bool = False) -> Callable[[Run], Run]:
    """Enter a function into the table under the first word of `usage`."""

    def enter(run: Run) -> Run:
        name = usage.split()[0][1:]
        COMMANDS[name] = Command(name, usage, (run.__doc__ or "").splitlines()[0].rstrip("."), run, offline)
        return run

    return enter


async def obey(room: Room, line: str) -> None:
    """Run a line that begins with "/"."""
    name, _, rest = line[1:].strip().partition(" ")
    found = COMMANDS.get(name.lower())
    if found is None:
        near = difflib.get_close_matches(name.lower(), COMMANDS, n=1)
        room.tell(
            f"there is no /{printable(name)}; " + (f"did you mean /{near[0]}?" if near else "/help lists the commands")
        )
    elif not room.chat.connected and not found.offline:
        room.tell(f"not connected, try /{found.name} again when we are back")
    else:
        try:
            await found.run(room, rest.strip())
        except ChatError as error:
            room.tell(f"/{found.name}: {printable(str(error))}")


@command("/help", offline=True)
async def help_lines(room: Room, rest: str) -> None:
    """Show this list."""
    for entry in COMMANDS.values():
        room.tell(f"{entry.usage:<{HELP_COLUMNS}}{entry.summary}")
    room.tell(f"{'//text':<{HELP_COLUMNS}}Say a text that begins with /")


@command("/join #CHANNEL [KEY]")
async def join(room: Room, rest: str) -> None:
    """Enter a channel, or look at one you are in."""
    channel, _, key = rest.partition(" ")
    if not channel:
        room.tell("/join #CHANNEL [KEY]")
        return
    if channel[0] not in "#&":
        channel = f"#{channel}"
    await room.enter(channel, key)


@command("/part [#CHANNEL] [REASON]")
async def part(room: Room, rest: str) -> None:
    """Leave a channel, this one when none is named."""
    channel, reason = split_channel(room, rest)
    await room.chat.part(channel, reason)
    if room.current not in room.chat.channels:
        room.current = next(iter(room.chat.channels), "")


@command("/nick NAME")
async def nick(room: Room, rest: str) -> None:
    """Take another name."""
    await room.chat.change_nick(rest)


@command("/me TEXT", offline=True)
async def act(room: Room, rest: str) -> None:
    """Say what you do: /me waves."""
    await room.say(room.current, rest, "action")


@command("/msg NAME TEXT", offline=True)
async def message(room: Room, rest: str) -> None:
    """Say something to one person."""
    name, _, text = rest.partition(" ")
    if text.strip():
        await room.say(name, text)
    else:
        room.tell("/msg NAME TEXT")


@command("/topic [TEXT]")
async def topic(room: Room, rest: str) -> None:
    """Show the topic of this channel, or set it."""
    shown = await room.chat.topic(room.current, rest or None)
    if not rest:
        room.tell(f"topic of {printable(room.current)}: {printable(shown) or 'none'}")


@command("/names")
async def names(room: Room, rest: str) -> None:
    """Show who is in this channel."""
    room.tell(here(room.chat, room.current))


@command("/who NAME")
async def who(room: Room, rest: str) -> None:
    """Show who somebody is."""
    for line in await room.chat.command("WHOIS", rest or room.chat.nick):
        show = WHOIS_LINES.get(line.command)
        if show is not None and len(line.params) > 2:
            room.tell(printable(show(line.params)))


@command("/list")
async def list_channels(room: Room, rest: str) -> None:
    """Show the channels there are."""
    rows = [line.params for line in await room.chat.command("LIST") if line.command == "322" and len(line.params) > 2]
    for params in rows[:ROWS_SHOWN_MAX]:
        topic_text = f"  {printable(params[3])}" if len(params) > 3 and params[3] else ""
        room.tell(f"{printable(params[1]):<20} {printable(params[2]):>4}{topic_text}")
    if len(rows) != len(rows[:ROWS_SHOWN_MAX]):
        room.tell(f"and {len(rows) - ROWS_SHOWN_MAX} more")
    if not rows:
        room.tell("there are no channels")


@command("/away [TEXT]")
async def away(room: Room, rest: str) -> None:
    """Say that you are away, or that you are back."""
    await room.chat.command("AWAY", *([rest] if rest else []))
    room.tell(f"you are away: {printable(rest)}" if rest else "you are not away")


@command("/quit", offline=True)
async def quit_program(room: Room, rest: str) -> None:
    """Leave."""
    room.leave()


def split_channel(room: Room, rest: str) -> tuple[str, str]:
    """A channel and what follows; the present channel when none is named."""
    if rest[:1] in ("#", "&"):
        channel, _, text = rest.partition(" ")
        return channel, text.strip()
    return room.current, rest


def here(chat: Chat, channel: str) -> str:
    """Who is in a channel, in one line."""
    room = chat.channels.get(channel)
    if room is None:
        return f"you are not in {printable(channel)}"
    people = sorted(room.members.items(), key=lambda member: member[0].lower())
    shown = ", ".join(printable(f"{prefixes[:1]}{name}") for name, prefixes in people[:ROWS_SHOWN_MAX])
    more = f" and {len(people) - ROWS_SHOWN_MAX} more" if len(people) > ROWS_SHOWN_MAX else ""
    return f"{len(people)} here: {shown}{more}"
