"""A proxy between clients and a server that cuts connections where a test wants it: at a byte, or all of them at once.

The server gets the bytes before the cut and then the end of the connection, as if the client's machine had died in that
instant; the client is cut off in the middle of what it reads.
"""

from __future__ import annotations

import asyncio


class Proxy:
    """Passes bytes on between clients and a server at 127.0.0.1. `meter` begins to count both ways (`up`, `down`) anew;
    `cuts` is how often a connection was cut at a count."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None
        self.port = 0
        self.up = self.down = 0
        self.cut_up_at: int | None = None
        self.cut_down_at: int | None = None
        self.cuts = 0
        self.sent = b""
        self._is_paused = False

    async def __aenter__(self) -> Proxy:
        self._listener = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._listener is not None
        self._listener.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"irc://127.0.0.1:{self.port}"

    def meter(self, cut_up_at: int | None = None, cut_down_at: int | None = None) -> None:
        """Count from 0, and cut there."""
        self.up = self.down = 0
        self.cut_up_at, self.cut_down_at = cut_up_at, cut_down_at

    @property
    def is_set(self) -> bool:
        """Whether it will cut somewhere."""
        return self.cut_up_at is not None or self.cut_down_at is not None

    def pause(self) -> None:
        """End all connections, and every new one at once."""
        self._is_paused = True
        for task in self._tasks:
            task.cancel()

    def resume(self) -> None:
        """Let clients connect again; `sent` is what they send from now on."""
        self._is_paused, self.sent = False, b""

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection until one side ends it or it is cut."""
        if self._is_paused:
            writer.transport.abort()
            return
        theirs, ours = await asyncio.open_connection("127.0.0.1", self._server_port)
        ways = [
            asyncio.ensure_future(self._pass_on(reader, ours, "up")),
            asyncio.ensure_future(self._pass_on(theirs, writer, "down")),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            writer.transport.abort()
            ours.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str) -> None:
        while received := await reader.read(65_536):
            cut_at = getattr(self, f"cut_{way}_at")
            done = getattr(self, way)
            room = len(received) if cut_at is None else max(min(cut_at - done, len(received)), 0)
            setattr(self, way, done + room)
            if way == "up":
                self.sent += received[:room]
            writer.write(received[:room])
            await writer.drain()
            if cut_at is not None and done + len(received) >= cut_at:
                self.cuts += 1
                self.meter()
                return
