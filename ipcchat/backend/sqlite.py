"""The durable journal of one process: an SQLite file, one thread that writes it, two that read history.

This module is the loop's side of it. Rules:
1. Nothing here blocks: a job is put into a queue, an outcome comes back as one call for a whole batch.
2. At the end the readers are closed first and the writer last, which alone copies the log into the database.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from ipcchat.backend.base import BackendError, Follower
from ipcchat.backend.counts import JournalCounts
from ipcchat.backend.search_index import SearchIndex
from ipcchat.backend.sqlite_history import QUERY_SECONDS, Readers
from ipcchat.backend.sqlite_place import Watch
from ipcchat.backend.sqlite_store import Written
from ipcchat.backend.sqlite_unwritten import Waiting
from ipcchat.backend.sqlite_upkeep import Tidied
from ipcchat.backend.sqlite_writer import Writer
from ipcchat.core.effects import Erase, Hide, HistoryAnswer, PastQuery, Recall, Search, Targets, TargetsAnswer, Void
from ipcchat.core.facts import AnyFact, Entry
from ipcchat.core.outcomes import Boot, Outcome
from ipcchat.core.retention import Retention

FORGET_SECONDS: Final = 86_400.0
"""How often the search index loses the words of what is not kept: part of it is made anew for that."""

FORGOTTEN_APART: Final = 1 << 16
"""Of places that are nearer to each other one is enough to name the part of the index."""


class SqliteBackend:
    """A Backend in the file `path`; its folder is made when it is missing. One object is opened once."""

    leads = True

    def __init__(
        self,
        path: Path,
        *,
        connection: type[sqlite3.Connection] = sqlite3.Connection,
        query_seconds: float = QUERY_SECONDS,
    ) -> None:
        """`connection` is the writer's kind of connection (tests have unkind ones); `query_seconds` bounds a query."""
        self.counts = JournalCounts()
        self._path = path
        self._connection = connection
        self._readers = Readers(path, query_seconds)
        self._search = SearchIndex(path, query_seconds)
        self._writer: Writer | None = None
        self._follower: Follower | None = None
        self._waiting = Waiting()
        self._watch: Watch | None = None
        self._closing = False
        self._lost = False
        self._forgotten: dict[int, int] = {}
        self._forget_due = time.monotonic() + FORGET_SECONDS

    async def open(self) -> Boot:
        """Open or create the journal. Raises BackendError when it is in use, damaged, not ours or newer."""
        if self._writer is not None:
            raise BackendError("this journal was opened before; make a new SqliteBackend")
        self._writer = self._make_writer(asyncio.get_running_loop().call_soon_threadsafe)
        self._writer.start()
        try:
            boot = await asyncio.shield(asyncio.wrap_future(self._writer.opened))
        except BackendError:
            self._closing = True
            await asyncio.shield(asyncio.wrap_future(self._writer.ended))
            raise
        self._search_from_now_on()
        self._watch = Watch(self._writer.place, self.alarmed)
        return boot

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
        self._running().change(Void(seq))
        self._waiting.void(seq)

    def checkpoint(self, seq: int, state: bytes) -> None:
        """Keep `state` with the next commit."""
        self._running().checkpoint(seq, state)

    def hide(self, seq: int) -> None:
        """No query gives that message any more: at once, and with the next commit on disk."""
        self._running().change(Hide(seq))
        self._waiting.hide(seq)

    def recall(self, event: Recall) -> None:
        """Keep what happened beside messages: at once for queries, on disk with a later commit."""
        writer = self._running()
        if not self._lost:
            writer.change(event)
            self._waiting.recall(event)

    def erase(self, party: str, through: int) -> None:
        """Take what that party said up to there out of the file, in idle moments; it is to be done from the next commit
        on, over restarts."""
        self._running().change(Erase(party, through))

    def retain(self, rules: Retention, now: int) -> None:
        """Forget in idle moments what these rules do not keep at that time (Unix ms)."""
        self._running().retain(rules, now)

    async def history(self, query: PastQuery) -> HistoryAnswer:
        """What happened. Raises BackendError when it cannot be read in time."""
        self._readable()
        if isinstance(query, Search):
            return await asyncio.wrap_future(self._search.ask(query, self._waiting.copy()))
        return await asyncio.wrap_future(self._readers.ask(query, self._waiting.copy()))

    async def targets(self, query: Targets) -> TargetsAnswer:
        """The latest of each history. Raises BackendError when it cannot be read in time."""
        self._readable()
        return await asyncio.wrap_future(self._readers.ask_targets(query, self._waiting.copy()))

    async def find(self, id: bytes) -> Entry | None:
        """The entry of that idempotency id, if it was not voided. Raises BackendError when it cannot be read in
        time."""
        self._readable()
        return await asyncio.wrap_future(self._readers.ask_for(id, self._waiting.copy()))

    async def close(self) -> None:
        """Write what is queued and release everything. May be called twice."""
        if self._writer is None:
            self._close_readers()
            return
        if not self._closing:
            self._closing = True
            if self._watch is not None:
                self._watch.stop()
            self._search.interrupt()
            self._readers.interrupt()
            self._writer.stop()
        await asyncio.shield(asyncio.wrap_future(self._writer.ended))

    def heard(self, outcomes: Sequence[Outcome]) -> None:
        """The writer tells what happened."""
        self._search.grew()
        if self._follower is not None:
            self._follower.outcomes(outcomes)

    def written(self, written: Written) -> None:
        """The writer tells what is on disk."""
        self._waiting.written(*written)

    def tidied(self, tidied: Tidied) -> None:
        """The writer tells what was taken away. What was erased leaves the search index at once; for what is merely not
        kept, parts of the index are made anew once in a while."""
        if tidied.erased:
            self._search.renew()
        self._forgotten.update({seq // FORGOTTEN_APART: seq for seq in tidied.forgotten})
        now = time.monotonic()
        if self._forgotten and now >= self._forget_due:
            self._search.forget(list(self._forgotten.values()))
            self._forgotten, self._forget_due = {}, now + FORGET_SECONDS

    def alarmed(self, text: str) -> None:
        """The writer, or who looks after the files, tells that somebody should look."""
        if self._follower is not None:
            self._follower.alarmed(text)

    def ended_by(self, error: BackendError) -> None:
        """The writer tells that it cannot go on."""
        self._lost = True
        if self._follower is not None:
            self._follower.lost(error)

    def _search_from_now_on(self) -> None:
        """The journal has its name, by which its index is known."""
        self._search.open()

    def _make_writer(self, post: Callable[..., object]) -> Writer:
        return Writer(self._path, self, post, self._close_readers, self.counts, self._connection)

    def _close_readers(self) -> None:
        """The writer ends after all who read its file."""
        self._search.close()
        self._readers.close()

    def _readable(self) -> None:
        self._running()
        if self._lost:
            raise BackendError("history cannot be read: the journal cannot go on")

    def _running(self) -> Writer:
        if self._writer is None or self._closing:
            raise BackendError("the journal is not open; call open() first and nothing after close()")
        return self._writer
