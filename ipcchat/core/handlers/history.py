"""CHATHISTORY: what was said in a channel, for its members (IRCv3 draft/chathistory)."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ipcchat.core import facts
from ipcchat.core.apply import messages
from ipcchat.core.context import Context
from ipcchat.core.effects import History, HistoryAnswer, Reference
from ipcchat.core.errors import Failure
from ipcchat.core.registry import IRCV3, command
from ipcchat.core.state import Channel
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics
from ipcchat.wire.message import WireError
from ipcchat.wire.times import parse_time


@command("CHATHISTORY", spec=IRCV3 + "chathistory")
def chathistory(ctx: Context, *params: str) -> None:
    """Read a channel's history: CHATHISTORY LATEST #room * 50; also BEFORE, AFTER, AROUND (a point) and BETWEEN (two
    points)."""
    subcommand = params[0].upper() if params else "*"
    plan = _SUBCOMMANDS.get(subcommand)
    if plan is None:
        raise _invalid(quotable(subcommand), text="Unknown command: use LATEST, BEFORE, AFTER, AROUND or BETWEEN")
    if len(params) != plan.params:
        problem = "Insufficient parameters" if len(params) < plan.params else "Too many parameters"
        raise _invalid(subcommand, text=f"{problem}: {plan.syntax}")
    room = _readable_channel(ctx, subcommand, params[1])
    points = [_point(ctx, subcommand, written) for written in params[2:-1]]
    query = History(
        target=room.history,
        limit=_limit(ctx, subcommand, params[-1]),
        through=ctx.state.seq,
        floor=room.history_after,
    )
    _ask(ctx, subcommand, room, plan.make(query, *points))


def _invalid(subcommand: str, *context: str, text: str) -> Failure:
    return Failure(numerics.ERR_UNKNOWNERROR, "CHATHISTORY", "INVALID_PARAMS", subcommand, *context, text=text)


def _readable_channel(ctx: Context, subcommand: str, name: str) -> Channel:
    """A channel whose history the user may read: one that he is in. The refusal is the same for all others."""
    room = ctx.state.channels.find(name)
    if room is None or ctx.user.uid not in room.members:
        raise Failure(
            numerics.ERR_UNKNOWNERROR,
            "CHATHISTORY",
            "INVALID_TARGET",
            subcommand,
            quotable(name),
            text="Messages could not be retrieved: join the channel first",
        )
    return room


def _point(ctx: Context, subcommand: str, written: str) -> Reference | None:
    """A point in history: timestamp=..., msgid=... or * for none."""
    kind, _, value = written.partition("=")
    if written == "*" and subcommand == "LATEST":
        return None
    if kind == "timestamp":
        try:
            return Reference(at=parse_time(value))
        except WireError as error:
            raise _invalid(subcommand, quotable(written), text=f"Invalid timestamp: {error}") from None
    if kind == "msgid":
        seq = ctx.engine.tagger.seq(value)
        if seq is None:
            raise _unknown(subcommand)
        return Reference(seq=seq)
    text = "Write a point in history as timestamp=2026-01-02T03:04:05.678Z or msgid=<id>"
    raise Failure(
        numerics.ERR_UNKNOWNERROR, "CHATHISTORY", "INVALID_MSGREFTYPE", subcommand, quotable(written), text=text
    )


def _unknown(subcommand: str) -> Failure:
    text = "No message with that msgid is in this history"
    return Failure(numerics.ERR_UNKNOWNERROR, "CHATHISTORY", "MESSAGE_ERROR", subcommand, text=text)


def _limit(ctx: Context, subcommand: str, written: str) -> int:
    """How many messages, at most as many as ISUPPORT says."""
    if not (written.isascii() and written.isdigit() and len(written) <= 9 and int(written) > 0):
        raise _invalid(subcommand, quotable(written), text="The limit is a number from 1 on")
    return min(int(written), ctx.engine.limits.history_messages_max)


def _latest(query: History, after: Reference | None) -> History:
    return msgspec.structs.replace(query, after=after)


def _before(query: History, before: Reference) -> History:
    return msgspec.structs.replace(query, before=before)


def _after(query: History, after: Reference) -> History:
    return msgspec.structs.replace(query, after=after, newest=False)


def _around(query: History, around: Reference) -> History:
    return msgspec.structs.replace(query, around=around)


def _between(query: History, first: Reference, last: Reference) -> History:
    """Counted from the first point. Whether that is the earlier one shows in the answer: backwards, nothing is
    between them."""
    return msgspec.structs.replace(query, after=first, before=last, newest=False)


def _ask(ctx: Context, subcommand: str, room: Channel, query: History) -> None:
    def answered(answer: HistoryAnswer) -> None:
        if query.after and query.before and not query.newest and not answer.entries and not answer.unknown_reference:
            backwards = msgspec.structs.replace(query, after=query.before, before=query.after, newest=True)
            ctx.ask(backwards, lambda second: _answer(ctx, subcommand, room, second))
        else:
            _answer(ctx, subcommand, room, answer)

    ctx.ask(query, answered)


class Plan(msgspec.Struct, frozen=True):
    """A subcommand: how many parameters it has with its own name, how it is written, and what it asks for."""

    params: int
    syntax: str
    make: Callable[..., History]


_SUBCOMMANDS = {
    "LATEST": Plan(4, "CHATHISTORY LATEST <channel> <* | point> <limit>", _latest),
    "BEFORE": Plan(4, "CHATHISTORY BEFORE <channel> <point> <limit>", _before),
    "AFTER": Plan(4, "CHATHISTORY AFTER <channel> <point> <limit>", _after),
    "AROUND": Plan(4, "CHATHISTORY AROUND <channel> <point> <limit>", _around),
    "BETWEEN": Plan(5, "CHATHISTORY BETWEEN <channel> <point> <point> <limit>", _between),
}


def _answer(ctx: Context, subcommand: str, room: Channel, answer: HistoryAnswer) -> None:
    """Send the messages in one batch of type chathistory, or bare to clients without batches."""
    if answer.error:
        text = f"Messages could not be retrieved: {answer.error}"
        raise Failure(numerics.ERR_UNKNOWNERROR, "CHATHISTORY", "MESSAGE_ERROR", subcommand, room.name, text=text)
    if answer.unknown_reference:
        raise _unknown(subcommand)
    engine, bits = ctx.engine, ctx.session.caps
    with ctx.batched("chathistory", room.name):
        for entry in answer.entries:
            if isinstance(entry.fact, facts.Posted) and entry.seq not in engine.voided:
                for row in messages.replayed(engine, entry.fact, entry, bits, room.name):
                    ctx.write(row)
