"""Registered channels: which rank an account has in one, and who may change that.

Rules:
1. A registered channel has a founder, who is an account and has q there. `Channel.access` has the one prefix mode of
   every other account that has any, by its folded name.
2. Ranks: the founder, then q, a, o, h, v. Who has at least a changes the access of those below him, to what is below
   him. Everybody may give up his own. Only the founder offers the channel to somebody else (OFFERED).
3. Prefixes of members come from access, or from other members by MODE; access is what lasts.

Nothing here changes anything.
"""

from __future__ import annotations

import hashlib

from ipcchat.core import permissions, rules
from ipcchat.core.errors import Refusal
from ipcchat.core.modes import PREFIX_MODES, is_at_least
from ipcchat.core.state import Channel, State, User
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold

FOUNDER_MODE = "q"
EDITOR_RANK = "a"
OFFERED = "F"
"""Behind the mode of an account in `Channel.access`: the founder offers it the channel."""

NO_ACCESS = len(PREFIX_MODES) + 1
CODE_CHARACTERS = 6


def modes_of(channel: Channel, account: str) -> str:
    """The prefix mode that an account has in a registered channel; "" for none."""
    if not (channel.founder and account):
        return ""
    if fold(account) == fold(channel.founder):
        return FOUNDER_MODE
    return channel.access.get(fold(account), "").rstrip(OFFERED)


def is_founder(channel: Channel, account: str) -> bool:
    """Whether the channel is registered, and by that account."""
    return bool(channel.founder and account) and fold(account) == fold(channel.founder)


def is_offered(channel: Channel, account: str) -> bool:
    """Whether the founder offers the channel to that account."""
    return bool(account) and OFFERED in channel.access.get(fold(account), "")


def level(channel: Channel, account: str) -> int:
    """How far an account is from the top: 0 is the founder, NO_ACCESS who has no rank."""
    return 0 if is_founder(channel, account) else level_of(modes_of(channel, account))


def level_of(modes: str) -> int:
    """How far a prefix mode is below the founder; NO_ACCESS for none."""
    return PREFIX_MODES.index(modes[0]) + 1 if modes else NO_ACCESS


def may_edit(channel: Channel, account: str, other: str, modes: str) -> bool:
    """Whether an account may give that prefix mode, or "" for none, to the other one."""
    if not modes and fold(account) == fold(other):
        return True
    own = level(channel, account)
    return own <= level_of(EDITOR_RANK) and own < min(level(channel, other), level_of(modes))


def founded(state: State, account: str) -> list[Channel]:
    """The channels that an account is the founder of, in the order in which they were made."""
    name = fold(account)
    return [channel for channel in state.channels.values() if channel.founder and fold(channel.founder) == name]


def may_know(channel: Channel, user: User) -> bool:
    """Whether the user may learn of the channel by asking about its registration: also who has access to it."""
    return rules.may_know(channel, user) or bool(modes_of(channel, user.account)) or is_offered(channel, user.account)


def known_channel(state: State, user: User, name: str) -> Channel:
    """A channel that the user may learn of. Raises Refusal 403, the same for a secret one as for none."""
    channel = state.channels.find(name)
    if channel is None or not may_know(channel, user):
        text = f"There is no channel {name}"
        raise Refusal(numerics.ERR_NOSUCHCHANNEL, name, text=text)
    return channel


def registered_channel(state: State, user: User, name: str) -> Channel:
    """A registered channel that the user may learn of. Raises Refusal 403 or 482."""
    channel = known_channel(state, user, name)
    require_registered(channel)
    return channel


def require_registered(channel: Channel) -> None:
    """The channel is registered. Raises Refusal 482."""
    if not channel.founder:
        text = f"{channel.name} is not registered; REGISTER {channel.name} does that"
        raise Refusal(numerics.ERR_CHANOPRIVSNEEDED, channel.name, text=text)


def require_access(channel: Channel, user: User, rank: str) -> None:
    """The user's account has at least that rank in the registered channel. Raises Refusal 482."""
    if not is_at_least(modes_of(channel, user.account), rank):
        text = f"You need access {rank} or higher to {channel.name} for that; STATUS {channel.name} shows yours"
        raise Refusal(numerics.ERR_CHANOPRIVSNEEDED, channel.name, text=text)


def confirmation(channel: Channel) -> str:
    """What its founder repeats to give the channel up: nobody types it by mistake. It is no secret."""
    written = f"{fold(channel.name)} {channel.registered}".encode()
    return hashlib.blake2b(written, digest_size=CODE_CHARACTERS // 2).hexdigest()


def _is_founder(state: State, channel: Channel, user: User, asked: permissions.Asked) -> bool:
    return is_founder(channel, user.account)


def _has_access(state: State, channel: Channel, user: User, asked: permissions.Asked) -> bool:
    return bool(modes_of(channel, user.account))


permissions.RELATIONS |= {"founder": _is_founder, "access": _has_access}
