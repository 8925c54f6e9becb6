"""`search` in a pipe: the messages that were found and nothing else on standard output (soju.im/search)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from tests.cli.programs import run_client
from tests.client.fake_server import ALL_CAPABILITIES, FakeServer

FOUND = [
    ":f BATCH +h soju.im/search",
    "@batch=h;msgid=m1;time=2026-01-02T03:04:05.678Z :bob!b@b PRIVMSG #ops :build 42 failed",
    "@batch=h;msgid=m2;time=2026-01-02T03:04:06.678Z :eve!e@e PRIVMSG #ops :why has build 42 failed?",
    ":f BATCH -h",
]


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer(f"{ALL_CAPABILITIES} soju.im/search") as running:
        running.scripted[r"SEARCH text=build\s42;in=#ops;from=bob;limit=5"] = FOUND
        running.scripted["SEARCH text=tea;limit=20"] = []
        yield running


async def test_what_was_found(server: FakeServer) -> None:
    words = ["search", "--in", "#ops", "--from", "bob", "-n", "5", "build", "42"]
    code, out, err = await run_client(server.url, *words)
    assert (code, err) == (0, "")
    assert [line.partition("<")[2] for line in out.splitlines()] == [
        "bob> build 42 failed",
        "eve> why has build 42 failed?",
    ]
    code, out, err = await run_client(server.url, *words, "--json")
    assert [json.loads(line)["msgid"] for line in out.splitlines()] == ["m1", "m2"]


async def test_nothing_found(server: FakeServer) -> None:
    hint = "; without an account name a channel: --in '#ops'"
    assert await run_client(server.url, "search", "tea") == (1, "", f"ipc-chat: nothing has tea{hint}\n")
    server.scripted["SEARCH text=tea;in=#ops;limit=20"] = []
    assert await run_client(server.url, "search", "--in", "#ops", "tea") == (1, "", "ipc-chat: nothing has tea\n")


async def test_a_server_without_search() -> None:
    async with FakeServer() as server:
        assert await run_client(server.url, "search", "tea") == (1, "", "ipc-chat: the server has no search\n")
