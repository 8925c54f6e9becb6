"""What happened: the facts of the journal.

A handler proposes a fact, the journal orders it and makes it durable, `apply` changes the shared state by it.

Rules:
1. A fact is past tense and complete: every node that applies it in the same order reaches the same state.
2. It names people by `uid` (one user for the time he is here), never by nick: nicks change, uids do not.
3. It carries an idempotency id of 16 bytes; the journal keeps the first fact of an id and drops the others.
4. Fields are only ever added at the end and with a default, so that old journals stay readable.
5. Durability: a KEPT fact is shown to nobody before it is on disk. A PASSING one is ordered like all others but need
   not wait for the disk; it is written with the next commit. A FLEETING one is ordered and never written.
"""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

import msgspec

from ipcchat.core.limits import NetworkLimits
from ipcchat.wire.casemap import fold

LINE_BREAK, SEAM = "\n", "\r"


class Durability(Enum):
    """How a fact stands to the disk; see rule 5."""

    KEPT = "kept"
    PASSING = "passing"
    FLEETING = "fleeting"


class Fact(msgspec.Struct, frozen=True, array_like=True):
    """Base of all facts: idempotency id (16 bytes), the proposer's clock (Unix ms), and who did it (a uid or a node
    id)."""

    durability: ClassVar[Durability] = Durability.KEPT

    id: bytes
    at: int
    by: str

    @property
    def history_target(self) -> str | None:
        """Folded name of the channel whose history this fact belongs to, or None."""
        return None


class NodeDown(Fact, frozen=True, tag=1):
    """An incarnation of a server process is gone; its users leave. `incarnation` is the id it had."""

    incarnation: str = ""


class UserArrived(Fact, frozen=True, tag=2):
    """A connection registered; `by` is the new user's uid and `incarnation` the node process it belongs to.

    `host` is what others see, `address` where he really is; `certificate` is the fingerprint of his TLS certificate,
    `skeleton` what his nick looks like; `hosts` are those that bans hit besides: his own and his cloak. `modes`,
    `away` and `metadata` are what he chose before he was here.
    """

    durability = Durability.PASSING

    nick: str = ""
    user: str = ""
    host: str = ""
    realname: str = ""
    incarnation: str = ""
    modes: str = ""
    away: str = ""
    address: str = ""
    certificate: str = ""
    skeleton: str = ""
    metadata: dict[str, str] = {}
    hosts: tuple[str, ...] = ()


class UserLeft(Fact, frozen=True, tag=3):
    """A user is gone from the network."""

    durability = Durability.PASSING

    reason: str = ""


class NickChanged(Fact, frozen=True, tag=4):
    """A user took another nick; `skeleton` is what it looks like."""

    durability = Durability.PASSING

    nick: str = ""
    skeleton: str = ""


class AwayChanged(Fact, frozen=True, tag=5):
    """A user went away (a text) or came back (empty)."""

    durability = Durability.PASSING

    text: str = ""


class RealnameChanged(Fact, frozen=True, tag=6):
    """SETNAME: a user's realname is another."""

    durability = Durability.PASSING

    realname: str = ""


class HostChanged(Fact, frozen=True, tag=7):
    """A user's visible user and host are others (IRCv3 chghost)."""

    durability = Durability.PASSING

    user: str = ""
    host: str = ""


class UserModesChanged(Fact, frozen=True, tag=8):
    """A user's own modes: letters added and letters removed; `notices` are the kinds of server notices that come with
    +s."""

    durability = Durability.PASSING

    added: str = ""
    removed: str = ""
    notices: str = ""


class Joined(Fact, frozen=True, tag=9):
    """A user entered a channel; the first one in makes it. `key` is what was offered for a +k channel, `skeleton`
    what the name of a new one looks like."""

    channel: str = ""
    key: str = ""
    skeleton: str = ""


class Parted(Fact, frozen=True, tag=10):
    """A user left a channel."""

    channel: str = ""
    reason: str = ""


class Kicked(Fact, frozen=True, tag=11):
    """A user (uid `victim`) was put out of a channel."""

    channel: str = ""
    victim: str = ""
    reason: str = ""


class Invited(Fact, frozen=True, tag=12):
    """A user (uid `guest`) may enter a channel once."""

    durability = Durability.PASSING

    channel: str = ""
    guest: str = ""


class TopicChanged(Fact, frozen=True, tag=13):
    """A channel's topic is another; empty means none."""

    channel: str = ""
    text: str = ""


class ModeChange(msgspec.Struct, frozen=True, array_like=True):
    """One channel mode change. `argument` is a mask, key or number, or the uid for a prefix mode (o, v); empty where
    there is none."""

    added: bool
    letter: str
    argument: str = ""


