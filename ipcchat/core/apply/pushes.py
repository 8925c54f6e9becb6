"""Subscriptions of Web Push in the state: registered by their account's clients, dropped by these or because what is
behind them is gone.

Rules:
1. Who is logged in to an account registers and drops its subscriptions; a node drops one that leads nowhere.
2. Registering an endpoint again renews it. Another account that had it has it no more.
3. Where an account has as many as it may, the one that was not renewed for the longest time goes: nobody would miss
   the browser that a list of them would have to be cleaned of.
4. They go with their account (State.forget_account).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcchat.core import account_rules, facts, replies, rules
from ipcchat.core.apply.meaning import means
from ipcchat.core.errors import Failure, Ignored
from ipcchat.core.facts import Entry
from ipcchat.core.pushes import Subscription
from ipcchat.core.state import State
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.engine import Engine

AnyPush = facts.PushRegistered | facts.PushDropped


def _check_owner(state: State, fact: AnyPush) -> None:
    user = rules.actor(state, fact)
    if not user.account or fold(user.account) != fold(fact.account) or state.accounts.find(fact.account) is None:
        text = "The account is another now: log in and do it again"
        raise Failure(numerics.ERR_UNKNOWNERROR, "WEBPUSH", "ACCOUNT_REQUIRED", text=text)


def _check_registered(state: State, fact: facts.PushRegistered) -> None:
    _check_owner(state, fact)


def _register(state: State, fact: facts.PushRegistered, entry: Entry) -> bool:
    """Whether another endpoint of the account had to go."""
    for account in [name for name, kept in state.pushes.items() if fact.endpoint in kept]:
        _forget(state, account, fact.endpoint)
    kept = state.pushes.setdefault(fold(fact.account), {})
    kept[fact.endpoint] = Subscription(fact.p256dh, fact.auth, entry.at)
    if len(kept) <= state.limits.pushes_per_account_max:
        return False
    del kept[next(iter(kept))]
    return True


def _forget(state: State, account: str, endpoint: str) -> None:
    kept = state.pushes[account]
    del kept[endpoint]
    if not kept:
        del state.pushes[account]


def _announce_registered(
    engine: Engine, fact: facts.PushRegistered, entry: Entry, crowded: bool, ctx: Context | None
) -> None:
    if ctx is None:
        return
    ctx.line(replies.line(engine.server_name, "WEBPUSH", "REGISTER", fact.endpoint))
    if crowded:
        most = engine.state.limits.pushes_per_account_max
        ctx.note("OLDEST_DROPPED", f"An account has {most} browsers to push to; the one not renewed for longest is out")


def _check_dropped(state: State, fact: facts.PushDropped) -> None:
    if not account_rules.is_node(fact.by):
        _check_owner(state, fact)
    if fact.endpoint not in state.pushes.get(fold(fact.account), ()):
        raise Ignored


def _drop(state: State, fact: facts.PushDropped, entry: Entry) -> None:
    _forget(state, fold(fact.account), fact.endpoint)


def _announce_dropped(
    engine: Engine, fact: facts.PushDropped, entry: Entry, nothing: None, ctx: Context | None
) -> None:
    if ctx is not None:
        ctx.line(replies.line(engine.server_name, "WEBPUSH", "UNREGISTER", fact.endpoint))


means(facts.PushRegistered, check=_check_registered, change=_register, announce=_announce_registered)
means(facts.PushDropped, check=_check_dropped, change=_drop, announce=_announce_dropped)
