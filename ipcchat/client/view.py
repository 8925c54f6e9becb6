"""What one connection knows of the network: who we are, what the server can do, who is in our channels.

Rules:
1. A name is looked up by the server's CASEMAPPING, in a FoldedDict.
2. It is filled only by what the server said; `hearing` translates that.

Specifications: Modern IRC "RPL_ISUPPORT Parameters" (https://modern.ircdocs.horse/#rplisupport-parameters), RFC 2812
5.1 (353, 366, 332, 324).
"""

from __future__ import annotations

from ipcchat.wire.casemap import MAPPINGS, FoldedDict, fold
from ipcchat.wire.isupport import merge_isupport
from ipcchat.wire.message import WireError
from ipcchat.wire.modes import RFC_CHANNEL_MODES, mode_classes, parse_modes

HISTORY_LIMIT_DEFAULT = 50
HISTORY_LIMIT_MAX = 1000
HOST_BYTES_ASSUMED = 63
TOKENS_MAX = 1_000
USER_BYTES_ASSUMED = 10


class Channel:
    """A channel we are in: its name as the server writes it, its topic, its modes, and its members with their
    prefixes ("@", "+", "")."""

    __slots__ = ("members", "modes", "name", "naming", "topic")

    def __init__(self, name: str, mapping: str = "ascii") -> None:
        self.name = name
        self.topic = ""
        self.modes: dict[str, str] = {}
        self.members: FoldedDict[str] = FoldedDict(mapping=mapping)
        self.naming: FoldedDict[str] | None = None

    def __repr__(self) -> str:
        return f"Channel({self.name!r}, {len(self.members)} members)"


class View:
    """The network as one connection sees it."""

    def __init__(self, nick: str) -> None:
        self.nick = nick
        self.user = ""
        self.host = ""
        self.server = ""
        self.tokens: dict[str, str] = {}
        self.channels: FoldedDict[Channel] = FoldedDict()
        self.classes = RFC_CHANNEL_MODES
        self.former_nick = ""

    def accept_tokens(self, tokens: list[str]) -> None:
        """Take over the tokens of one 005 line."""
        if len(self.tokens) < TOKENS_MAX:
            merge_isupport(self.tokens, tokens)
        chanmodes = self.tokens.get("CHANMODES", RFC_CHANNEL_MODES.chanmodes)
        try:
            self.classes = mode_classes(chanmodes, self.tokens.get("PREFIX", RFC_CHANNEL_MODES.prefix))
        except WireError:
            self.classes = RFC_CHANNEL_MODES
        if self.mapping != self.channels.mapping:
            self.channels.refold(self.mapping)

    @property
    def mapping(self) -> str:
        """The server's CASEMAPPING; an unknown one counts as ascii."""
        mapping = self.tokens.get("CASEMAPPING", "rfc1459" if self.tokens else "ascii")
        return mapping if mapping in MAPPINGS else "ascii"

    @property
    def channel_prefixes(self) -> str:
        """CHANTYPES: the characters a channel's name begins with."""
        return self.tokens.get("CHANTYPES", "#&")

    @property
    def history_limit(self) -> int:
        """How many messages one CHATHISTORY may ask for."""
        token = self.tokens.get("CHATHISTORY", self.tokens.get("draft/CHATHISTORY", ""))
        limit = int(token) if token.isascii() and token.isdigit() and len(token) < 9 else 0
        return min(limit or HISTORY_LIMIT_DEFAULT, HISTORY_LIMIT_MAX)

    @property
    def source_bytes(self) -> int:
        """How long the prefix others see before our messages is, ':' and space included; assumed where not known
        yet."""
        user = max(len(self.user.encode()), USER_BYTES_ASSUMED)
        host = max(len(self.host.encode()), HOST_BYTES_ASSUMED)
        return len(f":{self.nick}!@ ".encode()) + user + host

    def is_me(self, nick: str) -> bool:
        """Whether this is our own nick."""
        return self.same(nick, self.nick)

    def was_me(self, nick: str) -> bool:
        """Whether this is our nick, or the one we had on the connection before this one and could not get again yet."""
        return self.is_me(nick) or (self.former_nick != "" and self.same(nick, self.former_nick))

    def same(self, one: str, other: str) -> bool:
        """Whether two names are one by the server's CASEMAPPING."""
        return fold(one, self.mapping) == fold(other, self.mapping)

    def is_channel(self, target: str) -> bool:
        """Whether a target is a channel."""
        return target[:1] != "" and target[0] in self.channel_prefixes

    def plain_target(self, target: str) -> str:
        """A target without STATUSMSG prefixes: "@#tea" is said in "#tea"."""
        status = self.tokens.get("STATUSMSG", "")
        stripped = target.lstrip(status) if status else target
        return stripped if self.is_channel(stripped) else target

    def enter(self, name: str) -> Channel:
        """We are in this channel now."""
        channel = Channel(name, self.mapping)
        self.channels[name] = channel
        return channel

    def leave(self, channel: str, nick: str) -> None:
        """Somebody, perhaps we, is out of a channel."""
        if self.is_me(nick):
            self.channels.pop(channel, None)
        elif (room := self.channels.get(channel)) is not None:
            room.members.pop(nick, None)

    def gone(self, nick: str) -> tuple[str, ...]:
        """Somebody left the network; the channels he shared with us."""
        shared = [room for room in self.channels.values() if nick in room.members]
        for room in shared:
            del room.members[nick]
        return tuple(room.name for room in shared)

    def renamed(self, old: str, new: str) -> None:
        """Somebody, perhaps we, has another nick."""
        if self.is_me(old):
            self.nick = new
        for room in self.channels.values():
            if old in room.members:
                prefixes = room.members.pop(old)
                room.members[new] = prefixes

    def change_modes(self, room: Channel, params: list[str]) -> None:
        """Take over a mode change ("+o-k", "bob", "key") of a channel; changes of lists (bans and the like) are not
        kept."""
        classes = self.classes
        for change in parse_modes(classes, params[0], params[1:]).changes:
            argument = change.argument or ""
            if change.letter in classes.prefixes:
                self._change_prefix(
                    room, argument, classes.symbols[classes.prefixes.index(change.letter)], change.added
                )
            elif change.letter in classes.lists:
                continue
            elif change.added:
                room.modes[change.letter] = argument
            else:
                room.modes.pop(change.letter, None)

    def _change_prefix(self, room: Channel, nick: str, symbol: str, added: bool) -> None:
        """A member got or lost a prefix; prefixes stay in the server's order of rank."""
        if nick in room.members:
            had = set(room.members[nick])
            has = had | {symbol} if added else had - {symbol}
            room.members[nick] = "".join(sorted(has, key=self.classes.symbols.find))
