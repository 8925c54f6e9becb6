"""Compares passwords with hashes in a thread of its own: it takes about 30 ms and 19 MiB each time.

Rules:
1. One password at a time: those who guess can keep one core busy and no more, and hold memory for one comparison.
2. At most WAITING_MAX wait; whoever comes then is told to come again.
3. Neither passwords nor hashes are ever logged.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from ipcchat.core.effects import Verified, Verify
from ipcchat.server import logs, passwords

WAITING_MAX = 32
"""About a second of work: longer than that a person does not wait."""


class Verifier:
    """Answers Verify. Its methods are called on core's thread."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "ipcchat-passwords")
        self._waiting = 0

    async def verify(self, query: Verify) -> Verified:
        """Whether the password is the one of the hash, or why nobody looked."""
        if self._waiting >= WAITING_MAX:
            return Verified(False, error="too many passwords are being looked at, try again in a while")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            matches = await loop.run_in_executor(self._thread, passwords.matches, query.password_hash, query.password)
        except Exception as error:
            logs.failure("a password could not be compared", error)
            return Verified(False, error="the server could not compare it, try again in a while")
        finally:
            self._waiting -= 1
        return Verified(matches)

    def stop(self) -> None:
        """Begin no comparison any more."""
        self._thread.shutdown(wait=False, cancel_futures=True)
