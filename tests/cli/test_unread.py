"""What is not read yet is told, and what somebody saw counts as read: ipcchat/cli/unread.py.

Specifications: IRCv3 draft/read-marker, draft/chathistory (TARGETS).
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from ipcchat.cli.unread import LOOKED_AT_MAX, Unread
from ipcchat.client.chat import Chat
from ipcchat.client.errors import TimedOut
from ipcchat.client.events import Message
from ipcchat.client.past_calls import READ_MARKER, HistoryTarget

START = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def said(minute: int, place: str = "#tea", *, mine: bool = False) -> Message:
    time, nick = START + timedelta(minutes=minute), "bob" if mine else "ann"
    return Message(time=time, target=place, nick=nick, text="hello", mine=mine, msgid=f"m{minute}", prefixes="#")


class FakeChat:
    """A server that keeps markers and knows the last message of each place."""

    def __init__(self) -> None:
        self.connected, self.keeps_history = True, True
        self.capabilities = {READ_MARKER: ""}
        self.markers: dict[str, datetime] = {}
        self.last: list[Message] = []
        self.answers = True

    async def read_marker(self, place: str) -> datetime | None:
        if not self.answers:
            raise TimedOut("no answer")
        return self.markers.get(place)

    async def mark_read(self, place: str, until: datetime) -> None:
        if not self.answers:
            raise TimedOut("no answer")
        self.markers[place] = until

    async def targets(self, limit: int, *, after: datetime, before: datetime) -> list[HistoryTarget]:
        assert after > before
        return [HistoryTarget(message.place, message.time) for message in self.last][-limit:]

    async def history(self, place: str, limit: int) -> list[Message]:
        return [message for message in self.last if message.place == place]


@pytest.fixture
def chat() -> FakeChat:
    return FakeChat()


@pytest.fixture
def unread(chat: FakeChat) -> Unread:
    return Unread(cast(Chat, chat))


async def settled() -> None:
    """All markers are noted or not."""
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        await task


async def test_what_was_shown_is_read_when_somebody_types(chat: FakeChat, unread: Unread) -> None:
    unread.shown(said(2))
    unread.shown(said(1))
    unread.shown(said(3, "#ops"))
    unread.shown(said(4, "#ops", mine=True))
    assert chat.markers == {}
    unread.note()
    await settled()
    assert chat.markers == {"#tea": said(2).time, "#ops": said(3).time}
    chat.markers.clear()
    unread.note()
    await settled()
    assert chat.markers == {}


async def test_what_could_not_be_noted_is_noted_later(chat: FakeChat, unread: Unread) -> None:
    chat.answers = False
    unread.shown(said(1))
    unread.note()
    await settled()
    chat.answers = True
    unread.note()
    await settled()
    assert chat.markers == {"#tea": said(1).time}


@pytest.mark.parametrize("missing", ["connection", "capability"])
async def test_nothing_is_kept_where_no_markers_are(chat: FakeChat, unread: Unread, missing: str) -> None:
    if missing == "connection":
        chat.connected = False
    else:
        chat.capabilities = {}
    chat.last = [said(1)]
    unread.shown(said(1))
    unread.note()
    await settled()
    assert chat.markers == {}
    assert await unread.first("#tea", [said(1)]) is None
    assert await unread.elsewhere([]) == []


async def test_the_first_that_was_not_read(chat: FakeChat, unread: Unread) -> None:
    messages = [said(1), said(2, mine=True), said(3)]
    assert await unread.first("#tea", messages) is None
    chat.markers["#tea"] = START
    assert await unread.first("#tea", messages) == 0
    chat.markers["#tea"] = said(1).time
    assert await unread.first("#tea", messages) == 2
    chat.markers["#tea"] = said(3).time
    assert await unread.first("#tea", messages) is None
    chat.answers = False
    assert await unread.first("#tea", messages) is None


async def test_where_else_something_waits(chat: FakeChat, unread: Unread) -> None:
    chat.last = [said(1, "#old"), said(2, "#own", mine=True), said(3, "#tea"), said(4, "#lobby"), said(5, "#ops")]
    chat.markers = {"#old": said(1).time, "#ops": START}
    assert await unread.elsewhere(["#LOBBY"]) == ["#ops", "#tea"]
    chat.last = [said(minute, f"#r{minute}") for minute in range(LOOKED_AT_MAX + 5)]
    assert len(await unread.elsewhere([])) == LOOKED_AT_MAX
