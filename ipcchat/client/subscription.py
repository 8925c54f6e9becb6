"""Durable subscriptions: the server keeps a program's place under a name, and the program goes on exactly there.

    async for event in chat.subscribe("ci-bot", ["#build"]):
        ...                                     # the work; asking for the next event says that it is done

Rules:
1. Every event comes at least once, in the order of the server's journal. Who asks for the next event says that he is
   done with the one before; that is told to the server at once, one report at a time, the newest instead of many. After
   a crash, of the program or of the server, only what was not reported comes again.
2. What is missed is read page by page, as fast as the program works. Then live events follow; when they are lost, by a
   cut connection or because there are more than LIVE_MAX, they are read as missed ones.
3. Nothing comes twice while the program runs.
4. Events of one place of the journal (a QUIT in several channels) are done when all of them are.

Specification: docs/catch-up.md.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ipcchat.client import events
from ipcchat.client.capabilities import PLAYBACK
from ipcchat.client.catchup import Seen, identity
from ipcchat.client.channel_calls import ChannelCalls
from ipcchat.client.errors import ChatClosed, CommandRefused, TimedOut
from ipcchat.client.events import Act, Event
from ipcchat.client.hearing.messages import read_until
from ipcchat.client.missed import CAPABILITY
from ipcchat.client.past_calls import PastCalls
from ipcchat.wire.message import Message as Line

PAGE_SIZE = 500
LIVE_MAX = 1_000
NOW = "NOW"
EVERYTHING = "*"
UNKNOWN_NAME = "UNKNOWN_NAME"
NO_CURSORS = "the server keeps no cursors"


@dataclass(frozen=True, slots=True)
class KeptCursor:
    """A place that the server keeps for our account: what it is called, the cursor, when it was set last, and the
    channels that it is for, none for all."""

    name: str
    cursor: str
    time: datetime | None
    channels: tuple[str, ...]


class Subscribing(PastCalls, ChannelCalls):
    """The methods about places that the server keeps. Each raises CommandRefused with the server's reason (also when it
    keeps none, or we are not logged in), TimedOut, ChatClosed."""

    def subscribe(self, name: str, channels: Iterable[str] = (), *, start: str = NOW) -> Subscription:
        """What people say in these `channels`, or without them everywhere where we are and in private, for a program
        that must miss nothing, whatever happens to it: iterate over it. The server keeps its place under this `name`
        (1 to 32 of a-z 0-9 _ . -) for our account. A name that is new begins at `start`: a cursor, "NOW", or "*" for
        all that we may see. Without `channels` a name that has some keeps them.

        It gives Message, Edited, Reaction and Redacted; with `playback` everything else that history has too.
        """
        subscription = Subscription(self, name, channels, start)
        self._listeners.add(subscription)
        return subscription

    async def cursors(self) -> list[KeptCursor]:
        """The places that the server keeps for our account."""
        self._require(CAPABILITY, NO_CURSORS)
        return read_cursors(await self.command("CURSOR", "LIST"))

    async def drop_cursor(self, name: str) -> None:
        """End a subscription: the server forgets its place."""
        self._require(CAPABILITY, NO_CURSORS)
        await self.command("CURSOR", "DROP", name)


def read_cursors(lines: Iterable[Line]) -> list[KeptCursor]:
    """CURSOR name cursor timestamp=... #a,#b"""
    rows = (line.params for line in lines if line.command.upper() == "CURSOR" and len(line.params) >= 4)
    return [
        KeptCursor(name, cursor, read_until(time), () if channels == EVERYTHING else tuple(channels.split(",")))
        for name, cursor, time, channels, *_ in rows
    ]


