"""How somebody is here: AWAY and SETNAME."""

from __future__ import annotations

from ipcchat.core import facts, replies
from ipcchat.core.context import Context
from ipcchat.core.errors import Failure
from ipcchat.core.registry import IRCV3, MODERN, command
from ipcchat.wire import numerics


@command("AWAY", spec=MODERN + "away-message")
def away(ctx: Context, text: str = "") -> None:
    """Say that you are away, with a reason; without one you are back."""
    ctx.propose(facts.AwayChanged, text=replies.fitting(text, ctx.engine.limits.away_bytes_max))


@command("SETNAME", spec=IRCV3 + "setname")
def setname(ctx: Context, realname: str) -> None:
    """Change your realname."""
    most = ctx.engine.limits.realname_bytes_max
    if not 1 <= len(realname.encode()) <= most:
        text = f"A realname has 1 to {most} bytes"
        raise Failure(numerics.ERR_UNKNOWNERROR, "SETNAME", "INVALID_REALNAME", text=text)
    ctx.propose(facts.RealnameChanged, realname=realname)
