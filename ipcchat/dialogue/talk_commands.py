"""Commands that say something."""

from __future__ import annotations

from ipcchat.client.text import printable
from ipcchat.dialogue.command_table import Room, command


@command("/me TEXT", offline=True)
async def act(room: Room, rest: str) -> None:
    """Say what you do: /me waves."""
    await room.say(room.current, rest, "action")


@command("/msg NAME TEXT", offline=True)
async def message(room: Room, rest: str) -> None:
    """Say something to one person."""
    name, _, text = rest.partition(" ")
    await room.say(name, text.strip())


@command("/query [NAME] [TEXT]", offline=True)
async def query(room: Room, rest: str) -> None:
    """Talk to one person from now on.

    Without a name you are back in a channel.
    """
    name, _, text = rest.partition(" ")
    room.look_at(name or next(iter(room.chat.channels), ""))
    if text.strip():
        await room.say(name, text.strip())


@command("/notice NAME TEXT", offline=True)
async def notice(room: Room, rest: str) -> None:
    """Say something that no program answers."""
    name, _, text = rest.partition(" ")
    await room.say(name, text.strip(), "notice")


@command("/reply NAME TEXT", offline=True)
async def reply(room: Room, rest: str) -> None:
    """Answer the last message of somebody here."""
    name, _, text = rest.partition(" ")
    answered = room.last_of(name)
    if answered is None:
        room.tell(f"{printable(name)} has said nothing here that you could answer")
    else:
        await room.say(answered.place, text.strip(), reply_to=answered.msgid)


@command("/react NAME SIGN")
async def react(room: Room, rest: str) -> None:
    """Put a sign to the last message of somebody.

    A sign is an emoji or a word.
    """
    name, _, sign = rest.partition(" ")
    answered = room.last_of(name)
    if answered is None:
        room.tell(f"{printable(name)} has said nothing here that you could react to")
    else:
        await room.chat.react(answered, sign.strip())


@command("/edit TEXT")
async def edit(room: Room, rest: str) -> None:
    """Give your last message here another text."""
    message = room.last_of(room.chat.nick)
    if message is None:
        room.tell("you have said nothing here that you could edit")
    else:
        await room.chat.edit(message, rest)


@command("/delete [NAME] [REASON]")
async def delete(room: Room, rest: str) -> None:
    """Take back your last message here.

    With a name the last one of somebody else, if you may.
    """
    name, _, reason = rest.partition(" ")
    message = room.last_of(name or room.chat.nick)
    if message is None:
        who = f"{printable(name)} has" if name else "you have"
        room.tell(f"{who} said nothing here that could be deleted")
    else:
        await room.chat.redact(message, reason.strip())
