"""Asking people in and asking to be let in: INVITE, UNINVITE, KNOCK."""

from __future__ import annotations

from ipcchat.core import facts, replies
from ipcchat.core.context import Context
from ipcchat.core.errors import Refusal
from ipcchat.core.rates import Rate
from ipcchat.core.registry import MODERN, command
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics

INSPIRCD = "https://docs.inspircd.org/4/modules/"


@command("INVITE", spec=MODERN + "invite-message", rate=Rate(4, 60))
def invite(ctx: Context, nick: str = "", channel: str = "") -> None:
    """Invite somebody into a channel: INVITE ann #tea. Alone, see which channels you are invited to."""
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


@command("UNINVITE", spec=INSPIRCD + "uninvite/")
def uninvite(ctx: Context, nick: str, channel: str) -> None:
    """Take an invitation back: UNINVITE ann #tea."""
    room = ctx.joined_channel(quotable(channel))
    ctx.propose(facts.Uninvited, channel=room.name, guest=ctx.find_user(quotable(nick)).uid)


@command("KNOCK", spec=INSPIRCD + "knock/", cost=2.0)
def knock(ctx: Context, channel: str, reason: str = "") -> None:
    """Ask to be let into a channel that is closed to you: KNOCK #tea :it is me, ann."""
    room = ctx.visible_channel(quotable(channel))
    text = replies.fitting(reason, ctx.engine.limits.knock_bytes_max)
    ctx.propose(facts.Knocked, channel=room.name, reason=text)
