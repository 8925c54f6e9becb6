"""The witnesses: writers that post until their messages are echoed, and readers that only listen.

Rules:
1. A writer numbers its messages, gives each one a key, has at most WINDOW outstanding, and after a lost connection
   sends what was not echoed again, with the same keys and in order.
2. Everything sent and heard is recorded at once, in the order of the connection.
3. Behind some bursts a writer cuts its own connection: the server may store what it can no longer echo.
4. A refused message ends the connection, so that no later message overtakes it.
5. A writer changes, takes back and reacts to its own messages only, and does nothing to one that it has taken back. A
   guest only reacts, and sets no topic: after a crash he is somebody else.
6. At the plain door there is neither receipt nor key: what is said there may be stored once or not at all.
"""

from __future__ import annotations

import asyncio
from random import Random
from typing import Protocol
from uuid import UUID

from tests.crash.checker import Echoed, Received, Record, Redacted, Refused, Sent, name_of
from tests.crash.sayings import KINDS, Saying, heard, history_of, text_of
from tests.crash.socket_line import ANSWER_SECONDS_MAX, Disconnected, Door, Line, SocketLine

WINDOW = 16
CUT_SHARE = 0.04
RETRY_SECONDS = 0.02
TYPING_SECONDS = 0.05


class Plan(Protocol):
    """What the supervisor asks of the writers."""

    def wants_more(self) -> bool:
        """Whether a writer shall go on with new messages."""

    async def rest(self, messages: int) -> None:
        """Returns when a writer may go on after a burst of so many messages."""


class Reader:
    """A client in all channels that records what it is shown. With `account` it is logged in, by its own name."""

    PASSING: tuple[type[Exception], ...] = (Disconnected,)
    """After these it connects again."""

    def __init__(self, name: str, door: Door, channels: list[str], records: list[Record], *, account: bool) -> None:
        self.name, self._door, self._channels, self._records = name, door, channels, records
        self._account = name if account else ""
        self.connection = 0

    async def make_account(self) -> None:
        """Makes its account, before anybody says anything to it: what is said to a guest is another conversation."""
        if self._account:
            line = await SocketLine.open(self._door, self.name)
            await line.make_account(self.name)
            line.close()

    async def run(self) -> None:
        """Connects again and again until it is cancelled, or done. Raises ProtocolBroken."""
        while not self.is_done():
            try:
                await self._stay()
            except self.PASSING:
                await asyncio.sleep(RETRY_SECONDS)

    def door(self) -> Door:
        """Where it connects next."""
        return self._door

    async def _stay(self) -> None:
        line = await SocketLine.open(self.door(), self.name, self._account)
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

    def record(self, line: Line) -> None:
        """Files a message of somebody else."""
        if said := heard(line, self.name):
            history, text = said
            self._records.append(Received(self.name, self.connection, history, text, line.tags.get("msgid", "")))


