"""Connections that are lost with their node, and come back as if nothing had been (docs/resume.md).

Rules:
1. Only the loss of a node keeps a user: his client could do nothing about it. Who leaves, is put out or is cut off by
   himself leaves as ever.
2. A user of whom a lost connection may be resumed is here as he was, and nobody is told anything, until it is resumed
   or `resume_seconds` after the entry that says that the node is lost. Then he leaves, or stays without a connection.
3. The state knows digests of tokens, never a token. A token counts once, for one connection: whoever comes first in the
   journal's order has it, whatever node he is at.
4. A connection that is resumed although it is still there is closed by the node that has it.
5. Who leaves because his node was lost has his places in channels kept for a while (Seat).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ipcchat.core import facts, permissions
from ipcchat.core.apply.departures import Ending, end, go, tell_end
from ipcchat.core.apply.meaning import means
from ipcchat.core.errors import Failure, Ignored
from ipcchat.core.facts import Entry
from ipcchat.core.state import Channel, Lost, Seat, State, User, seat_name
from ipcchat.wire import numerics

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.engine import Engine

LOST = "Connection to the server was lost"
RESUMED = "Resumed by another connection"


def invalid_token(text: str) -> Failure:
    """The refusal of a token that does not count."""
    return Failure(numerics.ERR_UNKNOWNERROR, "RESUME", "INVALID_TOKEN", text=text)


# The node is lost.


def _lose_node(state: State, fact: facts.NodeDown, entry: Entry) -> list[Ending]:
    lost = [(user, _sessions_of(user, fact.incarnation)) for user in state.users.values()]
    lost = [(user, sessions) for user, sessions in lost if sessions]
    for user, sessions in lost:
        _detach(state, user, sessions, entry.at)
    gone = [user for user, _ in lost if not (user.sessions or user.lost or state.stays(user))]
    _keep_seats(state, gone, entry.at)
    return [end(state, user, sessions, entry.at) for user, sessions in lost]


def _sessions_of(user: User, incarnation: str) -> tuple[str, ...]:
    return tuple(attachment.id for attachment in user.sessions if attachment.incarnation == incarnation)


def _detach(state: State, user: User, sessions: tuple[str, ...], at: int) -> None:
    """These connections of a user are lost. Those that can be resumed may come back; of very many the last ones."""
    resumable = [each.resumption for each in user.sessions if each.resumption and each.id in sessions]
    for session in sessions:
        state.detach(user, session)
    if resumable and state.limits.resume_seconds:
        lost = (*user.lost, *(Lost(resumption, at) for resumption in resumable))
        state.set_lost(user, lost[-state.limits.sessions_per_user_max :])


def _keep_seats(state: State, gone: list[User], at: int) -> None:
    """Keep the places in channels of users who leave now."""
    for name in dict.fromkeys(name for user in gone for name in user.channels):
        _drop_old_seats(state, state.channels[name], at)
    for user in gone:
        for channel in state.channels_of(user):
            channel.seats[seat_name(user)] = Seat(channel.members[user.uid], at)


def _drop_old_seats(state: State, channel: Channel, at: int) -> None:
    """Forget the places that are not kept any more, so that restarts do not heap them up."""
    channel.seats = {name: seat for name, seat in channel.seats.items() if permissions.is_kept(state, seat, at)}


def _always(state: State, fact: facts.NodeDown) -> None:
    """Nothing speaks against it."""


def _announce_lost(
    engine: Engine, fact: facts.NodeDown, entry: Entry, endings: Iterable[Ending], ctx: Context | None
) -> None:
    for ending in endings:
        tell_end(engine, entry, ending, LOST, 0)


# A connection is resumed.


def check_resumption(state: State, fact: facts.SessionAttached) -> None:
    """The token is that of a connection of this user. Raises Failure."""
    if state.resumptions.get(fact.resumes) != fact.by:
        raise invalid_token("This token was used already, or its time is over: register with NICK and USER")


def take_place(state: State, user: User, resumes: str) -> str:
    """A connection is resumed; returns its id where it was not lost, else ""."""
    for attachment in user.sessions:
        if attachment.resumption == resumes:
            state.detach(user, attachment.id)
            return attachment.id
    state.set_lost(user, tuple(each for each in user.lost if each.resumption != resumes))
    return ""


def tell_account(ctx: Context) -> None:
    """900 for who is resumed with an account: he did not log in on this connection."""
    user = ctx.user
    if user.account:
        ctx.reply(numerics.RPL_LOGGEDIN, user.mask, user.account, text=f"You are logged in as {user.account}")


# Nobody comes.


def _check_ended(state: State, fact: facts.ResumptionEnded) -> None:
    user = state.users.get(fact.user)
    if user is None or not user.lost:
        raise Ignored


def _end_resumption(state: State, fact: facts.ResumptionEnded, entry: Entry) -> Ending:
    user = state.users[fact.user]
    state.set_lost(user, tuple(each for each in user.lost if each.at > fact.until))
    if user.sessions or user.lost:
        return Ending(user, ())
    if not state.stays(user):
        _keep_seats(state, [user], entry.at)
    return go(state, user, (), entry.at)


def _announce_ended(
    engine: Engine, fact: facts.ResumptionEnded, entry: Entry, ending: Ending, ctx: Context | None
) -> None:
    tell_end(engine, entry, ending, LOST, entry.seq)


means(facts.NodeDown, check=_always, change=_lose_node, announce=_announce_lost)
means(facts.ResumptionEnded, check=_check_ended, change=_end_resumption, announce=_announce_ended)
