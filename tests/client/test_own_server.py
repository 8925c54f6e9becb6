"""The library and the project's own server speak one language: a conversation of two programs over real connections."""

from __future__ import annotations

import asyncio

import pytest

import ipcchat
from ipcchat.client import events
from ipcchat.client.events import Event
from tests.client.own_server import own_server


async def hear(chat: ipcchat.Chat, kind: type[Event]) -> Event:
    """The next event of a kind."""
    async for event in chat:
        if isinstance(event, kind):
            return event
    raise AssertionError("closed")


async def test_messages_in_all_their_forms() -> None:
    """IRCv3 draft/multiline, +reply, +draft/react, +typing, draft/chathistory."""
    async with (
        own_server() as url,
        asyncio.timeout(20),
        ipcchat.connect(url, nick="ann") as ann,
        ipcchat.connect(url, nick="bob") as bob,
    ):
        message = await ann.send("#lobby", "one\n\ntwo")
        heard = await hear(bob, events.Message)
        assert isinstance(heard, events.Message)
        assert (heard.text, heard.msgid) == (message.text, message.msgid) == ("one\n\ntwo", message.msgid)
        await bob.react(heard, "👍")
        reaction = await hear(ann, events.Reaction)
        assert isinstance(reaction, events.Reaction)
        assert (reaction.nick, reaction.reaction, reaction.reply_to) == ("bob", "👍", message.msgid)
        assert (await bob.reply(heard, "yes")).reply_to == message.msgid
        bob.typing("#lobby")
        typing = await hear(ann, events.Typing)
        assert isinstance(typing, events.Typing) and (typing.nick, typing.state) == ("bob", "active")
        assert [past.text for past in await ann.history("#lobby")] == ["one\n\ntwo", "yes"]
        with pytest.raises(ipcchat.NotDelivered):
            await ann.send("nobody-here", "hello?")


async def test_channels_and_people() -> None:
    """RFC 2812 3.2 and 3.6; IRCv3 monitor, setname, away-notify, draft/channel-rename, draft/metadata-2."""
    async with (
        own_server() as url,
        asyncio.timeout(20),
        ipcchat.connect(url, nick="ann", channels=["#tea"]) as ann,
        ipcchat.connect(url, nick="bob", channels=["#tea"], realname="Bob B.") as bob,
    ):
        await ann.topic("#tea", "hot")
        assert (await bob.topic("#tea"), bob.channels["#tea"].topic_by) == ("hot", "ann")
        await ann.op("#tea", "bob")
        assert ann.channels["#tea"].members["bob"].prefixes == "@"
        who = await ann.whois("bob")
        assert (who.realname, who.channels) == ("Bob B.", (("@", "#tea"),))
        assert {entry.nick: entry.prefixes for entry in await ann.who("#tea")} == {"ann": "@", "bob": "@"}
        assert [(row.name, row.members, row.topic) for row in await ann.list_channels()] == [("#tea", 2, "hot")]
        assert await ann.monitor("bob", "dan") == {"bob": True, "dan": False}
        await bob.away("lunch")
        away = await hear(ann, events.AwayChanged)
        assert isinstance(away, events.AwayChanged) and away.away == "lunch" == ann.people["bob"].away
        await bob.setname("Robert")
        assert await ann.set_metadata("*", "url", "http://tea.test") == "http://tea.test"
        assert await bob.metadata("ann", "url") == {"url": "http://tea.test"}
        await ann.rename("#tea", "#coffee", "better")
        renamed = await hear(bob, events.ChannelRenamed)
        assert isinstance(renamed, events.ChannelRenamed) and (renamed.new, renamed.by) == ("#coffee", "ann")
        assert bob.channels["#coffee"].topic == "hot" and ann.people["bob"].realname == "Robert"
        await ann.ban("#coffee", "bob")
        await ann.kick("#coffee", "bob", "be nice")
        kicked = await hear(bob, events.Kicked)
        assert isinstance(kicked, events.Kicked) and (kicked.by, kicked.reason, kicked.mine) == (
            "ann",
            "be nice",
            True,
        )
        with pytest.raises(ipcchat.CommandRefused) as refused:
            await bob.join("#coffee")
        assert refused.value.code == "474"
        assert len(await ann.unban("#coffee", "bob")) == 1
        assert (await bob.join("#coffee")).name == "#coffee"
        assert await bob.change_nick("robert") == "robert"
        assert "JOIN" in await ann.help("JOIN")


async def test_pages_of_history_in_both_directions() -> None:
    """draft/chathistory with draft/event-playback: from the present back to the beginning and forth again, everything
    once; around a message half of it is before it."""
    async with (
        own_server() as url,
        asyncio.timeout(20),
        ipcchat.connect(url, nick="ann", playback=True) as ann,
        ipcchat.connect(url, nick="bob") as bob,
    ):
        messages = [await ann.send("#lobby", f"message {number}") for number in range(6)]
        await ann.edit(messages[1], "another text")
        await bob.react(messages[1], "+1")
        await bob.send("#lobby", "two\nlines")

        page = await ann.past("#lobby", 3)
        back, oldest = [page], page
        while oldest.more_before:
            oldest = await ann.past("#lobby", 3, before=oldest.begins)
            back.insert(0, oldest)
        first = next(page for page in back if page.begins)
        forth = [page := await ann.past("#lobby", 3, after=first.begins)]
        while page.more_after:
            page = await ann.past("#lobby", 3, after=page.ends)
            forth.append(page)

        seen = [act.msgid for page in back for act in page.acts if act.msgid]
        texts = [act.text for page in back for act in page.acts if isinstance(act, events.Message)]
        assert texts == [*(f"message {number}" for number in range(6)), "two\nlines"]
        assert {"Joined", "Edited", "Reaction"} <= {type(act).__name__ for page in back for act in page.acts}
        assert first.begins == f"msgid={seen[0]}" and not page.more_after
        assert [act.msgid for page in forth for act in page.acts if isinstance(act, events.Message)] == [
            act.msgid for page in back for act in page.acts if isinstance(act, events.Message)
        ]

        around = await ann.past("#lobby", 3, around=messages[3])
        assert [act.msgid for act in around.acts] == [message.msgid for message in messages[2:5]]
        assert (around.more_before, around.more_after) == (True, True)
