"""Accounts: registered, verified, changed, suspended and deleted.

Rules:
1. An account is changed by who is logged in to it, and by operators with the privilege for it. A node may register and
   verify one: it speaks for somebody who is not here yet.
2. Nobody registers or groups a name that another one has now, or one that looks like it, or one whose account was
   deleted lately.
3. Who is logged in to an account that is suspended or deleted, or whose password is another now, is cut off at this
   place of the order, on every node.
4. An account that was never verified is as good as none when its code has run out.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

import msgspec

from ipcchat.core import account_rules, facts, rules
from ipcchat.core.accounts import ACCOUNT_SETTINGS, Account, Suspension
from ipcchat.core.apply.departures import Ending, end, end_all, tell_end
from ipcchat.core.apply.meaning import means
from ipcchat.core.errors import Failure, Ignored, Refusal
from ipcchat.core.facts import Entry
from ipcchat.core.privileges import ACCOUNTS
from ipcchat.core.state import State, User
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold

if TYPE_CHECKING:
    from ipcchat.core.context import Context
    from ipcchat.core.engine import Engine

LOCKDOWN_REGISTRATION = 4
"""At this level of lockdown and below nobody registers an account."""


class Severance(msgspec.Struct, frozen=True):
    """The connections that are cut off, and perhaps their users, and why."""

    endings: list[Ending]
    reason: str


# Registering.


def _check_registered(state: State, fact: facts.AccountRegistered) -> None:
    user = account_rules.author(state, fact)
    managing = user is not None and rules.has_privilege(user, ACCOUNTS)
    if not managing:
        _require_open(state, user, fact)
    _require_free_name(state, fact, None if managing else user)
    if any(state.accounts.of_certificate(fingerprint) is not None for fingerprint in fact.certificates):
        text = "That certificate logs in to another account; take it away there first"
        raise Failure(numerics.ERR_UNKNOWNERROR, "REGISTER", "ACCOUNT_EXISTS", fact.account, text=text)
    if len(state.accounts) >= state.limits.accounts_max:
        text = "There are as many accounts as this network can have; ask an operator of the network"
        raise Failure(numerics.ERR_UNKNOWNERROR, "REGISTER", "TEMPORARILY_UNAVAILABLE", fact.account, text=text)


def _require_open(state: State, user: User | None, fact: facts.AccountRegistered) -> None:
    """Everybody may register, and this one has no account yet. Raises Failure."""
    if user is not None and user.account:
        text = f"You are logged in to {user.account} already"
        raise Failure(numerics.ERR_UNKNOWNERROR, "REGISTER", "ALREADY_AUTHENTICATED", user.account, text=text)
    if not state.policy.accounts_open:
        text = "Only operators of the network register accounts here; ask one"
        raise Failure(numerics.ERR_UNKNOWNERROR, "REGISTER", "TEMPORARILY_UNAVAILABLE", fact.account, text=text)
    if state.lockdown <= LOCKDOWN_REGISTRATION:
        text = "Nobody can register an account at the moment; try again later"
        raise Failure(numerics.ERR_UNKNOWNERROR, "REGISTER", "TEMPORARILY_UNAVAILABLE", fact.account, text=text)


def _require_free_name(state: State, fact: facts.AccountRegistered, user: User | None) -> None:
    """No account has the name or looks like it, none had it lately, and nobody else is here under it. An operator who
    registers for others (`user` is None and it is no node) may take the nick of who is here. Raises Failure."""
    name, problem = fact.account, ""
    owner = state.accounts.owner(name)
    if owner is not None and not _gives_way(owner, name, fact.at):
        problem = "That account exists already; choose another name, or log in to it"
    elif _similar_account(state, name, fact.skeleton, fact.at) is not None:
        problem = "An account has a name that looks like this one; choose another"
    elif is_retired(state, name, fact.at):
        problem = "That name belonged to an account that was deleted lately; choose another"
    elif (user is not None or account_rules.is_node(fact.by)) and _is_taken(state, name, fact.skeleton, user):
        problem = "Somebody else uses that nick, or one that looks like it; choose another"
    if problem:
        raise Failure(numerics.ERR_UNKNOWNERROR, "REGISTER", "ACCOUNT_EXISTS", name, text=problem)


def _gives_way(owner: Account, name: str, at: int) -> bool:
    """Whether it is the account of that very name, and was not verified in time."""
    return fold(owner.name) == fold(name) and account_rules.is_stale(owner, at)


def _similar_account(state: State, name: str, skeleton: str, at: int) -> Account | None:
    found = state.accounts.lookalike(name, skeleton)
    return None if found is None or account_rules.is_stale(found, at) else found


def is_retired(state: State, name: str, at: int) -> bool:
    """Whether the account of that name was deleted so lately that nobody else may have it at that time (Unix ms)."""
    return state.accounts.retired.get(fold(name), 0) > at


def _is_taken(state: State, name: str, skeleton: str, user: User | None) -> bool:
    """Whether somebody other than `user` is here under that nick, or one that looks like it."""
    holder = state.nicks.find(name) or state.nicks.find(state.lookalike(name, skeleton))
    return holder is not None and holder is not user


def _register(state: State, fact: facts.AccountRegistered, entry: Entry) -> None:
    for stale in (state.accounts.find(fact.account), state.accounts.lookalike(fact.account, fact.skeleton)):
        if stale is not None:
            state.accounts.remove(stale)
    account = Account(
        fact.account,
        entry.at,
        fact.credentials,
        fact.email,
        fact.skeleton,
        fact.code_hash,
        fact.code_until,
        fact.certificates,
        seen=entry.at,
        since=entry.seq,
    )
    state.accounts.add(account)


def _check_verified(state: State, fact: facts.AccountVerified) -> None:
    account_rules.author(state, fact)
    account = state.accounts.find(fact.account)
    waits = account is not None and hmac.compare_digest(account.code_hash.encode(), fact.code_hash.encode())
    if account is None or account.verified or not waits or account_rules.is_stale(account, fact.at):
        text = "That code is wrong or has run out; register again to get another"
        raise Failure(numerics.ERR_UNKNOWNERROR, "VERIFY", "INVALID_CODE", fact.account, text=text)


def _verify(state: State, fact: facts.AccountVerified, entry: Entry) -> None:
    account = account_rules.known(state, fact.account)
    account.code_hash, account.code_until = "", 0


# What the owner changes.


def _check_password(state: State, fact: facts.PasswordChanged) -> None:
    account_rules.own(state, fact, fact.account)


def _change_password(state: State, fact: facts.PasswordChanged, entry: Entry) -> Severance:
    account = account_rules.known(state, fact.account)
    account.credentials = fact.credentials
    state.accounts.change_tokens(account, tuple(token for token in account.tokens if not token.device))
    endings = [
        end(state, user, [each.id for each in user.sessions if each.id != fact.kept], entry.at)
        for user in account_rules.users_of(state, account)
    ]
    return Severance(endings, f"The password of {account.name} was changed")


def _check_setting(state: State, fact: facts.AccountSet) -> None:
    account = account_rules.own(state, fact, fact.account)
    values = ACCOUNT_SETTINGS.get(fact.name)
    if values is None:
        text = f"There is no such setting; there are {', '.join(ACCOUNT_SETTINGS)}"
        raise Refusal(numerics.ERR_UNKNOWNERROR, "ACCOUNT", text=text)
    if fact.value and fact.value not in values:
        text = f"{fact.name} can be {', '.join(values)}, or default"
        raise Refusal(numerics.ERR_UNKNOWNERROR, "ACCOUNT", text=text)
    if account.settings.get(fact.name, "") == fact.value:
        raise Ignored


def _change_setting(state: State, fact: facts.AccountSet, entry: Entry) -> Severance:
    account = account_rules.known(state, fact.account)
    settings = {name: value for name, value in account.settings.items() if name != fact.name}
    account.settings = settings | ({fact.name: fact.value} if fact.value else {})
    return _end_absent(state, account, entry)


def _check_certificates(state: State, fact: facts.CertificatesChanged) -> None:
    account = account_rules.own(state, fact, fact.account)
    for fingerprint in fact.added:
        if state.accounts.of_certificate(fingerprint) not in (None, account):
            text = "That certificate logs in to another account; take it away there first"
            raise Refusal(numerics.ERR_UNKNOWNERROR, "ACCOUNT", text=text)
    certificates = _certificates_after(account, fact)
    most = state.limits.certificates_per_account_max
    if certificates == account.certificates:
        raise Ignored
    if len(certificates) > max(most, len(account.certificates)):
        text = f"An account has at most {most} certificates; remove one first"
        raise Refusal(numerics.ERR_UNKNOWNERROR, "ACCOUNT", text=text)


def _certificates_after(account: Account, fact: facts.CertificatesChanged) -> tuple[str, ...]:
    kept = [fingerprint for fingerprint in account.certificates if fingerprint not in fact.removed]
    return tuple(dict.fromkeys([*kept, *fact.added]))


def _change_certificates(state: State, fact: facts.CertificatesChanged, entry: Entry) -> None:
    account = account_rules.known(state, fact.account)
    state.accounts.change(account, nicks=account.nicks, certificates=_certificates_after(account, fact))


def _check_nicks(state: State, fact: facts.NicksGrouped) -> None:
    account = account_rules.own(state, fact, fact.account)
    for nick, skeleton in fact.added:
        _require_groupable(state, account, nick, skeleton, fact.at)
    nicks = _nicks_after(account, fact)
    most = state.limits.nicks_per_account_max
    if nicks == account.nicks:
        raise Ignored
    if len(nicks) > max(most, len(account.nicks)):
        text = f"An account has at most {most} nicks besides its name; ungroup one first"
        raise Refusal(numerics.ERR_UNKNOWNERROR, "ACCOUNT", _nick_of(fact), text=text)


def _nick_of(fact: facts.NicksGrouped) -> str:
    """The nick that a refusal is about."""
    return fact.added[0][0] if fact.added else "*"


def _require_groupable(state: State, account: Account, nick: str, skeleton: str, at: int) -> None:
    """Nobody but the account has or uses the nick, or one that looks like it. Raises Refusal 433."""
    holder = state.nicks.find(nick) or state.nicks.find(state.lookalike(nick, skeleton))
    if state.accounts.owner(nick) not in (None, account) or is_retired(state, nick, at):
        problem = "That nick belongs to another account; choose another"
    elif state.accounts.lookalike(nick, skeleton) not in (None, account):
        problem = "That nick looks like one of another account; choose another"
    elif holder is not None and not account_rules.is_member(state, holder, account):
        problem = "Somebody else uses that nick, or one that looks like it; choose another"
    else:
        return
    raise Refusal(numerics.ERR_NICKNAMEINUSE, nick, text=problem)


def _nicks_after(account: Account, fact: facts.NicksGrouped) -> dict[str, str]:
    """The grouped nicks; the account's name is its own anyway."""
    removed = {fold(nick) for nick in fact.removed}
    nicks = {nick: skeleton for nick, skeleton in account.nicks.items() if fold(nick) not in removed}
    own = {fold(account.name), *map(fold, nicks)}
    return nicks | {nick: skeleton for nick, skeleton in fact.added if fold(nick) not in own}


