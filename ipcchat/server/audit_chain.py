"""The form of the audit log: JSON lines of which each has the hash of the one before, so that a change shows.

Rules:
1. A line is one record: its number, time, kind, actor, address, target, text, and in `previous` the SHA-256 of the line
   before (without its end), in hexadecimal digits; of the very first one it is NOTHING.
2. A file may go on where an earlier one ended: its first record then has that one's number plus one, and its hash.
3. What people chose (names, targets, reasons) is escaped and cut like everything in the log: a record is one line of
   printable characters.
4. Whoever changes, adds or takes away a record inside has to write all that follow anew. That the end was cut off, or
   all was written anew, shows only to who noted number and hash of the last record elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from ipcchat.core.effects import Audit
from ipcchat.server.logs import escape
from ipcchat.wire.times import format_time

NOTHING = "0" * 64
TEXT_CHARACTERS_MAX = 1_024
"""More than a line of IRC has, so that nothing real is cut."""


LINE_BYTES_MAX = 65_536
"""More than a record has."""


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the log."""

    seq: int
    time: str
    kind: str
    actor: str
    address: str
    target: str
    text: str
    previous: str

    def __str__(self) -> str:
        place = f" [{self.address}]" if self.address else ""
        target = f" -> {self.target}" if self.target else ""
        text = f": {self.text}" if self.text else ""
        words = f"{self.seq} {self.time} {self.kind}: {self.actor}{place}{target}{text}"
        return "".join(character if character.isprintable() else "?" for character in words)


class End(msgspec.Struct, frozen=True):
    """Where a log ends: the number of its last record, and that line's hash."""

    seq: int = 0
    hash: str = NOTHING


class Broken(Exception):
    """A line is not what it has to be; the text says where and why."""


_decode = msgspec.json.Decoder(Record).decode


def written(end: End, at: int, record: Audit) -> bytes:
    """The line behind `end` for something that happened at that time (Unix ms), without its end."""
    chosen = (record.actor, record.address, record.target, record.text)
    actor, address, target, text = (escape(each, TEXT_CHARACTERS_MAX) for each in chosen)
    return msgspec.json.encode(
        Record(end.seq + 1, format_time(at), record.kind, actor, address, target, text, end.hash)
    )


def read_record(line: bytes) -> Record:
    """The record of a line. Raises Broken."""
    try:
        return _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Broken(f"it is no record: {escape(error)}") from error


def end_of(line: bytes) -> End:
    """The end of a log whose last line this is. Raises Broken."""
    return End(read_record(line).seq, hashlib.sha256(line).hexdigest())


def verify(lines: Iterable[bytes], end: End | None = None) -> End:
    """Follow the chain through these lines (without their ends), from `end` if that is known; where it ends. Raises
    Broken for the first line that does not fit."""
    for number, line in enumerate(lines, 1):
        try:
            record = read_record(line)
        except Broken as error:
            raise Broken(f"line {number}: {error}") from None
        if end is not None and record.seq != end.seq + 1:
            raise Broken(f"line {number}: its number is {record.seq}, but {end.seq + 1} is next")
        if end is not None and record.previous != end.hash:
            raise Broken(f"line {number}: the line before it was changed: record {record.seq} has another hash of it")
        end = End(record.seq, hashlib.sha256(line).hexdigest())
    return end or End()
