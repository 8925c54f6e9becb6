"""The table `recent`: which ids were journaled in the last day, so that a message that is sent again is known.

Rules:
1. It is filled together with `history` (sqlite_index.py), and ids after `indexed` are kept in memory: an index of
   random ids that grew with each commit would write a page for every message, and the more the older the journal is.
2. A node's ids rise (Engine.next_id): one behind all that are known of its series is new, and is not looked up.
3. An id stays for KEPT_MS at least, whatever retention takes from the journal. What is older is swept out in idle
   moments, in the order of the table: each page is written once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final, TypeAlias

from ipcchat.backend.sqlite_rows import INDEXED
from ipcchat.backend.sqlite_times import first_from

KEPT_MS: Final = 86_400_000
"""How long the id of a message is known."""

ROWS: Final = 1_000
"""Rows that one step of a sweep looks at: about a millisecond."""

IDS_MAX: Final = 2_048
"""Ids that are looked up by one statement, well under SQLite's 32,766 parameters."""

FILL_RECENT: Final = """
INSERT OR REPLACE INTO recent SELECT id, seq, at FROM journal WHERE seq > max(:indexed, :old) AND seq <= :upto
"""

SERIES_BYTES: Final = 8
"""The first half of an id."""

SERIES_MAX: Final = 16
"""Series of which the last id is known: nodes that write at the same time."""

Spot: TypeAlias = tuple[int, int]
"""The place of an id, and its time there (Unix ms)."""

_STEPS = (1, 4, 16, 64, 128, 256, 512, 1024, IDS_MAX)


class Recent:
    """The ids of one open journal that are known. All methods but `add` raise sqlite3.Error."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._fresh: dict[bytes, Spot] = {}
        self._newest: dict[bytes, bytes] = {}
        self._last = b""
        self._swept = self._old = 0
        self._position: bytes | None = None

    def boot(self) -> None:
        """Find those that an earlier run wrote last."""
        sql = f"SELECT id, seq, at FROM journal WHERE seq > {INDEXED} AND seq >= ?"
        self._fresh = _places(self._connection.execute(sql, (self.oldest(),)))

    def oldest(self) -> int:
        """From which place on ids are known, seen from the last one."""
        last = self._connection.execute("SELECT coalesce(max(seq), 0), at FROM journal").fetchone()
        return first_from(self._connection, last[1] - KEPT_MS) if last[0] else 0

    def add(self, ids: dict[bytes, Spot]) -> None:
        """These are in the journal now, at these places, and are not indexed."""
        self._fresh |= ids
        if ids:
            self._last = next(reversed(ids))[:SERIES_BYTES]
            newest = self._newest
            for series, id_ in {id_[:SERIES_BYTES]: id_ for id_ in sorted(ids)}.items():
                if newest.get(series, id_) < id_:
                    newest[series] = id_

    def filled(self) -> None:
        """All that were added are in the table now."""
        self._fresh.clear()

    def find(self, ids: Sequence[bytes]) -> dict[bytes, Spot]:
        """The places and times of those that are known."""
        if self._last not in self._newest and _of_series(self._last, ids):
            self._follow(self._last)
        fresh, newest = self._fresh, self._newest
        ids = [id_ for id_ in ids if id_ <= newest.get(id_[:SERIES_BYTES], id_)]
        found = {id_: fresh[id_] for id_ in ids if id_ in fresh} if fresh else {}
        for start in range(0, len(ids), IDS_MAX):
            some = ids[start : start + IDS_MAX]
            size = next(step for step in _STEPS if step >= len(some))
            found |= _places(self._connection.execute(_lookup(size), [*some, *[None] * (size - len(some))]))
        return found

    def _follow(self, series: bytes) -> None:
        """Know from now on which id of that series is the last: one more series, for the one that was known longest."""
        sql = "SELECT max(id) FROM recent WHERE id >= ? AND id <= ?"
        stored = self._connection.execute(sql, (series, series + b"\xff" * SERIES_BYTES)).fetchone()[0]
        if len(self._newest) >= SERIES_MAX:
            del self._newest[next(iter(self._newest))]
        self._newest[series] = max([stored or b"", *_of_series(series, self._fresh)])

    def sweep(self, now: int) -> None:
        """Begin to take out what is too old at that time (Unix ms), if there is any and no sweep is under way."""
        if self._position is None:
            self._old = first_from(self._connection, now - KEPT_MS)
            if self._old > self._swept:
                self._position = b""

    @property
    def is_due(self) -> bool:
        """A sweep is under way."""
        return self._position is not None

    def step(self) -> None:
        """Do some rows of the sweep."""
        sql = "SELECT max(id) FROM (SELECT id FROM recent WHERE id > ? ORDER BY id LIMIT ?)"
        end = self._connection.execute(sql, (self._position, ROWS)).fetchone()[0]
        if end is None:
            self._swept = self._old
        else:
            sql = "DELETE FROM recent WHERE id > ? AND id <= ? AND seq < ?"
            self._connection.execute(sql, (self._position, end, self._old))
        self._position = end


def _places(rows: Iterable[tuple[bytes, int, int]]) -> dict[bytes, Spot]:
    return {id_: (seq, at) for id_, seq, at in rows}


def _of_series(series: bytes, ids: Iterable[bytes]) -> list[bytes]:
    """Those ids that belong to a series."""
    return [id_ for id_ in ids if id_[:SERIES_BYTES] == series]


@cache
def _lookup(ids: int) -> str:
    """One statement for up to `ids` ids: what is over is NULL, which no row has."""
    return f"SELECT id, seq, at FROM recent WHERE id IN ({','.join('?' * ids)})"
