"""ipcchat/backend/cluster/publishing.py over a stream that is unkind. The number in a test's name is the module's
rule."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random

import pytest

from ipcchat.backend.base import BackendError
from ipcchat.backend.cluster import publishing
from ipcchat.backend.cluster.envelope import BYTES_MAX, FACTS_MAX, Envelope, decode_envelope, decode_facts
from ipcchat.backend.cluster.publishing import Publisher, Refused, Unknown, Unsent
from ipcchat.backend.counts import JournalCounts
from ipcchat.core.facts import AnyFact
from ipcchat.core.outcomes import Failed
from tests.backend.journals import eventually, posted


class Stream:
    """Keeps what is published, by id as a server does. `moods` are how the next tries go; after them all goes well."""

    def __init__(self, *moods: str) -> None:
        self.moods = list(moods)
        self.kept: list[bytes] = []
        self.tries: list[tuple[str, bytes]] = []
        self._ids: set[str] = set()
        self.gate = asyncio.Event()
        self.gate.set()

    async def send(self, payload: bytes, id_: str) -> bool:
        self.tries.append((id_, payload))
        await self.gate.wait()
        mood = self.moods.pop(0) if self.moods else "kind"
        if mood == "refused":
            raise Refused("the stream is full")
        if mood == "unsent":
            raise Unsent
        if mood == "lost on the way":
            raise Unknown
        was_there = id_ in self._ids
        if not was_there:
            self._ids.add(id_)
            self.kept.append(payload)
        if mood == "acknowledgement lost":
            raise Unknown
        return was_there

    def envelopes(self) -> list[Envelope]:
        found = [decode_envelope(payload) for payload in self.kept]
        return [envelope for envelope in found if envelope is not None]

    def facts(self) -> list[AnyFact]:
        return [fact for envelope in self.envelopes() for fact in decode_facts(envelope)]


class Desk:
    """A publisher at work."""

    def __init__(self, stream: Stream) -> None:
        self.failed: list[Failed] = []
        self.reached: list[bool] = []
        self.counts = JournalCounts()
        self.stream = stream
        self.publisher = Publisher(
            "node", stream.send, failed=self.failed.extend, reached=self.reached.append, counts=self.counts
        )


@asynccontextmanager
async def at_work(stream: Stream) -> AsyncIterator[Desk]:
    desk = Desk(stream)
    task = asyncio.create_task(desk.publisher.run())
    try:
        yield desk
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_1_what_is_appended_meanwhile_goes_into_the_next_envelope_in_its_order():
    stream = Stream()
    stream.gate.clear()
    async with at_work(stream) as desk:
        facts = [posted(str(number)) for number in range(50)]
        desk.publisher.append(facts[:1])
        await eventually(lambda: bool(stream.tries))
        for fact in facts[1:]:
            desk.publisher.append([fact])
        stream.gate.set()
        await eventually(lambda: len(stream.facts()) == 50)
    assert stream.facts() == facts
    assert [(each.first, len(each.facts)) for each in stream.envelopes()] == [(1, 1), (2, 49)]


async def test_1_envelopes_leave_at_a_pace_and_the_first_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(publishing, "PACE_SECONDS", 0.05)
    loop, stream = asyncio.get_running_loop(), Stream()
    async with at_work(stream) as desk:
        began = loop.time()
        desk.publisher.append([posted("1")])
        await eventually(lambda: len(stream.kept) == 1)
        for number in range(2, 9):
            desk.publisher.append([posted(str(number))])
            await asyncio.sleep(0)
        await eventually(lambda: len(stream.facts()) == 8)
        assert [len(envelope.facts) for envelope in stream.envelopes()] == [1, 7]
        assert loop.time() - began >= 0.1


async def test_1_the_more_nodes_publish_the_slower_each_does(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(publishing, "PACE_SECONDS", 1.0)
    publisher = Desk(Stream()).publisher
    assert publisher.pace() == 2.0
    publisher.heard(["a", "b", "c"])
    publisher.heard(["b", "d"])
    assert publisher.pace() == 4.0
    monkeypatch.setattr(publishing, "ACTIVE_SECONDS", 0.0)
    assert publisher.pace() == 2.0


async def test_4_what_waits_for_its_turn_can_be_failed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(publishing, "PACE_SECONDS", 0.05)
    stream = Stream()
    async with at_work(stream) as desk:
        desk.publisher.append([posted("1")])
        await eventually(lambda: len(stream.kept) == 1)
        desk.publisher.append([posted("2")])
        desk.publisher.refuse("the stream is away")
        assert [failed.reason for failed in desk.failed] == ["the stream is away"]
        desk.publisher.refuse("")
        desk.publisher.append([posted("3")])
        await eventually(lambda: len(stream.kept) == 2)
        assert [getattr(fact, "text", "") for fact in stream.facts()] == ["1", "3"]


async def test_1_an_envelope_is_bounded():
    stream = Stream()
    async with at_work(stream) as desk:
        small, large = [posted("x") for _ in range(2 * FACTS_MAX)], [posted("x" * 100_000) for _ in range(12)]
        desk.publisher.append([*small, *large])
        await eventually(lambda: len(stream.facts()) == len(small) + len(large))
    assert stream.facts() == [*small, *large]
    assert all(len(each.facts) <= FACTS_MAX and sum(map(len, each.facts)) <= BYTES_MAX for each in stream.envelopes())


@pytest.mark.parametrize("mood", ["lost on the way", "acknowledgement lost"])
async def test_2_an_unknown_envelope_is_repeated_with_the_same_id_and_bytes(mood: str):
    stream = Stream(mood, mood, mood)
    async with at_work(stream) as desk:
        facts = [posted("a"), posted("b")]
        desk.publisher.append(facts[:1])
        await eventually(lambda: bool(stream.tries))
        desk.publisher.append(facts[1:])
        await eventually(lambda: len(stream.facts()) == 2)
    assert stream.facts() == facts
    assert len(stream.tries) == 5 and len(set(stream.tries[:4])) == 1
    assert desk.reached == [False, False, False, True, True]
    assert (desk.counts.published, desk.counts.acknowledged, desk.counts.repeated_publishes) == (2, 2, 3)
    assert desk.failed == []


async def test_2_what_is_seen_in_the_stream_is_acknowledged(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(publishing, "PAUSE_SECONDS_MIN", 3600)
    stream = Stream("acknowledgement lost")
    async with at_work(stream) as desk:
        desk.publisher.append([posted("a")])
        await eventually(lambda: desk.reached == [False])
        desk.publisher.taken(1)
        desk.publisher.append([posted("b")])
        await eventually(lambda: len(stream.facts()) == 2)
    assert [each.first for each in stream.envelopes()] == [1, 2]


async def test_3_a_first_refusal_fails_its_facts_and_the_number_is_the_next_ones():
    stream = Stream("refused")
    async with at_work(stream) as desk:
        facts = [posted("a"), posted("b")]
        desk.publisher.append(facts)
        await eventually(lambda: len(desk.failed) == 2)
        desk.publisher.append([posted("c")])
        await eventually(lambda: bool(stream.kept))
    assert desk.failed == [Failed(fact, "the stream is full") for fact in facts]
    assert [each.first for each in stream.envelopes()] == [1]


async def test_3_a_refusal_after_an_unknown_try_proves_nothing():
    stream = Stream("acknowledgement lost", "refused", "refused")
    async with at_work(stream) as desk:
        desk.publisher.append([posted("a")])
        await eventually(lambda: desk.counts.acknowledged == 1)
    assert (len(stream.facts()), desk.failed, len(stream.tries)) == (1, [], 4)


async def test_3_a_stream_that_took_what_it_refused_is_not_trusted():
    stream = Stream()
    async with at_work(stream):
        pass
    stream._ids.add("node-1")
    desk = Desk(stream)
    desk.publisher.append([posted("a")])
    with pytest.raises(BackendError, match="under the numbers of others"):
        await asyncio.wait_for(desk.publisher.run(), 10)


async def test_4_who_is_cut_off_fails_what_was_never_published_and_waits_for_the_rest():
    stream = Stream(*["lost on the way"] * 3)
    async with at_work(stream) as desk:
        facts = [posted(text) for text in "abcd"]
        desk.publisher.append(facts[:1])
        await eventually(lambda: bool(stream.tries))
        desk.publisher.append(facts[1:2])
        desk.publisher.refuse("cut off")
        desk.publisher.append(facts[2:3])
        assert desk.failed == [Failed(fact, "cut off") for fact in facts[1:3]]
        await eventually(lambda: len(stream.kept) == 1)
        desk.publisher.refuse("")
        desk.publisher.append(facts[3:])
        await eventually(lambda: len(stream.kept) == 2)
    assert stream.facts() == [facts[0], facts[3]]
    assert [each.first for each in stream.envelopes()] == [1, 2]


async def test_4_what_nobody_could_be_asked_about_keeps_its_order_and_can_be_failed():
    stream = Stream(*["unsent"] * 5)
    async with at_work(stream) as desk:
        facts = [posted(str(number)) for number in range(5)]
        for fact in facts:
            desk.publisher.append([fact])
            await asyncio.sleep(0)
        await eventually(lambda: len(stream.facts()) == 5)
        assert stream.facts() == facts
        stream.moods = ["unsent"] * 1_000
        desk.publisher.append([posted("late")])
        await eventually(lambda: len(stream.moods) < 1_000)
        desk.publisher.refuse("cut off")
        await eventually(lambda: len(desk.failed) == 1)
    assert len(stream.facts()) == 5


async def test_5_too_much_is_refused_and_so_is_what_cannot_be_published(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(publishing, "WAITING_FACTS_MAX", 2)
    desk = Desk(Stream())
    desk.publisher.append([posted("x" * (BYTES_MAX + 1)), posted("\ud800"), posted(), posted(), posted()])
    reasons = [failed.reason for failed in desk.failed]
    assert reasons[:2] == ["it is too large", "it holds text that cannot be stored"]
    assert "too much waits" in reasons[2]
    monkeypatch.setattr(publishing, "WAITING_FACTS_MAX", 100)
    monkeypatch.setattr(publishing, "WAITING_BYTES_MAX", 1_000)
    desk.publisher.append([posted("x" * 1_000)])
    assert "too much waits" in desk.failed[-1].reason


@pytest.mark.parametrize("seed", range(10))
async def test_whatever_happens_each_fact_is_in_the_stream_once_or_failed(seed: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(publishing, "PAUSE_SECONDS_MIN", 0.0001)
    monkeypatch.setattr(publishing, "PAUSE_SECONDS_MAX", 0.001)
    dice = Random(seed)
    moods = ["kind", "lost on the way", "acknowledgement lost", "refused", "unsent"]
    stream = Stream(*dice.choices(moods, k=150))
    async with at_work(stream) as desk:
        appended: list[AnyFact] = []
        while stream.moods:
            facts: list[AnyFact] = [posted() for _ in range(dice.randrange(4))]
            appended += facts
            desk.publisher.append(facts)
            desk.publisher.refuse("cut off" if dice.random() < 0.1 else "")
            await asyncio.sleep(0)
        desk.publisher.refuse("")
        await eventually(_all_known(desk, stream, len(appended)))
    failed = [each.fact for each in desk.failed]
    assert sorted(fact.id for fact in [*stream.facts(), *failed]) == sorted(fact.id for fact in appended)
    kept = {fact.id for fact in stream.facts()}
    assert stream.facts() == [fact for fact in appended if fact.id in kept]
    numbers = [number for each in stream.envelopes() for number in range(each.first, each.last + 1)]
    assert numbers == list(range(1, len(kept) + 1))


def _all_known(desk: Desk, stream: Stream, count: int) -> Callable[[], bool]:
    return lambda: len(stream.facts()) + len(desk.failed) == count


async def test_drained_waits_for_the_last_outcome():
    stream = Stream()
    async with at_work(stream) as desk:
        desk.publisher.append([posted(), posted()])
        waiting = asyncio.create_task(desk.publisher.drained())
        await eventually(lambda: bool(stream.kept))
        assert desk.publisher.owes and not waiting.done()
        desk.publisher.taken(2)
        await asyncio.wait_for(waiting, 10)
