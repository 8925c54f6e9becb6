"""How somebody is here: away, realname, modes, account, operator, and whom he hears.

That somebody logs in or out is here as far as himself; what it does to his ranks in channels is in logging_in.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ipcchat.core import bans, caps, facts, replies, rules, visits
from ipcchat.core.apply import telling
from ipcchat.core.apply.meaning import means
from ipcchat.core.audience import Groups
from ipcchat.core.context import Context
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.facts import Entry
from ipcchat.core.state import State, User
from ipcchat.wire import modes, numerics

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine


class Remodelling(msgspec.Struct, frozen=True):
    """A user's modes that really changed: letters set and letters taken away."""

    user: User
    added: str
    removed: str


def _present(state: State, fact: facts.Fact) -> None:
    rules.actor(state, fact)


# Away.


def _change_away(state: State, fact: facts.AwayChanged, entry: Entry) -> User:
    user = state.users[fact.by]
    user.away = fact.text
    return user


def _announce_away(engine: Engine, fact: facts.AwayChanged, entry: Entry, user: User, ctx: Context | None) -> None:
    numeric = numerics.RPL_NOWAWAY if user.away else numerics.RPL_UNAWAY
    if ctx is not None:
        ctx.reply(numeric)
    for session in engine.audience.of(user.uid):
        if ctx is None or session is not ctx.session:
            Context(engine, session, "AWAY", {}).reply(numeric)
    tell_away(engine, entry, user, telling.acquaintances(engine, user), entry.seq)


def tell_away(engine: Engine, entry: Entry, user: User, groups: Groups, seq: int) -> None:
    """Tell others who are in these groups; he knows it himself."""
    text = replies.line(user.mask, "AWAY", *([user.away] if user.away else []))
    telling.to_others(engine, groups, user, entry, telling.with_(caps.AWAY_NOTIFY, text), seq, user)


# Realname.


def _check_realname(state: State, fact: facts.RealnameChanged) -> None:
    if rules.actor(state, fact).realname == fact.realname:
        raise Ignored


def _change_realname(state: State, fact: facts.RealnameChanged, entry: Entry) -> User:
    user = state.users[fact.by]
    user.realname = fact.realname
    return user


def _announce_realname(
    engine: Engine, fact: facts.RealnameChanged, entry: Entry, user: User, ctx: Context | None
) -> None:
    text = replies.line(user.mask, "SETNAME", user.realname)
    wording = telling.with_(caps.SETNAME, text)
    telling.broadcast(engine, telling.acquaintances(engine, user), entry, wording, ctx, entry.seq, actor=user)


# Modes.


def _change_modes(state: State, fact: facts.UserModesChanged, entry: Entry) -> Remodelling:
    user = state.users[fact.by]
    remodelling = _set_modes(state, user, fact.added, fact.removed)
    if "o" in user.modes and (fact.notices or "s" in fact.removed):
        user.notices = fact.notices
    return remodelling


def _set_modes(state: State, user: User, added: str, removed: str) -> Remodelling:
    """Who is not an operator of the network, or not any more, has neither a name as one nor notices of the server."""
    before = set(user.modes)
    after = (before | set(added)) - set(removed)
    if "o" not in after:
        after.discard("s")
        user.operator = user.title = user.notices = ""
        user.privileges = None
    user.modes = "".join(sorted(after))
    state.invisible += ("i" in after) - ("i" in before)
    state.operators += ("o" in after) - ("o" in before)
    return Remodelling(user, "".join(sorted(after - before)), "".join(sorted(before - after)))


def _announce_modes(
    engine: Engine, fact: facts.UserModesChanged, entry: Entry, remodelling: Remodelling, ctx: Context | None
) -> None:
    _tell_modes(engine, entry, remodelling, ctx)
    _tell_of_end(engine, entry, remodelling)
    if ctx is not None and fact.notices:
        tell_notices(ctx, remodelling.user.notices)


def tell_notices(ctx: Context, notices: str) -> None:
    """008 with the kinds of notices that somebody gets, or 481 when he may have none."""
    if notices:
        ctx.reply(numerics.RPL_SNOMASK, f"+{notices}")
    else:
        text = "Server notices (+s) are for operators of the network; see HELP OPER"
        ctx.reply(numerics.ERR_NOPRIVILEGES, text=text)


def _tell_modes(engine: Engine, entry: Entry, remodelling: Remodelling, ctx: Context | None) -> None:
    """The user hears of his own modes, nobody else does."""
    user = remodelling.user
    for session in engine.audience.of(user.uid):
        engine.set_officer(session, "s" in user.modes)
    changes = [modes.Change(True, letter) for letter in remodelling.added]
    changes += [modes.Change(False, letter) for letter in remodelling.removed]
    if changes:
        text = replies.line(user.mask, "MODE", user.nick, *modes.format_modes(changes))
        telling.broadcast(engine, telling.of_user(engine, user), entry, telling.same(text), ctx, entry.seq, actor=user)


