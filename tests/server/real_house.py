"""A whole server in this process, with its real core and a journal in memory, for what works inside of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from ipcchat.backend.memory import MemoryBackend
from ipcchat.core.engine import Engine
from ipcchat.core.peers import Peer
from ipcchat.core.settings import Settings
from ipcchat.server.app import Server
from ipcchat.server.configuration import Configuration
from ipcchat.server.inner import InnerConnection
from ipcchat.server.settings import Loaded, load
from ipcchat.server.shell import Shell, moment
from ipcchat.wire.message import Message

PASSWORD = "four words in a row"


@asynccontextmanager
async def real_house(settings: Settings | None = None) -> AsyncIterator[Server]:
    """A server that is started, without listeners."""
    loaded = load(None, {"storage.memory": True})
    assert isinstance(loaded, Loaded)
    loaded = msgspec.structs.replace(loaded, settings=settings or Settings(server_name="test.net", network="TestNet"))
    backend = MemoryBackend()
    boot = await backend.open()
    engine = Engine(
        settings=loaded.settings, version="ipc-chat test", incarnation="test", started=moment(), secret="of this test"
    )
    server = Server(Configuration(loaded), backend, [], engine)
    await server.start(boot)
    try:
        yield server
    finally:
        await server.close()


async def arrive(shell: Shell, nick: str, account: bool = False) -> InnerConnection:
    """Somebody is here, by a connection without a socket; with `account` he has one of his nick's name."""
    connection = shell.inner(Peer("127.0.0.1"))
    assert not shell.let_in(connection)
    await connection.begin("sasl draft/account-registration draft/authtoken")
    assert (await connection.register(nick, nick))[0].command == "001"
    if account:
        answers = await connection.ask(Message("REGISTER", ["*", "*", PASSWORD]))
        assert answers[0].params[0] == "SUCCESS"
    return connection
