"""Searching messages: the index beside a journal, from its opening to its end. See search_file.py for what is in it.

Rules:
1. The journal's writer never waits for it, and everything in it can be made anew: it may be missing, be thrown away or
   be behind, and searches get what they can (search_query.py).
2. A search takes at most QUERY_SECONDS and then gives what it has found.
3. Its readers of the journal are closed before the journal's writer is.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Final

from ipcchat.backend import search_file
from ipcchat.backend.base import BackendError
from ipcchat.backend.search_query import search
from ipcchat.backend.search_thread import FillingThread
from ipcchat.backend.sqlite_readers import ReaderPool
from ipcchat.backend.sqlite_schema import connect_reader
from ipcchat.backend.sqlite_unwritten import NOTHING, Unwritten
from ipcchat.core.effects import HistoryAnswer, Search

QUERY_SECONDS: Final = 0.25
"""The time of one search. Two words among ten million messages take a few milliseconds."""

READERS: Final = 2
"""Threads that search, so that one slow search does not hold up all others."""


class SearchIndex:
    """The search index of the journal at `journal`. All methods may be called from any thread."""

    def __init__(self, journal: Path, query_seconds: float = QUERY_SECONDS) -> None:
        self._journal = journal
        self._query_seconds = query_seconds
        self._filling = FillingThread(journal, self._renew)
        self._readers = ReaderPool(READERS, "searcher")
        self._generation = 0

    def open(self) -> None:
        """Begin to fill the index. The journal is there, and open."""
        self._filling.start()

    def grew(self) -> None:
        """The journal has more than before. Costs next to nothing."""
        self._filling.grew()

    @property
    def behind(self) -> int | None:
        """How many places of the journal are not indexed; None while that is not known."""
        return self._filling.behind

    def ask(self, query: Search, unwritten: Unwritten = NOTHING) -> Future[HistoryAnswer]:
        """The answer, or BackendError when the journal cannot be read now."""
        return self._readers.submit(lambda: self._answer(query, unwritten))

    def forget(self, seqs: Iterable[int]) -> None:
        """What was said at these places was taken out of the journal: its words are taken out of the index, in time and
        over restarts."""
        self._filling.forget(seqs)

    def renew(self) -> None:
        """The same for all that was ever taken out of the journal."""
        self._filling.forget(None)

    def interrupt(self) -> None:
        """Make all searches fail now, those that run and those that wait."""
        self._readers.interrupt()

    def close(self) -> None:
        """Wait for the threads to end and close their connections. May be called twice."""
        self._readers.close()
        self._filling.stop()

    def _renew(self) -> None:
        """There is another file than before."""
        self._generation += 1

    def _answer(self, query: Search, unwritten: Unwritten) -> HistoryAnswer:
        try:
            self._readers.require_open()
            deadline = time.monotonic() + self._query_seconds
            journal, index = self._journal_connection(), self._index_connection()
            for connection in (journal, index) if index is not None else (journal,):
                self._readers.limit(connection, deadline)
            try:
                return search(journal, index, query, unwritten, deadline)
            except sqlite3.DatabaseError as error:
                if index is None or not _is_damage(error):
                    raise
                self._filling.is_damaged()
                return search(journal, None, query, unwritten, deadline)
        except sqlite3.Error as error:
            raise BackendError(f"messages cannot be searched now: {error}; try again") from error

    def _journal_connection(self) -> sqlite3.Connection:
        return self._readers.connection("journal", lambda: connect_reader(self._journal))

    def _index_connection(self) -> sqlite3.Connection | None:
        """None while there is no index."""
        path = search_file.path_beside(self._journal)
        with suppress(sqlite3.Error):
            return self._readers.connection("index", lambda: search_file.open_for_reading(path), self._generation)
        return None


def _is_damage(error: sqlite3.Error) -> bool:
    """What is in the file is wrong, or what should be is not."""
    name = str(getattr(error, "sqlite_errorname", ""))
    return name in ("SQLITE_ERROR", "SQLITE_NOTADB") or name.startswith("SQLITE_CORRUPT")
