"""Messages of several lines: how a text becomes the lines of a draft/multiline batch.

Rules:
1. What is put together again from the lines is the text, but for blank lines at its beginning and end.
2. No batch is over the server's limits; a text over them becomes several messages, cut between lines where possible.
3. A line that is too long is continued with draft/multiline-concat; the cut is behind a space, as the draft
   recommends, and never inside a character.

Specification: IRCv3 draft/multiline (https://ircv3.net/specs/extensions/multiline).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ipcchat.client.batches import CONCAT_TAG, MULTILINE_TYPE
from ipcchat.wire.message import Message
from ipcchat.wire.splitting import split_text

LINES_DEFAULT = 100
LINES_MAX = 1_000
BYTES_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class MultilineLimits:
    """What the server takes as one message."""

    bytes_max: int
    lines_max: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a message. `concat`: it goes on where the line before it ended."""

    text: str
    concat: bool = False

    @property
    def cost_bytes(self) -> int:
        """What it counts towards max-bytes, with the line break before it."""
        return len(self.text.encode()) + (not self.concat)


def multiline_limits(value: str) -> MultilineLimits | None:
    """The limits in the capability's value; None when it is not usable, for max-bytes must be there."""
    tokens = dict(token.partition("=")[::2] for token in value.split(","))
    bytes_max = number(tokens.get("max-bytes", ""))
    if not bytes_max:
        return None
    lines_max = number(tokens.get("max-lines", "")) or LINES_DEFAULT
    return MultilineLimits(min(bytes_max, BYTES_MAX), min(lines_max, LINES_MAX))


def number(text: str) -> int:
    """A number from a server; 0 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def text_of(lines: tuple[Line, ...]) -> str:
    """The text that these lines are, put together."""
    return "".join(line.text if line.concat or index == 0 else f"\n{line.text}" for index, line in enumerate(lines))


def split_lines(text: str, room_bytes: int) -> list[Line]:
    """A text as lines of at most `room_bytes` bytes. Raises WireError for a lone surrogate."""
    lines: list[Line] = []
    for row in text.split("\n"):
        pieces = list(split_row(row, room_bytes)) or [""]
        lines += [Line(piece, index > 0) for index, piece in enumerate(pieces)]
    return lines


def split_row(row: str, room_bytes: int) -> Iterator[str]:
    """A line in pieces that fit; a space at a cut stays at the end of its piece."""
    while row:
        # A character has at least one byte, so this much is enough to find the first piece.
        piece = split_text(row[: room_bytes + 1], room_bytes - 1)[0]
        if row[len(piece) : len(piece) + 1] == " ":
            piece += " "
        yield piece
        row = row[len(piece) :]


def groups(lines: list[Line], limits: MultilineLimits) -> list[tuple[Line, ...]]:
    """The lines as messages within the limits; blank lines around each are left out, for a server may refuse them."""
    found: list[list[Line]] = [[]]
    used = 0
    for line in lines:
        group = found[-1]
        if group and (len(group) >= limits.lines_max or used + line.cost_bytes > limits.bytes_max):
            found.append([])
            used = 0
        found[-1].append(line if found[-1] else Line(line.text))
        used += line.cost_bytes
    return [stripped for group in found if (stripped := strip_blank(group))]


def strip_blank(group: list[Line]) -> tuple[Line, ...]:
    """The lines without the blank ones at both ends."""
    start, stop = 0, len(group)
    while start < stop and not group[start].text.strip():
        start += 1
    while stop > start and not group[stop - 1].text.strip():
        stop -= 1
    first = [Line(group[start].text)] if start < stop else []
    return (*first, *group[start + 1 : stop])


def batch(reference: str, command: str, target: str, lines: tuple[Line, ...], tags: dict[str, str]) -> list[Message]:
    """The lines to send for one message; its tags stand on the batch."""
    inside = {"batch": reference}
    return [
        Message("BATCH", [f"+{reference}", MULTILINE_TYPE, target], None, tags),
        *(
            Message(command, [target, line.text], None, inside | ({CONCAT_TAG: ""} if line.concat else {}))
            for line in lines
        ),
        Message("BATCH", [f"-{reference}"]),
    ]
