"""Connections without a socket: the same rooms, rules and answers as for everybody else."""

from __future__ import annotations

import asyncio

import pytest

from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.core.settings import Settings
from ipcchat.server.inner import Ended
from ipcchat.wire.message import Message, WireError
from tests.server.conftest import until
from tests.server.real_house import PASSWORD, arrive, real_house


def said(lines: list[Message]) -> list[str]:
    return [" ".join([line.command, *line.params]) for line in lines]


@pytest.fixture
async def shell():
    async with real_house() as server:
        yield server.shell


async def test_what_is_asked_is_answered_and_the_others_hear_it(shell):
    ann, bob = await arrive(shell, "ann"), await arrive(shell, "bob")
    heard: list[Message] = []
    bob.on_line = heard.append
    for connection in (ann, bob):
        assert (await connection.ask(Message("JOIN", ["#tea"])))[-1].command == "366"
    echo = await ann.ask(Message("PRIVMSG", ["#tea", "green or black?"]))
    assert said(echo) == ["PRIVMSG #tea green or black?"]
    assert echo[0].tags["msgid"]
    await until(lambda: [line.params[-1] for line in heard if line.command == "PRIVMSG"] == ["green or black?"])


async def test_an_answer_of_no_line_and_one_of_one(shell):
    ann = await arrive(shell, "ann")
    assert await ann.ask(Message("PONG", ["x"])) == []
    assert said(await ann.ask(Message("PING", ["x"]))) == ["PONG test.net x"]


async def test_the_batch_around_an_answer_is_taken_off_and_those_in_it_stay(shell):
    ann = await arrive(shell, "ann")
    await ann.begin("draft/chathistory draft/multiline")
    await ann.ask(Message("JOIN", ["#tea"]))
    await ann.ask(Message("PRIVMSG", ["#tea", "0"]))
    ann.say(
        Message("BATCH", ["+1", "draft/multiline", "#tea"]),
        Message("PRIVMSG", ["#tea", "1"], tags={"batch": "1"}),
        Message("PRIVMSG", ["#tea", "2"], tags={"batch": "1"}),
        Message("BATCH", ["-1"]),
    )
    await ann.ask(Message("PING", ["said"]))
    answer = await ann.ask(Message("CHATHISTORY", ["LATEST", "#tea", "*", "10"]))
    assert [line.params[-1] for line in answer if line.command == "PRIVMSG"] == ["0", "1", "2"]
    batches = [line.params[:2] for line in answer if line.command == "BATCH"]
    assert [words[0][0] for words in batches] == ["+", "-"]
    assert batches[0][1] == "draft/multiline"


async def test_a_message_of_several_lines_is_answered_with_its_batch(shell):
    ann = await arrive(shell, "ann")
    await ann.begin("draft/multiline")
    await ann.ask(Message("JOIN", ["#tea"]))
    echo = await ann.ask(
        Message("BATCH", ["+1", "draft/multiline", "#tea"]),
        Message("PRIVMSG", ["#tea", "one"], tags={"batch": "1"}),
        Message("PRIVMSG", ["#tea", "two"], tags={"batch": "1"}),
        Message("BATCH", ["-1"]),
    )
    assert [line.command for line in echo] == ["BATCH", "PRIVMSG", "PRIVMSG", "BATCH"]
    assert echo[0].tags["msgid"]


async def test_two_questions_at_once_get_their_own_answers(shell):
    ann = await arrive(shell, "ann")
    answers = await asyncio.gather(*(ann.ask(Message("PING", [f"n{number}"])) for number in range(15)))
    assert [said(answer) for answer in answers] == [[f"PONG test.net n{number}"] for number in range(15)]


async def test_nothing_of_a_line_becomes_another(shell):
    ann = await arrive(shell, "ann")
    for text in ("x\r\nQUIT", "x\0", "y" * 600):
        with pytest.raises(WireError):
            await ann.ask(Message("PRIVMSG", ["ann", text]))
    with pytest.raises(WireError):
        await ann.ask(Message("JOIN", ["#a b", "key"]))
    assert said(await ann.ask(Message("PING", ["here"]))) == ["PONG test.net here"]


async def test_it_logs_in_by_password_and_by_token(shell):
    ann = await arrive(shell, "ann", account=True)
    assert ann.account == "ann"
    heard: list[Message] = []
    ann.on_line = heard.append
    notices = await ann.ask(Message("NICKSERV", ["TOKEN", "ADD", "bot"]))
    token = next(word for word in notices[-1].params[-1].split() if word.startswith("ipc_"))
    for mechanism, response in (("PLAIN", f"\0ann\0{PASSWORD}"), ("IRCV3BEARER", f"\0ipc\0{token}")):
        other = shell.inner(Peer("127.0.0.1"))
        assert not shell.let_in(other)
        await other.begin("sasl")
        assert await other.log_in(mechanism, response.encode()) == ""
        assert other.account == "ann"
        other.close()
    wrong = shell.inner(Peer("127.0.0.1"))
    assert not shell.let_in(wrong)
    await wrong.begin("sasl")
    assert "SASL authentication failed" in await wrong.log_in("PLAIN", b"\0ann\0wrong password")
    assert wrong.account == ""
    wrong.close()


async def test_its_end_ends_what_waits(shell):
    ann = await arrive(shell, "ann")
    ended: list[str] = []
    ann.on_end = lambda: ended.append(ann.ended)
    before = shell.connection_count
    ann.close()
    await until(lambda: ended)
    assert ended == ["Closing link: Quit: "]
    assert shell.connection_count == before - 1
    with pytest.raises(Ended):
        await ann.ask(Message("PING", ["x"]))


async def test_it_counts_at_the_door_as_every_connection():
    settings = Settings(server_name="test.net", exempt=(), limits=Limits(connections_per_address_max=2))
    async with real_house(settings) as server:
        first = [server.shell.inner(Peer("192.0.2.7")) for _ in range(3)]
        reasons = [server.shell.let_in(connection) for connection in first]
        assert reasons[:2] == ["", ""]
        assert "2 connections of your network are open" in reasons[2]


async def test_who_says_nothing_for_long_answers_the_server(shell):
    ann = await arrive(shell, "ann")
    ann.hear(b"PING :are you there\r\n")
    assert said(await ann.ask(Message("PING", ["x"]))) == ["PONG test.net x"]
    assert not ann.ended


async def test_all_are_over_when_the_server_stops():
    async with real_house() as server:
        ann = await arrive(server.shell, "ann")
    assert ann.ended == "Server is stopping"
