"""What a Chat says: messages of several lines, replies, reactions, typing, redaction; IRCv3 draft/multiline, client
tags +reply, +channel-context, +typing, +draft/react."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

import ipcchat
from ipcchat.client import events, saying
from ipcchat.client.connection import Backoff
from tests.client.fake_server import ALL_CAPABILITIES, FakeServer

MULTILINE = f"{ALL_CAPABILITIES} draft/multiline"


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer(capabilities=MULTILINE) as running, asyncio.timeout(30):
        yield running


@pytest.fixture
async def chat(server: FakeServer) -> AsyncIterator[ipcchat.Chat]:
    async with ipcchat.connect(server.url, nick="ann") as connected:
        yield connected


async def hear(chat: ipcchat.Chat, kind: type[events.Event]) -> events.Event:
    """The next event of a kind."""
    async for event in chat:
        if isinstance(event, kind):
            return event
    raise AssertionError("closed")


def received(server: FakeServer, nick: str = "ann") -> list[str]:
    return server.peer(nick).received


async def test_several_lines_are_one_message(server: FakeServer, chat: ipcchat.Chat) -> None:
    """IRCv3 draft/multiline: one batch, one msgid, heard as one by others and by us."""
    async with ipcchat.connect(server.url, nick="bob") as bob:
        message = await chat.send("#lobby", "one\n\n  two\n")
        assert (message.text, message.msgid, message.mine) == ("one\n\n  two", "fake-1", True)
        for who in (chat, bob):
            heard = await hear(who, ipcchat.Message)
            assert isinstance(heard, ipcchat.Message) and (heard.text, heard.msgid) == ("one\n\n  two", "fake-1")
        assert [entry.text for entry in server.history] == ["one\n\n  two"]


async def test_a_text_over_the_servers_limits_becomes_several_messages(server: FakeServer, chat: ipcchat.Chat) -> None:
    """IRCv3 draft/multiline: here at most 5 lines and 2000 bytes in one message."""
    await chat.send("#lobby", "\n".join(str(number) for number in range(12)))
    assert [entry.text.split("\n") for entry in server.history] == [
        [str(number) for number in range(start, min(start + 5, 12))] for start in (0, 5, 10)
    ]
    server.history.clear()
    long = " ".join(["zażółć"] * 300)
    await chat.send("#lobby", long)
    assert len(server.history) == 2 and "".join(entry.text for entry in server.history) == long
    assert all(len(line.partition(" ")[2].encode()) <= 510 for line in received(server))


async def test_several_lines_and_a_lost_connection(
    server: FakeServer, chat: ipcchat.Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is back without draft/multiline: the lines go one by one, and arrive."""
    monkeypatch.setattr(Backoff, "next_seconds", lambda self: 0.01)
    await server.stop()
    receipt = chat.post("#lobby", "one\n\ntwo", reply_to="m1")
    server.capabilities.discard("draft/multiline")
    await server.start()
    assert (await receipt).text == "two"
    assert [(entry.text, entry.tags) for entry in server.history] == [
        ("one", {"+reply": "m1"}),
        ("two", {"+reply": "m1"}),
    ]


async def test_a_refused_line_of_several_is_told(server: FakeServer, chat: ipcchat.Chat) -> None:
    """IRCv3 draft/multiline: FAIL BATCH; RFC 2812 404."""
    with pytest.raises(ipcchat.NotDelivered) as refused:
        await chat.send("#elsewhere", "one\ntwo")
    assert refused.value.code == "404"


async def test_replies_and_private_words_about_a_channel(server: FakeServer, chat: ipcchat.Chat) -> None:
    """IRCv3 +reply, +channel-context."""
    said = server.say("bob", "#lobby", "tea?")
    question = await hear(chat, ipcchat.Message)
    assert isinstance(question, ipcchat.Message)
    answer = await chat.reply(question, "yes")
    assert (answer.target, answer.reply_to, answer.text) == ("#lobby", said.msgid, "yes")
    aside = await chat.notice("bob", "psst", context="#lobby")
    assert (aside.kind, aside.context) == ("notice", "#lobby")
    assert (await chat.action("#lobby", "waves")).kind == "action"
    assert (await chat.say("#lobby", "hi")).kind == "message"


