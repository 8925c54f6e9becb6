"""The write-ahead log that grows because somebody does not stop reading: it is made short, or people are told.

SQLite cannot reuse the log while a reader may still need what is in it (https://www.sqlite.org/wal.html#bigwal). Our
own readers end within seconds; another program's may stay, and then the log takes all of the disk in the end.

Rules:
1. From LOG_BYTES_MAX on the log is copied and emptied by force: for that SQLite waits for readers, the writer's
   `busy_timeout` (a fifth of a second), at most every FORCE_SECONDS. New readers need nothing of a log that is copied,
   so many short ones do not hold it.
2. When that does not help, it is said, with who reads as far as the kernel tells, and again every REMIND_SECONDS.
3. It is said when it is over, too.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

LOG_BYTES_MAX: Final = 64 * 1024 * 1024
"""Four times what is let grow before it is copied (sqlite_store.WAL_PAGES_MAX): more means that something is wrong."""

LOOK_SECONDS: Final = 1.0
FORCE_SECONDS: Final = 5.0
REMIND_SECONDS: Final = 600.0

READ_LOCKS: Final = range(123, 128)
"""The bytes of the -shm file that readers lock (https://www.sqlite.org/walformat.html#wal_locks)."""

_MIB: Final = 1024 * 1024
_PROC: Final = Path("/proc")


class LongLog:
    """Looks after the log of the journal at `path`, on the writer's thread and connection."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._log = path.with_name(path.name + "-wal")
        self._shared = path.with_name(path.name + "-shm")
        self._look_due = 0.0
        self._force_due = 0.0
        self._remind_due = 0.0
        self._is_told = False
        self.is_long = False

    def is_due(self, now: float) -> bool:
        """It is time to look again (monotonic seconds)."""
        return now >= self._look_due

    def look(self, now: float) -> str:
        """What is to be said at that time (monotonic seconds), or "". Raises sqlite3.Error when the log could not be
        copied."""
        if not self.is_due(now):
            return ""
        self._look_due = now + LOOK_SECONDS
        size = self._size()
        self.is_long = size > LOG_BYTES_MAX
        if self.is_long and now >= self._force_due:
            self._force_due = now + FORCE_SECONDS
            self.is_long = not self._emptied()
            if self.is_long and now >= self._remind_due:
                self._remind_due, self._is_told = now + REMIND_SECONDS, True
                return _complaint(size, readers_of(self._shared))
        if not self.is_long and self._is_told:
            self._is_told = False
            return "the journal's write-ahead log is short again"
        return ""

    def _size(self) -> int:
        with suppress(OSError):
            return os.stat(self._log).st_size
        return 0

    def _emptied(self) -> bool:
        busy, _, _ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy


def _complaint(size: int, readers: list[str]) -> str:
    who = f"process {', '.join(readers)}" if readers else "another program"
    return (
        f"the journal's write-ahead log has grown to {size // _MIB} MiB, because {who} reads the journal and does not "
        "stop; end that program, or the log fills the disk"
    )


def readers_of(shared: Path) -> list[str]:
    """The other processes that read by this -shm file now: their number and what they are called. None where the kernel
    does not say (proc_locks(5))."""
    try:
        inode = os.stat(shared).st_ino
        table = (_PROC / "locks").read_text()
    except OSError:
        return []
    return [f"{number}{_name_of(number)}" for number in sorted(readers_in(table, inode) - {os.getpid()})]


def readers_in(table: str, inode: int) -> set[int]:
    """The processes that hold a reader's lock on the file of that number, in the text of proc_locks(5)."""
    found = set()
    for line in table.splitlines():
        fields = line.split()
        if len(fields) == 8 and fields[1] == "POSIX" and fields[5].rpartition(":")[2] == str(inode):
            number, (first, last) = fields[4], fields[6:]
            end = int(last) if last.isdigit() else READ_LOCKS.stop
            if number.isdigit() and int(first) < READ_LOCKS.stop and end >= READ_LOCKS.start:
                found.add(int(number))
    return found - {0}


def _name_of(number: int) -> str:
    with suppress(OSError):
        return f" ({(_PROC / str(number) / 'comm').read_text(errors='replace').strip()})"
    return ""
