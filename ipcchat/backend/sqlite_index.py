"""The tables by which entries are found (`history`, `about`, `conversation`, `recent`): filled behind the journal, many
rows at a time.

Rules:
1. In bulk: a page is written once for all its rows, so the more rows go in together the less each costs. Not sorted by
   target: all pages of one fill fit into the cache, and sorting costs more than it saves (measured).
2. `history` has exactly the entries up to `indexed` that have a target, `about` those that have a parent; all move in
   one transaction. What is after that is found by a scan of the journal's end, which ROWS keeps short.
3. They hold nothing that is not in the journal: this may fail and be tried again, and a crash before it loses nothing.
4. Nobody waits for this but the next commit: it is filled after outcomes were handed over.
5. The chains (sqlite_sums.py) go up to `chained`, which is never after `indexed`. They are made in idle moments alone:
   they cost as much as a third of a commit, and what is in no chain yet is protected by the sum of its row.

Specification: tables without rowid (https://www.sqlite.org/withoutrowid.html).
"""

from __future__ import annotations

import sqlite3
from typing import Final

from ipcchat.backend.sqlite_conversations import FILL_CONVERSATIONS
from ipcchat.backend.sqlite_recent import FILL_RECENT, Recent, Spot
from ipcchat.backend.sqlite_schema import read_meta, transaction, write_meta
from ipcchat.backend.sqlite_sums import extend_chains, place_before, void_row

ROWS: Final = 4_096
"""Rows that may wait while there is no idle moment. Measured with 64 and 500 targets: half as many cost a tenth to a
third more CPU for each row, twice as many hold the next commit back for 12 ms."""

ROWS_IDLE: Final = 64
"""Fewer are not worth a transaction in an idle moment: a scan of so many takes microseconds."""

CHAIN_SEQS: Final = 2_048
"""Places of the journal that are chained at once: about 6 ms."""

CHAIN_SEQS_AT_CLOSE: Final = 65_536
"""Places that are chained at the end, in a quarter of a second; the next run goes on with the rest."""

FILL: Final = """
INSERT INTO history SELECT target, seq FROM journal
WHERE seq > :indexed AND seq <= :upto AND target IS NOT NULL
"""

FILL_ABOUT: Final = """
INSERT INTO about SELECT parent, seq, place FROM journal
WHERE seq > :indexed AND seq <= :upto AND parent != 0
"""

FORGET: Final = """
DELETE FROM history WHERE seq = :seq AND target = (SELECT target FROM journal WHERE seq = :seq)
"""
"""For an entry that still has its target in the journal."""

FORGET_ABOUT: Final = "DELETE FROM about WHERE seq = :seq AND parent = (SELECT parent FROM journal WHERE seq = :seq)"
"""For an entry that still has its parent in the journal."""


class Index:
    """The writing side of these tables. All methods raise sqlite3.Error."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.recent = Recent(connection)
        self._waiting = 0
        self._unchained = 0
        self._next_try = ROWS

    def boot(self) -> None:
        """Count what an earlier run left to be done."""
        after = int(read_meta(self._connection, "indexed"))
        row = self._connection.execute("SELECT count(*) FROM journal WHERE seq > ?", (after,)).fetchone()
        self._waiting = row[0]
        self._unchained = after - int(read_meta(self._connection, "chained"))
        self.recent.boot()

    def grew(self, ids: dict[bytes, Spot]) -> None:
        """The journal has these rows more, at these places, and all of them are committed."""
        self._waiting += len(ids)
        self.recent.add(ids)

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
            places = {"indexed": after, "upto": upto, "old": self.recent.oldest() - 1}
            for statement in (FILL, FILL_ABOUT, FILL_CONVERSATIONS, FILL_RECENT):
                connection.execute(statement, places)
            write_meta(connection, "indexed", str(upto))
        self.recent.filled()
        self._unchained += upto - after
        self._waiting, self._next_try = 0, ROWS

    @property
    def is_unchained(self) -> bool:
        """There is enough to be chained in an idle moment."""
        return self._unchained >= ROWS_IDLE

    @property
    def is_far_behind(self) -> bool:
        """There is enough for many idle moments."""
        return self._unchained >= CHAIN_SEQS

    def chain(self, seqs: int = CHAIN_SEQS) -> None:
        """Extend the chains by the entries of that many places, as far as they are indexed."""
        if not self._unchained:
            return
        connection = self._connection
        with transaction(connection):
            after, indexed = (int(read_meta(connection, name)) for name in ("chained", "indexed"))
            start = place_before(connection, after)
            upto = indexed if start is None else min(start + seqs, indexed)
            extend_chains(connection, after, upto)
            write_meta(connection, "chained", str(upto))
        self._unchained = indexed - upto

    def forget(self, seq: int) -> None:
        """Take one entry out of both halves of history, in the transaction that is open."""
        for statement in (FORGET, FORGET_ABOUT):
            self._connection.execute(statement, {"seq": seq})
        void_row(self._connection, seq)
