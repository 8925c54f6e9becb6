"""Getting an account: REGISTER, and VERIFY where the server mails a code first.

Rules:
1. Everything that can be refused is refused before the password is hashed, and hashing before a mail is sent.
2. A password is taken only where nobody between could read it.
3. Who registers before NICK and USER have been answered gets past nothing that is asked there: a server with a password
   takes registrations from those who are here.
4. Whether an account is there, waits for its code, or is verified long since: VERIFY with a wrong code is answered the
   same. A code is 128 bits, of which only a hash is kept.
5. Whoever has registered is logged in.

Specification: IRCv3 draft/account-registration (https://ircv3.net/specs/extensions/account-registration).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from ipcchat.core import audit, caps, facts, mechanisms, names, offers, password_rules, replies
from ipcchat.core.context import Context
from ipcchat.core.effects import CodeSent, Hashed, HashPassword, SendCode
from ipcchat.core.errors import Failure
from ipcchat.core.facts import Credentials
from ipcchat.core.handlers.authentication import account_of, become, tell_account
from ipcchat.core.keyed import keyed
from ipcchat.core.peers import is_loopback
from ipcchat.core.registry import IRCV3, command
from ipcchat.core.sasl import Denied
from ipcchat.core.skeletons import skeleton
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold

SPECIFICATION = IRCV3 + "account-registration"
CODE_BYTES = 16
EMAIL_BYTES_MAX = 254
_EMAIL = re.compile(r"[A-Za-z0-9_+][A-Za-z0-9._%+'-]{0,63}@(?=[^@]{3,253}$)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
NO_CREDENTIALS = Credentials()
NO_EMAIL = "*"
NO_CODE = "0" * 64
"""Compared where no account waits for a code."""


@command("REGISTER", spec=SPECIFICATION, before=True, cost=4.0)
def register(ctx: Context, account: str, email: str, password: str) -> None:
    """Get an account for your nick, so that it is yours: REGISTER * * <password>, or with your mail address in place of
    the second star. Another name than your nick's goes in place of the first."""
    name = _wanted(ctx, account)
    _require_allowed(ctx, name)
    _require_name(ctx, name)
    address = _wanted_email(ctx, name, email)
    password_rules.require_good(password, name, ctx.engine.limits)
    ctx.engine.check(_fact(ctx, name, address))
    _require_pace(ctx, name)
    secret = HashPassword(password_rules.prepared(password))
    ctx.ask(secret, lambda answer: _hashed(ctx, name, address, answer))


def _wanted(ctx: Context, account: str) -> str:
    """The name of the account: the nick, where that is wanted. Raises Failure NEED_NICK or ALREADY_AUTHENTICATED."""
    session = ctx.session
    if not (session.nick if session.user is None else session.user.nick):
        text = "Choose a nick first: NICK <nickname>"
        raise Failure(numerics.ERR_UNKNOWNERROR, "REGISTER", "NEED_NICK", "*", text=text)
    current = _account(ctx)
    if current:
        text = f"You are logged in to {current} already"
        raise Failure(numerics.ERR_UNKNOWNERROR, "REGISTER", "ALREADY_AUTHENTICATED", current, text=text)
    return ctx.session.display if account == "*" else account


def _account(ctx: Context) -> str:
    return ctx.session.user.account if ctx.session.user is not None else account_of(ctx)


def _require_allowed(ctx: Context, name: str) -> None:
    """This connection may register an account now. Raises Failure."""
    settings, session, shown = ctx.engine.settings, ctx.session, quotable(name)
    if session.user is None and not caps.registers_before_connect(settings):
        text = "Complete your connection first: NICK, USER and CAP END; then register"
        raise Failure(numerics.ERR_UNKNOWNERROR, "REGISTER", "COMPLETE_CONNECTION_REQUIRED", text=text)
    if not session.confidential:
        text = "A password may not travel unencrypted; connect with TLS, then register"
        raise Failure(numerics.ERR_UNKNOWNERROR, "REGISTER", "UNACCEPTABLE_PASSWORD", shown, text=text)
    if "draft/account-registration" not in offers.for_session(ctx.engine, session):
        text = "Only operators of the network register accounts here; ask one"
        raise Failure(numerics.ERR_UNKNOWNERROR, "REGISTER", "TEMPORARILY_UNAVAILABLE", shown, text=text)


