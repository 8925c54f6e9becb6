"""A place elsewhere that the server sends something to: it takes requests by HTTP, and can be as unkind as reality."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple


class Came(NamedTuple):
    """A request that came, its names in small letters."""

    first: str
    headers: dict[str, str]
    body: bytes


OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
STALL = b""
"""Nothing is answered, for ever."""


def answer(status: int, body: bytes = b"", kind: str = "text/plain", more: str = "") -> bytes:
    """An answer as it is on the wire."""
    head = f"HTTP/1.1 {status} Words\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


class Elsewhere:
    """What came, and what is answered: `answers` in their order, then `always`."""

    def __init__(self) -> None:
        self.came: list[Came] = []
        self.answers: list[bytes] = []
        self.always = OK
        self.port = 0

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}/chat"

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something came that is as it should be."""
        async with asyncio.timeout(20):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.came.append(Came(first, headers, body))
            said = self.answers.pop(0) if self.answers else self.always
            if said == STALL:
                await reader.read()
            writer.write(said)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def elsewhere(context: ssl.SSLContext | None = None, port: int = 0) -> AsyncIterator[Elsewhere]:
    """Such a place, on this machine; by TLS with `context`."""
    place = Elsewhere()
    server = await asyncio.start_server(place.serve, "127.0.0.1", port, ssl=context)
    place.port = server.sockets[0].getsockname()[1]
    try:
        yield place
    finally:
        server.close()
