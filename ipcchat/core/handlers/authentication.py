"""Proving who one is: AUTHENTICATE for an account, PASS for an account or the server's password.

Rules:
1. AUTHENTICATE is for clients with the capability sasl. Before the registration somebody logs in once; who is here may
   log in again, also to another account (IRCv3 sasl-3.2).
2. A login that is not finished when the registration is ends with it: the user is here without an account.
3. The server's password is compared when the registration is complete; of several the last one counts. It takes the
   same time wherever the first difference is.
4. PASS <account>:<password> logs in old clients that know no SASL. What the client says after that waits. Whoever has
   an account need not know the server's password, too.
5. After a few wrong passwords an address waits (core/logins.py). Who gave no password did not guess.
6. A password is in no reply, no notice and no fact.

Specification: IRCv3 sasl-3.1 and sasl-3.2 (https://ircv3.net/specs/extensions/sasl-3.1,
https://ircv3.net/specs/extensions/sasl-3.2); Modern IRC "PASS message" (https://modern.ircdocs.horse/#pass-message).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import NoReturn

from ipcchat.core import audit, caps, facts, mechanisms, offers, replies, sasl
from ipcchat.core.context import Context
from ipcchat.core.effects import Query, Verified
from ipcchat.core.errors import Failure, Ignored, Refusal
from ipcchat.core.peers import is_loopback
from ipcchat.core.registry import IRCV3, MODERN, command
from ipcchat.core.sasl import Denied, Exchange, Login
from ipcchat.wire import numerics

FAILED = "SASL authentication failed"
INCORRECT = "Password incorrect"


@command("AUTHENTICATE", spec=IRCV3 + "sasl-3.1", before=True)
def authenticate(ctx: Context, message: str) -> None:
    """Log in to an account. Clients do this by themselves: AUTHENTICATE PLAIN begins, AUTHENTICATE * gives up."""
    session = ctx.session
    login = session.sasl = session.sasl or Login()
    if not session.has(caps.SASL):
        login.end()
        raise _no_sasl(ctx)
    if len(message.encode()) > sasl.CHUNK_CHARACTERS:
        login.end()
        raise Refusal(numerics.ERR_SASLTOOLONG)
    if message == "*":
        login.end()
        raise Refusal(numerics.ERR_SASLABORTED)
    if login.exchange is None:
        _begin(ctx, login, message.upper())
    else:
        _go_on(ctx, login, login.exchange, message)


def _no_sasl(ctx: Context) -> Refusal:
    offered = "sasl" in ctx.engine.offered
    reason = "ask for the capability first, CAP REQ sasl" if offered else "this server has no accounts"
    return Refusal(numerics.ERR_SASLFAIL, text=f"{FAILED}: {reason}")


def _begin(ctx: Context, login: Login, name: str) -> None:
    """The client chose a mechanism. Raises Refusal 904 or 907."""
    if ctx.session.user is None and login.account:
        text = f"You have already authenticated using SASL, as {login.account}"
        raise Refusal(numerics.ERR_SASLALREADY, text=text)
    offered = caps.mechanisms(ctx.engine.settings, offers.way_of(ctx.session))
    known = [each for each in offered if each in sasl.MECHANISMS]
    if name not in known:
        if known:
            ctx.reply(numerics.RPL_SASLMECHS, ",".join(known))
        raise Refusal(numerics.ERR_SASLFAIL, text=f"{FAILED}: {_why_not(ctx, name)}")
    exchange = sasl.MECHANISMS[name](ctx.engine, ctx.session)
    login.begin(exchange, ctx.engine.now.ticks)
    _advance(ctx, login, exchange, lambda: next(exchange))


def _why_not(ctx: Context, name: str) -> str:
    if name == "PLAIN" and name in ctx.engine.settings.mechanisms and not ctx.session.confidential:
        return "a password may not travel unencrypted; connect with TLS"
    if name == "EXTERNAL" and name in ctx.engine.settings.mechanisms:
        return "your client showed no certificate"
    return "there is no such mechanism"


def _go_on(ctx: Context, login: Login, exchange: Exchange, chunk: str) -> None:
    """A piece of the client's response came. Raises Refusal 904 or 905, which end the exchange."""
    try:
        response = login.gather(chunk, ctx.engine.limits.sasl_response_bytes_max)
    except sasl.TooLong:
        login.end()
        raise Refusal(numerics.ERR_SASLTOOLONG) from None
    except Denied as denied:
        raise _failed(login, denied) from None
    if response is not None:
        _advance(ctx, login, exchange, lambda: exchange.send(response))


