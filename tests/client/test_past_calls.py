"""What a Chat reads of the past: IRCv3 draft/chathistory, draft/read-marker, soju.im/search, draft/message-edit,
docs/catch-up.md and docs/messages.md."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import pytest

import ipcchat
from ipcchat.client.past_calls import HistoryTarget, Page, messages_in
from tests.client.fake_server import ALL_CAPABILITIES, FakeServer

NEW = "draft/message-edit draft/read-marker soju.im/search ipc-chat/catch-up draft/message-redaction"
TIME = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer(f"{ALL_CAPABILITIES} {NEW}") as running, asyncio.timeout(30):
        yield running


@pytest.fixture
async def chat(server: FakeServer) -> AsyncIterator[ipcchat.Chat]:
    async with ipcchat.connect(server.url, nick="ann") as connected:
        yield connected


def batch(kind: str, *rows: str, target: str = "") -> list[str]:
    """Rows "msgid line" in a batch."""
    lines = [f"@batch=h;msgid={msgid};time=2026-01-02T03:04:05.000Z {line}" for msgid, line in map(split, rows)]
    return [f":f BATCH +h {kind} {target}".rstrip(), *lines, ":f BATCH -h"]


def split(row: str) -> tuple[str, str]:
    msgid, _, line = row.partition(" ")
    return msgid, line


async def test_what_two_people_wrote_to_each_other(server: FakeServer, chat: ipcchat.Chat) -> None:
    server.scripted["CHATHISTORY LATEST bob * 2"] = batch(
        "chathistory", "m1 :bob!b@b PRIVMSG ann :hi", "m2 :ann!a@a PRIVMSG bob :hello", target="bob"
    )
    found = await chat.history("bob", 2)
    assert [(message.text, message.mine, message.place) for message in found] == [
        ("hi", False, "bob"),
        ("hello", True, "bob"),
    ]


async def test_a_message_of_the_past_has_its_latest_text(server: FakeServer, chat: ipcchat.Chat) -> None:
    """What belongs to a message stands behind it (draft/chathistory-context) and is none."""
    rows = ["m1 :bob!b@b PRIVMSG #lobby :tee", "m4 :bob!b@b PRIVMSG #lobby :other"]
    server.scripted["CHATHISTORY LATEST #lobby * 2"] = [
        ":f BATCH +h chathistory #lobby",
        f"@batch=h;msgid=m1 {rows[0].partition(' ')[2]}",
        "@batch=h;msgid=m2;draft/chathistory-context;+draft/edit=m1 :bob!b@b PRIVMSG #lobby :te",
        "@batch=h;msgid=m3;draft/chathistory-context;+draft/edit=m1 :bob!b@b PRIVMSG #lobby :tea",
        f"@batch=h;msgid=m4 {rows[1].partition(' ')[2]}",
        ":f BATCH -h",
    ]
    found = await chat.history("#lobby", 2)
    assert [(message.msgid, message.text, message.edited) for message in found] == [
        ("m1", "tea", True),
        ("m4", "other", False),
    ]


async def test_where_something_was_said(server: FakeServer, chat: ipcchat.Chat) -> None:
    """draft/chathistory, TARGETS."""
    line = "CHATHISTORY TARGETS timestamp=2026-01-02T03:04:05.000Z timestamp=9999-12-31T23:59:59.999Z 5"
    server.scripted[line] = [
        ":f BATCH +t draft/chathistory-targets",
        "@batch=t :f CHATHISTORY TARGETS #tea 2026-01-02T03:04:05.000Z",
        "@batch=t :f CHATHISTORY TARGETS bob nonsense",
        ":f BATCH -t",
    ]
    assert await chat.targets(5, after=TIME) == [HistoryTarget("#tea", TIME)]


async def test_search(server: FakeServer, chat: ipcchat.Chat) -> None:
    """soju.im/search: attributes are written like message tags."""
    line = r"SEARCH text=green\stea\:;in=#lobby;from=bob;limit=3;after=2026-01-02T03:04:05.000Z"
    server.scripted[line] = batch("soju.im/search", "m1 :bob!b@b PRIVMSG #lobby :green tea;")
    found = await chat.search("green tea;", target="#lobby", nick="bob", after=TIME, limit=3)
    assert [(message.text, message.missed) for message in found] == [("green tea;", True)]


async def test_what_a_search_finds_has_the_text_of_today(server: FakeServer, chat: ipcchat.Chat) -> None:
    """soju.im/search with draft/message-edit: the edits stand behind the message (docs/messages.md)."""
    server.scripted["SEARCH text=tea;limit=50"] = batch(
        "soju.im/search",
        "m1 :bob!b@b PRIVMSG #lobby :green tee",
        "m2;+draft/edit=m1;draft/chathistory-context :bob!b@b PRIVMSG #lobby :green tea",
    )
    found = await chat.search("tea")
    assert [(message.msgid, message.text, message.edited) for message in found] == [("m1", "green tea", True)]


async def test_pins(server: FakeServer, chat: ipcchat.Chat) -> None:
    message = await chat.send("#lobby", "read this")
    server.scripted |= {f"PIN #lobby {message.msgid}": [], f"UNPIN #lobby {message.msgid}": []}
    server.scripted["PINS #lobby"] = batch("ipc-chat/pins", "m1 :bob!b@b PRIVMSG #lobby :rules", target="#lobby")
    await chat.pin(message)
    await chat.unpin(message)
    assert [pinned.text for pinned in await chat.pins("#lobby")] == ["rules"]


async def test_how_far_our_user_has_read(server: FakeServer, chat: ipcchat.Chat) -> None:
    """draft/read-marker: the server answers with what counts."""
    server.scripted["MARKREAD #lobby timestamp=2026-01-02T03:04:05.000Z"] = [
        ":f MARKREAD #lobby timestamp=2026-01-02T03:04:05.000Z"
    ]
    server.scripted["MARKREAD bob"] = [":f MARKREAD bob *"]
    assert await chat.mark_read("#lobby", TIME) == TIME
    assert await chat.read_marker("bob") is None


async def test_a_page_of_everything(server: FakeServer, chat: ipcchat.Chat) -> None:
    """docs/catch-up.md."""
    server.scripted["CATCHUP J-1 10 #lobby,#ops"] = [
        ":f BATCH +c ipc-chat/catch-up J-1",
        "@batch=c;msgid=J-2;ipc-chat/history=#lobby :bob!b@b PRIVMSG #lobby :one",
        "@batch=c;msgid=J-3;ipc-chat/history=#ops;+reply=J-2;+draft/react=x :bob!b@b TAGMSG #ops",
        "@batch=c :f CATCHUP MORE J-3",
        ":f BATCH -c",
    ]
    missed = await chat.catch_up("J-1", 10, ["#lobby", "#ops"])
    assert [type(event).__name__ for event in missed.events] == ["Message", "Reaction"]
    assert (missed.cursor, missed.more) == ("J-3", True)
    server.scripted["CATCHUP J-3 1000"] = [":f BATCH +c ipc-chat/catch-up J-3", ":f BATCH -c"]
    with pytest.raises(ipcchat.CommandRefused, match="no end"):
        await chat.catch_up("J-3")


async def test_an_edit_is_confirmed_like_a_message(server: FakeServer, chat: ipcchat.Chat) -> None:
    message = await chat.send("#lobby", "tee")
    edited = await chat.edit(message, "tea")
    assert (edited.text, server.history[-1].tags) == ("tea", {"+draft/edit": message.msgid})
    with pytest.raises(ipcchat.NotDelivered, match="one message"):
        await chat.edit(message, "x" * 2_000)
    unknown = ipcchat.Message(time=TIME, target="#lobby", nick="ann", text="x")
    with pytest.raises(ipcchat.NotDelivered, match="no id"):
        await chat.edit(unknown, "y")


def page(*rows: str, target: str = "#lobby") -> list[str]:
    """A page of history: each row is tags, a space, and a line."""
    return [f":f BATCH +h chathistory {target}", *(f"@batch=h;{row}" for row in rows), ":f BATCH -h"]


def said(msgid: str, text: str = "x", *tags: str, second: int = 5) -> str:
    """A row of a page."""
    time = f"time=2026-01-02T03:04:{second:02}.000Z"
    return ";".join([f"msgid={msgid}", time, *tags]) + f" :bob!b@b PRIVMSG #lobby :{text}"


@pytest.fixture
async def playback(server: FakeServer) -> AsyncIterator[ipcchat.Chat]:
    """Somebody who hears joins and the like of the past too, and gets pages of three."""
    server.capabilities.add("draft/event-playback")
    async with ipcchat.connect(server.url, nick="ann", playback=True) as connected:
        yield connected


async def test_a_page_has_everything_that_happened(server: FakeServer, playback: ipcchat.Chat) -> None:
    """draft/chathistory with draft/event-playback. What belongs to a message stands behind it, does not count, and is
    no place to go on from."""
    server.scripted["CHATHISTORY LATEST #lobby * 3"] = page(
        "msgid=m1;time=2026-01-02T03:04:05.000Z :bob!b@b JOIN #lobby",
        said("m2", "tee"),
        said("m9", "tea", "draft/chathistory-context", "+draft/edit=m2"),
        said("m3", "later"),
    )
    latest = await playback.past("#lobby")
    assert [type(act).__name__ for act in latest.acts] == ["Joined", "Message", "Edited", "Message"]
    assert (latest.begins, latest.ends) == ("msgid=m1", "msgid=m3")
    assert (latest.more_before, latest.more_after) == (True, False)
    assert all(act.missed for act in latest.acts)


async def test_the_page_before(server: FakeServer, playback: ipcchat.Chat) -> None:
    """A point of another page, a msgid and an act mean the same."""
    server.scripted["CHATHISTORY BEFORE #lobby msgid=m3 3"] = page(said("m1"), said("m2"))
    for before in ("msgid=m3", "m3", ipcchat.Message(time=TIME, target="#lobby", nick="bob", text="x", msgid="m3")):
        found = await playback.past("#lobby", before=before)
        assert (found.begins, found.more_before, found.more_after) == ("msgid=m1", False, True)


async def test_the_page_after(server: FakeServer, playback: ipcchat.Chat) -> None:
    server.scripted["CHATHISTORY AFTER #lobby msgid=m1 2"] = page(said("m2"), said("m3"))
    server.scripted["CHATHISTORY AFTER #lobby msgid=m3 2"] = page(said("m4"))
    server.scripted["CHATHISTORY AFTER #lobby msgid=m4 2"] = page()
    found = await playback.past("#lobby", 2, after="m1")
    assert (found.more_before, found.more_after) == (True, True)
    found = await playback.past("#lobby", 2, after=found.ends)
    assert (found.ends, found.more_before, found.more_after) == ("msgid=m4", True, False)
    found = await playback.past("#lobby", 2, after=found.ends)
    assert (found.acts, found.begins, found.more_before, found.more_after) == ([], "", True, False)


AROUND = [
    (["m3", "m4", "m5"], True, True),
    (["m4", "m5", "m6"], False, True),
    (["m2", "m3", "m4"], True, False),
    ([], False, False),
]


@pytest.mark.parametrize(("msgids", "before", "after"), AROUND)
async def test_the_page_around(
    server: FakeServer, playback: ipcchat.Chat, msgids: list[str], before: bool, after: bool
) -> None:
    """Half of it is before the point, half behind it; who has less there has reached an end."""
    server.scripted["CHATHISTORY AROUND #lobby msgid=m4 3"] = page(*map(said, msgids))
    found = await playback.past("#lobby", around="m4")
    assert (found.more_before, found.more_after) == (before, after)


async def test_without_playback_a_short_page_says_nothing_of_what_is_beyond(
    server: FakeServer, chat: ipcchat.Chat
) -> None:
    """A server may have counted joins that it does not show."""
    server.scripted["CHATHISTORY LATEST #lobby * 3"] = page(said("m1"))
    server.scripted["CHATHISTORY BEFORE #lobby msgid=m1 3"] = page()
    latest = await chat.past("#lobby")
    assert (latest.more_before, latest.more_after) == (None, False)
    assert (await chat.past("#lobby", before=latest.begins)).more_before is False


async def test_a_server_that_knows_times_only(server: FakeServer) -> None:
    """ISUPPORT MSGREFTYPES, as of soju."""
    server.tokens.append("MSGREFTYPES=timestamp")
    first, last = "timestamp=2026-01-02T03:04:01.000Z", "timestamp=2026-01-02T03:04:03.000Z"
    server.scripted["CHATHISTORY LATEST #lobby * 3"] = page(*(said(f"m{n}", second=n) for n in (1, 2, 3)))
    server.scripted[f"CHATHISTORY BEFORE #lobby {first} 3"] = page()
    server.scripted["CHATHISTORY AROUND #lobby timestamp=2026-01-02T03:04:02.000Z 3"] = page(
        *(said(f"m{n}", second=n) for n in (1, 2, 3))
    )
    async with ipcchat.connect(server.url, nick="ann") as chat:
        latest = await chat.past("#lobby")
        assert (latest.begins, latest.ends) == (first, last)
        assert (await chat.past("#lobby", before=latest.begins)).acts == []
        around = await chat.past("#lobby", around=latest.acts[1])
        assert (around.more_before, around.more_after) == (True, True)
        assert [message.msgid for message in await chat.history("#lobby")] == ["m1", "m2", "m3"]
        with pytest.raises(ipcchat.CommandRefused, match="by its time"):
            await chat.past("#lobby", around="m2")


def test_where_there_is_no_history_there_is_no_more() -> None:
    assert Page.empty() == Page([], "", "", False, False)


ABSENT: list[tuple[Callable[[ipcchat.Chat], Awaitable[object]], str]] = [
    (lambda chat: chat.history("#lobby"), "no history"),
    (lambda chat: chat.past("#lobby"), "no history"),
    (lambda chat: chat.targets(), "no history"),
    (lambda chat: chat.search("x"), "no search"),
    (lambda chat: chat.mark_read("#lobby", TIME), "no read markers"),
    (lambda chat: chat.catch_up("*"), "no catch-up"),
    (lambda chat: chat.cursors(), "no cursors"),
    (lambda chat: chat.drop_cursor("bot"), "no cursors"),
    (lambda chat: anext(aiter(chat.subscribe("bot"))), "no cursors"),
    (
        lambda chat: chat.edit(ipcchat.Message(time=TIME, target="#lobby", nick="ann", text="x", msgid="m"), "y"),
        "cannot be edited",
    ),
]


@pytest.mark.parametrize(("call", "reason"), ABSENT, ids=[reason for _, reason in ABSENT])
async def test_what_a_server_has_not_is_refused_by_name(
    call: Callable[[ipcchat.Chat], Awaitable[object]], reason: str
) -> None:
    async with FakeServer("") as server, asyncio.timeout(30), ipcchat.connect(server.url, nick="ann") as chat:
        with pytest.raises(ipcchat.CommandRefused, match=reason):
            await call(chat)


def test_an_edit_of_what_is_not_there_is_left_out() -> None:
    edit = ipcchat.Edited(time=TIME, target="#lobby", nick="ann", original="m1", text="x", msgid="m2")
    assert messages_in([edit]) == []
