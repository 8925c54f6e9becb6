"""MARKREAD: how far one has read, for all of one's own clients.

Specification: IRCv3 draft/read-marker (https://ircv3.net/specs/extensions/read-marker).
"""

from __future__ import annotations

from ipcchat.core import facts, past
from ipcchat.core.apply import read_marks
from ipcchat.core.context import Context
from ipcchat.core.errors import Failure
from ipcchat.core.registry import IRCV3, command
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics
from ipcchat.wire.message import WireError
from ipcchat.wire.times import parse_time

SYNTAX = "MARKREAD <channel or nick> [timestamp=2026-01-02T03:04:05.678Z]"


@command("MARKREAD", spec=IRCV3 + "read-marker")
def markread(ctx: Context, target: str = "", timestamp: str = "") -> None:
    """Say up to when you have read a channel or what somebody wrote to you, or ask for it: MARKREAD #tea. Programs do
    it by themselves, so that what you read here is not new there."""
    if not target:
        raise _failure("NEED_MORE_PARAMS", text=f"Missing parameters: {SYNTAX}")
    name, place = _place(ctx, target)
    known = read_marks.marker(ctx.state, ctx.user, place)
    read_at = _time(timestamp) if timestamp else 0
    if read_at > known:
        ctx.propose(facts.ReadMarked, place=place, target=name, read_at=read_at)
    else:
        read_marks.tell(ctx, name, known)


def _failure(code: str, *context: str, text: str) -> Failure:
    return Failure(numerics.ERR_UNKNOWNERROR, "MARKREAD", code, *context, text=text)


def _place(ctx: Context, target: str) -> tuple[str, str]:
    """What the target is called, and the name of its history. Raises Failure INVALID_PARAMS, the same for a channel
    that the user is not in as for none."""
    if target.startswith("#"):
        room = ctx.state.channels.find(target)
        if room is None or ctx.user.uid not in room.members:
            raise _failure("INVALID_PARAMS", quotable(target), text="Invalid parameters: join the channel first")
        return room.name, room.history
    if quotable(target) != target or "," in target or len(target.encode()) > ctx.engine.limits.nick_bytes_max + 1:
        raise _failure("INVALID_PARAMS", quotable(target), text=f"Invalid parameters: {SYNTAX}")
    other = ctx.state.nicks.find(target)
    return other.nick if other is not None else target, past.conversation_with(ctx.state, ctx.user, target)


def _time(timestamp: str) -> int:
    """The time (Unix ms) of timestamp=... Raises Failure INVALID_PARAMS."""
    kind, _, value = timestamp.partition("=")
    try:
        if kind == "timestamp":
            return parse_time(value)
    except WireError as error:
        raise _failure("INVALID_PARAMS", quotable(timestamp), text=f"Invalid timestamp: {error}") from None
    raise _failure("INVALID_PARAMS", quotable(timestamp), text=f"Invalid parameters: {SYNTAX}")