def _change_nicks(state: State, fact: facts.NicksGrouped, entry: Entry) -> Severance:
    account = account_rules.known(state, fact.account)
    state.accounts.change(account, nicks=_nicks_after(account, fact), certificates=account.certificates)
    return _end_absent(state, account, entry)


def _end_absent(state: State, account: Account, entry: Entry) -> Severance:
    """Users without a connection who do not stay any more are gone."""
    users = account_rules.users_of(state, account)
    absent = [user for user in users if not (user.sessions or user.lost or state.stays(user))]
    return Severance([end_all(state, user, entry.at) for user in absent], "Not connected")


def _tell_nobody(engine: Engine, fact: facts.Fact, entry: Entry, nothing: None, ctx: Context | None) -> None:
    """The command that asked for it answers."""


# What operators of the network do.


def _check_suspended(state: State, fact: facts.AccountSuspended) -> None:
    account_rules.managed(state, fact, fact.account)


def _suspend(state: State, fact: facts.AccountSuspended, entry: Entry) -> Severance:
    account = account_rules.known(state, fact.account)
    account.suspended = Suspension(fact.reason, fact.author, entry.at, fact.until)
    return _end_users(state, account, _suspended_words(account), entry)


def _suspended_words(account: Account) -> str:
    reason = account.suspended.reason if account.suspended else ""
    return f"The account {account.name} is suspended" + (f": {reason}" if reason else "")


