"""The examples of docs/python-library.md, run as they stand on a real server; where they connect to is replaced."""

from __future__ import annotations

import ast
import asyncio
import builtins
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from inspect import CO_COROUTINE
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

import ipcchat
from ipcchat.client import events
from tests.e2e.conftest import ends_well
from tests.e2e.server_process import ServerProcess, free_port

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "python-library.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
HOST = re.compile(r'"(?:(?:ircs?://)?chat\.example(?::\d+)?|localhost)(/[^"]*)?"')
PASSWORD = "canary-horse-battery"
SECONDS_MAX = 20.0


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServerProcess]:
    """A server, and a user whose account `helper` and `ci-bot` have this password."""
    monkeypatch.setenv("HELPER_PASSWORD", PASSWORD)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with ServerProcess(tmp_path, throttled=False) as server:
        yield server
        ends_well(server)


def example(start: str) -> str:
    """The one example that has this text in it."""
    found: str
    (found,) = (text for text in EXAMPLES if start in text)
    return found


async def runs(server: ServerProcess, text: str, **names: Any) -> dict[str, Any]:
    """Run an example with these names known; the names that it leaves."""
    text = HOST.sub(lambda found: f'"{server.url}{found[1] or ""}"', text)
    known: dict[str, Any] = {"ipcchat": ipcchat, "events": events, "os": os, "__builtins__": builtins, **names}
    code = compile(text, "python-library.md", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    await call(code, known)
    return known


async def call(code: CodeType, known: dict[str, Any]) -> None:
    """Run code that may await at its top level."""
    answer = FunctionType(code, known)()
    if code.co_flags & CO_COROUTINE:
        await answer


@asynccontextmanager
async def running(work: Awaitable[object]) -> AsyncIterator[None]:
    """An example that never ends by itself, until the block does. It has not failed by then."""
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def room(
    server: ServerProcess, *, with_account: bool = False
) -> AsyncIterator[tuple[ipcchat.Chat, ipcchat.Chat]]:
    """The example's chat, operator of #ops, and ann, who is there, too; bob and mallory as well."""
    async with (
        asyncio.timeout(SECONDS_MAX),
        ipcchat.connect(server.url, nick="helper", channels=["#ops", "#tea"]) as chat,
        ipcchat.connect(server.url, nick="ann", channels=["#ops"]) as ann,
        ipcchat.connect(server.url, nick="bob", channels=["#ops"]),
        ipcchat.connect(server.url, nick="mallory", channels=["#ops"]),
    ):
        if with_account:
            await chat.register(PASSWORD)
        yield chat, ann


async def hears(chat: ipcchat.Chat, is_it: Callable[[events.Event], bool]) -> events.Event:
    """The next event of that kind."""
    async for event in chat:
        if is_it(event):
            return event
    raise AssertionError("the chat ended")


def says(text: str) -> Callable[[events.Event], bool]:
    """Whether an event is a message that begins so."""
    return lambda event: isinstance(event, events.Message) and event.text.startswith(text)


async def test_the_first_example(server: ServerProcess) -> None:
    text = example("asyncio.run(main())").replace("asyncio.run(main())", "")
    known = await runs(server, text)
    async with (
        asyncio.timeout(SECONDS_MAX),
        running(known["main"]()),
        ipcchat.connect(server.url, nick="ann") as ann,
    ):
        while "helper" not in ann.channels["#lobby"].members:
            await hears(ann, lambda event: isinstance(event, events.Joined))
        await ann.send("#lobby", "!time")
        await hears(ann, says("It is "))


async def test_connecting(server: ServerProcess) -> None:
    async with ipcchat.connect(server.url, nick="ann", channels=["#ops"]) as ann, asyncio.timeout(SECONDS_MAX):
        await runs(server, example("answers questions"))
        await hears(ann, says("here I am"))


async def test_accounts(server: ServerProcess, capsys: pytest.CaptureFixture[str]) -> None:
    async with room(server) as (chat, _):
        await runs(server, example("registered = await"), chat=chat, password=PASSWORD, code_from_the_mail="")
        assert chat.account == "helper"
    async with asyncio.timeout(SECONDS_MAX):
        await runs(server, example('account="helper"'))
    assert capsys.readouterr().out.startswith("helper ")


async def test_uploading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "report.pdf").write_bytes(b"%PDF")
    door = f"http://127.0.0.1:{free_port()}"
    with ServerProcess(tmp_path, "--listen", door, throttled=False) as server:
        async with room(server) as (chat, ann):
            known = await runs(server, example("chat.upload("), chat=chat)
            assert known["url"].startswith(f"{door}/files/") and known["url"].endswith("/tea.csv")
            await hears(ann, says(f"the figures of May: {door}/files/"))
        ends_well(server)


