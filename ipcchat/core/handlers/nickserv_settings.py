"""NickServ: what belongs to an account (certificates, nicks), how it is set, and what others may know of it.

Rules:
1. Others learn the name of an account, since when it is there, when it was seen last, and its nicks; of a private one
   only that it is there. Its mail address and certificates are for its owner and for operators who manage accounts.
2. An account that was not verified yet does not exist for others.
"""

from __future__ import annotations

import re

from ipcchat.core import account_rules, facts, rules
from ipcchat.core.accounts import ACCOUNT_SETTINGS, ALWAYS_ON, PRIVATE, REPLAY, Account
from ipcchat.core.facts import Credentials
from ipcchat.core.handlers.nickserv import SERVICE, own_account
from ipcchat.core.privileges import ACCOUNTS
from ipcchat.core.services import Asked, service_command
from ipcchat.core.skeletons import skeleton
from ipcchat.core.targets import quotable
from ipcchat.wire.casemap import fold
from ipcchat.wire.times import format_time

DEFAULT = "default"
OPTIONS = {"ALWAYSON": ALWAYS_ON, "ALWAYS-ON": ALWAYS_ON, "PRIVATE": PRIVATE, "REPLAY": REPLAY}
SETTINGS_OFFERED = "ALWAYSON on|off|default, PRIVATE on|off|default, REPLAY on|off|default, NOPASSWORD"
NO_ACCOUNT = "There is no account of that name, and no account has that nick"
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


def moment(at: int) -> str:
    """A time (Unix ms) for people."""
    return f"{format_time(at)[:16].replace('T', ' ')} UTC"


def find_account(asked: Asked, name: str) -> Account:
    """The account of that name, or which has that nick. Raises Refusal."""
    accounts = asked.ctx.state.accounts
    account = accounts.find(name) or accounts.owner(name)
    if account is None or not (account.verified or _may_see_all(asked, account)):
        raise asked.refusal(NO_ACCOUNT)
    return account


def _may_see_all(asked: Asked, account: Account) -> bool:
    user = asked.ctx.user
    return account_rules.is_member(asked.ctx.state, user, account) or rules.has_privilege(user, ACCOUNTS)


# Certificates.


@service_command(SERVICE, "CERT", shown=True, syntax="ADD|DEL|LIST [<fingerprint>]")
def cert(asked: Asked, action: str, fingerprint: str = "") -> None:
    """Log in by a TLS certificate in place of a password: CERT ADD takes the one that your client shows now, CERT ADD
    <SHA-256 fingerprint> another. CERT LIST shows those that you have, CERT DEL removes one."""
    account, wanted = own_account(asked), action.upper()
    if wanted == "LIST":
        _list_certificates(asked, account)
    elif wanted == "ADD":
        _add_certificate(asked, account, _fingerprint(asked, fingerprint))
    elif wanted in ("DEL", "DELETE", "REMOVE"):
        _remove_certificate(asked, account, _fingerprint(asked, fingerprint))
    else:
        raise asked.refusal("Say CERT ADD, CERT DEL or CERT LIST")


def _list_certificates(asked: Asked, account: Account) -> None:
    shown = asked.ctx.session.certificate
    for fingerprint in account.certificates:
        asked.say(f"{fingerprint}{' (the one that you show now)' if fingerprint == shown else ''}")
    if not account.certificates:
        asked.say("Your account has no certificates. CERT ADD adds the one that your client shows.")


def _add_certificate(asked: Asked, account: Account, fingerprint: str) -> None:
    if fingerprint in account.certificates:
        raise asked.refusal("Your account has that certificate already")
    asked.then_say(f"The certificate {fingerprint} logs in to {account.name} from now on.")
    asked.ctx.propose(facts.CertificatesChanged, account=account.name, added=(fingerprint,))


