"""Durable subscriptions: places in the journal that programs keep with their account, by a name (docs/catch-up.md).

Rules:
1. They belong to an account: who is logged in to it sets and drops them, and nobody else hears of them.
2. A place goes forward only, unless its program asks for going back. One that is behind is no mistake: two
   connections of a program may have raced, and the answer is the place that is kept.
3. One that was not set for `cursor_idle_days` goes when the account sets any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcchat.core import facts, replies, rules
from ipcchat.core.apply.meaning import means
from ipcchat.core.errors import Failure
from ipcchat.core.facts import Entry
from ipcchat.core.state import Cursor, State
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold
from ipcchat.wire.times import format_time

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.engine import Engine

MS_PER_DAY = 86_400_000
EVERYTHING = "*"


def of_account(state: State, account: str) -> dict[str, Cursor]:
    """The subscriptions of an account by their names, in the order of those."""
    return dict(sorted(state.cursors.get(fold(account), {}).items()))


def tell(ctx: Context, name: str, cursor: Cursor | None) -> None:
    """One subscription; None when it is over."""
    words = ["*", "*", "*"]
    if cursor is not None:
        targets = ",".join(cursor.targets) or EVERYTHING
        words = [ctx.engine.tagger.msgid(cursor.seq), f"timestamp={format_time(cursor.at)}", targets]
    ctx.line(replies.line(ctx.engine.server_name, "CURSOR", name, *words))


def _check_moved(state: State, fact: facts.CursorMoved) -> None:
    _check_owner(state, fact, fact.account)
    kept = _kept(state, fact.account, fact.at)
    if fact.name not in kept and len(kept) >= state.limits.cursors_per_account_max:
        text = f"There are {len(kept)} cursors already, as many as an account may have: CURSOR DROP one of them first"
        raise Failure(numerics.ERR_UNKNOWNERROR, "CURSOR", "TOO_MANY", fact.name, text=text)


def _check_owner(state: State, fact: facts.Fact, account: str) -> None:
    """Who does it is logged in to the account, which exists. Raises Failure ACCOUNT_REQUIRED."""
    user = rules.actor(state, fact)
    if not user.account or fold(user.account) != fold(account) or state.accounts.find(account) is None:
        text = "The account is another now: log in and do it again"
        raise Failure(numerics.ERR_UNKNOWNERROR, "CURSOR", "ACCOUNT_REQUIRED", text=text)


def _kept(state: State, account: str, at: int) -> dict[str, Cursor]:
    """The subscriptions of an account that are not idle for too long at that time (Unix ms)."""
    since = at - state.limits.cursor_idle_days * MS_PER_DAY
    return {name: cursor for name, cursor in state.cursors.get(fold(account), {}).items() if cursor.at >= since}


def _change_moved(state: State, fact: facts.CursorMoved, entry: Entry) -> Cursor:
    kept = _kept(state, fact.account, fact.at)
    before = kept.get(fact.name)
    seq = fact.seq if before is None or fact.rewind else max(fact.seq, before.seq)
    kept[fact.name] = Cursor(seq, fact.targets, entry.at)
    state.cursors[fold(fact.account)] = kept
    return kept[fact.name]


def _announce_moved(engine: Engine, fact: facts.CursorMoved, entry: Entry, cursor: Cursor, ctx: Context | None) -> None:
    if ctx is not None:
        tell(ctx, fact.name, cursor)


def _check_dropped(state: State, fact: facts.CursorDropped) -> None:
    _check_owner(state, fact, fact.account)
    if fact.name not in of_account(state, fact.account):
        raise unknown(fact.name)


def unknown(name: str) -> Failure:
    """What to say to a name that the account has not."""
    text = "Your account has no cursor of that name: CURSOR LIST shows them, CURSOR SET makes one"
    return Failure(numerics.ERR_UNKNOWNERROR, "CURSOR", "UNKNOWN_NAME", name, text=text)


def _change_dropped(state: State, fact: facts.CursorDropped, entry: Entry) -> None:
    cursors = state.cursors[fold(fact.account)]
    del cursors[fact.name]
    if not cursors:
        del state.cursors[fold(fact.account)]


def _announce_dropped(
    engine: Engine, fact: facts.CursorDropped, entry: Entry, nothing: None, ctx: Context | None
) -> None:
    if ctx is not None:
        tell(ctx, fact.name, None)


means(facts.CursorMoved, check=_check_moved, change=_change_moved, announce=_announce_moved)
means(facts.CursorDropped, check=_check_dropped, change=_change_dropped, announce=_announce_dropped)
