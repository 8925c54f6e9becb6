"""Asking about the server: MOTD, LUSERS, VERSION, TIME, INFO, HELP."""

from __future__ import annotations

from ipcchat.core import describe, registry, replies
from ipcchat.core.context import Context
from ipcchat.core.errors import Refusal
from ipcchat.core.handlers.channels import quotable
from ipcchat.core.registry import MODERN, command
from ipcchat.wire import numerics
from ipcchat.wire.times import format_time


@command("MOTD", spec=MODERN + "motd-message")
def motd(ctx: Context, server: str = "") -> None:
    """See the message of the day."""
    describe.message_of_the_day(ctx)


@command("LUSERS", spec=MODERN + "lusers-message")
def lusers(ctx: Context, mask: str = "", server: str = "") -> None:
    """See how many people and channels there are."""
    describe.user_counts(ctx)


@command("VERSION", spec=MODERN + "version-message")
def version(ctx: Context, server: str = "") -> None:
    """See which program and version this is, and what it supports."""
    ctx.reply_text(
        numerics.RPL_VERSION, ctx.engine.version.replace(" ", "-"), ctx.engine.server_name, ctx.engine.network
    )
    describe.support(ctx)


@command("TIME", spec=MODERN + "time-message")
def time(ctx: Context, server: str = "") -> None:
    """See what time it is here."""
    ctx.reply_text(numerics.RPL_TIME, ctx.engine.server_name, format_time(ctx.engine.now.wall))


@command("INFO", spec=MODERN + "info-message")
def info(ctx: Context, server: str = "") -> None:
    """Read what this server is and since when it runs."""
    engine = ctx.engine
    for text in (
        f"{engine.version}: a chat server whose messages are on disk and in one order before anybody sees them",
        f"This is {engine.server_name} of {engine.network}, running since {format_time(engine.started.wall)}",
        "HELP lists the commands",
    ):
        ctx.reply(numerics.RPL_INFO, text=text)
    ctx.reply(numerics.RPL_ENDOFINFO)


@command("HELP", spec=MODERN + "help-message")
def help_(ctx: Context, subject: str = "") -> None:
    """See the commands, or how one is used: HELP TOPIC."""
    if not subject:
        _overview(ctx)
        return
    row = registry.COMMANDS.get(subject.upper())
    if row is None:
        raise Refusal(numerics.ERR_HELPNOTFOUND, quotable(subject), text="No help on that; HELP lists the commands")
    ctx.reply(numerics.RPL_HELPSTART, row.name, text=row.syntax)
    for text in [*row.help.splitlines(), f"Specification: {row.spec}"]:
        ctx.reply(numerics.RPL_HELPTXT, row.name, text=text or " ")
    ctx.reply(numerics.RPL_ENDOFHELP, row.name)


def _overview(ctx: Context) -> None:
    ctx.reply(numerics.RPL_HELPSTART, "*", text=f"{ctx.engine.network}: JOIN #lobby, then PRIVMSG #lobby :hello")
    for text in replies.wrapped(list(registry.known_commands()), 400):
        ctx.reply(numerics.RPL_HELPTXT, "*", text=text)
    ctx.reply(numerics.RPL_HELPTXT, "*", text="HELP <command> says how one is used")
    ctx.reply(numerics.RPL_ENDOFHELP, "*")
