"""NickServ, the way to accounts for people and for clients that know no SASL: getting one, logging in and out, the
password, and giving it up.

Rules:
1. The same code does it as for clients that know better: REGISTER and VERIFY are those of IRCv3, IDENTIFY compares and
   counts as AUTHENTICATE does.
2. A password is looked at only where nobody between can read it, and shown to nobody.
3. Who is logged in to the account that his nick belongs to gives up the nick first.

Everything else about one's account is in nickserv_settings.py, its connections in nickserv_sessions.py, and what
operators do in nickserv_admin.py.
"""

from __future__ import annotations

from collections.abc import Callable

from ipcchat.core import audit, facts, password_rules
from ipcchat.core.accounts import Account
from ipcchat.core.effects import Hashed, HashPassword
from ipcchat.core.errors import Refusal
from ipcchat.core.facts import Credentials
from ipcchat.core.handlers import account_registration
from ipcchat.core.handlers.authentication import become, by_password, tell_account
from ipcchat.core.handlers.services import advise
from ipcchat.core.keyed import keyed
from ipcchat.core.sasl import Denied
from ipcchat.core.services import Asked, service_command
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold

SERVICE = "NickServ"
NO_EMAIL = "*"
CODE_CHARACTERS = 8
WRONG = "Wrong account or password"

# What people type who know services from elsewhere, and what there is instead.
INSTEAD = {
    "RELEASE": "Nothing is held back from you here: log in, then NICK <nick>; REGAIN <nick> if somebody has it.",
    "SENDPASS": "No password is mailed. An operator of the network can give your account another one: STATS p lists"
    " those who are here.",
    "ACCESS": "Nobody is known by his host here: log in with your password, or with a certificate (HELP CERT).",
}


def own_account(asked: Asked) -> Account:
    """The account that somebody is logged in to. Raises Refusal."""
    ctx = asked.ctx
    account = ctx.state.accounts.find(ctx.user.account) if ctx.user.account else None
    if account is None:
        text = "You are not logged in. IDENTIFY <account> <password>, or REGISTER <password> if you have no account yet"
        raise asked.refusal(text)
    return account


def require_confidential(asked: Asked) -> None:
    """Nobody between could read the password. Raises Refusal."""
    if not asked.ctx.session.confidential:
        text = "A password may not travel unencrypted, so it was not looked at: connect with TLS. Use another password"
        raise asked.refusal(f"{text} than the one that you just sent")


def then_record(asked: Asked, kind: str, account: str, said: str, text: str = "") -> None:
    """Put it into the audit log, and say it, when everything that was proposed has happened."""

    def tell() -> None:
        audit.write(asked.ctx.engine, kind, asked.ctx.session, account, text)
        asked.say(said)

    asked.ctx.then = tell


@service_command(SERVICE, "REGISTER", syntax="<password> [<email>]")
def register(asked: Asked, password: str, email: str = NO_EMAIL, *more: str) -> None:
    """Get an account with the name of your nick, so that nobody else can take it: REGISTER <password>, or with your
    mail address where this server wants one. A password given here has no spaces."""
    if more:
        raise asked.refusal("A password given here has no spaces: REGISTER <password> [<email>]")
    account_registration.register(asked.ctx, "*", email, password)


@service_command(SERVICE, "VERIFY", "CONFIRM")
def verify(asked: Asked, account: str, code: str) -> None:
    """Give the code that was mailed to you when you registered: VERIFY ann <code>."""
    account_registration.verify(asked.ctx, account, code)


@service_command(SERVICE, "IDENTIFY", "LOGIN", "ID", "AUTH", syntax="[<account>] <password>")
def identify(asked: Asked, account: str, *password: str) -> None:
    """Log in to your account: IDENTIFY <password> for the one that your nick belongs to, IDENTIFY ann <password> for
    another. Better let your client log in by itself, with SASL: then the nick is yours from the beginning."""
    ctx = asked.ctx
    name, secret = (account, " ".join(password)) if password else (ctx.user.nick, account)
    prove(asked, name, secret, lambda found: _log_in(asked, found))


def prove(asked: Asked, name: str, password: str, then: Callable[[str], None]) -> None:
    """Somebody gives the password of an account; `then` gets its name when it is right. Raises Refusal."""
    if not asked.ctx.engine.settings.has_passwords:
        raise asked.refusal("Nobody logs in by a password on this server; it was not looked at")
    require_confidential(asked)

    def refused(denied: Denied) -> Refusal:
        reason = denied.reason[:1].upper() + denied.reason[1:]
        return asked.refusal(reason or WRONG)

    by_password(asked.ctx, name, password, then, refused)


def _log_in(asked: Asked, name: str) -> None:
    become(asked.ctx, name, lambda: _logged_in(asked, name))


