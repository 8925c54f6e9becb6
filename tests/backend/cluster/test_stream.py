"""ipcchat/backend/cluster/stream.py: what a mark and a stream are to each other, and the stream of a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import nats
import pytest
from msgspec.structs import replace
from nats.aio.client import Client
from nats.js.errors import APIError

from ipcchat.backend.base import BackendError
from ipcchat.backend.cluster.intake import payload_hash
from ipcchat.backend.cluster.stream import (
    Standing,
    StreamLost,
    StreamSettings,
    StreamState,
    hash_at,
    judge,
    judge_new,
    look,
    make,
)
from ipcchat.backend.sqlite_mark import NO_DIGEST, Mark
from tests.backend.cluster.nats_server import NatsServer

STREAM = StreamState("journal1", 2, 100, 50, b"b" * 16, 5, 20)
MARK = Mark(2, 20, 130, 60, b"d" * 16, b"hash")
BASE = Mark(2, 0, 100, 50, b"b" * 16)

CASES = {
    "all of it": (MARK, STREAM, b"hash", Standing.SAME),
    "the message at the mark is not there any more": (MARK, STREAM, None, Standing.SAME),
    "behind": (replace(MARK, stream_seq=19), STREAM, b"hash", Standing.BEHIND),
    "just not too far behind": (replace(MARK, stream_seq=4), STREAM, None, Standing.BEHIND),
    "too far behind": (replace(MARK, stream_seq=3), STREAM, None, Standing.TRIMMED),
    "the stream is shorter": (replace(MARK, stream_seq=21), STREAM, None, Standing.ROLLED_BACK),
    "something else at the mark": (MARK, STREAM, b"other", Standing.ROLLED_BACK),
    "another epoch": (replace(MARK, epoch=1), STREAM, b"hash", Standing.OTHER_EPOCH),
    "at the base": (BASE, replace(STREAM, first_seq=1), None, Standing.BEHIND),
    "at the base of an empty one": (BASE, replace(STREAM, first_seq=1, last_seq=0), None, Standing.SAME),
    "another base": (replace(BASE, seq=99), replace(STREAM, first_seq=1), None, Standing.OTHER_EPOCH),
    "another digest at the base": (replace(BASE, digest=NO_DIGEST), STREAM, None, Standing.OTHER_EPOCH),
    "another network": (MARK, replace(STREAM, journal="journal2"), b"hash", Standing.OTHER_JOURNAL),
    "everything expired": (MARK, replace(STREAM, first_seq=21), None, Standing.SAME),
}


@pytest.mark.parametrize("name", CASES)
def test_how_a_mark_stands_to_a_stream(name: str):
    mark, stream, payload, expected = CASES[name]
    assert judge("journal1", mark, stream, payload) is expected


FRESH = StreamState("journal1", 1, 0, 0, NO_DIGEST, 1, 20)
NEW_CASES = {
    "empty, and everything is there": ("other", 0, FRESH, Standing.BEHIND),
    "empty, and the beginning is gone": ("other", 0, replace(FRESH, first_seq=2), Standing.TRIMMED),
    "empty, and the stream began with a journal": ("other", 0, replace(FRESH, base_seq=7), Standing.TRIMMED),
    "the journal that the stream began with": ("journal1", 7, replace(FRESH, base_seq=7), Standing.BEHIND),
    "more than the stream began with": ("journal1", 8, replace(FRESH, base_seq=7), Standing.APART),
    "another network": ("other", 7, replace(FRESH, base_seq=7), Standing.OTHER_JOURNAL),
    "too late": ("journal1", 7, replace(FRESH, base_seq=7, first_seq=3), Standing.TRIMMED),
}


@pytest.mark.parametrize("name", NEW_CASES)
def test_how_a_journal_that_was_in_no_stream_stands_to_one(name: str):
    journal, last, stream, expected = NEW_CASES[name]
    assert judge_new(journal, Mark(0, 0, last, 0), stream) is expected


def test_what_is_lost_says_how():
    error = StreamLost(Standing.TRIMMED, "ask somebody")
    assert error.standing is Standing.TRIMMED and str(error).endswith("not in the stream any more; ask somebody")


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    server = NatsServer(tmp_path / "nats")
    server.start()
    client = await nats.connect(server.url)
    yield client
    await client.close()
    server.stop()


async def test_a_stream_is_made_once_and_says_whose_it_is(client: Client):
    settings = StreamSettings("S", "s.facts", bytes_max=10_000_000, age_seconds_max=3600)
    assert await look(client, "S") is None
    made = await make(client, settings, "journal1", BASE)
    assert made == StreamState("journal1", 2, 100, 50, b"b" * 16, made.first_seq, 0, ((2, 100),))
    assert made.base == BASE
    assert await make(client, settings, "journal1", BASE) == made
    assert await make(client, settings, "journal2", BASE) == made
    config = (await client.jetstream().stream_info("S")).config
    assert (config.max_bytes, config.max_age, config.deny_delete, config.deny_purge) == (10_000_000, 3600, True, True)
    with pytest.raises(APIError):
        await client.jetstream().purge_stream("S")


async def test_messages_are_compared_by_their_hashes(client: Client):
    await make(client, StreamSettings("S", "s.facts"), "journal1", BASE)
    await client.jetstream().publish("s.facts", b"hello")
    assert await hash_at(client, "S", 1) == payload_hash(b"hello")
    assert (await hash_at(client, "S", 2), await hash_at(client, "S", 0)) == (None, None)


async def test_another_programs_stream_is_left_alone(client: Client):
    await client.jetstream().add_stream(name="S", subjects=["s.facts"])
    with pytest.raises(BackendError, match="another program's"):
        await look(client, "S")
