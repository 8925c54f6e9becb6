"""Who may change an account, and who is logged in to it: the questions that checks, logins and services share.

Nothing here changes anything. Times are Unix ms.
"""

from __future__ import annotations

from ipcchat.core import facts, rules
from ipcchat.core.accounts import Account
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.privileges import ACCOUNTS
from ipcchat.core.state import State, User
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold


def is_stale(account: Account, at: int) -> bool:
    """Whether the account was never verified, and its code does not count any more: everybody may register it anew."""
    return not account.verified and at >= account.code_until


def users_of(state: State, account: Account) -> list[User]:
    """Who is logged in to the account, in the order of arriving."""
    name = fold(account.name)
    return [user for user in state.users.values() if user.account and fold(user.account) == name]


def is_member(state: State, user: User, account: Account) -> bool:
    """Whether the user is logged in to that account."""
    return bool(user.account) and state.accounts.find(user.account) is account


def is_node(by: str) -> bool:
    """Whether that is a node, which speaks for somebody who is not here yet; the ids of users have a dot."""
    return "." not in by


def author(state: State, fact: facts.Fact) -> User | None:
    """The user who did it; None for a node. Raises Ignored when he is gone."""
    if is_node(fact.by):
        return None
    user = state.users.get(fact.by)
    if user is None:
        raise Ignored
    return user


def managed(state: State, fact: facts.Fact, name: str) -> Account:
    """The account of that name, for an operator who may manage accounts. Raises Refusal 481, 723 or
    400."""
    user = author(state, fact)
    if user is None:
        raise Refusal(numerics.ERR_NOPRIVILEGES)
    rules.require_privilege(user, ACCOUNTS)
    return known(state, name)


def own(state: State, fact: facts.Fact, name: str) -> Account:
    """The account of that name, for who is logged in to it and for operators who may manage accounts. Others do not
    learn whether it exists. Raises Refusal 481 or 400."""
    user = author(state, fact)
    account = state.accounts.find(name)
    if user is not None and account is not None and is_member(state, user, account):
        return account
    if user is None or not rules.has_privilege(user, ACCOUNTS):
        text = "Permission denied: log in to that account first"
        raise Refusal(numerics.ERR_NOPRIVILEGES, text=text)
    return known(state, name)


def known(state: State, name: str) -> Account:
    """The account of that name. Raises Refusal 400."""
    account = state.accounts.find(name)
    if account is None:
        raise Refusal(numerics.ERR_UNKNOWNERROR, "ACCOUNT", name or "*", text="There is no account of that name")
    return account
