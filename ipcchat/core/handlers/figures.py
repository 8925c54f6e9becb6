"""FIGURES: what the server measures of itself, for a page that shows it; PRIVS: what an operator may do.

Rules:
1. A figure is a row of server/metrics.py, so whatever is measured is told, and nothing else: no name, no address.
2. A histogram is told by its sum and its count.

Specification: docs/admin.md; 270 as in Solanum.
"""

from __future__ import annotations

from ipcchat.core import replies, rules
from ipcchat.core.context import Context
from ipcchat.core.effects import FiguresRead, ReadFigures
from ipcchat.core.handlers.operators import require_operator
from ipcchat.core.privileges import FIGURES, PRIVILEGES
from ipcchat.core.registry import command
from ipcchat.wire import numerics

SPECIFICATION = "admin.md"
BATCH = "ipc-chat/figures"


@command("FIGURES", spec=SPECIFICATION, cost=2.0)
def figures(ctx: Context) -> None:
    """See what the server measures of itself, for operators: a line for each figure, as /metrics has them."""
    rules.require_privilege(ctx.user, FIGURES)
    ctx.ask(ReadFigures(), lambda answer: _tell(ctx, answer))


def _tell(ctx: Context, answer: FiguresRead) -> None:
    with ctx.batched(BATCH):
        for name, value in answer.figures:
            ctx.line(replies.line(ctx.engine.server_name, "FIGURES", name, value))


@command("PRIVS", spec="https://github.com/solanum-ircd/solanum/blob/main/help/opers/privs")
def privs(ctx: Context) -> None:
    """See what you may do as an operator of the network."""
    require_operator(ctx)
    held = [name for name in PRIVILEGES if rules.has_privilege(ctx.user, name)]
    ctx.reply(numerics.RPL_PRIVS, ctx.user.nick, text=" ".join(held))
