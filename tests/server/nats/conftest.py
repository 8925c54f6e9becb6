"""Real NATS servers: one, and three in a cluster with TLS and NKeys."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client

from ipcchat.server.nats.binary import find_binary
from ipcchat.server.nats.config import Member, NatsSettings, Routes, Tls, inbox_prefix
from ipcchat.server.nats.keys import NodeKey, node_key
from ipcchat.server.nats.process import NatsServer
from tests.server.tls_files import Maker

CONNECT_SECONDS = 10


@dataclass
class Cluster:
    """Three NATS servers, the keys of who may connect, and how to."""

    folder: Path
    maker: Maker
    keys: dict[str, NodeKey]
    servers: list[NatsServer] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)

    @property
    def certificate(self) -> Tls:
        """What a server of the cluster shows."""
        files = self.maker.issue("127.0.0.1", file="another")
        return Tls(files.certificate, files.key, self.maker.authority)

    def client_tls(self, days: int = 90) -> ssl.SSLContext:
        """A node's side of TLS, with a certificate that is good for so many days."""
        files = self.maker.issue("node", days=days, file=f"client{days}")
        context = ssl.create_default_context(cafile=str(self.maker.authority))
        context.load_cert_chain(files.certificate, files.key)
        return context

    async def connect(self, name: str, *, seed: Path | None = None, days: int = 90, **options: Any) -> Client:
        """A connection in the name of a member."""

        async def noted(error: Exception) -> None:
            self.errors.append(error)

        return await connected(
            [server.addresses.url for server in self.servers],
            nkeys_seed=str(seed or self.keys[name].seed_file),
            inbox_prefix=inbox_prefix(name),
            tls=self.client_tls(days),
            error_cb=noted,
            connect_timeout=CONNECT_SECONDS,
            **{"max_reconnect_attempts": 3, "allow_reconnect": True, **options},
        )


async def connected(servers: list[str], **options: Any) -> Client:
    """A connection. One that fails leaves nothing open, as `nats.connect` can."""
    client = Client()
    try:
        await client.connect(servers, **options)
    except BaseException:
        await client.close()
        raise
    return client


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [sock.getsockname()[1] for sock in sockets]
    for sock in sockets:
        sock.close()
    return ports


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., NatsServer]]:
    """Starts a server; whatever it started is stopped."""
    started: list[NatsServer] = []

    def start(name: str = "n1", alarmed: Callable[[str], None] = lambda text: None, **options: Any) -> NatsServer:
        by_kernel = {key: options.pop(key) for key in ("by_kernel",) if key in options}
        settings = NatsSettings(**{"name": name, "folder": tmp_path / name, **options})
        server = NatsServer(find_binary(), settings, alarmed, **by_kernel)
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three servers of one cluster, with a certificate each, and three members: two nodes and a keeper."""
    folder = tmp_path_factory.mktemp("cluster")
    keys = {name: node_key(folder / f"{name}.seed") for name in ("ann", "bob", "keeper")}
    made = Cluster(folder, Maker(folder), keys)
    members = tuple(Member(name, key.public, keeper=name == "keeper") for name, key in keys.items())
    ports = free_ports(3)
    for number, port in enumerate(ports):
        name = f"n{number}"
        files = made.maker.issue("127.0.0.1", file=name)
        others = tuple(("127.0.0.1", other) for other in ports if other != port)
        settings = NatsSettings(
            name=name,
            folder=folder / name,
            members=members,
            routes=Routes("test", "127.0.0.1", port, others, "just_for_these_tests"),
            tls=Tls(files.certificate, files.key, made.maker.authority),
            monitor_port=-1,
        )
        made.servers.append(NatsServer(find_binary(), settings, lambda text: None))
    for server in made.servers:
        server.start()
    yield made
    for server in made.servers:
        server.stop()


@pytest.fixture
def unused_port() -> int:
    """A port that nobody listens on."""
    return free_ports(1)[0]
