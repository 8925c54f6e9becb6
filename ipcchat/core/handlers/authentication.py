"""Proving who one is: AUTHENTICATE for an account, PASS for the server's password.

Rules:
1. AUTHENTICATE is for clients with the capability sasl. Before the registration somebody logs in once; who is here may
   log in again, also to another account (IRCv3 sasl-3.2).
2. A login that is not finished when the registration is ends with it: the user is here without an account.
3. The server's password is compared when the registration is complete; of several the last one counts. It takes the
   same time wherever the first difference is.
4. After a few wrong passwords an address waits (core/logins.py). Who gave no password did not guess.
5. A password is in no reply, no notice and no fact.

Specification: IRCv3 sasl-3.1 and sasl-3.2 (https://ircv3.net/specs/extensions/sasl-3.1,
https://ircv3.net/specs/extensions/sasl-3.2); Modern IRC "PASS message" (https://modern.ircdocs.horse/#pass-message).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import NoReturn

from ipcchat.core import caps, facts, replies, sasl
from ipcchat.core.context import Context
from ipcchat.core.effects import Query
from ipcchat.core.errors import Failure, Ignored, Refusal
from ipcchat.core.registry import IRCV3, MODERN, command
from ipcchat.core.sasl import Denied, Exchange, Login
from ipcchat.wire import numerics

FAILED = "SASL authentication failed"


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
    known = [each for each in ctx.engine.settings.mechanisms if each in sasl.MECHANISMS]
    if name not in known:
        if known:
            ctx.reply(numerics.RPL_SASLMECHS, ",".join(known))
        raise Refusal(numerics.ERR_SASLFAIL, text=f"{FAILED}: there is no such mechanism")
    exchange = sasl.MECHANISMS[name](ctx.engine, ctx.session)
    login.begin(exchange, ctx.engine.now.ticks)
    _advance(ctx, login, exchange, lambda: next(exchange))


def _go_on(ctx: Context, login: Login, exchange: Exchange, chunk: str) -> None:
    """A piece of the client's response came. Raises Refusal 904 or 905, which end the exchange."""
    try:
        response = login.gather(chunk, ctx.engine.limits.sasl_response_bytes_max)
        if response is not None:
            _count_attempt(ctx, login)
    except sasl.TooLong:
        login.end()
        raise Refusal(numerics.ERR_SASLTOOLONG) from None
    except Denied as denied:
        raise _failed(login, denied) from None
    if response is not None:
        _advance(ctx, login, exchange, lambda: exchange.send(response))


def _count_attempt(ctx: Context, login: Login) -> None:
    """An exchange is an attempt from its first response on. Raises Denied while the address has to wait."""
    engine, address = ctx.engine, ctx.session.address
    if login.counted or not engine.settings.throttles.logins:
        return
    pause = engine.logins.pause(address, engine.now.ticks)
    if pause:
        raise Denied(_too_many(pause))
    engine.logins.begin(address, engine.now.ticks, engine.limits)
    login.counted = True


def _too_many(pause: int) -> str:
    return f"too many wrong passwords came from your address, try again in {pause} seconds"


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
    """The mechanism vouches for the client. Who is not registered yet gets the account when he arrives."""
    session = ctx.session
    if login.counted:
        ctx.engine.logins.succeeded(session.address)
    if session.user is None:
        login.account = account
    elif session.user.account != account:
        ctx.then = lambda: _tell_success(ctx, account)
        ctx.propose(facts.AccountChanged, account=account)
        return
    _tell_success(ctx, account)


def _tell_success(ctx: Context, account: str) -> None:
    session = ctx.session
    mask = session.user.mask if session.user else f"{session.nick or '*'}!{session.username or '*'}@{session.host}"
    ctx.reply(numerics.RPL_LOGGEDIN, mask, account, text=f"You are now logged in as {account}")
    ctx.reply(numerics.RPL_SASLSUCCESS)


def end_login(ctx: Context) -> None:
    """The registration is complete: a login that goes on is over (906)."""
    login = ctx.session.sasl
    if login is not None and login.exchange is not None:
        login.end()
        ctx.reply(numerics.ERR_SASLABORTED)


def account_of(ctx: Context) -> str:
    """The account that a connection logged in to before it registered; "" for none."""
    return ctx.session.sasl.account if ctx.session.sasl else ""


# Who may come in.


@command("PASS", spec=MODERN + "pass-message", before=True, after=False)
def password(ctx: Context, password: str) -> None:
    """Give the server's password, before NICK and USER. A server without one takes any."""
    if ctx.engine.settings.password:
        ctx.session.password = password


def admit(ctx: Context) -> None:
    """Whether a connection may register: it has the server's password, and an account where one is needed.

    If not, it is told and closed, and Ignored is raised.
    """
    session, settings = ctx.session, ctx.engine.settings
    given, session.password = session.password, ""
    problem = _password_problem(ctx, given) if settings.password else ""
    if problem:
        _turn_away(ctx, Refusal(numerics.ERR_PASSWDMISMATCH, text=problem), "Password incorrect")
    if settings.account_required and not account_of(ctx):
        text = "You need an account to come in here: let your client log in with SASL"
        _turn_away(ctx, Failure(numerics.ERR_UNKNOWNERROR, "*", "ACCOUNT_REQUIRED", text=text), text)


def _password_problem(ctx: Context, given: str) -> str:
    engine, address = ctx.engine, ctx.session.address
    if not given:
        return "This server has a password: send PASS <password> before NICK and USER"
    throttled = engine.settings.throttles.logins
    pause = engine.logins.pause(address, engine.now.ticks) if throttled else 0
    if pause:
        return f"Password not looked at: {_too_many(pause)}"
    if hmac.compare_digest(given.encode(), engine.settings.password.encode()):
        return ""
    if throttled:
        engine.logins.begin(address, engine.now.ticks, engine.limits)
    return "Password incorrect: that is not this server's password"


def _turn_away(ctx: Context, refusal: Refusal, reason: str) -> NoReturn:
    ctx.refused(refusal)
    ctx.close(reason)
    raise Ignored
