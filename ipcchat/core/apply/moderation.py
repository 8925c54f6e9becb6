"""Who may be here and what may be said: people put off, bans, the lockdown, filters.

Rules:
1. Only an operator with the privilege for it does any of this; a server puts off whom a filter caught.
2. A ban puts off at its place of the order whom it hits, on every node: of an address the connections that come from
   it, of an account or a mask the user with all of them. Who may set bans is spared.
3. Who is put off is told why on each of his connections, before they are closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcchat.core import audit, bans, facts, filters, replies, rules
from ipcchat.core.apply import telling
from ipcchat.core.apply.departures import Ending, end, end_all, tell_end
from ipcchat.core.apply.meaning import means
from ipcchat.core.bans import NetworkBan
from ipcchat.core.context import Context
from ipcchat.core.counting import counted
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.facts import Entry
from ipcchat.core.filters import Filter
from ipcchat.core.privileges import BAN, FILTER, KILL, LOCKDOWN
from ipcchat.core.session import Session
from ipcchat.core.state import State, User
from ipcchat.wire import numerics
from ipcchat.wire.times import format_time

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine

NOTICES = "k"


def _check_privilege(state: State, fact: facts.Fact, privilege: str) -> None:
    rules.require_privilege(rules.actor(state, fact), privilege)


# Putting somebody off.


def _check_kill(state: State, fact: facts.Killed) -> None:
    """A fact of a server itself bears no uid, which always has a dot."""
    if "." in fact.by:
        _check_privilege(state, fact, KILL)
    if fact.victim not in state.users:
        raise Ignored


def _change_kill(state: State, fact: facts.Killed, entry: Entry) -> Ending:
    victim = state.users[fact.victim]
    return end(state, victim, (fact.session,), entry.at) if fact.session else end_all(state, victim, entry.at)


def _announce_kill(engine: Engine, fact: facts.Killed, entry: Entry, ending: Ending, ctx: Context | None) -> None:
    victim, actor = ending.user, ending.user if fact.by == ending.user.uid else engine.state.users.get(fact.by)
    name, source = (actor.nick, actor.mask) if actor else (engine.server_name, engine.server_name)
    reason = f"Killed ({name} ({fact.reason}))"
    for session in ended_here(engine, ending):
        Context(engine, session, "KILL", {}).line(replies.line(source, "KILL", victim.nick, fact.reason))
    if ctx is not None and "." in fact.by:
        audit.write(engine, audit.KILLED, ctx.session, f"{victim.mask} [{victim.address}]", fact.reason)
        ctx.note("KILLED", f"{victim.nick} was put off the network")
    tell_end(engine, entry, ending, reason, entry.seq, reason)
    telling.server_notice(engine, entry, NOTICES, f"{name} killed ", victim, f": {fact.reason}")


def ended_here(engine: Engine, ending: Ending) -> list[Session]:
    """The connections on this node that end."""
    return [session for session in engine.audience.of(ending.user.uid) if session.id in ending.sessions]


# Bans.


def _check_ban(state: State, fact: facts.BanSet) -> None:
    _check_privilege(state, fact, BAN)
    if fact.mask not in state.bans and len(state.bans.in_force(fact.at)) >= state.limits.bans_max:
        text = f"There are {state.limits.bans_max} bans, as many as there may be; lift some (UBAN DEL)"
        raise Refusal(numerics.ERR_BANLISTFULL, "*", "*", text=text)


def _change_ban(state: State, fact: facts.BanSet, entry: Entry) -> list[Ending]:
    known = state.bans
    for over in [mask for mask, ban in known.items() if ban.is_over(entry.at)]:
        known.lift(over)
    known.put(NetworkBan(fact.mask, fact.reason, fact.author, entry.at, fact.until))
    endings = []
    for user, sessions in bans.hit_by(state, fact.mask):
        if not bans.is_spared(user):
            endings.append(end_all(state, user, entry.at) if sessions is None else end(state, user, sessions, entry.at))
    return endings


def _announce_ban(engine: Engine, fact: facts.BanSet, entry: Entry, endings: list[Ending], ctx: Context | None) -> None:
    ban = engine.state.bans[fact.mask]
    reason, until = f"Banned: {fact.reason}", f" until {format_time(ban.until)}" if ban.until else ""
    for ending in endings:
        for session in ended_here(engine, ending):
            Context(engine, session, "UBAN", {}).reply(numerics.ERR_YOUREBANNEDCREEP, text=bans.words(ban))
        tell_end(engine, entry, ending, reason, 0, reason)
    hit = f"{counted(len(endings), 'user')} put off"
    text = f"{fact.author} banned {ban.mask}{until}: {ban.reason} ({hit})"
    telling.server_notice(engine, entry, NOTICES, text)
    if ctx is not None:
        audit.write(engine, audit.BANNED, ctx.session, ban.mask, f"{ban.reason}{until} ({hit})")
        ctx.note("BAN_SET", f"{ban.mask} is banned{until}: {ban.reason} ({hit})")


def _check_lift(state: State, fact: facts.BanLifted) -> None:
    _check_privilege(state, fact, BAN)
    if fact.mask not in state.bans:
        text = f"There is no ban of {fact.mask}; UBAN LIST shows those that there are"
        raise Refusal(numerics.ERR_LISTMODENOTSET, "*", "*", fact.mask, text=text)


def _lift_ban(state: State, fact: facts.BanLifted, entry: Entry) -> None:
    state.bans.lift(fact.mask)


def _announce_lift(engine: Engine, fact: facts.BanLifted, entry: Entry, nothing: None, ctx: Context | None) -> None:
    name = engine.state.users[fact.by].operator
    telling.server_notice(engine, entry, NOTICES, f"{name} lifted the ban of {fact.mask}")
    if ctx is not None:
        audit.write(engine, audit.UNBANNED, ctx.session, fact.mask)
        ctx.note("BAN_LIFTED", f"{fact.mask} is banned no more")


# The lockdown.


def _check_lockdown(state: State, fact: facts.LockdownChanged) -> None:
    _check_privilege(state, fact, LOCKDOWN)
    if fact.level not in bans.LOCKDOWN_LEVELS or fact.level == state.lockdown:
        raise Ignored


def _change_lockdown(state: State, fact: facts.LockdownChanged, entry: Entry) -> None:
    state.lockdown = fact.level


def _announce_lockdown(
    engine: Engine, fact: facts.LockdownChanged, entry: Entry, nothing: None, ctx: Context | None
) -> None:
    """Every operator hears of it."""
    actor = engine.state.users[fact.by]
    words = f"DEFCON {fact.level}, set by {actor.operator}: {lockdown_words(fact.level)}"
    for user in map(engine.state.users.get, engine.audience.uids()):
        if user is not None and rules.is_network_operator(user):
            text = replies.line(engine.server_name, "NOTICE", user.nick, f"*** {words}")
            telling.broadcast(engine, telling.of_user(engine, user), entry, telling.same(text), ctx_of(user, ctx))
    if ctx is not None:
        audit.write(engine, audit.LOCKDOWN, ctx.session, str(fact.level))


def ctx_of(user: User, ctx: Context | None) -> Context | None:
    """The command, for the lines of who said it."""
    return ctx if ctx is not None and ctx.session.user is user else None


def lockdown_words(level: int) -> str:
    """What a level of the lockdown forbids."""
    if level == bans.LOCKDOWN_OPEN:
        return "the network is open"
    return "; ".join(text for each, text in bans.LOCKDOWN_LEVELS.items() if level <= each < bans.LOCKDOWN_OPEN)


# Filters.


def _check_filter(state: State, fact: facts.FilterSet) -> None:
    _check_privilege(state, fact, FILTER)
    if fact.pattern not in state.filters and len(state.filters) >= state.limits.filters_max:
        text = f"There are {state.limits.filters_max} filters, as many as there may be; SPAMFILTER DEL lifts one"
        raise Refusal(numerics.ERR_BANLISTFULL, "*", "*", text=text)


def _set_filter(state: State, fact: facts.FilterSet, entry: Entry) -> None:
    state.filters[fact.pattern] = Filter(fact.pattern, fact.action, fact.reason, fact.author, entry.at)


def _announce_filter(engine: Engine, fact: facts.FilterSet, entry: Entry, nothing: None, ctx: Context | None) -> None:
    text = f"{fact.author} set a filter ({fact.action}): {fact.pattern}"
    telling.server_notice(engine, entry, NOTICES, text)
    if ctx is not None:
        audit.write(engine, audit.FILTER_SET, ctx.session, fact.pattern, f"{fact.action}: {fact.reason}")
        ctx.note("FILTER_SET", f"{fact.pattern}: {filters.ACTIONS[fact.action]}")


def _check_filter_lift(state: State, fact: facts.FilterLifted) -> None:
    _check_privilege(state, fact, FILTER)
    if fact.pattern not in state.filters:
        text = "There is no such filter; SPAMFILTER LIST shows those that there are"
        raise Refusal(numerics.ERR_LISTMODENOTSET, "*", "*", "*", text=text)


def _lift_filter(state: State, fact: facts.FilterLifted, entry: Entry) -> None:
    del state.filters[fact.pattern]


def _announce_filter_lift(
    engine: Engine, fact: facts.FilterLifted, entry: Entry, nothing: None, ctx: Context | None
) -> None:
    name = engine.state.users[fact.by].operator
    telling.server_notice(engine, entry, NOTICES, f"{name} lifted a filter: {fact.pattern}")
    if ctx is not None:
        audit.write(engine, audit.FILTER_LIFTED, ctx.session, fact.pattern)
        ctx.note("FILTER_LIFTED", f"{fact.pattern} filters nothing any more")


means(facts.Killed, check=_check_kill, change=_change_kill, announce=_announce_kill)
means(facts.BanSet, check=_check_ban, change=_change_ban, announce=_announce_ban)
means(facts.BanLifted, check=_check_lift, change=_lift_ban, announce=_announce_lift)
means(facts.LockdownChanged, check=_check_lockdown, change=_change_lockdown, announce=_announce_lockdown)
means(facts.FilterSet, check=_check_filter, change=_set_filter, announce=_announce_filter)
means(facts.FilterLifted, check=_check_filter_lift, change=_lift_filter, announce=_announce_filter_lift)
