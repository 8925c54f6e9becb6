"""ipcchat/backend/cluster/requests.py: questions between nodes, over a real nats-server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from nats.aio.client import Client

from ipcchat.backend.cluster.requests import ASKED_MAX, NobodyThere, Refused, Requests, TooSlow
from tests.backend.cluster.connected import connected, running
from tests.backend.cluster.nats_server import NatsServer


class Ask(msgspec.Struct, array_like=True):
    text: str
    size: int = 0


class Tell(msgspec.Struct, array_like=True):
    text: str


class Strange(msgspec.Struct, array_like=True):
    number: int


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[NatsServer]:
    async with running(tmp_path) as server:
        yield server


@asynccontextmanager
async def node(server: NatsServer, name: str) -> AsyncIterator[tuple[Requests, Client]]:
    requests = Requests(name, prefix="test")
    async with connected(server) as client:
        await requests.start(client)
        yield requests, client
        await requests.stop()


async def echo(question: Ask) -> Tell:
    return Tell(question.text + "x" * question.size)


async def refuse(_question: Ask) -> Tell:
    raise Refused("not today")


async def fail(_question: Ask) -> Tell:
    raise ZeroDivisionError


async def test_a_question_is_answered(server: NatsServer) -> None:
    async with node(server, "one") as (one, _), node(server, "two") as (two, _):
        two.answer("echo", Ask, echo)
        assert await one.ask("two", "echo", Ask("hello"), Tell) == Tell("hello")
        assert (one.asked, two.answered, two.refused) == (1, 1, 0)


async def test_every_no_has_its_own_error(server: NatsServer, caplog: pytest.LogCaptureFixture) -> None:
    async with node(server, "one") as (one, _), node(server, "two") as (two, _):
        two.answer("echo", Ask, echo)
        two.answer("refuse", Ask, refuse)
        two.answer("fail", Ask, fail)
        with pytest.raises(NobodyThere, match="three"):
            await one.ask("three", "echo", Ask("x"), Tell)
        for verb, question, why in [
            ("refuse", Ask("x"), "not today"),
            ("fail", Ask("x"), "a fault"),
            ("other", Ask("x"), "does not know"),
            ("echo", Strange(5), "cannot be read"),
            ("echo", Ask("x", 2_000_000), "too long"),
        ]:
            with pytest.raises(Refused, match=why):
                await one.ask("two", verb, question, Tell)
        with pytest.raises(Refused, match="cannot be read"):
            await one.ask("two", "echo", Ask("x"), Strange)
        assert two.refused == 5 and "ZeroDivisionError" in caplog.text


async def test_who_does_not_answer_is_too_slow(server: NatsServer) -> None:
    async with node(server, "one") as (one, _), node(server, "two") as (two, _):
        never = asyncio.Event()

        async def wait(_question: Ask) -> Tell:
            await never.wait()
            return Tell("")

        two.answer("wait", Ask, wait)
        two.answer("echo", Ask, echo)
        waiting = [asyncio.create_task(one.ask("two", "wait", Ask("x"), Tell, 20)) for _ in range(ASKED_MAX - 1)]
        with pytest.raises(TooSlow):
            await one.ask("two", "wait", Ask("x"), Tell, 0.2)
        with pytest.raises(Refused, match="too much at once"):
            await one.ask("two", "echo", Ask("hello"), Tell)
        never.set()
        assert await asyncio.gather(*waiting) == [Tell("")] * len(waiting)
        assert await one.ask("two", "echo", Ask("hello"), Tell) == Tell("hello")


async def test_what_cannot_be_sent_is_said_at_once(server: NatsServer) -> None:
    async with node(server, "one") as (one, client):
        for name, question in [("a.b", Ask("x")), ("two", Ask("x" * one.bytes_max))]:
            with pytest.raises(ValueError, match="cannot be asked"):
                await one.ask(name, "echo", question, Tell)
        with pytest.raises(ValueError, match="verb"):
            one.answer("a.b", Ask, echo)
        await client.close()
        with pytest.raises(NobodyThere, match="no connection"):
            await one.ask("two", "echo", Ask("x"), Tell)


async def test_a_stranger_who_sends_garbage_harms_nobody(server: NatsServer) -> None:
    async with node(server, "one") as (one, client), node(server, "two") as (two, _):
        two.answer("echo", Ask, echo)
        await client.publish("test.node.two.echo", b"\xc1garbage")
        assert await one.ask("two", "echo", Ask("hello"), Tell) == Tell("hello")

        async def lie(message: object) -> None:
            await message.respond(b"\xc1garbage")  # type: ignore[attr-defined]

        await client.subscribe("test.node.three.*", cb=lie)
        with pytest.raises(Refused, match="cannot be read"):
            await one.ask("three", "echo", Ask("hello"), Tell)