def _require_name(ctx: Context, name: str) -> None:
    """An account may be called that. Raises Failure BAD_ACCOUNT_NAME or ACCOUNT_NAME_MUST_BE_NICK."""
    problem = names.nick_problem(name, ctx.engine.limits)
    if problem:
        shown = quotable(name) if name.isprintable() else "*"
        raise Failure(numerics.ERR_UNKNOWNERROR, "REGISTER", "BAD_ACCOUNT_NAME", shown, text=problem)
    if not ctx.engine.settings.account_names_chosen and fold(name) != fold(ctx.session.display):
        text = f"An account is called as your nick is: REGISTER * or REGISTER {ctx.session.display}"
        raise Failure(numerics.ERR_UNKNOWNERROR, "REGISTER", "ACCOUNT_NAME_MUST_BE_NICK", name, text=text)


def _wanted_email(ctx: Context, name: str, email: str) -> str:
    """The mail address, "" for none. Raises Failure INVALID_EMAIL."""
    settings = ctx.engine.settings
    if email == NO_EMAIL and not (settings.email_required or settings.verification):
        return ""
    if len(email) > EMAIL_BYTES_MAX or not _EMAIL.fullmatch(email):
        text = "That is no mail address; write one such as ann@example.org"
        raise Failure(numerics.ERR_UNKNOWNERROR, "REGISTER", "INVALID_EMAIL", name, text=text)
    return email


def _require_pace(ctx: Context, name: str) -> None:
    """Not too many register. Raises Failure TEMPORARILY_UNAVAILABLE."""
    engine, address = ctx.engine, ctx.session.address
    place = "" if ctx.session.peer.local is not None or is_loopback(address) else address
    pause = engine.registrations.pause(place, engine.now.ticks, engine.limits)
    if pause:
        text = f"Too many accounts were registered lately; try again in {pause} seconds"
        raise Failure(numerics.ERR_UNKNOWNERROR, "REGISTER", "TEMPORARILY_UNAVAILABLE", name, text=text)
    engine.registrations.count(address, engine.now.ticks)


def _fact(
    ctx: Context, name: str, email: str, credentials: Credentials = NO_CREDENTIALS, code: str = ""
) -> facts.AccountRegistered:
    """The account as a fact. A node speaks for who is not here yet."""
    engine, wall = ctx.engine, ctx.engine.now.wall
    return facts.AccountRegistered(
        engine.next_id(),
        wall,
        ctx.session.uid or engine.incarnation,
        account=name,
        credentials=credentials,
        email=email,
        code_hash=hash_of(code) if code else "",
        code_until=wall + engine.limits.code_minutes_max * 60_000 if code else 0,
        skeleton=skeleton(name),
    )


def _hashed(ctx: Context, name: str, email: str, answer: Hashed) -> None:
    """The password is hashed: register, or send a code first, where one is wanted."""
    if answer.error:
        raise Failure(
            numerics.ERR_UNKNOWNERROR, "REGISTER", "TEMPORARILY_UNAVAILABLE", name, text=_sentence(answer.error)
        )
    if not ctx.engine.settings.verification:
        _register(ctx, _fact(ctx, name, email, answer.credentials))
        return
    code = _new_code(ctx)
    fact = _fact(ctx, name, email, answer.credentials, code)
    ctx.engine.check(fact)
    ctx.ask(SendCode(email, name, code), lambda sent: _sent(ctx, fact, sent))


