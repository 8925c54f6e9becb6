"""The journal's rows as they are read: checked by their sums, and many of them in one text.

Rules:
1. A row whose sum does not fit is given to nobody: BackendError names the entry. Rows from before there were sums have
   none, and what can be decoded of them is believed.
2. Readers get many rows as one value (PACKED, joined by commas): Python's global lock is given up and taken again for
   each row that a statement gives.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from ipcchat.backend.base import BackendError
from ipcchat.backend.memory_past import place_of
from ipcchat.backend.sqlite_sums import row_sum
from ipcchat.core.effects import Happening, Past
from ipcchat.core.facts import AnyFact, Entry, decode_fact

COLUMNS: Final = "seq, at, id, target, parent, fact, sum"
"""The columns of `journal` in the order of Row."""

PACKED: Final = " || ' ' || ".join(
    f"hex(journal.{name})" if name in ("id", "target", "fact", "sum") else f"journal.{name}"
    for name in COLUMNS.split(", ")
)
"""An SQL expression: a row of `journal` as text."""

PACKED_EVENT: Final = "event.seq || ' ' || event.at || ' ' || hex(event.what)"
"""An SQL expression: a row of `event` as text."""

EVENT_FIELDS: Final = 3
"""Fields of PACKED_EVENT; a row of `journal` has more."""

INDEXED: Final = "(SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'indexed')"
"""An SQL expression: up to which place `history`, `about` and `conversation` have everything."""

CHAINED: Final = "(SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'chained')"
"""An SQL expression: up to which place, never after `indexed`, the chains go (sqlite_index.py)."""

_decode_event = msgspec.msgpack.Decoder(Happening).decode


class Row(NamedTuple):
    """A row of `journal`; `target` is None for what is no message, `sum` for a row from before there were sums."""

    seq: int
    at: int
    id: bytes
    target: str | None
    parent: int
    fact: bytes
    sum: bytes | None


def unpacked(text: str | None) -> list[Row]:
    """The rows of PACKED texts that are joined by commas."""
    return [row_of(fields.split(" ")) for fields in text.split(",")] if text else []


def row_of(fields: list[str]) -> Row:
    """The row of one PACKED text that was split at its blanks."""
    seq, at, id_, target, parent, fact, sum_ = fields
    unhex = bytes.fromhex
    name = unhex(target).decode(errors="replace") if target else None
    return Row(int(seq), int(at), unhex(id_), name, int(parent), unhex(fact), unhex(sum_) if sum_ else None)


def event_of(fields: list[str], target: str) -> Past:
    """What happened in a history, from one PACKED_EVENT that was split at its blanks. Raises BackendError when it
    cannot be read."""
    seq, at, what = fields
    try:
        return Past(int(seq), int(at), target, what=_decode_event(bytes.fromhex(what)))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BackendError(
            f"what happened at place {seq} of {target} cannot be read ({error}); restore a backup"
        ) from error


def entry_of(row: tuple[int, int, bytes, str | None, int, bytes, bytes | None]) -> Entry:
    """What a row holds. Raises BackendError when it was altered or cannot be read."""
    seq, at, id_, target, parent, fact, sum_ = row
    try:
        is_right = sum_ is None or sum_ == row_sum(seq, at, id_, target, parent, fact)
    except (AttributeError, TypeError, struct.error):  # Not even the types of its columns.
        is_right = False
    if not is_right:
        raise damaged(seq, "it was altered")
    try:
        return Entry(seq, at, decode_fact(fact))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise damaged(seq, str(error), "restore a backup or start a newer version") from error


def entries_of(rows: Iterable[tuple[int, int, bytes, str | None, int, bytes, bytes | None]]) -> list[Entry]:
    """What these rows hold. Raises BackendError when one was altered or cannot be read."""
    return [entry_of(row) for row in rows]


def is_historic(fact: AnyFact) -> bool:
    """Whether a void of it takes something out of history."""
    return fact.history_target is not None or bool(fact.parent)


def require_place(entry: Entry, target: str) -> None:
    """Raises BackendError for what an altered index would show to people of another history."""
    if target not in (entry.fact.history_target, place_of(entry.fact)):
        raise damaged(entry.seq, f"it is not of the history {target}")


def damaged(seq: int, why: str, advice: str = "restore a backup") -> BackendError:
    """The error for an entry that must not be served."""
    return BackendError(f"entry {seq} of the journal cannot be read ({why}); {advice}")
