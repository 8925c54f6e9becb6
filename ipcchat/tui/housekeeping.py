"""When Python looks for garbage: while nobody waits.

A look through everything takes 100 ms with very many messages loaded, and comes by itself in the middle of scrolling.
Nearly all that a client lets go of is freed at once without it. So it is done when nothing has happened for
IDLE_SECONDS, and what is there then is left out of later looks.

Rule: nothing runs while nothing happens.
"""

from __future__ import annotations

import asyncio
import gc

IDLE_SECONDS = 5.0
# New objects before a look at the youngest, and such looks before one at the next; never by itself at all of them.
YOUNGEST, MIDDLE, ALL = 10_000, 20, 1_000_000
# Fewer new ones are not worth a look.
WORTH_IT = 50_000


class Housekeeping:
    """Looks for garbage in idle moments."""

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None
        self._active_at = 0.0

    def begin(self) -> None:
        """Everything is imported: it stays."""
        gc.freeze()
        gc.set_threshold(YOUNGEST, MIDDLE, ALL)

    def active(self) -> None:
        """Something happens."""
        loop = asyncio.get_running_loop()
        self._active_at = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(IDLE_SECONDS, self._look)

    def end(self) -> None:
        """Nothing will happen any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        rest = self._active_at + IDLE_SECONDS - loop.time()
        if rest > 0.05:
            self._timer = loop.call_later(rest, self._look)
            return
        self._timer = None
        if len(gc.get_objects()) > WORTH_IT:
            gc.collect()
            gc.freeze()