def _check_restored(state: State, fact: facts.AccountRestored) -> None:
    account = account_rules.managed(state, fact, fact.account)
    if account.suspension(fact.at) is None:
        text = f"{account.name} is not suspended"
        raise Refusal(numerics.ERR_UNKNOWNERROR, "ACCOUNT", account.name, text=text)


def _restore(state: State, fact: facts.AccountRestored, entry: Entry) -> None:
    account_rules.known(state, fact.account).suspended = None


# Deleting.


def _check_deleted(state: State, fact: facts.AccountDeleted) -> None:
    account_rules.own(state, fact, fact.account)


def _delete(state: State, fact: facts.AccountDeleted, entry: Entry) -> Severance:
    account = account_rules.known(state, fact.account)
    severance = _end_users(state, account, f"The account {account.name} was deleted", entry)
    _leave_channels(state, account)
    state.accounts.remove(account)
    state.forget_account(account.name)
    retired = {name: until for name, until in state.accounts.retired.items() if until > entry.at}
    state.accounts.retired = retired | ({fold(account.name): fact.free_at} if fact.free_at > entry.at else {})
    return severance


def _leave_channels(state: State, account: Account) -> None:
    """The channels that it founded are registered no longer, and it has access to none."""
    name = fold(account.name)
    for channel in list(state.channels.values()):
        if channel.founder and fold(channel.founder) == name:
            state.unregister(channel)
        elif channel.access:
            channel.access = {other: modes for other, modes in channel.access.items() if fold(other) != name}


