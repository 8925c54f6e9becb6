"""The public class Chat against an unkind server, over real loopback connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

import ipcchat
from ipcchat.client import running as module
from ipcchat.client.connection import Backoff
from ipcchat.client.liveness import Moment
from ipcchat.wire.message import Message as Line
from tests.client.fake_server import ALL_CAPABILITIES, FakeServer, Peer


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer() as running, asyncio.timeout(30):
        yield running


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reconnect at once."""
    monkeypatch.setattr(Backoff, "next_seconds", lambda self: 0.01)


def connect(server: FakeServer, nick: str = "ann", **options: object) -> ipcchat.Chat:
    return ipcchat.connect(server.url, nick=nick, **options)  # type: ignore[arg-type]


async def hear_until(chat: ipcchat.Chat, text: str) -> list[ipcchat.Event]:
    """Everything up to the message with this text."""
    heard = []
    async for event in chat:
        heard.append(event)
        if isinstance(event, ipcchat.Message) and event.text == text:
            return heard
    raise AssertionError(f"{text!r} never came; heard {heard}")


def texts(heard: list[ipcchat.Event]) -> list[str]:
    return [event.text for event in heard if isinstance(event, ipcchat.Message)]


async def test_two_people_talk(server: FakeServer) -> None:
    async with connect(server) as ann, connect(server, "bob") as bob:
        message = await ann.send("#lobby", "hello")
        assert (message.nick, message.text, message.msgid, message.mine) == ("ann", "hello", "fake-1", True)
        assert await bob.send("#lobby", "hi ann")
        assert texts(await hear_until(ann, "hi ann")) == ["hello", "hi ann"]
        assert texts(await hear_until(bob, "hi ann")) == ["hello", "hi ann"]
        assert sorted(ann.channels["#LOBBY"].members) == ["ann", "bob"]


async def test_what_was_missed_comes_once_and_in_order(server: FakeServer) -> None:
    async with connect(server) as chat:
        server.say("bob", "#lobby", "zero")
        await hear_until(chat, "zero")
        server.cut()
        for number in range(8):
            server.say("bob", "#lobby", f"missed {number}")
        await chat.send("#lobby", "back")
        heard = await hear_until(chat, "back")
        assert texts(heard) == [*(f"missed {number}" for number in range(8)), "back"]
        kinds = [type(event) for event in heard if not isinstance(event, ipcchat.Message)]
        assert kinds == [ipcchat.Disconnected, ipcchat.Connected, ipcchat.CaughtUp]


async def test_an_echo_lost_with_the_connection_is_still_one_message(server: FakeServer) -> None:
    """The unkindest cut: the server has stored the message, the echo never arrives."""
    cuts: list[str] = []

    def cut_after_storing(peer: Peer, line: Line) -> bool:
        if line.command == "PRIVMSG" and len(cuts) < 2:
            cuts.append(line.params[1])
            peer.capabilities.discard("echo-message")
            server._on_privmsg(peer, line, "")
            server.cut()
            return False
        return True

    server.before_answer = cut_after_storing
    async with connect(server) as chat:
        receipts = [chat.post("#lobby", f"message {number}") for number in range(5)]
        messages = [await receipt for receipt in receipts]
        assert len(cuts) == 2
        assert [said.text for said in server.history] == [f"message {number}" for number in range(5)]
        assert [message.msgid for message in messages] == [said.msgid for said in server.history]
        assert texts(await hear_until(chat, "message 4")) == [f"message {number}" for number in range(5)]


async def test_sending_waits_for_a_server_that_is_away(server: FakeServer) -> None:
    async with connect(server) as chat:
        await server.stop()
        receipt = chat.post("#lobby", "hello")
        async for event in chat:
            if isinstance(event, ipcchat.Disconnected):
                break
        assert not receipt.done() and not chat.connected
        await server.start()
        assert (await receipt).text == "hello"


async def test_a_server_without_any_extension_is_enough() -> None:
    """RFC 2812 alone: at least once, no history."""
    async with FakeServer(capabilities="") as server, asyncio.timeout(30), connect(server) as chat:
        assert (await chat.send("#lobby", "plain")).msgid == ""
        with pytest.raises(ipcchat.NotDelivered):
            await chat.send("#elsewhere", "no")
        with pytest.raises(ipcchat.CommandRefused, match="no history"):
            await chat.history("#lobby")
        assert texts(await hear_until(chat, "plain")) == ["plain"]


async def test_echo_without_labels() -> None:
    async with (
        FakeServer(capabilities="message-tags echo-message") as server,
        asyncio.timeout(30),
        connect(server) as chat,
    ):
        assert (await chat.send("#lobby", "hello")).msgid == "fake-1"
        assert texts(await hear_until(chat, "hello")) == ["hello"]


