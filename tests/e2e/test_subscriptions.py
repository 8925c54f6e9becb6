"""A program that must miss nothing, and a program that was away: real processes, killed at any moment.

A durable subscription gives every message at least once, in order, and after a crash goes on where it stopped. Who was
cut off gets everything that it missed by one request, however many channels it is in.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import ipcchat
from ipcchat.client import events
from ipcchat.client.connection import Backoff
from tests.e2e.conftest import ends_well
from tests.e2e.proxy import Proxy
from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import ROOT, ServerProcess
from tests.e2e.waiting import until

PASSWORD = "canary-horse-battery"
CHANNELS = 50
LOOK_SECONDS = 0.002
MISSED = 10_000
MISSED_SECONDS_MAX = 20.0
KILLS = 8
AGAIN_MAX = 10
"""What may come again after a kill of the bot: what it has done while a report was on its way."""

BOT = """
import asyncio, os, sys
import ipcchat
from ipcchat.client.connection import Backoff

Backoff.next_seconds = lambda self: 0.05

async def main(url, notes):
    connection = ipcchat.connect(url, nick="ci-bot", account="ci-bot", password=os.environ["PASSWORD"], channels=())
    async with connection as chat:
        async for event in chat.subscribe("ci-bot", ["#build"]):
            if isinstance(event, ipcchat.Message):
                with open(notes, "a", encoding="utf-8") as file:
                    file.write(event.text + "\\\\n")

asyncio.run(main(*sys.argv[1:]))
""".replace("\\\\n", "\\n")


class Bot:
    """A program with a subscription, in a process of its own; it writes down what it has worked on."""

    def __init__(self, server: ServerProcess, folder: Path) -> None:
        self._url = server.url
        self._notes = folder / "notes"
        self._notes.touch()
        self._home = folder
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Bot:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Begin a life."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PASSWORD": PASSWORD, "XDG_DATA_HOME": str(self._home)}
        command = [sys.executable, "-c", BOT, self._url, str(self._notes)]
        self._process = subprocess.Popen(command, env=environment, cwd=ROOT)

    def kill(self) -> None:
        """SIGKILL."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    @property
    def done(self) -> list[str]:
        """What it has worked on, in all its lives."""
        return self._notes.read_text(encoding="utf-8").splitlines()

    def has_done(self, text: str) -> None:
        """Wait until it has worked on this."""
        until(lambda: text in self.done, f"the bot's work on {text!r}; it did {self.done[-5:]}")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Come back at once; know no servers from earlier."""
    monkeypatch.setattr(Backoff, "next_seconds", lambda self: 0.05)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server on which the bot has an account."""
    with ServerProcess(tmp_path, throttled=False) as server:
        with RawClient(server.port).registers("ci-bot") as owner:
            owner.says(f"PRIVMSG NickServ :REGISTER {PASSWORD}")
            owner.hears("900")
        yield server
        ends_well(server)


@pytest.fixture
def bot(server: ServerProcess, tmp_path: Path) -> Iterator[Bot]:
    """The bot, at work."""
    with Bot(server, tmp_path) as bot:
        yield bot


def reported(url: str, seen: list[str]) -> None:
    """Wait until the bot's cursor is behind the last of these msgids: it has reported its work."""

    async def look() -> bool:
        connection = ipcchat.connect(url, nick="owner", account="ci-bot", password=PASSWORD, channels=())
        async with connection as chat:
            return [kept.cursor for kept in await chat.cursors()] == seen[-1:]

    until(lambda: asyncio.run(look()), "the bot's report")


@pytest.mark.timeout(120)
def test_it_goes_on_exactly_where_it_stopped(server: ServerProcess, bot: Bot) -> None:
    """Work that was reported does not come again, whoever is killed."""
    wanted: list[str] = []
    is_there(server)
    with RawClient(server.port).registers("ann", "echo-message message-tags").joins("#build") as ann:

        def says(text: str) -> str:
            wanted.append(text)
            ann.says(f"PRIVMSG #build :{text}")
            return ann.hears_text(text).msgid

        for number in range(5):
            last = says(f"first {number}")
        bot.has_done("first 4")
        reported(server.url, [last])
        bot.kill()
        for number in range(1_200):
            last = says(f"while it was dead {number}")
        bot.start()
        bot.has_done("while it was dead 1199")
        reported(server.url, [last])
        assert bot.done == wanted
        server.end(signal.SIGKILL)
    server.start()
    with RawClient(server.port).registers("ann", "echo-message message-tags").joins("#build") as ann:
        for number in range(5):
            last = says(f"after the server was killed {number}")
        bot.has_done("after the server was killed 4")
        assert bot.done == wanted


@pytest.mark.timeout(120)
@pytest.mark.parametrize("victim", ["bot", "server"])
def test_it_misses_nothing_whenever_who_is_killed(server: ServerProcess, bot: Bot, victim: str) -> None:
    """SIGKILL at random moments while people talk: in the middle of work, of a report, of a catch-up."""
    moments = random.Random(7)
    wanted: list[str] = []
    is_there(server)
    for kill in range(KILLS):
        with RawClient(server.port).registers("ann", "echo-message").joins("#build") as ann:
            for number in range(moments.randrange(1, 60)):
                wanted.append(f"{kill} {number}")
                ann.says(f"PRIVMSG #build :{wanted[-1]}")
                ann.hears_text(wanted[-1])
        if victim == "bot":
            bot.kill()
            bot.start()
        else:
            server.end(signal.SIGKILL)
            server.start()
    bot.has_done(wanted[-1])
    assert list(dict.fromkeys(bot.done)) == wanted
    again = len(bot.done) - len(wanted)
    print(f"{KILLS} kills of the {victim}: {len(wanted)} messages, {again} of them twice")
    assert again <= (AGAIN_MAX * KILLS if victim == "bot" else 0)


