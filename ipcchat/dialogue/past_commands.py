"""Commands about what was said before."""

from __future__ import annotations

from datetime import UTC, datetime

from ipcchat.client.chat import Chat
from ipcchat.client.past_calls import HistoryTarget
from ipcchat.client.text import printable
from ipcchat.dialogue.command_table import Room, command, split_channel, this_channel, this_place
from ipcchat.dialogue.phrases import several
from ipcchat.wire.casemap import fold

LINES_DEFAULT = 20
LINES_MAX = 500
UNREAD_MAX = 200
COUNT_DIGITS_MAX = 6
# From the end of time to its beginning: the targets where something was said last (draft/chathistory).
NEVER, BEGINNING = datetime(9999, 12, 31, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)


@command("/search WORDS")
async def search(room: Room, rest: str) -> None:
    """Find messages that have all these words.

    In all channels that you are in, and in private if you have an account. Also "words in quotes", beginnings*,
    in:#channel, from:name, before:2026-01-31, after:2026-01-01 and has:link.
    """
    found = await room.chat.search(rest, limit=LINES_DEFAULT)
    room.show_past("Found", found)
    if not found:
        room.tell(f"nothing has {printable(rest)}")
    elif len(found) == LINES_DEFAULT:
        room.tell(f"these are the newest {LINES_DEFAULT}; more words find fewer")


@command("/history [NAME] [COUNT]")
async def history(room: Room, rest: str) -> None:
    """Show the last messages of a channel or person.

    Without a name: of where you are. 20 of them, or as many as you say.
    """
    words = rest.split()
    count = int(words.pop()) if words and words[-1].isdecimal() and len(words[-1]) < COUNT_DIGITS_MAX else LINES_DEFAULT
    target = words[0] if words else this_place(room)
    found = await room.chat.history(target, min(count, LINES_MAX))
    room.show_past(f"History of {target}", found)
    if not found:
        room.tell(f"nothing is known of {printable(target)}")


@command("/unread")
async def unread(room: Room, rest: str) -> None:
    """Show what you have not read here yet.

    It counts as read then, on all your devices.
    """
    place = this_place(room)
    marker = await room.chat.read_marker(place)
    recent = await room.chat.history(place, UNREAD_MAX)
    found = [message for message in recent if not message.mine and (marker is None or message.time > marker)]
    room.show_past(f"Unread in {place}", found)
    room.tell(f"{len(found)} unread" if found else "you have read everything here")
    if recent:
        await room.chat.mark_read(place, recent[-1].time)


@command("/pins [CHANNEL]")
async def pins(room: Room, rest: str) -> None:
    """Show the messages that are pinned in a channel."""
    channel, _ = split_channel(room, rest)
    found = await room.chat.pins(channel)
    room.show_past(f"Pinned in {channel}", found)
    if not found:
        room.tell(f"nothing is pinned in {printable(channel)}")


@command("/pin NAME")
async def pin(room: Room, rest: str) -> None:
    """Pin the last message of somebody here."""
    message = room.last_of(rest.split()[0])
    this_channel(room)
    if message is None:
        room.tell(f"{printable(rest)} has said nothing here that you could pin")
    else:
        await room.chat.pin(message)


@command("/unpin NAME")
async def unpin(room: Room, rest: str) -> None:
    """Take away what is pinned here of somebody."""
    name = rest.split()[0]
    found = [message for message in await room.chat.pins(this_channel(room)) if fold(message.nick) == fold(name)]
    for message in found:
        await room.chat.unpin(message)
    if not found:
        room.tell(f"nothing of {printable(name)} is pinned here")


@command("/recent")
async def recent(room: Room, rest: str) -> None:
    """Show where something was said lately."""
    names = [target.name for target in await latest_targets(room.chat, LINES_DEFAULT)]
    latest = f"lately, the latest first: {several(names, LINES_DEFAULT)}"
    room.tell(latest if names else "nothing was said that you may read")


async def latest_targets(chat: Chat, limit: int) -> list[HistoryTarget]:
    """Where something was said last, the latest first. Raises ChatError."""
    return (await chat.targets(limit, after=NEVER, before=BEGINNING))[::-1]
