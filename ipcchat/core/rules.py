"""What may happen: one check for each kind of fact, asked when it is proposed and again when it is applied.

A check reads the state, never changes it, and either returns, or raises Refusal (somebody is told why) or Ignored
(there is nothing to do). What it needs to know stands in the fact, so that every node answers the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipcchat.core import facts
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.state import Channel, Seat, State, User, seat_name
from ipcchat.wire import masks, numerics
from ipcchat.wire.casemap import fold


def actor(state: State, fact: facts.Fact) -> User:
    """Who did it. Raises Ignored when he is gone: what he still wanted goes with him."""
    user = state.users.get(fact.by)
    if user is None:
        raise Ignored
    return user


def may_know(channel: Channel, user: User) -> bool:
    """Whether the user may learn that the channel exists: +s hides it from all but its members."""
    return "s" not in channel.flags or user.uid in channel.members


def visible_channel(state: State, user: User, name: str) -> Channel:
    """A channel that this user may know of. Raises Refusal 403, the same for a secret one as for none."""
    channel = state.channels.find(name)
    if channel is None or not may_know(channel, user):
        raise Refusal(numerics.ERR_NOSUCHCHANNEL, name)
    return channel


def joined_channel(state: State, user: User, name: str) -> Channel:
    """A channel that this user is in. Raises Refusal 403 or 442."""
    channel = visible_channel(state, user, name)
    if user.uid not in channel.members:
        raise Refusal(numerics.ERR_NOTONCHANNEL, channel.name)
    return channel


def moderated_channel(state: State, user: User, name: str) -> Channel:
    """A channel that this user is an operator of. Raises Refusal 403, 442 or 482."""
    channel = joined_channel(state, user, name)
    if not is_operator(channel, user):
        raise Refusal(numerics.ERR_CHANOPRIVSNEEDED, channel.name)
    return channel


def is_operator(channel: Channel, user: User) -> bool:
    """Whether the user has +o in the channel."""
    return "o" in channel.members.get(user.uid, "")


def is_banned(channel: Channel, user: User) -> bool:
    """Whether a ban of the channel matches the user's nick!user@host."""
    bans = channel.lists.get("b")
    if not bans:
        return False
    mask = fold(user.mask)
    return any(masks.match(fold(ban), mask) for ban in bans)


def is_vacant(state: State, channel: Channel, at: int) -> bool:
    """Whether nobody is in the channel and nobody's place is kept at that time (Unix ms)."""
    if channel.members:
        return False
    return not any(is_kept(state, seat, at) for seat in channel.seats.values())


def kept_seat(state: State, channel: Channel, user: User, at: int) -> Seat | None:
    """The place that is kept for this user at that time (Unix ms), if any."""
    seat = channel.seats.get(seat_name(user))
    return seat if seat and is_kept(state, seat, at) else None


def is_kept(state: State, seat: Seat, at: int) -> bool:
    """Whether that place is still kept at that time (Unix ms)."""
    return at - seat.at <= state.limits.seat_minutes_max * 60_000


def may_speak(channel: Channel, user: User) -> bool:
    """Whether the user may send to the channel: +n, +m and bans, which o and v overrule."""
    modes = channel.members.get(user.uid)
    if modes:
        return True
    if modes is None and "n" in channel.flags:
        return False
    return "m" not in channel.flags and not is_banned(channel, user)


def _arrival(state: State, fact: facts.UserArrived) -> None:
    if fact.nick in state.nicks:
        raise Refusal(numerics.ERR_NICKNAMEINUSE, fact.nick)
    if len(state.users) >= state.limits.users_max:
        raise Refusal(numerics.ERR_UNKNOWNERROR, "USER", text="The network is full; try again later")


def _nick(state: State, fact: facts.NickChanged) -> None:
    user = actor(state, fact)
    if fact.nick == user.nick:
        raise Ignored
    owner = state.nicks.find(fact.nick)
    if owner is not None and owner is not user:
        raise Refusal(numerics.ERR_NICKNAMEINUSE, fact.nick)


def _present(state: State, fact: facts.Fact) -> None:
    actor(state, fact)


def _realname(state: State, fact: facts.RealnameChanged) -> None:
    if actor(state, fact).realname == fact.realname:
        raise Ignored


def _host(state: State, fact: facts.HostChanged) -> None:
    user = actor(state, fact)
    if (user.user, user.host) == (fact.user, fact.host):
        raise Ignored


