"""One network's connection: what it loads, sends and marks, and what it says when something cannot be had."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

import ipcchat
from ipcchat.client.chat import Chat
from ipcchat.client.errors import LoginFailed, Untrusted
from ipcchat.client.urls import parse_address
from ipcchat.tui.link import Link
from ipcchat.tui.model.buffer import Buffer
from ipcchat.tui.model.entries import Comings, Delivery, Hole, Said, Told
from ipcchat.tui.model.network import Alert, Network, State
from ipcchat.tui.model.timeline import Edge
from tests.client.own_server import own_server
from tests.e2e.proxy import Proxy
from tests.e2e.server_process import free_port

SECONDS = 20.0


class NoHost:
    """A program that draws nothing and notes what it is told."""

    def __init__(self) -> None:
        self.alerts: list[Alert] = []
        self.is_ready = False

    def changed(self) -> None:
        """Nothing is drawn."""

    def alerted(self, alerts: Sequence[Alert]) -> None:
        self.alerts += alerts

    def ready(self, network: Network) -> None:
        self.is_ready = True

    async def trusts(self, error: Untrusted) -> str:
        return str(error)

    async def other_password(self, network: Network, error: LoginFailed) -> Callable[[], Chat] | None:
        return None


class Play:
    """A link with what it works on."""

    def __init__(self, url: str, *channels: str, nick: str = "ann", **others: Any) -> None:
        self.host = NoHost()
        self.network = Network("test", reads=lambda buffer: False)
        self.link = Link(
            self.network,
            lambda: ipcchat.connect(
                url, nick=nick, channels=channels, playback=True, insist=False, connect_seconds=1, **others
            ),
            self.host,
        )

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(SECONDS):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    def buffer(self, name: str = "#tea") -> Buffer:
        return self.network.buffers[name]

    def texts(self, name: str = "#tea") -> list[str]:
        return [entry.message.text for entry in self.buffer(name).timeline if isinstance(entry, Said)]

    def told(self) -> list[str]:
        return [entry.text for entry in self.network.server.timeline if isinstance(entry, Told)]


@asynccontextmanager
async def playing(url: str, *channels: str, **others: Any) -> AsyncIterator[Play]:
    """A link that runs until the end of the block."""
    play = Play(url, *(channels or ("#tea",)), **others)
    running = asyncio.create_task(play.link.run())
    try:
        await play.until(lambda: play.host.is_ready)
        await play.until(
            lambda: all(b.timeline.above not in (Edge.ASKED, Edge.UNKNOWN) for b in play.network.buffers.values())
        )
        yield play
    finally:
        await play.link.close()
        async with asyncio.timeout(SECONDS):
            await running


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """A server that keeps nothing beyond its life, without a limit on the rate of messages."""
    async with own_server("--no-throttle") as address:
        yield address


async def test_history_is_loaded_page_by_page_up_to_its_beginning(url: str) -> None:
    async with ipcchat.connect(url, nick="bob", channels=["#tea"]) as bob:
        for number in range(250):
            receipt = bob.post("#tea", f"text {number}")
        await receipt
        async with playing(url) as play:
            timeline = play.buffer().timeline
            assert play.texts()[-1] == "text 249" and len(play.texts()) < 250
            for _ in range(10):
                if timeline.above is Edge.END:
                    break
                await play.link.load_older(play.buffer())
            assert play.texts() == [f"text {number}" for number in range(250)]


async def test_who_was_heard_live_is_not_told_again_by_history(url: str) -> None:
    async with playing(url) as play, ipcchat.connect(url, nick="bob", channels=["#tea"]) as bob:
        await bob.send("#tea", "hello")
        await play.until(lambda: "hello" in play.texts())
        play.buffer().timeline.above = Edge.UNKNOWN
        await play.link.load(play.buffer())
        comings = [coming.nick for e in play.buffer().timeline if isinstance(e, Comings) for coming in e.people]
        assert comings == ["bob"] and play.texts() == ["hello"]


async def test_the_context_of_a_found_message_leads_back_to_the_present(url: str) -> None:
    async with ipcchat.connect(url, nick="bob", channels=["#tea"]) as bob:
        early = await bob.send("#tea", "the needle")
        for number in range(300):
            receipt = bob.post("#tea", f"hay {number}")
        await receipt
        async with playing(url) as play:
            timeline = play.buffer().timeline
            said = await play.link.show_around(play.buffer(), early.msgid)
            assert said is not None and said.message.text == "the needle"
            assert timeline.below is Edge.MORE and "hay 299" not in play.texts()
            await bob.send("#tea", "and one live")
            for _ in range(10):
                if timeline.live:
                    break
                await play.link.load_newer(play.buffer())
            assert play.texts() == ["the needle", *(f"hay {number}" for number in range(300)), "and one live"]
            await bob.send("#tea", "another")
            await play.until(lambda: play.texts()[-1] == "another")


async def test_who_missed_too_much_is_at_the_present_and_finds_the_rest_above(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ipcchat.client.missed.MISSED_MAX", 50)
    monkeypatch.setattr("ipcchat.client.session.PAGE_SIZE_MAX", 50)
    async with (
        Proxy(parse_address(url).port) as proxy,
        ipcchat.connect(url, nick="bob", channels=["#tea"]) as bob,
        playing(proxy.url) as play,
    ):
        await bob.send("#tea", "before")
        await play.until(lambda: play.texts() == ["before"])
        proxy.pause()
        await play.until(lambda: not play.link.chat.connected)
        for number in range(600):
            receipt = bob.post("#tea", f"text {number}")
        await receipt
        proxy.resume()
        play.link.try_again()
        await play.until(lambda: play.texts()[-1:] == ["text 599"])
        timeline = play.buffer().timeline
        assert "before" not in play.texts() and timeline.live
        assert not any(isinstance(entry, Hole) for entry in timeline)
        await bob.send("#tea", "and one live")
        await play.until(lambda: play.texts()[-1] == "and one live")
        for _ in range(20):
            if "before" in play.texts():
                break
            await play.link.load_older(play.buffer())
        assert play.texts() == ["before", *(f"text {number}" for number in range(600)), "and one live"]


async def test_an_older_window_is_left_for_the_present(url: str) -> None:
    async with ipcchat.connect(url, nick="bob", channels=["#tea"]) as bob:
        early = await bob.send("#tea", "the needle")
        for number in range(200):
            receipt = bob.post("#tea", f"hay {number}")
        await receipt
        async with playing(url) as play:
            await play.link.show_around(play.buffer(), early.msgid)
            await play.link.return_to_present(play.buffer())
            assert play.texts()[-1] == "hay 199" and play.buffer().timeline.live
            assert await play.link.show_around(play.buffer(), "nonsense") is None


async def test_what_is_said_while_the_latest_page_is_on_its_way_is_there(url: str) -> None:
    async with ipcchat.connect(url, nick="bob", channels=["#tea"]) as bob, playing(url) as play:
        await bob.send("#tea", "before")
        await play.until(lambda: play.texts() == ["before"])
        past = play.link.chat.past
        pages = 0

        async def slow_past(*arguments: Any, **others: Any) -> Any:
            """The page is read, and arrives behind what was said after that."""
            nonlocal pages
            pages += 1
            page = await past(*arguments, **others)
            said = await bob.send("#tea", f"meanwhile {pages}")
            await play.until(lambda: play.buffer().timeline.find(said.msgid))
            return page

        play.link.chat.past = slow_past  # type: ignore[method-assign]
        await asyncio.gather(*(play.link.return_to_present(play.buffer()) for _ in range(3)))
        assert pages == 2
        assert play.texts() == ["before", "meanwhile 1", "meanwhile 2"] and play.buffer().timeline.live


async def test_a_refused_message_stays_and_can_be_sent_again(url: str) -> None:
    async with ipcchat.connect(url, nick="bob", channels=["#tea"]) as bob, playing(url) as play:
        await bob.mode("#tea", "+m")
        play.link.say(play.buffer(), "may I?")
        assert play.texts() == ["may I?"]
        said = play.buffer().timeline.pending[0]
        await play.until(lambda: said.delivery is Delivery.FAILED)
        assert "moderated" in said.refusal or "+m" in said.refusal or said.refusal
        await bob.mode("#tea", "-m")
        play.link.say_again(play.buffer(), said)
        await play.until(lambda: not play.buffer().timeline.pending)
        assert play.texts() == ["may I?"]
        assert isinstance(play.buffer().timeline.entries[-1], Said)


async def test_what_was_read_is_told_to_other_clients_once(url: str) -> None:
    async with ipcchat.connect(url, nick="bob", channels=["#tea"]) as bob, playing(url) as play:
        for number in range(3):
            await bob.send("#tea", f"text {number}")
        await play.until(lambda: len(play.texts()) == 3)
        assert play.buffer().unread == 3
        until = play.buffer().read()
        assert until is not None
        play.link.mark_read(play.buffer(), until)
        async with asyncio.timeout(SECONDS):
            while (marked := await play.link.chat.read_marker("#tea")) != until:
                assert marked is None or marked < until
                await asyncio.sleep(0.05)


async def test_a_channel_that_cannot_be_joined_does_not_keep_us_out_of_the_others(url: str) -> None:
    async with ipcchat.connect(url, nick="bob", channels=["#ops"]) as bob:
        await bob.mode("#ops", "+i")
        async with playing(url, "#ops", "#tea") as play:
            assert play.buffer("#tea").joined and "#ops" not in play.network.buffers
            assert any(text.startswith("#ops: ") for text in play.told())


async def test_a_server_that_is_not_there_is_tried_again_at_once_when_we_want() -> None:
    port = free_port()
    play = Play(f"irc://127.0.0.1:{port}", "#tea")
    running = asyncio.create_task(play.link.run())
    await play.until(lambda: play.network.state is State.WAITING)
    assert "nothing listens" in play.network.reason and play.network.retry_at is not None
    assert len(play.told()) == 1
    async with own_server(port=port):
        play.link.try_again()
        await play.until(lambda: play.host.is_ready)
        assert play.network.state is State.CONNECTED
        await play.link.close()
        async with asyncio.timeout(SECONDS):
            await running


async def test_a_failed_login_that_nobody_repairs_ends_the_tries(url: str) -> None:
    play = Play(url, "#tea", account="nobody", password="wrong")
    async with asyncio.timeout(SECONDS):
        await play.link.run()
    assert play.network.state is State.CLOSED
    assert any("login" in text for text in play.told())


async def test_conversations_that_wait_to_be_read_are_opened(url: str) -> None:
    async with ipcchat.connect(url, nick="ann", channels=["#tea"]) as ann:
        await ann.register("correct horse")
    async with ipcchat.connect(url, nick="bob", channels=["#tea"]) as bob:
        await bob.register("battery staple")
        await bob.send("ann", "call me")
        async with playing(url, account="ann", password="correct horse") as play:
            await play.until(lambda: "bob" in play.network.buffers and play.texts("bob") == ["call me"])
            await play.until(lambda: play.buffer("bob").unread == 1)
            assert play.buffer("bob").mentions == 1
