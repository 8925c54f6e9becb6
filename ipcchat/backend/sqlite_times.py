"""Which place of the journal a time is, by binary search: `at` never falls along `seq`."""

from __future__ import annotations

import sqlite3

_EARLIER = "(SELECT at < ? FROM journal WHERE seq >= (low + high) / 2 ORDER BY seq LIMIT 1)"

FIRST_FROM = f"""
WITH RECURSIVE search(low, high) AS (
    SELECT 1, (SELECT coalesce(max(seq), 0) + 1 FROM journal)
    UNION ALL
    SELECT iif({_EARLIER}, (low + high) / 2 + 1, low), iif({_EARLIER}, high, (low + high) / 2)
    FROM search WHERE low < high
)
SELECT max(low) FROM search
"""
"""A sequence such that every entry before it has `at` below the parameter, given twice, and no other has."""


def first_from(connection: sqlite3.Connection, at: int) -> int:
    """That sequence for a time (Unix ms). Raises sqlite3.Error."""
    return int(connection.execute(FIRST_FROM, (at, at)).fetchone()[0])
