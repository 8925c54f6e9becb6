"""The table `recent`: which ids were journaled in the last day, so that a message that is sent again is known.

Rules:
1. It is filled together with `history` (sqlite_index.py), and ids after `indexed` are kept in memory: an index of
   random ids that grew with each commit would write a page for every message, and the more the older the journal is.
2. A node's own ids rise (Engine.next_id): one behind all that are known of its series is new, and is not looked up.
3. An id stays for KEPT_MS at least, whatever retention takes from the journal. What is older is swept out in idle
   moments, in the order of the table: each page is written once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from ipcchat.backend.sqlite_rows import INDEXED
from ipcchat.backend.sqlite_times import first_from

KEPT_MS: Final = 86_400_000
"""How long the id of a message is known."""

ROWS: Final = 1_000
"""Rows that one step of a sweep looks at: about a millisecond."""

IDS_MAX: Final = 2_048
"""Ids that are looked up by one statement, well under SQLite's 32,766 parameters."""

FILL_RECENT: Final = """
INSERT OR REPLACE INTO recent SELECT id, seq FROM journal WHERE seq > max(:indexed, :old) AND seq <= :upto
"""

SERIES_BYTES: Final = 8
"""The first half of an id."""

_STEPS = (1, 4, 16, 64, 128, 256, 512, 1024, IDS_MAX)


class Recent:
    """The ids of one open journal that are known. All methods but `add` raise sqlite3.Error."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._fresh: dict[bytes, int] = {}
        self._series = self._newest = self._last = b""
        self._swept = self._old = 0
        self._position: bytes | None = None

    def boot(self) -> None:
        """Find those that an earlier run wrote last."""
        sql = f"SELECT id, seq FROM journal WHERE seq > {INDEXED} AND seq >= ?"
        self._fresh = dict(self._connection.execute(sql, (self.oldest(),)))

    def oldest(self) -> int:
        """From which place on ids are known, seen from the last one."""
        last = self._connection.execute("SELECT coalesce(max(seq), 0), at FROM journal").fetchone()
        return first_from(self._connection, last[1] - KEPT_MS) if last[0] else 0

    def add(self, ids: dict[bytes, int]) -> None:
        """These are in the journal now, at these places, and are not indexed."""
        self._fresh |= ids
        if ids:
            self._last = next(reversed(ids))[:SERIES_BYTES]
            self._newest = max([self._newest, *_of_series(self._series, ids)])

    def filled(self) -> None:
        """All that were added are in the table now."""
        self._fresh.clear()

    def find(self, ids: Sequence[bytes]) -> dict[bytes, int]:
        """The places of those that are known."""
        if self._last != self._series and _of_series(self._last, ids):
            self._follow(self._last)
        fresh, series, newest = self._fresh, self._series, self._newest
        ids = [id_ for id_ in ids if id_ <= newest or id_[:SERIES_BYTES] != series]
        found = {id_: fresh[id_] for id_ in ids if id_ in fresh} if fresh else {}
        for start in range(0, len(ids), IDS_MAX):
            some = ids[start : start + IDS_MAX]
            size = next(step for step in _STEPS if step >= len(some))
            found.update(self._connection.execute(_lookup(size), [*some, *[None] * (size - len(some))]))
        return found

    def _follow(self, series: bytes) -> None:
        """Know from now on which id of that series is the last."""
        sql = "SELECT max(id) FROM recent WHERE id >= ? AND id <= ?"
        stored = self._connection.execute(sql, (series, series + b"\xff" * SERIES_BYTES)).fetchone()[0]
        self._series, self._newest = series, max([stored or b"", *_of_series(series, self._fresh)])

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


def _of_series(series: bytes, ids: Iterable[bytes]) -> list[bytes]:
    """Those ids that belong to a series."""
    return [id_ for id_ in ids if id_[:SERIES_BYTES] == series]


@cache
def _lookup(ids: int) -> str:
    """One statement for up to `ids` ids: what is over is NULL, which no row has."""
    return f"SELECT id, seq FROM recent WHERE id IN ({','.join('?' * ids)})"
