"""Couriers: everything goes out, in its order, whatever the other side does (docs/webhooks.md)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Mapping

import msgspec
import pytest

from ipcchat.core.deliveries import Delivery, Message, Outgoing, Progress
from ipcchat.core.effects import History, HistoryAnswer, PastQuery
from ipcchat.core.facts import Hook
from ipcchat.core.hooks import HookPost, Relaying
from ipcchat.server.couriers import FAILING_MS_MAX, RETRY_SECONDS_MAX, Couriers
from ipcchat.server.outbound_answers import Answer, OutboundError
from tests.server.conftest import until

DIGEST = "d" * 64
URL = "https://ci.example/chat"
OK = Answer(200, {}, b"")


def message(seq: int) -> Message:
    return Message(f"journal-{seq}", "#tea", "ann", "ann", f"text {seq}", "2026-01-01T00:00:00.000Z", "", False, False)


class Elsewhere:
    """The other side: `answers` in their order, then 200. What came is in `came`."""

    def __init__(self) -> None:
        self.came: list[tuple[str, Mapping[str, str], bytes]] = []
        self.answers: list[Answer | str] = []
        self.holding = asyncio.Event()
        self.holding.set()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        self.came.append((url, headers, body))
        await self.holding.wait()
        answer = self.answers.pop(0) if self.answers else OK
        if isinstance(answer, str):
            raise OutboundError(answer)
        return answer

    @property
    def ids(self) -> list[str]:
        return [headers["x-ipc-chat-delivery"].removeprefix("journal-") for _, headers, _ in self.came]


class Host:
    """What couriers know of the shell: a channel whose messages are at `places`, read `portion` at a time."""

    def __init__(self) -> None:
        self.hook = Hook("ci", DIGEST, url=URL, secret="ipc_secret")
        self.places: list[int] = []
        self.through = 0
        self.portion = 2
        self.unwanted: set[int] = set()
        self.told: list[Progress] = []
        self.said: list[HookPost] = []
        self.counted: list[str] = []
        self.unreadable = 0
        self.gone = False

    def outgoing(self) -> list[str]:
        return [] if self.gone or self.hook.off else [DIGEST]

    def next_deliveries(self, digest: str, after: int) -> Outgoing | None:
        if self.gone or self.hook.off:
            return None
        begin = max(after, self.hook.delivered)
        return Outgoing(self.hook, History("#tea", self.portion, ((begin, max(self.through, begin)),), newest=False))

    async def history(self, query: PastQuery) -> HistoryAnswer:
        await asyncio.sleep(0)
        if self.unreadable:
            self.unreadable -= 1
            return HistoryAnswer([], error="the disk is slow")
        assert isinstance(query, History)
        ((after, through),) = query.spans
        self._found = [place for place in self.places if after < place <= through][: query.limit]
        return HistoryAnswer([])

    def deliveries(self, digest: str, answer: HistoryAnswer) -> list[Delivery]:
        return [Delivery(place, None if place in self.unwanted else message(place)) for place in self._found]

    def delivered(self, progress: Progress) -> None:
        self.told.append(progress)
        self.hook = msgspec.structs.replace(
            self.hook,
            delivered=max(self.hook.delivered, progress.seq),
            failing_since=progress.failing_since,
            problem=progress.problem,
            off=progress.off,
        )

    async def relay(self, digest: str, post: HookPost) -> Relaying:
        self.said.append(post)
        return Relaying(b"id")

    def count_delivery(self, result: str) -> None:
        self.counted.append(result)

    def has(self, *places: int) -> None:
        """These were said."""
        self.places += places
        self.through = self.places[-1]


class Office:
    """Couriers with a host, the other side, and a clock; what they sleep is in `slept` and passes at once."""

    def __init__(self) -> None:
        self.host, self.elsewhere, self.now, self.slept = Host(), Elsewhere(), 1_000_000_000_000, list[float]()
        self.couriers = Couriers(self.host, self.elsewhere.post, lambda: self.now, self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += int(seconds * 1000)
        await asyncio.sleep(0)

    async def says(self, *places: int) -> None:
        """These are said, and all that follows happens."""
        self.host.has(*places)
        self.couriers.wake(DIGEST)
        await self.rests()

    async def rests(self) -> None:
        await until(lambda: not self.couriers._tasks)


@pytest.fixture
async def office():
    office = Office()
    yield office
    office.couriers.stop()
    await office.rests()


async def test_everything_goes_out_in_its_order(office: Office):
    await office.says(3, 5, 8, 13, 21)
    assert office.elsewhere.ids == ["3", "5", "8", "13", "21"]
    assert office.host.told[-1] == Progress(DIGEST, 21)
    await office.says(22)
    assert office.elsewhere.ids[-2:] == ["21", "22"]
    assert office.host.counted == ["ok"] * 6


async def test_what_is_sent_says_what_it_is_and_is_signed(office: Office):
    await office.says(3)
    ((url, headers, body),) = office.elsewhere.came
    assert url == URL
    assert msgspec.json.decode(body) == msgspec.to_builtins(message(3))
    signed = hmac.digest(b"ipc_secret", headers["x-ipc-chat-timestamp"].encode() + b"." + body, hashlib.sha256)
    assert headers == {
        "content-type": "application/json",
        "user-agent": "ipc-chat",
        "x-ipc-chat-delivery": "journal-3",
        "x-ipc-chat-timestamp": "1000000000",
        "x-ipc-chat-signature": f"sha256={signed.hex()}",
    }


async def test_one_at_a_time_and_who_is_woken_meanwhile_goes_on(office: Office):
    office.elsewhere.holding.clear()
    office.host.has(1)
    office.couriers.wake(DIGEST)
    await until(lambda: office.elsewhere.came)
    for place in (2, 3):
        office.host.has(place)
        office.couriers.wake(DIGEST)
    assert office.elsewhere.ids == ["1"]
    office.elsewhere.holding.set()
    await office.rests()
    assert office.elsewhere.ids == ["1", "2", "3"]


async def test_what_is_not_taken_comes_again_before_what_follows(office: Office):
    office.elsewhere.answers = ["it broke off", Answer(500, {}, b""), Answer(301, {"location": "http://10.0.0.1"}, b"")]
    await office.says(1, 2)
    assert office.elsewhere.ids == ["1", "1", "1", "1", "2"]
    assert [(told.problem, told.failing_since) for told in office.host.told] == [
        ("it broke off", 1_000_000_000_000),
        ("500 was answered", 1_000_000_000_000),
        ("301 was answered", 1_000_000_000_000),
        ("", 0),
        ("", 0),
    ]
    assert office.host.counted == ["failed"] * 3 + ["ok"] * 2
    first, second, third = office.slept
    assert 0.5 <= first <= 1.0 <= second <= 2.0 <= third <= 4.0


async def test_the_pauses_become_long_and_not_longer(office: Office):
    office.elsewhere.answers = ["it cannot be reached"] * 30
    await office.says(1)
    assert max(office.slept) <= RETRY_SECONDS_MAX
    assert min(office.slept[12:]) >= RETRY_SECONDS_MAX / 2
    assert len([told for told in office.host.told if told.problem]) == 1


async def test_what_fails_for_three_days_is_switched_off(office: Office):
    office.elsewhere.answers = ["it cannot be reached"] * 10_000
    await office.says(1, 2)
    off = office.host.told[-1]
    assert (off.off, off.seq, off.problem) == (True, 0, "it cannot be reached")
    assert office.now - 1_000_000_000_000 >= FAILING_MS_MAX
    assert set(office.elsewhere.ids) == {"1"}


async def test_how_long_it_fails_is_counted_over_restarts(office: Office):
    office.host.hook = msgspec.structs.replace(office.host.hook, failing_since=office.now - FAILING_MS_MAX, problem="x")
    office.elsewhere.answers = ["x"]
    await office.says(1)
    assert [told.off for told in office.host.told] == [True]


async def test_gone_is_gone(office: Office):
    office.elsewhere.answers = [Answer(410, {}, b"")]
    await office.says(1, 2)
    assert office.elsewhere.ids == ["1"]
    assert office.host.told[-1].off
    assert office.host.told[-1].problem == "410 was answered: nobody wants it any more"


async def test_who_is_taken_away_stops_in_the_middle(office: Office):
    office.host.has(1, 2)
    office.elsewhere.holding.clear()
    office.couriers.wake(DIGEST)
    await until(lambda: office.elsewhere.came)
    office.host.gone = True
    office.elsewhere.holding.set()
    await office.rests()
    assert office.elsewhere.ids == ["1"]


async def test_what_is_not_for_the_hook_costs_nothing(office: Office):
    office.host.unwanted = {1, 2, 3}
    await office.says(1, 2, 3)
    assert office.elsewhere.came == []
    assert office.host.told == []
    await office.says(4)
    assert office.elsewhere.ids == ["4"]


async def test_an_answer_is_said(office: Office):
    kind = {"content-type": "application/json; charset=utf-8"}
    office.elsewhere.answers = [
        Answer(200, kind, b'{"text": "42", "more": 1}'),
        Answer(200, kind, b'{"text": 42}'),
        Answer(200, kind, b"[]"),
        Answer(200, kind, b"\xff"),
        Answer(200, {"content-type": "text/html"}, b'{"text": "42"}'),
        Answer(200, kind, b'{"text": ""}'),
    ]
    await office.says(1, 2, 3, 4, 5, 6)
    assert office.host.said == [HookPost("42", answers="journal-1")]
    assert office.elsewhere.ids == ["1", "2", "3", "4", "5", "6"]


async def test_while_the_journal_cannot_be_read_he_waits(office: Office):
    office.host.unreadable = 2
    await office.says(1)
    assert office.elsewhere.ids == ["1"]
    assert len(office.slept) == 2
    assert office.host.told == [Progress(DIGEST, 1)]


async def test_a_start_goes_on_with_what_is_left(office: Office):
    office.host.hook = msgspec.structs.replace(office.host.hook, delivered=2)
    office.host.has(1, 2, 3)
    office.couriers.begin()
    await office.rests()
    assert office.elsewhere.ids == ["3"]


async def test_nobody_starts_when_it_is_over(office: Office):
    office.couriers.stop()
    office.host.has(1)
    office.couriers.wake(DIGEST)
    office.couriers.begin()
    assert not office.couriers._tasks
