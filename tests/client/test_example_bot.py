"""The example bot, run as a user would run it: its own process, talked to over a real connection.

It talks to the real server when that can be started, which `ipcchat.server` decides by being there.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import ipcchat

ROOT = Path(__file__).resolve().parents[2]


@asynccontextmanager
async def program(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A Python program of this project, stopped at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.communicate()


async def address_of(server: asyncio.subprocess.Process) -> str:
    assert server.stdout is not None
    async with asyncio.timeout(20):
        line = (await server.stdout.readline()).decode()
    found = re.fullmatch(r"listening on (irc://127\.0\.0\.1:\d+)\n", line)
    assert found is not None, line
    return found[1]


@pytest.mark.parametrize("text", ["hello", "a: b: c", "zażółć 👋"])
async def test_the_bot_answers_who_calls_it(text: str) -> None:
    async with program("-m", "ipcchat", "serve", "--memory", "--listen", "irc://127.0.0.1:0") as server:
        address = await address_of(server)
        async with ipcchat.connect(address, nick="ann") as ann, program("-m", "examples.echo_bot", address):
            async with asyncio.timeout(20):
                async for event in ann:
                    if isinstance(event, ipcchat.Joined) and event.nick == "echo_bot":
                        await ann.send("#lobby", "this is for nobody")
                        await ann.send("#lobby", f"echo_bot: {text}")
                    if isinstance(event, ipcchat.Message) and event.nick == "echo_bot":
                        assert event.text == f"ann: {text}"
                        return
            pytest.fail("the bot said nothing")
