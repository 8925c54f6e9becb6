"""Taking away what somebody said: texts in the journal become tombstones, a few hundred rows at a time.

Rules:
1. A tombstone has the size of the row that it replaces, so SQLite writes it over the old bytes in place and moves no
   other row. Where that cannot be (a row from before there were sums), `secure_delete`, which the writing connection
   has on, overwrites what is freed.
2. Only rows that are indexed and not after the checkpoint are touched: what a start reads again stays what it was.
3. What is to be erased stands in the table `erasing` until all of it is, in the write-ahead log and in what is made
   of the journal beside it, too: it goes on after a restart.
4. Where retention has moved rows about (sqlite_retention), pages can have old copies in their unused space. Then the
   file is written anew at the end when it is small; a large one is made clean by a backup that is restored, and the log
   says so.

Specification: PRAGMA secure_delete (https://www.sqlite.org/pragma.html#pragma_secure_delete).
"""

from __future__ import annotations

import logging
import sqlite3
from typing import Final, NamedTuple

import msgspec

from ipcchat.backend.sqlite_retention import MOVED, Forgetting, settled
from ipcchat.backend.sqlite_schema import CHECKED_BYTES_MAX, transaction
from ipcchat.backend.sqlite_sums import keep_sum, row_sum, void_row
from ipcchat.core.facts import Fact, Posted, decode_fact, encode_fact
from ipcchat.core.retention import Retention

ROWS: Final = 500
"""Rows that are looked at in one step: some milliseconds."""

_PADDING_MAX: Final = 8

_log = logging.getLogger(__name__)

_SCAN = """
SELECT group_concat(seq || ' ' || hex(fact), ',') FROM (
    SELECT seq, fact FROM journal WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?
)
"""


class Tidied(NamedTuple):
    """What a step did that others must know: an erasure came to its end, and what was made of the journal beside it
    must be made anew; and the places of messages that were forgotten."""

    erased: bool = False
    forgotten: tuple[int, ...] = ()