class Subscription:
    """One durable subscription, made by `Chat.subscribe`; see the module for what it promises."""

    def __init__(self, chat: Subscribing, name: str, channels: Iterable[str], start: str) -> None:
        self._chat = chat
        self._name = name
        self._channels = tuple(channels)
        self._start = start
        self._begun = False
        self._behind = True
        self._read = ""
        self._done = self._stored = ""
        self._handed: Act | None = None
        self._pages: deque[Act] = deque()
        self._live: deque[Act] = deque()
        self._seen = Seen()
        self._storing: asyncio.Task[None] | None = None
        self._error: CommandRefused | None = None
        self.forgotten = False
        """Whether some of what was said since our place was not kept by the server any more when we asked for it."""

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Act:
        """The next event; the one before is done. Ends when the Chat is closed; raises what closed it when that was an
        error, and CommandRefused when the server refuses to go on."""
        try:
            while (event := self._ready()) is None:
                self._finish(None)
                await self._refill()
        except ChatClosed:
            raise StopAsyncIteration from None
        self._finish(event)
        self._handed = event
        return event

    async def ack(self) -> None:
        """Say that the last event is done, and wait until the server has it on disk. Only for who cannot wait until he
        asks for the next one: before a program ends, for instance."""
        self._finish(None)
        while self._stored != self._done:
            await self._until_live()
            self._store_soon()
            if self._storing is not None:
                await asyncio.wait([self._storing])
            self._raise_error()

    def hear(self, event: Event) -> None:
        """Something happened on the connection; called by the Chat."""
        if isinstance(event, events.Disconnected | events.Connected | events.Gap):
            self._fall_behind()
        elif isinstance(event, Act) and not self._behind and self._is_wanted(event) and self._is_here(event):
            self._live.append(event)
            if len(self._live) > LIVE_MAX:
                self._fall_behind()

    def _fall_behind(self) -> None:
        """Live events are missing: they, and what follows them, are read as missed ones."""
        self._behind = True
        self._live.clear()

    def _ready(self) -> Act | None:
        """The next event that is there."""
        while self._pages or self._live:
            is_live = not self._pages
            event = (self._live if is_live else self._pages).popleft()
            if is_live:
                self._read = event.msgid
            if self._seen.is_new(identity(event)):
                return event
        return None

    async def _refill(self) -> None:
        """Wait for events: read what was missed, or wait for live ones."""
        self._raise_error()
        if not self._behind:
            await self._chat._until(lambda: bool(self._behind or self._live or self._error))
            return
        try:
            await self._until_live()
            if not self._begun:
                await self._begin()
            self._store_soon()
            self._behind = False
            self._live.clear()
            missed = await self._chat.catch_up(self._read, PAGE_SIZE, self._channels)
        except TimedOut:
            self._behind = True
            return
        except BaseException:
            self._behind = True
            raise
        self._read = missed.cursor
        self.forgotten = self.forgotten or missed.forgotten
        self._pages.extend(event for event in missed.events if self._is_wanted(event))
        if missed.more:
            self._fall_behind()

    async def _until_live(self) -> None:
        """Wait until we are connected, in our channels and at the present. Raises ChatClosed, or what closed it."""
        await self._chat._until(lambda: self._chat.connected)

    async def _begin(self) -> None:
        """Find our place, be where it is about."""
        kept = await self._kept()
        self._channels = self._channels or kept.channels
        for channel in self._channels:
            if channel not in self._chat.channels:
                await self._chat.join(channel)
        self._read = self._done = self._stored = kept.cursor
        self._begun = True

    async def _kept(self) -> KeptCursor:
        """Our place on the server, made when it is new."""
        self._chat._require(CAPABILITY, NO_CURSORS)
        names = ",".join(self._channels)
        try:
            lines = await self._chat.command("CURSOR", "GET", self._name)
        except CommandRefused as refusal:
            if refusal.code != UNKNOWN_NAME:
                raise
            lines = await self._chat.command("CURSOR", "SET", self._name, self._start, names or EVERYTHING)
        found = read_cursors(lines)
        if not found:
            raise CommandRefused(f"the server does not say where {self._name} is")
        kept = found[-1]
        if self._channels and set(kept.channels) != set(self._channels):
            await self._chat.command("CURSOR", "SET", self._name, kept.cursor, names)
        return kept

    def _finish(self, following: Act | None) -> None:
        """The event that was handed out is done, unless the following one is of the same place."""
        handed = self._handed
        if handed is not None and (following is None or following.msgid != handed.msgid):
            self._done, self._handed = handed.msgid, None
        self._store_soon()

    def _store_soon(self) -> None:
        """Report how far we are, unless a report is on its way: it goes on with the newest."""
        idle = self._storing is None or self._storing.done()
        if self._begun and idle and self._stored != self._done and self._chat.connected:
            self._storing = asyncio.create_task(self._store(), name=f"ipcchat cursor {self._name}")

    async def _store(self) -> None:
        """Report until the newest is on disk; without a connection it is done later."""
        try:
            while self._stored != self._done:
                done = self._done
                await self._chat.command("CURSOR", "SET", self._name, done)
                self._stored = done
        except (TimedOut, ChatClosed):
            return
        except CommandRefused as refusal:
            self._error = refusal
            self._chat._news.set()

    def _raise_error(self) -> None:
        """Raise what the server refused meanwhile, once."""
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _is_wanted(self, event: Act) -> bool:
        """Whether an event is of the kinds that history has."""
        if event.msgid == "" or isinstance(event, events.Typing):
            return False
        said = isinstance(event, events.Message | events.Edited | events.Reaction | events.Redacted)
        return said or (not isinstance(event, events.TagMessage) and PLAYBACK in self._chat.capabilities)

    def _is_here(self, event: Act) -> bool:
        """Whether a live event is of the channels that are wanted; one without a channel is, in doubt."""
        channel = getattr(event, "channel", None)
        if not self._channels:
            return True
        if channel is None:
            return not isinstance(event, events.Addressed | events.Redacted)
        return any(self._chat._view.support.same(channel, wanted) for wanted in self._channels)
