"""ipcchat/backend/cluster/beats.py: what nodes tell each other once a second, over a real nats-server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.backend.cluster.beats import (
    BEAT_BYTES_MAX,
    CHECK_INTERVAL,
    VERSION,
    Beat,
    BeatError,
    Beats,
    NodeState,
    checked_seq_of,
    decode_beat,
    encode_beat,
    is_node_name,
    own_tables,
    tables_of,
)
from tests.backend.cluster.connected import connected, running, until
from tests.backend.cluster.nats_server import NatsServer

BEAT = Beat(
    version=VERSION,
    node="one",
    incarnation="aaaaaaaa",
    program="1.0",
    tables=b"tables",
    journal="journal1",
    epoch=1,
    stream_seq=2_000,
    place=5,
    digest=b"d" * 16,
    sessions=3,
    started=1,
    now=2,
    state=NodeState.SERVING,
    checked_seq=1_024,
    checked_digest=b"c" * 16,
)


class TestOneBeat:
    def test_it_is_read_as_it_was_written(self) -> None:
        assert decode_beat(encode_beat(BEAT)) == BEAT

    def test_fields_that_a_newer_program_added_are_not_minded(self) -> None:
        fields = msgspec.msgpack.decode(encode_beat(BEAT))
        assert decode_beat(msgspec.msgpack.encode([*fields, "more"])) == BEAT
        assert decode_beat(msgspec.msgpack.encode(fields[:14])).checked_seq == 0

    @pytest.mark.parametrize(
        ("payload", "why"),
        [
            (encode_beat(msgspec.structs.replace(BEAT, version=VERSION + 1)), "version 2"),
            (encode_beat(msgspec.structs.replace(BEAT, node="One!")), "name"),
            (encode_beat(msgspec.structs.replace(BEAT, program="x" * BEAT_BYTES_MAX)), "bytes"),
            (b"", "truncated"),
            (msgspec.msgpack.encode([VERSION, "one"]), "length"),
        ],
    )
    def test_what_is_none_is_refused(self, payload: bytes, why: str) -> None:
        with pytest.raises(BeatError, match=why):
            decode_beat(payload)

    @given(st.binary(max_size=200))
    def test_garbage_is_refused_with_one_kind_of_error(self, payload: bytes) -> None:
        with pytest.raises(BeatError):
            decode_beat(payload)

    def test_names_are_parts_of_subjects(self) -> None:
        assert is_node_name("node-1") and is_node_name("a" * 32)
        assert not any(is_node_name(name) for name in ("", "a" * 33, "a.b", "*", "A", "a b", "a\n"))

    def test_all_nodes_tell_their_digest_at_the_same_points(self) -> None:
        points = [checked_seq_of(seq) for seq in (0, 1_023, 1_024, 2_047, 2_048)]
        assert points == [0, 0, CHECK_INTERVAL, CHECK_INTERVAL, 2 * CHECK_INTERVAL]

    def test_tables_are_the_same_for_the_same_program(self) -> None:
        assert own_tables() == own_tables() and len(own_tables()) == 16
        assert tables_of(["14.0.0", "a"]) != tables_of(["15.1.0", "a"])


class Party:
    """Who beats, and what it heard."""

    def __init__(self, node: str, seconds: float = 0.05) -> None:
        self.state = NodeState.SERVING
        self.heard: list[Beat] = []
        self.alarms: list[str] = []
        self.node = node
        self.beats = Beats(
            tell=self.tell, heard=self.heard.append, alarmed=self.alarms.append, prefix="test", seconds=seconds
        )

    def tell(self) -> Beat:
        return msgspec.structs.replace(BEAT, node=self.node, state=self.state)

    def names(self) -> set[str]:
        return {beat.node for beat in self.heard}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[NatsServer]:
    async with running(tmp_path) as server:
        yield server


async def test_everybody_hears_everybody_and_himself(server: NatsServer) -> None:
    one, two = Party("one"), Party("two")
    async with connected(server) as first, connected(server) as second:
        await one.beats.start(first)
        await two.beats.start(second)
        await until(lambda: one.names() == two.names() == {"one", "two"})
        one.state = NodeState.DRAINING
        await one.beats.stop()
        await one.beats.stop()
        await until(lambda: any(beat.state is NodeState.DRAINING for beat in two.heard))
        assert one.beats.sent and one.beats.received
        await two.beats.stop()


async def test_garbage_and_other_names_are_counted_and_told_once(server: NatsServer) -> None:
    one = Party("one", seconds=60)
    async with connected(server) as client:
        await one.beats.start(client)
        await client.publish("test.beat.two", b"garbage")
        await client.publish("test.beat.two", encode_beat(msgspec.structs.replace(BEAT, node="three")))
        await client.publish("test.beat.four", encode_beat(msgspec.structs.replace(BEAT, node="four")))
        await until(lambda: "four" in one.names())
        assert one.beats.unreadable == 2
        (alarm,) = one.alarms
        assert "cannot be read" in alarm
        await one.beats.stop()


async def test_nothing_is_saved_up_while_there_is_no_connection(server: NatsServer) -> None:
    one = Party("one", seconds=0.01)
    async with connected(server) as client:
        await one.beats.start(client)
        await until(lambda: one.heard)
        await asyncio.to_thread(server.kill)
        await until(lambda: not client.is_connected)
        sent = one.beats.sent
        await one.beats.send()
        assert one.beats.sent == sent
        await asyncio.to_thread(server.start)
        before = len(one.heard)
        await until(lambda: len(one.heard) > before)
        await one.beats.stop()


async def test_another_connection_takes_over(server: NatsServer) -> None:
    one = Party("one")
    async with connected(server) as first, connected(server) as second:
        await one.beats.start(first)
        await until(lambda: one.heard)
        await first.close()
        await one.beats.start(second)
        before = len(one.heard)
        await until(lambda: len(one.heard) > before)
        await one.beats.stop()
