"""The shared state of the chat: who is here, which channels exist, who is in them.

Rules:
1. Only the changes in `apply/` change it, and only by applying facts in journal order, so that every node has the same.
2. Nothing here depends on a clock, on chance or on this process: times come from entries, ids from facts.
3. Everything is in the snapshot, and the snapshot is canonical: equal states have equal bytes, hence one digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec

from ipcchat.core.accounts import Account, Accounts, stays
from ipcchat.core.bans import LOCKDOWN_OPEN, Bans, NetworkBan
from ipcchat.core.facts.hooks import Hook
from ipcchat.core.files import File, Files
from ipcchat.core.filters import Filter
from ipcchat.core.limits import NetworkLimits
from ipcchat.core.policy import Policy
from ipcchat.core.pushes import Subscription
from ipcchat.wire.casemap import FoldedDict, fold

TAGGED_MODES = "Bo"
DEFAULT_FLAGS = "nt"


@cache
def _marks(modes: str) -> str:
    """Those of some user modes that tags tell of."""
    return "".join(letter for letter in TAGGED_MODES if letter in modes)


class Attachment(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One connection of a user: its id, since when (Unix ms), from where, what bans hit of it, whether by TLS, and the
    digest of the token that it can be resumed with ("": it cannot)."""

    id: str
    at: int
    address: str
    hosts: tuple[str, ...] = ()
    secure: bool = False
    resumption: str = ""

    @property
    def incarnation(self) -> str:
        """The node process that it belongs to."""
        return self.id.partition(".")[0]


