"""The one door by which replies leave: numerics, tags, labels, batches and standard replies are written here and
nowhere else.

Rules:
1. Every line is made by `line()` or `format_message`, which refuse what would not parse back, and leaves by
   `encoded()`, which refuses what would be two: nobody's text becomes a second line. A line is cut at a character where
   it would be over 512 bytes with CR LF; what people post is refused instead, before it is proposed.
2. A labelled command has exactly one logical response: ACK, one labelled line, or one labelled batch (IRCv3
   labeled-response).
3. Lines of an unlabelled command leave as they come.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from ipcchat.core import caps
from ipcchat.core.session import Session
from ipcchat.wire import modes
from ipcchat.wire.message import Message, WireError, escape_value, format_message, format_tags
from ipcchat.wire.times import format_time

REPLY_BYTES_MAX = 510


def line(source: str, command: str, *params: str) -> str:
    """One line without tags and ending. Raises WireError for parameters that cannot be written."""
    return fitting(format_message(Message(command, list(params), source)))


def fitting(text: str, bytes_max: int = REPLY_BYTES_MAX) -> str:
    """As much of `text` as fits into `bytes_max` bytes of UTF-8, cut between characters."""
    if len(text) * 4 <= bytes_max:
        return text
    written = text.encode()
    return text if len(written) <= bytes_max else written[:bytes_max].decode(errors="ignore")


def mode_lines(source: str, channel: str, changed: Sequence[modes.Change]) -> list[str]:
    """Changes of a channel's modes as as few MODE lines as they fit into."""
    room = REPLY_BYTES_MAX - len(line(source, "MODE", channel, ":").encode())
    groups: list[list[modes.Change]] = []
    for change in changed:
        if groups and len(" ".join(modes.format_modes([*groups[-1], change])).encode()) <= room:
            groups[-1].append(change)
        else:
            groups.append([change])
    return [line(source, "MODE", channel, *modes.format_modes(group)) for group in groups]


class Tagger:
    """Writes the tags of lines that come from journal entries: time and msgid, for what a session's capabilities
    allow."""

    __slots__ = ("_second", "_written", "journal")

    def __init__(self, journal: str) -> None:
        self.journal = journal
        self._second = -1
        self._written = ""

    def time(self, at: int) -> str:
        """`at` (Unix ms) as server-time writes it; the part before the milliseconds is kept for the next call."""
        second = at // 1000
        if second != self._second:
            self._written = format_time(at)[:20]
            self._second = second
        return f"{self._written}{at % 1000:03d}Z"

    def msgid(self, seq: int) -> str:
        """The msgid of the entry at `seq`: the same on every node and for ever."""
        return f"{self.journal}-{seq:x}"

    def seq(self, msgid: str) -> int | None:
        """The sequence that `msgid` names, or None when it is not of this journal."""
        journal, _, number = msgid.rpartition("-")
        if journal != self.journal or not 1 <= len(number) <= 15:
            return None
        try:
            seq = int(number, 16)
        except ValueError:
            return None
        return seq if self.msgid(seq) == msgid else None

    def tags(self, bits: int, at: int, seq: int = 0, client_tags: str = "", account: str = "", marks: str = "") -> str:
        """Tags without '@' and the space: time for server-time; msgid (when `seq` is given) and client tags for
        message-tags; account, bot and operator of who said it for those who want to know."""
        if not bits & (caps.SERVER_TIME | caps.MESSAGE_TAGS | caps.ACCOUNT_TAG | caps.OPER_TAG):
            return ""
        parts = []
        if bits & caps.SERVER_TIME:
            parts.append(f"time={self.time(at)}")
        if bits & caps.MESSAGE_TAGS:
            if seq:
                parts.append(f"msgid={self.msgid(seq)}")
            if client_tags:
                parts.append(client_tags)
        if account or marks:
            parts += _origin(bits, account, marks)
        return ";".join(parts)


def _origin(bits: int, account: str, marks: str) -> list[str]:
    """What the tags tell of the one who said it."""
    known = []
    if account and bits & caps.ACCOUNT_TAG:
        known.append(f"account={escape_value(account)}")
    if "B" in marks and bits & caps.MESSAGE_TAGS:
        known.append("bot")
    if "o" in marks and bits & caps.OPER_TAG:
        known.append("draft/oper")
    return known


def written_tags(tags: dict[str, str]) -> str:
    """Client tags as they go on the wire, without '@' and the space."""
    return format_tags(tags)[1:-1]


def encoded(tags: str, text: str) -> bytes:
    """A finished line as bytes, with its tags and CR LF. Raises WireError FORBIDDEN_CHARACTER where it would be more
    than one line: whatever a name or text went through before, nothing leaves but by here."""
    line = f"@{tags} {text}" if tags else text
    if "\n" in line or "\r" in line or "\0" in line:
        raise WireError("FORBIDDEN_CHARACTER", "A line cannot contain NUL, CR or LF; take them out")
    return f"{line}\r\n".encode()


def joined_tags(*tags: str) -> str:
    """Several groups of tags as one."""
    return ";".join(group for group in tags if group)


class Place(Enum):
    """Where a line of an answer stands: by itself, at the beginning or end of a batch, or inside one. The edges of a
    batch that is nested in another are inside that."""

    ALONE = "alone"
    OPENING = "opening"
    INSIDE = "inside"
    CLOSING = "closing"


class Line(NamedTuple):
    """One line of an answer: its tags, itself, and its place. Inside a batch its tags name that."""

    tags: str
    text: str
    place: Place = Place.ALONE


def nested(line: Line, batch: str) -> Line:
    """A line that stood by itself, or at an edge of a batch, inside the batch of that reference. Both edges of a nested
    batch name the outer one (IRCv3 batch)."""
    return Line(joined_tags(f"batch={batch}", line.tags), line.text, Place.INSIDE)


def is_one(lines: Sequence[Line]) -> bool:
    """Whether an answer is one logical response as it is: nothing, one line, or one batch."""
    if len(lines) < 2:
        return True
    return lines[0].place is Place.OPENING and all(line.place is Place.INSIDE for line in lines[1:-1])


def label_tag(label: str) -> str:
    """The tag that gives a label back; "" for none."""
    return f"label={escape_value(label)}" if label else ""


def labelled(lines: Sequence[Line], label: str, server: str, batch: str) -> list[bytes]:
    """The single logical response of a labelled command; `batch` is the reference for one of several lines."""
    mark = label_tag(label)
    if not lines:
        return [encoded(mark, f":{server} ACK")]
    if not batch:
        first = lines[0]
        return [encoded(joined_tags(mark, first.tags), first.text), *(encoded(row.tags, row.text) for row in lines[1:])]
    inner = (row if row.place is Place.INSIDE else nested(row, batch) for row in lines)
    return [
        encoded(mark, f":{server} BATCH +{batch} labeled-response"),
        *(encoded(row.tags, row.text) for row in inner),
        encoded("", f":{server} BATCH -{batch}"),
    ]


def wrapped(words: Sequence[str], room: int) -> list[str]:
    """Words joined by spaces into as few texts as fit `room` bytes each; a word longer than that stands alone."""
    texts: list[str] = []
    current, size = "", 0
    for word in words:
        width = len(word.encode()) + 1
        if current and size + width > room:
            texts.append(current)
            current, size = "", 0
        current = f"{current} {word}" if current else word
        size += width
    return [*texts, current] if current else texts


def may_label(session: Session) -> bool:
    """Whether this session's labels count."""
    return session.has(caps.LABELS)
