"""What a fact does to the state: one change for each kind, the only code that writes to it.

A change runs after its check has passed, is deterministic, and returns what the announcement needs to know beyond
the fact and the new state: who left which channels, which modes really changed, what somebody was called before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from ipcchat.core import facts, rules
from ipcchat.core.facts import Entry, ModeChange
from ipcchat.core.state import (
    DEFAULT_FLAGS,
    MEMBER_PREFIXES,
    Channel,
    Departed,
    ListedMask,
    Seat,
    State,
    User,
    seat_name,
)
from ipcchat.wire.casemap import fold


class Departure(msgspec.Struct, frozen=True):
    """A user who is gone and the channels he was in."""

    user: User
    channels: list[Channel]


class Renaming(msgspec.Struct, frozen=True):
    """A user and the nick!user@host that he had before."""

    user: User
    before: str


class Entrance(msgspec.Struct, frozen=True):
    """A user who joined a channel, with the prefix modes he has there."""

    user: User
    channel: Channel
    modes: str


class Remodelling(msgspec.Struct, frozen=True):
    """A user's modes that really changed: letters set and letters taken away."""

    user: User
    added: str
    removed: str


def _node_down(state: State, fact: facts.NodeDown, entry: Entry) -> list[Departure]:
    gone = [user for user in state.users.values() if user.incarnation == fact.incarnation]
    for name in dict.fromkeys(name for user in gone for name in user.channels):
        _drop_old_seats(state, state.channels[name], entry.at)
    for user in gone:
        for channel in state.channels_of(user):
            channel.seats[seat_name(user)] = Seat(channel.members[user.uid], entry.at)
    return [_remove(state, user, entry.at) for user in gone]


def _drop_old_seats(state: State, channel: Channel, at: int) -> None:
    """Forget the places that are not kept any more, so that restarts do not heap them up."""
    channel.seats = {name: seat for name, seat in channel.seats.items() if rules.is_kept(state, seat, at)}


def _arrive(state: State, fact: facts.UserArrived, entry: Entry) -> User:
    user = User(
        fact.by, fact.nick, fact.user, fact.host, fact.realname, fact.incarnation, entry.at, entry.at, channels={}
    )
    state.add_user(user)
    state.users_most = max(state.users_most, len(state.users))
    return user


def _leave(state: State, fact: facts.UserLeft, entry: Entry) -> Departure:
    return _remove(state, state.users[fact.by], entry.at)


def _remove(state: State, user: User, at: int) -> Departure:
    channels = state.channels_of(user)
    for channel in channels:
        del channel.members[user.uid]
        channel.invited.pop(user.uid, None)
    state.remove_user(user)
    _remember(state, user, at)
    return Departure(user, channels)


def _remember(state: State, user: User, at: int) -> None:
    state.departed.append(Departed(user.nick, user.user, user.host, user.realname, at))
    if len(state.departed) > state.limits.whowas_entries_max:
        del state.departed[0]


def _rename(state: State, fact: facts.NickChanged, entry: Entry) -> Renaming:
    user = state.users[fact.by]
    renaming = Renaming(user, user.mask)
    _remember(state, user, entry.at)
    del state.nicks[user.nick]
    user.nick = fact.nick
    state.nicks[user.nick] = user
    return renaming


def _away(state: State, fact: facts.AwayChanged, entry: Entry) -> User:
    user = state.users[fact.by]
    user.away = fact.text
    return user


def _realname(state: State, fact: facts.RealnameChanged, entry: Entry) -> User:
    user = state.users[fact.by]
    user.realname = fact.realname
    return user


def _host(state: State, fact: facts.HostChanged, entry: Entry) -> Renaming:
    user = state.users[fact.by]
    renaming = Renaming(user, user.mask)
    user.user, user.host = fact.user, fact.host
    return renaming


def _user_modes(state: State, fact: facts.UserModesChanged, entry: Entry) -> Remodelling:
    user = state.users[fact.by]
    before = set(user.modes)
    after = (before | set(fact.added)) - set(fact.removed)
    user.modes = "".join(sorted(after))
    state.invisible += ("i" in after) - ("i" in before)
    return Remodelling(user, "".join(sorted(after - before)), "".join(sorted(before - after)))


def _join(state: State, fact: facts.Joined, entry: Entry) -> Entrance:
    user = state.users[fact.by]
    channel = state.channels.find(fact.channel)
    if channel is None:
        channel = _create(state, fact.channel, entry)
    elif rules.is_vacant(state, channel, fact.at):
        _reset(channel, entry)
    founding = rules.is_vacant(state, channel, fact.at)
    seat = rules.kept_seat(state, channel, user, fact.at)
    channel.seats.pop(seat_name(user), None)
    modes = seat.modes if seat else "o" if founding else ""
    channel.invited.pop(user.uid, None)
    channel.members[user.uid] = modes
    user.channels[fold(channel.name)] = None
    return Entrance(user, channel, modes)


