"""Each call of a Chat: the line it sends and what it makes of the answer, with labels and without (RFC 2812 alone)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

import ipcchat
from ipcchat.client import events
from ipcchat.client.connection import Backoff
from ipcchat.client.results import ListedChannel, ListEntry, NamedMember, Whois
from ipcchat.wire.message import parse
from tests.client.fake_server import ALL_CAPABILITIES, FakeServer

Call = Callable[[ipcchat.Chat], Awaitable[object]]


@pytest.fixture(params=["labels", "nothing"])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[FakeServer]:
    capabilities = ALL_CAPABILITIES if request.param == "labels" else ""
    async with FakeServer(capabilities=capabilities) as running, asyncio.timeout(30):
        running.tokens += ["MONITOR=100", "MODES=2", "BOT=B"]
        yield running


@pytest.fixture
async def chat(server: FakeServer) -> AsyncIterator[ipcchat.Chat]:
    async with ipcchat.connect(server.url, nick="ann") as connected:
        yield connected


def sent(server: FakeServer, start: str) -> list[str]:
    """The lines the server received, without tags, that begin so."""
    lines = [line.partition(" ")[2] if line.startswith("@") else line for line in server.peer("ann").received]
    return [line for line in lines if line.startswith(start)]


ME = ":ann!~u@fake.test"
CALLS: list[tuple[Call, str, list[str], object]] = [
    (lambda chat: chat.kick("#lobby", "bob", "be nice"), "KICK #lobby bob be nice", [f"{ME} KICK #lobby bob :x"], None),
    (lambda chat: chat.kick("#lobby", "bob"), "KICK #lobby bob", [f"{ME} KICK #lobby bob :bob"], None),
    (lambda chat: chat.invite("bob", "#lobby"), "INVITE bob #lobby", [":f 341 ann bob #lobby"], None),
    (lambda chat: chat.invitations(), "INVITE", [":f 336 ann #a", ":f 336 ann #b", ":f 337 ann :E"], ["#a", "#b"]),
    (lambda chat: chat.knock("#ops", "please"), "KNOCK #ops please", [":f 711 ann #ops :delivered"], None),
    (lambda chat: chat.rename("#a", "#b", "typo"), "RENAME #a #b typo", [f"{ME} RENAME #a #b :typo"], None),
    (lambda chat: chat.mode("#lobby"), "MODE #lobby", [":f 324 ann #lobby +ntk key", ":f 329 ann #lobby 5"],
     "+ntk key"),
    (lambda chat: chat.mode("ann"), "MODE ann", [":f 221 ann +iw"], "+iw"),
    (lambda chat: chat.mode("#lobby", "+m-t"), "MODE #lobby +m-t", [f"{ME} MODE #lobby +m-t"], "+m-t"),
    (lambda chat: chat.mode("#lobby", "+m"), "MODE #lobby +m", [], ""),
    (lambda chat: chat.op("#lobby", "bob"), "MODE #lobby +o bob", [f"{ME} MODE #lobby +o bob"], None),
    (lambda chat: chat.deop("#lobby", "bob"), "MODE #lobby -o bob", [], None),
    (lambda chat: chat.voice("#lobby", "bob", "eve"), "MODE #lobby +vv bob eve", [], None),
    (lambda chat: chat.devoice("#lobby", "bob"), "MODE #lobby -v bob", [], None),
    (lambda chat: chat.ban("#lobby", "*!*@bad"), "MODE #lobby +b *!*@bad", [], "*!*@bad"),
    (lambda chat: chat.ban("#lobby", "stranger"), "MODE #lobby +b stranger!*@*", [], "stranger!*@*"),
    (lambda chat: chat.masks("#lobby", "e"), "MODE #lobby +e", [":f 348 ann #lobby *!*@a", ":f 349 ann #lobby :E"],
     [ListEntry(mask="*!*@a")]),
    (lambda chat: chat.names("#ops"), "NAMES #ops", [":f 353 ann = #ops :@bob", ":f 366 ann #ops :E"],
     [NamedMember(nick="bob", prefixes="@")]),
    (lambda chat: chat.list_channels(">1", "#t*"), "LIST >1,#t*", [":f 322 ann #tea 5 :hot", ":f 323 ann :E"],
     [ListedChannel(name="#tea", members=5, topic="hot")]),
    (lambda chat: chat.whois("bob"), "WHOIS bob", [":f 311 ann bob b h * :B", ":f 318 ann bob :E"],
     Whois(nick="bob", user="b", host="h", realname="B")),
    (lambda chat: chat.whowas("bob"), "WHOWAS bob", [":f 369 ann bob :E"], []),
    (lambda chat: chat.setname("Ann A."), "SETNAME Ann A.", [f"{ME} SETNAME :Ann A."], None),
    (lambda chat: chat.away("lunch"), "AWAY lunch", [":f 306 ann :You have been marked as being away"], None),
    (lambda chat: chat.back(), "AWAY", [":f 305 ann :You are no longer marked as being away"], None),
    (lambda chat: chat.monitor("bob", "eve"), "MONITOR + bob,eve", [":f 730 ann :bob!b@b", ":f 731 ann :eve"],
     {"bob": True, "eve": False}),
    (lambda chat: chat.unmonitor("bob"), "MONITOR - bob", [], None),
    (lambda chat: chat.monitored(), "MONITOR S", [":f 731 ann :eve"], {"eve": False}),
    (lambda chat: chat.metadata("bob"), "METADATA bob LIST", [":f 761 ann bob url * :x"], {"url": "x"}),
    (lambda chat: chat.metadata("*", "a", "b"), "METADATA * GET a b", [":f 761 ann * a * :1", ":f 766 ann * b :no"],
     {"a": "1"}),
    (lambda chat: chat.set_metadata("*", "a", "x y"), "METADATA * SET a x y", [":f 761 ann * a * :x"], "x"),
    (lambda chat: chat.set_metadata("#lobby", "a", None), "METADATA #lobby SET a", [":f 766 ann #lobby a :no"], None),
    (lambda chat: chat.follow_metadata("a", "b"), "METADATA * SUB a b", [":f 770 ann a"], ["a"]),
    (lambda chat: chat.unfollow_metadata("a"), "METADATA * UNSUB a", [":f 771 ann a"], None),
    (lambda chat: chat.followed_metadata(), "METADATA * SUBS", [":f 772 ann a b"], ["a", "b"]),
    (lambda chat: chat.help("TOPIC"), "HELP TOPIC", [":f 704 ann TOPIC :TOPIC", ":f 706 ann TOPIC :End of /HELP"],
     "TOPIC"),
    (lambda chat: chat.motd(), "MOTD", [":f 375 ann :-", ":f 372 ann :- tea", ":f 376 ann :End of /MOTD"], "- tea"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "line", "answer", "result"), CALLS, ids=[line for _, line, _, _ in CALLS])
async def test_a_call_is_one_line_and_its_answer(
    server: FakeServer, chat: ipcchat.Chat, call: Call, line: str, answer: list[str], result: object
) -> None:
    server.scripted[line] = answer
    assert await call(chat) == result
    assert [text.replace(" :", " ") for text in sent(server, line.split()[0])] == [line]


REFUSALS: list[tuple[Call, str, str, str, str]] = [
    (lambda chat: chat.kick("#lobby", "bob"), "KICK #lobby bob", "482 ann #lobby :You're not channel operator", "482",
     "#lobby: You're not channel operator"),
    (lambda chat: chat.whois("bob"), "WHOIS bob", "401 ann bob :No such nick", "401", "bob: No such nick"),
    (lambda chat: chat.whois("bob"), "WHOIS bob", "318 ann bob :End", "401", "bob: there is nobody of that name"),
    (lambda chat: chat.rename("#a", "#b"), "RENAME #a #b", "FAIL RENAME CANNOT_RENAME #a #b :Not now", "CANNOT_RENAME",
     "Not now"),
    (lambda chat: chat.monitor("bob"), "MONITOR + bob", "734 ann 100 bob :Monitor list is full.", "734",
     "100 bob: Monitor list is full."),
    (lambda chat: chat.knock("#ops"), "KNOCK #ops", "713 ann #ops :Channel is open.", "713", "#ops: Channel is open."),
    (lambda chat: chat.setname("x"), "SETNAME x", "FAIL SETNAME INVALID_REALNAME :Not valid", "INVALID_REALNAME",
     "Not valid"),
    (lambda chat: chat.unban("#lobby", "bob"), "MODE #lobby +b", "368 ann #lobby :End", "",
     "no ban in #lobby is about bob"),
    (lambda chat: chat.help("XYZZY"), "HELP XYZZY", "524 ann XYZZY :No help available", "524",
     "XYZZY: No help available"),
    (lambda chat: chat.metadata("*", "!"), "METADATA * GET !", "FAIL METADATA KEY_INVALID ! :invalid key",
     "KEY_INVALID", "invalid key"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "line", "answer", "code", "text"), REFUSALS, ids=[line for _, line, *_ in REFUSALS])
async def test_a_refusal_is_raised_with_the_servers_reason(
    server: FakeServer, chat: ipcchat.Chat, call: Call, line: str, answer: str, code: str, text: str
) -> None:
    server.scripted[line] = [f":f {answer}"]
    with pytest.raises(ipcchat.CommandRefused) as refused:
        await call(chat)
    assert (refused.value.code, str(refused.value)) == (code, text)


async def test_what_does_not_fit_into_a_line_is_refused_here(server: FakeServer, chat: ipcchat.Chat) -> None:
    """RFC 2812 2.3: 512 bytes; a server would cut it or close the connection."""
    with pytest.raises(ipcchat.CommandRefused, match="a line has 510"):
        await chat.topic("#lobby", "x" * 600)
    with pytest.raises(ipcchat.CommandRefused, match="tags would take"):
        await chat.command("TAGMSG", "#lobby", tags={"+x": "y" * 5_000})
    assert await chat.topic("#lobby", "short") == "short"


async def test_ranks_go_in_as_few_lines_as_the_server_takes(server: FakeServer, chat: ipcchat.Chat) -> None:
    """Modern IRC: MODES, here 2."""
    server.scripted |= {"MODE #lobby +oo a b": [], "MODE #lobby +o c": []}
    await chat.op("#lobby", "a", "b", "c")
    assert sent(server, "MODE") == ["MODE #lobby +oo a b", "MODE #lobby +o c"]


async def test_a_person_is_banned_by_host_and_let_in_again(server: FakeServer, chat: ipcchat.Chat) -> None:
    server.everybody(parse(":bob!b@bad.test JOIN #lobby"))
    await chat.command("PING", "x")
    server.scripted |= {
        "MODE #lobby +b *!*@bad.test": [],
        "MODE #lobby +b": [
            ":f 367 ann #lobby *!*@bad.test ann 5",
            ":f 367 ann #lobby eve!*@*",
            ":f 367 ann #lobby BOB!*@*",
            ":f 367 ann #lobby b?b!b@*",
            ":f 368 ann #lobby :End",
        ],
        "MODE #lobby -bb *!*@bad.test BOB!*@*": [],
        "MODE #lobby -b b?b!b@*": [],
    }
    assert await chat.ban("#lobby", "bob") == "*!*@bad.test"
    assert await chat.unban("#lobby", "bob") == ["*!*@bad.test", "BOB!*@*", "b?b!b@*"]
    assert sent(server, "MODE")[2:] == ["MODE #lobby -bb *!*@bad.test BOB!*@*", "MODE #lobby -b b?b!b@*"]


async def test_who_asks_for_accounts_where_it_can(server: FakeServer) -> None:
    """IRCv3 whox; else RFC 2812 WHO."""
    for tokens, line, answer, account in (
        ([], "WHO #lobby", ":f 352 ann #lobby b h f bob H@ :0 Bob", None),
        (["WHOX"], "WHO #lobby %tcuhsnfar,742", ":f 354 ann 742 #lobby b h f bob G@ bobby :Bob", "bobby"),
    ):
        server.tokens += tokens
        server.scripted[line] = [answer, ":f 315 ann #lobby :End"]
        async with ipcchat.connect(server.url, nick="ann") as chat:
            server.everybody(parse(":bob!b@h JOIN #lobby"))
            (entry,) = await chat.who("#lobby")
            assert (entry.nick, entry.account, entry.prefixes) == ("bob", account, "@")
            assert chat.people["bob"].account == account
            assert chat.channels["#lobby"].members["bob"].away == ("*" if account else "")


async def test_what_the_server_is_not_able_to_do_is_said_at_once() -> None:
    async with (
        FakeServer(capabilities="") as server,
        asyncio.timeout(30),
        ipcchat.connect(server.url, nick="ann") as chat,
    ):
        with pytest.raises(ipcchat.CommandRefused, match="no MONITOR"):
            await chat.monitor("bob")
        with pytest.raises(ipcchat.CommandRefused, match="no tags"):
            await chat.tag_message("#lobby", {"+x": "y"})
        await chat.command("PING", "x", tags={"+x": "y"})
        assert server.peer("ann").received[-2] == "PING x"
        assert chat.capabilities == {} and chat.support["PREFIX"] == "(ov)@+"


async def test_what_we_told_the_server_holds_after_a_reconnect(
    server: FakeServer, chat: ipcchat.Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWAY, MONITOR and the real name are told to the next connection too."""
    monkeypatch.setattr(Backoff, "next_seconds", lambda self: 0.01)
    server.scripted |= {
        "AWAY lunch": [":f 306 ann :x"],
        "MONITOR + bob": [":f 731 ann :bob"],
        "SETNAME Ann A.": [],
    }
    await chat.away("lunch")
    await chat.monitor("bob")
    await chat.setname("Ann A.")
    assert chat.people["ann"].away == "lunch"
    server.cut()
    await chat.send("#lobby", "back")
    assert sent(server, "AWAY") == ["AWAY :lunch"] and sent(server, "MONITOR") == ["MONITOR + bob"]
    assert sent(server, "USER")[0].endswith(":Ann A.")
    await chat.command("PING", "x")
    assert chat.people["ann"].away == "lunch" and chat.people["bob"].monitored


