"""What the server tells a reader about the state: the welcome, a channel's topic and members."""

from __future__ import annotations

from ipcchat.core import authtoken, caps, long_answers, metadata, replies, support, visibility
from ipcchat.core.context import Context
from ipcchat.core.modes import CHANNEL_CLASSES, SYMBOLS, USER_MODES
from ipcchat.core.state import Channel, User
from ipcchat.wire import numerics
from ipcchat.wire.times import format_time


def welcome(ctx: Context) -> None:
    """The burst that completes registration: 001 to 005, LUSERS, MOTD (Modern IRC, Connection Registration)."""
    engine, user = ctx.engine, ctx.user
    started = format_time(engine.started.wall)
    ctx.reply(numerics.RPL_WELCOME, text=f"Welcome to {engine.network}, {user.mask}")
    ctx.reply(numerics.RPL_YOURHOST, text=f"Your host is {engine.server_name}, running {engine.version}")
    ctx.reply(numerics.RPL_CREATED, text=f"This server was started at {started}")
    classes = CHANNEL_CLASSES
    with_argument = classes.lists + classes.settings + classes.limits + classes.prefixes
    letters = [
        "".join(sorted(set(some))) for some in ("".join(USER_MODES), with_argument + classes.flags, with_argument)
    ]
    ctx.reply_text(numerics.RPL_MYINFO, engine.server_name, engine.version.replace(" ", "-"), *letters)
    support.tell(ctx)
    authtoken.at_welcome(ctx)
    user_counts(ctx)
    metadata.at_welcome(ctx)
    message_of_the_day(ctx)
    beginning(ctx)


def beginning(ctx: Context) -> None:
    """The cursor behind which everything is told to this connection as it happens, for clients that catch up
    (docs/catch-up.md)."""
    if ctx.session.caps & caps.CATCH_UP:
        cursor = ctx.engine.tagger.msgid(ctx.state.seq)
        ctx.line(replies.line(ctx.engine.server_name, "CATCHUP", "NOW", cursor))


def user_counts(ctx: Context) -> None:
    """LUSERS: how many are here. Secret channels do not count, or the number would tell of them."""
    state = ctx.state
    invisible, users = state.invisible, len(state.users)
    local, unknown = len(ctx.engine.audience.uids()), ctx.engine.strangers
    ctx.reply(
        numerics.RPL_LUSERCLIENT,
        text=f"There are {users - invisible} users and {invisible} invisible on {len(state.incarnations())} servers",
    )
    if state.operators:
        ctx.reply(numerics.RPL_LUSEROP, str(state.operators))
    if unknown:
        ctx.reply(numerics.RPL_LUSERUNKNOWN, str(unknown))
    ctx.reply(numerics.RPL_LUSERCHANNELS, str(len(state.public)))
    ctx.reply(numerics.RPL_LUSERME, text=f"I have {ctx.engine.audience.count} clients and 0 servers")
    most = state.users_most
    ctx.reply(numerics.RPL_LOCALUSERS, str(local), str(most), text=f"Current local users {local}, max {most}")
    ctx.reply(numerics.RPL_GLOBALUSERS, str(users), str(most), text=f"Current global users {users}, max {most}")


def message_of_the_day(ctx: Context) -> None:
    """MOTD, or that there is none."""
    if not ctx.engine.motd:
        ctx.reply(numerics.ERR_NOMOTD)
        return
    ctx.reply(numerics.RPL_MOTDSTART, text=f"- {ctx.engine.server_name} Message of the day - ")
    for text in ctx.engine.motd:
        ctx.reply(numerics.RPL_MOTD, text=f"- {text}")
    ctx.reply(numerics.RPL_ENDOFMOTD)


def topic_if_any(ctx: Context, channel: Channel) -> None:
    """332 and 333 when the channel has a topic."""
    if channel.topic:
        ctx.reply(numerics.RPL_TOPIC, channel.name, text=channel.topic)
        ctx.reply_text(numerics.RPL_TOPICWHOTIME, channel.name, channel.topic_by, str(channel.topic_at // 1000))


def members(ctx: Context, channel: Channel) -> None:
    """353 and 366: who is in the channel, as far as the reader may know; @ marks a secret channel, * a private one."""
    with_hosts = ctx.session.caps & caps.USERHOST_IN_NAMES
    names = [
        prefixes(ctx, modes) + (user.mask if with_hosts else user.nick)
        for user, modes in visibility.members(ctx.state, channel, ctx.user)
    ]
    symbol = "@" if "s" in channel.flags else "*" if "p" in channel.flags else "="
    long_answers.tell_words(ctx, numerics.RPL_NAMREPLY, names, symbol, channel.name)
    ctx.reply(numerics.RPL_ENDOFNAMES, channel.name)


def prefixes(ctx: Context, modes: str) -> str:
    """A member's prefixes as the reader's client expects them: the highest one, or all with multi-prefix."""
    if not modes:
        return ""
    if ctx.session.caps & caps.MULTI_PREFIX:
        return "".join(SYMBOLS[letter] for letter in modes)
    return SYMBOLS[modes[0]]


def away_if_so(ctx: Context, user: User | None) -> None:
    """301 when the user is away."""
    if user is not None and user.away:
        ctx.reply(numerics.RPL_AWAY, user.nick, text=user.away)
