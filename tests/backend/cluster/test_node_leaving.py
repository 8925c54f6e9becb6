"""ipcchat/backend/cluster/node.py: a node that is stopped says itself that it is down, and nobody waits for it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ipcchat.backend.cluster.membership import GRACE_SECONDS
from ipcchat.core.facts import NodeDown
from tests.backend.cluster.nats_server import NatsServer, stream_settings
from tests.backend.cluster.nodes import Opened, Start, starting
from tests.backend.journals import entries, eventually, posted, texts


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    server = NatsServer(tmp_path / "nats")
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def start(server: NatsServer, tmp_path: Path) -> AsyncIterator[Start]:
    async with starting(server, tmp_path, stream_settings()) as start:
        yield start


def downs(node: Opened) -> list[str]:
    """Who was declared down, as a node heard it."""
    return [entry.fact.incarnation for entry in entries(node.ear.heard) if isinstance(entry.fact, NodeDown)]


async def test_who_is_stopped_is_down_at_once_behind_all_that_he_said(start: Start) -> None:
    one, two = await start("one"), await start("two")
    one.node.append([posted(f"message {number}") for number in range(50)])
    began = time.monotonic()
    await one.node.close()
    await eventually(lambda: downs(two) == [one.incarnation])
    assert time.monotonic() - began < GRACE_SECONDS
    heard = entries(two.ear.heard)
    assert texts(heard)[-50:] == [f"message {number}" for number in range(50)]
    assert isinstance(heard[-1].fact, NodeDown)
    await one.node.close()
    again = await start("one")
    again.node.append([posted("again")])
    await two.hears("again")
    assert downs(two) == [one.incarnation]


async def test_the_last_one_says_it_too(start: Start) -> None:
    one = await start("one")
    await one.node.close()
    again = await start("one")
    found = [entry.fact for entry in again.boot.tail if isinstance(entry.fact, NodeDown)]
    assert [fact.incarnation for fact in found] == [one.incarnation]
