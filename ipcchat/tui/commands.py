"""What can be typed in the terminal client beside the commands of `ipcchat.dialogue`: those about its screen."""

from __future__ import annotations

from typing import cast

from ipcchat.dialogue.command_table import Command, command
from ipcchat.dialogue.command_table import Room as AnyRoom
from ipcchat.dialogue.commands import COMMANDS, commands_in_order
from ipcchat.tui.room import Front, Room

OWN: dict[str, Command] = {}
FOR_FILES = ("upload",)


@command("/help [COMMAND]", offline=True, into=OWN)
async def show_help(room: AnyRoom, rest: str) -> None:
    """Show the keys and the commands, or more about one command."""
    if rest:
        await COMMANDS["help"].run(room, rest)
    else:
        front(room).action_help()


@command("/search [WORDS]", into=OWN)
async def search(room: AnyRoom, rest: str) -> None:
    """Find messages that have all these words, and go to them.

    In all channels that you are in, and in private if you have an account. Also "words in quotes", beginnings*,
    in:#channel, from:name, before:2026-01-31, after:2026-01-01 and has:link.
    """
    front(room).action_search(rest)


@command("/mute", offline=True, into=OWN)
async def mute(room: AnyRoom, rest: str) -> None:
    """Mute this place, or hear it again."""
    front(room).action_mute()


@command("/close", offline=True, into=OWN)
async def close(room: AnyRoom, rest: str) -> None:
    """Leave this place and take it off the list; a server's: disconnect."""
    await front(room).close_buffer()


@command("/connect ADDRESS [NAME]", offline=True, into=OWN)
async def connect(room: AnyRoom, rest: str) -> None:
    """Connect to one more server, under another name if you like.

    An address is HOST, HOST:PORT, irc://HOST:PORT/#channel or, by TLS, ircs://HOST.
    """
    address, _, nick = rest.partition(" ")
    front(room).connect_to(address, nick.strip())


@command("/upload FILE", into=OWN)
async def upload(room: AnyRoom, rest: str) -> None:
    """Upload a file, and put its address where you type.

    Who may read the message in which you send it may read the file. Tab completes the path; ~ is your home folder.
    """
    await cast(Room, room).upload(rest)


@command("/theme [NAME]", offline=True, into=OWN)
async def theme(room: AnyRoom, rest: str) -> None:
    """Choose colours; without a name the next ones."""
    front(room).choose_theme(rest.strip())


def front(room: AnyRoom) -> Front:
    """The screen behind a room of ours."""
    return cast(Room, room).front


def in_order() -> list[Command]:
    """All commands as the help shows them: those of every client first, with ours in the place of theirs."""
    ours = [entry for name, entry in OWN.items() if name not in COMMANDS]
    return [*(OWN.get(entry.name, entry) for entry in commands_in_order()), *ours]


def offered(takes_files: bool) -> dict[str, Command]:
    """What a server's people are offered: nothing that it cannot do."""
    return {name: entry for name, entry in ALL.items() if takes_files or name not in FOR_FILES}


ALL: dict[str, Command] = COMMANDS | OWN
