"""Whether the journal's files are still where they were opened: somebody may delete, move or replace them meanwhile.

SQLite goes on writing into a file that has no name any more, and what is in it is gone with the process
(https://www.sqlite.org/howtocorrupt.html#_unlinking_or_renaming_a_database_file_while_in_use).

Rules:
1. Asked before each commit, so that nothing is confirmed that a restart would not find. Two calls of stat(2) are
   nothing beside a sync.
2. Asked again every WATCH_SECONDS, so that it is said although nobody writes.
3. What is put back is good again.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

WATCH_SECONDS: Final = 2.0
"""How often somebody looks: what happens to a file is said within five seconds."""

_log = logging.getLogger(__name__)


class Place:
    """The names of an open journal's files. Make it when all of them are there."""

    def __init__(self, path: Path) -> None:
        self._paths = (str(path), f"{path}-wal")
        self._identities = [_identity(name) for name in self._paths]

    def missing(self) -> str:
        """The name of a file that is not the one that was opened, or ""."""
        for path, identity in zip(self._paths, self._identities, strict=True):
            if _identity(path) != identity:
                return path
        return ""

    def require(self) -> None:
        """Raises sqlite3.OperationalError (SQLITE_READONLY_DBMOVED) when nothing may be written now."""
        if name := self.missing():
            error = sqlite3.OperationalError(f"{name} was deleted, moved or replaced")
            error.sqlite_errorname = "SQLITE_READONLY_DBMOVED"
            raise error


class Watch:
    """Says when a place is lost, and when it is back: in the log and to `tell`."""

    def __init__(self, place: Place, tell: Callable[[str], None]) -> None:
        self._place = place
        self._tell = tell
        self._missing = ""
        self._timer = asyncio.get_running_loop().call_later(WATCH_SECONDS, self._look)

    def stop(self) -> None:
        """Look no more."""
        self._timer.cancel()

    def _look(self) -> None:
        missing, before = self._place.missing(), self._missing
        if missing and not before:
            text = f"{missing} was deleted, moved or replaced: nothing is stored until it is put back"
            _log.error("%s", text)
            self._tell(text)
        elif before and not missing:
            text = f"{before} is there again: messages are stored"
            _log.warning("%s", text)
            self._tell(text)
        self._missing = missing
        self._timer = asyncio.get_running_loop().call_later(WATCH_SECONDS, self._look)


def _identity(path: str) -> tuple[int, int] | None:
    """Which file has that name, or None."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