class ChannelModesChanged(Fact, frozen=True, tag=14):
    """A channel's modes, lists or members' prefixes changed, in this order."""

    channel: str = ""
    changes: tuple[ModeChange, ...] = ()


class Posted(Fact, frozen=True, tag=15):
    """A PRIVMSG, NOTICE or TAGMSG to a channel or (by uid in `recipient`) to a user; `source` is nick!user@host when
    it was said, `account` and `marks` what was known of the sender then (`marks` are user modes: B a bot, o an
    operator).

    A text of several lines has LINE_BREAK between them, and SEAM where two pieces are one line that was too long for
    the wire. `status` is the prefix of a message to the members who have at least that one (@#room). `room` names the
    channel's history when that is not its folded name: it was renamed.
    """

    source: str = ""
    verb: str = "PRIVMSG"
    target: str = ""
    text: str = ""
    tags: dict[str, str] = {}
    recipient: str = ""
    status: str = ""
    account: str = ""
    marks: str = ""
    room: str = ""

    @property
    def history_target(self) -> str | None:
        if self.recipient or self.status or self.verb == "TAGMSG":
            return None
        return self.room or fold(self.target)


class Hinted(Posted, frozen=True, tag=16):
    """A TAGMSG that matters only now (typing): ordered, never stored."""

    durability = Durability.FLEETING


class AccountChanged(Fact, frozen=True, tag=17):
    """A user logged in to an account, or out ("")."""

    durability = Durability.PASSING

    account: str = ""


class OperatorChanged(Fact, frozen=True, tag=18):
    """A user became operator of the network under a name of the configuration, or stopped being one ("")."""

    durability = Durability.PASSING

    name: str = ""
    title: str = ""


class ChannelRenamed(Fact, frozen=True, tag=19):
    """A channel has another name; everything else of it stays. `skeleton` is what the new name looks like."""

    channel: str = ""
    name: str = ""
    reason: str = ""
    skeleton: str = ""


class Knocked(Fact, frozen=True, tag=20):
    """Somebody asks to be let into a channel."""

    durability = Durability.PASSING

    channel: str = ""
    reason: str = ""


class CallerRefused(Fact, frozen=True, tag=21):
    """A user's message did not reach `recipient` (a uid), who hears only whom he accepted (+g); he is told of it."""

    durability = Durability.PASSING

    recipient: str = ""


class CallersChanged(Fact, frozen=True, tag=22):
    """ACCEPT and SILENCE: whom a user lets write to him although he is +g (`accepted` and `rejected`, uids), and
    whose messages he does not want (`silenced` and `unsilenced`, masks)."""

    durability = Durability.PASSING

    accepted: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    silenced: tuple[str, ...] = ()
    unsilenced: tuple[str, ...] = ()


class UserMetadataChanged(Fact, frozen=True, tag=23):
    """Keys of a user's metadata: (key, value), or (key, None) for one that is gone."""

    durability = Durability.PASSING

    changes: tuple[tuple[str, str | None], ...] = ()


class ChannelMetadataChanged(Fact, frozen=True, tag=24):
    """Keys of a channel's metadata: (key, value), or (key, None) for one that is gone."""

    channel: str = ""
    changes: tuple[tuple[str, str | None], ...] = ()


class Walloped(Fact, frozen=True, tag=25):
    """An operator says something to everybody with +w."""

    durability = Durability.FLEETING

    text: str = ""


class Uninvited(Fact, frozen=True, tag=26):
    """An invitation of `guest` (a uid) is taken back."""

    durability = Durability.PASSING

    channel: str = ""
    guest: str = ""


class LimitsChanged(Fact, frozen=True, tag=27):
    """The network's limits are others from here on. They decide what may happen, so they are in the journal too."""

    limits: NetworkLimits = NetworkLimits()


AnyFact = (
    NodeDown
    | UserArrived
    | UserLeft
    | NickChanged
    | AwayChanged
    | RealnameChanged
    | HostChanged
    | UserModesChanged
    | Joined
    | Parted
    | Kicked
    | Invited
    | TopicChanged
    | ChannelModesChanged
    | Posted
    | Hinted
    | AccountChanged
    | OperatorChanged
    | ChannelRenamed
    | Knocked
    | CallerRefused
    | CallersChanged
    | UserMetadataChanged
    | ChannelMetadataChanged
    | Walloped
    | Uninvited
    | LimitsChanged
)


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """A fact with its place in the journal: `seq` (rising, from 1) and `at` (Unix ms, never falling along seq)."""

    seq: int
    at: int
    fact: AnyFact


encode_fact = msgspec.msgpack.Encoder().encode
decode_fact = msgspec.msgpack.Decoder(AnyFact).decode
