"""Asking about the server: MOTD, LUSERS, VERSION, TIME, INFO, ADMIN, LINKS, MAP, and USERS and SUMMON, which are no
more.

The server that is asked may be named, by a mask too or by somebody who is on it: all processes of a network are one
server to its users, so there is one name.
"""

from __future__ import annotations

from ipcchat.core import describe, support
from ipcchat.core.context import Context
from ipcchat.core.errors import Refusal
from ipcchat.core.registry import MODERN, command
from ipcchat.core.targets import quotable
from ipcchat.wire import masks, numerics
from ipcchat.wire.casemap import fold
from ipcchat.wire.times import format_time

RFC2812 = "https://www.rfc-editor.org/rfc/rfc2812#section-"
ADMIN_LINES = (numerics.RPL_ADMINLOC1, numerics.RPL_ADMINLOC2, numerics.RPL_ADMINEMAIL)


def check_server(ctx: Context, target: str) -> None:
    """The server that is asked is this one: not named, or by its name, a mask, or somebody who is here. Raises Refusal
    402."""
    if target and not is_this_server(ctx, target) and ctx.state.nicks.find(target) is None:
        text = f"No such server; this one is {ctx.engine.server_name}"
        raise Refusal(numerics.ERR_NOSUCHSERVER, quotable(target), text=text)


def is_this_server(ctx: Context, mask: str) -> bool:
    """Whether a mask is one of this server."""
    return masks.match(fold(mask), fold(ctx.engine.server_name))


@command("MOTD", spec=MODERN + "motd-message")
def motd(ctx: Context, server: str = "") -> None:
    """See the message of the day."""
    check_server(ctx, server)
    describe.message_of_the_day(ctx)


@command("LUSERS", spec=MODERN + "lusers-message")
def lusers(ctx: Context, mask: str = "", server: str = "") -> None:
    """See how many people and channels there are."""
    check_server(ctx, mask)
    check_server(ctx, server)
    describe.user_counts(ctx)


@command("VERSION", spec=MODERN + "version-message")
def version(ctx: Context, server: str = "") -> None:
    """See which program and version this is, and what it supports."""
    check_server(ctx, server)
    engine = ctx.engine
    ctx.reply_text(numerics.RPL_VERSION, engine.version.replace(" ", "-"), engine.server_name, engine.network)
    support.tell(ctx)


@command("TIME", spec=MODERN + "time-message")
def time(ctx: Context, server: str = "") -> None:
    """See what time it is here."""
    check_server(ctx, server)
    ctx.reply_text(numerics.RPL_TIME, ctx.engine.server_name, format_time(ctx.engine.now.wall))


@command("INFO", spec=MODERN + "info-message")
def info(ctx: Context, server: str = "") -> None:
    """Read what this server is and since when it runs."""
    check_server(ctx, server)
    engine = ctx.engine
    for text in (
        f"{engine.version}: a chat server whose messages are on disk and in one order before anybody sees them",
        f"This is {engine.server_name} of {engine.network}: {engine.settings.description or 'a chat server'}",
        f"It runs since {format_time(engine.started.wall)}",
        "HELP lists the commands, ADMIN says whom to ask",
    ):
        ctx.reply(numerics.RPL_INFO, text=text)
    ctx.reply(numerics.RPL_ENDOFINFO)


@command("ADMIN", spec=MODERN + "admin-message")
def admin(ctx: Context, server: str = "") -> None:
    """See who runs this server and how to reach them."""
    check_server(ctx, server)
    name, lines = ctx.engine.server_name, ctx.engine.settings.admin
    if not lines:
        raise Refusal(numerics.ERR_NOADMININFO, name, text="No administrative info available")
    ctx.reply(numerics.RPL_ADMINME, name)
    for numeric, text in zip(ADMIN_LINES, lines, strict=False):
        ctx.reply_text(numeric, text)


@command("LINKS", spec=MODERN + "links-message")
def links(ctx: Context, server_or_mask: str = "", mask: str = "") -> None:
    """List the servers of the network: to its users it is one. LINKS *.example.org lists those that match."""
    if mask:
        check_server(ctx, server_or_mask)
    engine, wanted = ctx.engine, mask or server_or_mask
    if not wanted or is_this_server(ctx, wanted):
        text = f"0 {engine.settings.description}"
        ctx.reply(numerics.RPL_LINKS, engine.server_name, engine.server_name, text=text)
    ctx.reply(numerics.RPL_ENDOFLINKS, quotable(wanted))


@command("MAP", spec="https://defs.ircdocs.horse/defs/numerics")
def map_(ctx: Context) -> None:
    """See the servers of the network and how many people are on them: to its users it is one."""
    count = len(ctx.state.users)
    ctx.reply(numerics.RPL_MAP, text=f"{ctx.engine.server_name} [{count} {'user' if count == 1 else 'users'}]")
    ctx.reply(numerics.RPL_MAPEND)


@command("USERS", spec=RFC2812 + "4.6")
def users(ctx: Context, server: str = "") -> None:
    """Who is logged in at the server's machine: that is nobody's business. WHO lists the people in the chat."""
    check_server(ctx, server)
    raise Refusal(numerics.ERR_USERSDISABLED, text="USERS has been disabled; WHO lists the people in the chat")


@command("SUMMON", spec=RFC2812 + "4.5")
def summon(ctx: Context, user: str = "", server: str = "", channel: str = "") -> None:
    """Call somebody to the chat who is logged in at the server's machine: not from here. INVITE calls people who are in
    the chat."""
    check_server(ctx, server)
    raise Refusal(numerics.ERR_SUMMONDISABLED, text="SUMMON has been disabled; INVITE calls people who are in the chat")