def _advance(ctx: Context, login: Login, exchange: Exchange, step: Callable[[], bytes | Query]) -> None:
    """One step of the exchange: the mechanism asks the client or the shell, or is done."""
    try:
        wanted = step()
    except StopIteration as done:
        login.end()
        _logged_in(ctx, login, done.value)
    except Denied as denied:
        raise _failed(login, denied) from None
    else:
        if isinstance(wanted, bytes):
            for chunk in sasl.chunks(wanted):
                _challenge(ctx, chunk)
        else:
            ctx.ask(wanted, lambda answer: _advance(ctx, login, exchange, lambda: exchange.send(answer)))


def _challenge(ctx: Context, chunk: str) -> None:
    """COMPAT: without a source, as in the examples of the specification; there are clients that know it only so."""
    ctx.line(replies.line(ctx.engine.server_name, "AUTHENTICATE", chunk).partition(" ")[2])


def _failed(login: Login, denied: Denied) -> Refusal:
    login.end()
    if denied.locked:
        return Refusal(numerics.ERR_NICKLOCKED, text=denied.reason or None)
    return Refusal(numerics.ERR_SASLFAIL, text=f"{FAILED}: {denied.reason}" if denied.reason else FAILED)


def _logged_in(ctx: Context, login: Login, account: str) -> None:
    """The mechanism vouches for the client."""

    def tell() -> None:
        tell_account(ctx, account)
        ctx.reply(numerics.RPL_SASLSUCCESS)

    become(ctx, account, tell)


def become(ctx: Context, account: str, then: Callable[[], None]) -> None:
    """Somebody has proved that an account is his. Who is not registered yet gets it when he arrives; `then` comes when
    it is so. Raises Refusal 902 when it may not be used any more."""
    session = ctx.session
    audit.write(ctx.engine, audit.LOGIN, session, account)
    if session.user is None:
        session.sasl = session.sasl or Login()
        session.sasl.account = account
    elif session.user.account != account:
        ctx.then = then
        ctx.propose(facts.AccountChanged, account=account)
        return
    then()


def tell_account(ctx: Context, account: str) -> None:
    """900: which account somebody has now."""
    session = ctx.session
    mask = session.user.mask if session.user else f"{session.nick or '*'}!{session.username or '*'}@{session.host}"
    ctx.reply(numerics.RPL_LOGGEDIN, mask, account, text=f"You are now logged in as {account}")


def by_password(
    ctx: Context, name: str, password: str, then: Callable[[str], None], refusal: Callable[[Denied], Refusal]
) -> None:
    """Compare a password with that of an account; `then` gets the account's name. Raises what `refusal` makes of the
    reason, now or when the answer is there."""

    def answered(answer: Verified) -> None:
        try:
            comparison.send(answer)
        except StopIteration as done:
            then(done.value)
        except Denied as denied:
            raise refusal(denied) from None

    comparison = mechanisms.compare(ctx.engine, ctx.session, name, password)
    try:
        query = next(comparison)
    except Denied as denied:
        raise refusal(denied) from None
    ctx.ask(query, answered)


def end_login(ctx: Context) -> None:
    """The registration is complete: a login that goes on is over (906)."""
    login = ctx.session.sasl
    if login is not None and login.exchange is not None:
        login.end()
        ctx.reply(numerics.ERR_SASLABORTED)