class Upkeep:
    """What is done to the journal in idle moments. All methods raise sqlite3.Error."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._erasing: dict[str, tuple[int, int]] = {}
        self._ended: list[str] = []
        self._known: list[str] = []
        self._stalled = False
        self._forgetting = Forgetting(connection)

    def boot(self) -> None:
        """Find what an earlier run left to be done."""
        rows = self._connection.execute("SELECT party, through, after FROM erasing").fetchall()
        self._erasing = {party: (through, after) for party, through, after in rows}

    def erase(self, party: str, through: int) -> None:
        """What that party said up to there is to be erased: keep it in the transaction that is open."""
        if through > self._erasing.get(party, (0, 0))[0]:
            self._note(party, through, 0)

    def retain(self, rules: Retention, now: int) -> None:
        """Forget what these rules do not keep at that time (Unix ms). Whoever was told of the end of an erasure before
        this has seen to it by now."""
        self._forgetting.take(rules, now)
        self._known += self._ended
        self._ended = []

    def go_on(self) -> None:
        """There is a newer checkpoint: what waited for it can be done."""
        self._stalled = False

    @property
    def is_due(self) -> bool:
        """There is something to do in an idle moment."""
        return (bool(self._erasing) and not self._stalled) or bool(self._known) or self._forgetting.is_due

    def step(self) -> Tidied:
        """Do a few milliseconds of it, after `history` was filled."""
        if self._known:
            self._connection.execute("DELETE FROM erasing WHERE party = ? AND after >= through", (self._known[-1],))
            self._known.pop()
            return Tidied()
        if not self._erasing or self._stalled:
            return Tidied(forgotten=self._forgetting.step())
        party, (through, after) = next(iter(self._erasing.items()))
        if after >= through:
            return Tidied(erased=self._scrub(party))
        with transaction(self._connection):
            position = erase_step(self._connection, party, through, after)
            self._note(party, through, through if position is None else position)
        self._stalled = position == after
        return Tidied()

    def _note(self, party: str, through: int, done: int) -> None:
        self._connection.execute("INSERT OR REPLACE INTO erasing VALUES (?, ?, ?)", (party, through, done))
        self._erasing[party] = through, done

    def _scrub(self, party: str) -> bool:
        """All rows are erased: nothing of them may stay in the log or in unused space. Returns whether that is so."""
        connection = self._connection
        if connection.execute("SELECT count(*) FROM meta WHERE name = ?", (MOVED,)).fetchone()[0]:
            _write_anew(connection)
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            return False
        del self._erasing[party]
        self._ended.append(party)
        return True


def erase_step(connection: sqlite3.Connection, party: str, through: int, after: int) -> int | None:
    """Erase what that party said in the ROWS rows after `after`, in the transaction that is open. Returns up to where
    that is done, None when it is up to `through`. Raises sqlite3.Error."""
    end = min(through, settled(connection))
    if end <= after:
        return None if after >= through else after
    found = connection.execute(_SCAN, (after, end, ROWS)).fetchone()[0]
    rows = [row.split(" ") for row in found.split(",")] if found else []
    for seq, fact in rows:
        if _sender(bytes.fromhex(fact)) == party:
            _erase_row(connection, int(seq))
    done = int(rows[-1][0]) if len(rows) == ROWS else end
    return None if done >= through else done


def tombstone(fact: Fact, size: int) -> bytes:
    """What is written in place of a message, of `size` bytes where that can be: nothing but its id and time."""
    empty = Posted(fact.id, fact.at, "")
    over = size - len(encode_fact(empty))
    for padding in range(_PADDING_MAX):
        for length in range(max(over - padding, 0), max(over - padding - _PADDING_MAX, -1), -1):
            blob = encode_fact(msgspec.structs.replace(empty, by=" " * padding, text=" " * length))
            if len(blob) == size:
                return blob
    return encode_fact(empty)


def is_tombstone(fact: object) -> bool:
    """Whether a fact is what is left of one that was erased."""
    return isinstance(fact, Posted) and not fact.source and not fact.text.strip()


def _sender(blob: bytes) -> str:
    """The party that says it; "" when it is no message, or cannot be read."""
    try:
        fact = decode_fact(blob)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return fact.sender if isinstance(fact, Posted) and fact.source else ""


def _erase_row(connection: sqlite3.Connection, seq: int) -> None:
    """Leave nothing of a message, in the transaction that is open. What is about it is in no history any more."""
    sql = "SELECT at, id, target, place, parent, fact, sum FROM journal WHERE seq = ?"
    at, id_, target, place, parent, blob, old = connection.execute(sql, (seq,)).fetchone()
    for (child,) in connection.execute("SELECT seq FROM about WHERE parent = ?", (seq,)).fetchall():
        void_row(connection, child)
    keep_sum(connection, seq)
    freed = _text_size(target) + _text_size(place) + _integer_size(parent) - 2 * _text_size(None)
    new = tombstone(decode_fact(blob), _room_for(len(blob), freed))
    sum_ = None if old is None else row_sum(seq, at, id_, None, 0, new)
    sql = "UPDATE journal SET target = NULL, place = NULL, parent = 0, hidden = 1, fact = ?, sum = ? WHERE seq = ?"
    connection.execute(sql, (new, sum_, seq))
    connection.execute("DELETE FROM history WHERE target = ? AND seq = ?", (target, seq))
    connection.execute("DELETE FROM about WHERE parent = ?", (seq,))
    connection.execute("DELETE FROM about WHERE parent = ? AND seq = ?", (parent, seq))


# The sizes of values in a record: https://www.sqlite.org/fileformat2.html#record_format


def _room_for(size: int, freed: int) -> int:
    """How large a fact may be instead of one of `size` bytes, where the row's other values have `freed` bytes less than
    before; `size` when nothing fits exactly."""
    whole = _blob_size(size) + freed
    return next((room for room in range(whole, size - 1, -1) if _blob_size(room) == whole), size)


def _text_size(text: str | None) -> int:
    length = 0 if text is None else len(text.encode())
    return length + (1 if text is None else _varint_size(13 + 2 * length))


def _blob_size(length: int) -> int:
    return length + _varint_size(12 + 2 * length)


def _integer_size(number: int) -> int:
    """Beyond its type, of one that is not negative."""
    if number in (0, 1):
        return 0
    return next(size for size in (1, 2, 3, 4, 6, 8) if number < 1 << (8 * size - 1))


def _varint_size(number: int) -> int:
    return max(1, -(-number.bit_length() // 7))


def _write_anew(connection: sqlite3.Connection) -> None:
    """Rid a small file of the unused space in its pages."""
    pages, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    if pages * size <= CHECKED_BYTES_MAX:
        connection.execute("VACUUM")
        connection.execute("DELETE FROM meta WHERE name = ?", (MOVED,))
    else:
        _log.warning(
            "messages were erased; unused space of the journal can still have parts of them, because retention moved "
            "rows before: stop the server, then run ipc-chat backup and ipc-chat restore, which leave such parts out"
        )
