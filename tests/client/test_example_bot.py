"""The example bot, run as a user would run it: its own process, talked to over a real connection."""

from __future__ import annotations

import asyncio

import pytest

import ipcchat
from tests.client.own_server import own_server, program

PASSWORD = "canary-horse-battery"


async def answer_to(ann: ipcchat.Chat, text: str) -> str:
    """What the bot says when ann calls it; it joins first."""
    async for event in ann:
        if isinstance(event, ipcchat.Joined) and event.nick == "echo_bot":
            await ann.send("#lobby", "this is for nobody")
            await ann.send("#lobby", f"echo_bot: {text}")
        if isinstance(event, ipcchat.Message) and event.nick == "echo_bot":
            return event.text
    raise AssertionError("the bot said nothing")


async def test_the_bot_that_misses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It answers what was said while it was dead, and nothing twice."""
    monkeypatch.setenv("IPCCHAT_PASSWORD", PASSWORD)
    async with own_server() as address, asyncio.timeout(40):
        async with ipcchat.connect(address, nick="ci-bot", channels=()) as owner:
            await owner.register(PASSWORD)
        async with ipcchat.connect(address, nick="ann", channels=["#build"]) as ann:
            async with program("-m", "examples.ci_bot", address):
                await heard(ann, ipcchat.Joined)
                await ann.send("#build", "build 1 failed")
                assert await heard(ann, ipcchat.Message) == "1 failed since I came"
            await ann.send("#build", "build 2 failed")
            async with program("-m", "examples.ci_bot", address):
                assert await heard(ann, ipcchat.Message) == "1 failed since I came"


async def heard(ann: ipcchat.Chat, kind: type[ipcchat.Event]) -> str:
    """The next event of that kind from the bot, its text."""
    async for event in ann:
        if isinstance(event, kind) and getattr(event, "nick", "") == "ci-bot":
            return str(getattr(event, "text", ""))
    raise AssertionError("closed")


@pytest.mark.parametrize("text", ["hello", "a: b: c", "zażółć 👋"])
async def test_the_bot_answers_who_calls_it(text: str) -> None:
    async with (
        own_server() as address,
        ipcchat.connect(address, nick="ann") as ann,
        program("-m", "examples.echo_bot", address) as bot,
        asyncio.timeout(20),
    ):
        answered, ended = asyncio.ensure_future(answer_to(ann, text)), asyncio.ensure_future(bot.communicate())
        await asyncio.wait([answered, ended], return_when=asyncio.FIRST_COMPLETED)
        assert not ended.done(), ended.result()[1].decode()
        assert await answered == f"ann: {text}"
        ended.cancel()
