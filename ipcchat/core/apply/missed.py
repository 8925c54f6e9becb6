"""What somebody was written in private while he had no connection: he hears it with the first one that he has again.

Messages in channels are read from their history (CHATHISTORY); this is for private ones, which no channel keeps.
"""

from __future__ import annotations

from ipcchat.core import facts
from ipcchat.core.apply import messages
from ipcchat.core.context import Context
from ipcchat.core.counting import counted
from ipcchat.core.effects import History, HistoryAnswer


def tell(ctx: Context, after: int) -> None:
    """Ask for what is behind that place of the journal, and tell it: the last `history_messages_max`, each with the
    time at which it was said (server-time)."""
    query = History(
        facts.inbox(ctx.user.account),
        limit=ctx.engine.limits.history_messages_max + 1,
        through=ctx.state.seq,
        floor=after,
    )
    ctx.ask(query, lambda answer: _answered(ctx, answer))


def _answered(ctx: Context, answer: HistoryAnswer) -> None:
    if answer.error:
        ctx.note("MISSED", f"What you were written while you were not connected cannot be read now: {answer.error}")
        return
    found = [(entry, entry.fact) for entry in answer.entries if isinstance(entry.fact, facts.Posted)]
    found = [(entry, fact) for entry, fact in found if _is_wanted(ctx, fact)]
    most = ctx.engine.limits.history_messages_max
    if found:
        count = counted(len(found), "private message") if len(found) <= most else f"More than {most} private messages"
        ctx.note("MISSED", f"{count} came while you were not connected")
    for entry, fact in found[-most:]:
        for row in messages.replayed(ctx.engine, fact, entry, ctx.session.caps, ctx.user.nick):
            ctx.write(row)


def _is_wanted(ctx: Context, fact: facts.Posted) -> bool:
    """Whether he would have heard it: not from those whom he does not want to hear (SILENCE)."""
    return fact.by not in ctx.state.users or not messages.is_silenced(ctx.state, ctx.user, fact.by)
