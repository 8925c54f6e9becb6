"""Tokens that log in to accounts: made by their owner, and gone when he, or an operator, takes them back.

Rules:
1. A name stands for one token of an account: a new one of the same name takes the place of the old one.
2. Those that have run out go when the account gets a new one, before they count for the limit.
3. Devices give way: where an account has as many tokens as it may, the oldest of a device goes for a new one of a
   device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcchat.core import account_rules, facts
from ipcchat.core.accounts import Account
from ipcchat.core.apply.meaning import means
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.facts import Entry, Token
from ipcchat.core.state import State
from ipcchat.wire import numerics

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.engine import Engine


def _check(state: State, fact: facts.TokensChanged) -> None:
    account = account_rules.own(state, fact, fact.account)
    tokens, most = _after(account, fact, state.limits.tokens_per_account_max), state.limits.tokens_per_account_max
    if tokens == account.tokens:
        raise Ignored
    if len(tokens) > max(most, len(account.tokens)):
        text = f"An account has at most {most} tokens: TOKEN LIST shows them, TOKEN DEL <name> removes one"
        raise Refusal(numerics.ERR_UNKNOWNERROR, "ACCOUNT", text=text)


def _after(account: Account, fact: facts.TokensChanged, most: int) -> tuple[Token, ...]:
    """The tokens that the account has then."""
    kept = [token for token in account.tokens if token.digest not in fact.removed]
    if fact.added is not None:
        kept = [token for token in kept if token.name != fact.added.name and not _has_ended(token, fact.at)]
        devices = [token for token in kept if token.device]
        if fact.added.device and devices and len(kept) >= most:
            kept.remove(devices[0])
        kept.append(fact.added)
    return tuple(kept)


def _has_ended(token: Token, at: int) -> bool:
    return bool(token.until) and token.until <= at


def _change(state: State, fact: facts.TokensChanged, entry: Entry) -> None:
    account = account_rules.known(state, fact.account)
    state.accounts.change_tokens(account, _after(account, fact, state.limits.tokens_per_account_max))


def _tell_nobody(engine: Engine, fact: facts.Fact, entry: Entry, nothing: None, ctx: Context | None) -> None:
    """The command that asked for it answers."""


means(facts.TokensChanged, check=_check, change=_change, announce=_tell_nobody)