def _remove_certificate(asked: Asked, account: Account, fingerprint: str) -> None:
    if fingerprint not in account.certificates:
        raise asked.refusal("Your account has no such certificate; CERT LIST shows those that it has")
    if account.certificates == (fingerprint,) and not account.credentials.password_hash:
        raise asked.refusal("Nothing else logs in to your account: give it a password first, PASSWD <new password>")
    asked.then_say(f"The certificate {fingerprint} does not log in to {account.name} any more.")
    asked.ctx.propose(facts.CertificatesChanged, account=account.name, removed=(fingerprint,))


def _fingerprint(asked: Asked, written: str) -> str:
    """The fingerprint that somebody means: that of his own certificate, where he names none. Raises Refusal."""
    if not written:
        own = asked.ctx.session.certificate
        if not own:
            raise asked.refusal("Your client shows no certificate; name one by its SHA-256 fingerprint")
        return own
    fingerprint = written.replace(":", "").lower()
    if not _FINGERPRINT.fullmatch(fingerprint):
        raise asked.refusal("A fingerprint is SHA-256: 64 hexadecimal digits, with or without colons")
    return fingerprint


# Nicks.


@service_command(SERVICE, "GROUP", "LINK")
def group(asked: Asked) -> None:
    """Make the nick that you have now one of your account's, so that nobody else can take it: NICK ann-at-work, then
    GROUP."""
    account, nick = own_account(asked), asked.ctx.user.nick
    if asked.ctx.state.accounts.owner(nick) is account:
        raise asked.refusal(f"{nick} belongs to {account.name} already")
    asked.then_say(f"{nick} belongs to {account.name} from now on.")
    asked.ctx.propose(facts.NicksGrouped, account=account.name, added=((nick, skeleton(nick)),))


@service_command(SERVICE, "UNGROUP", "UNLINK", shown=True)
def ungroup(asked: Asked, nick: str = "") -> None:
    """Give back a nick of your account, the one that you have now or another: UNGROUP ann-at-work. The name of the
    account is always one of its nicks."""
    account, wanted = own_account(asked), fold(nick or asked.ctx.user.nick)
    if wanted == fold(account.name):
        raise asked.refusal("The name of the account stays one of its nicks; UNREGISTER gives up the account")
    grouped = next((each for each in account.nicks if fold(each) == wanted), "")
    if not grouped:
        raise asked.refusal(f"{quotable(nick or asked.ctx.user.nick)} is none of your account's nicks; INFO shows them")
    asked.then_say(f"{grouped} does not belong to {account.name} any more.")
    asked.ctx.propose(facts.NicksGrouped, account=account.name, removed=(grouped,))


# Settings.


@service_command(SERVICE, "SET", shown=True, syntax="ALWAYSON|PRIVATE|REPLAY on|off|default, or NOPASSWORD")
def set_(asked: Asked, option: str, value: str = "") -> None:
    """Change a setting of your account. SET ALWAYSON on keeps you in the chat while you have no connection, off does
    not, default is as the network has it. SET PRIVATE on: INFO tells others nothing of it. SET REPLAY off: clients
    that cannot ask for history (CHATHISTORY) are not told of it by themselves. SET NOPASSWORD: only certificates log
    in. PASSWD changes the password."""
    account, wanted = own_account(asked), option.upper()
    if wanted == "NOPASSWORD":
        _drop_password(asked, account)
    elif wanted in OPTIONS:
        _change_setting(asked, account, OPTIONS[wanted], value.lower())
    else:
        raise asked.refusal(f"There are these settings: {SETTINGS_OFFERED}. PASSWD changes the password")


def _change_setting(asked: Asked, account: Account, name: str, value: str) -> None:
    if value not in (*ACCOUNT_SETTINGS[name], DEFAULT):
        now = account.settings.get(name, DEFAULT)
        raise asked.refusal(f"{name} is {now}; it can be {', '.join(ACCOUNT_SETTINGS[name])} or {DEFAULT}")
    if account.settings.get(name, DEFAULT) == value:
        raise asked.refusal(f"{name} is {value} already")
    asked.then_say(f"{name} is {value} from now on.{_reservation(asked, name)}")
    written = "" if value == DEFAULT else value
    asked.ctx.propose(facts.AccountSet, account=account.name, name=name, value=written)


