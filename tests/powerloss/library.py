"""Builds `disk.c`, and steers it: where it writes its log, and which calls it makes fail.

Rules:
1. The binary is cached by the hash of its source.
2. A call is chosen by its kinds and by its number among the calls of those kinds since `arm`.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import shutil
import struct
import subprocess
import tempfile
from enum import IntFlag
from pathlib import Path
from types import TracebackType

SOURCE = Path(__file__).with_name("disk.c")
FOR_EVER = -1
_CONTROL = struct.Struct("<9i")
_DELAY_OFFSET, _COUNTS_OFFSET, _ARMED_OFFSET, _CLOCK_OFFSET = 16, 20, 28, 32


class Calls(IntFlag):
    """Kinds of calls that can be made to fail."""

    OPENS = 1
    WRITES = 2
    TRUNCATES = 4
    SYNCS = 8
    NAMES = 16
    MAPS = 32
    READS = 64


CHANGES = Calls.OPENS | Calls.WRITES | Calls.TRUNCATES | Calls.SYNCS | Calls.NAMES | Calls.MAPS


def compiler() -> str | None:
    """The C compiler, or None when there is none."""
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


def build() -> Path:
    """The library, built when it is not there yet. Raises RuntimeError with the compiler's words."""
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ipc-chat-disk"
    library = home / f"disk-{digest}.so"
    if library.exists():
        return library
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home) as folder:
        unfinished = Path(folder) / "disk.so"
        flags = ["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
        command = [compiler() or "cc", *flags, "-o", str(unfinished), str(SOURCE), "-ldl", "-lpthread"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"cannot build {SOURCE.name}:\n{done.stderr.strip()}")
        unfinished.rename(library)
    return library


def environment(folder: Path, *, log: Path | None = None, control: Path | None = None) -> dict[str, str]:
    """The environment of a process whose files in `folder` are watched."""
    found = {**os.environ, "LD_PRELOAD": str(build()), "DISK_FOLDER": str(folder)}
    if log is not None:
        found["DISK_LOG"] = str(log)
    if control is not None:
        found["DISK_CONTROL"] = str(control)
    return found


class Control:
    """What the library of another process, or of several one after the other, does to its calls."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(mmap.PAGESIZE))
        self._file = path.open("r+b")
        self._memory = mmap.mmap(self._file.fileno(), mmap.PAGESIZE)
        self.path = path

    def __enter__(self) -> Control:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._memory.close()
        self._file.close()

    def arm(self, kinds: Calls, error: int = 0, *, after: int = 0, times: int = FOR_EVER) -> None:
        """After `after` more calls of these kinds `times` of them fail with that errno; with 0 a write or read does
        half of its work. Calls are counted from now on."""
        self.disarm()
        self._memory[:_DELAY_OFFSET] = struct.pack("<4i", kinds, after, times, error)
        self._memory[_COUNTS_OFFSET:_ARMED_OFFSET] = bytes(8)
        self._set(_ARMED_OFFSET, 1)

    def count(self, kinds: Calls) -> None:
        """Count the calls of these kinds from now on, and let all of them through."""
        self.arm(kinds, times=0)

    def disarm(self) -> None:
        """Let everything through."""
        self._set(_ARMED_OFFSET, 0)

    def delay_syncs(self, milliseconds: int) -> None:
        """Each sync takes so much longer."""
        self._set(_DELAY_OFFSET, milliseconds)

    def set_clock(self, seconds: int) -> None:
        """The wall clock is wrong by so much; the monotonic one is right."""
        self._set(_CLOCK_OFFSET, seconds)

    @property
    def calls(self) -> int:
        """How many calls counted."""
        return int(_CONTROL.unpack_from(self._memory)[5])

    @property
    def failed(self) -> int:
        """How many were made to fail."""
        return int(_CONTROL.unpack_from(self._memory)[6])

    def _set(self, offset: int, value: int) -> None:
        struct.pack_into("<i", self._memory, offset, value)
