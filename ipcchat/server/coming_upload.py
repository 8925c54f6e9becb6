"""One file on its way from somebody to the disk.

Rules:
1. Nothing is read that could not be kept: what it says of its size counts from the start (`reserved`), and where it
   says nothing what came.
2. A piece is written when PIECE_BYTES of it are here, and the next ones wait for that: nobody fills the memory.
3. However it ends, what is not a file leaves nothing behind.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ipcchat.core.files import File
from ipcchat.core.holders import Holder
from ipcchat.server.file_limits import in_words
from ipcchat.server.file_store import Incoming
from ipcchat.wire.casemap import fold

if TYPE_CHECKING:
    from ipcchat.server.filehost import Filehost

PIECE_BYTES = 262_144

REASONS = ("size", "quota", "full", "rate", "busy", "forbidden", "broken")
"""Why uploads come to nothing, as they are counted: too large, too much of one owner, no room, too many in a minute, or
at a time, not allowed, and cut off on the way."""


class Refused(Exception):
    """An upload is not taken: an HTTP status, one of REASONS, what people are told, and after how many seconds it may
    be tried again (0: no such time)."""

    def __init__(self, status: int, reason: str, text: str, seconds: int = 0) -> None:
        super().__init__(text)
        self.status = status
        self.reason = reason
        self.seconds = seconds


class ComingUpload:
    """What `holder` uploads. `reserved` are the bytes that count for it while it comes."""

    def __init__(self, filehost: Filehost, holder: Holder) -> None:
        self.holder = holder
        self.is_guest = not holder.account
        self.owner = holder.user.uid if self.is_guest and holder.user is not None else fold(holder.account)
        self.reserved = 0
        self.path = filehost.store.new_path()
        self._filehost = filehost
        self._incoming: Incoming | None = None
        self._waiting = bytearray()
        self._came = 0

    def reserve(self, count: int) -> None:
        """It has at least so many bytes. Raises Refused."""
        most = self._filehost.limits.file_bytes_max
        if count > most:
            raise Refused(413, "size", f"A file may have {in_words(most)} here, and this one has more")
        self.reserved = max(self.reserved, count)
        self._filehost.require_room(self)

    async def open(self) -> None:
        """There is a place for it on the disk. Raises Refused."""
        self._incoming = await self._filehost.on_disk(self._filehost.store.begin, self.path)

    async def take(self, piece: bytes) -> None:
        """Some of it came. Raises Refused."""
        self._came += len(piece)
        self.reserve(self._came)
        self._waiting += piece
        if len(self._waiting) >= PIECE_BYTES:
            await self._write()

    async def finish(self, name: str, media_type: str) -> File:
        """All of it came. Raises Refused."""
        await self._write()
        assert self._incoming is not None
        return await self._filehost.accept(self, self._incoming, name, media_type)

    async def discard(self) -> None:
        """It is over; what is not a file leaves nothing behind. May be called again."""
        self._filehost.forget(self)
        self._waiting.clear()
        incoming, self._incoming = self._incoming, None
        if incoming is not None:
            await asyncio.to_thread(incoming.discard)

    async def _write(self) -> None:
        assert self._incoming is not None
        piece, self._waiting = bytes(self._waiting), bytearray()
        await self._filehost.on_disk(self._incoming.write, piece)
