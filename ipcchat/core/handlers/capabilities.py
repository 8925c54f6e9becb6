"""What a client can ask of the server before it is registered, and later: CAP and ISUPPORT.

Rules:
1. CAP LS and CAP REQ hold the registration back until CAP END.
2. A request is granted whole or not at all. What is not offered cannot be switched on; switching off what the server
   knows is always granted.
3. Which capabilities need which others is the client's concern (wire/capabilities.py), in whatever order it asks.

Specification: IRCv3 capability negotiation (https://ircv3.net/specs/extensions/capability-negotiation),
draft/extended-isupport (https://ircv3.net/specs/extensions/extended-isupport).
"""

from __future__ import annotations

from ipcchat.core import caps, offers, support
from ipcchat.core.context import Context
from ipcchat.core.errors import Refusal
from ipcchat.core.handlers.registration import register_if_ready
from ipcchat.core.registry import IRCV3, command
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics

FIRST_VERSION = 301
VERSION_DIGITS_MAX = 5


@command("CAP", spec=IRCV3 + "capability-negotiation", before=True)
def cap(ctx: Context, subcommand: str, argument: str = "") -> None:
    """Negotiate capabilities: CAP LS 302 shows those that there are, CAP REQ :server-time batch asks for some, CAP LIST
    shows those that are on, CAP END goes on with the registration."""
    action = _SUBCOMMANDS.get(subcommand.upper())
    if action is None:
        text = f"Invalid CAP command: use {', '.join(_SUBCOMMANDS)}"
        raise Refusal(numerics.ERR_INVALIDCAPCMD, quotable(subcommand), text=text)
    action(ctx, argument)


def _list_offers(ctx: Context, written: str) -> None:
    """The answer is for the version that is asked for now; the highest one ever asked for stays the client's."""
    session = ctx.session
    _hold_back(ctx)
    version = _version(written)
    session.capv = max(session.capv, version)
    if version >= offers.VERSION_WITH_VALUES:
        offers.set_capabilities(ctx.engine, session, session.caps | caps.CAP_NOTIFY)
    offers.tell_list(ctx, "LS", offers.words(offers.for_session(ctx.engine, session), version), version)


def _version(written: str) -> int:
    """A CAP version is a number; what is none is the first version."""
    return int(written[:VERSION_DIGITS_MAX]) if written.isascii() and written.isdigit() else FIRST_VERSION


def _hold_back(ctx: Context) -> None:
    if ctx.session.user is None:
        ctx.session.negotiating = True


def _list_active(ctx: Context, argument: str) -> None:
    offers.tell_list(ctx, "LIST", caps.names(ctx.session.caps), ctx.session.capv)


def _request(ctx: Context, wanted: str) -> None:
    """All of a request is acknowledged or none of it; the answer comes before it takes effect."""
    session = ctx.session
    _hold_back(ctx)
    words = list(dict.fromkeys(wanted.split()))
    offered = offers.for_session(ctx.engine, session)
    before = bits = session.caps
    for word in words:
        name = word.removeprefix("-")
        if not _may_change(ctx, name, name == word, name in offered):
            offers.tell_each(ctx, "NAK", words)
            return
        bits = bits | caps.BITS[name] if name == word else bits & ~caps.BITS[name]
    offers.tell_each(ctx, "ACK", words)
    offers.set_capabilities(ctx.engine, session, bits)
    if bits & caps.WEBPUSH and not before & caps.WEBPUSH:
        support.tell_key(ctx)


def _may_change(ctx: Context, name: str, on: bool, is_offered: bool) -> bool:
    if on:
        return is_offered and name != "sts"
    return name in caps.BITS and not (name == "cap-notify" and ctx.session.capv >= offers.VERSION_WITH_VALUES)


def _end(ctx: Context, argument: str) -> None:
    """Of a registered client it is ignored."""
    ctx.session.negotiating = False
    register_if_ready(ctx)


_SUBCOMMANDS = {"LS": _list_offers, "LIST": _list_active, "REQ": _request, "END": _end}


@command("ISUPPORT", spec=IRCV3 + "extended-isupport", before=True)
def isupport(ctx: Context) -> None:
    """See what the server supports, as clients are told it when they connect: names with values, such as NICKLEN=32."""
    session = ctx.session
    if session.user is None and not session.has(caps.EXTENDED_ISUPPORT):
        text = "You have not registered: before that, ISUPPORT needs the capability draft/extended-isupport"
        raise Refusal(numerics.ERR_NOTREGISTERED, text=text)
    support.tell(ctx)
