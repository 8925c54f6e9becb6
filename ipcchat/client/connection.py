"""One TCP connection, and the pause between two.

Rules:
1. Opening has a limit; so has every wait for bytes.
2. Errors of the operating system become a reason for people, by `reason_for`.
3. The pause before the next try is random between 0 and a limit that doubles from 1 s to 30 s ("full jitter"), so
   that a thousand clients of a restarted server do not come back in the same instant.
"""

from __future__ import annotations

import asyncio
import errno
import random
import socket
from collections.abc import Callable

from ipcchat.client.urls import Address

OPEN_SECONDS = 10.0
READ_BYTES_MAX = 65_536
UNSENT_BYTES_MAX = 1_048_576
BACKOFF_FIRST_SECONDS = 1.0
BACKOFF_LAST_SECONDS = 30.0


class Backoff:
    """How long to wait before the next try. `draw` gives a number from 0 to 1."""

    def __init__(self, draw: Callable[[], float] = random.random) -> None:
        self._draw = draw
        self._tries = 0

    def next_seconds(self) -> float:
        """The next pause in seconds."""
        limit = min(BACKOFF_LAST_SECONDS, BACKOFF_FIRST_SECONDS * float(1 << self._tries))
        self._tries = min(self._tries + 1, 16)
        return self._draw() * limit

    def reset(self) -> None:
        """A connection held: begin with short pauses again."""
        self._tries = 0


class Connection:
    """One open connection; made by `open_connection`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, seconds: float) -> bytes | None:
        """Bytes that came; b"" at the end of the connection; None when nothing came within `seconds`. Raises
        OSError."""
        try:
            async with asyncio.timeout(seconds):
                return await self._reader.read(READ_BYTES_MAX)
        except TimeoutError:
            return None

    def write(self, data: bytes) -> None:
        """Send bytes; what the system does not take at once is sent later."""
        if data and not self._writer.is_closing():
            self._writer.write(data)

    @property
    def is_choked(self) -> bool:
        """Whether the other side has not taken what was written for so long that it never will."""
        return self._writer.transport.get_write_buffer_size() > UNSENT_BYTES_MAX

    def close(self) -> None:
        """Close at once, unsent bytes included."""
        self._writer.transport.abort()


async def open_connection(address: Address) -> Connection:
    """Connect. Raises OSError (TimeoutError after OPEN_SECONDS)."""
    async with asyncio.timeout(OPEN_SECONDS):
        reader, writer = await asyncio.open_connection(address.host, address.port)
    connected = writer.get_extra_info("socket")
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Connection(reader, writer)


def reason_for(error: OSError, address: Address) -> str:
    """Why there is no connection, for people."""
    if isinstance(error, socket.gaierror):
        return f"there is no host {address.host}"
    if (
        isinstance(error, ConnectionRefusedError)
        or error.errno == errno.ECONNREFUSED
        or "Multiple exceptions" in str(error)
    ):
        return f"nothing listens on {address}"
    if isinstance(error, TimeoutError):
        return f"{address} does not answer"
    return error.strerror or str(error) or type(error).__name__
