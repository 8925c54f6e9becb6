"""Connections and users that end: what leaving, being cut off, and the loss of a node have in common.

Rules:
1. A user ends with his last connection, unless he stays (state.stays): then he is away until he comes back. While a
   lost connection of his may be resumed nothing happens to him (resumption.py).
2. Who is put out (KILL, a ban, the end of his account) goes at once and everywhere, by the entry that says so; his
   connections are closed by the node that has them.
3. Everybody who saw him in a channel gets one QUIT.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from ipcchat.core import replies, visits
from ipcchat.core.apply import recalling, telling
from ipcchat.core.apply.profiles import tell_away
from ipcchat.core.audience import Groups
from ipcchat.core.facts import Entry
from ipcchat.core.state import Channel, Departed, State, User
from ipcchat.wire import numerics

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine

NOT_CONNECTED = "Not connected"
"""The away message of who stays without a connection."""


class Departure(msgspec.Struct, frozen=True):
    """A user who is gone, the channels he was in, and who saw him there (None: everybody)."""

    user: User
    channels: list[Channel]
    seen: list[tuple[Channel, list[User] | None]] = []


class Ending(msgspec.Struct, frozen=True):
    """Connections of a user that ended, by their ids; the user's own end, if it was that too; and whether he is away
    because of it."""

    user: User
    sessions: tuple[str, ...]
    departure: Departure | None = None
    went_away: bool = False


# Changes.


def end(state: State, user: User, sessions: Iterable[str], at: int) -> Ending:
    """Some connections of a user end, at that time (Unix ms), and perhaps he with the last one."""
    ended = tuple(sessions)
    for session in ended:
        state.detach(user, session)
    if user.sessions:
        recheck_security(user)
        return Ending(user, ended)
    if user.lost or state.stays(user):
        user.detached, user.missed_after = at, state.seq
        state.accounts_seen(user.account, at)
    return Ending(user, ended) if user.lost else go(state, user, ended, at)


def go(state: State, user: User, ended: tuple[str, ...], at: int) -> Ending:
    """A user who has no connection, and none that may come back, leaves or is away."""
    if not state.stays(user):
        return Ending(user, ended, remove(state, user, at))
    went_away = not user.away
    user.away = user.away or NOT_CONNECTED
    return Ending(user, ended, None, went_away)


def recheck_security(user: User) -> None:
    """A user is secure (+Z) while all his connections are."""
    is_secure = all(attachment.secure for attachment in user.sessions)
    user.modes = "".join(sorted({*user.modes, "Z"} if is_secure else {*user.modes} - {"Z"}))


def end_all(state: State, user: User, at: int) -> Ending:
    """A user ends, whatever he is, with all his connections."""
    ended = tuple(attachment.id for attachment in user.sessions)
    return Ending(user, ended, remove(state, user, at))


def remove(state: State, user: User, at: int) -> Departure:
    """A user is gone."""
    channels = state.channels_of(user)
    seen = [(channel, telling.seers(state, channel, user)) for channel in channels]
    visits.end_all(state, user)
    for channel in channels:
        del channel.members[user.uid]
        channel.invited.pop(user.uid, None)
        channel.hidden.pop(user.uid, None)
        channel.knocks.pop(user.uid, None)
        state.recount(channel)
    state.markers.pop(user.uid, None)
    state.remove_user(user)
    remember(state, user, at)
    return Departure(user, channels, seen)


def remember(state: State, user: User, at: int) -> None:
    """WHOWAS knows who was here."""
    departed = Departed(user.nick, user.user, user.host, user.realname, at, user.account, user.address)
    state.departed.append(departed)
    if len(state.departed) > state.limits.whowas_entries_max:
        del state.departed[0]


# Announcements.


def tell_end(engine: Engine, entry: Entry, ending: Ending, reason: str, seq: int, closing: str = "") -> None:
    """Others hear that a user is gone, or away. With `closing` his connections on this node that ended are closed, and
    are told that."""
    user = ending.user
    _release(engine, ending, closing)
    if ending.departure is not None:
        _tell_quit(engine, entry, ending.departure, reason, seq)
    elif ending.went_away:
        tell_away(engine, entry, user, telling.acquaintances(engine, user), 0)


def _release(engine: Engine, ending: Ending, closing: str) -> None:
    """The sessions on this node have no user any more."""
    channels = ending.departure.channels if ending.departure else engine.state.channels_of(ending.user)
    for session in engine.audience.of(ending.user.uid):
        if session.id in ending.sessions:
            engine.audience.remove(ending.user.uid, session, channels)
            session.user = None
            if closing:
                engine.close(session, closing)


def _tell_quit(engine: Engine, entry: Entry, departure: Departure, reason: str, seq: int) -> None:
    user = departure.user
    text = replies.line(user.mask, "QUIT", reason)
    telling.broadcast(engine, _mourners(engine, departure), entry, telling.same(text), None, seq, actor=user)
    recalling.departed(engine, entry, user, departure.seen, reason)
    monitored_offline(engine, entry, user.nick)
    if engine.officers:
        telling.server_notice(engine, entry, "c", "Client exiting: ", user, f" {reason}")


def _mourners(engine: Engine, departure: Departure) -> Groups:
    """Who saw the user in a channel."""
    if all(seers is None for _, seers in departure.seen):
        return engine.audience.of_channels(departure.channels)
    groups = [
        engine.audience.of_channel(channel) if seers is None else engine.audience.of_users(seers)
        for channel, seers in departure.seen
    ]
    return engine.audience.united(groups)


def monitored_offline(engine: Engine, entry: Entry, nick: str) -> None:
    """Tell those who monitor the nick that it is gone (731)."""
    telling.to_monitors(engine, entry, nick, numerics.RPL_MONOFFLINE.code, nick)
