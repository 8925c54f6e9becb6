"""ipcchat/backend/cluster/node.py and mending.py: nodes that know of each other, over a real server."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ipcchat.backend.base import BackendError
from ipcchat.backend.cluster import node as node_module
from ipcchat.backend.cluster.epochs import SALT_BITS
from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.core.facts import AnyFact, Entry, NodeDown
from ipcchat.core.outcomes import Failed
from tests.backend.cluster.nats_server import NatsServer, stream_settings
from tests.backend.cluster.nodes import Start, starting
from tests.backend.journals import Ear, entries, eventually, posted, texts


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


async def alone(folder: Path, *facts: AnyFact) -> None:
    """A server without a cluster says these in that folder, which it makes."""
    backend, ear = SqliteBackend(folder / "chat.db"), Ear()
    await backend.open()
    backend.follow(ear)
    backend.append(facts)
    await ear.until(len(facts))
    await backend.close()


async def test_a_new_node_gets_the_journal_of_another(start: Start, tmp_path: Path) -> None:
    await alone(tmp_path / "one", posted("from before"), posted("there was a cluster"))
    one = await start("one")
    one.node.append([posted("first")])
    await one.hears("first")
    two = await start("two")
    assert texts(two.boot.tail) == ["from before", "there was a cluster", "first"]
    two.node.append([posted("second")])
    for each in (one, two):
        await each.hears("second")
    assert two.boot.journal == one.boot.journal


async def test_what_a_server_said_alone_is_said_again_to_all(start: Start, tmp_path: Path) -> None:
    one, two = await start("one"), await start("two")
    one.node.append([posted("together")])
    for each in (one, two):
        await each.hears("together")
    await one.node.close()
    await alone(tmp_path / "one", posted("alone"), posted("still alone"))
    two.node.append([posted("meanwhile")])
    await two.hears("meanwhile")
    again = await start("one")
    assert texts(again.boot.tail)[:2] == ["together", "meanwhile"]
    for each in (again, two):
        await each.hears("alone", "still alone")
    await eventually(lambda: not list((tmp_path / "one").glob("chat.db.before*")))


async def test_a_stream_that_is_lost_is_made_anew_on_the_longest_journal(
    start: Start, server: NatsServer, tmp_path: Path
) -> None:
    one, two = await start("one"), await start("two")
    one.node.append([posted(f"message {number}") for number in range(5)])
    for each in (one, two):
        await each.hears("message 3", "message 4")
        await each.node.close()
    server.stop()
    shutil.rmtree(tmp_path / "nats" / "store")
    server.start()
    one, two = await asyncio.gather(start("one"), start("two"))
    for each in (one, two):
        assert texts(each.boot.tail) == [f"message {number}" for number in range(5)]
        assert each.node._beat().epoch >> SALT_BITS == 1
    two.node.append([posted("after")])
    for each in (one, two):
        await each.hears("after")
    assert [entry.seq for entry in entries(one.ear.heard)] == [entry.seq for entry in entries(two.ear.heard)]


async def test_another_networks_journal_is_for_people_to_sort_out(start: Start, tmp_path: Path) -> None:
    await start("one")
    await alone(tmp_path / "two", posted("another network"))
    with pytest.raises(BackendError, match="two networks"):
        await start("two")


async def test_of_the_incarnations_that_core_finds_only_ones_own_last_one_is_declared_down(start: Start) -> None:
    one, two = await start("one"), await start("two")
    await two.node.close()
    again = await start("two")
    facts = [again.down(one.incarnation), again.down(two.incarnation)]
    again.node.append(facts)
    await again.ear.until(2)
    outcomes = {outcome.fact: type(outcome) for outcome in again.ear.heard}
    assert outcomes == {facts[0]: Failed, facts[1]: Entry}
    assert one.ear.error is None


async def test_a_node_that_is_silent_is_declared_down(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_module, "TICK_SECONDS", 0.05)
    one, two = await start("one"), await start("two")
    await eventually(lambda: bool(one.node._membership.living()))
    await two.node._beats.stop()
    await one.ear._when(lambda: any(isinstance(each.fact, NodeDown) for each in one.ear.heard))
    (down,) = [each.fact for each in one.ear.heard if isinstance(each.fact, NodeDown)]
    assert down.incarnation == two.incarnation
    assert (await two.ear.until_lost()).starts_anew


async def test_one_of_them_leads(start: Start) -> None:
    two = await start("two")
    await eventually(lambda: two.node.leads)
    one = await start("one")
    await eventually(lambda: one.node.leads and not two.node.leads)
