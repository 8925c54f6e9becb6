"""Being in channels: JOIN, PART, TOPIC, NAMES, LIST, KICK, INVITE."""

from __future__ import annotations

from ipcchat.core import describe, facts, names, replies, rules
from ipcchat.core.context import Context
from ipcchat.core.errors import Refusal
from ipcchat.core.registry import MODERN, command
from ipcchat.core.state import Channel
from ipcchat.wire import masks, numerics
from ipcchat.wire.casemap import fold


def several(ctx: Context, written: str) -> list[str]:
    """The different names in a comma-separated list. Raises Refusal 461 for none, 407 for more than one command may
    ask."""
    unique = {fold(name): name for name in written.split(",") if name}
    if not unique:
        raise Refusal(
            numerics.ERR_NEEDMOREPARAMS, ctx.command, text="Not enough parameters: there is no name in the list"
        )
    most = ctx.engine.limits.targets_per_command_max
    if len(unique) > most:
        raise Refusal(numerics.ERR_TOOMANYTARGETS, f"{len(unique)}", text=f"At most {most} targets in one command")
    return list(unique.values())


def quotable(name: str) -> str:
    """A name as it can stand in the middle of a reply. What could never be a name does not become one: a space and a
    leading colon are written as a comma, and a cut is marked."""
    written = name.replace(" ", ",")
    if written.startswith(":"):
        written = f",{written[1:]}"
    return f"{written[:64]}..." if len(written) > 64 else written or "*"


@command("JOIN", spec=MODERN + "join-message")
def join(ctx: Context, channels: str, keys: str = "") -> None:
    """Enter channels, with their keys where they need them; they are made when they do not exist."""
    if channels == "0":
        raise Refusal(
            numerics.ERR_NOSUCHCHANNEL, "0", text="JOIN 0 is not done here; use PART with the channels' names"
        )
    offered = dict(zip(channels.split(","), keys.split(","), strict=False))
    for name in several(ctx, channels):
        with ctx.attempt():
            if not names.is_channel(name, ctx.engine.limits):
                raise Refusal(
                    numerics.ERR_BADCHANMASK,
                    quotable(name),
                    text="Bad channel name: # and up to 63 characters without space or comma",
                )
            known = ctx.state.channels.find(name)
            ctx.propose(facts.Joined, channel=known.name if known else name, key=offered.get(name, ""))


@command("PART", spec=MODERN + "part-message")
def part(ctx: Context, channels: str, reason: str = "") -> None:
    """Leave channels."""
    for name in several(ctx, channels):
        with ctx.attempt():
            text = replies.fitting(reason, ctx.engine.limits.kick_bytes_max)
            ctx.propose(facts.Parted, channel=quotable(name), reason=text)


@command("TOPIC", spec=MODERN + "topic-message")
def topic(ctx: Context, channel: str, text: str | None = None) -> None:
    """See a channel's topic, or set it; an empty one takes it away."""
    room = ctx.joined_channel(quotable(channel))
    if text is not None:
        written = replies.fitting(text, ctx.engine.limits.topic_bytes_max)
        ctx.propose(facts.TopicChanged, channel=room.name, text=written)
    elif room.topic:
        describe.topic_if_any(ctx, room)
    else:
        ctx.reply(numerics.RPL_NOTOPIC, room.name)


@command("NAMES", spec=MODERN + "names-message")
def names_(ctx: Context, channels: str = "") -> None:
    """See who is in channels."""
    for name in several(ctx, channels) if channels else ["*"]:
        room = ctx.state.channels.find(name)
        if room is None or not rules.may_know(room, ctx.user):
            ctx.reply(numerics.RPL_ENDOFNAMES, quotable(name))
        else:
            describe.members(ctx, room)


@command("LIST", spec=MODERN + "list-message", cost=2.0)
def list_(ctx: Context, channels: str = "", server: str = "") -> None:
    """See the channels and their topics; give names or masks (#dev*) to see only those."""
    most = ctx.engine.limits.list_rows_max
    wanted = [fold(mask) for mask in several(ctx, channels)] if channels else []
    rows = [room for room in ctx.state.channels.values() if _is_listed(ctx, room, wanted)]
    ctx.reply(numerics.RPL_LISTSTART, "Channel", text="Users  Name")
    for room in rows[:most]:
        ctx.reply_text(numerics.RPL_LIST, room.name, str(len(room.members)), room.topic)
    if len(rows) > most:
        ctx.note("LIST_TRUNCATED", text=f"{len(rows) - most} more; give a mask, for instance LIST #a*")
    ctx.reply(numerics.RPL_LISTEND)


def _is_listed(ctx: Context, room: Channel, wanted: list[str]) -> bool:
    if not room.members or not rules.may_know(room, ctx.user):
        return False
    return not wanted or any(masks.match(mask, fold(room.name)) for mask in wanted)


@command("KICK", spec=MODERN + "kick-message")
def kick(ctx: Context, channel: str, nicks: str, reason: str = "") -> None:
    """Put people out of a channel that you are an operator of."""
    room = ctx.joined_channel(quotable(channel))
    for nickname in several(ctx, nicks):
        with ctx.attempt():
            victim = ctx.find_user(quotable(nickname))
            text = replies.fitting(reason, ctx.engine.limits.kick_bytes_max)
            ctx.propose(facts.Kicked, channel=room.name, victim=victim.uid, reason=text)


@command("INVITE", spec=MODERN + "invite-message")
def invite(ctx: Context, nick: str = "", channel: str = "") -> None:
    """Invite somebody into a channel; alone, see which channels you are invited to."""
    if not nick:
        _invitations(ctx)
        return
    if not channel:
        raise Refusal(numerics.ERR_NEEDMOREPARAMS, "INVITE", text="Not enough parameters: INVITE <nick> <channel>")
    room = ctx.joined_channel(quotable(channel))
    ctx.propose(facts.Invited, channel=room.name, guest=ctx.find_user(quotable(nick)).uid)


def _invitations(ctx: Context) -> None:
    for room in ctx.state.channels.values():
        if ctx.user.uid in room.invited:
            ctx.reply_text(numerics.RPL_INVITELIST, room.name)
    ctx.reply(numerics.RPL_ENDOFINVITELIST)
