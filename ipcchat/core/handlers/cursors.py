"""CURSOR: places in everything that happens, which the server keeps for the programs of an account (docs/catch-up.md).

A program reads by CATCHUP from its cursor, and sets it when its work is done: after a crash it goes on where it
stopped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ipcchat.core import facts, names
from ipcchat.core.apply import cursors
from ipcchat.core.context import Context
from ipcchat.core.errors import Failure
from ipcchat.core.handlers.catch_up import NEEDED, SPECIFICATION, place
from ipcchat.core.registry import command
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics

BATCH = "ipc-chat/cursors"
REWIND = "REWIND"
CHANNELS_BYTES_MAX = 300  # with everything else they fit into one line of an answer
_NAME = re.compile(r"[a-z0-9_.-]{1,32}", re.ASCII)


@command("CURSOR", spec=SPECIFICATION)
def cursor(ctx: Context, subcommand: str = "", *params: str) -> None:
    """Keep your program's place for it: CURSOR SET ci-bot <msgid> #build, CURSOR GET ci-bot, CURSOR LIST, CURSOR DROP
    ci-bot. With REWIND behind SET the place goes back."""
    if not ctx.session.has(NEEDED):
        text = "Ask for the capabilities first: CAP REQ :ipc-chat/catch-up batch message-tags"
        raise _failure("NEED_CAPABILITIES", text=text)
    if not subcommand:
        raise _failure("NEED_MORE_PARAMS", text="Missing parameters: CURSOR LIST, GET, SET or DROP")
    action = _SUBCOMMANDS.get(subcommand.upper())
    if action is None:
        raise _invalid(subcommand, "Unknown command: use LIST, GET, SET or DROP")
    if not ctx.user.account:
        raise _failure("ACCOUNT_REQUIRED", text="Cursors belong to accounts: log in first")
    action(ctx, params)


def _failure(code: str, *context: str, text: str) -> Failure:
    return Failure(numerics.ERR_UNKNOWNERROR, "CURSOR", code, *context, text=text)


def _invalid(written: str, text: str) -> Failure:
    return _failure("INVALID_PARAMS", quotable(written), text=text)


def _list(ctx: Context, params: Sequence[str]) -> None:
    with ctx.batched(BATCH):
        for name, kept in cursors.of_account(ctx.state, ctx.user.account).items():
            cursors.tell(ctx, name, kept)


def _get(ctx: Context, params: Sequence[str]) -> None:
    name = _name(params, "CURSOR GET <name>")
    kept = cursors.of_account(ctx.state, ctx.user.account).get(name)
    if kept is None:
        raise cursors.unknown(name)
    cursors.tell(ctx, name, kept)


def _drop(ctx: Context, params: Sequence[str]) -> None:
    name = _name(params, "CURSOR DROP <name>")
    ctx.propose(facts.CursorDropped, account=ctx.user.account, name=name)


def _set(ctx: Context, params: Sequence[str]) -> None:
    syntax = "CURSOR SET <name> <cursor | * | NOW> [#a,#b] [REWIND]"
    name = _name(params, syntax)
    if len(params) < 2:
        raise _failure("NEED_MORE_PARAMS", text=f"Missing parameters: {syntax}")
    seq = place(ctx, params[1])
    if seq is None:
        raise _failure("UNKNOWN_CURSOR", quotable(params[1]), text="This cursor is not of this journal")
    others = list(params[2:])
    rewind = bool(others) and others[-1].upper() == REWIND
    if rewind:
        others.pop()
    kept = cursors.of_account(ctx.state, ctx.user.account).get(name)
    targets = _channels(ctx, others[0]) if others else kept.targets if kept is not None else ()
    ctx.propose(facts.CursorMoved, account=ctx.user.account, name=name, seq=seq, targets=targets, rewind=rewind)


def _name(params: Sequence[str], syntax: str) -> str:
    if not params:
        raise _failure("NEED_MORE_PARAMS", text=f"Missing parameters: {syntax}")
    name = params[0].lower()
    if not _NAME.fullmatch(name):
        raise _invalid(params[0], "A cursor's name has 1 to 32 of a-z 0-9 _ . -")
    return name


def _channels(ctx: Context, written: str) -> tuple[str, ...]:
    """The channels that a program wants; none for all. They need not exist yet."""
    if written == cursors.EVERYTHING:
        return ()
    if len(written.encode()) > CHANNELS_BYTES_MAX:
        raise _invalid(
            written, f"The channels have at most {CHANNELS_BYTES_MAX} bytes altogether; use two cursors, or *"
        )
    found = tuple(dict.fromkeys(name for name in written.split(",") if name))
    for name in found:
        if not names.is_channel(name, ctx.engine.limits):
            raise _invalid(name, "Write channels with commas between them: #a,#b")
    return found


_SUBCOMMANDS = {"LIST": _list, "GET": _get, "SET": _set, "DROP": _drop}
