"""What each kind of event means for a network: one small function for each, found in the table MEANINGS.

Rules:
1. What is said goes to the buffer of its place, which is made when there is none; what happens to somebody goes to each
   channel that he is in. Nothing else makes a buffer, but that we enter a channel.
2. What has no row in the table is told in a sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

from ipcchat.client import events
from ipcchat.client.events import Event, Message
from ipcchat.client.text import printable
from ipcchat.tui.model.buffer import TYPING_SECONDS, Buffer, Kind
from ipcchat.tui.model.changes import Change, changed_id
from ipcchat.tui.model.entries import Coming, Told, Tone
from ipcchat.tui.model.sight import Sight
from ipcchat.tui.model.state import State
from ipcchat.wire.casemap import FoldedDict

if TYPE_CHECKING:
    from ipcchat.tui.model.network import Network

UNSHOWN_KINDS = ("ctcp", "ctcp-reply")
# The server tells of pins by a notice with the msgid of what is pinned (docs/messages.md).
PIN_TAGS = ("ipc-chat/pin", "ipc-chat/unpin")
AWAY_FROM_CHANNEL = "you were not in the channel"


# What is said.


def heard_message(network: Network, message: Message, now: datetime) -> None:
    """Somebody said something."""
    if message.kind in UNSHOWN_KINDS:
        return
    buffer = network.place_of(message)
    if pin_of(message):
        tell_pin(buffer, message)
        return
    if buffer.timeline.find(message.msgid) is not None:
        return
    if message.mine and not message.missed and not message.elsewhere and buffer.timeline.echo(message):
        return
    said = network.said(message)
    buffer.timeline.add(said)
    network.judge(said)
    reads = network.reads(buffer)
    if buffer.heard(said, now, read=reads) and said.mentions:
        network.alert(buffer, said)
    if reads or not buffer.shown:
        buffer.trim()


def pin_of(message: Message) -> str:
    """The msgid of the message that is pinned, or no longer, by this notice of the server; "" for all others."""
    return next(filter(None, map(message.tags.get, PIN_TAGS)), "") if message.tags else ""


def tell_pin(buffer: Buffer, notice: Message) -> None:
    """Somebody pinned a message, or took the pin away. The server's words go on about how to see all of them."""
    quoted = Sight(buffer, FoldedDict()).quotation(pin_of(notice))
    what = printable(notice.text.partition(";")[0])
    buffer.timeline.add(Told(time=notice.time, text=f"{what}: {quoted}" if quoted else what))


def changed_message(network: Network, event: Change, now: datetime) -> None:
    """A message has another text, a reaction, or is deleted. Where it is not loaded, its history has that."""
    buffer = holder(network, event)
    if buffer is None or (said := buffer.timeline.change(event)) is None:
        return
    network.judge(said)
    buffer.recount(said)


def holder(network: Network, change: Change) -> Buffer | None:
    """The buffer of the message that a change is about. A message to a person may stand elsewhere than his buffer."""
    names = (change.channel or change.target, change.by) if isinstance(change, events.Redacted) else (change.place,)
    named = [found for name in names if (found := network.buffers.find(name)) is not None]
    msgid = changed_id(change)
    if change.channel is not None:
        return named[0] if named else None
    for buffer in chain(named, network.all_buffers):
        if (said := buffer.timeline.find(msgid)) is not None and said.message.channel is None:
            return buffer
    return named[0] if named else None


def read_marked(network: Network, event: events.ReadMarked, now: datetime) -> None:
    """Another client of ours has read, or this one."""
    buffer = network.buffers.find(event.target)
    if buffer is not None and event.until is not None:
        buffer.read_until(network.plausible(event.until))


def typing(network: Network, event: events.Typing, now: datetime) -> None:
    """Somebody types."""
    buffer = network.buffers.find(event.place)
    if buffer is not None and not event.mine:
        seconds = TYPING_SECONDS.get(event.state)
        buffer.types(event.nick, now + timedelta(seconds=seconds) if seconds else None, now)


