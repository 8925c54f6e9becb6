"""The shared state of the chat: who is here, which channels exist, who is in them.

Rules:
1. Only `changes.py` changes it, and only by applying facts in journal order, so that every node has the same.
2. Nothing here depends on a clock, on chance or on this process: times come from entries, ids from facts.
3. Everything is in the snapshot, and the snapshot is canonical: equal states have equal bytes, hence one digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgspec

from ipcchat.core.limits import Limits
from ipcchat.wire.casemap import FoldedDict, fold

MEMBER_PREFIXES = {"o": "@", "v": "+"}
DEFAULT_FLAGS = "nt"


class User(msgspec.Struct):
    """One nick in the network. Times are Unix ms; `channels` are folded names in the order of joining."""

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
    channels: dict[str, None] = {}

    @property
    def mask(self) -> str:
        """nick!user@host, as others see him."""
        return f"{self.nick}!{self.user}@{self.host}"


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

    `history_after` is the journal sequence up to which its history is closed to everybody.
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


class Snapshot(msgspec.Struct, array_like=True):
    """The whole state as plain values."""

    seq: int
    users: list[User]
    channels: list[Channel]
    departed: list[Departed]
    users_most: int
    history_floor: int


def seat_name(user: User) -> str:
    """Under what a user's place is kept: the same nick, user and host may take it again."""
    return f"{fold(user.nick)}!{user.user}@{user.host}"


class State:
    """Users, channels and those who left, with the indexes to find them. `limits` must be the same on every node."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.seq = 0
        self.users: dict[str, User] = {}
        self.nicks: FoldedDict[User] = FoldedDict()
        self.channels: FoldedDict[Channel] = FoldedDict()
        self.population: dict[str, int] = {}
        self.invisible = 0
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
            )
        )

    def digest(self) -> str:
        """A fingerprint: equal on two nodes exactly when their states are equal."""
        return hashlib.blake2b(self.snapshot(), digest_size=16).hexdigest()

    def restore(self, snapshot: bytes) -> None:
        """Become the state that `snapshot` was made of. Raises msgspec.DecodeError."""
        kept = _decode(snapshot)
        self.seq = kept.seq
        self.users, self.nicks, self.population, self.invisible = {}, FoldedDict(), {}, 0
        for user in kept.users:
            self.add_user(user)
        self.channels = FoldedDict()
        for channel in kept.channels:
            self.channels[channel.name] = channel
        self.departed = kept.departed
        self.users_most = kept.users_most
        self.history_floor = kept.history_floor

    def add_user(self, user: User) -> None:
        """Somebody is here: in the indexes and counts."""
        self.users[user.uid] = user
        self.nicks[user.nick] = user
        self.population[user.incarnation] = self.population.get(user.incarnation, 0) + 1
        self.invisible += "i" in user.modes

    def remove_user(self, user: User) -> None:
        """Somebody is gone: out of the indexes and counts."""
        del self.users[user.uid]
        del self.nicks[user.nick]
        self.invisible -= "i" in user.modes
        self.population[user.incarnation] -= 1
        if not self.population[user.incarnation]:
            del self.population[user.incarnation]

    def members(self, channel: Channel) -> Iterator[tuple[User, str]]:
        """The members of a channel with their prefix modes, in the order of joining."""
        for uid, modes in channel.members.items():
            yield self.users[uid], modes

    def channels_of(self, user: User) -> list[Channel]:
        """The channels a user is in, in the order of joining."""
        return [self.channels[name] for name in user.channels]

    def share_channel(self, one: User, other: User) -> bool:
        """Whether two users are in a channel together."""
        return not one.channels.keys().isdisjoint(other.channels)

    def incarnations(self) -> list[str]:
        """The node processes that users belong to."""
        return list(self.population)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Snapshot).decode
