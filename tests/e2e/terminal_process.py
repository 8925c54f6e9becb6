"""The terminal client in a pseudo-terminal: what it writes, byte by byte, and how long that takes."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]
SECONDS_MAX = 60.0
QUIET_SECONDS = 0.05


class TerminalProcess:
    """client.py in a terminal of so many columns and rows, with an empty home folder, until the end of the block.
    `written` is what it wrote since that was last emptied."""

    def __init__(self, home: Path, *arguments: str, columns: int = 80, rows: int = 24) -> None:
        self._home, self._arguments, self._size = home, arguments, (rows, columns)
        self.written = b""
        self.began = 0.0
        self.pid = 0

    def __enter__(self) -> TerminalProcess:
        self.began = time.perf_counter()
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            environment = {
                "PATH": os.environ["PATH"],
                "HOME": str(self._home),
                "TERM": "xterm-256color",
                "LANG": "C.UTF-8",
                "LC_ALL": "C.UTF-8",
            }
            os.execve(sys.executable, [sys.executable, str(ROOT / "client.py"), *self._arguments], environment)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *self._size, 0, 0))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._terminal)

    def press(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._terminal, keys)

    def reads(self, seconds: float) -> bool:
        """Take in what it writes within some seconds; False when that is nothing."""
        ready, _, _ = select.select([self._terminal], [], [], max(seconds, 0))
        if not ready:
            return False
        self.written += os.read(self._terminal, 65_536)
        return True

    def shows(self, text: bytes, seconds_max: float = SECONDS_MAX) -> float:
        """Wait until it has written a text; when that was, by time.perf_counter."""
        deadline = time.perf_counter() + seconds_max
        while text not in self.written:
            self.reads(deadline - time.perf_counter())
            if time.perf_counter() > deadline:
                raise AssertionError(
                    f"{text!r} was not written within {seconds_max:.0f} s, but {self.written[-2_000:]!r}"
                )
        return time.perf_counter()

    def rests(self) -> None:
        """Wait until it writes no more, and forget what it wrote."""
        while self.reads(QUIET_SECONDS):
            self.written = b""
        self.written = b""

    def answers(self, keys: bytes) -> float:
        """How many seconds it takes until something is written because of a key."""
        self.rests()
        began = time.perf_counter()
        self.press(keys)
        self.reads(SECONDS_MAX)
        return time.perf_counter() - began

    @property
    def memory_bytes(self) -> int:
        """The memory it has (RSS)."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) * 1_024

    @property
    def cpu_seconds(self) -> float:
        """The CPU it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
