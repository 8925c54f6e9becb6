"""What a connection's socket would not take yet: bytes in order, with their number and the age of the oldest.

Rules:
1. A queue exists only while its connection is blocked; an idle connection pays nothing for it.
2. Small writes are put together, so that memory is close to `bytes` whatever the sizes were.
"""

from __future__ import annotations

from collections import deque

CHUNK_BYTES = 4_096
"""Chunks below this size take in the next write; copying more would cost more than it saves."""

CHUNK_SECONDS = 1.0
"""How much younger a write may be than the chunk it joins: the age is exact to this."""


class SendQueue:
    """Bytes waiting for one socket. Times are monotonic seconds."""

    __slots__ = ("_chunks", "bytes")

    def __init__(self) -> None:
        self._chunks: deque[tuple[float, bytes]] = deque()
        self.bytes = 0

    @property
    def oldest(self) -> float:
        """Since when the oldest byte waits; the queue must not be empty."""
        return self._chunks[0][0]

    def append(self, written: bytes, now: float) -> None:
        """Put bytes at the end."""
        self.bytes += len(written)
        if self._chunks:
            since, last = self._chunks[-1]
            if len(last) < CHUNK_BYTES and now - since <= CHUNK_SECONDS:
                self._chunks[-1] = (since, last + written)
                return
        self._chunks.append((now, written))

    def head(self, bytes_max: int) -> bytes:
        """The first bytes: whole chunks up to `bytes_max`, and at least one chunk."""
        size = len(self._chunks[0][1])
        if size >= bytes_max or len(self._chunks) == 1:
            return self._chunks[0][1]
        parts: list[bytes] = []
        room = bytes_max
        for _, chunk in self._chunks:
            room -= len(chunk)
            if room < 0:
                break
            parts.append(chunk)
        return b"".join(parts)

    def advance(self, count: int) -> None:
        """Forget the first `count` bytes: they were sent."""
        self.bytes -= count
        while count:
            since, chunk = self._chunks.popleft()
            if len(chunk) > count:
                self._chunks.appendleft((since, chunk[count:]))
                return
            count -= len(chunk)
