"""The thread that keeps search.db in step with the journal, beside everything else.

Rules:
1. It rests after each batch, longer when people are talking; with nothing to do it sleeps until it is told of news.
2. A file that is of no use is thrown away and made anew; while the disk refuses, it waits and tries again. Searches
   get what they can all that time.
3. It never ends by itself but for a mistake of ours, which is logged.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Final

from ipcchat.backend import search_file
from ipcchat.backend.search_file import UnfitError, part_of
from ipcchat.backend.search_filling import BATCH_SEQS, Filler
from ipcchat.backend.sqlite_schema import connect_reader

GATHER_SECONDS: Final = 1.0
"""How long news may wait for more of it. What is not in yet is found by reading the end of the journal."""

RETRY_SECONDS: Final = 30.0
"""The pause after the disk refused."""

REST_BUSY: Final = 10.0
REST_IDLE: Final = 0.25
"""The rest after a batch, in times of what that took: while people talk, and while nobody does."""

WAL_BYTES_MAX: Final = 16 * 1024 * 1024
"""A longer log is copied into the file before the next batch."""

_log = logging.getLogger(__name__)


class FillingThread:
    """Keeps search.db in step with the journal at `journal`, from `start` to `stop`. `renewed` is called, on the
    thread, when there is another file than before."""

    def __init__(self, journal: Path, renewed: Callable[[], None]) -> None:
        self._journal = journal
        self._path = search_file.path_beside(journal)
        self._renewed = renewed
        self._news = threading.Event()
        self._stopped = threading.Event()
        self._damaged = False
        self._forgotten: list[set[int] | None] = []
        self._thread = threading.Thread(target=self._run, name="search", daemon=True)
        self.behind: int | None = None
        """Places of the journal that are not taken in; None while that is not known."""

    def start(self) -> None:
        """Begin. The journal is there."""
        self._thread.start()

    def grew(self) -> None:
        """The journal has more than before."""
        if not self._news.is_set():
            self._news.set()

    def forget(self, seqs: Iterable[int] | None) -> None:
        """The words of what was said at these places (None: anywhere) may not stay: it was taken out of the journal."""
        self._forgotten.append(None if seqs is None else {part_of(seq) for seq in seqs})
        self.grew()

    def is_damaged(self) -> None:
        """A reader found that the file is of no use."""
        self._damaged = True
        self.grew()

    def stop(self) -> None:
        """End, and wait for that: for the batch that runs. (SQLite would not forget an interrupt that comes between two
        statements: the log would stay beside the file.)"""
        self._stopped.set()
        self._news.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                with closing(connect_reader(self._journal)) as journal:
                    self._serve(journal)
            except UnfitError as error:
                self._throw_away(str(error))
            except (sqlite3.Error, OSError) as error:
                self._failed(error)
            except Exception:
                _log.exception(
                    "a fault in the thread that fills %s; searches find less until the next start", self._path
                )
                return

    def _serve(self, journal: sqlite3.Connection) -> None:
        """Fill one file until it is of no use, or the end."""
        is_new = not self._path.exists()
        with closing(search_file.open_for_filling(self._path, journal)) as index:
            self._damaged = False
            filler = Filler(index, journal)
            self.behind = filler.behind()
            self._renewed()
            self._tell_start(self.behind, is_new=is_new)
            while not self._stopped.is_set():
                self._turn(filler)

    def _tell_start(self, behind: int, *, is_new: bool) -> None:
        if behind > BATCH_SEQS:
            what = "is made" if is_new else "is completed"
            _log.info("the search index %s from %d entries of the journal, the newest first", what, behind)

    def _turn(self, filler: Filler) -> None:
        """One batch and the rest after it, or sleep."""
        self._news.clear()
        if self._damaged:
            raise UnfitError("what is in it cannot be read")
        while self._forgotten:
            parts = self._forgotten.pop(0)
            filler.forget(filler.parts if parts is None else parts)
        began = time.monotonic()
        worked = filler.step()
        self.behind = filler.behind()
        if self._stopped.is_set():
            return
        wal = self._path.with_name(self._path.name + "-wal")
        if not worked or (wal.exists() and wal.stat().st_size > WAL_BYTES_MAX):
            filler.checkpoint()
        if worked:
            rest = REST_BUSY if self._news.is_set() else REST_IDLE
            self._stopped.wait(rest * (time.monotonic() - began))
        else:
            self._news.wait()
            self._stopped.wait(GATHER_SECONDS)

    def _failed(self, error: sqlite3.Error | OSError) -> None:
        """A disk that refuses may do better later; a file that is damaged will not."""
        if self._stopped.is_set():
            return
        name = "the disk" if isinstance(error, OSError) else str(getattr(error, "sqlite_errorname", ""))
        if name.startswith("SQLITE_CORRUPT") or name in ("", "SQLITE_NOTADB", "SQLITE_ERROR"):
            self._throw_away(str(error))
            self._stopped.wait(1)
        else:
            _log.warning("the search index cannot be written now: %s; searches read the journal's end", error)
            self._stopped.wait(RETRY_SECONDS)

    def _throw_away(self, why: str) -> None:
        _log.warning("the search index %s is thrown away and made anew: %s", self._path, why)
        try:
            search_file.throw_away(self._path)
        except OSError as error:
            _log.warning("%s cannot be removed: %s", self._path, error.strerror)
            self._stopped.wait(RETRY_SECONDS)