def _create(state: State, name: str, entry: Entry) -> Channel:
    if len(state.channels) >= state.limits.channels_max:
        _drop_vacant(state, entry)
    channel = Channel(name, entry.at, history_after=state.history_floor, lists={}, members={}, invited={}, seats={})
    state.channels[name] = channel
    return channel


def _drop_vacant(state: State, entry: Entry) -> None:
    """Make room: forget the oldest empty channel. What it hid stays hidden, so new channels start without old
    history."""
    for name, channel in state.channels.items():
        if rules.is_vacant(state, channel, entry.at):
            del state.channels[name]
            state.history_floor = entry.seq
            return


def _reset(channel: Channel, entry: Entry) -> None:
    """The first one into an empty channel founds it again; if it was private, its past is closed to him."""
    if channel.private:
        channel.history_after = entry.seq
        channel.topic = channel.topic_by = ""
        channel.topic_at = 0
    channel.flags, channel.key, channel.limit = DEFAULT_FLAGS, "", 0
    channel.lists.clear()
    channel.invited.clear()
    channel.seats.clear()


def _part(state: State, fact: facts.Parted, entry: Entry) -> Departure:
    return _take_out(state, state.users[fact.by], fact.channel)


def _kick(state: State, fact: facts.Kicked, entry: Entry) -> Departure:
    return _take_out(state, state.users[fact.victim], fact.channel)


def _take_out(state: State, user: User, name: str) -> Departure:
    channel = state.channels[name]
    del channel.members[user.uid]
    del user.channels[fold(channel.name)]
    return Departure(user, [channel])


def _invite(state: State, fact: facts.Invited, entry: Entry) -> Channel:
    channel = state.channels[fact.channel]
    channel.invited[fact.guest] = None
    if len(channel.invited) > state.limits.invitations_per_channel_max:
        del channel.invited[next(iter(channel.invited))]
    return channel


def _topic(state: State, fact: facts.TopicChanged, entry: Entry) -> Channel:
    channel = state.channels[fact.channel]
    channel.topic = fact.text
    channel.topic_by = state.users[fact.by].mask if fact.text else ""
    channel.topic_at = entry.at if fact.text else 0
    return channel


def _channel_modes(state: State, fact: facts.ChannelModesChanged, entry: Entry) -> list[ModeChange]:
    channel = state.channels[fact.channel]
    setter = state.users[fact.by].mask
    return [change for change in fact.changes if _set_mode(state, channel, change, setter, entry.at)]


def _set_mode(state: State, channel: Channel, change: ModeChange, setter: str, at: int) -> bool:
    """Apply one mode change; False when nothing changed by it."""
    if change.letter in MEMBER_PREFIXES:
        return _set_member_mode(channel, change)
    if change.letter == "b":
        return _set_listed(state, channel, change, ListedMask(setter, at))
    if change.letter == "k":
        before, channel.key = channel.key, change.argument if change.added else ""
        return channel.key != before
    if change.letter == "l":
        limit, channel.limit = channel.limit, int(change.argument) if change.added else 0
        return channel.limit != limit
    flags = set(channel.flags) | {change.letter} if change.added else set(channel.flags) - {change.letter}
    old, channel.flags = channel.flags, "".join(sorted(flags))
    return channel.flags != old


def _set_member_mode(channel: Channel, change: ModeChange) -> bool:
    modes = channel.members.get(change.argument)
    if modes is None or change.added == (change.letter in modes):
        return False
    after = set(modes) | {change.letter} if change.added else set(modes) - {change.letter}
    channel.members[change.argument] = "".join(letter for letter in MEMBER_PREFIXES if letter in after)
    return True


def _set_listed(state: State, channel: Channel, change: ModeChange, listed: ListedMask) -> bool:
    entries = channel.lists.setdefault(change.letter, {})
    known = change.argument in entries
    if change.added and not known and len(entries) < state.limits.masks_per_list_max:
        entries[change.argument] = listed
        return True
    if not change.added and known:
        del entries[change.argument]
        return True
    return False


def _post(state: State, fact: facts.Posted, entry: Entry) -> Channel | None:
    state.users[fact.by].spoke = entry.at
    return _hint(state, fact, entry)


def _hint(state: State, fact: facts.Posted, entry: Entry) -> Channel | None:
    return None if fact.recipient else state.channels.find(fact.target)


CHANGES: dict[type[facts.Fact], Callable[[State, Any, Entry], Any]] = {
    facts.NodeDown: _node_down,
    facts.UserArrived: _arrive,
    facts.UserLeft: _leave,
    facts.NickChanged: _rename,
    facts.AwayChanged: _away,
    facts.RealnameChanged: _realname,
    facts.HostChanged: _host,
    facts.UserModesChanged: _user_modes,
    facts.Joined: _join,
    facts.Parted: _part,
    facts.Kicked: _kick,
    facts.Invited: _invite,
    facts.TopicChanged: _topic,
    facts.ChannelModesChanged: _channel_modes,
    facts.Posted: _post,
    facts.Hinted: _hint,
}


def change(state: State, entry: Entry) -> Any:
    """Apply one entry that passed its check; returns what its announcement needs."""
    return CHANGES[type(entry.fact)](state, entry.fact, entry)
