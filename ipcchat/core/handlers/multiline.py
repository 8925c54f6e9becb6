"""draft/multiline: a message of several lines, and of lines that are too long for the wire.

    BATCH +1 draft/multiline #tea
    @batch=1 PRIVMSG #tea :the first line,
    @batch=1;draft/multiline-concat PRIVMSG #tea : which goes on here
    @batch=1 PRIVMSG #tea :the second
    BATCH -1

It is one fact with one place in history. The lines stay as they were sent: others get them in a batch, or one after the
other when they do not know that (apply/messages.py). Client tags and the idempotency key stand on the line that begins
the batch; a line with client tags of its own is refused, because nobody would see them.

Specification: IRCv3 draft/multiline (https://ircv3.net/specs/extensions/multiline).
"""

from __future__ import annotations

from collections.abc import Sequence

from ipcchat.core import caps
from ipcchat.core.client_batches import client_batch
from ipcchat.core.context import Context
from ipcchat.core.errors import Failure, Refusal
from ipcchat.core.facts import LINE_BREAK, SEAM
from ipcchat.core.handlers import messages
from ipcchat.core.registry import IRCV3
from ipcchat.core.targets import quotable
from ipcchat.wire import numerics
from ipcchat.wire.casemap import fold

CONCAT_TAG = "draft/multiline-concat"


@client_batch("draft/multiline", spec=IRCV3 + "multiline", needs=caps.MULTILINE | caps.BATCH, line_cost=0.5)
class Multiline:
    """A message on its way: its lines as they came, and how many bytes its text has."""

    def __init__(self, ctx: Context, target: str = "", *surplus: str) -> None:
        if not target or "," in target:
            raise _invalid("One recipient is needed: BATCH +reference draft/multiline #room")
        self.limits = ctx.engine.limits
        self.target = target
        self.verb = ""
        self.text = ""
        self.lines = self.bytes = 0

    def take(self, verb: str, params: Sequence[str], tags: dict[str, str]) -> None:
        """One more line. Raises Failure."""
        text, concat = self._checked(verb, params, tags)
        size = self.bytes + len(text.encode()) + (self.lines > 0 and not concat)
        if size > self.limits.multiline_bytes_max:
            most = self.limits.multiline_bytes_max
            raise _over("MULTILINE_MAX_BYTES", most, f"A message has at most {most} bytes: send it in parts")
        if self.lines == self.limits.multiline_lines_max:
            most = self.limits.multiline_lines_max
            raise _over("MULTILINE_MAX_LINES", most, f"A message has at most {most} lines: send it in parts")
        if self.lines:
            self.text += SEAM if concat else LINE_BREAK
        self.text += text
        self.verb, self.lines, self.bytes = verb, self.lines + 1, size

    def _checked(self, verb: str, params: Sequence[str], tags: dict[str, str]) -> tuple[str, bool]:
        """A line's text, and whether it goes on the one before. Raises Failure when it cannot be in this batch."""
        if verb not in ("PRIVMSG", "NOTICE") or (self.verb and verb != self.verb):
            raise _invalid("The lines of a message are all PRIVMSG or all NOTICE")
        if len(params) < 2:
            raise _invalid(f"A line has the recipient and a text: {verb} {quotable(self.target)} :text")
        if fold(params[0]) != fold(self.target):
            raise Failure(
                numerics.ERR_UNKNOWNERROR,
                "BATCH",
                "MULTILINE_INVALID_TARGET",
                quotable(self.target),
                quotable(params[0]),
                text="All lines of a message go to the recipient of the batch",
            )
        concat = CONCAT_TAG in tags
        if concat and not (params[1] and self.lines):
            raise _invalid("A line that goes on the one before needs a text, and a line before it")
        if any(name.startswith("+") for name in tags):
            raise _invalid("Client tags of the message belong to the line that begins the batch")
        return params[1], concat

    def finish(self, ctx: Context) -> None:
        """Say it. Raises Refusal like PRIVMSG and NOTICE do."""
        if not self.text.strip(LINE_BREAK):
            raise _invalid("A message needs at least one line that is not blank")
        ctx.quiet = self.verb == "NOTICE" and not ctx.label
        try:
            messages.post(ctx, self.verb, self.target, self.text)
        except Refusal as refusal:
            if refusal.numeric is not numerics.ERR_INPUTTOOLONG:
                raise
            ctx.quiet = False
            raise _invalid(refusal.text) from None


def _invalid(text: str) -> Failure:
    return Failure(numerics.ERR_UNKNOWNERROR, "BATCH", "MULTILINE_INVALID", text=text)


def _over(code: str, most: int, text: str) -> Failure:
    return Failure(numerics.ERR_UNKNOWNERROR, "BATCH", code, str(most), text=text)