def _join(state: State, fact: facts.Joined) -> None:
    user = actor(state, fact)
    channel = state.channels.find(fact.channel)
    if len(user.channels) >= state.limits.channels_per_user_max:
        raise Refusal(numerics.ERR_TOOMANYCHANNELS, fact.channel)
    if channel is None:
        _found(state, fact)
        return
    if is_vacant(state, channel, fact.at):
        return
    if user.uid in channel.members:
        raise Ignored
    if is_banned(channel, user) and user.uid not in channel.invited:
        raise Refusal(numerics.ERR_BANNEDFROMCHAN, channel.name)
    if len(channel.members) >= state.limits.members_per_channel_max:
        raise Refusal(numerics.ERR_CHANNELISFULL, channel.name)
    if user.uid not in channel.invited and not kept_seat(state, channel, user, fact.at):
        _door(channel, fact.key)


def _found(state: State, fact: facts.Joined) -> None:
    """A new channel needs a place, or one that an empty channel gives up."""
    if len(state.channels) < state.limits.channels_max:
        return
    if not any(is_vacant(state, channel, fact.at) for channel in state.channels.values()):
        text = "There are as many channels as this network may have; join one of them"
        raise Refusal(numerics.ERR_UNAVAILRESOURCE, fact.channel, text=text)


def _door(channel: Channel, key: str) -> None:
    if "i" in channel.flags:
        raise Refusal(numerics.ERR_INVITEONLYCHAN, channel.name)
    if channel.key and channel.key != key:
        raise Refusal(numerics.ERR_BADCHANNELKEY, channel.name)
    if channel.limit and len(channel.members) >= channel.limit:
        raise Refusal(numerics.ERR_CHANNELISFULL, channel.name)


def _part(state: State, fact: facts.Parted) -> None:
    joined_channel(state, actor(state, fact), fact.channel)


def _kick(state: State, fact: facts.Kicked) -> None:
    user = actor(state, fact)
    channel = moderated_channel(state, user, fact.channel)
    victim = state.users.get(fact.victim)
    if victim is None:
        raise Ignored
    if fact.victim not in channel.members:
        raise Refusal(numerics.ERR_USERNOTINCHANNEL, victim.nick, channel.name)


def _invitation(state: State, fact: facts.Invited) -> None:
    user = actor(state, fact)
    channel = joined_channel(state, user, fact.channel)
    guest = state.users.get(fact.guest)
    if guest is None:
        raise Ignored
    if fact.guest in channel.members:
        raise Refusal(numerics.ERR_USERONCHANNEL, guest.nick, channel.name)
    if "i" in channel.flags and not is_operator(channel, user):
        raise Refusal(numerics.ERR_CHANOPRIVSNEEDED, channel.name)


def _topic(state: State, fact: facts.TopicChanged) -> None:
    user = actor(state, fact)
    channel = joined_channel(state, user, fact.channel)
    if "t" in channel.flags and not is_operator(channel, user):
        raise Refusal(numerics.ERR_CHANOPRIVSNEEDED, channel.name)


def _channel_modes(state: State, fact: facts.ChannelModesChanged) -> None:
    moderated_channel(state, actor(state, fact), fact.channel)


def _post(state: State, fact: facts.Posted) -> None:
    user = actor(state, fact)
    if fact.recipient:
        if fact.recipient not in state.users:
            raise Refusal(numerics.ERR_NOSUCHNICK, fact.target)
        return
    channel = state.channels.find(fact.target)
    if channel is None:
        raise Refusal(numerics.ERR_NOSUCHCHANNEL, fact.target)
    if not may_speak(channel, user):
        visible_channel(state, user, fact.target)
        raise Refusal(numerics.ERR_CANNOTSENDTOCHAN, channel.name)


def _always(state: State, fact: facts.Fact) -> None:
    """Nothing speaks against it."""


CHECKS: dict[type[facts.Fact], Callable[[State, Any], None]] = {
    facts.NodeDown: _always,
    facts.UserArrived: _arrival,
    facts.UserLeft: _present,
    facts.NickChanged: _nick,
    facts.AwayChanged: _present,
    facts.RealnameChanged: _realname,
    facts.HostChanged: _host,
    facts.UserModesChanged: _present,
    facts.Joined: _join,
    facts.Parted: _part,
    facts.Kicked: _kick,
    facts.Invited: _invitation,
    facts.TopicChanged: _topic,
    facts.ChannelModesChanged: _channel_modes,
    facts.Posted: _post,
    facts.Hinted: _post,
}


def check(state: State, fact: facts.AnyFact) -> None:
    """Whether `fact` may happen in `state`. Raises Refusal or Ignored."""
    CHECKS[type(fact)](state, fact)