def _logged_in(asked: Asked, name: str) -> None:
    ctx = asked.ctx
    tell_account(ctx, name)
    asked.say(f"You are logged in as {name}.{_advice_on_nick(asked, name)}")


def _advice_on_nick(asked: Asked, name: str) -> str:
    """What to do about a nick that is not the account's."""
    accounts = asked.ctx.state.accounts
    if accounts.owner(asked.ctx.user.nick) is accounts.find(name):
        return ""
    if asked.ctx.state.nicks.find(name) is None:
        return f" Your nick is none of its nicks: NICK {name} takes its own, GROUP adds the one that you have."
    return f" Its nick is in use: REGAIN {name} takes it back, GROUP adds the one that you have."


@service_command(SERVICE, "LOGOUT")
def logout(asked: Asked) -> None:
    """Log out of your account without leaving. While your nick belongs to it, take another nick first."""
    account = own_account(asked)
    asked.ctx.then = lambda: _logged_out(asked, account.name)
    asked.ctx.propose(facts.AccountChanged, account="")


def _logged_out(asked: Asked, name: str) -> None:
    asked.ctx.reply(numerics.RPL_LOGGEDOUT, asked.ctx.user.mask)
    asked.say(f"You are logged out of {name}.")


# The password.


@service_command(SERVICE, "PASSWD", "PASSWORD", syntax="<old password> <new password>")
def passwd(asked: Asked, old_password: str, new_password: str = "", *more: str) -> None:
    """Give your account another password: PASSWD <old> <new>; only PASSWD <new> while it has none. Your other
    connections are closed and have to log in again. A password given here has no spaces."""
    account = own_account(asked)
    require_confidential(asked)
    if more:
        raise asked.refusal("A password given here has no spaces: PASSWD <old password> <new password>")
    if not account.credentials.password_hash:
        change_password(asked, account, new_password or old_password)
    elif not new_password:
        raise asked.refusal("That needs the old password, too: PASSWD <old password> <new password>")
    else:
        password_rules.require_good(new_password, account.name, asked.ctx.engine.limits)
        prove(asked, account.name, old_password, lambda _: change_password(asked, account, new_password))


def change_password(asked: Asked, account: Account, password: str) -> None:
    """Hash a password, and make it the account's. Raises Refusal."""
    password_rules.require_good(password, account.name, asked.ctx.engine.limits)
    hashed(asked, password, lambda credentials: _change(asked, account.name, credentials))


def hashed(asked: Asked, password: str, then: Callable[[Credentials], None]) -> None:
    """Hash a password; `then` gets what others are compared with. Raises Refusal, now or later."""

    def answered(answer: Hashed) -> None:
        if answer.error:
            raise asked.refusal(f"Nothing was changed: {answer.error}")
        then(answer.credentials)

    asked.ctx.ask(HashPassword(password_rules.prepared(password)), answered)


def _change(asked: Asked, name: str, credentials: Credentials) -> None:
    asked.then_say(f"{name} has another password. Whoever else was logged in to it has to log in again.")
    asked.ctx.propose(facts.PasswordChanged, account=name, credentials=credentials, kept=asked.ctx.session.id)


# The end.


@service_command(SERVICE, "UNREGISTER", "DROP")
def unregister(asked: Asked, account: str = "", code: str = "") -> None:
    """Give up your account, with its nicks and its channels. UNREGISTER tells you what to type then; nothing brings
    the account back."""
    own = own_account(asked)
    if account and fold(account) != fold(own.name):
        raise asked.refusal(f"You are logged in to {own.name}; UNREGISTER without more begins to give that up")
    delete(asked, "UNREGISTER", own, code)


def delete(asked: Asked, command: str, account: Account, code: str) -> None:
    """Delete an account, in two steps: the first tells the code that the second needs."""
    engine = asked.ctx.engine
    wanted = deletion_code(asked, account)
    days = engine.limits.name_retired_days
    if code.lower() != wanted:
        wrong = "That code is wrong. " if code else ""
        asked.say(
            f"{wrong}{account.name} will be gone for ever, with its nicks and channels, and its name is kept from "
            f"everybody for {days} days. If you want that, type: /msg {SERVICE} {command} {account.name} {wanted}"
        )
        return
    then_record(asked, audit.DELETED, account.name, f"{account.name} is deleted.")
    asked.ctx.propose(facts.AccountDeleted, account=account.name, free_at=engine.now.wall + days * 86_400_000)


def deletion_code(asked: Asked, account: Account) -> str:
    """What one has to repeat to delete that account: another one for each account, so that none is deleted by habit."""
    text = f"{fold(account.name)} {account.created}".encode()
    return keyed(asked.ctx.engine, b"drop", text).hex()[:CODE_CHARACTERS]


advise(SERVICE, INSTEAD)
