"""The commands that can be typed: the whole table, and those about the program itself."""

from __future__ import annotations

from ipcchat.client.text import printable
from ipcchat.dialogue import account_commands, channel_commands, past_commands, people_commands, talk_commands
from ipcchat.dialogue.command_table import COMMANDS, HELP_COLUMNS, Command, Room, command, find, obey, suggestion
from ipcchat.wire.message import Message, WireError, parse

__all__ = ["COMMANDS", "commands_in_order", "obey"]

FAMILIES = [
    family.__name__ for family in (talk_commands, past_commands, channel_commands, people_commands, account_commands)
]
ROWS_SHOWN_MAX = 200


def commands_in_order() -> list[Command]:
    """All commands as /help shows them: family by family, as they stand in their files."""
    return sorted(COMMANDS.values(), key=lambda entry: [*FAMILIES, entry.run.__module__].index(entry.run.__module__))


@command("/raw LINE")
async def raw(room: Room, rest: str) -> None:
    """Send a line to the server as it is."""
    try:
        message = parse(rest)
    except WireError as error:
        room.tell(f"/raw: {printable(str(error))}")
        return
    answer = await room.chat.command(message.command, *message.params, tags=message.tags)
    told = [words for line in answer if (words := answer_words(line))]
    for words in told[:ROWS_SHOWN_MAX]:
        room.tell(words)
    if len(told) > ROWS_SHOWN_MAX:
        room.tell(f"and {len(told) - ROWS_SHOWN_MAX} more lines")


def answer_words(line: Message) -> str:
    """A line of an answer for people: a numeric without its number and our nick; what is an event is shown as such."""
    return printable(" ".join(line.params[1:])) if line.command.isdigit() else ""


@command("/help [COMMAND]", offline=True)
async def show_help(room: Room, rest: str) -> None:
    """Show this list, or more about one command."""
    if rest:
        name = rest.split()[0].removeprefix("/")
        found = find(name)
        for text in [f"{found.usage}: {found.summary}", found.details] if found else [suggestion(name)]:
            if text:
                room.tell(text)
        return
    for entry in commands_in_order():
        room.tell(f"{entry.usage:<{HELP_COLUMNS}}{entry.summary}")
    room.tell(f"{'//text':<{HELP_COLUMNS}}Say a text that begins with /")


@command("/quit", offline=True)
async def quit_program(room: Room, rest: str) -> None:
    """Leave."""
    room.leave()
