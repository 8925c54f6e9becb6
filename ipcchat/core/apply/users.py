"""Coming and going: users arrive, leave, are lost with their node, and take other nicks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ipcchat.core import caps, describe, extbans, facts, metadata, replies, rules
from ipcchat.core.apply import telling
from ipcchat.core.apply.meaning import means
from ipcchat.core.apply.profiles import tell_away
from ipcchat.core.audience import Groups
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.facts import Entry
from ipcchat.core.state import Channel, Departed, Seat, State, User, remarkable, seat_name
from ipcchat.wire import numerics

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.engine import Engine


NOTHING: dict[str, Any] = {}
"""What most users have in their lists; lists are replaced, never changed in place."""


class Departure(msgspec.Struct, frozen=True):
    """A user who is gone, the channels he was in, and who saw him there (None: everybody)."""

    user: User
    channels: list[Channel]
    seen: list[tuple[Channel, list[User] | None]] = []


class Renaming(msgspec.Struct, frozen=True):
    """A user, and the nick and nick!user@host that he had before."""

    user: User
    nick: str
    mask: str


# Arriving.


def _check_arrival(state: State, fact: facts.UserArrived) -> None:
    _check_free(state, fact.nick, fact.skeleton)
    if len(state.users) >= state.limits.users_max:
        raise Refusal(numerics.ERR_UNKNOWNERROR, "USER", text="The network is full; try again later")


def _check_free(state: State, nick: str, skeleton: str, owner: User | None = None) -> None:
    """Nobody else has the nick or one that looks like it. Raises Refusal 433."""
    holder = state.nicks.find(nick)
    if holder is not None and holder is not owner:
        raise Refusal(numerics.ERR_NICKNAMEINUSE, nick)
    similar = state.lookalike(nick, skeleton)
    if similar and (owner is None or owner is not state.nicks.find(similar)):
        text = "Nickname looks like one that is in use; choose another"
        raise Refusal(numerics.ERR_NICKNAMEINUSE, nick, text=text)


def _arrive(state: State, fact: facts.UserArrived, entry: Entry) -> User:
    user = User(
        fact.by,
        fact.nick,
        fact.user,
        fact.host,
        fact.realname,
        fact.incarnation,
        entry.at,
        entry.at,
        fact.modes,
        fact.away,
        address=fact.address,
        certificate=fact.certificate,
        skeleton=remarkable(fact.nick, fact.skeleton),
        accepted=NOTHING,
        silenced=NOTHING,
        metadata=dict(fact.metadata) if fact.metadata else NOTHING,
        hosts=fact.hosts,
    )
    state.add_user(user)
    state.users_most = max(state.users_most, len(state.users))
    return user


def _announce_arrival(engine: Engine, fact: facts.UserArrived, entry: Entry, user: User, ctx: Context | None) -> None:
    if ctx is not None:
        engine.register(ctx.session, user)
        if not ctx.session.closed:
            describe.welcome(ctx)
    monitored_online(engine, entry, user)
    if user.away:
        _tell_monitors_away(engine, entry, user)
    if engine.officers:
        telling.server_notice(engine, entry, "c", f"Client connecting: {user.mask} [{user.address}] {user.realname}")


def monitored_online(engine: Engine, entry: Entry, user: User) -> None:
    """Tell those who monitor the nick that it is here (730), and what they want to hear of it."""
    _tell_monitors(engine, entry, user.nick, numerics.RPL_MONONLINE.code, user.mask)
    if user.metadata:
        metadata.tell_watchers(engine, user)


def monitored_offline(engine: Engine, entry: Entry, nick: str) -> None:
    """Tell those who monitor the nick that it is gone (731)."""
    _tell_monitors(engine, entry, nick, numerics.RPL_MONOFFLINE.code, nick)


def _tell_monitors(engine: Engine, entry: Entry, nick: str, code: str, target: str) -> None:
    """One line for all of them: IRCv3 monitor allows * for the reader's nick."""
    sessions = engine.monitors.of(nick)
    if sessions:
        text = f"{replies.line(engine.server_name, code, '*')} :{target}"
        telling.broadcast(engine, engine.audience.of_sessions(sessions), entry, telling.same(text), None)


def _tell_monitors_away(engine: Engine, entry: Entry, user: User) -> None:
    """Who arrives away is told of as away to those who monitor him with extended-monitor."""
    sessions = [session for session in engine.monitors.of(user.nick) if session.caps & caps.EXTENDED_MONITOR]
    tell_away(engine, entry, user, engine.audience.of_sessions(sessions), 0)


# Leaving.


def _check_present(state: State, fact: facts.Fact) -> None:
    rules.actor(state, fact)


def _always(state: State, fact: facts.Fact) -> None:
    """Nothing speaks against it."""