async def test_saying(server: ServerProcess) -> None:
    async with room(server) as (chat, ann):
        known = await runs(server, example("receipts ="), chat=chat)
        assert len(known["receipts"]) == 100 and known["message"].msgid
        await hears(ann, says("line 99"))


async def test_what_was_said_before(server: ServerProcess, capsys: pytest.CaptureFixture[str]) -> None:
    async with room(server, with_account=True) as (chat, ann):
        await ann.send("#ops", "deploy failed again")
        await chat.send("ann", "lunch?")
        message = await chat.edit(await chat.send("#ops", "helo"), "hello")
        known = await runs(server, example("earlier = await"), chat=chat)
        assert [found.text for found in known["found"]] == ["deploy failed again"]
        assert [found.text for found in known["private"]] == ["lunch?"]
        assert known["earlier"] and message.msgid not in [found.msgid for found in known["earlier"]]
        assert await chat.read_marker("#ops") == known["message"].time
    assert "helper hello (edited)" in capsys.readouterr().out


async def test_a_program_that_must_miss_nothing(server: ServerProcess) -> None:
    done: list[str] = []

    async def work_on(text: str) -> None:
        done.append(text)

    async with room(server) as (_, ann):
        async with ipcchat.connect(server.url, nick="ci-bot") as bot:
            await bot.register(PASSWORD)
        work = runs(server, example("chat.subscribe"), password=PASSWORD, work_on=work_on)
        await ann.join("#build")
        async with running(work):
            while "ci-bot" not in ann.channels["#build"].members:
                await hears(ann, lambda event: isinstance(event, events.Joined))
            while not done:  # It begins at the present, whenever that is.
                await ann.send("#build", "work")
                await asyncio.sleep(0.02)
    assert set(done) == {"work"}


async def test_hearing(server: ServerProcess, capsys: pytest.CaptureFixture[str]) -> None:
    async with (
        room(server) as (chat, ann),
        running(runs(server, example("from ipcchat.client import events"), chat=chat)),
    ):
        await ann.send("#ops", "!do it")
        await hears(ann, says("understood"))
        await chat.op("#ops", "ann")
        await ann.kick("#ops", "helper", "out")
        await hears(ann, lambda event: isinstance(event, events.Joined) and event.nick == "helper")
    assert "helper set o ann" in capsys.readouterr().out


async def test_what_is_known(server: ServerProcess, capsys: pytest.CaptureFixture[str]) -> None:
    async with room(server) as (chat, _):
        await chat.topic("#ops", "tea")
        await runs(server, example('chat.channels["#OPS"]'), chat=chat)
    said = capsys.readouterr().out
    assert said.startswith("#ops tea helper") and "@helper" in said and "IPC" in said


async def test_asking_and_doing(server: ServerProcess) -> None:
    async with room(server) as (chat, _):
        known = await runs(server, example("that was enough"), chat=chat)
        assert known["online"] == {"ann": True, "bob": True}
        assert known["who"].nick == "ann" and known["mask"] and known["lines"]


async def test_when_it_is_refused(server: ServerProcess) -> None:
    async with room(server) as (chat, ann):
        await chat.op("#ops", "ann")
        await chat.deop("#ops", "helper")
        await runs(server, example('error.code == "482"'), chat=chat)
        await hears(ann, says("I cannot: "))


def test_every_example_is_run() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    run = set(re.findall(r"example\(([\"'])(.+?)\1\)", source))
    assert {example(text) for _, text in run if text != "start"} == set(EXAMPLES)
