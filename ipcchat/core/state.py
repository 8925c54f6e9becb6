"""The shared state of the chat: who is here, which channels exist, who is in them.

Rules:
1. Only the changes in `apply/` change it, and only by applying facts in journal order, so that every node has the same.
2. Nothing here depends on a clock, on chance or on this process: times come from entries, ids from facts.
3. Everything is in the snapshot, and the snapshot is canonical: equal states have equal bytes, hence one digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

from ipcchat.core.limits import NetworkLimits
from ipcchat.wire.casemap import FoldedDict, fold

TAGGED_MODES = "Bo"
DEFAULT_FLAGS = "nt"


class User(msgspec.Struct, gc=False):
    """One nick in the network. Times are Unix ms; `channels` are folded names in the order of joining.

    `host` is what others see and `address` where he is, `hosts` what bans hit besides; `operator` is his name as one
    in the configuration and `notices` the server notices he wants. `accepted` are uids whom he hears although he is
    +g, `silenced` masks whom he does not hear; `called` is when he was last told that somebody would write to him.
    """

    uid: str
    nick: str
    user: str
    host: str
    realname: str
    incarnation: str
    arrived: int
    spoke: int
    modes: str = ""
    away: str = ""
    channels: tuple[str, ...] = ()
    address: str = ""
    account: str = ""
    certificate: str = ""
    skeleton: str = ""
    operator: str = ""
    title: str = ""
    notices: str = ""
    accepted: dict[str, None] = {}
    silenced: dict[str, None] = {}
    called: int = 0
    metadata: dict[str, str] = {}
    hosts: tuple[str, ...] = ()

    @property
    def mask(self) -> str:
        """nick!user@host, as others see him."""
        return f"{self.nick}!{self.user}@{self.host}"

    @property
    def marks(self) -> str:
        """What tags tell of him beside his account: B for a bot, o for an operator."""
        return "".join(letter for letter in TAGGED_MODES if letter in self.modes) if self.modes else ""


class ListedMask(msgspec.Struct, array_like=True):
    """One entry of a channel's mask list: who set it (a mask) and when (Unix ms)."""

    by: str
    at: int


class Seat(msgspec.Struct, array_like=True):
    """A member's place kept for him while his server restarts: his prefix modes, and when he was lost (Unix ms)."""

    modes: str
    at: int


class Channel(msgspec.Struct):
    """A channel. `members` maps uid to prefix modes ("", "v", "o", "ov"), in the order of joining.

    `history_after` is the journal sequence up to which its history is closed to everybody, `room` the name of its
    history when that is not its folded name. `hidden` are members who have not shown themselves yet (+D). `knocks`
    says when who knocked (Unix ms), `renamed_at` when it got its name. `forward` is the channel that +f leads to.
    """

    name: str
    created: int
    flags: str = DEFAULT_FLAGS
    key: str = ""
    limit: int = 0
    topic: str = ""
    topic_by: str = ""
    topic_at: int = 0
    history_after: int = 0
    lists: dict[str, dict[str, ListedMask]] = {}
    members: dict[str, str] = {}
    invited: dict[str, None] = {}
    seats: dict[str, Seat] = {}
    forward: str = ""
    room: str = ""
    skeleton: str = ""
    renamed_at: int = 0
    hidden: dict[str, None] = {}
    knocks: dict[str, int] = {}
    metadata: dict[str, str] = {}

    @property
    def formed(self) -> bool:
        """Whether it is there for people: somebody is in it, or it is persistent (+P)."""
        return bool(self.members) or "P" in self.flags

    @property
    def history(self) -> str:
        """The name of its history."""
        return self.room or fold(self.name)

    @property
    def private(self) -> bool:
        """Whether not everybody may come in or know of it (+i, +k or +s)."""
        return bool(self.key) or "i" in self.flags or "s" in self.flags


class Departed(msgspec.Struct, array_like=True):
    """Somebody who was here, for WHOWAS."""

    nick: str
    user: str
    host: str
    realname: str
    at: int
    account: str = ""
    address: str = ""


class Snapshot(msgspec.Struct, array_like=True):
    """The whole state as plain values."""

    seq: int
    users: list[User]
    channels: list[Channel]
    departed: list[Departed]
    users_most: int
    history_floor: int
    limits: NetworkLimits = NetworkLimits()
    renamed: dict[str, str] = {}


def seat_name(user: User) -> str:
    """Under what a user's place is kept: the same nick, user and address may take it again."""
    return f"{fold(user.nick)}!{user.user}@{user.address or user.host}"


def remarkable(name: str, skeleton: str) -> str:
    """A skeleton as users and channels keep it: "" where the name looks like what it is, which most names do."""
    return "" if skeleton == fold(name) else skeleton