# Account and operator.


def check_account(state: State, fact: facts.AccountChanged) -> None:
    """A check: he is here, and not logged in to it already. Raises Ignored."""
    user = rules.actor(state, fact)
    if user.account == fact.account:
        raise Ignored
    if fact.account:
        rules.require_account(state, fact.account, fact.at)
        bans.check_account(state, fact.account, fact.at)
    owner = state.accounts.owner(user.nick)
    if owner is not None and state.policy.nicks_owned and owner is state.accounts.find(user.account):
        text = f"Your nick belongs to the account {owner.name}: take another one first (NICK), or QUIT"
        raise Refusal(numerics.ERR_NICKLOCKED, text=text)


def change_account(state: State, fact: facts.AccountChanged, entry: Entry) -> Remodelling:
    """A change: he has that account, and user mode r by it."""
    user = state.users[fact.by]
    visits.end_all(state, user)
    user.account = fact.account
    return _set_modes(state, user, "r" if fact.account else "", "" if fact.account else "r")


def announce_account(
    engine: Engine, fact: facts.AccountChanged, entry: Entry, remodelling: Remodelling, ctx: Context | None
) -> None:
    """An announcement: those who see him and want to know hear of his account."""
    user = remodelling.user
    text = replies.line(user.mask, "ACCOUNT", user.account or "*")
    wording = telling.with_(caps.ACCOUNT_NOTIFY, text)
    telling.broadcast(engine, telling.acquaintances(engine, user), entry, wording, ctx, entry.seq, actor=user)
    _tell_modes(engine, entry, remodelling, ctx)


def _change_operator(state: State, fact: facts.OperatorChanged, entry: Entry) -> Remodelling:
    user = state.users[fact.by]
    remodelling = _set_modes(state, user, "o" if fact.name else "", "" if fact.name else "o")
    user.operator, user.title, user.privileges = fact.name, fact.title, fact.privileges
    return remodelling


def _announce_operator(
    engine: Engine, fact: facts.OperatorChanged, entry: Entry, remodelling: Remodelling, ctx: Context | None
) -> None:
    _tell_modes(engine, entry, remodelling, ctx)
    _tell_of_end(engine, entry, remodelling)
    user = remodelling.user
    if fact.name:
        if ctx is not None:
            ctx.reply(numerics.RPL_YOUREOPER)
        telling.server_notice(engine, entry, "o", f"{user.mask} is now an operator ({fact.name})")


def _tell_of_end(engine: Engine, entry: Entry, remodelling: Remodelling) -> None:
    """Those who want to know hear that somebody is an operator no longer."""
    if "o" in remodelling.removed:
        telling.server_notice(engine, entry, "o", f"{remodelling.user.mask} is no longer an operator")


# Whom he hears.


def _change_callers(state: State, fact: facts.CallersChanged, entry: Entry) -> User:
    user, most = state.users[fact.by], state.limits.callers_per_list_max
    user.accepted = _edited(user.accepted, fact.accepted, fact.rejected, most)
    user.accepted = {uid: None for uid in user.accepted if uid in state.users}
    user.silenced = _edited(user.silenced, fact.silenced, fact.unsilenced, most)
    return user


def _edited(entries: dict[str, None], added: tuple[str, ...], removed: tuple[str, ...], most: int) -> dict[str, None]:
    """A list without what was removed and with what was added, as far as there is room."""
    kept = {entry: None for entry in entries if entry not in removed}
    for entry in added:
        if len(kept) < most:
            kept[entry] = None
    return kept


def _announce_callers(
    engine: Engine, fact: facts.CallersChanged, entry: Entry, user: User, ctx: Context | None
) -> None:
    """SILENCE tells its changes to the one who made them."""
    for sign, masks in (("+", fact.silenced), ("-", fact.unsilenced)):
        for mask in masks:
            text = replies.line(user.mask, "SILENCE", f"{sign}{mask}")
            telling.broadcast(engine, telling.of_user(engine, user), entry, telling.same(text), ctx, actor=user)


means(facts.AwayChanged, check=_present, change=_change_away, announce=_announce_away)
means(facts.RealnameChanged, check=_check_realname, change=_change_realname, announce=_announce_realname)
means(facts.UserModesChanged, check=_present, change=_change_modes, announce=_announce_modes)
means(facts.OperatorChanged, check=_present, change=_change_operator, announce=_announce_operator)
means(facts.CallersChanged, check=_present, change=_change_callers, announce=_announce_callers)
