"""What people say as lines, live and in history: one line, a draft/multiline batch, or line after line.

An edit goes with its tag to clients that know edits (draft/message-edit); to the others it is an ordinary message whose
text ends in EDITED, cut where it would not fit.

Specification: IRCv3 draft/multiline (https://ircv3.net/specs/extensions/multiline).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from ipcchat.core import caps, facts, replies
from ipcchat.core.facts import LINE_BREAK, SEAM

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine

ACTION = ("\x01ACTION ", "\x01ACTION\x01")
EDIT_TAG = "+draft/edit"
KNOWS_EDITS = caps.EDIT | caps.MESSAGE_TAGS
EDITED = " (edited)"


def several_lines(engine: Engine, fact: facts.Posted, bits: int, at: int, seq: int) -> list[replies.Line]:
    """A message of several lines for one set of capabilities: a draft/multiline batch, or line after line without the
    blank ones."""
    client_tags = replies.written_tags(fact.tags)
    first = engine.tagger.tags(bits, at, seq, client_tags, fact.account, fact.marks)
    rest = engine.tagger.tags(bits, at, 0, "", fact.account, fact.marks)
    pieces = [piece for line in fact.text.split(LINE_BREAK) for piece in _pieces(line)]
    if bits & caps.MULTILINE and bits & caps.BATCH:
        return _batch(engine, fact, first, pieces)
    texts = [text for text, _ in pieces if text]
    return [replies.Line(rest if number else first, post_line(fact, text)) for number, text in enumerate(texts)]


def _pieces(line: str) -> list[tuple[str, bool]]:
    """One line as the pieces it was sent in, and whether each goes on the one before."""
    return [(piece, number > 0) for number, piece in enumerate(line.split(SEAM))]


def _batch(engine: Engine, fact: facts.Posted, tags: str, pieces: list[tuple[str, bool]]) -> list[replies.Line]:
    reference = engine.next_batch()
    opening = f":{fact.source} BATCH +{reference} draft/multiline {fact.status}{fact.target}"
    lines = [replies.Line(tags, opening, replies.Place.OPENING)]
    for text, joined in pieces:
        mark = f"batch={reference};draft/multiline-concat" if joined else f"batch={reference}"
        lines.append(replies.Line(mark, post_line(fact, text), replies.Place.INSIDE))
    lines.append(replies.Line("", f":{fact.source} BATCH -{reference}", replies.Place.CLOSING))
    return lines


def post_line(fact: facts.Posted, text: str | None = None) -> str:
    """A posted message as a line without tags, or one of its lines. `source` and `target` were checked when it was
    proposed, `text` is one line's."""
    whom = f"{fact.status}{fact.target}"
    if fact.verb == "TAGMSG":
        return f":{fact.source} TAGMSG {whom}"
    return f":{fact.source} {fact.verb} {whom} :{fact.text if text is None else text}"


def without_tag(fact: facts.Posted) -> facts.Posted:
    """An edit for clients that know none: a message whose text says that it is one."""
    room = replies.REPLY_BYTES_MAX - len(post_line(fact, "").encode())
    *before, last = re.split(f"([{LINE_BREAK}{SEAM}])", fact.text.rstrip(LINE_BREAK))
    tags = {name: value for name, value in fact.tags.items() if name != EDIT_TAG}
    return msgspec.structs.replace(fact, text="".join([*before, _marked(last, room)]), tags=tags)


def _marked(text: str, room: int) -> str:
    """A text that says that it was edited, in at most `room` bytes; inside the end of an action."""
    end = EDITED
    if text.startswith(ACTION) and text.endswith("\x01"):
        text, end = text[:-1], f"{EDITED}\x01"
    return replies.fitting(text, room - len(end)) + end
