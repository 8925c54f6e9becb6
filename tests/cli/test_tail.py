"""`tail` in a pipe: nothing but messages on standard output, each when it comes, through a restart."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from collections.abc import AsyncIterator

import pytest

from tests.cli.programs import client, run_client
from tests.client.fake_server import FakeServer

LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d <bob> (.*)\n")


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer() as running:
        for number in range(1, 13):
            running.say("bob", "#ops", f"message {number}")
        yield running


async def next_text(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(20):
        line = (await process.stdout.readline()).decode()
    found = LINE.fullmatch(line)
    assert found is not None, line
    return found[1]


@pytest.mark.parametrize(("words", "first"), [([], 3), (["-n", "2"], 11), (["-n", "0"], 13), (["-n", "100"], 1)])
async def test_the_last_messages(server: FakeServer, words: list[str], first: int) -> None:
    code, out, err = await run_client(server.url, "tail", "#ops", *words)
    assert (code, err) == (0, "")
    assert LINE.findall(out) == [f"message {number}" for number in range(first, 13)]


async def test_for_programs(server: FakeServer) -> None:
    _, out, _ = await run_client(server.url, "tail", "#ops", "-n", "1", "--json")
    assert json.loads(out) == {
        "time": "2026-01-02T03:04:17.678Z",
        "nick": "bob",
        "target": "#ops",
        "text": "message 12",
        "msgid": "fake-12",
        "kind": "message",
    }


async def test_following_through_a_restart_prints_everything_once(server: FakeServer) -> None:
    async with client(server.url, "tail", "#ops", "-n", "1", "--follow") as process:
        assert await next_text(process) == "message 12"
        server.say("bob", "#elsewhere", "not here")
        server.say("bob", "#ops", "live")
        assert await next_text(process) == "live"
        server.cut()
        for number in range(7):
            server.say("bob", "#ops", f"missed {number}")
        assert [await next_text(process) for _ in range(7)] == [f"missed {number}" for number in range(7)]
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 130
        assert process.stdout is not None and process.stderr is not None
        assert await process.stdout.read() == b""
        assert b"trying again" in await process.stderr.read()


async def test_who_closes_the_pipe_ends_it_quietly(server: FakeServer) -> None:
    async with client(server.url, "tail", "#ops", "-n", "1", "--follow") as process, asyncio.timeout(20):
        await next_text(process)
        assert process.stdout is not None and process.stderr is not None
        transport = process._transport.get_pipe_transport(1)  # type: ignore[attr-defined]
        transport.close()
        assert await process.wait() == 141
        assert await process.stderr.read() == b""


async def test_a_server_without_history() -> None:
    async with FakeServer(capabilities="") as server:
        code, out, err = await run_client(server.url, "tail", "#ops")
        assert (code, out, err) == (1, "", "ipc-chat: the server keeps no history\n")
