"""The example bot, run as a user would run it: its own process, talked to over a real connection."""

from __future__ import annotations

import asyncio

import pytest

import ipcchat
from tests.client.own_server import own_server, program


async def answer_to(ann: ipcchat.Chat, text: str) -> str:
    """What the bot says when ann calls it; it joins first."""
    async for event in ann:
        if isinstance(event, ipcchat.Joined) and event.nick == "echo_bot":
            await ann.send("#lobby", "this is for nobody")
            await ann.send("#lobby", f"echo_bot: {text}")
        if isinstance(event, ipcchat.Message) and event.nick == "echo_bot":
            return event.text
    raise AssertionError("the bot said nothing")


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
