"""Answers of many words and of many rows.

Rules:
1. No word is cut and none is lost: an answer takes as many lines as it needs.
2. An answer that may have thousands of rows is bounded by `some_of`, and who asked is told when it was cut short.
3. What a search costs is taken from the flood bucket by `charge`, so that nobody keeps the others waiting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ipcchat.core import replies
from ipcchat.core.context import Context
from ipcchat.wire.numerics import Numeric

SEARCHED_PER_LINE = 1_000
"""A search through so many people or channels takes the core as long as several ordinary lines."""


def tell_words(ctx: Context, numeric: Numeric, words: Sequence[str], *params: str, separator: str = " ") -> None:
    """A numeric whose last parameter is words (without spaces), in as many lines as it takes; none for no words."""
    head = replies.line(ctx.engine.server_name, numeric.code, ctx.session.display, *params)
    for text in replies.wrapped(words, replies.REPLY_BYTES_MAX - len(head.encode()) - 2):
        ctx.line(f"{head} :{text.replace(' ', separator)}")


def row(ctx: Context, numeric: Numeric, *params: str) -> str:
    """One row of an answer, finished but for its tags."""
    return replies.line(ctx.engine.server_name, numeric.code, ctx.session.display, *params)


def some_of(ctx: Context, rows: Iterable[str], rows_max: int) -> tuple[int, bool]:
    """Answer with rows, but with no more than `rows_max`, and no more than a send queue holds with room to spare:
    nobody is cut off because he asked (SAFELIST). Returns how many were sent, and whether they were all."""
    sent, bytes_left = 0, ctx.engine.limits.send_queue_bytes_max // 2
    for text in rows:
        bytes_left -= len(text.encode())
        if sent == rows_max or bytes_left < 0:
            return sent, False
        ctx.line(text)
        sent += 1
    return sent, True


def charge(ctx: Context, searched: int) -> None:
    """Take from the session's flood bucket what a search through so many entries costs."""
    if ctx.engine.throttled:
        ctx.session.tokens -= searched / SEARCHED_PER_LINE


def as_asked(name: str) -> str:
    """What somebody asked for as the end of an answer repeats it: in full, but with a comma for what cannot stand in
    the middle of a line."""
    written = name.replace(" ", ",")
    return f",{written[1:]}" if written.startswith(":") else written or "*"