def _leave(state: State, fact: facts.UserLeft, entry: Entry) -> Departure:
    return _remove(state, state.users[fact.by], entry.at)


def _lose_node(state: State, fact: facts.NodeDown, entry: Entry) -> list[Departure]:
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


def _remove(state: State, user: User, at: int) -> Departure:
    channels = state.channels_of(user)
    seen = [(channel, telling.seers(state, channel, user)) for channel in channels]
    for channel in channels:
        del channel.members[user.uid]
        channel.invited.pop(user.uid, None)
        channel.hidden.pop(user.uid, None)
        channel.knocks.pop(user.uid, None)
        state.recount(channel)
    state.remove_user(user)
    _remember(state, user, at)
    return Departure(user, channels, seen)


def _remember(state: State, user: User, at: int) -> None:
    departed = Departed(user.nick, user.user, user.host, user.realname, at, user.account, user.address)
    state.departed.append(departed)
    if len(state.departed) > state.limits.whowas_entries_max:
        del state.departed[0]


def _announce_lost(
    engine: Engine, fact: facts.NodeDown, entry: Entry, departures: list[Departure], ctx: Context | None
) -> None:
    for departure in departures:
        _quit(engine, entry, departure, "Connection to the server was lost", 0)


def _announce_left(
    engine: Engine, fact: facts.UserLeft, entry: Entry, departure: Departure, ctx: Context | None
) -> None:
    _quit(engine, entry, departure, fact.reason, entry.seq)
    if ctx is not None:
        ctx.close(fact.reason)


def _quit(engine: Engine, entry: Entry, departure: Departure, reason: str, seq: int) -> None:
    user = departure.user
    session = engine.audience.sessions.pop(user.uid, None)
    if session is not None:
        for channel in departure.channels:
            engine.audience.leave(channel, session)
        session.user = None
    text = replies.line(user.mask, "QUIT", reason)
    telling.broadcast(engine, _mourners(engine, departure), entry, telling.same(text), None, seq, actor=user)
    monitored_offline(engine, entry, user.nick)
    if engine.officers:
        telling.server_notice(engine, entry, "c", f"Client exiting: {user.mask} [{user.address}] {reason}")


def _mourners(engine: Engine, departure: Departure) -> Groups:
    """Who saw the user in a channel."""
    if all(seers is None for _, seers in departure.seen):
        return engine.audience.of_channels(departure.channels)
    groups = [
        engine.audience.of_channel(channel) if seers is None else engine.audience.of_users(seers)
        for channel, seers in departure.seen
    ]
    return engine.audience.united(groups)


# Another nick.


def _check_nick(state: State, fact: facts.NickChanged) -> None:
    user = rules.actor(state, fact)
    if fact.nick == user.nick:
        raise Ignored
    _check_free(state, fact.nick, fact.skeleton, user)
    for channel in state.channels_of(user):
        if not channel.members[user.uid] and _may_not_rename(state, channel, user):
            text = "Cannot change nickname while banned or muted there"
            raise Refusal(numerics.ERR_BANONCHAN, fact.nick, channel.name, text=text)


def _may_not_rename(state: State, channel: Channel, user: User) -> bool:
    """A banned, muted or nick-locked member would escape the mask by another nick."""
    return any(rules.is_banned(state, channel, user, acting) for acting in (extbans.NICK, extbans.MUTE))


def _rename(state: State, fact: facts.NickChanged, entry: Entry) -> Renaming:
    user = state.users[fact.by]
    renaming = Renaming(user, user.nick, user.mask)
    _remember(state, user, entry.at)
    state.rename_user(user, fact.nick, fact.skeleton)
    return renaming


def _announce_nick(
    engine: Engine, fact: facts.NickChanged, entry: Entry, renaming: Renaming, ctx: Context | None
) -> None:
    user = renaming.user
    text = replies.line(renaming.mask, "NICK", user.nick)
    telling.broadcast(engine, telling.peers(engine, user), entry, telling.same(text), ctx, entry.seq, actor=user)
    _tell_monitors_of_both(engine, entry, renaming)
    if engine.officers:
        telling.server_notice(engine, entry, "n", f"Nick change: {renaming.nick} is now {user.nick}")


def _tell_monitors_of_both(engine: Engine, entry: Entry, renaming: Renaming) -> None:
    """A nick that changes only its case stays monitored as it is."""
    if engine.state.nicks.find(renaming.nick) is renaming.user:
        return
    monitored_offline(engine, entry, renaming.nick)
    monitored_online(engine, entry, renaming.user)


means(facts.UserArrived, check=_check_arrival, change=_arrive, announce=_announce_arrival)
means(facts.UserLeft, check=_check_present, change=_leave, announce=_announce_left)
means(facts.NodeDown, check=_always, change=_lose_node, announce=_announce_lost)
means(facts.NickChanged, check=_check_nick, change=_rename, announce=_announce_nick)
