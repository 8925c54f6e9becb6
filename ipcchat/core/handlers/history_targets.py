"""CHATHISTORY TARGETS: the channels and people with messages in a time; and what all of CHATHISTORY reads and refuses.

A client goes on with the time of the last target that it got, which is not in the next answer. So a page never ends
between two targets of one millisecond: it gets longer than was asked instead.

Specification: IRCv3 draft/chathistory (https://ircv3.net/specs/extensions/chathistory).
"""

from __future__ import annotations

import msgspec

from ipcchat.core import past, replies
from ipcchat.core.context import Context
from ipcchat.core.effects import Targets, TargetsAnswer
from ipcchat.core.errors import Failure
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold
from ipcchat.wire.message import WireError
from ipcchat.wire.times import parse_time

FORM = (4, "CHATHISTORY TARGETS <timestamp> <timestamp> <limit>")
EQUAL_TARGETS_MAX = 10_000
"""As many as an account can have with one latest time: more than a journal can write in a millisecond."""

Found = list[tuple[str, int, int]]


def invalid(subcommand: str, *context: str, text: str) -> Failure:
    """What was written is not the command's syntax."""
    return Failure(numerics.ERR_UNKNOWNERROR, "CHATHISTORY", "INVALID_PARAMS", subcommand, *context, text=text)


def wrong_kind(subcommand: str, written: str, text: str) -> Failure:
    """A point in history is written in a way that this subcommand does not know."""
    context = (subcommand, quotable(written))
    return Failure(numerics.ERR_UNKNOWNERROR, "CHATHISTORY", "INVALID_MSGREFTYPE", *context, text=text)


def not_read(subcommand: str, *context: str, text: str) -> Failure:
    """Nothing could be found out."""
    return Failure(numerics.ERR_UNKNOWNERROR, "CHATHISTORY", "MESSAGE_ERROR", subcommand, *context, text=text)


def read_limit(ctx: Context, subcommand: str, written: str) -> int:
    """How many, at most as many as ISUPPORT says. Raises Failure."""
    if not (written.isascii() and written.isdigit() and len(written) <= 9 and int(written) > 0):
        raise invalid(subcommand, quotable(written), text="The limit is a number from 1 on")
    return min(int(written), ctx.engine.limits.history_messages_max)


def read_time(subcommand: str, written: str) -> int:
    """timestamp=... as Unix ms. Raises Failure."""
    kind, _, value = written.partition("=")
    if kind != "timestamp":
        raise wrong_kind(subcommand, written, f"{subcommand} takes times: timestamp=2026-01-02T03:04:05.678Z")
    try:
        return parse_time(value)
    except WireError as error:
        raise invalid(subcommand, quotable(written), text=f"Invalid timestamp: {error}") from None


def tell(ctx: Context, first: str, last: str, limit: str) -> None:
    """Ask for the targets between two times, counted from the first one, and tell them."""
    times, most = [read_time("TARGETS", written) for written in (first, last)], read_limit(ctx, "TARGETS", limit)
    state, user = ctx.state, ctx.user
    query = Targets(
        spans=past.of_channels(state, user),
        after=min(times),
        before=max(times),
        limit=most + 1,
        through=state.seq,
        newest=times[0] > times[1],
        account=fold(user.account),
        account_after=past.account_after(state, user),
    )
    ctx.ask(query, lambda answer: _answered(ctx, query, answer))


def _answered(ctx: Context, query: Targets, answer: TargetsAnswer) -> None:
    """Tell a page, or ask for the rest of its last millisecond first."""
    _require_read(answer)
    found, most = answer.found, query.limit - 1
    if len(found) <= most:
        _tell(ctx, found)
        return
    kept, next_one = (found[1:], found[0]) if query.newest else (found[:-1], found[-1])
    edge = kept[0][2] if query.newest else kept[-1][2]
    if next_one[2] != edge:
        _tell(ctx, kept)
        return
    rest = msgspec.structs.replace(query, after=edge - 1, before=edge + 1, limit=EQUAL_TARGETS_MAX)
    others = [row for row in kept if row[2] != edge]
    ctx.ask(rest, lambda equal: _extended(ctx, others, equal))


def _extended(ctx: Context, others: Found, equal: TargetsAnswer) -> None:
    _require_read(equal)
    _tell(ctx, sorted([*others, *equal.found], key=lambda row: row[1]))


def _require_read(answer: TargetsAnswer) -> None:
    if answer.error:
        raise not_read("TARGETS", text=f"Messages could not be retrieved: {answer.error}")


def _tell(ctx: Context, found: Found) -> None:
    """One batch of a line for each."""
    server, names = ctx.engine.server_name, past.Names(ctx.state, ctx.user)
    with ctx.batched("draft/chathistory-targets"):
        for history, _, at in found:
            if name := names.called(history):
                ctx.line(replies.line(server, "CHATHISTORY", "TARGETS", name, ctx.engine.tagger.time(at)))
