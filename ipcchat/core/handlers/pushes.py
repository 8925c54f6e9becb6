"""WEBPUSH: browsers and telephones that are told of mentions and private messages while nobody looks (docs/browser.md).

Specification: soju.im/webpush (https://codeberg.org/emersion/soju/src/branch/master/doc/ext/webpush.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ipcchat.core import caps, facts
from ipcchat.core.context import Context
from ipcchat.core.errors import Failure
from ipcchat.core.pushes import is_endpoint, keys_of
from ipcchat.core.registry import command
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics

SPECIFICATION = "https://codeberg.org/emersion/soju/src/branch/master/doc/ext/webpush.md"


@command("WEBPUSH", spec=SPECIFICATION, cost=2.0)
def webpush(ctx: Context, subcommand: str = "", *params: str) -> None:
    """Have mentions and private messages sent to a browser or telephone while you are away: WEBPUSH REGISTER <endpoint>
    <keys>, WEBPUSH UNREGISTER <endpoint>. Clients do it by themselves."""
    if not ctx.session.caps & caps.WEBPUSH:
        raise _failure("NEED_CAPABILITIES", text="Ask for the capability first: CAP REQ soju.im/webpush")
    action = _SUBCOMMANDS.get(subcommand.upper())
    if action is None:
        raise _invalid(subcommand, params, "Unknown command: use REGISTER or UNREGISTER")
    if not ctx.user.account:
        raise _failure("ACCOUNT_REQUIRED", text="Pushes are for accounts: log in first")
    action(ctx, params)


def _failure(code: str, *context: str, text: str) -> Failure:
    return Failure(numerics.ERR_UNKNOWNERROR, "WEBPUSH", code, *context, text=text)


def _invalid(subcommand: str, params: Sequence[str], text: str) -> Failure:
    endpoint = quotable(params[0]) if params else ""
    return _failure("INVALID_PARAMS", quotable(subcommand) or "*", endpoint or "*", text=text)


def _register(ctx: Context, params: Sequence[str]) -> None:
    if len(params) != 2:
        raise _invalid("REGISTER", params, "Wrong number of parameters: WEBPUSH REGISTER <endpoint> <keys>")
    endpoint, written = params
    schemes = ctx.engine.settings.outbound
    if not is_endpoint(endpoint, schemes):
        text = f"The endpoint is a URL of at most 500 characters that begins with {' or '.join(schemes)}://"
        raise _invalid("REGISTER", params, text)
    keys = keys_of(written)
    if keys is None:
        text = "The keys are p256dh=...;auth=...: a point of P-256 (65 bytes) and 16 bytes, by base64url"
        raise _invalid("REGISTER", params, text)
    p256dh, auth = keys
    ctx.propose(facts.PushRegistered, account=ctx.user.account, endpoint=endpoint, p256dh=p256dh, auth=auth)


def _unregister(ctx: Context, params: Sequence[str]) -> None:
    """One that there is not is none already (specification)."""
    if len(params) != 1:
        raise _invalid("UNREGISTER", params, "Wrong number of parameters: WEBPUSH UNREGISTER <endpoint>")
    ctx.propose(facts.PushDropped, account=ctx.user.account, endpoint=params[0])


_SUBCOMMANDS: dict[str, Callable[[Context, Sequence[str]], None]] = {"REGISTER": _register, "UNREGISTER": _unregister}
