"""What the panes are shown in their tests: a desk with networks whose servers are a few objects in memory."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from ipcchat.client.events import Message
from ipcchat.client.people import Channel, Member, Person
from ipcchat.tui.model.buffer import Buffer
from ipcchat.tui.model.desk import Desk
from ipcchat.tui.model.network import Network, State
from ipcchat.wire.casemap import FoldedDict

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class FakeServer:
    """What a network asks of the library."""

    def __init__(self, nick: str) -> None:
        self.nick = nick
        self.channels: FoldedDict[Channel] = FoldedDict()
        self.people: FoldedDict[Person] = FoldedDict()
        self.support = {"PREFIX": "(ov)@+", "NETWORK": "Example"}
        self.capabilities: dict[str, str] = {}
        self.asked_channels: Collection[str] = ()
        self.connected = True
        self.keeps_history = True
        self.takes_files = False

    def meet(self, nick: str, *, away: str = "", bot: bool = False) -> Person:
        """Somebody is there."""
        person = self.people.setdefault(nick, Person(nick))
        person.away, person.bot = away, bot
        return person

    def enter(self, channel: str, *members: str) -> Channel:
        """A channel with members ("@ann" has a rank)."""
        room = self.channels.setdefault(channel, Channel(channel))
        for member in members:
            nick = member.lstrip("!~&@%+")
            person = self.people[nick] if nick in self.people else self.meet(nick)
            room.members[nick] = Member(person, member[: len(member) - len(nick)])
        return room


def network_of(name: str, *channels: str, nick: str = "ann") -> tuple[Network, FakeServer]:
    """A network that is connected and has these channels."""
    network, server = Network(name), FakeServer(nick)
    network.chat, network.state = server, State.CONNECTED
    for channel in channels:
        server.enter(channel, nick)
        network.buffer(channel).joined = True
    network.people_version += 1
    return network, server


def desk_of(*networks: Network) -> Desk:
    """A desk with networks."""
    desk = Desk()
    for network in networks:
        desk.add(network)
    return desk


def waits(buffer: Buffer, unread: int = 1, mentions: int = 0) -> Buffer:
    """A buffer in which something waits to be read."""
    buffer.unread, buffer.mentions = unread, mentions
    return buffer


def message(text: str, nick: str = "bob", target: str = "#tea", minutes: int = 0, msgid: str = "") -> Message:
    """Something that was said so many minutes after noon."""
    time = NOON + timedelta(minutes=minutes)
    return Message(time=time, target=target, nick=nick, text=text, msgid=msgid)