class Lost(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A connection that was lost with its node and may be resumed: the digest of its token, and when that was (Unix
    ms)."""

    resumption: str
    at: int


class User(msgspec.Struct, gc=False):
    """One nick in the network. Times are Unix ms; `channels` are folded names in the order of joining, and `since` the
    places of the journal at which he joined them.

    `sessions` are his connections; one who stays may have none, since `detached`, and what is behind `missed_after` in
    the journal he has not heard. `lost` are connections that may come back, the first lost first: as long as there are
    any he is here. `address` is that of the first one, and `privileges` are what he may do as an operator (None:
    everything).

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
    sessions: tuple[Attachment, ...] = ()
    detached: int = 0
    privileges: tuple[str, ...] | None = None
    missed_after: int = 0
    since: tuple[int, ...] = ()
    lost: tuple[Lost, ...] = ()

    @property
    def mask(self) -> str:
        """nick!user@host, as others see him."""
        return f"{self.nick}!{self.user}@{self.host}"

    @property
    def marks(self) -> str:
        """What tags tell of him beside his account: B for a bot, o for an operator."""
        return _marks(self.modes) if self.modes else ""


class ListedMask(msgspec.Struct, array_like=True):
    """One entry of a channel's mask list: who set it (a mask) and when (Unix ms)."""

    by: str
    at: int


class Seat(msgspec.Struct, array_like=True):
    """A member's place kept for him while his server restarts: his prefix modes, and when he was lost (Unix ms)."""

    modes: str
    at: int


class Pin(msgspec.Struct, array_like=True, frozen=True):
    """A pinned message: who pinned it (nick!user@host) and when (Unix ms)."""

    by: str
    at: int


class Cursor(msgspec.Struct, array_like=True, frozen=True):
    """A durable subscription of an account: up to which place of the journal it got everything, of which targets
    (channels; none: all that the account may see), and when it last moved (Unix ms)."""

    seq: int
    targets: tuple[str, ...] = ()
    at: int = 0


class Channel(msgspec.Struct):
    """A channel. `members` maps uid to prefix modes ("", "v", "o", "ov"), in the order of joining.

    `history_after` is the journal sequence up to which its history is closed to everybody, `room` the name of its
    history when that is not its folded name. `hidden` are members who have not shown themselves yet (+D). `knocks`
    says when who knocked (Unix ms), `renamed_at` when it got its name. `forward` is the channel that +f leads to.

    A registered channel has a `founder` (an account) since `registered` (Unix ms), `access`: the prefix modes that
    accounts get when they join, and `settings` (channel_settings.py). `pins` are the pinned messages by their places.
    `closed` and `closed_since` say when it was private (visits.py). `hooks` are those of a registered channel by their
    names.
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
    founder: str = ""
    registered: int = 0
    access: dict[str, str] = {}
    settings: dict[str, str] = {}
    pins: dict[int, Pin] = {}
    closed: tuple[int, ...] = ()
    closed_since: int = 0
    hooks: dict[str, Hook] = {}

    @property
    def formed(self) -> bool:
        """Whether it is there for people: somebody is in it, or it lasts."""
        return bool(self.members) or self.lasting

    @property
    def lasting(self) -> bool:
        """Whether it is there although nobody is in it: it is persistent (+P) or registered."""
        return "P" in self.flags or bool(self.founder)

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
    accounts: list[Account] = []
    retired: dict[str, int] = {}
    policy: Policy = Policy()
    bans: dict[str, NetworkBan] = {}
    filters: dict[str, Filter] = {}
    lockdown: int = LOCKDOWN_OPEN
    visits: dict[str, dict[str, tuple[int, ...]]] = {}
    markers: dict[str, dict[str, int]] = {}
    cursors: dict[str, dict[str, Cursor]] = {}
    files: list[File] = []
    pushes: dict[str, dict[str, Subscription]] = {}


def seat_name(user: User) -> str:
    """Under what a user's place is kept: the same nick, user and address may take it again."""
    return f"{fold(user.nick)}!{user.user}@{user.address or user.host}"


def remarkable(name: str, skeleton: str) -> str:
    """A skeleton as users and channels keep it: "" where the name looks like what it is, which most names do."""
    return "" if skeleton == fold(name) else skeleton


class State:
    """Users, channels, accounts, bans and those who left, with the indexes to find them. `limits` and `policy` are the
    same on every node; `renamed` leads from old folded names of channels to the folded names after.

    By folded names of accounts: `visits` says from which place of the journal to which they were in a channel (its
    history's name -> first, last, first, last...), for visits that are over; `cursors` are their subscriptions by name,
    `pushes` those of Web Push by endpoint, the one first that was not renewed for longest.
    `markers` says up to when (Unix ms) who has read what: account, or uid of who has none -> history -> time.

    Two names that look alike have one skeleton; `lookalikes` leads from it to the folded nick or channel name that
    has it, where that is not the skeleton itself. `hooks` leads from the digests of hooks to their channels, and
    `resumptions` from those of tokens that connections are resumed with to uids; `missing` are the uids of users with
    lost connections.
    """

    def __init__(self, limits: NetworkLimits) -> None:
        self.limits = limits
        self.seq = 0
        self.users: dict[str, User] = {}
        self.nicks: FoldedDict[User] = FoldedDict()
        self.channels: FoldedDict[Channel] = FoldedDict()
        self.lookalikes: dict[str, str] = {}
        self.resumptions: dict[str, str] = {}
        self.missing: dict[str, None] = {}
        self.rooms: dict[str, Channel] = {}
        self.hooks: dict[str, Channel] = {}
        self.public: set[int] = set()
        self.renamed: dict[str, str] = {}
        self.population: dict[str, int] = {}
        self.invisible = 0
        self.operators = 0
        self.departed: list[Departed] = []
        self.users_most = 0
        self.history_floor = 0
        self.accounts = Accounts()
        self.policy = Policy()
        self.bans = Bans()
        self.filters: dict[str, Filter] = {}
        self.lockdown = LOCKDOWN_OPEN
        self.visits: dict[str, dict[str, tuple[int, ...]]] = {}
        self.markers: dict[str, dict[str, int]] = {}
        self.cursors: dict[str, dict[str, Cursor]] = {}
        self.files = Files()
        self.pushes: dict[str, dict[str, Subscription]] = {}

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
                self.accounts.all(),
                self.accounts.retired,
                self.policy,
                self.bans,
                self.filters,
                self.lockdown,
                self.visits,
                self.markers,
                self.cursors,
                list(self.files),
                self.pushes,
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
        self.resumptions, self.missing = {}, {}
        self.invisible = self.operators = 0
        self.channels, self.lookalikes, self.rooms, self.public = FoldedDict(), {}, {}, set()
        self.hooks = {}
        for user in kept.users:
            # COMPAT: users of snapshots from before several connections have the one with their uid.
            if not (user.sessions or user.detached):
                user.sessions = (Attachment(user.uid, user.arrived, user.address, user.hosts, "Z" in user.modes),)
            # COMPAT: those of before stays were counted have been in their channels from the beginning.
            if not user.since:
                user.since = (0,) * len(user.channels)
            self.add_user(user)
        for channel in kept.channels:
            self.add_channel(channel)
        self.departed = kept.departed
        self.users_most = kept.users_most
        self.history_floor = kept.history_floor
        self.accounts = Accounts()
        for account in kept.accounts:
            self.accounts.add(account)
        self.accounts.retired = kept.retired
        self.policy, self.bans = kept.policy, Bans(kept.bans)
        self.filters, self.lockdown = kept.filters, kept.lockdown
        self.visits, self.markers, self.cursors = kept.visits, kept.markers, kept.cursors
        self.files = Files(kept.files)
        self.pushes = kept.pushes

    def add_user(self, user: User) -> None:
        """Somebody is here: in the indexes and counts."""
        self.users[user.uid] = user
        self._add_nick(user)
        for attachment in user.sessions:
            self._count(attachment, 1)
            self._index(user, attachment.resumption)
        self.set_lost(user, user.lost)
        self.invisible += "i" in user.modes
        self.operators += "o" in user.modes

    def remove_user(self, user: User) -> None:
        """Somebody is gone: out of the indexes and counts."""
        del self.users[user.uid]
        self._remove_nick(user)
        self.invisible -= "i" in user.modes
        self.operators -= "o" in user.modes
        for attachment in user.sessions:
            self._count(attachment, -1)
            self.resumptions.pop(attachment.resumption, None)
        self.set_lost(user, ())

    def attach(self, user: User, attachment: Attachment) -> None:
        """A user has one more connection."""
        user.sessions = (*user.sessions, attachment)
        self._count(attachment, 1)
        self._index(user, attachment.resumption)

    def detach(self, user: User, session: str) -> None:
        """A user has a connection less, if he had it."""
        for attachment in user.sessions:
            if attachment.id == session:
                self._count(attachment, -1)
                self.resumptions.pop(attachment.resumption, None)
        user.sessions = tuple(attachment for attachment in user.sessions if attachment.id != session)

    def set_lost(self, user: User, lost: tuple[Lost, ...]) -> None:
        """These lost connections of a user may come back, and no others."""
        for gone in user.lost:
            self.resumptions.pop(gone.resumption, None)
        user.lost = lost
        for each in lost:
            self._index(user, each.resumption)
        if lost:
            self.missing[user.uid] = None
        else:
            self.missing.pop(user.uid, None)

    def _index(self, user: User, resumption: str) -> None:
        if resumption:
            self.resumptions[resumption] = user.uid

    def accounts_seen(self, name: str, at: int) -> None:
        """Somebody who is logged in to that account came or went, at that time (Unix ms)."""
        account = self.accounts.find(name)
        if account is not None:
            account.seen = at

    def forget_account(self, name: str) -> None:
        """An account is gone, and with it what it read, where it was, what it subscribed to and where it was
        pushed to."""
        for kept in (self.visits, self.markers, self.cursors, self.pushes):
            kept.pop(fold(name), None)
        self.files.disown(name)

    def _count(self, attachment: Attachment, more: int) -> None:
        incarnation = attachment.incarnation
        self.population[incarnation] = self.population.get(incarnation, 0) + more
        if not self.population[incarnation]:
            del self.population[incarnation]

    def stays(self, user: User) -> bool:
        """Whether the user stays in the chat without a connection."""
        return bool(user.account) and stays(self.accounts, self.policy, user.account, user.nick)

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
        self.hooks |= {hook.digest: channel for hook in channel.hooks.values()}
        self.recount(channel)
        if channel.skeleton:
            self.lookalikes[channel.skeleton] = fold(channel.name)

    def remove_channel(self, channel: Channel) -> None:
        """A channel is gone: out of the indexes."""
        del self.channels[channel.name]
        del self.rooms[channel.history]
        for hook in channel.hooks.values():
            del self.hooks[hook.digest]
        self.public.discard(id(channel))
        self.lookalikes.pop(channel.skeleton, None)

    def set_hook(self, channel: Channel, hook: Hook) -> None:
        """A channel has this hook, in place of the one of its name that it had."""
        channel.hooks = channel.hooks | {hook.name: hook}
        self.hooks[hook.digest] = channel

    def drop_hook(self, channel: Channel, name: str) -> None:
        """A channel has that hook no longer."""
        del self.hooks[channel.hooks[name].digest]
        channel.hooks = {other: hook for other, hook in channel.hooks.items() if other != name}

    def unregister(self, channel: Channel) -> None:
        """A channel belongs to nobody any more; what only registered ones have goes."""
        for name in channel.hooks:
            self.drop_hook(channel, name)
        channel.founder, channel.registered, channel.access, channel.settings = "", 0, {}, {}
        self.recount(channel)

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
        """The node processes that connections belong to."""
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
