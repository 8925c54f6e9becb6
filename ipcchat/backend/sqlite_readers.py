"""Threads that read databases, each with connections of its own."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from math import inf
from typing import Final, TypeVar

from ipcchat.backend.base import BackendError

PROGRESS_STEPS: Final = 5_000
"""Steps of SQLite's machine between two looks at the clock: some ten microseconds."""

_Answer = TypeVar("_Answer")


class ReaderPool:
    """`readers` threads of that name. `submit` and `close` may be called from any thread, the others on these only."""

    def __init__(self, readers: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(readers, thread_name_prefix=name)
        self._own = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self.is_closed = False

    def submit(self, read: Callable[[], _Answer]) -> Future[_Answer]:
        """What `read` returns on one of the threads. Raises BackendError after the end."""
        self.require_open()
        return self._pool.submit(read)

    def require_open(self) -> None:
        """Raises BackendError after the end."""
        if self.is_closed:
            raise BackendError("the journal is closed")

    def connection(self, name: str, connect: Callable[[], sqlite3.Connection], version: int = 0) -> sqlite3.Connection:
        """This thread's connection of that name, made at its first use and when there is another version of what it is
        to. Raises sqlite3.Error."""
        held: tuple[int, sqlite3.Connection] | None = self._own.__dict__.get(name)
        if held is not None and held[0] == version:
            return held[1]
        if held is not None:
            del self._own.__dict__[name]
            self._connections.remove(held[1])
            held[1].close()
        connection = connect()
        self._own.__dict__[name] = (version, connection)
        self._connections.append(connection)
        return connection

    def limit(self, connection: sqlite3.Connection, deadline: float, work: float = inf) -> None:
        """Let what this thread reads there fail after that time (monotonic seconds), after so many seconds of work of
        the processor, and at the end."""
        done = time.thread_time() + work

        def is_over() -> bool:
            return self.is_closed or time.monotonic() > deadline or time.thread_time() > done

        connection.set_progress_handler(is_over, PROGRESS_STEPS)

    def interrupt(self) -> None:
        """Make all that is read fail now, what runs and what waits."""
        self.is_closed = True
        for connection in list(self._connections):
            with suppress(sqlite3.Error):
                connection.interrupt()

    def close(self) -> None:
        """Wait for the threads to end and close their connections. May be called twice."""
        self.interrupt()
        self._pool.shutdown()
        while self._connections:
            self._connections.pop().close()
