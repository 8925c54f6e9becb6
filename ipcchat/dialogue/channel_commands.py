"""Commands about channels."""

from __future__ import annotations

from ipcchat.client.chat import Chat
from ipcchat.client.errors import ChatError
from ipcchat.client.people import Member
from ipcchat.client.text import printable
from ipcchat.dialogue.command_table import Room, as_channel, command, is_channel, split_channel, this_channel
from ipcchat.dialogue.phrases import moment
from ipcchat.wire.casemap import fold

ROWS_SHOWN_MAX = 50


@command("/join #CHANNEL [KEY]")
async def join(room: Room, rest: str) -> None:
    """Enter a channel, or look at one you are in."""
    channel, _, key = rest.partition(" ")
    await room.enter(as_channel(room, channel), key.strip())


@command("/part [#CHANNEL] [REASON]")
async def part(room: Room, rest: str) -> None:
    """Leave a channel, this one when none is named.

    Who talks to one person with /query is back in a channel then.
    """
    if not is_channel(room, room.current) and not is_channel(room, rest) and room.current:
        room.look_at(next(iter(room.chat.channels), ""))
        return
    channel, reason = split_channel(room, rest)
    await room.chat.part(channel, reason)
    if is_channel(room, room.current) and room.current not in room.chat.channels:
        room.look_at(next(iter(room.chat.channels), ""))


@command("/topic [TEXT]")
async def topic(room: Room, rest: str) -> None:
    """Show the topic of this channel, or set it.

    A single "-" removes it.
    """
    channel, text = split_channel(room, rest)
    if text:
        await room.chat.topic(channel, "" if text == "-" else text)
        return
    shown = await room.chat.topic(channel)
    room.tell(f"topic of {printable(channel)}: {printable(shown) or 'none'}")
    if shown and (setting := topic_setting(room.chat, channel)):
        room.tell(setting)


@command("/names")
async def names(room: Room, rest: str) -> None:
    """Show who is in this channel."""
    room.tell(here(room.chat, split_channel(room, rest)[0]))


@command("/list [WORDS]")
async def list_channels(room: Room, rest: str) -> None:
    """Show the channels there are.

    With words only those whose name or topic has them.
    """
    found = await room.chat.list_channels()
    wanted = rest.lower()
    rows = [row for row in found if wanted in f"{row.name} {row.topic}".lower()]
    for row in rows[:ROWS_SHOWN_MAX]:
        room.tell(f"{printable(row.name):<20} {row.members:>4}{f'  {printable(row.topic)}' if row.topic else ''}")
    if len(rows) > ROWS_SHOWN_MAX:
        room.tell(f"and {len(rows) - ROWS_SHOWN_MAX} more")
    if not rows:
        room.tell(f"no channel has {printable(rest)} in it" if rest else "there are no channels")


@command("/invite NAME [#CHANNEL]")
async def invite(room: Room, rest: str) -> None:
    """Invite somebody, here when no channel is named."""
    nick, _, named = rest.partition(" ")
    channel = as_channel(room, named.strip()) if named.strip() else this_channel(room)
    await room.chat.invite(nick, channel)
    room.tell(f"you invited {printable(nick)} to {printable(channel)}")


@command("/kick NAME [REASON]")
async def kick(room: Room, rest: str) -> None:
    """Put somebody out of this channel."""
    nick, _, reason = rest.partition(" ")
    await room.chat.kick(this_channel(room), nick, reason.strip())


@command("/ban [NAME]")
async def ban(room: Room, rest: str) -> None:
    """Ban somebody from this channel, or show bans.

    A name is a nick or a mask like *!*@host; without one the bans are listed. It keeps people from joining: who is
    inside stays until he is kicked.
    """
    channel = this_channel(room)
    if rest:
        await room.chat.ban(channel, rest.split()[0])
        return
    bans = await room.chat.masks(channel)
    for entry in bans[:ROWS_SHOWN_MAX]:
        by = f" by {printable(entry.by)}" if entry.by else ""
        room.tell(f"{printable(entry.mask)} is banned{by}{f', {moment(entry.time)}' if entry.time else ''}")
    if not bans:
        room.tell(f"nobody is banned from {printable(channel)}")


@command("/unban NAME")
async def unban(room: Room, rest: str) -> None:
    """Lift the bans of a nick, or one mask's."""
    await room.chat.unban(this_channel(room), rest.split()[0])


@command("/mode [TARGET] [MODES]")
async def mode(room: Room, rest: str) -> None:
    """Show or change modes, of this channel or you."""
    target, _, modes = rest.partition(" ")
    if not is_channel(room, target) and fold(target) != fold(room.chat.nick):
        target, modes = this_channel(room), rest
    letters, *arguments = modes.split() or [""]
    shown = await room.chat.mode(target, letters, *arguments)
    if not letters:
        room.tell(f"modes of {printable(target)}: {printable(shown) or 'none'}")


@command("/op NAME [NAMES]")
async def op(room: Room, rest: str) -> None:
    """Make people operators of this channel."""
    await room.chat.op(this_channel(room), *rest.split())


@command("/deop NAME [NAMES]")
async def deop(room: Room, rest: str) -> None:
    """Take the operator's rank from people."""
    await room.chat.deop(this_channel(room), *rest.split())


@command("/voice NAME [NAMES]")
async def voice(room: Room, rest: str) -> None:
    """Let people speak in a moderated channel."""
    await room.chat.voice(this_channel(room), *rest.split())


@command("/devoice NAME [NAMES]")
async def devoice(room: Room, rest: str) -> None:
    """Take voice from people."""
    await room.chat.devoice(this_channel(room), *rest.split())


@command("/knock #CHANNEL [TEXT]")
async def knock(room: Room, rest: str) -> None:
    """Ask to be let into a channel."""
    channel, _, text = rest.partition(" ")
    channel = as_channel(room, channel)
    await room.chat.knock(channel, text.strip())
    room.tell(f"{printable(channel)} knows that you want to come in")


@command("/rename [#OLD] #NEW [REASON]")
async def rename(room: Room, rest: str) -> None:
    """Give a channel another name, this one's."""
    first, _, others = rest.partition(" ")
    second, _, reason = others.strip().partition(" ")
    if is_channel(room, second):
        await room.chat.rename(as_channel(room, first), second, reason.strip())
    else:
        await room.chat.rename(this_channel(room), as_channel(room, first), others.strip())


def here(chat: Chat, channel: str) -> str:
    """Who is in a channel, in one line."""
    room = chat.channels.get(channel)
    if room is None:
        raise ChatError(f"you are not in {channel}")
    people = sorted(room.members.values(), key=lambda member: member.nick.lower())
    shown = ", ".join(map(member_word, people[:ROWS_SHOWN_MAX]))
    more = f" and {len(people) - ROWS_SHOWN_MAX} more" if len(people) > ROWS_SHOWN_MAX else ""
    return f"{len(people)} here: {shown}{more}"


def member_word(member: Member) -> str:
    """A member with the sign of his rank, and whether he is away where that is known."""
    return printable(f"{member.prefixes[:1]}{member.nick}") + (" (away)" if member.away else "")


def topic_setting(chat: Chat, channel: str) -> str:
    """By whom and when the topic was set, in a sentence; "" when it is not known."""
    room = chat.channels.get(channel)
    if room is None or not room.topic or not room.topic_by:
        return ""
    when = f", {moment(room.topic_time)}" if room.topic_time else ""
    return f"topic set by {printable(room.topic_by)}{when}"
