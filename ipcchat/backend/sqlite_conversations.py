"""The table `conversation`: which private conversations an account has, filled together with `history`.

Rules:
1. Only parties that are accounts have rows: nobody can ask for what a nick without one wrote.
2. `seq` is a place that no message of the conversation, and nothing about one, is after: what is voided leaves it as it
   is. So it may say that there is something to be found, and never that there is nothing.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from ipcchat.backend.sqlite_rows import COLUMNS, INDEXED, entry_of
from ipcchat.core.facts import parties

ROWS_PER_STEP: Final = 1_000
"""Rows of an earlier version that are moved at once: about a MB of memory."""

_PARTIES = """
    SELECT substr(target, 2, instr(target, ' ') - 2) AS party, target, seq FROM latest
    UNION ALL
    SELECT substr(target, instr(target, ' ') + 1), target, seq FROM latest
"""

FILL_CONVERSATIONS: Final = f"""
WITH latest(target, seq) AS MATERIALIZED (
    SELECT coalesce(target, place) AS name, max(seq) FROM journal
    WHERE seq > :indexed AND seq <= :upto AND name >= '@' AND name < 'A' GROUP BY name
)
INSERT INTO conversation SELECT party, target, seq FROM ({_PARTIES}) WHERE party NOT GLOB '~*'
ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)
"""
"""'A' comes right after '@', with which the names of conversations begin and no channel's name does."""

_INBOXES = "SELECT DISTINCT target FROM history WHERE target >= '@' AND target < 'A'"
_INBOX = f"""
SELECT {COLUMNS} FROM journal
WHERE seq IN (SELECT seq FROM history WHERE target = ? ORDER BY seq LIMIT {ROWS_PER_STEP})
"""
_NOT_INDEXED = f"SELECT {COLUMNS} FROM journal WHERE seq > {INDEXED} AND target >= '@' AND target < 'A'"


def move_inboxes(connection: sqlite3.Connection) -> None:
    """Version 1 kept what an account was written in one history, @account: give each message to the conversation that
    it belongs to, in the transaction that is open. Raises sqlite3.Error, and BackendError for a damaged entry."""
    for row in connection.execute(_NOT_INDEXED).fetchall():
        target = entry_of(row).fact.history_target
        connection.execute("UPDATE journal SET target = ? WHERE seq = ?", (target, row[0]))
    for (inbox,) in connection.execute(_INBOXES).fetchall():
        while rows := connection.execute(_INBOX, (inbox,)).fetchall():
            for row in rows:
                _move(connection, row[0], inbox, entry_of(row).fact.history_target)


def _move(connection: sqlite3.Connection, seq: int, inbox: str, target: str | None) -> None:
    connection.execute("DELETE FROM history WHERE target = ? AND seq = ?", (inbox, seq))
    connection.execute("UPDATE journal SET target = ? WHERE seq = ?", (target, seq))
    if target is None:
        return
    connection.execute("INSERT INTO history VALUES (?, ?)", (target, seq))
    for account in {party for party in parties(target) if party[0] != "~"}:
        connection.execute(
            "INSERT INTO conversation VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)",
            (account, target, seq),
        )