def _sent(ctx: Context, fact: facts.AccountRegistered, answer: CodeSent) -> None:
    if answer.error:
        text = _sentence(answer.error)
        raise Failure(numerics.ERR_UNKNOWNERROR, "REGISTER", "TEMPORARILY_UNAVAILABLE", fact.account, text=text)
    _register(ctx, fact)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _new_code(ctx: Context) -> str:
    digest = keyed(ctx.engine, b"code", ctx.engine.next_id())[:CODE_BYTES]
    return base64.b32encode(digest).decode().rstrip("=").lower()


def hash_of(code: str) -> str:
    """What a code is compared by: SHA-256, as hexadecimal digits. Case and blanks around it do not matter."""
    return hashlib.sha256(code.strip().lower().encode()).hexdigest()


def _register(ctx: Context, fact: facts.AccountRegistered) -> None:
    ctx.then = lambda: _registered(ctx, fact)
    ctx.put(fact)


def _registered(ctx: Context, fact: facts.AccountRegistered) -> None:
    name = fact.account
    audit.write(ctx.engine, audit.REGISTERED, ctx.session, name)
    if fact.code_hash:
        text = f"Account created; it waits for the code that was sent to {fact.email}: VERIFY {name} <code>"
        _tell(ctx, "REGISTER", "VERIFICATION_REQUIRED", name, text)
    else:
        _tell(ctx, "REGISTER", "SUCCESS", name, "Account successfully registered")
        become(ctx, name, lambda: tell_account(ctx, name))


def _tell(ctx: Context, *params: str) -> None:
    """Through NickServ only the text is said."""
    if ctx.speaker is not None:
        ctx.speaker(params[-1])
        return
    ctx.line(replies.line(ctx.engine.server_name, *params))


@command("VERIFY", spec=SPECIFICATION, before=True, cost=4.0)
def verify(ctx: Context, account: str, code: str) -> None:
    """Give the code that was mailed to you when you registered: VERIFY <account> <code>."""
    current = _account(ctx)
    if current:
        text = f"You are logged in to {current} already"
        raise Failure(numerics.ERR_UNKNOWNERROR, "VERIFY", "ALREADY_AUTHENTICATED", current, text=text)
    if ctx.session.user is None and not caps.registers_before_connect(ctx.engine.settings):
        text = "Complete your connection first: NICK, USER and CAP END; then verify"
        raise Failure(numerics.ERR_UNKNOWNERROR, "VERIFY", "COMPLETE_CONNECTION_REQUIRED", text=text)
    name = _verified_name(ctx, account, code)
    ctx.then = lambda: _verified(ctx, name)
    author = ctx.session.uid or ctx.engine.incarnation
    ctx.put(
        facts.AccountVerified(ctx.engine.next_id(), ctx.engine.now.wall, author, account=name, code_hash=hash_of(code))
    )


def _verified_name(ctx: Context, account: str, code: str) -> str:
    """The name of the account that waits for this code. Raises Failure INVALID_CODE or TEMPORARILY_UNAVAILABLE."""
    try:
        attempt = mechanisms.Attempt(ctx.engine, ctx.session, account)
    except Denied as denied:
        text = _sentence(denied.reason)
        raise Failure(
            numerics.ERR_UNKNOWNERROR, "VERIFY", "TEMPORARILY_UNAVAILABLE", quotable(account), text=text
        ) from None
    found = ctx.state.accounts.find(account)
    expected = (found.code_hash if found else "") or NO_CODE
    if not hmac.compare_digest(hash_of(code), expected) or found is None:
        attempt.failed("wrong code")
        text = "That code is wrong or has run out; register again to get another"
        raise Failure(numerics.ERR_UNKNOWNERROR, "VERIFY", "INVALID_CODE", quotable(account), text=text)
    attempt.take_back()
    return found.name


def _verified(ctx: Context, name: str) -> None:
    audit.write(ctx.engine, audit.VERIFIED, ctx.session, name)
    _tell(ctx, "VERIFY", "SUCCESS", name, "Account successfully registered")
    become(ctx, name, lambda: tell_account(ctx, name))
