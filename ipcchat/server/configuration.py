"""What the server runs with, where that came from, and how it is read again (SIGHUP and REHASH).

Rules:
1. The file is read in a thread, one time after the other, and counts whole or not at all (settings.py).
2. What came of it is logged: each mistake, or the names of what changed and of what waits for a restart.
3. Some settings depend on more than the file (a certificate): `judged_by` says who has a word about them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from ipcchat.core.effects import Reloaded
from ipcchat.core.limits import Limits
from ipcchat.core.settings import Settings
from ipcchat.server import logs, settings
from ipcchat.server.settings import Loaded, Mistake


class Configuration:
    """`loaded` are the settings in force, `read` the same as they were read, before anybody judged. `path` is the
    configuration file (None: there is none), `flags` are those of the start, which win over it."""

    def __init__(self, loaded: Loaded, path: Path | None = None, flags: Mapping[str, object] | None = None) -> None:
        self.loaded = self.read = loaded
        self.path = path
        self.flags = flags or {}
        self._reading = asyncio.Lock()
        self._judges: list[Callable[[Loaded], Loaded]] = []

    @property
    def limits(self) -> Limits:
        """The limits in force. Those of connections and I/O threads wait for a restart and never change here."""
        return self.loaded.settings.limits

    def judged_by(self, judge: Callable[[Loaded], Loaded]) -> None:
        """Put what `judge` makes of the settings, behind those before it, into force, now and whenever they are read
        again (in a thread)."""
        self._judges.append(judge)
        self.loaded = self._judged(self.read)

    def _judged(self, read: Loaded) -> Loaded:
        for judge in self._judges:
            read = judge(read)
        return read

    async def read_again(self) -> tuple[Reloaded, Settings | None]:
        """Read the file; what came of it, and the settings from now on, None when they stay as they are."""
        if self.path is None:
            return Reloaded(""), None
        async with self._reading:
            try:
                found, judged = await asyncio.to_thread(self._read, self.path)
            except Exception as error:
                logs.failure("the configuration could not be read", error)
                return Reloaded(str(self.path), ("it could not be read; the server's log says more",)), None
            return self._take(self.path, found, judged)

    async def mistakes(self) -> list[Mistake]:
        """What a start with the same words would find wrong now."""
        async with self._reading:
            found = await asyncio.to_thread(settings.load, self.path, self.flags)
        return found if isinstance(found, list) else []

    def _read(self, path: Path) -> tuple[Loaded | list[Mistake], Loaded]:
        """What is in the file, and what becomes of it."""
        found = settings.reload(self.read, path, self.flags)
        return found, self.loaded if isinstance(found, list) else self._judged(found)

    def _take(self, path: Path, found: Loaded | list[Mistake], judged: Loaded) -> tuple[Reloaded, Settings | None]:
        if isinstance(found, list):
            text = "the configuration has mistakes: nothing was changed"
            logs.event(logging.ERROR, text, file=path, mistakes=len(found))
            for mistake in found:
                logs.event(logging.ERROR, "a mistake in the configuration", mistake=mistake)
            return Reloaded(str(path), tuple(str(mistake) for mistake in found)), None
        self.read, self.loaded = found, judged
        logs.LOG.setLevel(found.log_level.upper())
        changed, waiting = ", ".join(found.changed) or "nothing", ", ".join(found.waiting)
        logs.event(logging.INFO, "the configuration was read again", file=path, changed=changed)
        if waiting:
            logs.event(logging.WARNING, "these settings change when the server is started again", settings=waiting)
        for remark in judged.remarks:
            logs.event(logging.WARNING, "about the configuration", remark=remark)
        return Reloaded(str(path), (), found.waiting), judged.settings
