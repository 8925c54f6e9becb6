"""Whether a server shall be sent people (/readyz), and what it counts (/metrics, FIGURES): the answers of the admin
listener, and those that operators get.

Rules:
1. Ready means: what somebody says now gets to disk. Not ready are a server that stops, one whose journal owes an answer
   for longer than operators would wait (watchdog.SLOW_SECONDS) or is not there any more, one whose last commit the disk
   refused, and one with less free space than FREE_BYTES_MIN.
2. A reason is one line, for whoever looks at a probe that fails.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ipcchat.backend.base import Backend
from ipcchat.server import watchdog
from ipcchat.server.durability import Durability
from ipcchat.server.machine import GarbagePauses, Looks, Machine
from ipcchat.server.shell import Shell
from ipcchat.server.shell_parts import Core
from ipcchat.server.watchdog import Watchdog

if TYPE_CHECKING:
    from ipcchat.server.metrics import Sources

FREE_BYTES_MIN = 32 * 1024 * 1024
"""Twice what the write-ahead log is let grow before it is copied."""

_MIB = 1024 * 1024


class Health:
    """Asks all parts of a server how they are. Its methods are called on core's thread."""

    def __init__(
        self,
        core: Core,
        shell: Shell,
        backend: Backend,
        beat: Watchdog,
        machine: Machine,
        durability: Durability | None = None,
    ) -> None:
        self._core = core
        self._shell = shell
        self._backend = backend
        self._watchdog = beat
        self._machine = machine
        self._durability = durability
        self._started = time.monotonic()
        self._garbage = GarbagePauses()
        self.is_stopping = False

    def start(self) -> None:
        """Count what is counted only while the server runs."""
        self._garbage.start()

    def stop(self) -> None:
        """Count that no more."""
        self._garbage.stop()

    async def unready(self) -> str:
        """Why nobody shall be sent here now; "" when the server is ready."""
        wait = self._shell.journal_wait(time.monotonic())
        if self.is_stopping:
            return "the server is stopping"
        if wait > watchdog.SLOW_SECONDS:
            return f"the journal has not answered for {wait:.0f} seconds: look at the disk"
        if self._backend.counts.refusal:
            return self._backend.counts.refusal
        looks = await self._machine.look()
        if looks.is_old:
            return "the disk does not answer"
        return _missing(looks) or _shortage(looks)

    async def metrics(self) -> str:
        """The page for Prometheus."""
        from ipcchat.server import metrics

        return metrics.page(await self._sources())

    async def figures(self) -> tuple[tuple[str, str], ...]:
        """The same for operators: names, with their labels, and values."""
        from ipcchat.server import metrics

        return metrics.figures(await self._sources())

    async def _sources(self) -> Sources:
        from ipcchat.server.metrics import Sources

        looks = await self._machine.look()
        now = time.monotonic()
        return Sources(
            core=self._core.figures(),
            counts=self._shell.counts,
            visitors=self._shell.visitors,
            lanes=self._shell.lanes,
            journal=self._backend.counts,
            journal_wait=self._shell.journal_wait(now),
            loop_lag=self._watchdog.lag_seconds,
            garbage=self._garbage.seconds,
            looks=looks,
            uptime=now - self._started,
            grade=self._durability.letter if self._durability is not None else "",
        )


def _missing(looks: Looks) -> str:
    """That the journal's files are gone; "" when they are there, or nothing is on disk."""
    if looks.is_on_disk and None in (looks.database_bytes, looks.log_bytes):
        return "the journal's files were deleted or moved: put them back"
    return ""


def _shortage(looks: Looks) -> str:
    if looks.free_bytes is None or looks.free_bytes >= FREE_BYTES_MIN:
        return ""
    free, needed = looks.free_bytes // _MIB, FREE_BYTES_MIN // _MIB
    return f"the disk is nearly full: {free} MiB are free, {needed} are needed"