async def test_a_long_text_becomes_messages_that_fit(server: FakeServer) -> None:
    """RFC 2812 2.3: 512 bytes with the prefix others see."""
    text = " ".join(["zażółć gęślą jaźń 👋🏽"] * 40)
    async with connect(server) as chat, connect(server, "bob") as bob:
        await chat.send("#lobby", text)
        await chat.send("#lobby", "end", kind="notice")
        said = texts(await hear_until(bob, "end"))[:-1]
        assert len(said) > 1 and " ".join(said) == text
        assert all(len(f":{entry.source} PRIVMSG #lobby :{entry.text}\r\n".encode()) <= 512 for entry in server.history)


async def test_lines_become_messages_and_blank_ones_nothing(server: FakeServer) -> None:
    async with connect(server) as chat:
        assert (await chat.send("#lobby", "one\r\n\n  \ntwo\n")).text == "two"
        assert [said.text for said in server.history] == ["one", "two"]


@pytest.mark.parametrize(
    ("target", "text", "kind"),
    [("#lobby", "", "message"), ("#lobby", "\n", "message"), ("#lobby", "a\0b", "message"), ("#lobby", "\udcff",
    "message"),
     ("a b", "x", "message"), ("", "x", "message"), ("x" * 600, "x", "message"), ("#lobby", "x", "shout")],
)  # fmt: skip
async def test_what_cannot_be_a_message_is_refused_at_once(
    server: FakeServer, target: str, text: str, kind: str
) -> None:
    async with connect(server) as chat:
        with pytest.raises(ipcchat.NotDelivered):
            chat.post(target, text, kind)
        assert (await chat.send("#lobby", "still fine")).msgid == "fake-1"


async def test_history_pages_by_the_servers_limit(server: FakeServer) -> None:
    """IRCv3 draft/chathistory: LATEST, BEFORE and AFTER; the fake gives three at a time."""
    for number in range(1, 11):
        server.say("bob", "#lobby", str(number))
    async with connect(server) as chat:
        assert texts(list(await chat.history("#lobby", 7))) == ["4", "5", "6", "7", "8", "9", "10"]
        assert texts(list(await chat.history("#lobby", 4, before="fake-4"))) == ["1", "2", "3"]
        assert texts(list(await chat.history("#lobby", 4, after="fake-6"))) == ["7", "8", "9", "10"]
        assert await chat.history("#empty") == []


async def test_channels_topics_and_names(server: FakeServer) -> None:
    async with connect(server, channels=()) as chat:
        assert (await chat.join("#tea")).name == "#tea"
        assert await chat.topic("#tea", "five o'clock") == "five o'clock"
        assert await chat.topic("#tea") == "five o'clock"
        assert chat.channels["#tea"].topic == "five o'clock"
        assert await chat.change_nick("anna") == "anna" == chat.nick
        await chat.part("#tea")
        assert "#tea" not in chat.channels
        with pytest.raises(ipcchat.CommandRefused) as refused:
            await chat.part("#tea")
        assert refused.value.code == "442"


async def test_a_refused_channel(server: FakeServer) -> None:
    """RFC 2812 3.2.1: 474, on entering and later."""
    server.refuse_join["#ops"] = "474"
    with pytest.raises(ipcchat.CommandRefused, match="#ops"):
        async with connect(server, channels=["#ops"]):
            pytest.fail("entered")
    async with connect(server, channels=["#ops", "#tea"], insist=False) as chat:
        assert list(chat.channels) == ["#tea"]
        assert chat.refused_channels["#ops"].code == "474"
    async with connect(server) as chat:
        with pytest.raises(ipcchat.CommandRefused):
            await chat.join("#ops")
        server.cut()
        await chat.send("#lobby", "back")
        assert not any("JOIN #ops" in line for line in server.peer("ann").received)


async def test_a_taken_name(server: FakeServer) -> None:
    async with connect(server) as first, connect(server) as second, connect(server, alternatives=["eve"]) as third:
        assert (first.nick, second.nick, third.nick) == ("ann", "ann_", "eve")


async def test_nobody_there() -> None:
    async with FakeServer() as server:
        address = server.url
    with pytest.raises(ipcchat.ConnectFailed, match="nothing listens"):
        async with ipcchat.connect(address, nick="ann", connect_seconds=0.2):
            pytest.fail("entered")
    with pytest.raises(ipcchat.ConnectFailed, match="nothing listens"):
        async with ipcchat.connect(address, nick="ann", reconnect=False):
            pytest.fail("entered")


async def test_a_server_that_says_nothing() -> None:
    async with FakeServer() as server:
        server.before_answer = lambda peer, line: False
        with pytest.raises(ipcchat.ConnectFailed, match="does not answer"):
            async with connect(server, connect_seconds=0.2):
                pytest.fail("entered")