def is_there(server: ServerProcess) -> None:
    """Wait until the bot is in its channel; then it has its place."""
    with RawClient(server.port).registers("eve").joins("#build") as eve:
        until(lambda: any("ci-bot" in line.text for line in eve.answers_to("NAMES #build")), "the bot in #build")


@asynccontextmanager
async def talker(server: ServerProcess) -> AsyncIterator[ipcchat.Chat]:
    """Somebody who is in all channels and is never cut off."""
    channels = [f"#c{number}" for number in range(CHANNELS)]
    async with ipcchat.connect(server.url, nick="ann", channels=channels) as chat:
        yield chat


@pytest.mark.timeout(120)
async def test_ten_thousand_missed_messages_are_one_request(server: ServerProcess) -> None:
    """docs/catch-up.md; live messages meanwhile come once too, behind what was missed."""
    wanted = [f"missed {number}" for number in range(MISSED)]
    async with talker(server) as ann, Proxy(server.port) as proxy:
        channels = list(ann.channels)
        async with ipcchat.connect(proxy.url, nick="bob", channels=channels) as bob:
            await ann.send(channels[0], "before")
            proxy.pause()
            await until_disconnected(bob)
            for start in range(0, MISSED, 5_000):
                some = enumerate(wanted[start : start + 5_000], start)
                receipts = [ann.post(channels[number % CHANNELS], text) for number, text in some]
                for receipt in receipts:
                    await receipt
            proxy.resume()
            begun = time.monotonic()
            texts = [f"live {number}" for number in range(50)]
            said = asyncio.ensure_future(say_all(ann, channels, texts, lambda: b"CATCHUP " in proxy.sent))
            heard, caught_up = await heard_up_to(bob, texts[-1])
            seconds = time.monotonic() - begun
            await said
    assert heard == [*wanted, *texts]
    requests = [line.split()[1 if line.startswith("@") else 0] for line in proxy.sent.decode().splitlines()]
    assert requests.count("CATCHUP") == 1
    assert "CHATHISTORY" not in requests
    assert requests.count("JOIN") == CHANNELS // 10
    assert MISSED <= caught_up <= MISSED + len(texts)
    assert seconds < MISSED_SECONDS_MAX
    print(f"{MISSED} missed messages in {CHANNELS} channels: {seconds:.2f} s; sent: {Counter(requests)}")


@pytest.mark.timeout(60)
async def test_private_messages_that_were_missed_come_too(server: ServerProcess) -> None:
    """Of who has an account; what he wrote by another connection meanwhile comes as well, and what was edited, redacted
    and reacted to."""
    async with ipcchat.connect(server.url, nick="ann", channels=["#tea"]) as ann, Proxy(server.port) as proxy:
        await ann.register(PASSWORD)
        async with ipcchat.connect(proxy.url, nick="bob", channels=["#tea"]) as bob:
            await bob.register(PASSWORD)
            first = await ann.send("bob", "before")
            proxy.pause()
            await until_disconnected(bob)
            await ann.send("bob", "in private")
            said = await ann.send("#tea", "tee")
            await ann.edit(said, "tea")
            await ann.react(said, "x")
            gone = await ann.send("#tea", "never mind")
            await ann.redact(gone)
            await ann.edit(first, "before, edited")
            proxy.resume()
            missed: list[tuple[str, str]] = []
            async for event in bob:
                if isinstance(event, events.Message | events.Edited):
                    missed.append((type(event).__name__, event.text))
                elif isinstance(event, events.Reaction):
                    missed.append(("Reaction", event.reaction))
                elif isinstance(event, events.CaughtUp):
                    break
    assert missed == [
        ("Message", "in private"),
        ("Message", "tee"),
        ("Edited", "tea"),
        ("Reaction", "x"),
        ("Edited", "before, edited"),
    ]


async def until_disconnected(chat: ipcchat.Chat) -> None:
    """Hear everything up to the loss of the connection."""
    async for event in chat:
        if isinstance(event, events.Disconnected):
            return


async def say_all(chat: ipcchat.Chat, channels: list[str], texts: list[str], begins: Callable[[], bool]) -> None:
    """Say these one after the other, each confirmed, all over the place, from a certain moment on."""
    while not begins():  # noqa: ASYNC110 - what another program sends wakes nobody here
        await asyncio.sleep(LOOK_SECONDS)
    for number, text in enumerate(texts):
        await chat.send(channels[number % len(channels)], text)


async def heard_up_to(chat: ipcchat.Chat, last: str) -> tuple[list[str], int]:
    """The texts up to this one, and how many the library says were missed."""
    heard: list[str] = []
    caught_up = 0
    async for event in chat:
        assert not isinstance(event, events.Gap), event
        if isinstance(event, events.CaughtUp):
            caught_up = event.missed
        if isinstance(event, events.Message):
            heard.append(event.text)
        if caught_up and last in heard[-1:]:
            break
    return heard, caught_up
