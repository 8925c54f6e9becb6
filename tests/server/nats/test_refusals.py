"""What a node is told when something is wrong with its NATS (K12), as nats-py raises it.

A wrong key and an expired certificate end the connection, at its start and at each attempt to come back; a message that
is too large is refused before it is sent; a full stream and a full store refuse what is published, and a full disk
switches the server's storage off until it is started again. Nothing that was acknowledged is dropped to make room.
"""

from __future__ import annotations

import asyncio
import ssl

import nats
import nats.errors
import pytest
from nats.js.api import DiscardPolicy, StreamConfig
from nats.js.errors import APIError

from ipcchat.server.nats.config import PAYLOAD_BYTES_MAX, Routes
from ipcchat.server.nats.keys import node_key
from tests.e2e.waiting import until
from tests.server.nats.conftest import connected

BLOCK = b"x" * 65_536
ERROR_STREAM_FULL, ERROR_STORE_FULL = 10077, 10023


async def test_a_wrong_key(cluster, tmp_path):
    stranger = node_key(tmp_path / "stranger.seed")
    with pytest.raises(nats.errors.Error, match="Authorization Violation"):
        await cluster.connect("ann", seed=stranger.seed_file, allow_reconnect=False)


# In TLS 1.3 a server refuses behind the handshake: its alert may come when the line is closed already.


async def test_an_expired_certificate(cluster):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await cluster.connect("ann", days=-1, allow_reconnect=False)
    until(lambda: is_logged(cluster, "certificate has expired"), "the server says why")


async def test_no_certificate(cluster):
    trusting = ssl.create_default_context(cafile=str(cluster.maker.authority))
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await connected([cluster.servers[0].addresses.url], tls=trusting, allow_reconnect=False)
    until(lambda: is_logged(cluster, "client didn't provide a certificate"), "the server says why")


def is_logged(cluster, text: str) -> bool:
    """Whether one of the servers logged this."""
    return any(text in path.read_text() for path in cluster.folder.glob("n*/nats.log"))


def test_a_server_that_does_not_know_the_password_of_the_routes(cluster, serve):
    known = cluster.servers[0].addresses
    serve(
        "stranger",
        routes=Routes("test", "127.0.0.1", -1, (("127.0.0.1", known.routes_port),), "another_password"),
        tls=cluster.certificate,
    )
    until(lambda: is_logged(cluster, "Router connection closed: Authentication Failure"), "it is not let in")


async def test_a_message_that_is_too_large(serve):
    client = await nats.connect(serve().addresses.url)
    assert client.max_payload == PAYLOAD_BYTES_MAX
    with pytest.raises(nats.errors.MaxPayloadError):
        await client.publish("a", b"x" * (PAYLOAD_BYTES_MAX + 1))
    await client.close()


async def test_a_full_stream(serve):
    client = await nats.connect(serve().addresses.url)
    jetstream = client.jetstream()
    full = StreamConfig(name="S", subjects=["s"], max_bytes=200_000, discard=DiscardPolicy.NEW)
    await jetstream.add_stream(full)
    assert await fill(jetstream) == ERROR_STREAM_FULL
    kept = (await jetstream.stream_info("S")).state.messages
    assert kept == 3
    await jetstream.update_stream(full.evolve(max_bytes=1_000_000))
    assert (await jetstream.publish("s", BLOCK)).seq == kept + 1
    await client.close()


async def test_a_full_store(serve):
    client = await nats.connect(serve(store_bytes_max=200_000).addresses.url)
    jetstream = client.jetstream()
    await jetstream.add_stream(StreamConfig(name="S", subjects=["s"], discard=DiscardPolicy.NEW))
    assert await fill(jetstream) == ERROR_STORE_FULL
    assert (await jetstream.stream_info("S")).state.first_seq == 1
    await client.close()


async def fill(jetstream) -> int:
    """Publish until that is refused; the number of the refusal."""
    async with asyncio.timeout(20):
        while True:
            try:
                await jetstream.publish("s", BLOCK)
            except APIError as error:
                return error.err_code or 0