async def test_without_reconnect_a_lost_connection_is_the_end(server: FakeServer) -> None:
    async with connect(server, reconnect=False) as chat:
        server.cut()
        heard = [event async for event in chat]
        assert isinstance(heard[-1], ipcchat.Disconnected) and heard[-1].retry_seconds is None
        with pytest.raises(ipcchat.ChatClosed):
            await chat.send("#lobby", "too late")


async def test_closing_waits_for_what_was_posted(server: FakeServer) -> None:
    async with connect(server) as chat:
        receipts = [chat.post("#lobby", str(number)) for number in range(100)]
    assert all(receipt.done() for receipt in receipts)
    assert [said.text for said in server.history] == [str(number) for number in range(100)]
    await chat.close()
    assert [event async for event in chat]


async def test_a_chat_that_is_not_entered_says_so(server: FakeServer) -> None:
    with pytest.raises(ipcchat.ChatClosed, match="async with"):
        connect(server).post("#lobby", "x")


async def test_an_error_nobody_foresaw_closes_the_chat_and_is_raised(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connect(server) as chat:
        monkeypatch.setattr(chat._conversation, "received", lambda data, moment: 1 / 0)
        receipt = chat.post("#lobby", "x")
        with pytest.raises(ZeroDivisionError):
            async for _ in chat:
                pass
        with pytest.raises(ipcchat.ChatClosed):
            await receipt


async def test_a_program_that_reads_too_slowly_is_told(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVENTS_MAX", 5)
    async with connect(server) as chat:
        await anext(chat)
        for number in range(20):
            server.say("bob", "#lobby", str(number))
        await chat.command("PING", "x")
        gap = await anext(chat)
        assert isinstance(gap, ipcchat.Gap) and "too slowly" in gap.reason
        assert texts([await anext(chat) for _ in range(5)]) == ["15", "16", "17", "18", "19"]


async def test_two_tasks_may_wait_at_once(server: FakeServer) -> None:
    async with connect(server) as chat:
        results = await asyncio.gather(
            *(chat.send("#lobby", str(number)) for number in range(50)), chat.history("#lobby")
        )
        assert [said.text for said in server.history] == [str(number) for number in range(50)]
        assert len(results) == 51


async def test_giving_up_waiting_does_not_take_the_message_back(server: FakeServer) -> None:
    async with connect(server) as chat:
        waiting = asyncio.ensure_future(chat.send("#lobby", "one"))
        await asyncio.sleep(0)
        waiting.cancel()
        await chat.send("#lobby", "two")
        assert [said.text for said in server.history] == ["one", "two"]


def test_all_public_names_are_there() -> None:
    assert {name: getattr(ipcchat, name) for name in ipcchat.__all__}
    assert dir(ipcchat) == sorted(ipcchat.__all__)
    with pytest.raises(AttributeError):
        _ = ipcchat.nothing_like_it


def test_capabilities_of_the_fake_are_those_we_want() -> None:
    from ipcchat.client.capabilities import WANTED

    assert set(WANTED) >= set(ALL_CAPABILITIES.split())


async def lost(chat: ipcchat.Chat) -> ipcchat.Event:
    """Wait until the connection is lost."""
    return await anext(event async for event in chat if isinstance(event, ipcchat.Disconnected))


async def test_who_does_not_want_to_wait_is_connected_at_once(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Backoff, "next_seconds", lambda self: 1_000.0)
    async with connect(server) as chat:
        server.cut()
        await lost(chat)
        assert not chat.connected
        chat.retry_now()
        server.say("bob", "#lobby", "back")
        assert "back" in texts(await hear_until(chat, "back"))


async def test_who_slept_through_the_pause_is_connected_at_once(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Backoff, "next_seconds", lambda self: 1_000.0)
    monkeypatch.setattr(module, "TICK_SECONDS", 0.01)
    awake = module.now
    async with connect(server) as chat:
        server.cut()
        await lost(chat)
        monkeypatch.setattr(module, "now", lambda: Moment(awake().wall + timedelta(hours=8), awake().ticks))
        server.say("bob", "#lobby", "back")
        assert "back" in texts(await hear_until(chat, "back"))


async def test_who_wants_to_know_whether_a_connection_lives_asks_the_server(server: FakeServer) -> None:
    async with connect(server) as chat:
        asked = asyncio.Event()

        def before_answer(peer: Peer, line: Line) -> bool:
            if line.command == "PING":
                asked.set()
            return True

        server.before_answer = before_answer
        chat.retry_now()
        await asked.wait()
        assert (await chat.send("#lobby", "still here")).text == "still here" and server.accepted == 1


async def test_a_pause_does_not_keep_a_chat_from_being_closed(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Backoff, "next_seconds", lambda self: 1_000.0)
    async with connect(server) as chat:
        server.cut()
        await lost(chat)
    assert not chat.connected