def account_of(ctx: Context) -> str:
    """The account that a connection has before it registered: it logged in, or a user of this machine has one by the
    configuration; "" for none."""
    session = ctx.session
    if session.sasl is not None and session.sasl.account:
        return session.sasl.account
    local = session.peer.local
    account = ctx.state.accounts.find(local.account) if local and local.account else None
    if account is None or not account.verified or account.suspension(ctx.engine.now.wall):
        return ""
    return account.name


# Who may come in.


@command("PASS", spec=MODERN + "pass-message", before=True, after=False)
def password(ctx: Context, password: str) -> None:
    """Give the server's password, before NICK and USER; or log in to your account, where your client does not know
    SASL: PASS ann:the-password-of-ann."""
    session, settings = ctx.session, ctx.engine.settings
    name, colon, secret = password.partition(":")
    is_login = bool(name and colon and secret and settings.has_passwords)
    if settings.password and (not is_login or _is_equal(password, settings.password)):
        session.password = password
    elif is_login:
        session.password = ""
        _log_in_by_pass(ctx, name.partition("@")[0], secret)


def _log_in_by_pass(ctx: Context, name: str, secret: str) -> None:
    """Old clients put account and password into PASS; what is behind an @ names the device. Who fails is closed."""
    if not ctx.session.confidential:
        text = "Password not looked at: it may not travel unencrypted; connect with TLS"
        _turn_away(ctx, Refusal(numerics.ERR_PASSWDMISMATCH, text=text), text)

    def fail(denied: Denied) -> Refusal:
        reason = denied.reason or "wrong account or password"
        _turn_away(ctx, Refusal(numerics.ERR_PASSWDMISMATCH, text=f"Password incorrect: {reason}"), INCORRECT)

    def come_in(account: str) -> None:
        login = ctx.session.sasl = ctx.session.sasl or Login()
        login.by_pass = True
        become(ctx, account, lambda: tell_account(ctx, account))

    by_password(ctx, name, secret, come_in, fail)


def _is_equal(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def admit(ctx: Context) -> None:
    """Whether a connection may register: it has the server's password or an account by PASS, and an account where one
    is needed.

    If not, it is told and closed, and Ignored is raised.
    """
    session, settings = ctx.session, ctx.engine.settings
    given, session.password = session.password, ""
    is_asked = bool(settings.password) and not (session.sasl is not None and session.sasl.by_pass)
    problem = _password_problem(ctx, given) if is_asked else ""
    if problem:
        _turn_away(ctx, Refusal(numerics.ERR_PASSWDMISMATCH, text=problem), INCORRECT)
    if settings.account_required and not (account_of(ctx) or _is_exempt(ctx)):
        text = "You need an account to come in here: let your client log in with SASL"
        _turn_away(ctx, Failure(numerics.ERR_UNKNOWNERROR, "*", "ACCOUNT_REQUIRED", text=text), text)


def _is_exempt(ctx: Context) -> bool:
    """Whether no account is needed: for users of this machine, if the settings say so."""
    session = ctx.session
    is_local = session.peer.local is not None or is_loopback(session.address)
    return ctx.engine.settings.local_exempt and is_local


def _password_problem(ctx: Context, given: str) -> str:
    engine, address = ctx.engine, ctx.session.address
    if not given:
        return "This server has a password: send PASS <password> before NICK and USER"
    throttled = engine.settings.throttles.logins
    pause = engine.logins.pause(address, engine.now.ticks) if throttled else 0
    if pause:
        return f"Password not looked at: {mechanisms.TOO_MANY.format(pause)}"
    if _is_equal(given, engine.settings.password):
        return ""
    if throttled:
        engine.logins.begin(address, engine.now.ticks, engine.limits)
    return "Password incorrect: that is not this server's password"


def _turn_away(ctx: Context, refusal: Refusal, reason: str) -> NoReturn:
    ctx.refused(refusal)
    ctx.close(reason)
    raise Ignored
