"""ipcchat/backend/cluster/hints.py: what matters only now, beside the stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from nats import errors

from ipcchat.backend.cluster import hints as hints_module
from ipcchat.backend.cluster.backend import ClusterBackend
from ipcchat.backend.cluster.hints import (
    FACTS_MAX,
    VERSION,
    WAITING_MAX,
    HintLine,
    Hints,
    decode_hints,
    subject_of,
)
from ipcchat.core.facts import Entry, Hinted, Posted, encode_fact
from ipcchat.core.outcomes import Outcome
from tests.backend.cluster.connected import running, until
from tests.backend.cluster.nats_server import NatsServer, clustered, stream_settings
from tests.backend.journals import Ear, posted, typing

encode = msgspec.msgpack.encode


class Wire:
    """A connection of nats-py that can end at any moment."""

    def __init__(self) -> None:
        self.is_connected = True
        self.sent: list[bytes] = []
        self.hears: list[str] = []
        self.take: Any = None

    async def subscribe(self, subject: str, cb: Any) -> None:
        if not self.is_connected:
            raise errors.ConnectionClosedError
        self.hears.append(subject)
        self.take = cb

    async def publish(self, subject: str, payload: bytes) -> None:
        if not self.is_connected:
            raise errors.ConnectionClosedError
        self.sent.append(payload)


class Wires:
    """What a Link is, as far as it is asked."""

    def __init__(self) -> None:
        self.client = Wire()

    @property
    def is_up(self) -> bool:
        return self.client.is_connected


class House:
    """A line of the node "me" that has the stream up to `place`."""

    def __init__(self) -> None:
        self.link = Wires()
        self.place = 0
        self.heard: list[Hinted] = []
        self.line = HintLine(
            self.link,  # type: ignore[arg-type]
            "ipcchat.hints",
            "me",
            place=lambda: self.place,
            heard=self.heard.extend,
        )

    async def gets(self, payload: bytes) -> None:
        """A message comes."""
        message = type("Message", (), {"data": payload})
        await self.link.client.take(message)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    made = House()
    running_ = asyncio.create_task(made.line.run())
    await until(lambda: made.link.client.take)
    yield made
    running_.cancel()
    await asyncio.wait([running_])


def message(*facts: Any, origin: str = "other", place: int = 0, version: int = VERSION) -> bytes:
    return encode(Hints(version, origin, place, [encode_fact(fact) for fact in facts]))


def test_the_subject_is_beside_the_streams():
    assert subject_of("ipcchat.facts") == "ipcchat.hints"
    assert subject_of("tea-2.facts") == "tea-2.hints"


@pytest.mark.parametrize(
    "payload",
    [b"", b"\xc1", encode([1, 2]), encode([VERSION, "x", 0, [b"\x90"]]), message(typing(), version=VERSION + 1)],
    ids=["empty", "no msgpack", "other fields", "no fact", "newer"],
)
def test_what_is_no_message_of_hints_is_nothing(payload: bytes):
    assert decode_hints(payload) is None


def test_nothing_that_is_kept_comes_by_here():
    fact = typing()
    found = decode_hints(message(posted("forged"), fact))
    assert found is not None and found[1] == [fact]


async def test_hints_wait_for_what_their_sender_said_before(house: House):
    first, second = typing("#one"), typing("#two")
    await house.gets(message(first, place=7))
    await house.gets(message(second, place=3))
    house.place = 3
    house.line.advanced()
    assert house.heard == [second]
    house.place = 8
    house.line.advanced()
    assert house.heard == [second, first]
    house.line.advanced()
    assert house.heard == [second, first]


async def test_what_waits_too_long_is_dropped(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hints_module, "LATE_SECONDS", -1.0)
    await house.gets(message(typing(), place=7))
    house.place = 7
    house.line.advanced()
    assert (house.heard, house.line.dropped) == ([], 1)


async def test_so_many_may_wait_and_no_more(house: House):
    batch = message(*[typing()] * FACTS_MAX, place=7)
    for _ in range(WAITING_MAX // FACTS_MAX + 2):
        await house.gets(batch)
    house.place = 7
    house.line.advanced()
    assert (len(house.heard), house.line.dropped) == (WAITING_MAX, 2 * FACTS_MAX)
    assert not house.line.say([typing()] * (WAITING_MAX + 1))


async def test_own_ones_are_not_heard_twice(house: House):
    await house.gets(message(typing(), origin="me"))
    assert house.heard == []


async def test_hints_go_in_messages_of_a_bounded_size(house: House):
    house.place = 5
    assert house.line.say([typing()] * (FACTS_MAX + 1))
    await until(lambda: len(house.link.client.sent) == 2)
    found = [msgspec.msgpack.decode(payload, type=Hints) for payload in house.link.client.sent]
    assert [(each.origin, each.stream_seq, len(each.facts)) for each in found] == [("me", 5, FACTS_MAX), ("me", 5, 1)]


async def test_what_is_no_hint_or_cannot_be_written_is_left_to_the_stream(house: House):
    assert not house.line.say([typing(), posted()])
    assert not house.line.say([typing("#\ud800")])
    assert house.link.client.sent == []


async def test_a_new_connection_is_listened_to_and_nothing_is_sent_without_one(house: House):
    assert house.line.say([typing()])
    house.link.client.is_connected = False
    assert not house.line.say([typing()])
    house.line.changed()
    await until(lambda: house.line.dropped == 1)
    house.link.client = Wire()
    house.line.changed()
    await until(lambda: house.link.client.hears == ["ipcchat.hints"])
    assert house.line.say([typing()])
    await until(lambda: len(house.link.client.sent) == 1)


# Real nodes over a real server.


@asynccontextmanager
async def nodes(server: NatsServer, folder: Path) -> AsyncIterator[tuple[ClusterBackend, Ear, ClusterBackend, Ear]]:
    stream = stream_settings()
    ann = clustered(server, folder / "ann" / "chat.db", "ann.1", stream)
    bob = clustered(server, folder / "bob" / "chat.db", "bob.1", stream)
    ears = Ear(), Ear()
    try:
        for backend, ear in zip((ann, bob), ears, strict=True):
            await backend.open()
            backend.follow(ear)
        await until(lambda: not (ann.is_cut_off or bob.is_cut_off))
        yield ann, ears[0], bob, ears[1]
    finally:
        await ann.close()
        await bob.close()


async def hears(backend: ClusterBackend, ear: Ear, is_there: Callable[[], bool]) -> None:
    """Says that somebody types until the other one hears it: the first may be before he listens."""
    async with asyncio.timeout(20):
        while not is_there():
            backend.append([typing()])
            await asyncio.sleep(0.02)


async def test_typing_is_no_message_of_the_stream(tmp_path: Path):
    async with running(tmp_path) as server, nodes(server, tmp_path) as (ann, ann_hears, bob, bob_hears):
        await hears(ann, ann_hears, lambda: bool(bob_hears.heard))
        for ear in (ann_hears, bob_hears):
            assert {(type(each), each.seq) for each in ear.heard if isinstance(each, Entry)} == {(Entry, 0)}
            assert {type(each.fact) for each in ear.heard} == {Hinted}
        assert (ann.position().mark.stream_seq, bob.position().mark.stream_seq) == (0, 0)


async def test_what_one_says_and_types_keeps_its_order_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hints_module, "LATE_SECONDS", 60.0)
    expected = [word for number in range(100) for word in (f"said {number}", f"#typing-{number}")]
    async with running(tmp_path) as server, nodes(server, tmp_path) as (ann, ann_hears, _, bob_hears):
        await hears(ann, ann_hears, lambda: bool(bob_hears.heard))
        for index in range(0, len(expected), 2):
            ann.append([posted(expected[index])])
            if index % 4:
                await until(lambda: last_word(ann_hears).startswith("said"))
            ann.append([typing(expected[index + 1])])
        await until(lambda: [last_word(ann_hears), last_word(bob_hears)] == expected[-1:] * 2)
        for ear in (ann_hears, bob_hears):
            assert [word for word in map(word_of, ear.heard) if word != "#tea"] == expected
        seqs = [each.seq for each in bob_hears.heard if isinstance(each, Entry) and each.seq]
        assert seqs == sorted(set(seqs)) and 100 < len(seqs) <= 200


def word_of(outcome: Outcome) -> str:
    """What was said, or where somebody types."""
    assert isinstance(outcome.fact, Posted)
    return outcome.fact.text or outcome.fact.target


def last_word(ear: Ear) -> str:
    """The last one."""
    return word_of(ear.heard[-1])


async def test_typing_is_heard_again_after_the_server_was_away(tmp_path: Path):
    async with running(tmp_path) as server, nodes(server, tmp_path) as (ann, ann_hears, bob, bob_hears):
        await hears(ann, ann_hears, lambda: bool(bob_hears.heard))
        await asyncio.to_thread(server.kill)
        await until(lambda: ann.is_cut_off and bob.is_cut_off)
        ann.append([typing()])
        await until(lambda: not isinstance(ann_hears.heard[-1], Entry))
        await asyncio.to_thread(server.start)
        await until(lambda: not (ann.is_cut_off or bob.is_cut_off))
        count = len(bob_hears.heard)
        await hears(ann, ann_hears, lambda: len(bob_hears.heard) > count)
