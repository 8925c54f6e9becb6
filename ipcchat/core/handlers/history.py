"""CHATHISTORY: what was said in a channel, for its members, and in private, for people with an account.

Everybody who may not read something gets the same refusal, whether it exists or not. TARGETS is in history_targets.py.

Specification: IRCv3 draft/chathistory (https://ircv3.net/specs/extensions/chathistory).
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ipcchat.core import caps, past
from ipcchat.core.context import Context
from ipcchat.core.effects import History, HistoryAnswer, Reference, Spans
from ipcchat.core.errors import Failure
from ipcchat.core.handlers import history_targets
from ipcchat.core.handlers.history_targets import invalid, not_read, read_limit, read_time, wrong_kind
from ipcchat.core.registry import IRCV3, command
from ipcchat.core.retelling import retold
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics


@command("CHATHISTORY", spec=IRCV3 + "chathistory")
def chathistory(ctx: Context, *params: str) -> None:
    """Read a channel's history, or what you and somebody else wrote to each other: CHATHISTORY LATEST #room * 50; also
    BEFORE, AFTER, AROUND (a point) and BETWEEN (two points). TARGETS (two times) names the channels and people with
    news."""
    subcommand = params[0].upper() if params else "*"
    plan = _SUBCOMMANDS.get(subcommand)
    if plan is None and subcommand != "TARGETS":
        known = ", ".join(_SUBCOMMANDS)
        raise invalid(quotable(subcommand), text=f"Unknown command: use {known} or TARGETS")
    count, syntax = (plan.params, plan.syntax) if plan is not None else history_targets.FORM
    if len(params) != count:
        problem = "Insufficient parameters" if len(params) < count else "Too many parameters"
        raise invalid(subcommand, text=f"{problem}: {syntax}")
    if plan is None:
        history_targets.tell(ctx, *params[1:])
        return
    found = _readable(ctx, subcommand, params[1])
    points = [_point(ctx, subcommand, written) for written in params[2:-1]]
    limit, events = read_limit(ctx, subcommand, params[-1]), ctx.session.has(caps.EVENT_PLAYBACK)
    query = History(target=found.history, limit=limit, spans=found.spans, events=events)
    _ask(ctx, subcommand, found, plan.make(query, *points))


class Readable(msgspec.Struct, frozen=True):
    """A history that the user may read, what it is called, and what of it he may see."""

    history: str
    name: str
    spans: Spans


def _readable(ctx: Context, subcommand: str, name: str) -> Readable:
    """A channel that the user is in, or his conversation with somebody. Raises Failure, the same for all others."""
    if not name.startswith("#"):
        return _conversation(ctx, subcommand, name)
    room = ctx.state.channels.find(name)
    if room is None or ctx.user.uid not in room.members:
        raise _unreadable(subcommand, name, "join the channel first")
    return Readable(room.history, room.name, past.of_channel(ctx.state, ctx.user, room))


def _conversation(ctx: Context, subcommand: str, name: str) -> Readable:
    """What the user and somebody else wrote to each other: nobody can say whether there is anything, so it is never
    refused to who has an account."""
    if not ctx.user.account:
        raise _unreadable(subcommand, name, "register an account to keep what is written in private")
    other = ctx.state.nicks.find(name)
    history = past.conversation_with(ctx.state, ctx.user, name)
    return Readable(history, other.nick if other else quotable(name), past.of_conversation(ctx.state, ctx.user))


def _unreadable(subcommand: str, name: str, advice: str) -> Failure:
    text = f"Messages could not be retrieved: {advice}"
    context = (subcommand, quotable(name))
    return Failure(numerics.ERR_UNKNOWNERROR, "CHATHISTORY", "INVALID_TARGET", *context, text=text)


def _point(ctx: Context, subcommand: str, written: str) -> Reference | None:
    """A point in history: timestamp=..., msgid=... or * for none."""
    kind, _, value = written.partition("=")
    if written == "*" and subcommand == "LATEST":
        return None
    if kind == "timestamp":
        return Reference(at=read_time(subcommand, written))
    if kind == "msgid":
        seq = ctx.engine.tagger.seq(value)
        if seq is None:
            raise _unknown(subcommand)
        return Reference(seq=seq)
    text = "Write a point in history as timestamp=2026-01-02T03:04:05.678Z or msgid=<id>"
    raise wrong_kind(subcommand, written, text)


def _unknown(subcommand: str) -> Failure:
    return not_read(subcommand, text="No message with that msgid is in this history")


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


class Plan(msgspec.Struct, frozen=True):
    """A subcommand: how many parameters it has with its own name, how it is written, and what it asks for."""

    params: int
    syntax: str
    make: Callable[..., History]


_SUBCOMMANDS = {
    "LATEST": Plan(4, "CHATHISTORY LATEST <channel or nick> <* | point> <limit>", _latest),
    "BEFORE": Plan(4, "CHATHISTORY BEFORE <channel or nick> <point> <limit>", _before),
    "AFTER": Plan(4, "CHATHISTORY AFTER <channel or nick> <point> <limit>", _after),
    "AROUND": Plan(4, "CHATHISTORY AROUND <channel or nick> <point> <limit>", _around),
    "BETWEEN": Plan(5, "CHATHISTORY BETWEEN <channel or nick> <point> <point> <limit>", _between),
}


def _ask(ctx: Context, subcommand: str, found: Readable, query: History) -> None:
    def answered(answer: HistoryAnswer) -> None:
        if query.after and query.before and not query.newest and not answer.found and not answer.unknown_reference:
            backwards = msgspec.structs.replace(query, after=query.before, before=query.after, newest=True)
            ctx.ask(backwards, lambda second: _answer(ctx, subcommand, found, second))
        else:
            _answer(ctx, subcommand, found, answer)

    ctx.ask(query, answered)


def _answer(ctx: Context, subcommand: str, found: Readable, answer: HistoryAnswer) -> None:
    """Send the messages in one batch of type chathistory, or bare to clients without batches."""
    if answer.error:
        text = f"Messages could not be retrieved: {answer.error}"
        raise not_read(subcommand, found.name, text=text)
    if answer.unknown_reference:
        raise _unknown(subcommand)
    with ctx.batched("chathistory", found.name):
        for thing in answer.found:
            for row in retold(ctx, thing, found.name):
                ctx.write(row)
