"""How somebody is here: AWAY and SETNAME.

AWAY before registration is for clients with draft/pre-away: one that connects without a person says so with AWAY *, and
nobody believes that somebody is there. The star is passed on as it is.

Specification: Modern IRC "AWAY message" (https://modern.ircdocs.horse/#away-message), IRCv3 draft/pre-away
(https://ircv3.net/specs/extensions/pre-away), setname (https://ircv3.net/specs/extensions/setname).
"""

from __future__ import annotations

from ipcchat.core import caps, facts, replies
from ipcchat.core.context import Context
from ipcchat.core.errors import Failure, Refusal
from ipcchat.core.rates import Rate
from ipcchat.core.registry import IRCV3, MODERN, command
from ipcchat.wire import numerics


@command("AWAY", spec=MODERN + "away-message", before=True, rate=Rate(4, 120))
def away(ctx: Context, text: str = "") -> None:
    """Say that you are away: AWAY :at lunch. Without a text you are back."""
    text = replies.fitting(text, ctx.engine.limits.away_bytes_max)
    if ctx.session.user is not None:
        ctx.propose(facts.AwayChanged, text=text)
    else:
        _before_registration(ctx, text)


def _before_registration(ctx: Context, text: str) -> None:
    """What the user will be when he arrives. Raises Refusal 451."""
    if not ctx.session.has(caps.PRE_AWAY):
        problem = "You have not registered: before that, AWAY needs the capability draft/pre-away"
        raise Refusal(numerics.ERR_NOTREGISTERED, text=problem)
    ctx.session.away = text
    ctx.reply(numerics.RPL_NOWAWAY if text else numerics.RPL_UNAWAY)


@command("SETNAME", spec=IRCV3 + "setname", rate=Rate(4, 120))
def setname(ctx: Context, realname: str) -> None:
    """Change your realname: SETNAME :Ann Example."""
    most = ctx.engine.limits.realname_bytes_max
    if not 1 <= len(realname.encode()) <= most:
        text = f"A realname has 1 to {most} bytes"
        raise Failure(numerics.ERR_UNKNOWNERROR, "SETNAME", "INVALID_REALNAME", text=text)
    ctx.propose(facts.RealnameChanged, realname=realname)
