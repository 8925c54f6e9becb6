"""A clock for deadlines of others, which stands still while the server does.

After SIGSTOP, a debugger, or a machine that hung, everybody would be too late at once: what they said meanwhile waits
in the kernel, and what they were to answer was not asked. Such a pause is no time in which anybody could be late.
"""

from __future__ import annotations

import time
from collections.abc import Callable

PAUSE_SECONDS = 2.0
"""A longer time between two readings is a pause of the server: while it serves, it reads its clock four times a
second."""


class Clock:
    """Monotonic seconds without the pauses of who reads it, for one thread. `source` gives monotonic seconds;
    `paused` is how many of them were left out."""

    def __init__(self, source: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._last = source()
        self.paused = 0.0

    def __call__(self) -> float:
        """The seconds now; never less than before."""
        now = self._source()
        if now - self._last > PAUSE_SECONDS:
            self.paused += now - self._last
        self._last = now
        return now - self.paused