# Who comes and goes.


def coming_of(event: Event, known: bool) -> Coming | None:
    """An event as somebody's coming or going; None for our own and for those of a netsplit, which are told together."""
    match event:
        case events.Joined(mine=False, netjoin=False, nick=nick, time=time):
            return Coming(time, nick, "joined", known=known)
        case events.Parted(mine=False, nick=nick, time=time, reason=reason):
            return Coming(time, nick, "left", reason, known)
        case events.Quit(netsplit=False, nick=nick, time=time, reason=reason):
            return Coming(time, nick, "left", reason, known)
        case events.NickChanged(mine=False, old=old, new=new, time=time):
            return Coming(time, old, f"is {new} now", known=known)
    return None


def joined(network: Network, event: events.Joined, now: datetime) -> None:
    """Somebody entered a channel; we: it has a buffer from now on, and may miss what was said before."""
    network.people_version += 1
    if event.mine:
        entered(network.buffer(event.channel), event)
    elif (buffer := network.buffers.find(event.channel)) is not None:
        come(network, buffer, event, event.nick)


def entered(buffer: Buffer, event: events.Joined) -> None:
    """We are in a channel."""
    if buffer.kind is not Kind.CHANNEL:
        return
    if not buffer.joined and next(buffer.timeline.said_backwards(), None) is not None:
        buffer.timeline.miss(event.time, AWAY_FROM_CHANNEL)
    buffer.joined, buffer.name = True, event.channel


def parted(network: Network, event: events.Parted, now: datetime) -> None:
    """Somebody left a channel; we: its buffer stays, and says so."""
    network.people_version += 1
    buffer = network.buffers.find(event.channel)
    if event.mine:
        left_behind(buffer)
        network.tell(event)
    elif buffer is not None:
        come(network, buffer, event, event.nick)


def kicked(network: Network, event: events.Kicked, now: datetime) -> None:
    """Somebody was put out."""
    network.people_version += 1
    if event.mine:
        left_behind(network.buffers.find(event.channel))
    network.tell(event)


def left_behind(buffer: Buffer | None) -> None:
    """We are in this channel no longer."""
    if buffer is not None:
        buffer.joined = False
        buffer.typing.clear()


def left_server(network: Network, event: events.Quit, now: datetime) -> None:
    """Somebody left the server."""
    network.people_version += 1
    for buffer in network.rooms_of(event.nick, event.channels):
        come(network, buffer, event, event.nick)


def nick_changed(network: Network, event: events.NickChanged, now: datetime) -> None:
    """Somebody has another nick, and so has what we write to him."""
    network.people_version += 1
    if not network.is_channel(event.old):
        network.rename(event.old, event.new)
    if event.mine:
        shown = [buffer for buffer in network.buffers.values() if buffer.shown]
        for buffer in [network.server, *shown]:
            network.tell_in(buffer, event)
        return
    for buffer in network.rooms_of(event.new):
        come(network, buffer, event, event.old)
        buffer.renamed(event.old, event.new)


def come(network: Network, buffer: Buffer, event: Event, nick: str) -> None:
    """Somebody else came, went or is called otherwise, in this buffer. Those of a netsplit are told together."""
    if (coming := coming_of(event, buffer.knows(nick, event.time))) is not None:
        buffer.came(coming)
    elif buffer not in network.split:
        network.split.append(buffer)


def netsplit(network: Network, event: events.Netsplit | events.Netjoin, now: datetime) -> None:
    """Servers lost or found each other: told in each channel in which it was seen."""
    network.people_version += 1
    places, network.split = network.split, []
    for buffer in places or [network.server]:
        network.tell_in(buffer, event)


def channel_renamed(network: Network, event: events.ChannelRenamed, now: datetime) -> None:
    """A channel has another name, and so has its buffer."""
    network.rename(event.old, event.new)
    network.tell(event)


# The connection.