class Writer(Reader):
    """A client that posts, and records what it is shown as well. With `peers` it talks to them in private; only with
    `account`."""

    KINDS = KINDS
    """How often it says what."""

    window = WINDOW
    """So many messages may be unanswered."""

    def __init__(
        self,
        name: str,
        door: Door,
        channels: list[str],
        records: list[Record],
        plan: Plan,
        random: Random,
        peers: list[str],
        *,
        account: bool,
    ) -> None:
        self.own_channel = f"#own-{name}"
        super().__init__(name, door, [*channels, self.own_channel], records, account=account)
        self._plan, self._random, self._peers = plan, random, peers
        self._number = 0
        self._unanswered: dict[str, Saying] = {}
        self._batches: dict[str, str] = {}
        self._echoes: dict[str, tuple[str, str]] = {}
        self._taken_back: set[str] = set()
        self._room = asyncio.Event()
        self.resent = self.refused = self.echoed = self.cuts = 0

    @property
    def talks_in_private(self) -> bool:
        """Whether it talks to peers."""
        return bool(self._peers)

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
                got = await line.hear()
        except TimeoutError:
            self.waited()
            return
        label = got.tags.get("label") or self._batches.get(got.tags.get("batch", ""))
        if got.command == "BATCH" and label and got.params[0].startswith("+"):
            self._batches[got.params[0][1:]] = label
        elif label is None:
            self.record(got)
        else:
            self._answered(label, got)

    def waited(self) -> None:
        """Nothing came for a second. A server alone is waited for. May raise Disconnected."""

    def leaves(self) -> None:
        """It cuts its connection."""

    def _answered(self, key: str, line: Line) -> None:
        saying = self._unanswered.get(key)
        if saying is None:
            return
        if not saying.is_answer(line):
            self._refused(saying, line)
        elif saying.kind == "redact":
            self._records.append(Redacted(self.name, saying.about_name, self.is_confirmed(line)))
        else:
            self._echo(saying, line)
        self.echoed += 1
        del self._unanswered[key]
        self._room.set()

    def is_confirmed(self, line: Line) -> bool:
        """Whether that receipt says that a message is gone. To say that there is none says it as well."""
        return True

    def _refused(self, saying: Saying, line: Line) -> None:
        """Tries again, but for what was about a message that it has taken back meanwhile. Raises Disconnected."""
        self.refused += 1
        self._records.append(Refused(self.name, self.connection, saying.key))
        if "UNKNOWN_MSGID" not in line.params or saying.about_name not in self._taken_back:
            raise Disconnected(f"{line.command} {line.params}")

    def _echo(self, saying: Saying, line: Line) -> None:
        """Files what the server says that it stored; of a topic that it says nothing about, what was sent."""
        told = heard(line, line.params[0]) if saying.kind != "topic" and line.params else None
        history, text = told or (saying.history, saying.text)
        msgid, time = ("", "") if saying.kind == "topic" else (line.tags.get("msgid", ""), line.tags.get("time", ""))
        self._records.append(Echoed(self.name, self.connection, history, text, saying.key, msgid, time))
        if saying.kind == "PRIVMSG":
            self._echoes[saying.target] = (name_of(text), msgid)

    async def _post(self, line: SocketLine) -> None:
        while self._plan.wants_more():
            burst = self._random.randint(1, WINDOW)
            for _ in range(burst):
                while len(self._unanswered) >= self.window:
                    self._room.clear()
                    await self._room.wait()
                self._send(line, self._next_saying())
            if self._random.random() < CUT_SHARE:
                self.cuts += 1
                self.leaves()
                line.close()
                return
            await self._plan.rest(burst)

    def _next_saying(self) -> str:
        self._number += 1
        kind, target = self._choose()
        text = text_of(kind, f"{self.name}-{self._number}", self._random)
        key = UUID(int=self._random.getrandbits(128)).hex
        about, about_name = "", ""
        if kind in ("react", "edit", "redact"):
            about_name, about = self._echoes[target]
        if kind == "redact":
            del self._echoes[target]
        history = history_of(kind, self.name, target)
        self._unanswered[key] = Saying(kind, key, target, text, history, about, about_name)
        return key

    def _choose(self) -> tuple[str, str]:
        """What to say, and where."""
        (kind,) = self._random.choices(list(self.KINDS), weights=list(self.KINDS.values()))
        if kind == "topic" and self._account:
            return kind, self.own_channel
        if kind == "private" and self._peers:
            return kind, self._random.choice(self._peers)
        if self._echoes and (kind == "react" or (kind in ("edit", "redact") and self._account)):
            return kind, self._random.choice(sorted(self._echoes))
        return kind if kind in ("NOTICE", "multi-line") else "PRIVMSG", self._random.choice(self._channels[:-1])

    def _send(self, line: SocketLine, key: str) -> None:
        saying = self._unanswered[key]
        if saying.kind == "redact":
            self._taken_back.add(saying.about_name)
            self._records.append(Redacted(self.name, saying.about_name, False))
        else:
            sent = Sent(self.name, self.connection, saying.history, saying.text, key, saying.about_name)
            self._records.append(sent)
        line.send(saying.lines(self.key_on_the_wire(key)))

    def key_on_the_wire(self, key: str) -> str:
        """The idempotency key of a message: the same for each attempt."""
        return key


class Typist:
    """Somebody at the plain door who types one line after the other and never looks whether they were stored."""

    def __init__(self, name: str, port: int, channel: str, records: list[Record], plan: Plan) -> None:
        self.name, self._port, self._channel, self._records, self._plan = name, port, channel, records, plan
        self._connection = self._number = 0

    async def run(self) -> None:
        """Connects again and again while more is wanted, or until it is cancelled."""
        while self._plan.wants_more():
            try:
                await self._stay()
            except OSError:
                await asyncio.sleep(RETRY_SECONDS)

    async def _stay(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._connection += 1
        listening = asyncio.create_task(_read_all(reader))
        try:
            # A name of its own for each connection: that of the last one may not be free yet.
            writer.write(f"{self.name}{self._connection}\n/join {self._channel}\n".encode())
            while self._plan.wants_more() and not listening.done():
                self._number += 1
                text = f"{self.name}-{self._number} typed"
                self._records.append(Sent(self.name, self._connection, self._channel, text, text))
                writer.write(f"{text}\n".encode())
                async with asyncio.timeout(ANSWER_SECONDS_MAX):
                    await writer.drain()
                await asyncio.sleep(TYPING_SECONDS)  # Nothing else holds it back: it waits for no receipt.
        finally:
            listening.cancel()
            writer.transport.abort()


async def _read_all(reader: asyncio.StreamReader) -> None:
    """Reads until the connection ends: nobody is cut off as a slow reader."""
    while await reader.read(65_536):
        pass
