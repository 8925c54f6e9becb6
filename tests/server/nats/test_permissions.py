"""What a node's key may do: everything that a node does, and nothing in another's name (config.subjects_of).

Three servers with TLS and NKeys on loopback, and a stream with three replicas.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import nats.errors
import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, DiscardPolicy, StreamConfig
from nats.js.errors import NoStreamResponseError, ServiceUnavailableError

from ipcchat.server.nats.keys import node_key

SECONDS_MAX = 30.0
ATTEMPT_SECONDS = 2.0
STREAM = StreamConfig(name="IPCCHAT", subjects=["ipcchat.facts"], num_replicas=3, discard=DiscardPolicy.NEW)


@pytest.fixture
async def ann(cluster):
    """A connection of the node ann."""
    cluster.errors.clear()
    client = await cluster.connect("ann")
    yield client
    await client.close()


@pytest.fixture
async def bob(cluster):
    """A connection of the node bob."""
    client = await cluster.connect("bob")
    yield client
    await client.close()


async def stream_of(client: Client) -> JetStreamContext:
    """JetStream in the name of a node, with the stream there. A request that comes before there is a leader gets no
    answer at all, so each waits only a little."""
    jetstream = client.jetstream(timeout=ATTEMPT_SECONDS)
    await persistently(lambda: jetstream.add_stream(STREAM))
    return jetstream


async def persistently(attempt: Callable[[], Awaitable[Any]]) -> Any:
    """The answer of JetStream once its servers have found each other."""
    async with asyncio.timeout(SECONDS_MAX):
        while True:
            try:
                return await attempt()
            except (ServiceUnavailableError, NoStreamResponseError, nats.errors.TimeoutError):
                await asyncio.sleep(0.1)


async def refused(cluster, subject: str) -> None:
    """Waits until the server has refused `subject`."""
    async with asyncio.timeout(SECONDS_MAX):
        while not any(  # noqa: ASYNC110
            "permissions violation" in str(error).lower() and subject in str(error).lower() for error in cluster.errors
        ):
            await asyncio.sleep(0.01)


async def test_a_node_can_do_all_that_nodes_do(ann, cluster):
    jetstream = await stream_of(ann)
    await jetstream.account_info()
    found = await jetstream.stream_info("IPCCHAT")
    assert found.config.num_replicas == 3
    assert found.cluster is not None and len(found.cluster.replicas or ()) == 2
    await jetstream.update_stream(STREAM)
    first = await persistently(lambda: jetstream.publish("ipcchat.facts", b"hi", headers={"Nats-Msg-Id": "a-1"}))
    again = await jetstream.publish("ipcchat.facts", b"hi", headers={"Nats-Msg-Id": "a-1"})
    assert (again.seq, again.duplicate) == (first.seq, True)
    assert (await jetstream.get_msg("IPCCHAT", first.seq)).data == b"hi"
    config = ConsumerConfig(
        ack_policy=AckPolicy.NONE, deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=first.seq
    )
    for named in (None, "reader"):
        consumer = await jetstream.add_consumer("IPCCHAT", config.evolve(name=named, inactive_threshold=30.0))
        reader = await jetstream.pull_subscribe_bind(consumer=consumer.name, stream="IPCCHAT")
        assert [message.data for message in await reader.fetch(1, timeout=SECONDS_MAX)] == [b"hi"]
        await jetstream.consumer_info("IPCCHAT", consumer.name)
        await jetstream.delete_consumer("IPCCHAT", consumer.name)
    assert cluster.errors == []


async def heard(subscription, sender, subject, data):
    """What is heard of what the sender says until it is: his server may not know yet who listens at another one."""
    async with asyncio.timeout(SECONDS_MAX):
        while True:
            await sender.publish(subject, data)
            with suppress(nats.errors.TimeoutError):
                return (await subscription.next_msg(0.2)).data


async def test_nodes_hear_beats_and_answer_each_other(ann, bob, cluster):
    beats = await ann.subscribe("ipcchat.beat.*")
    hints = await ann.subscribe("ipcchat.hints")

    async def answer(message):
        for part in (b"1", b"2", b"3"):
            await message.respond(part)

    await ann.subscribe("ipcchat.node.ann.*", cb=answer)
    await ann.flush()
    assert await heard(beats, bob, "ipcchat.beat.bob", b"alive") == b"alive"
    assert await heard(hints, bob, "ipcchat.hints", b"typing") == b"typing"
    inbox = bob.new_inbox()
    answers = await bob.subscribe(inbox)
    await bob.publish("ipcchat.node.ann.snapshot", b"?", reply=inbox)
    assert [(await answers.next_msg(SECONDS_MAX)).data for _ in range(3)] == [b"1", b"2", b"3"]
    assert cluster.errors == []


@pytest.mark.parametrize(
    "subject",
    [
        "ipcchat.beat.bob",
        "ipcchat.other",
        "_inbox_bob.guessed",
        "$js.api.stream.create.other",
        "$js.api.stream.delete.ipcchat",
        "$js.api.stream.purge.ipcchat",
        "$js.api.stream.msg.delete.ipcchat",
        "$js.api.stream.list",
        "$js.api.consumer.pause.ipcchat.reader",
        "$sys.req.server.ping",
    ],
)
async def test_a_node_publishes_to_nothing_else(ann, cluster, subject):
    exact = subject if subject.startswith(("ipcchat", "_inbox")) else subject.upper()
    await ann.publish(exact.replace("_inbox", "_INBOX"), b"{}")
    await ann.flush()
    await refused(cluster, subject)


@pytest.mark.parametrize(
    "subject", ["_INBOX_bob.>", "_INBOX.>", ">", "ipcchat.>", "ipcchat.facts", "ipcchat.node.bob.*", "$JS.>", "$SYS.>"]
)
async def test_a_node_hears_nothing_else(ann, cluster, subject):
    await ann.subscribe(subject)
    await ann.flush()
    await refused(cluster, subject.lower())


async def test_a_node_cannot_delete_the_stream_and_a_keeper_can(ann, cluster):
    jetstream = await stream_of(ann)
    with pytest.raises(nats.errors.TimeoutError):
        await ann.jetstream(timeout=0.5).delete_stream("IPCCHAT")
    await refused(cluster, "$js.api.stream.delete.ipcchat")
    assert (await jetstream.stream_info("IPCCHAT")).config.name == "IPCCHAT"
    keeper = await cluster.connect("keeper")
    assert await keeper.jetstream(timeout=SECONDS_MAX).delete_stream("IPCCHAT")
    await keeper.close()


async def test_a_stranger_is_not_let_in(cluster, tmp_path):
    stranger = node_key(tmp_path / "stranger.seed")
    with pytest.raises(nats.errors.Error, match="Authorization Violation"):
        await cluster.connect("ann", seed=stranger.seed_file, allow_reconnect=False)
