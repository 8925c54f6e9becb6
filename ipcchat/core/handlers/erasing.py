"""ERASE: everything that somebody said is taken out of the server's files."""

from __future__ import annotations

from ipcchat.core import facts, names, replies, rules
from ipcchat.core.context import Context
from ipcchat.core.errors import Failure
from ipcchat.core.facts import party
from ipcchat.core.privileges import ERASE
from ipcchat.core.registry import command
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics

ERGO = "https://github.com/ergochat/ergo/blob/stable/docs/MANUAL.md#message-history"


@command("ERASE", spec=ERGO, cost=5.0)
def erase(ctx: Context, whom: str, reason: str = "") -> None:
    """Take everything that somebody said out of the server's files, for operators: ERASE ann :She asked for it, or
    ERASE ~ann for what was said under that nick without an account. Nobody can undo it, and backups still have it."""
    rules.require_privilege(ctx.user, ERASE)
    name = whom.removeprefix("~")
    account = None if whom[:1] == "~" else ctx.state.accounts.find(name)
    problem = "" if account is not None else names.nick_problem(name, ctx.engine.limits)
    if problem:
        text = f"ERASE takes an account, or ~ and a nick: {problem}"
        raise Failure(numerics.ERR_UNKNOWNERROR, "ERASE", "INVALID_PARAMS", quotable(whom), text=text)
    if account is None and whom[:1] != "~":
        ctx.warn("NO_ACCOUNT", f"There is no account {name} now: what was said under one of that name is erased")
    reason = replies.fitting(reason.strip(), ctx.engine.limits.ban_reason_bytes_max)
    said_by = party("", name) if whom[:1] == "~" else party(name, "")
    ctx.propose(facts.Erased, party=said_by, reason=reason, author=ctx.user.operator)
