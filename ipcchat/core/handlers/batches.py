"""BATCH: several lines that are one command (core/client_batches.py has the rules; types are in files of their own)."""

from __future__ import annotations

from ipcchat.core import client_batches
from ipcchat.core.context import Context
from ipcchat.core.errors import Failure
from ipcchat.core.registry import IRCV3, command
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics


@command("BATCH", spec=IRCV3 + "client-batch", pipelined=True)
def batch(ctx: Context, reference: str, kind: str = "", *parameters: str) -> None:
    """Send several lines as one message: BATCH +1 draft/multiline #lobby, then each as @batch=1 PRIVMSG #lobby :line,
    then BATCH -1."""
    sign, name = reference[:1], reference[1:]
    if sign == "+":
        client_batches.begin(ctx, name, kind, parameters)
    elif sign == "-":
        client_batches.end(ctx, name)
    else:
        text = "Write BATCH +reference to begin a batch, BATCH -reference to end it"
        raise Failure(numerics.ERR_UNKNOWNERROR, "BATCH", "INVALID_REFTAG", quotable(reference), text=text)