def _reservation(asked: Asked, name: str) -> str:
    """What the network says about a setting, whatever somebody wants."""
    words = {"disabled": "nobody stays without a connection", "mandatory": "everybody with an account stays"}
    rule = words.get(asked.ctx.state.policy.always_on, "") if name == ALWAYS_ON else ""
    return f" It has no effect at the moment: on this network {rule}." if rule else ""


def _drop_password(asked: Asked, account: Account) -> None:
    if not account.certificates:
        raise asked.refusal("Nothing else would log in to your account: add a certificate first (HELP CERT)")
    if account.credentials == Credentials():
        raise asked.refusal("Your account has no password")
    asked.then_say(f"{account.name} has no password any more: its certificates log in to it.")
    kept = asked.ctx.session.id
    asked.ctx.propose(facts.PasswordChanged, account=account.name, credentials=Credentials(), kept=kept)


# What there is to know.


@service_command(SERVICE, "INFO", shown=True)
def info(asked: Asked, account: str = "") -> None:
    """See what an account is, your own or another one, by its name or one of its nicks: INFO ann."""
    found = find_account(asked, account) if account else own_account(asked)
    asked.say(f"{found.name} is registered since {moment(found.created)}.")
    if _may_see_all(asked, found):
        _tell_public(asked, found)
        _tell_own(asked, found)
    elif found.settings.get(PRIVATE) != "on":
        _tell_public(asked, found)


def _tell_public(asked: Asked, account: Account) -> None:
    users = account_rules.users_of(asked.ctx.state, account)
    if any(user.sessions for user in users):
        asked.say(f"Here now, as {', '.join(user.nick for user in users)}.")
    else:
        asked.say(f"Last seen {moment(account.seen)}.")
    if account.nicks:
        asked.say(f"Nicks besides its name: {', '.join(account.nicks)}.")


def _tell_own(asked: Asked, account: Account) -> None:
    """What only the owner and operators get to know."""
    suspension = account.suspension(asked.ctx.engine.now.wall)
    if not account.verified:
        asked.say(f"It waits for the code that was mailed, until {moment(account.code_until)}.")
    if suspension is not None:
        until = f"until {moment(suspension.until)}" if suspension.until else "until it is restored"
        asked.say(f"Suspended by {suspension.by} {until}{f': {suspension.reason}' if suspension.reason else '.'}")
    asked.say(f"Mail address: {account.email or 'none'}. Password: {_has(account.credentials.password_hash)}.")
    asked.say(f"Certificates: {len(account.certificates)}.")
    for name in ACCOUNT_SETTINGS:
        asked.say(f"{name}: {account.settings.get(name, DEFAULT)}.")


def _has(value: str) -> str:
    return "yes" if value else "none"


@service_command(SERVICE, "STATUS", shown=True)
def status(asked: Asked, *nicks: str) -> None:
    """Ask whether people are logged in to the account that their nick belongs to: STATUS ann. The number is 3 for yes,
    1 for no, 0 where nobody is here or the nick belongs to no account; the account he is logged in to follows."""
    for nick in nicks or (asked.ctx.user.nick,):
        asked.say(f"STATUS {quotable(nick)} {_standing(asked, nick)}")


@service_command(SERVICE, "ACC", shown=True)
def acc(asked: Asked, *nicks: str) -> None:
    """The same as STATUS, as other services write it: ACC ann is answered by ann ACC 3 ann."""
    for nick in nicks or (asked.ctx.user.nick,):
        asked.say(f"{quotable(nick)} ACC {_standing(asked, nick)}")


def _standing(asked: Asked, nick: str) -> str:
    state = asked.ctx.state
    user, account = state.nicks.find(nick), state.accounts.owner(nick)
    if user is None:
        return "0"
    if account is None or not account.verified:
        return f"0 {user.account}".rstrip()
    return f"{3 if account_rules.is_member(state, user, account) else 1} {user.account}".rstrip()
