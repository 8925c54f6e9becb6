"""What one connection knows of the network: who we are, what the server can do, who is in our channels.

Rules:
1. A name is looked up by the server's CASEMAPPING, in a FoldedDict.
2. It is filled only by what the server said; `hearing` translates that.
3. A server that tells of more people or channels than the limits below is not followed further.

Specifications: RFC 2812 5.1 (353, 366, 332, 324), IRCv3 draft/channel-rename.
"""

from __future__ import annotations

from collections.abc import Iterable

from ipcchat.client.events import ModeChange, ModeKind
from ipcchat.client.people import Channel, Member, Person
from ipcchat.client.support import Support
from ipcchat.wire.casemap import FoldedDict
from ipcchat.wire.message import Source, parse_source

CHANNELS_MAX = 10_000
HOST_BYTES_ASSUMED = 63
MEMBERS_MAX = 100_000
USER_BYTES_ASSUMED = 10


class View:
    """The network as one connection sees it."""

    def __init__(self, nick: str) -> None:
        self.nick = nick
        self.user = ""
        self.host = ""
        self.server = ""
        self.account = ""
        self.is_past = False
        self.support = Support()
        self.channels: FoldedDict[Channel] = FoldedDict()
        self.people: FoldedDict[Person] = FoldedDict()
        self.former_nick = ""
        self.away_asked = ""
        self.enabled: set[str] = set()

    def accept_tokens(self, tokens: list[str]) -> tuple[dict[str, str], tuple[str, ...]]:
        """Take over the tokens of one 005 line; what is other now and what is gone."""
        changes = self.support.accept(tokens)
        mapping = self.support.mapping
        if mapping != self.channels.mapping:
            self.channels.refold(mapping)
            self.people.refold(mapping)
            for room in self.channels.values():
                room.members.refold(mapping)
        return changes

    def past(self, target: str) -> View:
        """A view for lines of history about `target`: it knows the server and us, and what it learns is forgotten, for
        what happened then says nothing about who is here now."""
        past = View(self.nick)
        past.user, past.host, past.server, past.support = self.user, self.host, self.server, self.support
        past.former_nick, past.enabled, past.is_past = self.former_nick, self.enabled, True
        past.channels.mapping = past.people.mapping = self.support.mapping
        if self.support.is_channel(target):
            past.enter(target)
        return past

    @property
    def source_bytes(self) -> int:
        """How long the prefix others see before our messages is, ':' and space included; assumed where not known
        yet."""
        user = max(len(self.user.encode()), USER_BYTES_ASSUMED)
        host = max(len(self.host.encode()), HOST_BYTES_ASSUMED)
        return len(f":{self.nick}!@ ".encode()) + user + host

    def is_me(self, nick: str) -> bool:
        """Whether this is our own nick."""
        return self.support.same(nick, self.nick)

    def was_me(self, nick: str) -> bool:
        """Whether this is our nick, or the one we had on the connection before this one and could not get again yet."""
        return self.is_me(nick) or (self.former_nick != "" and self.support.same(nick, self.former_nick))

    def enter_network(self, nick: str, server: str) -> None:
        """We are registered under this nick."""
        self.nick, self.server = nick, server
        self.meet(nick).account = self.account or None

    # People.

    def meet(self, text: str) -> Person:
        """The person behind a source or a nick, made when he was not known; his user name and host are noted."""
        source = parse_source(text)
        person = self.people.get(source.nick)
        if person is None:
            person = Person(source.nick)
            self.people[source.nick] = person
        self.note_host(person, source)
        return person

    def note_host(self, person: Person, source: Source) -> None:
        """His user name and host are these, where the source has them."""
        person.user, person.host = source.user or person.user, source.host or person.host
        if self.is_me(person.nick):
            self.user, self.host = source.user or self.user, source.host or self.host

    def known(self, nick: str) -> Person | None:
        """The person of this nick, if we know him."""
        return self.people.get(nick)

    def shared(self, nick: str) -> list[Channel]:
        """The channels that we share with somebody."""
        return [room for room in self.channels.values() if nick in room.members]

    def forget_stranger(self, nick: str) -> None:
        """Forget a person whom nothing connects with us any more."""
        person = self.people.get(nick)
        if person is not None and not person.monitored and not self.is_me(nick) and not self.shared(nick):
            del self.people[nick]

    def gone(self, nick: str) -> tuple[str, ...]:
        """Somebody left the network; the channels he shared with us."""
        shared = self.shared(nick)
        for room in shared:
            del room.members[nick]
        self.forget_stranger(nick)
        return tuple(room.name for room in shared)

    def renamed(self, old: str, new: str) -> None:
        """Somebody, perhaps we, has another nick. Who had it before, as far as we knew, is gone; nobody gets ours."""
        if not self.support.same(old, new):
            if self.is_me(new):
                return
            self.gone(new)
            self.people.pop(new, None)
        if self.is_me(old):
            self.nick = new
        if (person := self.people.pop(old, None)) is not None:
            person.nick = new
            self.people[new] = person
        for room in self.channels.values():
            if (member := room.members.pop(old, None)) is not None:
                room.members[new] = member

    # Channels.

    def enter(self, name: str) -> Channel:
        """We are in this channel now."""
        self.drop_channel(name)
        channel = Channel(name, self.support.mapping)
        if len(self.channels) < CHANNELS_MAX:
            self.channels[name] = channel
        return channel

    def drop_channel(self, name: str) -> None:
        """We are in this channel no longer."""
        room = self.channels.pop(name, None)
        if room is not None:
            self.forget_strangers(room.members)

    def add_member(self, room: Channel, source: str) -> Person:
        """Somebody is in a channel."""
        if len(room.members) >= MEMBERS_MAX:
            return Person(parse_source(source).nick)
        person = self.meet(source)
        room.members[person.nick] = Member(person)
        return person

    def leave(self, channel: str, nick: str) -> None:
        """Somebody, perhaps we, is out of a channel."""
        room = self.channels.get(channel)
        if room is None:
            return
        if self.is_me(nick):
            self.drop_channel(channel)
        elif room.members.pop(nick, None) is not None:
            self.forget_stranger(nick)

    def forget_strangers(self, nicks: Iterable[str]) -> None:
        """Forget those of these people whom nothing connects with us any more."""
        for nick in nicks:
            self.forget_stranger(nick)

    def rename_channel(self, old: str, new: str) -> Channel | None:
        """A channel has another name; everything else in it stays."""
        room = self.channels.get(old)
        if room is not None:
            if not self.support.same(old, new):
                self.drop_channel(new)
            del self.channels[old]
            room.name = new
            self.channels[new] = room
        return room

    @staticmethod
    def name_member(room: Channel, word: str) -> None:
        """One name of 353; the list counts when it is complete."""
        if len(room.naming) < MEMBERS_MAX:
            room.naming.append(word)

    def end_naming(self, room: Channel) -> None:
        """The names that came are all that are there: with prefixes (several with multi-prefix), perhaps as
        sources."""
        words, room.naming = room.naming, []
        if not words:
            return
        before, room.members = room.members, FoldedDict(mapping=self.support.mapping)
        for word in words:
            name = word.lstrip(self.support.classes.symbols)
            if name:
                person = self.meet(name)
                room.members[person.nick] = Member(person, word[: len(word) - len(name)])
        self.forget_strangers(nick for nick in before if nick not in room.members)

    def change_modes(self, room: Channel, changes: Iterable[ModeChange]) -> None:
        """Take over changes of a channel's modes; those of lists (bans and the like) are not kept."""
        for change in changes:
            if change.kind is ModeKind.MEMBER:
                self._change_rank(room, change)
            elif change.kind is ModeKind.SETTING and change.added:
                room.modes[change.letter] = change.argument
            elif change.kind is ModeKind.SETTING:
                room.modes.pop(change.letter, None)

    def _change_rank(self, room: Channel, change: ModeChange) -> None:
        """A member got or lost a rank."""
        member = room.members.get(change.argument)
        if member is not None:
            had = member.prefixes
            member.prefixes = self.support.rank(had + change.symbol if change.added else had.replace(change.symbol, ""))
