"""What the server tells a reader about the state: the welcome, ISUPPORT, a channel's topic and members."""

from __future__ import annotations

from collections.abc import Sequence

from ipcchat.core import caps, replies
from ipcchat.core.context import Context
from ipcchat.core.limits import Limits
from ipcchat.core.state import MEMBER_PREFIXES, Channel, User
from ipcchat.wire import isupport, numerics
from ipcchat.wire.modes import ModeClasses
from ipcchat.wire.numerics import Numeric
from ipcchat.wire.times import format_time

USER_CLASSES = ModeClasses(flags="io")
CHANNEL_CLASSES = ModeClasses(
    lists="b",
    settings="k",
    limits="l",
    flags="imnst",
    prefixes="".join(MEMBER_PREFIXES),
    symbols="".join(MEMBER_PREFIXES.values()),
)


def supported(network: str, limits: Limits) -> dict[str, str]:
    """The ISUPPORT tokens, made from the limits that are enforced
    (https://modern.ircdocs.horse/#rplisupport-parameters)."""
    return {
        "NETWORK": network,
        "CASEMAPPING": "ascii",
        "CHANTYPES": "#",
        "CHANMODES": CHANNEL_CLASSES.chanmodes,
        "PREFIX": CHANNEL_CLASSES.prefix,
        "CHANLIMIT": f"#:{limits.channels_per_user_max}",
        "CHANNELLEN": str(limits.channel_bytes_max),
        "NICKLEN": str(limits.nick_characters_max),
        "USERLEN": str(limits.user_characters_max),
        "NAMELEN": str(limits.realname_bytes_max),
        "TOPICLEN": str(limits.topic_bytes_max),
        "AWAYLEN": str(limits.away_bytes_max),
        "KICKLEN": str(limits.kick_bytes_max),
        "KEYLEN": str(limits.key_characters_max),
        "MAXLIST": f"b:{limits.masks_per_list_max}",
        "MODES": str(limits.modes_per_command_max),
        "MAXTARGETS": str(limits.targets_per_message_max),
        "TARGMAX": _target_limits(limits),
        "CHATHISTORY": str(limits.history_messages_max),
        "MSGREFTYPES": "msgid,timestamp",
        "SAFELIST": "",
        "UTF8ONLY": "",
    }


def _target_limits(limits: Limits) -> str:
    several, messages = limits.targets_per_command_max, limits.targets_per_message_max
    rows = {"JOIN": several, "PART": several, "NAMES": several, "KICK": several, "WHOIS": 1, "LIST": several}
    rows |= {"PRIVMSG": messages, "NOTICE": messages, "TAGMSG": messages}
    return ",".join(f"{name}:{most}" for name, most in rows.items())


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
        "".join(sorted(set(some))) for some in (USER_CLASSES.flags, with_argument + classes.flags, with_argument)
    ]
    ctx.reply_text(numerics.RPL_MYINFO, engine.server_name, engine.version.replace(" ", "-"), *letters)
    support(ctx)
    user_counts(ctx)
    message_of_the_day(ctx)


def support(ctx: Context) -> None:
    """005, as many lines as it takes."""
    for tokens in isupport.format_isupport(supported(ctx.engine.network, ctx.engine.limits)):
        ctx.reply(numerics.RPL_ISUPPORT, *tokens)


def user_counts(ctx: Context) -> None:
    """LUSERS: how many are here. Secret channels do not count, or the number would tell of them."""
    state = ctx.state
    invisible, users = state.invisible, len(state.users)
    channels = sum(bool(channel.members) and "s" not in channel.flags for channel in state.channels.values())
    local, unknown = len(ctx.engine.audience.sessions), ctx.engine.unregistered()
    ctx.reply(
        numerics.RPL_LUSERCLIENT,
        text=f"There are {users - invisible} users and {invisible} invisible on {len(state.incarnations())} servers",
    )
    if unknown:
        ctx.reply(numerics.RPL_LUSERUNKNOWN, str(unknown))
    ctx.reply(numerics.RPL_LUSERCHANNELS, str(channels))
    ctx.reply(numerics.RPL_LUSERME, text=f"I have {local} clients and 0 servers")
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
    """353 and 366: who is in the channel, as far as the reader may know; @ for a secret channel, = for others."""
    inside = ctx.user.uid in channel.members
    names = [
        prefixes(ctx, modes) + (user.mask if ctx.session.caps & caps.USERHOST_IN_NAMES else user.nick)
        for user, modes in ctx.state.members(channel)
        if inside or "i" not in user.modes
    ]
    symbol = "@" if "s" in channel.flags else "="
    for text in wrapped_reply(ctx, numerics.RPL_NAMREPLY, (symbol, channel.name), names):
        ctx.line(text)
    ctx.reply(numerics.RPL_ENDOFNAMES, channel.name)


def wrapped_reply(ctx: Context, numeric: Numeric, params: Sequence[str], words: Sequence[str]) -> list[str]:
    """A numeric whose last parameter is many words, in as many lines as it takes."""
    head = replies.line(ctx.engine.server_name, numeric.code, ctx.session.display, *params)
    return [f"{head} :{text}" for text in replies.wrapped(words, replies.REPLY_BYTES_MAX - len(head.encode()) - 2)]


def words_in_a_line(ctx: Context, numeric: Numeric, words: Sequence[str]) -> None:
    """A numeric whose last parameter is words, as many of them as fit into one line."""
    texts = wrapped_reply(ctx, numeric, (), words)
    if texts:
        ctx.line(texts[0])
    else:
        ctx.reply_text(numeric, "")


def prefixes(ctx: Context, modes: str) -> str:
    """A member's prefixes as the reader's client expects them: the highest one, or all with multi-prefix."""
    if not modes:
        return ""
    if ctx.session.caps & caps.MULTI_PREFIX:
        return "".join(MEMBER_PREFIXES[letter] for letter in modes)
    return MEMBER_PREFIXES[modes[0]]


def away_if_so(ctx: Context, user: User | None) -> None:
    """301 when the user is away."""
    if user is not None and user.away:
        ctx.reply(numerics.RPL_AWAY, user.nick, text=user.away)
