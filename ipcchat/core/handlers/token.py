"""TOKEN: what a client shows to services beside the chat in place of its password (IRCv3 draft/authtoken).

Rules:
1. The services are this server's own, and each is there only where it can be used.
2. A token of FILEHOST is a pass: it stands for the connection that asked, for some minutes. One of ipc-chat/LOGIN logs
   in to the account again, for DEVICE_DAYS days: that is how a browser stays logged in.
3. Tokens are given where nobody between could read them. Only this server validates them.

Specification: IRCv3 draft/authtoken (https://github.com/ircv3/ircv3-specifications/pull/602).
"""

from __future__ import annotations

from collections.abc import Callable

from ipcchat.core import authtoken, caps, facts, replies
from ipcchat.core.authtoken import FILEHOST, LOGIN, Service
from ipcchat.core.context import Context
from ipcchat.core.errors import Failure
from ipcchat.core.facts import Token
from ipcchat.core.registry import command
from ipcchat.core.targets import quotable
from ipcchat.core.tokens import digest_of, new_token
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold

SPECIFICATION = "https://github.com/ircv3/ircv3-specifications/pull/602"
DEVICE_DAYS = 30
MS_PER_DAY = 86_400_000
NAME_DIGITS = 6


@command("TOKEN", spec=SPECIFICATION, before=True, cost=2.0)
def token(ctx: Context, subcommand: str, *params: str) -> None:
    """Get what you show to a service beside the chat in place of your password: TOKEN SERVICELIST, TOKEN GENERATE
    FILEHOST. Clients do this by themselves."""
    action = _SUBCOMMANDS.get(subcommand.upper())
    if action is None:
        raise _failure("UNKNOWN_COMMAND", quotable(subcommand), text="Use SERVICELIST or GENERATE")
    action(ctx, params)


def _failure(code: str, *context: str, text: str) -> Failure:
    return Failure(numerics.ERR_UNKNOWNERROR, "TOKEN", code, *context, text=text)


def _list(ctx: Context, params: tuple[str, ...]) -> None:
    _require_registered(ctx)
    authtoken.tell(ctx)


def _generate(ctx: Context, params: tuple[str, ...]) -> None:
    user = _require_registered(ctx)
    if not ctx.session.has(caps.BATCH):
        raise _failure("NEED_CAPABILITY", "batch", text="Ask for the capability first: CAP REQ batch")
    name = params[0] if params else ""
    service = authtoken.find(ctx, name)
    if service is None:
        raise _failure("UNKNOWN_SERVICE", quotable(name) or "*", text="TOKEN SERVICELIST shows the services")
    if len(params) > 1 and fold(params[1]) != fold(user):
        raise _failure("INVALID_SCOPE", quotable(params[1]), text="A token here stands for you, and for no channel")
    if not ctx.session.confidential:
        text = "A token may not travel unencrypted; connect with TLS"
        raise _failure("NO_PERMISSIONS", service.name, text=text)
    _GIVERS[service.name](ctx, service)


def _validate(ctx: Context, params: tuple[str, ...]) -> None:
    name = params[0] if len(params) > 1 else "*"
    raise _failure("NO_PERMISSIONS", quotable(name), text="Tokens of this server are validated by itself")


def _require_registered(ctx: Context) -> str:
    if ctx.session.user is None:
        raise _failure("NO_PERMISSIONS", "*", text="Register with NICK and USER first")
    return ctx.session.user.nick


def _give_pass(ctx: Context, service: Service) -> None:
    made = new_token(ctx.engine)
    ctx.engine.passes.give(ctx.session, made, ctx.engine.now.ticks)
    _tell(ctx, service, made)


def _give_login(ctx: Context, service: Service) -> None:
    """A token that is kept, under a name that says since when."""
    if not ctx.user.account:
        raise _failure("ACCOUNT_REQUIRED", text="Log in to an account first: that is what the token is for")
    made, now = new_token(ctx.engine), ctx.engine.now.wall
    digest = digest_of(made)
    kept = Token(f"web-{digest[:NAME_DIGITS]}", digest, now, now + DEVICE_DAYS * MS_PER_DAY, device=True)
    ctx.then = lambda: _tell(ctx, service, made)
    ctx.propose(facts.TokensChanged, account=ctx.user.account, added=kept)


def _tell(ctx: Context, service: Service, made: str) -> None:
    ctx.line(replies.line(ctx.engine.server_name, "TOKEN", "GENERATE", service.name, service.url, made))


_SUBCOMMANDS: dict[str, Callable[[Context, tuple[str, ...]], None]] = {
    "SERVICELIST": _list,
    "GENERATE": _generate,
    "VALIDATE": _validate,
}

_GIVERS: dict[str, Callable[[Context, Service], None]] = {LOGIN: _give_login, FILEHOST: _give_pass}
