"""Who speaks by the HTTP API: one user for each token and address, who leaves when nothing comes any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from ipcchat.core.peers import Peer
from ipcchat.core.policy import Policy
from ipcchat.core.settings import Settings
from ipcchat.server.http import speakers, stream
from ipcchat.server.http.speakers import Speakers
from ipcchat.server.http.stream import Hearing
from ipcchat.server.inner import InnerConnection
from ipcchat.server.shell import Shell
from ipcchat.wire.message import Message
from tests.server.conftest import until
from tests.server.real_house import arrive, real_house

HERE, THERE = Peer("127.0.0.1"), Peer("127.0.0.2")


class Place:
    """A server, a token of the account ci, and who speaks there."""

    def __init__(self, shell: Shell, token: str) -> None:
        self.shell = shell
        self.authorization = f"Bearer {token}"
        self.speakers = Speakers(shell, asyncio.get_running_loop())


@pytest.fixture
def settings() -> Settings:
    """Overridden by tests that need others."""
    return Settings(server_name="test.net")


@pytest.fixture
async def place(settings: Settings) -> AsyncIterator[Place]:
    async with real_house(settings) as server:
        owner = await arrive(server.shell, "ci", account=True)
        notices = await owner.ask(Message("NICKSERV", ["TOKEN", "ADD", "bot"]))
        token = next(word for word in notices[-1].params[-1].split() if word.startswith("ipc_"))
        owner.close()
        await until(lambda: not server.shell.connection_count)
        yield Place(server.shell, token)


async def test_requests_at_once_are_one_user(place):
    async def ask() -> str:
        async with place.speakers.speaker(place.authorization, Peer("127.0.0.1")) as speaker:
            await speaker.ask(Message("PING", ["x"]))
            return str(speaker.nick)

    assert await asyncio.gather(*(ask() for _ in range(10))) == ["ci"] * 10
    assert place.shell.connection_count == 1


async def test_another_address_is_another_connection_of_the_same_user(place):
    async with place.speakers.speaker(place.authorization, HERE), place.speakers.speaker(place.authorization, THERE):
        assert place.shell.connection_count == 2


async def test_who_asks_nothing_any_more_leaves(place, monkeypatch):
    monkeypatch.setattr(speakers, "IDLE_SECONDS", 0.01)
    async with place.speakers.speaker(place.authorization, HERE) as first:
        pass
    async with place.speakers.speaker(place.authorization, HERE):
        for number in range(20):
            await first.ask(Message("PING", [str(number)]))
        assert place.shell.connection_count == 1
    async with place.speakers.speaker(place.authorization, HERE) as second:
        assert second is first
    await until(lambda: not place.shell.connection_count)
    async with place.speakers.speaker(place.authorization, HERE) as third:
        assert third is not first


class TestWhereANickIsAnybodys:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(server_name="test.net", policy=Policy(nicks_owned=False, always_on="disabled"))

    async def test_the_name_of_somebody_else_is_not_taken(self, place):
        await arrive(place.shell, "ci")
        await arrive(place.shell, "ci_")
        async with place.speakers.speaker(place.authorization, HERE) as speaker:
            assert speaker.nick == "ci__"
            assert speaker.connection.account == "ci"


async def test_somebody_who_is_put_off_is_connected_anew(place):
    async with place.speakers.speaker(place.authorization, HERE) as speaker:
        speaker.connection.close()
        await until(lambda: speaker.connection.ended)
        with pytest.raises(HTTPException) as refusal:
            await speaker.ask(Message("PING", ["x"]))
        assert refusal.value.status_code == 503
    async with place.speakers.speaker(place.authorization, HERE) as again:
        assert again is not speaker
        assert await again.ask(Message("PING", ["x"]))


@pytest.mark.parametrize("step", ["log_in", "register"])
async def test_who_gets_no_answer_leaves_nothing_behind(place, monkeypatch, step):
    async def unanswered(connection: InnerConnection, *arguments: Any) -> None:
        raise TimeoutError

    monkeypatch.setattr(InnerConnection, step, unanswered)
    with pytest.raises(HTTPException) as refusal:
        async with place.speakers.speaker(place.authorization, HERE):
            pass
    assert refusal.value.status_code == 503
    await until(lambda: not place.shell.connection_count)


async def test_who_is_here_already_is_no_bot(place):
    token = place.authorization.removeprefix("Bearer ")
    person = place.shell.inner(HERE)
    assert not place.shell.let_in(person)
    await person.begin("sasl")
    assert not await person.log_in("IRCV3BEARER", f"\0ipc\0{token}".encode())
    await person.register("ci", "in person")
    async with place.speakers.speaker(place.authorization, HERE) as speaker:
        assert speaker.connection.session.user is person.session.user
        assert "B" not in person.session.user.modes


async def test_a_stream_that_is_not_read_is_over(place, monkeypatch):
    monkeypatch.setattr(stream, "WAITING_MAX", 3)
    ann = await arrive(place.shell, "ann")
    await ann.ask(Message("JOIN", ["#tea"]))
    async with place.speakers.speaker(place.authorization, HERE) as speaker:
        await speaker.enter("#tea")
        hearing = Hearing(speaker, [])
        for number in range(5):
            await ann.ask(Message("PRIVMSG", ["#tea", str(number)]))
        await until(lambda: hearing.is_over)
        hearing.stop()
        assert not speaker.listeners


async def test_what_happens_while_the_missed_is_told_comes_once_and_behind_it(place):
    ann = await arrive(place.shell, "ann")
    await ann.ask(Message("JOIN", ["#tea"]))
    async with place.speakers.speaker(place.authorization, HERE) as speaker:
        await speaker.enter("#tea")
        (first,) = await ann.ask(Message("PRIVMSG", ["#tea", "0"]))
        await ann.ask(Message("PRIVMSG", ["#tea", "1"]))
        hearing = Hearing(speaker, ["#TEA"])
        await ann.ask(Message("PRIVMSG", ["#tea", "2"]))
        await hearing.begin(first.tags["msgid"])
        await ann.ask(Message("PRIVMSG", ["#tea", "3"]))
        await ann.ask(Message("PRIVMSG", ["ci", "elsewhere"]))
        heard = [told["text"] async for told in hearing.missed()]
        following = await hearing.next(5)
        assert following is not None
        heard.append(following["text"])
        assert heard == ["1", "2", "3"]
        assert await hearing.next(0.01) is None
        hearing.stop()