async def test_a_server_that_leads_elsewhere_is_followed(server: FakeServer) -> None:
    """470 (Solanum) and FAIL JOIN CHANNEL_RENAMED (IRCv3 draft/channel-rename)."""
    joined = [":ann!~u@fake.test JOIN #new", ":f 353 ann = #new :ann", ":f 366 ann #new :End"]
    async with ipcchat.connect(server.url, nick="ann", channels=()) as chat:
        server.scripted["JOIN #old"] = [":f 470 ann #old #new :Forwarding to another channel", *joined]
        assert (await chat.join("#old")).name == "#new"
        server.scripted["JOIN #older"] = [":f FAIL JOIN CHANNEL_RENAMED #older #new :The channel has been renamed"]
        assert (await chat.join("#older")).name == "#new"
        server.scripted["JOIN #a"] = [":f FAIL JOIN CHANNEL_RENAMED #a #b :renamed"]
        server.scripted["JOIN #b"] = [":f FAIL JOIN CHANNEL_RENAMED #b #a :renamed"]
        with pytest.raises(ipcchat.CommandRefused, match="again and again"):
            await chat.join("#a")
        server.scripted["JOIN #x"] = [":f 470 ann #x #y :Forwarding to another channel", ":f 474 ann #y :Banned"]
        with pytest.raises(ipcchat.CommandRefused, match="Banned"):
            await chat.join("#x")
        assert list(chat.channels) == ["#new"]


async def test_an_answer_does_not_come_as_event_too(server: FakeServer, chat: ipcchat.Chat) -> None:
    server.scripted["WHOIS bob"] = [":f 311 ann bob b h * :B", ":f 301 ann bob :lunch", ":f 318 ann bob :E"]
    await chat.whois("bob")
    await chat.send("#lobby", "end")
    heard = []
    async for event in chat:
        heard.append(event)
        if isinstance(event, ipcchat.Message):
            break
    assert not [event for event in heard if isinstance(event, events.Numeric | events.IsAway)]