# Cutting off.


def _end_users(state: State, account: Account, reason: str, entry: Entry) -> Severance:
    """Everybody who is logged in to the account is gone."""
    users = account_rules.users_of(state, account)
    return Severance([end_all(state, user, entry.at) for user in users], reason)


def _announce_severance(
    engine: Engine, fact: facts.Fact, entry: Entry, severance: Severance, ctx: Context | None
) -> None:
    """The connections of this node are closed; the one that asked for it is answered by that."""
    ended = {session for ending in severance.endings for session in ending.sessions}
    if ctx is not None and ctx.session.id in ended:
        ctx.session.user = None
        ctx.close(severance.reason)
    for ending in severance.endings:
        tell_end(engine, entry, ending, severance.reason, 0, severance.reason)


means(facts.AccountRegistered, check=_check_registered, change=_register, announce=_tell_nobody)
means(facts.AccountVerified, check=_check_verified, change=_verify, announce=_tell_nobody)
means(facts.PasswordChanged, check=_check_password, change=_change_password, announce=_announce_severance)
means(facts.AccountSet, check=_check_setting, change=_change_setting, announce=_announce_severance)
means(facts.CertificatesChanged, check=_check_certificates, change=_change_certificates, announce=_tell_nobody)
means(facts.NicksGrouped, check=_check_nicks, change=_change_nicks, announce=_announce_severance)
means(facts.AccountSuspended, check=_check_suspended, change=_suspend, announce=_announce_severance)
means(facts.AccountRestored, check=_check_restored, change=_restore, announce=_tell_nobody)
means(facts.AccountDeleted, check=_check_deleted, change=_delete, announce=_announce_severance)