async def test_reactions(server: FakeServer, chat: ipcchat.Chat) -> None:
    """IRCv3 +draft/react: TAGMSG with +reply."""
    message = await chat.send("#lobby", "tea?")
    async with ipcchat.connect(server.url, nick="bob") as bob:
        await bob.react(message, "👍")
        await bob.unreact(message, "👍")
        for removed in (False, True):
            event = await hear(chat, events.Reaction)
            assert isinstance(event, events.Reaction)
            assert (event.nick, event.reaction, event.removed, event.reply_to) == ("bob", "👍", removed, message.msgid)
        with pytest.raises(ipcchat.CommandRefused, match="no id"):
            await bob.react(events.Message(time=message.time, target="#lobby", nick="x", text="y"), "👍")
    server.tokens.append("CLIENTTAGDENY=*,-typing")
    async with ipcchat.connect(server.url, nick="eve") as eve:
        with pytest.raises(ipcchat.CommandRefused, match="no reactions"):
            await eve.react(message, "👍")


async def test_typing_is_told_no_more_often_than_every_three_seconds(
    server: FakeServer, chat: ipcchat.Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """IRCv3 +typing."""
    for state in ("active", "active", "done"):
        chat.typing("#lobby", state)
    chat.typing("bob")
    await chat.command("PING", "x")
    told = [line for line in received(server) if "TAGMSG" in line]
    assert told == ["@+typing=active TAGMSG #lobby", "@+typing=active TAGMSG bob"]
    monkeypatch.setattr(saying, "TYPING_SECONDS", 0.0)
    chat.typing("#lobby", "done")
    await chat.command("PING", "x")
    assert "@+typing=done TAGMSG #lobby" in received(server)
    event = await hear(chat, events.Typing)
    assert isinstance(event, events.Typing) and event.mine and event.state == "active"
    with pytest.raises(ValueError, match="no state of typing"):
        chat.typing("#lobby", "loudly")
    with pytest.raises(ValueError, match="cannot contain"):
        chat.typing("a\nQUIT")


@pytest.mark.parametrize("unable", ["no tags", "denied", "offline"])
async def test_typing_is_not_told_where_it_cannot_be(unable: str) -> None:
    async with FakeServer(capabilities="" if unable == "no tags" else ALL_CAPABILITIES) as server, asyncio.timeout(30):
        server.tokens += ["CLIENTTAGDENY=typing"] if unable == "denied" else []
        async with ipcchat.connect(server.url, nick="ann") as chat:
            if unable == "offline":
                await server.stop()
                await hear(chat, events.Disconnected)
                chat.typing("#lobby")
                return await server.start()
            chat.typing("#lobby")
            await chat.command("PING", "x")
            assert not any("TAGMSG" in line for line in received(server))


async def test_deleting_a_message(server: FakeServer, chat: ipcchat.Chat) -> None:
    """IRCv3 draft/message-redaction."""
    message = await chat.send("#lobby", "oops")
    server.scripted["REDACT #lobby fake-1 typo"] = [":ann!~u@fake.test REDACT #lobby fake-1 :typo"]
    await chat.redact(message, "typo")
    event = await hear(chat, events.Redacted)
    assert isinstance(event, events.Redacted) and (event.redacted, event.by) == ("fake-1", "ann")


async def test_several_lines_in_history(server: FakeServer, chat: ipcchat.Chat) -> None:
    """IRCv3 draft/chathistory with draft/multiline: nested batches."""
    await chat.send("#lobby", "one\ntwo")
    await chat.send("#lobby", "three")
    assert [message.text for message in await chat.history("#lobby")] == ["one\ntwo", "three"]


async def test_history_that_has_more_than_messages(server: FakeServer) -> None:
    """IRCv3 draft/event-playback: other events do not shorten what was asked for."""
    server.capabilities |= {"draft/event-playback"}
    page = [
        f"@time=2026-01-02T03:04:05.000Z;msgid={msgid} :bob!b@b {words}"
        for msgid, words in (("m1", "PRIVMSG #lobby :one"), ("m2", "JOIN #lobby"), ("m3", "TOPIC #lobby :x"))
    ]
    async with ipcchat.connect(server.url, nick="ann", playback=True) as chat:
        server.scripted |= {
            "CHATHISTORY LATEST #lobby * 2": page[1:],
            "CHATHISTORY BEFORE #lobby msgid=m2 2": page[:1],
            "CHATHISTORY BEFORE #lobby msgid=m1 1": [],
        }
        assert [message.text for message in await chat.history("#lobby", 2)] == ["one"]
