"""One file on its way: from the disk, a piece at a time, over a connection of its own.

Rules:
1. A file is never in memory as a whole, and read on another thread: a disk may be slow.
2. The server may answer at any moment, also that it has heard enough: then nothing more is sent.
3. Every wait has a limit: a server that takes nothing for STALLED_SECONDS, or has not answered ANSWER_SECONDS after the
   last byte, is given up. A large file on a slow line may take as long as it moves.
"""

from __future__ import annotations

import asyncio
import io
import os
import stat
from collections.abc import Callable
from typing import BinaryIO

from ipcchat.client.connection import Connection
from ipcchat.client.errors import UploadFailed
from ipcchat.client.file_host import ANSWER_BYTES_MAX, Answer, answer_in
from ipcchat.client.text import printable

PIECE_BYTES = 65_536
STALLED_SECONDS = 60.0
ANSWER_SECONDS = 120.0
# An answer that is on its way when the server hangs up.
LAST_WORDS_SECONDS = 2.0
FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
"""Without waiting, for a pipe may stand where a file is meant."""

Progress = Callable[[int, int], None]
"""Hears how many bytes are sent, of how many."""


def open_source(source: str | os.PathLike[str] | bytes) -> tuple[BinaryIO, int]:
    """What is to be sent, and its size. May take a while. Raises UploadFailed."""
    if isinstance(source, bytes):
        return io.BytesIO(source), len(source)
    path = os.path.expanduser(os.fspath(source))
    try:
        descriptor = os.open(path, FILE)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "that is no path"
        raise UploadFailed(f"{printable(path)} cannot be read: {reason}") from None
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise UploadFailed(f"{printable(path)} is no file")
    return os.fdopen(descriptor, "rb"), found.st_size


async def exchange(connection: Connection, head: bytes, file: BinaryIO, size: int, progress: Progress) -> Answer:
    """Send the request and its file, and hear the answer. Raises UploadFailed, OSError."""
    listening = asyncio.create_task(_hear(connection), name="the answer to an upload")
    try:
        try:
            await _send(connection, head, file, size, progress, listening)
        except OSError:
            if not await _is_over(listening, LAST_WORDS_SECONDS) or listening.exception() is not None:
                raise
        if not await _is_over(listening, ANSWER_SECONDS):
            raise UploadFailed(f"the server has the file and did not answer within {ANSWER_SECONDS:.0f} seconds")
        return listening.result()
    finally:
        listening.cancel()
        await asyncio.wait([listening])


async def _is_over(listening: asyncio.Task[Answer], seconds: float) -> bool:
    await asyncio.wait([listening], timeout=seconds)
    return listening.done()


async def _send(
    connection: Connection,
    head: bytes,
    file: BinaryIO,
    size: int,
    progress: Progress,
    listening: asyncio.Task[Answer],
) -> None:
    """Send until all is sent or the server has answered."""
    connection.write(head)
    sent = 0
    progress(0, size)
    while sent < size and not listening.done():
        piece = await asyncio.to_thread(file.read, min(PIECE_BYTES, size - sent))
        if not piece:
            raise UploadFailed("the file became shorter while it was sent")
        connection.write(piece)
        await connection.drain(STALLED_SECONDS)
        sent += len(piece)
        progress(sent, size)


async def _hear(connection: Connection) -> Answer:
    """The answer, as soon as it is complete."""
    received = b""
    while True:
        piece = await connection.read(STALLED_SECONDS)
        received += piece or b""
        ended = piece == b"" or len(received) >= ANSWER_BYTES_MAX
        answer = answer_in(received, ended=ended) if piece is not None else None
        if answer is not None:
            return answer
