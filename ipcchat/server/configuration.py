"""What the server runs with, where that came from, and how it is read again (SIGHUP and REHASH).

Rules:
1. The file is read in a thread, one time after the other, and counts whole or not at all (settings.py).
2. What came of it is logged: each mistake, or the names of what changed and of what waits for a restart.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path

from ipcchat.core.effects import Reloaded
from ipcchat.core.limits import Limits
from ipcchat.core.settings import Settings
from ipcchat.server import logs, settings
from ipcchat.server.settings import Loaded, Mistake


class Configuration:
    """The settings in force. `path` is the configuration file (None: there is none), `flags` are those of the start,
    which win over it."""

    def __init__(self, loaded: Loaded, path: Path | None = None, flags: Mapping[str, object] | None = None) -> None:
        self.loaded = loaded
        self.path = path
        self.flags = flags or {}
        self._reading = asyncio.Lock()

    @property
    def limits(self) -> Limits:
        """The limits in force. Those of connections and I/O threads wait for a restart and never change here."""
        return self.loaded.settings.limits

    async def read_again(self) -> tuple[Reloaded, Settings | None]:
        """Read the file; what came of it, and the settings from now on, None when they stay as they are."""
        if self.path is None:
            return Reloaded(""), None
        async with self._reading:
            try:
                found = await asyncio.to_thread(settings.reload, self.loaded, self.path, self.flags)
            except Exception as error:
                logs.failure("the configuration could not be read", error)
                return Reloaded(str(self.path), ("it could not be read; the server's log says more",)), None
            return self._take(self.path, found)

    def _take(self, path: Path, found: Loaded | list[Mistake]) -> tuple[Reloaded, Settings | None]:
        if isinstance(found, list):
            text = "the configuration has mistakes: nothing was changed"
            logs.event(logging.ERROR, text, file=path, mistakes=len(found))
            for mistake in found:
                logs.event(logging.ERROR, "a mistake in the configuration", mistake=mistake)
            return Reloaded(str(path), tuple(str(mistake) for mistake in found)), None
        self.loaded = found
        logs.LOG.setLevel(found.log_level.upper())
        changed, waiting = ", ".join(found.changed) or "nothing", ", ".join(found.waiting)
        logs.event(logging.INFO, "the configuration was read again", file=path, changed=changed)
        if waiting:
            logs.event(logging.WARNING, "these settings change when the server is started again", settings=waiting)
        for remark in found.remarks:
            logs.event(logging.WARNING, "about the configuration", remark=remark)
        return Reloaded(str(path), (), found.waiting), found.settings
