"""NickServ, for operators of the network who manage accounts: finding, registering, suspending, logging out and
deleting those of others, and giving them another password. All of it goes into the audit log.
"""

from __future__ import annotations

from collections.abc import Iterable

from ipcchat.core import account_rules, audit, facts, names, password_rules
from ipcchat.core.accounts import Account
from ipcchat.core.durations import parse_duration
from ipcchat.core.facts import Credentials
from ipcchat.core.handlers.nickserv import SERVICE, delete, hashed, require_confidential, then_record
from ipcchat.core.handlers.nickserv_settings import find_account, moment
from ipcchat.core.privileges import ACCOUNTS
from ipcchat.core.replies import fitting
from ipcchat.core.services import Asked, service_command
from ipcchat.core.skeletons import skeleton
from ipcchat.wire import masks
from ipcchat.wire.casemap import fold

ROWS_MAX = 100
REASON_BYTES_MAX = 200


@service_command(SERVICE, "LIST", shown=True, privilege=ACCOUNTS)
def list_(asked: Asked, mask: str = "*") -> None:
    """See which accounts there are, by a mask: LIST ann*."""
    wanted = fold(mask)
    found = [account for account in asked.ctx.state.accounts.all() if masks.match(wanted, fold(account.name))]
    _tell_accounts(asked, found, "No account matches.")


def _tell_accounts(asked: Asked, accounts: list[Account], none: str) -> None:
    for account in accounts[:ROWS_MAX]:
        asked.say(", ".join([f"{account.name}: registered {moment(account.created)}", *_remarks(asked, account)]))
    if len(accounts) > ROWS_MAX:
        asked.say(f"Only the first {ROWS_MAX} of {len(accounts)} are shown; give a narrower mask.")
    if not accounts:
        asked.say(none)


def _remarks(asked: Asked, account: Account) -> Iterable[str]:
    """What is special about an account."""
    suspension = account.suspension(asked.ctx.engine.now.wall)
    if not account.verified:
        yield "not verified"
    if suspension is not None:
        until = f" until {moment(suspension.until)}" if suspension.until else ""
        yield f"suspended by {suspension.by}{until}{f' ({suspension.reason})' if suspension.reason else ''}"


@service_command(SERVICE, "SUSPEND", shown=True, privilege=ACCOUNTS, syntax="<account> [<duration>] [<reason>]")
def suspend(asked: Asked, account: str, *words: str) -> None:
    """Nobody can log in to an account, for a while or until UNSUSPEND; who is logged in to it is cut off: SUSPEND ann
    7d spam. A duration is 30m, 12h, 7d, 1d12h and the like."""
    found, ctx = find_account(asked, account), asked.ctx
    if account_rules.is_member(ctx.state, ctx.user, found):
        raise asked.refusal("That is your own account")
    seconds = parse_duration(words[0]) if words else None
    reason = fitting(" ".join(words if seconds is None else words[1:]), REASON_BYTES_MAX)
    until = ctx.engine.now.wall + seconds * 1000 if seconds else 0
    ending = f"until {moment(until)}" if until else f"until UNSUSPEND {found.name}"
    then_record(asked, audit.SUSPENDED, found.name, f"{found.name} is suspended {ending}.", reason)
    ctx.propose(
        facts.AccountSuspended,
        account=found.name,
        reason=reason,
        until=until,
        author=ctx.user.operator or ctx.user.nick,
    )


@service_command(SERVICE, "UNSUSPEND", shown=True, privilege=ACCOUNTS)
def unsuspend(asked: Asked, account: str) -> None:
    """A suspended account may be used again: UNSUSPEND ann."""
    found = find_account(asked, account)
    then_record(asked, audit.RESTORED, found.name, f"{found.name} may be used again.")
    asked.ctx.propose(facts.AccountRestored, account=found.name)


@service_command(SERVICE, "SUSPENSIONS", shown=True, privilege=ACCOUNTS)
def suspensions(asked: Asked) -> None:
    """See which accounts are suspended, by whom, until when and why."""
    now = asked.ctx.engine.now.wall
    found = [account for account in asked.ctx.state.accounts.all() if account.suspension(now) is not None]
    _tell_accounts(asked, found, "No account is suspended.")


@service_command(SERVICE, "SAREGISTER", privilege=ACCOUNTS)
def saregister(asked: Asked, account: str, password: str) -> None:
    """Register an account for somebody: SAREGISTER ann <password>. Tell the password to nobody else, and let ann change
    it with PASSWD."""
    problem = names.nick_problem(account, asked.ctx.engine.limits)
    if problem:
        raise asked.refusal(problem)
    require_confidential(asked)
    password_rules.require_good(password, account, asked.ctx.engine.limits)
    asked.ctx.engine.check(_registration(asked, account, Credentials()))
    hashed(asked, password, lambda credentials: _register(asked, account, credentials))


def _registration(asked: Asked, name: str, credentials: Credentials) -> facts.AccountRegistered:
    engine = asked.ctx.engine
    return facts.AccountRegistered(
        engine.next_id(),
        engine.now.wall,
        asked.ctx.user.uid,
        account=name,
        credentials=credentials,
        skeleton=skeleton(name),
    )


def _register(asked: Asked, name: str, credentials: Credentials) -> None:
    then_record(asked, audit.REGISTERED, name, f"{name} is registered.")
    asked.ctx.put(_registration(asked, name, credentials))


@service_command(SERVICE, "SADROP", shown=True, privilege=ACCOUNTS)
def sadrop(asked: Asked, account: str, code: str = "") -> None:
    """Delete somebody's account, with its nicks and channels: SADROP ann tells you what to type then."""
    delete(asked, "SADROP", find_account(asked, account), code)


@service_command(SERVICE, "SALOGOUT", shown=True, privilege=ACCOUNTS)
def salogout(asked: Asked, account: str) -> None:
    """Log somebody out everywhere: his connections end, and browsers in which he stayed logged in ask for his password
    again: SALOGOUT ann. Tokens of programs stay; RESETPASS gives the account another password."""
    found, ctx = find_account(asked, account), asked.ctx
    if account_rules.is_member(ctx.state, ctx.user, found):
        raise asked.refusal("That is your own account; CLOSE OTHERS ends your other connections")
    devices = tuple(token.digest for token in found.tokens if token.device)
    sessions = [(user, each.id) for user in account_rules.users_of(ctx.state, found) for each in user.sessions]
    if not devices and not sessions:
        raise asked.refusal(f"{found.name} has no connections, and no browser stays logged in")
    then_record(asked, audit.LOGGED_OUT, found.name, f"{found.name} is logged out everywhere.")
    if devices:
        ctx.propose(facts.TokensChanged, account=found.name, removed=devices)
    for user, session in sessions:
        ids = ctx.engine.next_id(), ctx.engine.now.wall, user.uid
        ctx.put(facts.UserLeft(*ids, reason="Logged out by an operator", session=session))


@service_command(SERVICE, "RESETPASS", privilege=ACCOUNTS)
def resetpass(asked: Asked, account: str, new_password: str) -> None:
    """Give somebody's account another password: RESETPASS ann <password>. Who is logged in to it is cut off and has to
    log in again."""
    found = find_account(asked, account)
    require_confidential(asked)
    password_rules.require_good(new_password, found.name, asked.ctx.engine.limits)
    hashed(asked, new_password, lambda credentials: _reset(asked, found.name, credentials))


def _reset(asked: Asked, name: str, credentials: Credentials) -> None:
    then_record(asked, audit.PASSWORD_RESET, name, f"{name} has another password.")
    asked.ctx.propose(facts.PasswordChanged, account=name, credentials=credentials)
