"""ipcchat/backend/cluster/limits.py: a real stream whose limits change with the settings."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from ipcchat.backend.cluster import limits
from ipcchat.backend.cluster.limits import Fullness, StreamRefused, change, limits_of, look
from ipcchat.backend.cluster.memory import Limits
from ipcchat.backend.cluster.stream import StreamSettings
from ipcchat.backend.counts import ClusterCounts
from tests.backend.cluster.connected import connected, running
from tests.backend.cluster.nats_server import NatsServer, stream_settings
from tests.backend.cluster.nodes import Start, all_hear, starting
from tests.backend.journals import posted

DAY = 86_400
SETTINGS = msgspec.structs.replace(stream_settings(), bytes_max=1 << 20, age_seconds_max=7 * DAY)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[NatsServer]:
    async with running(tmp_path) as server:
        yield server


@pytest.fixture
async def start(server: NatsServer, tmp_path: Path) -> AsyncIterator[Start]:
    async with starting(server, tmp_path, SETTINGS) as start:
        yield start


async def kept_by(server: NatsServer) -> tuple[int, float, bool, bool]:
    """The stream's bytes and seconds, and whether nobody may delete and purge."""
    async with connected(server) as client:
        config = (await look(client, SETTINGS.name)).config
    return config["max_bytes"], config["max_age"] / limits.NANOSECONDS, config["deny_delete"], config["deny_purge"]


def with_limits(bytes_max: int, days: int) -> StreamSettings:
    """The settings with others."""
    return msgspec.structs.replace(SETTINGS, bytes_max=bytes_max, age_seconds_max=days * DAY)


async def test_who_changes_its_settings_is_obeyed_and_nobody_else_changes_them_back(
    start: Start, server: NatsServer
) -> None:
    one, two = await start("one"), await start("two")
    assert await kept_by(server) == (1 << 20, 7 * DAY, True, True)
    await one.node.close()
    one = await start("one", with_limits(2 << 20, 3))
    assert await kept_by(server) == (2 << 20, 3 * DAY, True, True)
    await two.node.close()
    two = await start("two")
    assert await kept_by(server) == (2 << 20, 3 * DAY, True, True), "two's settings are what they were"
    await two.node.close()
    two = await start("two", with_limits(3 << 20, 7))
    assert await kept_by(server) == (3 << 20, 3 * DAY, True, True), "its days are what they were"
    one.node.append([posted("still one chat")])
    await all_hear([one, two], "still one chat")


async def test_who_joins_with_other_settings_changes_nothing(start: Start, server: NatsServer) -> None:
    await start("one")
    await start("two", with_limits(9 << 20, 1))
    assert await kept_by(server) == (1 << 20, 7 * DAY, True, True)


async def test_a_limit_below_what_is_there_is_not_made(
    start: Start, server: NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    one = await start("one")
    one.node.append([posted("x" * 400)])
    await one.hears("x" * 400)
    await one.node.close()
    one = await start("one", with_limits(100, 7))
    assert (await kept_by(server))[0] == 1 << 20
    assert "stay as they are" in caplog.text
    assert one.node._memory.applied == limits_of(SETTINGS), "it is tried again"


async def test_copies_that_nobody_can_keep_do_not_stop_the_rest(
    start: Start, server: NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    one = await start("one")
    await one.node.close()
    one = await start("one", msgspec.structs.replace(with_limits(2 << 20, 7), replicas=3))
    assert (await kept_by(server))[0] == 2 << 20
    assert "replicas > 1 not supported" in caplog.text
    assert one.node._memory.applied == Limits(2 << 20, 7 * DAY, 1)


async def test_what_this_program_does_not_know_of_stays(start: Start, server: NatsServer) -> None:
    await start("one")
    async with connected(server) as client:
        before = (await look(client, SETTINGS.name)).config
        await change(client, SETTINGS.name, Limits(5 << 20, 7 * DAY, 1), limits_of(SETTINGS))
        after = (await look(client, SETTINGS.name)).config
        assert after == {**before, "max_bytes": 5 << 20}
        with pytest.raises(StreamRefused, match="stream not found"):
            await look(client, "NONE")


async def test_people_hear_when_it_is_nearly_full_and_when_it_is_not(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    counts, alarms = ClusterCounts(), list[str]()
    fullness = Fullness("T", counts, alarms.append)
    for size in (79, 80, 99, 81, 79, 10):
        fullness._take(limits._Answer({"max_bytes": 100, "persist_mode": "async"}, {"bytes": size}))
    assert (counts.stream_bytes, counts.stream_bytes_max, counts.persists_async) == (10, 100, True)
    assert [text[:38] for text in alarms] == [
        "the cluster's stream is full to 80%, a",
        "the cluster's stream has room again",
    ]
    fullness._take(limits._Answer({"max_bytes": -1}, {"bytes": 1 << 40}))
    assert (counts.stream_bytes_max, counts.persists_async, len(alarms)) == (0, False, 2)
