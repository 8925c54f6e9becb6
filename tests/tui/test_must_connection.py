"""A server that is killed in the middle of a conversation (UX row 9)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

import ipcchat
from ipcchat.tui.model.entries import Delivery, Said
from ipcchat.tui.model.network import State
from tests.e2e.server_process import ServerProcess, free_port
from tests.tui.program import Person, at, terminal_client


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server that keeps everything, and its port when it is started again."""
    with ServerProcess(tmp_path, throttled=False, port=free_port()) as server:
        yield server


def state(person: Person) -> State:
    return person.app.desk.networks[0].state


def waits(person: Person, text: str) -> bool:
    """Whether a text of ours stands there and waits to be sent."""
    return any(
        isinstance(entry, Said) and entry.message.text == text and entry.delivery is Delivery.PENDING
        for entry in person.entries("#tea")
    )


def is_sent(person: Person, text: str) -> bool:
    return text in person.said("#tea") and not waits(person, text)


async def test_a_killed_server_costs_nothing(server: ServerProcess, tmp_path: Path) -> None:
    """UX row 9: the state is seen, the draft stays, what was sent meanwhile is sent later, what was missed comes, and
    nothing stands there twice, for us and for others."""
    async with terminal_client(at(server.url), folder=tmp_path) as ann:
        await ann.arrives("#tea")
        await ann.types("before")
        await ann.until(lambda: not waits(ann, "before"))
        await ann.types("in the air")
        server.kill()
        await ann.until(lambda: state(ann) is State.WAITING)
        await ann.shows("offline")
        assert "Ctrl+R now" in ann.screen
        await ann.types("said meanwhile")
        assert waits(ann, "said meanwhile")
        await ann.types("half a sent", enter=False)
        server.start()
        async with ipcchat.connect(server.url, nick="bob", channels=["#tea"]) as bob:
            await bob.send("#tea", "missed")
            await ann.presses("ctrl+r")
            await ann.shows("connected as ann")
            await ann.shows("missed")
            await ann.until(lambda: not waits(ann, "said meanwhile") and not waits(ann, "in the air"))
            assert ann.typed == "half a sent"
            await ann.types("ence")
            await ann.until(lambda: "half a sentence" in ann.said() and not waits(ann, "half a sentence"))
            everything = {"before", "in the air", "missed", "said meanwhile", "half a sentence"}
            await ann.pilot.pause()
            assert sorted(ann.said("#tea")) == sorted(everything)
            assert all(ann.screen.count(text) == 1 for text in everything), ann.screen
            assert sorted(message.text for message in await bob.history("#tea")) == sorted(everything)


async def test_it_comes_back_by_itself_as_often_as_need_be(server: ServerProcess, tmp_path: Path) -> None:
    """UX row 9: pauses between the tries, with the seconds counted down; no key is needed."""
    async with terminal_client(at(server.url), folder=tmp_path) as ann:
        await ann.arrives("#tea")
        for number in range(2):
            server.kill()
            await ann.shows("trying again in")
            server.start()
            await ann.until(lambda: state(ann) is State.CONNECTED)
            await ann.types(f"text {number}")
            await ann.until(partial(is_sent, ann, f"text {number}"))
        assert ann.said("#tea") == ["text 0", "text 1"]


async def test_a_server_that_is_not_there_yet(tmp_path: Path) -> None:
    """UX row 9: who starts before the server is told, may write already, and is there when the server is."""
    port = free_port()
    async with terminal_client(at(f"irc://127.0.0.1:{port}"), folder=tmp_path) as ann:
        await ann.shows("connecting")
        await ann.types("early", enter=False)
        with ServerProcess(tmp_path, port=port):
            await ann.arrives("#tea")
            assert ann.typed == "early"
