"""Being in channels: JOIN, PART, CYCLE, TOPIC, KICK, RENAME."""

from __future__ import annotations

from ipcchat.core import caps, describe, facts, names, renames, replies, rules
from ipcchat.core.apply import missed
from ipcchat.core.apply.channels import check_return
from ipcchat.core.context import Context
from ipcchat.core.errors import Failure, Refusal
from ipcchat.core.handlers.filters import punishing
from ipcchat.core.registry import IRCV3, MODERN, command
from ipcchat.core.skeletons import skeleton
from ipcchat.core.state import Channel
from ipcchat.core.targets import pairs, quotable, several, with_keys
from ipcchat.wire import numerics

# What keeps somebody out of a channel, so that +f leads him to another.
_CLOSED = frozenset(
    {
        numerics.ERR_CHANNELISFULL,
        numerics.ERR_INVITEONLYCHAN,
        numerics.ERR_BANNEDFROMCHAN,
        numerics.ERR_BADCHANNELKEY,
        numerics.ERR_NEEDREGGEDNICK,
    }
)


@command("JOIN", spec=MODERN + "join-message", each=0.5)
def join(ctx: Context, channels: str, keys: str = "") -> None:
    """Enter channels, with their keys where they need them: JOIN #tea,#ops secret. They are made when they do not
    exist. JOIN 0 leaves all."""
    if channels == "0":
        for room in ctx.state.channels_of(ctx.user):
            ctx.propose(facts.Parted, channel=room.name, reason="Left all channels")
        return
    now = ctx.state.seq
    ctx.then = lambda: missed.after_join(ctx, _joined_after(ctx, now))
    for name, key in with_keys(ctx, channels, keys):
        with ctx.attempt():
            _enter(ctx, name, key)


def _joined_after(ctx: Context, seq: int) -> list[Channel]:
    """The channels that the user joined behind that place of the journal."""
    rooms = zip(ctx.state.channels_of(ctx.user), ctx.user.since, strict=True)
    return [room for room, since in rooms if since > seq]


def _enter(ctx: Context, name: str, key: str) -> None:
    """Join one channel, or the one that it leads to. Raises Refusal."""
    room = ctx.state.channels.find(name) or _renamed(ctx, name)
    if room is None:
        _check_name(ctx, name)
        ctx.propose(facts.Joined, channel=name, skeleton=skeleton(name))
        return
    try:
        ctx.propose(facts.Joined, channel=room.name, key=key if room.key else "")
    except Refusal as refusal:
        other = _forward(ctx, room) if refusal.numeric in _CLOSED else None
        if other is None:
            raise
        ctx.reply(numerics.ERR_LINKCHANNEL, room.name, other.name)
        ctx.propose(facts.Joined, channel=other.name)


def _renamed(ctx: Context, name: str) -> Channel | None:
    """The channel that had this name before, for clients that are led there. Those with draft/channel-rename are
    refused and go there by themselves."""
    room = renames.successor(ctx.state, name, ctx.engine.now.wall)
    if room is None or ctx.session.caps & caps.CHANNEL_RENAME:
        return None
    if not renames.may_follow(ctx.state, room, ctx.user, ctx.engine.now.wall):
        return None
    ctx.reply(numerics.ERR_LINKCHANNEL, quotable(name), room.name, text=renames.word_of(room))
    return room


def _check_name(ctx: Context, name: str) -> None:
    problem = names.channel_problem(name, ctx.engine.limits)
    if problem:
        raise Refusal(numerics.ERR_BADCHANMASK, quotable(name), text=problem)


def _forward(ctx: Context, room: Channel) -> Channel | None:
    """Where +f leads those who may not come in: one step, to a channel that they may know and are not in."""
    found = ctx.state.channels.find(room.forward)
    other = found or renames.successor(ctx.state, room.forward, ctx.engine.now.wall)
    if other is None or other is room or not rules.may_know(other, ctx.user) or ctx.user.uid in other.members:
        return None
    return other


@command("PART", spec=MODERN + "part-message", each=0.5)
def part(ctx: Context, channels: str, reason: str = "") -> None:
    """Leave channels, with a reason if you like: PART #tea,#ops :going home."""
    for name in several(ctx, channels):
        with ctx.attempt():
            ctx.propose(facts.Parted, channel=quotable(name), reason=_cut(ctx, reason))


def _cut(ctx: Context, reason: str) -> str:
    """A reason at the length that ISUPPORT tells (KICKLEN)."""
    return replies.fitting(reason, ctx.engine.limits.kick_bytes_max)


@command("CYCLE", spec="https://docs.inspircd.org/4/modules/cycle/", cost=2.0)
def cycle(ctx: Context, channel: str, reason: str = "") -> None:
    """Leave a channel and enter it again: CYCLE #tea :be right back. You stay if you could not come back."""
    room = ctx.joined_channel(quotable(channel))
    check_return(ctx.state, room, ctx.user, ctx.engine.now.wall)
    ctx.propose(facts.Parted, channel=room.name, reason=_cut(ctx, reason) or "Cycling")
    ctx.then = lambda: ctx.propose(facts.Joined, channel=room.name, key=room.key)


@command("TOPIC", spec=MODERN + "topic-message")
def topic(ctx: Context, channel: str, text: str | None = None) -> None:
    """See a channel's topic: TOPIC #tea. Set it: TOPIC #tea :Green or black? An empty text takes it away: TOPIC #tea
    :"""
    room = ctx.joined_channel(quotable(channel))
    if text is not None:
        written = replies.fitting(text, ctx.engine.limits.topic_bytes_max)
        with punishing(ctx):
            ctx.propose(facts.TopicChanged, channel=room.name, text=written)
    elif room.topic:
        describe.topic_if_any(ctx, room)
    else:
        ctx.reply(numerics.RPL_NOTOPIC, room.name)


@command("KICK", spec=MODERN + "kick-message")
def kick(ctx: Context, channels: str, nicks: str, reason: str = "") -> None:
    """Put people out of a channel: KICK #room ann,bob :why. With several channels, each has its own nick: KICK #a,#b
    ann,bob."""
    for name, nickname in pairs(ctx, channels, nicks):
        with ctx.attempt():
            room = ctx.joined_channel(quotable(name))
            victim = ctx.find_user(quotable(nickname))
            ctx.propose(facts.Kicked, channel=room.name, victim=victim.uid, reason=_cut(ctx, reason))


@command("RENAME", spec=IRCV3 + "channel-rename")
def rename(ctx: Context, channel: str, name: str, reason: str = "") -> None:
    """Give a channel another name; members, modes and history stay: RENAME #tee #tea :a typo."""
    room = ctx.joined_channel(quotable(channel))
    rules.require("rename", ctx.state, room, ctx.user)
    problem = names.channel_problem(name, ctx.engine.limits)
    if problem:
        raise Failure(numerics.ERR_UNKNOWNERROR, "RENAME", "CANNOT_RENAME", room.name, quotable(name), text=problem)
    ctx.propose(facts.ChannelRenamed, channel=room.name, name=name, reason=_cut(ctx, reason), skeleton=skeleton(name))
