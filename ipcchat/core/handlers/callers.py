"""Whom one wants to hear: ACCEPT for people with caller-id (+g) and +R, SILENCE for all.

ACCEPT names people, who are forgotten when they leave; SILENCE has masks, and also extended ones that say who somebody
is (~a:account). Both lists end with the connection. Whoever is silenced does not notice it.

Specification: as charybdis and InspIRCd have them (https://docs.inspircd.org/4/modules/callerid/,
https://docs.inspircd.org/4/modules/silence/); ISUPPORT CALLERID and SILENCE.
"""

from __future__ import annotations

from ipcchat.core import extbans, facts
from ipcchat.core.context import Context
from ipcchat.core.errors import Refusal
from ipcchat.core.registry import command
from ipcchat.core.targets import quotable, several
from ipcchat.wire import numerics

INSPIRCD = "https://docs.inspircd.org/4/modules/"


@command("ACCEPT", spec=INSPIRCD + "callerid/")
def accept(ctx: Context, nicks: str = "*") -> None:
    """Choose who may write to you although you have +g or +R: ACCEPT ann,bob adds, ACCEPT -ann takes away, ACCEPT
    lists."""
    before, present = ctx.user.accepted, ctx.state.users
    accepted = {uid: None for uid in before if uid in present}
    for written in several(ctx, nicks):
        with ctx.attempt():
            if written == "*":
                _list_accepted(ctx, accepted)
            elif written.startswith("-"):
                _reject(ctx, accepted, written[1:])
            else:
                _accept(ctx, accepted, written.removeprefix("+"))
    added = tuple(uid for uid in accepted if uid not in before)
    taken = tuple(uid for uid in before if uid in present and uid not in accepted)
    if added or taken:
        ctx.propose(facts.CallersChanged, accepted=added, rejected=taken)


def _list_accepted(ctx: Context, accepted: dict[str, None]) -> None:
    for uid in accepted:
        ctx.reply(numerics.RPL_ACCEPTLIST, ctx.state.users[uid].nick)
    ctx.reply(numerics.RPL_ENDOFACCEPT)


def _accept(ctx: Context, accepted: dict[str, None], nick: str) -> None:
    """Put somebody on the list. Raises Refusal 401, 456 or 457."""
    caller = ctx.find_user(quotable(nick))
    if caller.uid in accepted:
        raise Refusal(numerics.ERR_ACCEPTEXIST, caller.nick)
    most = ctx.state.limits.callers_per_list_max
    if len(accepted) >= most:
        text = f"Your accept list is full: at most {most} people; take some away with ACCEPT -nick"
        raise Refusal(numerics.ERR_ACCEPTFULL, text=text)
    accepted[caller.uid] = None


def _reject(ctx: Context, accepted: dict[str, None], nick: str) -> None:
    """Take somebody from the list. Raises Refusal 401 or 458."""
    caller = ctx.find_user(quotable(nick))
    if caller.uid not in accepted:
        raise Refusal(numerics.ERR_ACCEPTNOT, caller.nick)
    del accepted[caller.uid]


@command("SILENCE", spec=INSPIRCD + "silence/")
def silence(ctx: Context, masks: str = "") -> None:
    """Choose whose private messages you do not get: SILENCE +eve!*@* adds, SILENCE -eve!*@* takes away, SILENCE lists.
    They do not notice it."""
    before = ctx.user.silenced
    if not masks:
        for mask in before:
            ctx.reply_text(numerics.RPL_SILELIST, mask)
        ctx.reply(numerics.RPL_ENDOFSILELIST)
        return
    silenced = dict(before)
    for written in several(ctx, masks):
        with ctx.attempt():
            if written.startswith("-"):
                _unsilence(ctx, silenced, _mask(ctx, written[1:]))
            else:
                _silence(ctx, silenced, _mask(ctx, written.removeprefix("+")))
    added = tuple(mask for mask in silenced if mask not in before)
    taken = tuple(mask for mask in before if mask not in silenced)
    if added or taken:
        ctx.propose(facts.CallersChanged, silenced=added, unsilenced=taken)


def _mask(ctx: Context, written: str) -> str:
    """A mask as the list keeps it. Raises Refusal 415."""
    most = ctx.engine.limits.mask_bytes_max
    problem = extbans.problem(written)
    row, _ = extbans.parse(written)
    if not written or " " in written or written.startswith(":") or len(written.encode()) > most:
        problem = f"A mask has 1 to {most} bytes and no space, for instance eve!*@*"
    elif row is not None and row.hits is None:
        problem = f"{extbans.MARK}{row.letter}: is for channels; silence the mask behind it"
    if problem:
        raise Refusal(numerics.ERR_BADMASK, quotable(written), text=problem)
    return extbans.normalized(written)


def _silence(ctx: Context, silenced: dict[str, None], mask: str) -> None:
    """Put a mask on the list; once is enough. Raises Refusal 511."""
    most = ctx.state.limits.callers_per_list_max
    if mask not in silenced and len(silenced) >= most:
        text = f"Your silence list is full: at most {most} masks; take some away with SILENCE -mask"
        raise Refusal(numerics.ERR_SILELISTFULL, quotable(mask), text=text)
    silenced[mask] = None


def _unsilence(ctx: Context, silenced: dict[str, None], mask: str) -> None:
    """Take a mask from the list, if it is there."""
    if mask in silenced:
        del silenced[mask]
    else:
        ctx.note("MASK_NOT_LISTED", f"{mask} is not on your silence list; SILENCE shows it")
