"""What happens in channels.

Specifications: RFC 2812 3.2, Modern IRC "Channel Operations", IRCv3 extended-join, invite-notify,
draft/channel-rename, netsplit batches.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ipcchat.client.events.basis import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined(Act):
    """Somebody entered a channel. `account` and `realname` are known where the server tells them (IRCv3
    extended-join). `netjoin` says that he comes back because servers found each other again."""

    channel: str
    nick: str
    realname: str = ""
    netjoin: bool = False
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted(Act):
    """Somebody left a channel."""

    channel: str
    nick: str
    reason: str = ""
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kicked(Act):
    """Somebody (`nick`) was put out of a channel by somebody else (`by`)."""

    channel: str
    nick: str
    by: str
    reason: str = ""
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicChanged(Act):
    """A channel's topic was changed; "" means it was removed."""

    channel: str
    topic: str
    by: str
    mine: bool = False


class ModeKind(Enum):
    """What a mode letter stands for, by the server's PREFIX and CHANMODES."""

    MEMBER = "a member's rank; the argument is a nick"
    LIST = "an entry of a list; the argument is a mask"
    SETTING = "a setting of the channel, with or without an argument"
    USER = "a mode of a user"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeChange:
    """One mode that was set (`added`) or unset. `argument` is "" where there is none; `symbol` is the prefix that goes
    with a member's rank."""

    added: bool
    letter: str
    kind: ModeKind
    argument: str = ""
    symbol: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeChanged(Act):
    """Modes of a channel or of ourselves changed. `modes` is the change as sent, for instance "+o bob"; `changes` is
    the same taken apart. `channel` is None for modes of ourselves."""

    target: str
    modes: str
    by: str
    changes: tuple[ModeChange, ...] = ()
    channel: str | None = None
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited(Act):
    """We were invited to a channel."""

    channel: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitedOther(Act):
    """Somebody else (`nick`) was invited to a channel we are in (IRCv3 invite-notify)."""

    channel: str
    nick: str
    by: str
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRenamed(Act):
    """A channel has another name; its members, modes and topic stay. `by` is "" when it happened while this Chat was
    not connected."""

    old: str
    new: str
    by: str
    reason: str = ""
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Knocked(Act):
    """Somebody asks to be invited to a channel where we may invite."""

    channel: str
    nick: str
    text: str = ""
