"""Who is in the channel: by rank, then by name.

Rules:
1. The order of ranks is the server's own (ISUPPORT PREFIX).
2. Ten thousand members cost nothing until the list is looked at: they are sorted when it is drawn after somebody came,
   went or is called otherwise, and only those on the screen are drawn.
"""

from __future__ import annotations

from rich.style import Style
from textual.message import Message
from textual.strip import Strip

from ipcchat.client.people import Channel, Member
from ipcchat.tui.model.buffer import Buffer
from ipcchat.tui.model.network import Network
from ipcchat.tui.widgets.pane import ListPane, plain

PREFIX_DEFAULT = "(qaohv)~&@%+"


class MemberList(ListPane):
    """The list. The first row says how many there are."""

    DEFAULT_CSS = "MemberList { width: 20; height: 100%; }"

    heading_rows = 1

    class Chosen(Message):
        """Somebody was clicked."""

        def __init__(self, nick: str) -> None:
            super().__init__()
            self.nick = nick

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._channel: Channel | None = None
        self._ranks = ""
        self._nick = ""
        self._version: tuple[object, ...] = ()
        self._members: list[Member] | None = []

    def show(self, network: Network | None, buffer: Buffer | None) -> None:
        """Show the members of a buffer's channel; nobody where it is none that we are in."""
        channel = network.channel(buffer) if network is not None and buffer is not None else None
        version = (id(channel), network.people_version, network.nick) if network is not None and channel else ()
        if channel is not None:
            version = (*version, len(channel.members))
        if version == self._version:
            return
        if channel is not self._channel:
            self.top = 0
        self._version, self._channel, self._members = version, channel, None
        self._nick = network.nick if network is not None else ""
        self._ranks = ranks_of(network)
        self.refresh()

    @property
    def members(self) -> list[Member]:
        """The members in their order."""
        if self._members is None:
            self._members = in_order(self._channel, self._ranks)
            self.top = max(min(self.top, len(self._members) - self.places_shown), 0)
        return self._members

    def amount(self) -> int:
        """How many members there are."""
        return len(self.members)

    def draw_heading(self, row: int) -> Strip:
        """How many are there, and how many of them are away."""
        if self._channel is None:
            return self.line([], [], self.rich_style)
        away = sum(bool(member.person.away) for member in self.members)
        text = f" {len(self.members) - away:,} here" + (f", {away:,} away" if away else "")
        return self.line([(text, self.look("quiet"))], [], self.rich_style)

    def draw(self, place: int, row: int, fill: Style) -> Strip:
        """One member."""
        member = self.members[place]
        rank = (f" {member.prefixes[:1] or ' '}", self.look("accent"))
        name = self.look("quiet") + Style(italic=True) if member.away else Style.null()
        if member.nick == self._nick:
            name += self.look("strong")
        kind = "bot" if member.bot else "away" if member.away else ""
        return self.line([rank, (plain(member.nick), name)], [(kind, self.look("quiet")), (" ", name)], fill)

    def on_list_pane_picked(self, event: ListPane.Picked) -> None:
        """A click opens a conversation."""
        event.stop()
        self.post_message(self.Chosen(self.members[event.place].nick))


def ranks_of(network: Network | None) -> str:
    """The signs of the server's ranks, the highest first."""
    prefix = network.chat.support.get("PREFIX", PREFIX_DEFAULT) if network is not None and network.chat else ""
    return prefix.partition(")")[2]


def in_order(channel: Channel | None, ranks: str) -> list[Member]:
    """The members of a channel by rank and name; of two signs of one member the first counts."""
    if channel is None:
        return []
    places = {sign: chr(place) for place, sign in enumerate(ranks)}
    last = chr(len(ranks))
    return sorted(
        channel.members.values(),
        key=lambda member: places.get(member.prefixes[:1], last) + member.person.nick.lower(),
    )
