"""Looking around: NAMES and LIST. Which channels and members are shown is a matter of visibility.py and rules.py."""

from __future__ import annotations

from ipcchat.core import channel_search, describe, long_answers, rules
from ipcchat.core.context import Context
from ipcchat.core.registry import MODERN, command
from ipcchat.core.targets import quotable, several
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold


@command("NAMES", spec=MODERN + "names-message", each=0.5)
def names_(ctx: Context, channels: str = "") -> None:
    """See who is in channels: NAMES #tea,#ops."""
    for name in several(ctx, channels) if channels else ["*"]:
        room = ctx.state.channels.find(name)
        if room is None or not rules.may_know(room, ctx.user):
            ctx.reply(numerics.RPL_ENDOFNAMES, quotable(name))
        else:
            long_answers.charge(ctx, len(room.members))
            describe.members(ctx, room)


@command("LIST", spec=MODERN + "list-message", cost=2.0)
def list_(ctx: Context, channels: str = "", conditions: str = "") -> None:
    """See the channels and their topics. LIST #dev*,>10 shows those whose name matches and that have more than 10
    members; also <5, !#dev* for others, C<60 for channels made in the last 60 minutes and T<60 for new topics."""
    words = several(ctx, f"{channels},{conditions}") if channels or conditions else []
    search, strange = channel_search.parse(word for word in words if fold(word) != fold(ctx.engine.server_name))
    ctx.reply(numerics.RPL_LISTSTART, "Channel", text="Users  Name")
    if strange:
        ctx.note("INVALID_CONDITION", f"{quotable(strange[0])} is nothing to look for; {channel_search.ADVICE}")
    else:
        _tell_found(ctx, search)
    ctx.reply(numerics.RPL_LISTEND)


def _tell_found(ctx: Context, search: channel_search.ChannelSearch) -> None:
    now, reader = ctx.engine.now.wall, ctx.user
    candidates = list(search.candidates(ctx.state))
    found = [
        room for room in candidates if rules.is_listed_for(room, reader) and room.formed and search.finds(room, now)
    ]
    long_answers.charge(ctx, len(candidates))
    rows = (long_answers.row(ctx, numerics.RPL_LIST, room.name, str(len(room.members)), room.topic) for room in found)
    shown, complete = long_answers.some_of(ctx, rows, ctx.engine.limits.list_rows_max)
    if not complete:
        ctx.note("LIST_TRUNCATED", f"{len(found) - shown} more; give a mask, for instance LIST #a*")
