"""A NATS server that is kept alive: started, watched, started again when it dies, ended with its owner.

Rules:
1. One thread starts, watches and ends the program, for the program is tied to the thread that started it.
2. What dies is started again on the same ports, after a pause that grows to PAUSE_SECONDS_MAX, for ever. Operators hear
   of it once when it dies and once when it is back, not of every attempt.
3. A server that switched JetStream off, or that could not write and has room again (store_watch.py), is started again
   like one that died: neither heals by itself.
4. Only one server uses a folder (launching.py).
"""

from __future__ import annotations

import logging
import os
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from ipcchat.server import logs
from ipcchat.server.nats.config import NatsSettings
from ipcchat.server.nats.errors import NatsServerError, StartError
from ipcchat.server.nats.launching import (
    BY_KERNEL,
    END_SECONDS_MAX,
    READY_SECONDS_MAX,
    Addresses,
    end,
    has_storage,
    launch,
    lock_folder,
    wait_until_ready,
)
from ipcchat.server.nats.store_watch import StoreWatch

PAUSE_SECONDS_MIN, PAUSE_SECONDS_MAX = 0.1, 5.0
STEADY_SECONDS: Final = 30.0
"""Who lived so long begins with the shortest pause again."""

WATCH_SECONDS: Final = 0.2
HEALTH_SECONDS: Final = 2.0
"""How often the server is asked whether JetStream is on."""


class NatsServer:
    """A nats-server process with its configuration, store and log in one folder.

    `alarmed` is called on a thread of this object, with words for operators. `start` and `stop` block; call them on
    another thread than an event loop's. All threads may call `addresses`.
    """

    def __init__(
        self, binary: Path, settings: NatsSettings, alarmed: Callable[[str], None], *, by_kernel: bool = BY_KERNEL
    ) -> None:
        self._binary = binary
        self._settings = settings
        self._alarmed = alarmed
        self._by_kernel = by_kernel
        self._lock = -1
        self._store = StoreWatch(settings.log_file)
        self._addresses: Addresses | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._problem: NatsServerError | None = None
        self._lame_duck_seconds = 0.0
        self._settled, self._ending = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="ipcchat-nats", daemon=True)

    @property
    def addresses(self) -> Addresses:
        """Where it is; the same for all its lives. Raises StartError before the first start."""
        if self._addresses is None:
            raise StartError("the NATS server has not been started")
        return self._addresses

    @property
    def pid(self) -> int | None:
        """The process id of its present life; None between two."""
        process = self._process
        return None if process is None or process.poll() is not None else process.pid

    def start(self) -> Addresses:
        """Start it and wait until it serves, at most READY_SECONDS_MAX. May be called once. Raises NatsServerError."""
        self._thread.start()
        self._settled.wait()
        if self._problem is not None:
            raise self._problem
        return self.addresses

    def stop(self, *, lame_duck_seconds: float = 0.0) -> None:
        """End it (launching.end) and wait for that, at most END_SECONDS_MAX twice and `lame_duck_seconds`. May be
        called again, and before the start."""
        self._lame_duck_seconds = lame_duck_seconds
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join(2 * END_SECONDS_MAX + READY_SECONDS_MAX + lame_duck_seconds)

    # On the thread.

    def _run(self) -> None:
        try:
            self._live()
            self._settled.set()
            self._watch()
        except NatsServerError as error:
            self._problem = error
        except Exception as error:
            logs.failure("the thread that watches the NATS server failed", error)
            self._problem = StartError(f"a mistake of ours ({type(error).__name__}); see the log")
            self._alarmed("Nobody watches the NATS server any more: start this server again")
        finally:
            self._end()
            self._settled.set()

    def _live(self) -> None:
        """One more life. Raises NatsServerError."""
        if self._lock < 0:
            self._lock = lock_folder(self._settings.folder)
        self._store = StoreWatch(self._settings.log_file)
        self._process = launch(self._binary, self._settings, self._lock, by_kernel=self._by_kernel)
        self._addresses = wait_until_ready(self._process, self._settings)
        self._settings = pinned(self._settings, self._addresses)

    def _end(self) -> None:
        if self._process is not None:
            end(self._process, lame_duck_seconds=self._lame_duck_seconds)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _watch(self) -> None:
        pause, begun = PAUSE_SECONDS_MIN, time.monotonic()
        while (problem := self._next_problem()) is not None:
            if time.monotonic() - begun > STEADY_SECONDS:
                pause = PAUSE_SECONDS_MIN
            logs.event(logging.ERROR, "the NATS server has to be started again", problem=problem)
            self._alarmed(f"The NATS server {problem} and is started again; it logs to {self._settings.log_file}")
            died = time.monotonic()
            while not self._revived():
                if self._ending.wait(pause):
                    return
                pause = min(2 * pause, PAUSE_SECONDS_MAX)
            begun = time.monotonic()
            logs.event(logging.WARNING, "the NATS server is back", seconds=round(begun - died, 1))
            self._alarmed(f"The NATS server is back after {begun - died:.1f} s")

    def _next_problem(self) -> str | None:
        """Waits until the server needs another life, and says why; None: it shall end."""
        process = self._process
        asked_at = time.monotonic()
        while process is not None and not self._ending.wait(WATCH_SECONDS):
            if process.poll() is not None:
                return f"ended with exit code {process.returncode}"
            if time.monotonic() - asked_at > HEALTH_SECONDS:
                if problem := self._storage_problem():
                    return problem
                asked_at = time.monotonic()
        return None

    def _storage_problem(self) -> str | None:
        """Why the server that runs needs another life; None when it needs none, or when that would not help now."""
        if has_storage(self.addresses) is False:
            return f"switched its storage off (look at the disk of {self._settings.folder})"
        failed_before = self._store.is_failing
        if self._store.look():
            if self._store.has_room():
                return "could not write to its disk"
            if not failed_before:
                logs.event(logging.ERROR, "the NATS server cannot write", folder=self._settings.folder)
                self._alarmed(f"The NATS server cannot write: its disk is full; free some of {self._settings.folder}")
        return None

    def _revived(self) -> bool:
        try:
            if self._process is not None:
                end(self._process)
            self._live()
        except NatsServerError as error:
            logs.event(logging.WARNING, "the NATS server does not start", error=error)
            return False
        return True


def pinned(settings: NatsSettings, addresses: Addresses) -> NatsSettings:
    """The settings with the ports that the server has, so that it is found again after it died."""
    routes = settings.routes
    if routes is not None and addresses.routes_port is not None:
        routes = msgspec.structs.replace(routes, port=addresses.routes_port)
    monitor_port = urlsplit(addresses.monitor).port if addresses.monitor else settings.monitor_port
    return msgspec.structs.replace(settings, port=addresses.port, monitor_port=monitor_port, routes=routes)
