"""What the tests of HTTP share: sockets whose other end is the test's, and answers taken apart."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Scope

from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.server.http.websocket import WebConnection

SECONDS_MAX = 5.0


class Answer(NamedTuple):
    """An answer by HTTP. `fields` have their names in lower case, and each once."""

    status: int
    fields: dict[str, str]
    body: bytes


class Far:
    """The other end of a connection. What is heard and not asked for yet is in `heard`."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self.sock = sock
        self.heard = b""
        self.ended = False

    async def says(self, *parts: bytes) -> None:
        """Send, each part in a segment of its own."""
        loop = asyncio.get_running_loop()
        for part in parts:
            await loop.sock_sendall(self.sock, part)
            await asyncio.sleep(0)

    def says_its_last(self) -> None:
        """Half-close."""
        self.sock.shutdown(socket.SHUT_WR)

    async def hears_some(self) -> bool:
        """Read once; False at the end."""
        try:
            async with asyncio.timeout(SECONDS_MAX):
                received = await asyncio.get_running_loop().sock_recv(self.sock, 65_536)
        except ConnectionError:
            received = b""
        self.heard += received
        self.ended = not received
        return bool(received)

    async def hears(self, size: int) -> bytes:
        """The next so many bytes."""
        while len(self.heard) < size:
            assert await self.hears_some(), f"the end, behind {self.heard!r}"
        heard, self.heard = self.heard[:size], self.heard[size:]
        return heard

    async def hears_all(self) -> bytes:
        """Everything up to the end of the connection."""
        while await self.hears_some():
            pass
        heard, self.heard = self.heard, b""
        return heard

    async def hears_answer(self, *, headless: bool = False) -> Answer:
        """The next answer; `headless`: to a request that gets no body (HEAD)."""
        while b"\r\n\r\n" not in self.heard:
            assert await self.hears_some(), f"the end, behind {self.heard!r}"
        head, _, self.heard = self.heard.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        fields = dict(pairs)
        assert len(fields) == len(pairs), pairs
        status = int(first.split()[1])
        has_body = not headless and status not in (101, 204, 304)
        if "content-length" in fields or not has_body:
            body = await self.hears(int(fields.get("content-length", 0)) if has_body else 0)
        else:
            body = await self.hears_all()
        return Answer(status, fields, body)

    async def is_cut_off(self) -> bool:
        """Whether the connection ends."""
        await self.hears_all()
        return self.ended


def pair(send_buffer: int = 0) -> tuple[WebConnection, Far]:
    """A connection, and the other end of it."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    if send_buffer:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
    return WebConnection(ours, 1, 0, Peer("192.0.2.1"), Limits()), Far(theirs)


async def until(condition: Callable[[], object]) -> None:
    """Wait until `condition` holds."""
    async with asyncio.timeout(SECONDS_MAX):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


def request(path: str = "/", *fields: str, method: str = "GET", version: str = "1.1", body: bytes = b"") -> bytes:
    """A request as it is on the wire."""
    lines = [f"{method} {path} HTTP/{version}", "Host: chat.example", *fields, "", ""]
    return "\r\n".join(lines).encode() + body


def wants_websocket(path: str = "/ws", *fields: str, method: str = "GET", version: str = "1.1") -> bytes:
    """A request for a WebSocket."""
    asked = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    return request(path, *asked, key, *fields, method=method, version=version)


async def ask(
    app: ASGIApp, path: str = "/", *fields: tuple[str, str], method: str = "GET", scheme: str = "http"
) -> Answer:
    """An application's answer to a request, without any connection. `path` is as it is on the wire."""
    raw, _, query = path.encode().partition(b"?")
    scope: Scope = {
        "type": "http",
        "method": method,
        "scheme": scheme,
        "path": unquote(raw.decode()),
        "raw_path": raw,
        "root_path": "",
        "query_string": query,
        "headers": [(name.encode(), value.encode()) for name, value in (("host", "chat.example"), *fields)],
        "http_version": "1.1",
    }
    told: list[Message] = []

    async def send(message: Message) -> None:
        told.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    await app(scope, receive, send)
    pairs = [(name.decode(), value.decode()) for name, value in told[0]["headers"]]
    assert len(dict(pairs)) == len(pairs), pairs
    return Answer(told[0]["status"], dict(pairs), b"".join(each["body"] for each in told[1:]))
