"""Hashes passwords and compares them with hashes, in threads of its own: each takes about 30 ms and 19 MiB.

Rules:
1. At most THREADS passwords at a time: those who guess can keep so many cores busy and no more, and hold memory for so
   many. The threads stand back behind the one that serves people, where the system knows that (Linux).
2. At most WAITING_MAX wait; whoever comes then is told to come again.
3. Neither passwords nor hashes are ever logged.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ipcchat.core.effects import Hashed, HashPassword, Verified, Verify
from ipcchat.server import logs, passwords

T = TypeVar("T")

THREADS = 2
WAITING_MAX = 32
"""About half a second of work: longer than that a person does not wait."""

NICENESS = 10
BUSY = "too many passwords are being looked at, try again in a while"
FAILED = "the server could not look at the password, try again in a while"


class Verifier:
    """Answers Verify and HashPassword. Its methods are called on core's thread."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "ipcchat-passwords", _stand_back)
        self._given = 0

    async def verify(self, query: Verify) -> Verified:
        """Whether the password is the one of the hash, or why nobody looked."""
        try:
            return Verified(await self._run(lambda: passwords.matches(query.password_hash, query.password)))
        except _NotNow as error:
            return Verified(False, error=str(error))

    async def hash(self, query: HashPassword) -> Hashed:
        """What the password will be compared with, or why there is nothing."""
        try:
            return Hashed(await self._run(lambda: passwords.credentials(query.password)))
        except _NotNow as error:
            return Hashed(error=str(error))

    async def _run(self, work: Callable[[], T]) -> T:
        if self._given >= THREADS + WAITING_MAX:
            raise _NotNow(BUSY)
        self._given += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except Exception as error:
            logs.failure("a password could not be looked at", error)
            raise _NotNow(FAILED) from None
        finally:
            self._given -= 1

    def stop(self) -> None:
        """Begin no work any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class _NotNow(Exception):
    """There is no answer; the text says why, for people."""


def _stand_back() -> None:
    """Let other threads have the core first. On Linux a thread has a priority of its own."""
    try:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
    except (AttributeError, OSError):
        pass
