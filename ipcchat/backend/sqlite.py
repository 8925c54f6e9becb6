"""The durable journal of one process: an SQLite file, one thread that writes it, two that read history.

This module is the loop's side of it. Rules:
1. Nothing here blocks: a job is put into a queue, an outcome comes back as one call for a whole batch.
2. At the end the readers are closed first and the writer last, which alone copies the log into the database.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from ipcchat.backend.base import BackendError, Follower
from ipcchat.backend.sqlite_history import QUERY_SECONDS, Readers
from ipcchat.backend.sqlite_writer import Writer
from ipcchat.core.effects import History, HistoryAnswer
from ipcchat.core.facts import AnyFact
from ipcchat.core.outcomes import Boot, Outcome


class SqliteBackend:
    """A Backend in the file `path`; its folder is made when it is missing. One object is opened once."""

    def __init__(
        self,
        path: Path,
        *,
        connection: type[sqlite3.Connection] = sqlite3.Connection,
        query_seconds: float = QUERY_SECONDS,
    ) -> None:
        """`connection` is the writer's kind of connection (tests have unkind ones); `query_seconds` bounds a query."""
        self._path = path
        self._connection = connection
        self._readers = Readers(path, query_seconds)
        self._writer: Writer | None = None
        self._follower: Follower | None = None
        self._voided: frozenset[int] = frozenset()
        self._closing = False
        self._lost = False

    async def open(self) -> Boot:
        """Open or create the journal. Raises BackendError when it is in use, damaged, not ours or newer."""
        if self._writer is not None:
            raise BackendError("this journal was opened before; make a new SqliteBackend")
        post = asyncio.get_running_loop().call_soon_threadsafe
        self._writer = Writer(self._path, self, post, self._readers.close, self._connection)
        self._writer.start()
        try:
            return await asyncio.shield(asyncio.wrap_future(self._writer.opened))
        except BackendError:
            self._closing = True
            await asyncio.shield(asyncio.wrap_future(self._writer.ended))
            raise

    def follow(self, follower: Follower) -> None:
        """Send every outcome from now on to `follower`."""
        self._follower = follower

    def append(self, facts: Sequence[AnyFact]) -> None:
        """Order these facts and make them durable. Raises BackendError when the journal is not open.

        After `follower.lost` it does nothing: the follower knows that nothing will follow.
        """
        writer = self._running()
        if not self._lost:
            writer.put(facts)

    def void(self, seq: int) -> None:
        """Take the entry out of history for ever, at once for queries and with the next commit on disk."""
        self._running().void(seq)
        self._voided |= {seq}

    def checkpoint(self, seq: int, state: bytes) -> None:
        """Keep `state` with the next commit."""
        self._running().checkpoint(seq, state)

    async def history(self, query: History) -> HistoryAnswer:
        """Entries of one target's history. Raises BackendError when it cannot be read within `query_seconds`."""
        self._running()
        if self._lost:
            raise BackendError("history cannot be read: the journal cannot go on")
        return await asyncio.wrap_future(self._readers.ask(query, self._voided))

    async def close(self) -> None:
        """Write what is queued and release everything. May be called twice."""
        if self._writer is None:
            self._readers.close()
            return
        if not self._closing:
            self._closing = True
            self._readers.interrupt()
            self._writer.stop()
        await asyncio.shield(asyncio.wrap_future(self._writer.ended))

    def heard(self, outcomes: Sequence[Outcome]) -> None:
        """The writer tells what happened."""
        if self._follower is not None:
            self._follower.outcomes(outcomes)

    def voided(self, seqs: Sequence[int]) -> None:
        """The writer tells what is out of history on disk."""
        self._voided = self._voided.difference(seqs)

    def ended_by(self, error: BackendError) -> None:
        """The writer tells that it cannot go on."""
        self._lost = True
        if self._follower is not None:
            self._follower.lost(error)

    def _running(self) -> Writer:
        if self._writer is None or self._closing:
            raise BackendError("the journal is not open; call open() first and nothing after close()")
        return self._writer
