"""The table `history`, by which a target's entries are found: filled behind the journal, many rows at a time.

Rules:
1. In bulk: a page is written once for all its rows, so the more rows go in together the less each costs. Not sorted by
   target: all pages of one fill fit into the cache, and sorting costs more than it saves (measured).
2. `history` has exactly the entries up to `indexed` that have a target; both move in one transaction. What is after
   that is found by a scan of the journal's end, which ROWS keeps short.
3. It holds nothing that is not in the journal: it may fail and be tried again, and a crash before it loses nothing.
4. Nobody waits for it but the next commit: it is filled after outcomes were handed over.

Specification: tables without rowid (https://www.sqlite.org/withoutrowid.html).
"""

from __future__ import annotations

import sqlite3
from typing import Final

from ipcchat.backend.sqlite_schema import read_meta, transaction, write_meta

ROWS: Final = 4_096
"""Rows that may wait while there is no idle moment. Measured with 64 and 500 targets: half as many cost a tenth to a
third more CPU for each row, twice as many hold the next commit back for 12 ms."""

ROWS_IDLE: Final = 64
"""Fewer are not worth a transaction in an idle moment: a scan of so many takes microseconds."""

FILL: Final = """
INSERT INTO history SELECT target, seq FROM journal
WHERE seq > :indexed AND seq <= :upto AND target IS NOT NULL
"""

FORGET: Final = """
DELETE FROM history WHERE seq = :seq AND target = (SELECT target FROM journal WHERE seq = :seq)
"""
"""For an entry that still has its target in the journal."""


class Index:
    """The writing side of `history`. All methods raise sqlite3.Error."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._waiting = 0
        self._next_try = ROWS

    def boot(self) -> None:
        """Count what an earlier run left to be done."""
        after = int(read_meta(self._connection, "indexed"))
        row = self._connection.execute("SELECT count(*) FROM journal WHERE seq > ?", (after,)).fetchone()
        self._waiting = row[0]

    def grew(self, rows: int) -> None:
        """The journal has so many rows more, and all of them are committed."""
        self._waiting += rows

    def is_due(self, *, idle: bool) -> bool:
        """There is enough to do, or something and the time for it."""
        return self._waiting >= (ROWS_IDLE if idle else self._next_try)

    def fill(self) -> None:
        """Index everything. After a failure the next try in a busy time is ROWS later."""
        if not self._waiting:
            return
        self._next_try = self._waiting + ROWS
        connection = self._connection
        with transaction(connection):
            after = int(read_meta(connection, "indexed"))
            upto = connection.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()[0]
            connection.execute(FILL, {"indexed": after, "upto": upto})
            write_meta(connection, "indexed", str(upto))
        self._waiting, self._next_try = 0, ROWS

    def forget(self, seq: int) -> None:
        """Take one entry out of both halves of history, in the transaction that is open."""
        self._connection.execute(FORGET, {"seq": seq})
        self._connection.execute("UPDATE journal SET target = NULL WHERE seq = ?", (seq,))
