"""A small place for files beside the fake server, as kind or unkind as a test wants it.

It takes what is posted to it, counts who asked, and can refuse, answer before all has come, hang up, or say nothing.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.client.fake_server import FakeServer

TOKEN = "tok.en-1"


@dataclass
class Posted:
    """One request with what came of its body."""

    request: str
    fields: dict[str, str]
    body: bytes


@dataclass
class FakeFileHost:
    """`answers` are sent one after the other, the last one for ever; `reads` says how much of a body is waited for
    (None: all of it) before that."""

    posted: list[Posted] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=lambda: [created("/files/abc/tea.png")])
    reads: int | None = None
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection has one request."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
            request, *lines = head.rstrip("\r\n").split("\r\n")
            fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            size = int(fields["content-length"])
            body = await reader.readexactly(size if self.reads is None else self.reads)
            self.posted.append(Posted(request, fields, body))
            writer.write(self.answers[min(len(self.posted), len(self.answers)) - 1])
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def answer(status: str, text: str = "", *fields: str) -> bytes:
    """An answer with a text."""
    rows = [f"HTTP/1.1 {status}", "Content-Type: text/plain; charset=utf-8", f"Content-Length: {len(text.encode())}"]
    return "\r\n".join([*rows, *fields, "", text]).encode()


def created(location: str) -> bytes:
    """The answer for a file that was taken."""
    return answer("201 Created", "{}", f"Location: {location}")


@asynccontextmanager
async def file_host(
    server: FakeServer, *, tls: ssl.SSLContext | None = None, gives_tokens: bool = True
) -> AsyncIterator[FakeFileHost]:
    """A place for files that the server names from the next connection on."""
    host = FakeFileHost()
    listener = await asyncio.start_server(host.serve, "127.0.0.1", 0, ssl=tls)
    host.port = listener.sockets[0].getsockname()[1]
    name = f"https://localhost:{host.port}" if tls else f"http://127.0.0.1:{host.port}"
    server.tokens.append(f"soju.im/FILEHOST={name}/files")
    if gives_tokens:
        server.tokens.append("draft/AUTHTOKEN")
        server.scripted["TOKEN GENERATE FILEHOST"] = [
            f":fake.test TOKEN GENERATE FILEHOST {name}/files {TOKEN}",
        ]
    try:
        yield host
    finally:
        listener.close()
