"""The durability grade of this server: found at the start and again now and then, said in the log, told to Prometheus.

Rules:
1. A server alone has grade A: each commit of SQLite is synced before it is acknowledged. One in memory has grade C.
2. The grade of a node is that of nats/grade.py; what its NATS servers do is asked at their monitoring addresses, and
   without these it is not known.
3. It is said once at the start and when it changes: grade C, and every change for the worse, as a warning.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ipcchat.backend.counts import JournalCounts
from ipcchat.server import logs
from ipcchat.server.settings_cluster import ClusterSettings

if TYPE_CHECKING:
    from ipcchat.server.nats.grade import Grade

LOOK_SECONDS: Final = 300.0
LETTERS: Final = ("A", "B", "C")
SYNCHRONOUS: Final = "FULL"
"""What the journal's connection is told (backend/sqlite_schema.py)."""

ALONE: Final = ("A", "SQLite syncs before each acknowledgement")
IN_MEMORY: Final = ("C", "everything is in memory; give the server a folder (--data)")


class Durability:
    """The grade of a server with its data in `folder` (None: in memory), a node of `cluster` (None: of none). `letter`
    is "" until it was found."""

    def __init__(
        self, folder: Path | None, cluster: ClusterSettings | None, counts: Callable[[], JournalCounts]
    ) -> None:
        self.letter = ""
        self.reason = ""
        self._folder = folder
        self._cluster = cluster
        self._counts = counts

    async def run(self) -> None:
        """Find it again and again, where it can change."""
        while True:
            self._take(*await self.find())
            if self._cluster is None:
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def find(self) -> tuple[str, str]:
        """The letter, and why."""
        if self._cluster is None:
            return IN_MEMORY if self._folder is None else ALONE
        found = await asyncio.to_thread(self._ask, self._cluster)
        return found.letter, found.reason + (f"; {found.remedy}" if found.remedy else "")

    def _ask(self, cluster: ClusterSettings) -> Grade:
        """Ask the NATS servers: each may take a second."""
        from ipcchat.server.nats.binary import parse_version
        from ipcchat.server.nats.grade import Sync, grade, read_sync, read_version

        seen = self._counts().cluster
        versions = [read_version(monitor) for monitor in cluster.monitors]
        syncs = [read_sync(monitor) for monitor in cluster.monitors]
        if len(syncs) < len(cluster.servers):
            syncs.append(Sync())
            versions.append(parse_version(seen.server_version if seen is not None else ""))
        return grade(SYNCHRONOUS, versions, syncs, persists_async=seen is not None and seen.persists_async)

    def _take(self, letter: str, reason: str) -> None:
        if (letter, reason) == (self.letter, self.reason):
            return
        is_worse = letter == LETTERS[-1] or letter > self.letter > ""
        self.letter, self.reason = letter, reason
        logs.event(logging.WARNING if is_worse else logging.INFO, "durability", grade=letter, reason=reason)
