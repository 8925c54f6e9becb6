"""A server process ends and another begins: our clients go on as if nothing had been (docs/resume.md)."""

from __future__ import annotations

import asyncio
import signal

import pytest

from ipcchat import Chat, connect
from ipcchat.client.events import CaughtUp, Event, Joined, Message, ModeChanged, NickChanged, Parted, Quit
from tests.e2e.raw_client import OUR_CAPABILITIES, RawClient
from tests.e2e.server_process import ServerProcess

SECONDS_MAX = 30.0
COMINGS = ("JOIN", "PART", "QUIT", "NICK", "MODE")
SHOWN = Joined | Parted | Quit | NickChanged | ModeChanged


async def heard_until(chat: Chat, *kinds: type[Event]) -> list[Event]:
    """What a program hears until there was an event of each of these kinds."""
    heard: list[Event] = []
    async with asyncio.timeout(SECONDS_MAX):
        async for event in chat:
            heard.append(event)
            if {*kinds} <= {type(event) for event in heard}:
                break
    return heard


def comings(server: ServerProcess, witness: str) -> list[str]:
    """Who came, went or got modes in #tea, as history tells it to somebody who comes in; without witnesses."""
    with RawClient(server.port).registers(witness, f"{OUR_CAPABILITIES} draft/event-playback") as client:
        client.says("JOIN #tea")
        client.hears("366")
        lines = client.answers_to("CHATHISTORY LATEST #tea * 100")
    told = [f"{line.source} {line.command}" for line in lines if line.command in COMINGS]
    return [line for line in told if not line.startswith("witness")]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "stopped"])
async def test_guests_come_back_unseen(server, how):
    async with (
        connect(server.url, nick="ann", channels=["#tea"]) as ann,
        connect(server.url, nick="bob", channels=["#tea"]) as bob,
    ):
        await ann.say("#tea", "before")
        await heard_until(bob, Message)
        before = await asyncio.to_thread(comings, server, "witness1")
        assert len(before) == 2
        await asyncio.to_thread(server.end, how)
        sent = asyncio.create_task(ann.say("#tea", "meanwhile"))
        await asyncio.to_thread(server.start)
        heard = await heard_until(bob, CaughtUp, Message)
        await sent
        assert [event for event in heard if isinstance(event, SHOWN) and "witness" not in str(event)] == []
        assert [event.text for event in heard if isinstance(event, Message)] == ["meanwhile"]
        assert (ann.nick, bob.nick) == ("ann", "bob")
        assert {member.nick: member.prefixes for member in ann.channels["#tea"].members.values()} == {
            "ann": "@",
            "bob": "",
        }
        assert await asyncio.to_thread(comings, server, "witness2") == before


async def test_who_does_not_come_back_is_gone_a_little_later(tmp_path):
    settings = tmp_path / "short.toml"
    settings.write_text("[limits]\nresume_seconds = 5\n")
    with ServerProcess(tmp_path, "--config", str(settings)) as server:
        async with connect(server.url, nick="bob", channels=["#tea"]) as bob:
            async with connect(server.url, nick="ann", channels=["#tea"], reconnect=False):
                await heard_until(bob, Joined)
                await asyncio.to_thread(server.end, signal.SIGKILL)
            await asyncio.to_thread(server.start)
            heard = await heard_until(bob, CaughtUp, Quit)
            assert [(event.nick, event.reason) for event in heard if isinstance(event, Quit)] == [
                ("ann", "Connection to the server was lost")
            ]
