"""ipcchat/backend/cluster/link.py: which of several real servers a node is connected to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ipcchat.backend.cluster import watching
from ipcchat.backend.cluster.backend import ClusterBackend
from ipcchat.backend.cluster.link import Link
from ipcchat.backend.cluster.node import Identity, Node
from tests.backend.cluster.connected import until
from tests.backend.cluster.nats_server import NatsServer, stream_settings
from tests.backend.cluster.nodes import Opened
from tests.backend.journals import posted


@pytest.fixture
async def servers(tmp_path: Path) -> AsyncIterator[list[NatsServer]]:
    """Three that know nothing of each other; the first has no JetStream, so it answers nothing that a node asks."""
    found = [NatsServer(tmp_path / f"nats-{number}") for number in range(3)]
    configuration = json.loads(found[0]._config.read_text())
    del configuration["jetstream"]
    found[0]._config.write_text(json.dumps(configuration))
    for server in found:
        await asyncio.to_thread(server.start)
    yield found
    for server in found:
        await asyncio.to_thread(server.stop)


def port_of(link: Link) -> int | None:
    """Where it is connected."""
    url = link.client.connected_url
    return url.port if url is not None else None


async def test_who_turns_goes_to_another_server_and_comes_back_when_there_is_none(servers: list[NatsServer]) -> None:
    link = Link([server.url for server in servers[:2]], {"dont_randomize": True}, lambda: None)
    await link.open(10)
    assert port_of(link) == servers[0].port
    for wanted in (1, 0, 1):
        await link.turn()
        await until(lambda: link.is_up)
        assert port_of(link) == servers[wanted].port
    await asyncio.to_thread(servers[0].stop)
    await link.turn()
    await until(lambda: link.is_up)
    assert port_of(link) == servers[1].port
    await link.close()


async def test_a_start_leaves_a_server_that_does_not_answer(
    servers: list[NatsServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "TURN_SECONDS", 0.5)
    stream = stream_settings()
    node = Node(
        tmp_path / "chat.db",
        Identity("one", "one00001", "test", stream.name.lower()),
        servers=[servers[0].url, servers[1].url],
        stream=stream,
        connect={"dont_randomize": True},
    )
    opened = Opened(node, await node.open(), "one00001")
    assert port_of(node._backend._link) == servers[1].port
    opened.node.append([posted("said")])
    await opened.hears("said")
    await node.close()


async def test_a_node_that_is_cut_off_behind_its_server_finds_the_one_that_answers(
    servers: list[NatsServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server with the stream ends; the client falls back to the one without, and leaves it when it is back."""
    monkeypatch.setattr(watching, "TURN_SECONDS", 2.5)
    stream = stream_settings()
    node = Node(
        tmp_path / "chat.db",
        Identity("one", "one00001", "test", stream.name.lower()),
        servers=[servers[1].url, servers[0].url],
        stream=stream,
        connect={"dont_randomize": True},
    )
    opened = Opened(node, await node.open(), "one00001")
    backend: ClusterBackend = node._backend
    await asyncio.to_thread(servers[1].stop)
    await until(lambda: backend.client.is_connected and port_of(backend._link) == servers[0].port)
    await until(lambda: backend.is_cut_off)
    await asyncio.to_thread(servers[1].start)
    await until(lambda: not backend.is_cut_off)
    assert port_of(backend._link) == servers[1].port
    opened.node.append([posted("again")])
    await opened.hears("again")
    await node.close()
