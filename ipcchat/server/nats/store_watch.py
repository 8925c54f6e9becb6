"""Whether a NATS server still writes what it is given, as its log says it.

A server whose disk was full for a moment (2.15.1) leaves every publish without an answer from then on, also when there
is room again, and its monitoring port says that it is well. Nothing that it acknowledged is lost, and a start anew
heals it.

Rules:
1. The log is read from where the last look ended, never more than BYTES_MAX of it.
2. While the disk is full nothing helps: the server is to be started again only when there is room.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

FAILURES: Final = (b"failed to store a msg", b"no space left on device")
BYTES_MAX: Final = 1 << 20
FREE_BYTES_MIN: Final = 16 << 20
"""Two blocks of a stream's file, which NATS makes 8 MiB long."""


class StoreWatch:
    """Looks at the log of one life of a server; made before that begins."""

    def __init__(self, log_file: Path) -> None:
        self._log_file = log_file
        self._position = self._size()
        self.is_failing = False
        """Whether something could not be written in this life."""

    def look(self) -> bool:
        """Read what was logged since the last look: whether something could not be written in this life."""
        size = self._size()
        if size < self._position:  # It was rotated.
            self._position = 0
        if size > self._position:
            self.is_failing = self.is_failing or _says_failure(self._read(size))
        return self.is_failing

    def has_room(self) -> bool:
        """Whether the disk has room again."""
        return shutil.disk_usage(self._log_file.parent).free >= FREE_BYTES_MIN

    def _read(self, size: int) -> bytes:
        start = max(self._position, size - BYTES_MAX)
        self._position = size
        try:
            with self._log_file.open("rb") as file:
                file.seek(start)
                return file.read(BYTES_MAX)
        except OSError:
            return b""

    def _size(self) -> int:
        try:
            return os.stat(self._log_file).st_size
        except OSError:
            return 0


def _says_failure(logged: bytes) -> bool:
    return any(failure in logged for failure in FAILURES)
