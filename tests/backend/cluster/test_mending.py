"""ipcchat/backend/cluster/mending.py: who is waited for when a stream is lost, and damage (test_node.py: the rest)."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ipcchat.backend.cluster import epochs
from ipcchat.backend.cluster.epochs import SALT_BITS
from ipcchat.backend.cluster.mending import damage_of
from ipcchat.backend.cluster.roster import FORGET, Forget, Forgotten
from tests.backend.cluster.connected import connected, running, until
from tests.backend.cluster.nats_server import NatsServer, stream_settings
from tests.backend.cluster.nodes import Opened, Start, all_hear, change, starting
from tests.backend.journals import eventually, posted

STREAM = stream_settings()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[NatsServer]:
    async with running(tmp_path) as server:
        yield server


@pytest.fixture
async def start(server: NatsServer, tmp_path: Path) -> AsyncIterator[Start]:
    async with starting(server, tmp_path, STREAM) as start:
        yield start


@pytest.fixture
async def nodes(start: Start, server: NatsServer, tmp_path: Path) -> list[Opened]:
    """Two nodes with one journal that know each other, closed, and a server that has lost its store."""
    nodes = [await start("one"), await start("two")]
    nodes[0].node.append([posted("kept")])
    await all_hear(nodes, "kept")
    await until(lambda: all(each.node._memory.nodes for each in nodes))
    for each in nodes:
        await each.node.close()
    await asyncio.to_thread(server.stop)
    shutil.rmtree(tmp_path / "nats" / "store")
    await asyncio.to_thread(server.start)
    return nodes


async def test_a_new_stream_waits_for_a_node_that_is_known_and_absent(
    nodes: list[Opened], start: Start, caplog: pytest.LogCaptureFixture
) -> None:  # K08
    loop = asyncio.get_running_loop()
    began = loop.time()
    opening = asyncio.ensure_future(start("one"))
    await until(lambda: "waiting for two" in caplog.text)
    await until(lambda: loop.time() - began > epochs.HEAR_SECONDS + 1)
    assert not opening.done(), "it has listened for three beats, and two is not there"
    two = await start("two")
    one = await opening
    for each in (one, two):
        assert each.node._beat().epoch >> SALT_BITS == 1
    assert "made without" not in caplog.text


async def test_it_waits_so_long_and_no_longer_and_says_so(
    nodes: list[Opened], start: Start, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epochs, "SEED_SECONDS", 5.0)
    one = await start("one")
    assert one.node.began_alone
    assert "a new stream is made without two" in caplog.text
    assert one.node._memory.nodes.keys() == {"two"}


async def test_nobody_waits_for_who_was_forgotten(
    nodes: list[Opened], start: Start, server: NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    opening = asyncio.ensure_future(start("one"))
    await until(lambda: "waiting for two" in caplog.text)
    async with connected(server) as client:
        asking = nodes[0].node.requests
        asking.ask_by(client)
        assert (await asking.ask("one", FORGET, Forget("two"), Forgotten)).was_known
    one = await opening
    assert one.node.began_alone
    assert "made without" not in caplog.text
    await eventually(lambda: one.node.cluster.absent == 0)


def test_damage_is_found_in_what_can_be_read(tmp_path: Path) -> None:
    assert damage_of(tmp_path / "none.db") == ""
    (tmp_path / "chat.db").write_bytes(b"no journal" * 1_000)
    assert damage_of(tmp_path / "chat.db") == "", "to open it says what it is"


@pytest.mark.parametrize("value", ["id = 5", "at = 'noon'", "fact = 'text'", "sum = x'00'", "target = '#other'"])
async def test_every_column_counts(nodes: list[Opened], tmp_path: Path, value: str) -> None:
    path = tmp_path / "one" / "chat.db"
    assert damage_of(path) == ""
    change(path, f"UPDATE journal SET {value} WHERE target = '#tea'")
    assert damage_of(path) != ""
    assert damage_of(path, 0) == ""
