"""The witnesses: writers that post until their messages are echoed, readers that only listen, and the history's reader.

Rules:
1. A writer numbers its messages, gives each one a key, has at most WINDOW outstanding, and after a lost connection
   sends what was not echoed again, with the same keys and in order.
2. Everything sent and heard is recorded at once, in the order of the connection.
3. Behind some bursts a writer cuts its own connection: the server may store what it can no longer echo.
4. A refused message ends the connection, so that no later message overtakes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from random import Random
from typing import Protocol
from uuid import UUID

from tests.crash.checker import Echoed, Read, Received, Record, Sent
from tests.crash.socket_line import ANSWER_SECONDS_MAX, Disconnected, Line, ProtocolBroken, SocketLine

WINDOW = 16
CUT_SHARE = 0.04
RETRY_SECONDS = 0.02
EPOCH = "timestamp=1970-01-01T00:00:00.000Z"
FILLERS = (
    "plain words",
    "naïve café ☕ 日本語",
    ":colon first",
    "  two  spaces ",
    "tab\tand \x02bold\x02",
    "a=b;c\\d",
    "x",
)
FILLER_REPEATS_MAX = 8


class Plan(Protocol):
    """What the supervisor asks of the writers."""

    def wants_more(self) -> bool:
        """Whether a writer shall go on with new messages."""

    async def rest(self, messages: int) -> None:
        """Returns when a writer may go on after a burst of so many messages."""


class Reader:
    """A client in all channels that records what it is shown."""

    def __init__(self, name: str, port: int, channels: list[str], records: list[Record]) -> None:
        self.name, self._port, self._channels, self._records = name, port, channels, records
        self.connection = 0

    async def run(self) -> None:
        """Connects again and again until it is cancelled, or done. Raises ProtocolBroken."""
        while not self.is_done():
            try:
                await self._stay()
            except Disconnected:
                await asyncio.sleep(RETRY_SECONDS)

    async def _stay(self) -> None:
        line = await SocketLine.open(self._port, self.name)
        try:
            await line.join(self._channels)
            self.connection += 1
            await self.converse(line)
        finally:
            line.close()

    def is_done(self) -> bool:
        """A reader listens until it is cancelled."""
        return False

    async def converse(self, line: SocketLine) -> None:
        """Records what comes. Raises Disconnected."""
        while True:
            self.record(await line.hear())

    def record(self, heard: Line) -> None:
        """Files a message of somebody else."""
        if heard.command == "PRIVMSG":
            target, text = heard.params
            self._records.append(Received(self.name, self.connection, target, text, heard.tags.get("msgid", "")))


class Writer(Reader):
    """A client that posts, and records what it is shown as well."""

    def __init__(
        self, name: str, port: int, channels: list[str], records: list[Record], plan: Plan, random: Random
    ) -> None:
        super().__init__(name, port, channels, records)
        self._plan, self._random = plan, random
        self._number = 0
        self._unanswered: dict[str, tuple[str, str]] = {}
        self._batches: dict[str, str] = {}
        self._room = asyncio.Event()
        self.resent = self.refused = self.echoed = self.cuts = 0

    @property
    def sent(self) -> int:
        """Messages, repeats not counted."""
        return self._number

    def is_done(self) -> bool:
        """Whether everything has been sent and echoed."""
        return not self._unanswered and not self._plan.wants_more()

    async def converse(self, line: SocketLine) -> None:
        """Repeats what was not echoed, then posts and listens until done. Raises Disconnected."""
        self._batches.clear()
        for key in self._unanswered:
            self._send(line, key)
        self.resent += len(self._unanswered)
        posting = asyncio.create_task(self._post(line))
        try:
            while not (self.is_done() and posting.done()):
                await self._hear(line)
        finally:
            posting.cancel()
            await asyncio.wait([posting])

    async def _hear(self, line: SocketLine) -> None:
        """One line, or nothing for a moment: the plan may have ended meanwhile."""
        try:
            async with asyncio.timeout(1):
                heard = await line.hear()
        except TimeoutError:
            return
        label = heard.tags.get("label") or self._batches.get(heard.tags.get("batch", ""))
        if heard.command == "BATCH" and label and heard.params[0].startswith("+"):
            self._batches[heard.params[0][1:]] = label
        elif label is None:
            self.record(heard)
        else:
            self._answered(label, heard)

    def _answered(self, key: str, heard: Line) -> None:
        if heard.command != "PRIVMSG":
            self.refused += 1
            raise Disconnected(f"{heard.command} {heard.params}")
        target, text = heard.params
        tags = heard.tags
        self._records.append(
            Echoed(self.name, self.connection, target, text, key, tags.get("msgid", ""), tags.get("time", ""))
        )
        self.echoed += 1
        self._unanswered.pop(key, None)
        self._room.set()

    async def _post(self, line: SocketLine) -> None:
        while self._plan.wants_more():
            burst = self._random.randint(1, WINDOW)
            for _ in range(burst):
                while len(self._unanswered) >= WINDOW:
                    self._room.clear()
                    await self._room.wait()
                self._send(line, self._next_message())
            if self._random.random() < CUT_SHARE:
                self.cuts += 1
                line.close()
                return
            await self._plan.rest(burst)

    def _next_message(self) -> str:
        self._number += 1
        filler = self._random.choice(FILLERS) * self._random.randint(1, FILLER_REPEATS_MAX)
        key = UUID(int=self._random.getrandbits(128)).hex
        self._unanswered[key] = (self._random.choice(self._channels), f"{self.name}-{self._number} {filler}")
        return key

    def _send(self, line: SocketLine, key: str) -> None:
        target, text = self._unanswered[key]
        self._records.append(Sent(self.name, self.connection, target, text, key))
        line.send(f"@label={key};+ipc-chat/key={self.key_on_the_wire(key)} PRIVMSG {target} :{text}")

    def key_on_the_wire(self, key: str) -> str:
        """The idempotency key of a message: the same for each attempt."""
        return key


async def read_history(port: int, channels: list[str], reading: int) -> list[Record]:
    """The complete history of the channels, in order. Raises Disconnected, ProtocolBroken."""
    line = await SocketLine.open(port, f"h{reading}")
    try:
        await line.join(channels)
        return [read async for read in pages(line, channels, reading)]
    finally:
        line.close()


async def pages(line: SocketLine, channels: list[str], reading: int) -> AsyncIterator[Read]:
    """Pages forward through each channel from its first message until a page is empty."""
    for channel in channels:
        place = EPOCH
        while page := await read_page(line, channel, place, reading):
            for read in page:
                yield read
            if place == f"msgid={page[-1].msgid}":
                raise ProtocolBroken(f"CHATHISTORY AFTER {place} answers with that message itself")
            place = f"msgid={page[-1].msgid}"


async def read_page(line: SocketLine, channel: str, place: str, reading: int) -> list[Read]:
    """One CHATHISTORY AFTER and its batch (draft/chathistory)."""
    line.send(f"CHATHISTORY AFTER {channel} {place} {line.limit}")
    batch = ""
    page: list[Read] = []
    async with asyncio.timeout(ANSWER_SECONDS_MAX):
        while True:
            heard = await line.hear()
            if heard.command == "FAIL":
                raise ProtocolBroken(f"CHATHISTORY AFTER {channel} {place}: {heard.params}")
            if heard.command == "BATCH" and heard.params[0].startswith("+"):
                batch = heard.params[0][1:]
            elif heard.command == "BATCH":
                return page
            elif batch and heard.tags.get("batch") == batch and heard.command == "PRIVMSG":
                target, text = heard.params
                page.append(Read(reading, target, text, heard.tags.get("msgid", ""), heard.tags.get("time", "")))
