"""Commands about people and about the one who types."""

from __future__ import annotations

from ipcchat.client.results import WhoEntry, Whois
from ipcchat.client.text import printable
from ipcchat.dialogue.channel_commands import ROWS_SHOWN_MAX
from ipcchat.dialogue.command_table import Room, command
from ipcchat.dialogue.phrases import duration, moment


@command("/whois NAME")
async def whois(room: Room, rest: str) -> None:
    """Show who somebody is."""
    for line in whois_lines(await room.chat.whois(rest.split()[0])):
        room.tell(line)


@command("/who [NAME]")
async def who(room: Room, rest: str) -> None:
    """Show who is in a channel or matches a mask.

    Without a name: who is here.
    """
    entries = await room.chat.who(rest.split()[0] if rest else room.current or room.chat.nick)
    for entry in entries[:ROWS_SHOWN_MAX]:
        room.tell(who_line(entry))
    if len(entries) > ROWS_SHOWN_MAX:
        room.tell(f"and {len(entries) - ROWS_SHOWN_MAX} more")
    if not entries:
        room.tell(f"nobody matches {printable(rest)}")


@command("/nick NAME")
async def nick(room: Room, rest: str) -> None:
    """Take another name."""
    await room.chat.change_nick(rest.split()[0])


@command("/setname TEXT")
async def setname(room: Room, rest: str) -> None:
    """Say who you really are, for /whois."""
    await room.chat.setname(rest)
    room.tell(f"your real name is {printable(rest)}")


@command("/away [TEXT]")
async def away(room: Room, rest: str) -> None:
    """Say that you are away, and why."""
    await room.chat.away(rest or "away")
    room.tell(f"you are away: {printable(rest)}" if rest else "you are away")


@command("/back")
async def back(room: Room, rest: str) -> None:
    """Say that you are here again."""
    await room.chat.back()
    room.tell("you are not away")


@command("/monitor [NAMES]")
async def monitor(room: Room, rest: str) -> None:
    """Be told when people come online and leave.

    -NAME stops it; without a name those you are told about are listed.
    """
    wanted = [name for name in rest.split() if not name.startswith("-")]
    unwanted = [name[1:] for name in rest.split() if len(name) > 1 and name.startswith("-")]
    if wanted:
        await room.chat.monitor(*wanted)
    if unwanted:
        await room.chat.unmonitor(*unwanted)
        room.tell(f"you are not told about {', '.join(map(printable, unwanted))} any more")
    if not rest and not await room.chat.monitored():
        room.tell("you are told about nobody; /monitor NAME changes that")


def whois_lines(who: Whois) -> list[str]:
    """What people want to know of somebody, one sentence a line."""
    name = printable(who.nick)
    host = f"{who.user}@{who.host}"
    logged_in = f"is logged in as {who.account}" if who.account else "has identified" if who.registered else ""
    sentences = [
        f"is {host} ({who.realname})" if who.host else "",
        logged_in,
        f"is away: {who.away}" if who.away else "",
        f"is in {' '.join(prefixes + channel for prefixes, channel in who.channels)}" if who.channels else "",
        who.operator,
        "is a bot" if who.bot else "",
        f"is connected to {who.server} ({who.server_text})" if who.server else "",
        f"is connecting from {who.actual}" if who.actual else "",
        f"has modes {who.modes}" if who.modes else "",
        f"has the certificate {who.certificate}" if who.certificate else "",
        "uses a secure connection" if who.secure else "",
        f"has been silent for {duration(who.idle_seconds)}" if who.idle_seconds is not None else "",
        f"is here since {moment(who.signed_on)}" if who.signed_on else "",
        *who.more,
    ]
    return [f"{name} {printable(sentence)}" for sentence in sentences if sentence]


def who_line(entry: WhoEntry) -> str:
    """One person in a line."""
    marks = {
        f"logged in as {entry.account}": bool(entry.account),
        "away": entry.away,
        "bot": entry.bot,
        "IRC operator": entry.operator,
    }
    about = "".join(f", {mark}" for mark, so in marks.items() if so)
    name = f"{entry.prefixes[:1]}{entry.nick}"
    return printable(f"{name} is {entry.user}@{entry.host} ({entry.realname}){about}")
