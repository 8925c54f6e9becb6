"""Being in channels: joining, parting, kicks and topics.

Rules:
1. The first one into a new or vacant channel founds it: he is its operator, and its modes are those of a new one. A
   registered channel is never vacant; there everybody has the prefix of his account's access.
2. An invitation opens every door once, a place that was kept for somebody and access to a registered channel all but a
   ban; a ban does not keep the founder out.
3. What is told of a member is told to those who see him (+D, +u), and to himself.
4. Operators of the network with the privilege for it put others into channels and out of them, past every door. The
   limits of what a channel and a user can hold are the same for all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ipcchat.core import (
    caps,
    channel_access,
    describe,
    facts,
    filters,
    metadata,
    permissions,
    renames,
    replies,
    rules,
    visits,
)
from ipcchat.core.apply import read_marks, recalling, telling
from ipcchat.core.apply.meaning import means
from ipcchat.core.apply.profiles import tell_away
from ipcchat.core.audience import Groups
from ipcchat.core.context import Context
from ipcchat.core.effects import Happening
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.facts import Entry
from ipcchat.core.modes import CHANNEL_MODES, PREFIX_MODES
from ipcchat.core.privileges import FORCE
from ipcchat.core.state import DEFAULT_FLAGS, Channel, State, User, remarkable, seat_name
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine


class Entrance(msgspec.Struct, frozen=True):
    """A user who joined a channel, with the prefix modes he has there."""

    user: User
    channel: Channel
    modes: str


class Exit(msgspec.Struct, frozen=True):
    """A user who left a channel; `seers` are those who saw him in it, himself among them, None for everybody."""

    user: User
    channel: Channel
    seers: list[User] | None


class Topic(msgspec.Struct, frozen=True):
    """A channel whose topic changed; `revealed`: who did it was hidden in it until now."""

    channel: Channel
    revealed: bool


# Joining.


def _check_join(state: State, fact: facts.Joined) -> None:
    user = rules.actor(state, fact)
    check_force(state, fact.forced_by)
    channel = state.channels.find(fact.channel)
    if channel is not None and user.uid in channel.members:
        raise Ignored
    most = state.limits.channels_per_user_max
    if len(user.channels) >= most:
        text = f"You are in {most} channels, as many as one may be in; PART one of them first"
        raise Refusal(numerics.ERR_TOOMANYCHANNELS, fact.channel, text=text)
    if channel is None:
        _check_founding(state, user, fact)
    elif fact.forced_by:
        _check_room(state, channel)
    else:
        check_door(state, channel, user, fact.key, fact.at)


def check_force(state: State, forced_by: str) -> None:
    """Who makes somebody do it, if anybody does, may make others do things. Raises Refusal 481 or 723, and Ignored when
    he is gone."""
    if forced_by:
        operator = state.users.get(forced_by)
        if operator is None:
            raise Ignored
        rules.require_privilege(operator, FORCE)


def _check_founding(state: State, user: User, fact: facts.Joined) -> None:
    """A new channel needs a name of its own, and a place or one that an empty channel gives up."""
    renamed = renames.successor(state, fact.channel, fact.at)
    if renamed is not None:
        raise renames.refusal(state, renamed, user, fact.channel, fact.at)
    if state.lookalike(fact.channel, fact.skeleton):
        text = "The name looks like that of another channel; choose another"
        raise Refusal(numerics.ERR_BADCHANNAME, fact.channel, text=text)
    if len(state.channels) < state.limits.channels_max:
        return
    if not any(rules.is_vacant(state, channel, fact.at) for channel in state.channels.values()):
        text = "There are as many channels as this network may have; join one of them"
        raise Refusal(numerics.ERR_UNAVAILRESOURCE, fact.channel, text=text)


def check_door(state: State, channel: Channel, user: User, key: str, at: int) -> None:
    """The user may come into the channel with that key at that time (Unix ms). Raises Refusal 471, 473, 474, 475 or
    477."""
    if rules.is_vacant(state, channel, at):
        return
    _check_room(state, channel)
    row = permissions.obstacle("join", state, channel, user, permissions.Asked(key, at))
    if row is not None:
        is_closed = "p" in channel.flags or "s" in channel.flags
        way = "ask one of its operators for an invitation" if is_closed else f"KNOCK {channel.name} asks to be let in"
        raise Refusal(row.numeric, channel.name, text=row.text.format(channel=channel.name, way=way))


def _check_room(state: State, channel: Channel) -> None:
    """The channel can hold one more. Raises Refusal 471."""
    if len(channel.members) >= state.limits.members_per_channel_max:
        text = "Cannot join channel: it has as many members as a channel may have; try again later"
        raise Refusal(numerics.ERR_CHANNELISFULL, channel.name, text=text)


def check_return(state: State, channel: Channel, user: User, at: int) -> None:
    """A member could come in again if he left the channel at that time (Unix ms). Raises Refusal like `check_door`."""
    others = {uid: modes for uid, modes in channel.members.items() if uid != user.uid}
    try:
        check_door(state, msgspec.structs.replace(channel, members=others), user, channel.key, at)
    except Refusal as refusal:
        text = f"You could not come back: {refusal.text}"
        raise Refusal(refusal.numeric, *refusal.params, text=text) from None


def _change_join(state: State, fact: facts.Joined, entry: Entry) -> Entrance:
    user = state.users[fact.by]
    channel = state.channels.find(fact.channel)
    founding = channel is None or rules.is_vacant(state, channel, fact.at)
    if channel is None:
        channel = _create(state, fact, entry)
    elif founding:
        _reset(state, channel, entry)
    seat = permissions.kept_seat(state, channel, user, fact.at)
    channel.seats.pop(seat_name(user), None)
    modes = _first_modes(channel, user, seat.modes if seat else "o" if founding else "")
    channel.invited.pop(user.uid, None)
    channel.members[user.uid] = modes
    if "D" in channel.flags and not modes:
        channel.hidden[user.uid] = None
    visits.enter(state, user, channel)
    state.recount(channel)
    return Entrance(user, channel, modes)


def _first_modes(channel: Channel, user: User, modes: str) -> str:
    """The prefix modes of one who comes in: those that he would have anyway, and that of his access."""
    given = channel_access.modes_of(channel, user.account)
    return "".join(letter for letter in PREFIX_MODES if letter in modes or letter in given) if given else modes


def _create(state: State, fact: facts.Joined, entry: Entry) -> Channel:
    if len(state.channels) >= state.limits.channels_max:
        _drop_vacant(state, entry)
    room = f"{fold(fact.channel)} {entry.seq}" if fold(fact.channel) in state.rooms else ""
    channel = Channel(
        fact.channel,
        entry.at,
        history_after=state.history_floor,
        room=room,
        skeleton=remarkable(fact.channel, fact.skeleton),
    )
    state.renamed.pop(fold(fact.channel), None)
    state.add_channel(channel)
    return channel


def _drop_vacant(state: State, entry: Entry) -> None:
    """Make room: forget the oldest empty channel. What it hid stays hidden, so new channels start without old
    history."""
    for channel in state.channels.values():
        if rules.is_vacant(state, channel, entry.at):
            renames.forget(state, channel)
            state.remove_channel(channel)
            state.history_floor = entry.seq
            return


def _reset(state: State, channel: Channel, entry: Entry) -> None:
    """The first one into an empty channel founds it again; if it was private, its past is closed to him."""
    renames.forget(state, channel)
    if channel.private:
        channel.history_after = entry.seq
        channel.topic = channel.topic_by = ""
        channel.topic_at = 0
        channel.metadata.clear()
    channel.flags, channel.key, channel.limit, channel.forward = DEFAULT_FLAGS, "", 0, ""
    for kept in (channel.lists, channel.invited, channel.seats, channel.hidden, channel.knocks, channel.pins):
        kept.clear()


def _announce_join(engine: Engine, fact: facts.Joined, entry: Entry, entrance: Entrance, ctx: Context | None) -> None:
    user, channel = entrance.user, entrance.channel
    sessions = engine.audience.of(user.uid)
    for session in sessions:
        engine.audience.enter(channel, session)
    own = ctx if ctx is not None and ctx.session in sessions else None
    tell_join(engine, entry, entrance, telling.witnesses(engine, channel, user), own, entry.seq)
    recalling.joined(engine, entry, channel, user)
    for session in sessions:
        is_asking = own is not None and own.session is session
        show(own if own is not None and is_asking else Context(engine, session, "JOIN", {}), entry, channel)


def show(ctx: Context, entry: Entry, channel: Channel) -> None:
    """What a client gets behind its JOIN: the topic, how far it has read, the members, metadata. One that wants no
    names is told its own modes, which it would have seen there."""
    describe.topic_if_any(ctx, channel)
    read_marks.after_join(ctx, channel)
    modes = channel.members[ctx.user.uid]
    if not ctx.session.caps & caps.NO_IMPLICIT_NAMES:
        describe.members(ctx, channel)
    elif modes:
        ctx.line(_mode_line(ctx.engine, channel, ctx.user, modes), telling.tags(ctx.engine, ctx.session.caps, entry))
    metadata.after_join(ctx, channel)


def _mode_line(engine: Engine, channel: Channel, user: User, modes: str) -> str:
    return replies.line(engine.server_name, "MODE", channel.name, f"+{modes}", *[user.nick] * len(modes))


def tell_join(engine: Engine, entry: Entry, entrance: Entrance, groups: Groups, ctx: Context | None, seq: int) -> None:
    """The JOIN, and what others have to know of him: that he is away, and his modes. `seq` is 0 when he has been in the
    channel already: then the JOIN is not the message of this entry."""
    user, channel = entrance.user, entrance.channel
    plain, extended = join_lines(user, channel)

    def wording(bits: int) -> str:
        return extended if bits & caps.EXTENDED_JOIN else plain

    telling.broadcast(engine, groups, entry, wording, ctx, seq, None, user)
    if len(channel.members) > 1:
        if user.away:
            tell_away(engine, entry, user, groups, 0)
        if entrance.modes:
            text = _mode_line(engine, channel, user, entrance.modes)
            telling.to_others(engine, groups, user, entry, telling.same(text))


def join_lines(user: User, channel: Channel) -> tuple[str, str]:
    """A JOIN, and the one for clients with extended-join."""
    plain = replies.line(user.mask, "JOIN", channel.name)
    return plain, replies.line(user.mask, "JOIN", channel.name, user.account or "*", user.realname)


def reveal(channel: Channel, user: User) -> bool:
    """A change: a member of a +D channel has shown himself; whether he was hidden until now."""
    return bool(channel.hidden) and channel.hidden.pop(user.uid, user) is None


def tell_revealed(engine: Engine, entry: Entry, channel: Channel, user: User) -> None:
    """An announcement: the others get the JOIN of a member who has shown himself."""
    groups = engine.audience.without(telling.witnesses(engine, channel, user), user.uid)
    tell_join(engine, entry, Entrance(user, channel, ""), groups, None, 0)


# Leaving.


def _check_part(state: State, fact: facts.Parted) -> None:
    user = rules.actor(state, fact)
    if not fact.forced_by:
        rules.joined_channel(state, user, fact.channel)
        return
    check_force(state, fact.forced_by)
    channel = state.channels.find(fact.channel)
    if channel is None or user.uid not in channel.members:
        raise Refusal(numerics.ERR_USERNOTINCHANNEL, user.nick, fact.channel)


def _change_part(state: State, fact: facts.Parted, entry: Entry) -> Exit:
    return _take_out(state, state.users[fact.by], fact.channel)


def _announce_part(engine: Engine, fact: facts.Parted, entry: Entry, exit: Exit, ctx: Context | None) -> None:
    what = Happening(exit.user.mask, "PART", (exit.channel.name, *([fact.reason] if fact.reason else [])))
    _tell_exit(engine, entry, exit, what, exit.user, None if fact.forced_by else ctx)


def _check_kick(state: State, fact: facts.Kicked) -> None:
    user = rules.actor(state, fact)
    channel = rules.joined_channel(state, user, fact.channel)
    rules.require("kick", state, channel, user)
    victim = state.users.get(fact.victim)
    if victim is None:
        raise Ignored
    if fact.victim not in channel.members:
        raise Refusal(numerics.ERR_USERNOTINCHANNEL, victim.nick, channel.name)
    if not rules.outranks(channel, user, fact.victim):
        rank = CHANNEL_MODES[channel.members[fact.victim][0]].rank
        text = f"You must be {rules.RANK_WORDS[rank]} or higher to kick {victim.nick}"
        raise Refusal(numerics.ERR_CHANOPRIVSNEEDED, channel.name, text=text)


def _change_kick(state: State, fact: facts.Kicked, entry: Entry) -> Exit:
    return _take_out(state, state.users[fact.victim], fact.channel)


def _announce_kick(engine: Engine, fact: facts.Kicked, entry: Entry, exit: Exit, ctx: Context | None) -> None:
    actor = engine.state.users[fact.by]
    what = Happening(actor.mask, "KICK", (exit.channel.name, exit.user.nick, fact.reason or actor.nick))
    _tell_exit(engine, entry, exit, what, actor, ctx)


def _take_out(state: State, user: User, name: str) -> Exit:
    channel = state.channels[name]
    seers = telling.seers(state, channel, user)
    del channel.members[user.uid]
    channel.hidden.pop(user.uid, None)
    state.recount(channel)
    visits.leave(state, user, channel)
    return Exit(user, channel, seers)


def _tell_exit(engine: Engine, entry: Entry, exit: Exit, what: Happening, actor: User, ctx: Context | None) -> None:
    """Tell who saw him there and the one who did it, then take his link out of the channel. History tells it where all
    saw him."""
    text = replies.line(what.source, what.command, *what.params)
    groups = engine.audience.of_channel(exit.channel)
    if exit.seers is None:
        recalling.happened(engine, entry, [exit.channel], what)
    else:
        readers = {user.uid: user for user in [*exit.seers, actor]}
        groups = engine.audience.of_users(readers.values())
    telling.broadcast(engine, groups, entry, telling.same(text), ctx, entry.seq, actor=actor)
    for session in engine.audience.of(exit.user.uid):
        engine.audience.leave(exit.channel, session)


# The topic.


def _check_topic(state: State, fact: facts.TopicChanged) -> None:
    user = rules.actor(state, fact)
    channel = rules.joined_channel(state, user, fact.channel)
    rules.require("topic", state, channel, user)
    if state.filters:
        filters.check(state, user, channel.name, fact.text)


def _change_topic(state: State, fact: facts.TopicChanged, entry: Entry) -> Topic:
    channel, user = state.channels[fact.channel], state.users[fact.by]
    channel.topic = fact.text
    channel.topic_by = user.mask if fact.text else ""
    channel.topic_at = entry.at if fact.text else 0
    return Topic(channel, reveal(channel, user))


def _announce_topic(engine: Engine, fact: facts.TopicChanged, entry: Entry, topic: Topic, ctx: Context | None) -> None:
    user, channel = engine.state.users[fact.by], topic.channel
    if topic.revealed:
        tell_revealed(engine, entry, channel, user)
    text = replies.line(user.mask, "TOPIC", channel.name, channel.topic)
    groups = engine.audience.of_channel(channel)
    telling.broadcast(engine, groups, entry, telling.same(text), ctx, entry.seq, actor=user)
    recalling.happened(engine, entry, [channel], Happening(user.mask, "TOPIC", (channel.name, channel.topic)))


means(facts.Joined, check=_check_join, change=_change_join, announce=_announce_join)
means(facts.Parted, check=_check_part, change=_change_part, announce=_announce_part)
means(facts.Kicked, check=_check_kick, change=_change_kick, announce=_announce_kick)
means(facts.TopicChanged, check=_check_topic, change=_change_topic, announce=_announce_topic)
