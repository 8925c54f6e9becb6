"""Making others do something: SAJOIN, SAPART, SANICK, and SAMODE for channels in which one has no rank.

Rules:
1. What somebody is made to do, he and others hear as if he had done it; the operator who made him hears a note. It is
   in the audit log.
2. SAJOIN passes keys, bans, invitations and limits of a channel; SANICK passes no nick that is another's.

Behaviour as InspIRCd and UnrealIRCd have these commands.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ipcchat.core import audit, facts, names, rules
from ipcchat.core.context import Context
from ipcchat.core.errors import Refusal
from ipcchat.core.handlers.modes import allowed_changes
from ipcchat.core.modes import CHANNEL_CLASSES, PREFIX_MODES
from ipcchat.core.privileges import FORCE, OVERRIDE
from ipcchat.core.registry import command
from ipcchat.core.skeletons import skeleton
from ipcchat.core.state import User
from ipcchat.core.targets import quotable, several
from ipcchat.wire import modes, numerics

UNREALIRCD = "https://www.unrealircd.org/docs/User_%26_Oper_commands"


@command("SAJOIN", spec=UNREALIRCD)
def sajoin(ctx: Context, nick: str, channels: str) -> None:
    """Make somebody enter a channel, whatever keeps him out, for operators: SAJOIN ann #tea."""
    rules.require_privilege(ctx.user, FORCE)
    victim = ctx.find_user(quotable(nick))
    for name in several(ctx, channels):
        with ctx.attempt():
            room = ctx.state.channels.find(name)
            problem = "" if room else names.channel_problem(name, ctx.engine.limits)
            if problem:
                raise Refusal(numerics.ERR_BADCHANMASK, quotable(name), text=problem)
            if room is not None and victim.uid in room.members:
                raise Refusal(numerics.ERR_USERONCHANNEL, victim.nick, room.name)
            channel = room.name if room else name
            _force(ctx, victim, facts.Joined, f"join {channel}", channel=channel, skeleton=skeleton(name))


@command("SAPART", spec=UNREALIRCD)
def sapart(ctx: Context, nick: str, channels: str, reason: str = "") -> None:
    """Make somebody leave a channel, for operators: SAPART ann #tea :Not here."""
    rules.require_privilege(ctx.user, FORCE)
    victim = ctx.find_user(quotable(nick))
    for name in several(ctx, channels):
        with ctx.attempt():
            room = ctx.state.channels.find(name)
            if room is None:
                raise Refusal(numerics.ERR_NOSUCHCHANNEL, quotable(name))
            text = reason[: ctx.engine.limits.ban_reason_bytes_max]
            _force(ctx, victim, facts.Parted, f"part {room.name}", channel=room.name, reason=text)


@command("SANICK", spec=UNREALIRCD)
def sanick(ctx: Context, nick: str, new_nick: str) -> None:
    """Give somebody another nick, for operators: SANICK ann anna."""
    rules.require_privilege(ctx.user, FORCE)
    victim = ctx.find_user(quotable(nick))
    problem = names.nick_problem(new_nick, ctx.engine.limits)
    if problem:
        shown = quotable(new_nick) if new_nick.isprintable() else "*"
        raise Refusal(numerics.ERR_ERRONEUSNICKNAME, shown, text=problem)
    _force(ctx, victim, facts.NickChanged, f"nick {new_nick}", nick=new_nick, skeleton=skeleton(new_nick))


def _force(ctx: Context, victim: User, kind: type[facts.Fact], deed: str, **fields: Any) -> None:
    """Propose what somebody is made to do as a fact of his. Raises Refusal, and Ignored when there is nothing to do."""
    engine, nick = ctx.engine, victim.nick
    fact: Any = kind
    ctx.put(fact(engine.next_id(), engine.now.wall, victim.uid, forced_by=ctx.user.uid, **fields))
    audit.write(engine, audit.FORCED, ctx.session, victim.mask, deed)
    _then_note(ctx, f"{nick} was made to {deed}")


def _then_note(ctx: Context, text: str) -> None:
    """Say it when it is done, behind what was to be said before."""
    before = ctx.then

    def tell() -> None:
        if before is not None:
            before()
        ctx.note("FORCED", text)

    ctx.then = tell


@command("SAMODE", spec=UNREALIRCD)
def samode(ctx: Context, channel: str, letters: str, *arguments: str) -> None:
    """Change the modes of a channel without a rank there, for operators: SAMODE #tea +o ann."""
    rules.require_privilege(ctx.user, OVERRIDE)
    room = ctx.state.channels.find(channel)
    if room is None:
        raise Refusal(numerics.ERR_NOSUCHCHANNEL, quotable(channel))
    as_owner = msgspec.structs.replace(room, members=room.members | {ctx.user.uid: PREFIX_MODES[0]})
    wanted = allowed_changes(ctx, as_owner, modes.parse_modes(CHANNEL_CLASSES, letters, list(arguments)))
    if wanted:
        ctx.propose(facts.ChannelModesChanged, channel=room.name, changes=tuple(wanted), forced=True)
        audit.write(ctx.engine, audit.FORCED, ctx.session, room.name, f"mode {letters}")
        _then_note(ctx, f"The modes of {room.name} are changed")
