"""What concerns the whole network: its limits, and what operators say to all (WALLOPS)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcchat.core import facts, replies, rules
from ipcchat.core.apply.departures import NOT_CONNECTED, Ending, end_all, tell_end
from ipcchat.core.apply.meaning import means
from ipcchat.core.apply.telling import broadcast, same
from ipcchat.core.errors import Ignored
from ipcchat.core.facts import Entry
from ipcchat.core.privileges import ANNOUNCE
from ipcchat.core.state import State, User

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.engine import Engine


def _check_limits(state: State, fact: facts.LimitsChanged) -> None:
    if fact.limits == state.limits:
        raise Ignored


def _change_limits(state: State, fact: facts.LimitsChanged, entry: Entry) -> None:
    state.limits = fact.limits


def _announce_limits(
    engine: Engine, fact: facts.LimitsChanged, entry: Entry, nothing: None, ctx: Context | None
) -> None:
    """Nobody is told: ISUPPORT comes from the settings, which were told already."""


def _check_policy(state: State, fact: facts.PolicyChanged) -> None:
    if fact.policy == state.policy:
        raise Ignored


def _change_policy(state: State, fact: facts.PolicyChanged, entry: Entry) -> list[Ending]:
    """Who is not connected, and may not stay any more, is gone."""
    state.policy = fact.policy
    absent = [user for user in state.users.values() if not (user.sessions or user.lost or state.stays(user))]
    return [end_all(state, user, entry.at) for user in absent]


def _announce_policy(
    engine: Engine, fact: facts.PolicyChanged, entry: Entry, endings: list[Ending], ctx: Context | None
) -> None:
    """Nobody is told of the policy: it is asked when it matters."""
    for ending in endings:
        tell_end(engine, entry, ending, NOT_CONNECTED, 0)


def _check_wallops(state: State, fact: facts.Walloped) -> None:
    rules.require_privilege(rules.actor(state, fact), ANNOUNCE)


def _change_wallops(state: State, fact: facts.Walloped, entry: Entry) -> User:
    return state.users[fact.by]


def _announce_wallops(engine: Engine, fact: facts.Walloped, entry: Entry, sender: User, ctx: Context | None) -> None:
    """Everybody on this node with +w, and the sender even without it."""
    readers = [user for user in map(engine.state.users.get, engine.audience.uids()) if user and "w" in user.modes]
    if sender not in readers:
        readers.append(sender)
    text = replies.line(sender.mask, "WALLOPS", fact.text)
    broadcast(engine, engine.audience.of_users(readers), entry, same(text), ctx, entry.seq, actor=sender)


means(facts.PolicyChanged, check=_check_policy, change=_change_policy, announce=_announce_policy)
means(facts.LimitsChanged, check=_check_limits, change=_change_limits, announce=_announce_limits)
means(facts.Walloped, check=_check_wallops, change=_change_wallops, announce=_announce_wallops)
