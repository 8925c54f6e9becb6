"""What hooks ask of core and of the shell, in a whole server: what comes in, what goes out, and a server that sends
nothing (docs/webhooks.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from ipcchat.core.effects import Effect, Settled
from ipcchat.core.hooks import BUSY_SECONDS, HookPost, Obstacle, Relaying
from ipcchat.core.settings import Settings
from ipcchat.core.tokens import digest_of
from ipcchat.server.app import Server
from ipcchat.server.inner import InnerConnection
from ipcchat.server.outbound_answers import Answer
from ipcchat.wire.message import Message
from tests.server.conftest import until
from tests.server.real_house import arrive, real_house

URL = "https://ci.example/chat"
SETTINGS = Settings(server_name="test.net", network="TestNet", web_url="https://chat.example", outbound=("https",))


class Town:
    """A server, and who founded #build in it. What goes out is in `sent`."""

    def __init__(self, server: Server, ann: InnerConnection, monkeypatch: pytest.MonkeyPatch) -> None:
        self.server = server
        self.ann = ann
        self.sent: list[str] = []
        self.answer = Answer(200, {}, b"")

        async def post(url: str, body: bytes, headers: Mapping[str, str], **others: Any) -> Answer:
            assert url == URL
            self.sent.append(msgspec.json.decode(body)["text"])
            return self.answer

        monkeypatch.setattr("ipcchat.server.outbound.post", post)

    async def asks(self, words: str) -> str:
        """What ChanServ answers."""
        return " ".join(line.params[-1] for line in await self.ann.ask(Message("CHANSERV", words.split())))

    async def says(self, text: str) -> None:
        await self.ann.ask(Message("PRIVMSG", ["#build", text]))

    async def hook(self, words: str) -> str:
        """The digest of a new hook."""
        told = await self.asks(f"HOOK #build ADD {words}")
        return digest_of(next(word for word in told.replace("/", " ").split() if word.startswith("ipc_")))


@pytest.fixture
async def town(monkeypatch):
    async with real_house(SETTINGS) as server:
        ann = await arrive(server.shell, "ann", account=True)
        await ann.ask(Message("JOIN", ["#build"]))
        town = Town(server, ann, monkeypatch)
        await town.asks("REGISTER #build")
        yield town


async def test_what_is_said_goes_out_and_how_far_is_written_down(town: Town):
    digest = await town.hook(f"ci POST {URL}")
    for text in ("one", "two"):
        await town.says(text)
    await until(lambda: town.sent == ["one", "two"])
    state = town.server.health._core.state
    await until(lambda: state.hooks[digest].hooks["ci"].delivered >= state.seq - 2)
    assert town.server.shell.counts.hook_deliveries == {"ok": 2}


async def test_who_is_gone_gets_nothing_and_his_founder_hears_it(town: Town):
    heard: list[str] = []
    town.ann.on_line = lambda line: heard.append(line.params[-1])
    await town.hook(f"ci POST {URL}")
    town.answer = Answer(410, {}, b"")
    await town.says("one")
    await until(lambda: any("The hook ci of #build is switched off: 410 was answered" in text for text in heard))
    await town.says("two")
    assert town.sent == ["one"]
    town.answer = Answer(200, {}, b"")
    assert "goes on where it stopped" in await town.asks("HOOK #build ON ci")
    await until(lambda: town.sent == ["one", "one", "two"])


async def test_a_server_that_sends_nothing_lets_it_wait(town: Town):
    await town.hook(f"ci POST {URL}")
    configuration = town.server._configuration
    closed = msgspec.structs.replace(configuration.loaded.settings, outbound=())
    before, configuration.loaded = configuration.loaded, msgspec.structs.replace(configuration.loaded, settings=closed)
    await town.says("one")
    assert town.server.hooks.next_deliveries(await town.hook("x"), 0) is None
    assert town.sent == []
    configuration.loaded = before
    await town.says("two")
    await until(lambda: town.sent == ["one", "two"])


async def test_of_several_nodes_one_sends(town: Town, monkeypatch):
    await town.hook(f"ci POST {URL}")
    backend = town.server._backend
    monkeypatch.setattr(backend, "leads", False)
    await town.says("one")
    town.server.hooks.begin()
    assert town.server.hooks.next_deliveries(next(iter(town.server.hooks.outgoing())), 0) is None
    assert town.sent == []
    monkeypatch.setattr(backend, "leads", True)
    await until(lambda: town.sent == ["one"])


async def test_when_it_is_over_nothing_goes_out(town: Town):
    digest = await town.hook(f"ci POST {URL}")
    assert town.server.hooks.outgoing() == [digest]
    town.server.hooks.stop()
    town.server.hooks.begin()
    await town.says("one")
    assert town.sent == []


async def test_what_a_hook_says_is_there_when_it_is_answered(town: Town):
    digest = await town.hook("grafana")
    relaying = await town.server.hooks.relay(digest, HookPost("hello"))
    assert relaying.obstacle is None
    assert (await town.server.hooks.relay("nobody", HookPost("hello"))).obstacle is Obstacle.UNKNOWN


@pytest.mark.parametrize(("seq", "obstacle", "wait"), [(7, Obstacle.REFUSED, 0), (0, Obstacle.BUSY, BUSY_SECONDS)])
async def test_what_was_refused_or_not_written_says_why(town: Town, monkeypatch, seq, obstacle, wait):
    digest = await town.hook("grafana")

    async def errand(id: bytes, effects: list[Effect]) -> Settled:
        return Settled(id, seq, "it may not be")

    monkeypatch.setattr(town.server.shell, "errand", errand)
    told = await town.server.hooks.relay(digest, HookPost("hello"))
    assert told == Relaying(obstacle=obstacle, problem="it may not be", wait=wait)
