"""What the operating system knows of the process and of its disk, asked in a thread: the loop waits for no disk.

Rules:
1. One look at a time. When one does not come back within LOOK_SECONDS_MAX (a disk that hangs) the figures of the last
   one are told, and that they are old.
2. What the system does not tell is None.
"""

from __future__ import annotations

import asyncio
import gc
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from ipcchat.core.histogram import SECONDS, Histogram

LOOK_SECONDS_MAX = 1.0
DATABASE, LOG, SEARCH = "chat.db", "chat.db-wal", "search.db"
_PROC: Final = Path("/proc/self")


class Looks(msgspec.Struct, frozen=True, kw_only=True):
    """What was found: of the process its processor time, resident memory and open descriptors; of the data folder the
    sizes of its files, and what is free on its disk for this user. `is_on_disk`: there is such a folder;
    `is_old`: the last look has not come back."""

    cpu_seconds: float = 0.0
    resident_bytes: int | None = None
    descriptors: int | None = None
    database_bytes: int | None = None
    log_bytes: int | None = None
    search_bytes: int | None = None
    free_bytes: int | None = None
    is_on_disk: bool = False
    is_old: bool = False


class Machine:
    """Looks at the process and at the data folder (None: everything is in memory)."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._last = Looks()
        self._running: asyncio.Task[Looks] | None = None

    async def look(self) -> Looks:
        """How things are now; see rule 1."""
        if self._running is None:
            self._running = asyncio.create_task(asyncio.to_thread(looked_at, self._folder))
        running = self._running
        await asyncio.wait({running}, timeout=LOOK_SECONDS_MAX)
        if not running.done():
            return msgspec.structs.replace(self._last, is_old=True)
        self._running = None
        self._last = running.result()
        return self._last


def looked_at(folder: Path | None) -> Looks:
    """What there is to see now. Waits for the disk."""
    process = Looks(cpu_seconds=time.process_time(), resident_bytes=_resident(), descriptors=_descriptors())
    if folder is None:
        return process
    return msgspec.structs.replace(
        process,
        is_on_disk=True,
        database_bytes=_size(folder / DATABASE),
        log_bytes=_size(folder / LOG),
        search_bytes=_size(folder / SEARCH),
        free_bytes=_free(folder),
    )


def _size(file: Path) -> int | None:
    with suppress(OSError):
        return file.stat().st_size
    return None


def _free(folder: Path) -> int | None:
    with suppress(OSError):
        found = os.statvfs(folder)
        return found.f_bavail * found.f_frsize
    return None


def _resident() -> int | None:
    with suppress(OSError, ValueError, IndexError):
        return int((_PROC / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return None


def _descriptors() -> int | None:
    with suppress(OSError):
        return len(os.listdir(_PROC / "fd")) - 1  # One is that of this very look.
    return None


class GarbagePauses:
    """How long the garbage collector kept everybody waiting: `seconds`, from `start` to `stop`."""

    def __init__(self) -> None:
        self.seconds = Histogram(SECONDS)
        self._began = 0.0

    def start(self) -> None:
        """Look from now on."""
        gc.callbacks.append(self._heard)

    def stop(self) -> None:
        """Look no more. May be called when it never started."""
        with suppress(ValueError):
            gc.callbacks.remove(self._heard)

    def _heard(self, phase: str, details: dict[str, int]) -> None:
        if phase == "start":
            self._began = time.perf_counter()
        elif self._began:
            self.seconds.observe(time.perf_counter() - self._began)
            self._began = 0.0