def connected(network: Network, event: events.Connected, now: datetime) -> None:
    """There is a connection; what was missed is on its way."""
    network.state, network.reason, network.retry_at = State.CATCHING_UP if event.again else State.CONNECTED, "", None
    network.people_version += 1
    network.refold()
    if not event.again:
        network.note(network.server, f"connected as {printable(event.nick)}", event.time, Tone.QUIET)


def caught_up(network: Network, event: events.CaughtUp, now: datetime) -> None:
    """We are at the present."""
    network.state = State.CONNECTED
    network.people_version += 1
    for buffer in network.buffers.values():
        if buffer.kind is Kind.CHANNEL:
            buffer.joined = network.channel(buffer) is not None
    network.tell(event)


def disconnected(network: Network, event: events.Disconnected, now: datetime) -> None:
    """The connection is lost."""
    again = event.retry_seconds is not None
    network.state, network.reason = State.WAITING if again else State.CLOSED, event.reason
    network.retry_at = now + timedelta(seconds=event.retry_seconds) if event.retry_seconds is not None else None
    network.people_version += 1
    network.split.clear()
    for buffer in network.buffers.values():
        buffer.typing.clear()
    network.tell(event)


def distrusted(network: Network, event: events.Distrusted, now: datetime) -> None:
    """A server answers that cannot show that it is the one we mean."""
    network.reason = event.reason
    network.tell(event)


def support_changed(network: Network, event: events.SupportChanged, now: datetime) -> None:
    """The server does something else than it said."""
    network.refold()
    network.people_version += 1


def gap(network: Network, event: events.Gap, now: datetime) -> None:
    """Something may be missing, in one channel or in all."""
    for buffer in network.places_of(event) or [network.server]:
        buffer.timeline.miss(event.time, event.reason)


# The rest.


def changed_people(network: Network, event: Event, now: datetime) -> None:
    """Ranks and accounts are shown beside names."""
    network.people_version += 1
    network.tell(event)


def is_away(network: Network, event: events.AwayChanged | events.IsAway, now: datetime) -> None:
    """Somebody is away or back: told to who writes to him."""
    network.people_version += 1
    buffer = network.buffers.find(event.nick)
    if buffer is not None:
        network.tell_in(buffer, event)


def told_by_server(network: Network, event: Event, now: datetime) -> None:
    """It is about nobody's conversation."""
    network.tell_in(network.server, event)


def nothing(network: Network, event: Event, now: datetime) -> None:
    """Nobody needs to be told."""


def tone_of(event: Event) -> Tone:
    """How a sentence about an event is meant."""
    if isinstance(event, events.Distrusted | events.ServerError):
        return Tone.WARNING
    if isinstance(event, events.StandardReply):
        return Tone.WARNING if event.kind == "FAIL" else Tone.NOTICE
    if isinstance(event, events.ServerText | events.Invited | events.Kicked | events.Knocked | events.Wallops):
        return Tone.NOTICE
    return Tone.QUIET


MEANINGS: dict[type[Event], Callable[[Network, Any, datetime], None]] = {
    events.Message: heard_message,
    events.Edited: changed_message,
    events.Reaction: changed_message,
    events.Redacted: changed_message,
    events.ReadMarked: read_marked,
    events.Typing: typing,
    events.TagMessage: nothing,
    events.Joined: joined,
    events.Parted: parted,
    events.Kicked: kicked,
    events.Quit: left_server,
    events.NickChanged: nick_changed,
    events.Netsplit: netsplit,
    events.Netjoin: netsplit,
    events.ChannelRenamed: channel_renamed,
    events.ModeChanged: changed_people,
    events.AccountChanged: changed_people,
    events.AwayChanged: is_away,
    events.IsAway: is_away,
    events.Wallops: told_by_server,
    events.Gap: gap,
    events.Connected: connected,
    events.CaughtUp: caught_up,
    events.Disconnected: disconnected,
    events.Distrusted: distrusted,
    events.SupportChanged: support_changed,
    events.CapabilitiesChanged: nothing,
    events.MetadataChanged: nothing,
    events.HostChanged: nothing,
    events.RealnameChanged: nothing,
}
