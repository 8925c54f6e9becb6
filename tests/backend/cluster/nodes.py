"""Nodes of a test that know of each other, with followers, over one real server."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

from ipcchat.backend.cluster.node import Identity, Node
from ipcchat.backend.cluster.stream import StreamSettings
from ipcchat.core.facts import NodeDown
from ipcchat.core.outcomes import Boot
from tests.backend.cluster.nats_server import NatsServer
from tests.backend.journals import Ear, entries, texts

Start = Callable[..., Awaitable["Opened"]]


class Opened:
    """A node with a follower."""

    def __init__(self, node: Node, boot: Boot, incarnation: str) -> None:
        self.node, self.boot, self.incarnation = node, boot, incarnation
        self.ear = Ear()
        node.follow(self.ear)

    async def hears(self, *wanted: str) -> None:
        """These texts came, in this order, whoever said them."""
        await self.ear._when(lambda: texts(entries(self.ear.heard))[-len(wanted) :] == list(wanted))

    def down(self, incarnation: str) -> NodeDown:
        """As core says it at a start."""
        return NodeDown(f"down{incarnation}"[:16].encode().ljust(16), 1, self.incarnation, incarnation=incarnation)


@asynccontextmanager
async def starting(server: NatsServer, folder: Path, stream: StreamSettings) -> AsyncIterator[Start]:
    """Starts a node by its name, under a new incarnation, with its journal in a folder of that name."""
    started: list[Node] = []

    async def start(name: str, settings: StreamSettings = stream, secret: bytes = b"") -> Opened:
        incarnation = f"{name:.<7}{len(started)}"[-8:]
        (folder / name).mkdir(exist_ok=True)
        identity = Identity(name, incarnation, "test", stream.name.lower())
        node = Node(folder / name / "chat.db", identity, servers=[server.url], stream=settings)
        node.secret_check = secret
        started.append(node)
        return Opened(node, await node.open(), incarnation)

    try:
        yield start
    finally:
        for node in started:
            await node.close()


async def all_hear(nodes: list[Opened], *wanted: str) -> None:
    """All of them hear these last."""
    await asyncio.gather(*(each.hears(*wanted) for each in nodes))


def change(path: Path, statement: str, *values: object) -> None:
    """Write to a closed journal behind everybody's back."""
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute(statement, values).rowcount == 1


def facts_in(path: Path) -> list[bytes]:
    """All facts of a closed journal."""
    with closing(sqlite3.connect(path)) as connection:
        return [fact for (fact,) in connection.execute("SELECT fact FROM journal ORDER BY seq")]
