"""Lines from standard input for a program that runs an event loop: from a pipe, a file or a terminal alike.

Rules:
1. A thread reads, for a regular file cannot be waited on and a pipe may be silent for ever; it is a daemon and reads
   the descriptor itself, so that the program can end while it waits.
2. At most LINES_WAITING_MAX lines are read ahead.
3. Bytes that are not UTF-8 become lone surrogates, which sending refuses by name; nothing is changed without a word.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator

READ_BYTES = 65_536
LINE_BYTES_MAX = 65_536
LINES_WAITING_MAX = 256


class LineSplitter:
    """Bytes in any pieces to lines without their ends; a line over LINE_BYTES_MAX is cut there."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """The lines that are complete now; b"" is the end of the input and gives an unfinished line too."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        while len(self._rest) > LINE_BYTES_MAX:
            lines.append(self._rest[:LINE_BYTES_MAX])
            self._rest = self._rest[LINE_BYTES_MAX:]
        if not data and self._rest:
            lines.append(self._rest)
            self._rest = b""
        return [line.rstrip(b"\r").decode("utf-8", "surrogateescape") for line in lines]


async def read_lines(descriptor: int = 0) -> AsyncIterator[str]:
    """The lines of a descriptor as they come, until it ends."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    room = threading.Semaphore(LINES_WAITING_MAX)

    def put(line: str | None) -> bool:
        room.acquire()
        try:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        except RuntimeError:
            return False
        return True

    def read() -> None:
        splitter = LineSplitter()
        data = b"..."
        while data:
            try:
                data = os.read(descriptor, READ_BYTES)
            except OSError:
                data = b""
            if not all(put(line) for line in splitter.feed(data)):
                return
        put(None)

    threading.Thread(target=read, name="standard input", daemon=True).start()
    while (line := await lines.get()) is not None:
        room.release()
        yield line
