"""AUDIT: reading what the server has recorded of who did what to whom (core/audit.py)."""

from __future__ import annotations

from ipcchat.core import audit, replies, rules
from ipcchat.core.context import Context
from ipcchat.core.counting import counted
from ipcchat.core.effects import AuditRead, ReadAudit
from ipcchat.core.errors import Failure
from ipcchat.core.privileges import AUDIT
from ipcchat.core.registry import command
from ipcchat.wire import numerics

SHOWN = 20
LINE_BYTES_MAX = 400
"""A record is told in one line, in which the name of the server and of the reader stand, too."""


@command("AUDIT", spec="https://modern.ircdocs.horse/#operator-messages", cost=3.0)
def audit_(ctx: Context, count: str = "", word: str = "") -> None:
    """Read the last records of this server's audit log, for operators: AUDIT, AUDIT 50, AUDIT 50 kill, AUDIT eve."""
    rules.require_privilege(ctx.user, AUDIT)
    if count and not (count.isascii() and count.isdigit() and len(count) < 7):
        count, word = "", " ".join(filter(None, (count, word)))
    wanted = min(max(1, int(count or SHOWN)), ctx.engine.limits.audit_rows_max)
    audit.write(ctx.engine, audit.READ, ctx.session, "", f"{wanted} {word}".strip())
    ctx.ask(ReadAudit(wanted, word), lambda answer: _tell(ctx, answer))


def _tell(ctx: Context, answer: AuditRead) -> None:
    """The records were read. Raises Failure when they could not be."""
    if answer.error:
        text = f"The audit log cannot be read now: {answer.error}"
        raise Failure(numerics.ERR_FILEERROR, "AUDIT", "UNREADABLE", text=text)
    for line in answer.lines:
        ctx.note("RECORD", replies.fitting(line, LINE_BYTES_MAX))
    count = len(answer.lines)
    ctx.note("END_OF_RECORDS", counted(count, "record"))
