"""Pushes from a whole server to a push service that takes them, is busy, broken or gone (RFC 8030)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from ipcchat.core.effects import Effect, Moment, Push
from ipcchat.core.policy import Policy
from ipcchat.core.settings import Settings
from ipcchat.server import pushes
from ipcchat.server.app import Server
from ipcchat.server.configuration import Configuration
from ipcchat.server.counts import ShellCounts
from ipcchat.server.inner import InnerConnection
from ipcchat.server.push_key import push_key_in
from ipcchat.server.pushes import FAILED_MAX, RETRIES_MAX, WAITING_MAX, Pushes
from ipcchat.server.settings import Loaded, load
from ipcchat.server.shell import moment
from ipcchat.wire.message import Message
from tests.server.elsewhere import STALL, Elsewhere, answer, elsewhere
from tests.server.push_receiver import Receiver
from tests.server.real_house import arrive, real_house

KEY = push_key_in(None)
SETTINGS = Settings(
    server_name="test.net",
    network="TestNet",
    outbound=("https", "http"),
    push_key=KEY.shown,
    web_url="https://chat.example",
    policy=Policy(always_on="mandatory"),
)
CREATED = answer(201)


def here(loaded: Loaded) -> Loaded:
    """These settings, and this machine may be sent to."""
    return msgspec.structs.replace(loaded, values={**loaded.values, "outbound.networks": ("127.0.0.0/8",)})


@asynccontextmanager
async def pushing_house() -> AsyncIterator[Server]:
    """A server that may push to this machine."""
    async with real_house(SETTINGS) as server:
        server._configuration.judged_by(here)
        server.shell.pushes = Pushes(server.shell._core, server.shell, server._configuration, KEY, moment)
        yield server


async def subscribed(server: Server, url: str, browser: Receiver) -> InnerConnection:
    """Somebody with an account, who is pushed to."""
    ann = await arrive(server.shell, "ann", account=True)
    await ann.ask(Message("CAP", ["REQ", "soju.im/webpush"]))
    (said,) = await ann.ask(Message("WEBPUSH", ["REGISTER", url, browser.keys]))
    assert said.params == ["REGISTER", url]
    return ann


async def test_who_is_gone_is_pushed_to():
    browser = Receiver()
    async with pushing_house() as server, elsewhere() as place:
        place.always = CREATED
        ann = await subscribed(server, place.url, browser)
        bob = await arrive(server.shell, "bob")
        ann.close()
        await place.until(lambda: not server.shell._core.state.nicks["ann"].sessions)
        await bob.ask(Message("PRIVMSG", ["ann", "are you there?"]))
        await place.until(lambda: place.came)
        (came,) = place.came
        await place.until(lambda: server.shell.counts.pushes["sent"])
    line = browser.reads(came.body).decode()
    assert line.endswith(" PRIVMSG ann :are you there?")
    assert ";msgid=" in line
    assert came.first == "POST /chat HTTP/1.1"
    names = ("content-encoding", "ttl", "urgency")
    assert [came.headers[name] for name in names] == ["aes128gcm", "14400", "high"]
    assert len(came.headers["topic"]) == 32
    assert came.headers["authorization"].startswith("vapid t=ey")


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_is_gone_is_dropped(status: int):
    async with pushing_house() as server, elsewhere() as place:
        place.always = answer(status)
        ann = await subscribed(server, place.url, Receiver())
        bob = await arrive(server.shell, "bob")
        ann.close()
        await bob.ask(Message("PRIVMSG", ["ann", "are you there?"]))
        await place.until(lambda: not server.shell._core.state.pushes)
        assert server.shell.counts.pushes == {"gone": 1}


class House:
    """What pushes need of a server, and what they did to it."""

    def __init__(self, place: Elsewhere) -> None:
        loaded = load(None, {"storage.memory": True})
        assert isinstance(loaded, Loaded)
        self.counts = ShellCounts()
        self.gone: list[tuple[str, str]] = []
        self.slept: list[float] = []
        self.place = place
        self.browser = Receiver()
        self.pushes = Pushes(self, self, Configuration(here(loaded)), KEY, lambda: Moment(0, 0.0), self._sleep)

    def push_gone(self, account: str, endpoint: str, now: Moment) -> list[Effect]:
        """An endpoint is gone."""
        self.gone.append((account, endpoint))
        return []

    def turn(self, effects: list[Effect]) -> None:
        """Nothing is to be done."""

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)

    def send(self, line: str = "line", topic: str = "t", url: str = "") -> None:
        """Push that."""
        keys = (self.browser.p256dh, self.browser.auth)
        self.pushes.send(Push("ann", url or self.place.url, *keys, line.encode(), topic, True))

    async def counted(self, **results: int) -> None:
        """Wait until pushes came to that."""
        await self.place.until(lambda: dict(self.counts.pushes) == results and not self.pushes._tasks)

    @property
    def lines(self) -> list[str]:
        """What the push service got, as the browser reads it."""
        return [self.browser.reads(came.body).decode() for came in self.place.came]


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with elsewhere() as place:
        house = House(place)
        yield house
        house.pushes.stop()


async def test_what_a_push_service_has_no_time_for_is_sent_again_when_it_says(house: House):
    house.place.answers = [answer(429, more="Retry-After: 17\r\n"), answer(503), CREATED]
    house.send()
    await house.counted(sent=1)
    assert house.slept == [17.0, 8.0]
    assert house.lines == ["line"] * 3


@pytest.mark.parametrize(
    ("said", "slept"), [("99999", 300.0), ("0", 2.0), ("-5", 2.0), ("x" * 500, 2.0), ("\u00b2", 2.0), ("9" * 400, 2.0)]
)
async def test_how_long_it_says_has_bounds(house: House, said: str, slept: float):
    house.place.answers = [answer(429, more=f"Retry-After: {said}\r\n").replace("\u00b2".encode(), b"\xb2"), CREATED]
    house.send()
    await house.counted(sent=1)
    assert house.slept == [slept]


async def test_it_is_given_up_at_last_and_the_next_one_is_tried(house: House):
    house.place.always = answer(500)
    house.send()
    await house.counted(failed=1)
    assert len(house.place.came) == RETRIES_MAX + 1
    assert house.gone == []


async def test_an_endpoint_that_takes_nothing_is_dropped(house: House):
    house.place.always = answer(403)
    for number in range(FAILED_MAX):
        assert house.gone == []
        house.send()
        await house.place.until(lambda: not house.pushes._tasks)
        assert house.counts.pushes["failed"] == number + 1
    assert house.gone == [("ann", house.place.url)]
    assert len(house.place.came) == FAILED_MAX


async def test_one_that_is_taken_in_between_counts_anew(house: House):
    house.place.always = answer(400)
    house.place.answers = [answer(400)] * (FAILED_MAX - 1) + [CREATED]
    for _ in range(FAILED_MAX + 1):
        house.send()
        await house.place.until(lambda: not house.pushes._tasks)
    assert house.gone == []


async def test_a_later_push_of_a_conversation_takes_the_place_of_one_that_waits(house: House):
    house.send("1", "a")
    house.send("2", "b")
    house.send("3", "b")
    await house.counted(sent=2)
    assert house.lines == ["1", "3"]


async def test_one_that_came_while_another_was_sent_is_not_lost(house: House):
    house.place.answers = [STALL]
    house.send("1")
    await house.place.until(lambda: house.place.came)
    house.send("2")
    assert [push.line for line in house.pushes._lines.values() for push in line.waiting.values()] == [b"2"]


async def test_there_are_bounds(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pushes, "ENDPOINTS_MAX", 1)
    for number in range(WAITING_MAX + 2):
        house.send(str(number), f"topic {number}")
    house.send("other", url=house.place.url + "/other")
    await house.counted(sent=WAITING_MAX, dropped=3)
    assert house.lines == [str(number) for number in range(2, WAITING_MAX + 2)]


async def test_nothing_is_sent_where_the_settings_do_not_allow_it(house: House):
    house.pushes._configuration.judged_by(
        lambda loaded: msgspec.structs.replace(loaded, values={**loaded.values, "outbound.networks": ()})
    )
    house.send()
    await house.counted(failed=1)
    assert house.place.came == []
    assert house.slept == []


async def test_a_service_that_is_not_there_is_tried_again(house: House):
    house.send(url="http://127.0.0.1:1/")
    await house.place.until(lambda: house.counts.pushes)
    assert house.counts.pushes == {"failed": 1}


async def test_a_service_that_says_nothing_does_not_hold_others_up(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pushes, "ANSWER_SECONDS_MAX", 0.2)
    house.place.answers = [STALL]
    house.send("stalled")
    house.send("through", url=house.place.url + "/other")
    await house.counted(sent=2)


async def test_who_stops_sends_nothing_more(house: House):
    house.place.always = STALL
    house.send()
    await house.place.until(lambda: house.place.came)
    house.pushes.stop()
    await house.place.until(lambda: not house.pushes._tasks)
    house.send("2")
    assert house.counts.pushes == {"dropped": 1}


async def test_a_mistake_of_ours_costs_that_push(house: House, captured: Any, monkeypatch: pytest.MonkeyPatch):
    async def broken(push: Push) -> None:
        raise RuntimeError("x")

    with monkeypatch.context() as patch:
        patch.setattr(house.pushes, "_post", broken)
        house.send("lost")
        await house.place.until(lambda: not house.pushes._tasks)
    assert "a push failed" in captured.text
    house.send("next")
    await house.counted(sent=1)