class State:
    """Users, channels and those who left, with the indexes to find them. `limits` are the same on every node;
    `renamed` leads from old folded names of channels to the folded names after.

    Two names that look alike have one skeleton; `lookalikes` leads from it to the folded nick or channel name that
    has it, where that is not the skeleton itself.
    """

    def __init__(self, limits: NetworkLimits) -> None:
        self.limits = limits
        self.seq = 0
        self.users: dict[str, User] = {}
        self.nicks: FoldedDict[User] = FoldedDict()
        self.channels: FoldedDict[Channel] = FoldedDict()
        self.lookalikes: dict[str, str] = {}
        self.rooms: dict[str, Channel] = {}
        self.public: set[int] = set()
        self.renamed: dict[str, str] = {}
        self.population: dict[str, int] = {}
        self.invisible = 0
        self.operators = 0
        self.departed: list[Departed] = []
        self.users_most = 0
        self.history_floor = 0

    def snapshot(self) -> bytes:
        """The state as canonical bytes."""
        return _encode(
            Snapshot(
                self.seq,
                list(self.users.values()),
                list(self.channels.values()),
                self.departed,
                self.users_most,
                self.history_floor,
                self.limits,
                self.renamed,
            )
        )

    def digest(self) -> str:
        """A fingerprint: equal on two nodes exactly when their states are equal."""
        return hashlib.blake2b(self.snapshot(), digest_size=16).hexdigest()

    def restore(self, snapshot: bytes) -> None:
        """Become the state that `snapshot` was made of. Raises msgspec.DecodeError."""
        kept = _read(snapshot)
        self.seq = kept.seq
        self.limits, self.renamed = kept.limits, kept.renamed
        self.users, self.nicks, self.population = {}, FoldedDict(), {}
        self.invisible = self.operators = 0
        self.channels, self.lookalikes, self.rooms, self.public = FoldedDict(), {}, {}, set()
        for user in kept.users:
            self.add_user(user)
        for channel in kept.channels:
            self.add_channel(channel)
        self.departed = kept.departed
        self.users_most = kept.users_most
        self.history_floor = kept.history_floor

    def add_user(self, user: User) -> None:
        """Somebody is here: in the indexes and counts."""
        self.users[user.uid] = user
        self._add_nick(user)
        self.population[user.incarnation] = self.population.get(user.incarnation, 0) + 1
        self.invisible += "i" in user.modes
        self.operators += "o" in user.modes

    def remove_user(self, user: User) -> None:
        """Somebody is gone: out of the indexes and counts."""
        del self.users[user.uid]
        self._remove_nick(user)
        self.invisible -= "i" in user.modes
        self.operators -= "o" in user.modes
        self.population[user.incarnation] -= 1
        if not self.population[user.incarnation]:
            del self.population[user.incarnation]

    def rename_user(self, user: User, nick: str, skeleton: str) -> None:
        """A user has another nick."""
        self._remove_nick(user)
        user.nick, user.skeleton = nick, remarkable(nick, skeleton)
        self._add_nick(user)

    def _add_nick(self, user: User) -> None:
        self.nicks[user.nick] = user
        if user.skeleton:
            self.lookalikes[user.skeleton] = fold(user.nick)

    def _remove_nick(self, user: User) -> None:
        del self.nicks[user.nick]
        self.lookalikes.pop(user.skeleton, None)

    def add_channel(self, channel: Channel) -> None:
        """A channel exists: in the indexes."""
        self.channels[channel.name] = channel
        self.rooms[channel.history] = channel
        self.recount(channel)
        if channel.skeleton:
            self.lookalikes[channel.skeleton] = fold(channel.name)

    def remove_channel(self, channel: Channel) -> None:
        """A channel is gone: out of the indexes."""
        del self.channels[channel.name]
        del self.rooms[channel.history]
        self.public.discard(id(channel))
        self.lookalikes.pop(channel.skeleton, None)

    def recount(self, channel: Channel) -> None:
        """Who is in the channel, or its modes, changed: whether LUSERS counts it."""
        if channel.formed and "s" not in channel.flags:
            self.public.add(id(channel))
        else:
            self.public.discard(id(channel))

    def lookalike(self, name: str, skeleton: str) -> str:
        """The folded nick or channel name, other than `name`, that looks like `skeleton`; "" when there is none."""
        if not skeleton:
            return ""
        known = self.lookalikes.get(skeleton, "")
        if not known:
            holder = (self.channels if skeleton[0] == "#" else self.nicks).find(skeleton)
            known = skeleton if holder is not None and not holder.skeleton else ""
        return "" if known == fold(name) else known

    def members(self, channel: Channel) -> Iterator[tuple[User, str]]:
        """The members of a channel with their prefix modes, in the order of joining."""
        for uid, modes in channel.members.items():
            yield self.users[uid], modes

    def channels_of(self, user: User) -> list[Channel]:
        """The channels a user is in, in the order of joining."""
        return [self.channels[name] for name in user.channels]

    def incarnations(self) -> list[str]:
        """The node processes that users belong to."""
        return list(self.population)


def _read(snapshot: bytes) -> Snapshot:
    """The values of a snapshot. Raises msgspec.DecodeError.

    COMPAT: the first version wrote a user's channels as a map.
    """
    try:
        return _decode(snapshot)
    except msgspec.ValidationError:
        seq, users, *others = msgspec.msgpack.decode(snapshot, type=list[Any])
        users = [user | {"channels": list(user["channels"])} for user in msgspec.convert(users, list[dict[str, Any]])]
        return msgspec.convert([seq, users, *others], Snapshot)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Snapshot).decode
