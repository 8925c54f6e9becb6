"""A whole server in this process with a data folder and a door for HTTP, and requests to it by real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.core.engine import Engine
from ipcchat.server.app import Server, _judge_transport
from ipcchat.server.configuration import Configuration
from ipcchat.server.doors import open_listeners
from ipcchat.server.file_store import contents_of
from ipcchat.server.filehost import Filehost
from ipcchat.server.inner import InnerConnection
from ipcchat.server.settings import Loaded, load
from ipcchat.server.shell import Shell, moment
from ipcchat.wire.message import Message
from tests.server.conftest import SECONDS_MAX
from tests.server.http.web import Answer, Far
from tests.server.real_house import arrive


class FileHouse:
    """A running server: `folder` is its data folder, `port` where it serves HTTP."""

    def __init__(self, server: Server, folder: Path, port: int, configuration: Configuration) -> None:
        self.server = server
        self.folder = folder
        self.port = port
        self.configuration = configuration

    @property
    def shell(self) -> Shell:
        return self.server.shell

    @property
    def filehost(self) -> Filehost:
        assert self.server.files is not None
        return self.server.files

    @property
    def contents(self) -> list[str]:
        """The digests on the disk."""
        return [path.name for path in contents_of(self.folder)]

    @property
    def incoming(self) -> list[Path]:
        """What is on its way on the disk."""
        with suppress(FileNotFoundError):
            return list((self.folder / "files" / "incoming").iterdir())
        return []

    def dial(self) -> Far:
        """A connection to the door for HTTP."""
        return Far(socket.create_connection(("127.0.0.1", self.port)))

    def sets(self, **limits: Any) -> None:
        """Other settings of files from now on."""
        loaded = self.configuration.loaded
        self.configuration.loaded = msgspec.structs.replace(
            loaded, files=msgspec.structs.replace(loaded.files, **limits)
        )

    async def asks(self, path: str, *fields: str, method: str = "GET", body: bytes = b"") -> Answer:
        """One request on a connection of its own."""
        far = self.dial()
        try:
            head = [f"{method} {path} HTTP/1.1", "Host: chat.example:8080", "Connection: close", *fields]
            if method == "POST" and not any(
                field.lower().startswith(("content-length", "transfer")) for field in fields
            ):
                head.append(f"Content-Length: {len(body)}")
            with suppress(ConnectionError):
                await far.says("\r\n".join([*head, "", ""]).encode() + body)
            return await far.hears_answer(headless=method == "HEAD")
        finally:
            far.sock.close()

    async def uploads(self, token: str, body: bytes = b"tea", *fields: str, media_type: str = "image/png") -> Answer:
        """POST, with a token."""
        said = ("Authorization: Bearer " + token, f"Content-Type: {media_type}", *fields)
        return await self.asks("/files", *said, method="POST", body=body)

    async def uploaded(self, token: str, body: bytes = b"tea", *fields: str, media_type: str = "image/png") -> str:
        """The path of a file that is uploaded."""
        answer = await self.uploads(token, body, *fields, media_type=media_type)
        assert answer.status == 201, answer
        return answer.fields["location"].removeprefix(self.configuration.loaded.settings.web_url)

    async def reads(self, path: str, token: str = "", *fields: str, method: str = "GET") -> Answer:
        """GET, with a token or as a stranger."""
        said = (f"Authorization: Bearer {token}",) if token else ()
        return await self.asks(path, *said, *fields, method=method)


@asynccontextmanager
async def file_house(folder: Path, **settings: Any) -> AsyncIterator[FileHouse]:
    """A server with that data folder; `settings` are those of files."""
    values = {"storage.folder": str(folder), "server.listen": ["http://127.0.0.1:0"]}
    loaded = load(None, values)
    assert isinstance(loaded, Loaded)
    loaded = msgspec.structs.replace(loaded, files=msgspec.structs.replace(loaded.files, **settings))
    listeners = open_listeners(loaded)
    configuration = Configuration(loaded)
    _judge_transport(configuration, listeners)
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    backend = SqliteBackend(folder / "chat.db")
    boot = await backend.open()
    engine = Engine(
        settings=configuration.loaded.settings,
        version="ipc-chat test",
        incarnation=f"h{boot.tail[-1].seq if boot.tail else 0:07d}",
        started=moment(),
        secret="of this test",
    )
    server = Server(configuration, backend, listeners, engine)
    await server.start(boot)
    assert server.files is not None
    server.follow(server.files.run())
    await server.web.load()
    try:
        yield FileHouse(server, folder, listeners[0].address.port, configuration)
    finally:
        await server.close()
        answering = [task for task in asyncio.all_tasks() if "run_asgi" in repr(task.get_coro())]
        if answering:  # What an answer read from is closed by a thread.
            await asyncio.wait(answering, timeout=SECONDS_MAX)


async def person(house: FileHouse, nick: str, *, account: bool = False) -> tuple[InnerConnection, str]:
    """Somebody who is here, and a token of his for files."""
    connection = await arrive(house.shell, nick, account)
    return connection, await token_of(connection)


async def token_of(connection: InnerConnection) -> str:
    """A token for files."""
    answer = await connection.ask(Message("TOKEN", ["GENERATE", "FILEHOST"]))
    return answer[-1].params[-1]


async def says(connection: InnerConnection, target: str, text: str) -> str:
    """He says something; its msgid."""
    return (await connection.ask(Message("PRIVMSG", [target, text])))[-1].tags["msgid"]
