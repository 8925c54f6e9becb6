"""Durable subscriptions against a scripted server: docs/catch-up.md, "A bot that loses nothing". The promises for real,
with processes that are killed, are in tests/e2e/test_subscriptions.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

import ipcchat
from ipcchat.client import subscription as module
from ipcchat.client.connection import Backoff
from ipcchat.client.subscription import KeptCursor
from ipcchat.wire.message import Message as Line
from ipcchat.wire.message import parse
from tests.client.fake_server import ALL_CAPABILITIES, FakeServer, Peer


class CursorServer:
    """A server that keeps one cursor, J-0 to begin with, and has a journal of messages J-1, J-2 and so on in #build."""

    def __init__(self, server: FakeServer) -> None:
        self.fake = server
        self.kept: dict[str, str] = {}
        self.journal: list[str] = []
        self.sets: list[str] = []
        self.pages: list[str] = []
        self.answering = True
        server.before_answer = self.answered

    def answered(self, peer: Peer, message: Line) -> bool:
        """Whether the fake server shall answer by itself."""
        if message.command not in ("CURSOR", "CATCHUP"):
            return True
        if self.answering:
            lines = self._cursor(message) if message.command == "CURSOR" else self._catch_up(message)
            self.fake.batch(peer, message.tags.get("label", ""), "labeled-response", [parse(line) for line in lines])
        return False

    def says(self, text: str, live: bool = True) -> None:
        """Bob says something."""
        self.journal.append(text)
        if live:
            self.fake.everybody(parse(f"@msgid=J-{len(self.journal)} {self.line(text)}"))

    @staticmethod
    def line(text: str) -> str:
        return f":bob!b@b PRIVMSG #build :{text}"

    def _cursor(self, message: Line) -> list[str]:
        verb, name, *rest = message.params
        if verb == "GET" and name not in self.kept:
            return [f":f FAIL CURSOR UNKNOWN_NAME {name} :There is none"]
        if verb == "SET":
            self.kept[name] = f"J-{len(self.journal)}" if rest[0] == "NOW" else rest[0]
            self.sets.append(self.kept[name])
        return [f":f CURSOR {name} {self.kept[name]} timestamp=2026-01-02T03:04:05.000Z #build"]

    def _catch_up(self, message: Line) -> list[str]:
        after = int(message.params[0].removeprefix("J-"))
        self.pages.append(" ".join(message.params))
        page = list(enumerate(self.journal, 1))[after : after + int(message.params[1])]
        end = page[-1][0] if page else after
        word = "END" if end == len(self.journal) else "MORE"
        rows = [f"@msgid=J-{number};ipc-chat/history=#build {self.line(text)}" for number, text in page]
        return [*rows, f":f CATCHUP {word} J-{end}"]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reconnect at once."""
    monkeypatch.setattr(Backoff, "next_seconds", lambda self: 0.01)


@pytest.fixture
async def server() -> AsyncIterator[CursorServer]:
    async with FakeServer(f"{ALL_CAPABILITIES} ipc-chat/catch-up") as running, asyncio.timeout(30):
        yield CursorServer(running)


@pytest.fixture
async def chat(server: CursorServer) -> AsyncIterator[ipcchat.Chat]:
    async with ipcchat.connect(server.fake.url, nick="bot", channels=()) as connected:
        yield connected


async def text_of(event: Awaitable[ipcchat.Act]) -> str:
    found = await event
    assert isinstance(found, ipcchat.Message)
    return found.text


async def until(look: Callable[[], bool]) -> None:
    while not look():  # noqa: ASYNC110 - the server of this test wakes nobody
        await asyncio.sleep(0.001)


async def test_a_new_name_begins_now_and_hears_what_is_said_live(server: CursorServer, chat: ipcchat.Chat) -> None:
    server.says("before")
    events = aiter(chat.subscribe("ci-bot", ["#build"]))
    first = asyncio.ensure_future(text_of(anext(events)))
    await until(lambda: bool(server.pages))
    assert "#build" in chat.channels and server.kept == {"ci-bot": "J-1"}
    server.says("one")
    server.says("two")
    assert (await first, await text_of(anext(events))) == ("one", "two")
    assert server.pages == ["J-1 500 #build"]


async def test_asking_for_the_next_one_says_that_the_last_is_done(server: CursorServer, chat: ipcchat.Chat) -> None:
    server.kept["ci-bot"] = "J-0"
    for text in ("one", "two"):
        server.says(text, live=False)
    events = chat.subscribe("ci-bot", ["#build"])
    assert await text_of(anext(events)) == "one"
    assert server.sets == []
    assert await text_of(anext(events)) == "two"
    await until(lambda: server.sets == ["J-1"])
    waiting = asyncio.ensure_future(anext(events))
    await until(lambda: server.sets == ["J-1", "J-2"])
    server.says("three")
    assert await text_of(waiting) == "three"
    await events.ack()
    assert server.kept["ci-bot"] == "J-3"


async def test_many_reports_are_one_while_the_server_is_busy(server: CursorServer, chat: ipcchat.Chat) -> None:
    server.kept["ci-bot"] = "J-0"
    for number in range(30):
        server.says(str(number), live=False)
    events = chat.subscribe("ci-bot", ["#build"])
    await anext(events)
    for _ in range(29):
        await anext(events)
    await events.ack()
    assert server.sets[-1] == "J-30" and len(server.sets) < 10


async def test_pages_are_read_as_fast_as_the_program_works(
    server: CursorServer, chat: ipcchat.Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE_SIZE", 2)
    server.kept["ci-bot"] = "J-0"
    for number in range(5):
        server.says(str(number), live=False)
    events = chat.subscribe("ci-bot", ["#build"])
    assert [await text_of(anext(events)) for _ in range(2)] == ["0", "1"] and len(server.pages) == 1
    server.says("5")
    assert [await text_of(anext(events)) for _ in range(4)] == ["2", "3", "4", "5"]


async def test_too_many_live_events_are_read_as_missed_ones(
    server: CursorServer, chat: ipcchat.Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LIVE_MAX", 3)
    server.kept["ci-bot"] = "J-0"
    events = chat.subscribe("ci-bot", ["#build"])
    first = asyncio.ensure_future(text_of(anext(events)))
    await until(lambda: bool(server.pages))
    for number in range(10):
        server.says(str(number))
    heard = [await first, *[await text_of(anext(events)) for _ in range(9)]]
    assert heard == [str(number) for number in range(10)]


async def test_a_lost_connection_costs_nothing(server: CursorServer, chat: ipcchat.Chat) -> None:
    server.kept["ci-bot"] = "J-0"
    server.says("one", live=False)
    events = chat.subscribe("ci-bot", ["#build"])
    assert await text_of(anext(events)) == "one"
    waiting = asyncio.ensure_future(text_of(anext(events)))
    await asyncio.sleep(0)
    server.says("two")
    assert await waiting == "two"
    server.fake.cut()
    server.says("three", live=False)
    assert await text_of(anext(events)) == "three"
    assert server.pages == ["J-0 500 #build", "J-2 500 #build"]
    await events.ack()
    assert server.kept["ci-bot"] == "J-3"


async def test_a_report_that_was_cut_is_made_again(server: CursorServer, chat: ipcchat.Chat) -> None:
    server.kept["ci-bot"] = "J-0"
    server.says("one", live=False)
    events = chat.subscribe("ci-bot", ["#build"])
    await anext(events)
    server.answering = False
    acknowledged = asyncio.ensure_future(events.ack())
    await until(lambda: any("CURSOR SET" in line for peer in server.fake.peers for line in peer.received))
    server.fake.cut()
    server.answering = True
    await acknowledged
    assert server.kept["ci-bot"] == "J-1"


async def test_other_channels_are_not_heard(server: CursorServer, chat: ipcchat.Chat) -> None:
    server.kept["ci-bot"] = "J-0"
    await chat.join("#tea")
    events = chat.subscribe("ci-bot", ["#BUILD"])
    first = asyncio.ensure_future(text_of(anext(events)))
    await until(lambda: bool(server.pages))
    for line in ("@msgid=X-1 :bob!b@b PRIVMSG #tea :elsewhere", "@msgid=X-2 :bob!b@b PRIVMSG bot :psst"):
        server.fake.everybody(parse(line))
    server.fake.everybody(parse("@+typing=active;msgid=X-3 :bob!b@b TAGMSG #build"))
    server.says("here")
    assert await first == "here"


async def test_it_ends_with_the_chat(server: CursorServer, chat: ipcchat.Chat) -> None:
    server.kept["ci-bot"] = "J-0"
    waiting = asyncio.ensure_future(anext(chat.subscribe("ci-bot", ["#build"])))
    await until(lambda: bool(server.pages))
    await chat.close()
    with pytest.raises(StopAsyncIteration):
        await waiting


async def test_what_the_server_refuses_is_raised(server: CursorServer, chat: ipcchat.Chat) -> None:
    """docs/catch-up.md: ACCOUNT_REQUIRED, and a cursor that is gone when it is reported."""
    server.answered = lambda peer, message: True  # type: ignore[method-assign]
    server.fake.before_answer = lambda peer, message: True
    server.fake.scripted["CURSOR GET ci-bot"] = [":f FAIL CURSOR ACCOUNT_REQUIRED :Log in first"]
    with pytest.raises(ipcchat.CommandRefused, match="Log in first"):
        await anext(chat.subscribe("ci-bot", ["#build"]))


async def test_a_report_that_is_refused_is_raised(server: CursorServer, chat: ipcchat.Chat) -> None:
    server.kept["ci-bot"] = "J-0"
    server.says("one", live=False)
    events = chat.subscribe("ci-bot", ["#build"])
    await anext(events)
    server.fake.before_answer = lambda peer, message: True
    server.fake.scripted["CURSOR SET ci-bot J-1"] = [":f FAIL CURSOR UNKNOWN_CURSOR J-1 :Not of this journal"]
    with pytest.raises(ipcchat.CommandRefused, match="Not of this journal"):
        await anext(events)


async def test_the_names_that_are_kept(server: CursorServer, chat: ipcchat.Chat) -> None:
    server.fake.before_answer = lambda peer, message: True
    server.fake.scripted["CURSOR LIST"] = [
        ":f CURSOR ci-bot J-5 timestamp=2026-01-02T03:04:05.000Z #build,#ops",
        ":f CURSOR other J-6 * *",
    ]
    server.fake.scripted["CURSOR DROP other"] = [":f CURSOR other * * *"]
    first, second = await chat.cursors()
    assert first.channels == ("#build", "#ops") and first.time is not None
    assert second == KeptCursor("other", "J-6", None, ())
    await chat.drop_cursor("other")
