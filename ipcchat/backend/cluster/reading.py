"""Reading the shared stream: every message once, by rising sequence, without gaps.

Rules:
1. A consumer of our own, of which the server remembers nothing that matters: it begins behind the last message that was
   handed over, and after any trouble a new one is made there.
2. Messages are asked for in bounded numbers, and only while there is room for them.
3. A message that does not follow the one before is never handed over: one that came before is left out, a gap is
   trouble, and a gap that a new consumer has too is the stream's.
4. The server says every second that it is there. Silence is trouble.
5. Before the first message of every consumer the mark is judged (stream.py).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import msgspec
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from ipcchat.backend.cluster.intake import Arrived
from ipcchat.backend.cluster.link import Link

PULL_MESSAGES: Final = 512
PULL_BYTES: Final = 4 * 1024 * 1024
"""What is asked for at once. A server's largest message (1 MiB) must fit in."""

EXPIRES_SECONDS: Final = 30.0
HEARTBEAT_SECONDS: Final = 1.0
SILENCE_SECONDS: Final = 3.0

INACTIVE_SECONDS: Final = 30.0
"""After which the server forgets a consumer that nobody asks."""

PAUSE_SECONDS_MIN: Final = 0.02
PAUSE_SECONDS_MAX: Final = 1.0

TROUBLES: Final = (OSError, TimeoutError, nats.errors.Error, asyncio.TimeoutError)
"""What passes: no server, no leader, no answer."""

_log = logging.getLogger(__name__)
_encode = msgspec.json.encode


class Trouble(nats.errors.Error):
    """This consumer is of no use any more."""


class Reader:
    """Hands messages over until it is stopped. `position` is the sequence of the last one."""

    def __init__(
        self,
        link: Link,
        stream: str,
        position: int,
        *,
        check: Callable[[Client], Awaitable[None]],
        take: Callable[[list[Arrived], int], None],
        reached: Callable[[bool], None],
        room: Callable[[], Awaitable[None]],
    ) -> None:
        """`check` judges the mark, `take` gets messages and how many more the stream has, `reached` hears whether the
        stream can be read, `room` waits until there is room."""
        self.position = position
        self._link = link
        self._stream = stream
        self._check = check
        self._take = take
        self._reached = reached
        self._room = room
        self._inbox: list[Msg] = []
        self._news = asyncio.Event()
        self._disturbed = False

    def disturb(self) -> None:
        """The connection changed: what was asked for may be forgotten."""
        self._disturbed = True
        self._news.set()

    async def run(self) -> None:
        """Read for ever. Raises what `check` and `take` raise when they are final."""
        pause = PAUSE_SECONDS_MIN
        while True:
            client = await self._link.up()
            before = self.position
            try:
                await self._read(client)
            except TROUBLES as error:
                self._reached(False)
                _log.info("reading the cluster's stream anew after message %d: %s", self.position, error)
            pause = PAUSE_SECONDS_MIN if self.position > before else min(pause * 2, PAUSE_SECONDS_MAX)
            await asyncio.sleep(pause)

    async def _read(self, client: Client) -> None:
        """One consumer, to its end."""
        self._disturbed = False
        await self._check(client)
        inbox, self._inbox, self._news = client.new_inbox(), [], asyncio.Event()
        subscription = await client.subscribe(inbox, cb=partial(self._hear, self._inbox, self._news))
        name = None
        try:
            name = await self._make_consumer(client)
            await self._pull(client, name, inbox)
        finally:
            await self._drop(client, subscription, name)

    async def _make_consumer(self, client: Client) -> str:
        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=self.position + 1,
            ack_policy=AckPolicy.NONE,
            inactive_threshold=INACTIVE_SECONDS,
            num_replicas=1,
            mem_storage=True,
        )
        found = await client.jetstream().add_consumer(self._stream, config)
        return found.name

    async def _pull(self, client: Client, consumer: str, inbox: str) -> None:
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{consumer}"
        request = _encode(
            {
                "batch": PULL_MESSAGES,
                "max_bytes": PULL_BYTES,
                "expires": int(EXPIRES_SECONDS * 1e9),
                "idle_heartbeat": int(HEARTBEAT_SECONDS * 1e9),
            }
        )
        missing = 0
        while True:
            if missing <= 0:
                await self._room()
                missing = PULL_MESSAGES
                await client.publish(subject, request, reply=inbox)
            async with asyncio.timeout(SILENCE_SECONDS):
                await self._news.wait()
            self._news.clear()
            if self._disturbed:
                raise Trouble
            heard = self._inbox.copy()
            self._inbox.clear()
            missing -= self._hand_over(heard)
            self._reached(True)

    async def _hear(self, inbox: list[Msg], news: asyncio.Event, message: Msg) -> None:
        """One message of one consumer; what an earlier one sends still is looked at by nobody."""
        inbox.append(message)
        news.set()

    def _hand_over(self, heard: list[Msg]) -> int:
        """Hand over what follows. Returns how many of those asked for came or will not come. Raises Trouble."""
        arrived: list[Arrived] = []
        pending, count, trouble = 0, 0, ""
        for message in heard:
            if not message.reply.startswith("$JS.ACK."):
                is_over, trouble = _status(message)
                count += PULL_MESSAGES if is_over else 0
            else:
                count += 1
                stream_seq, at, pending = numbers_of(message.reply)
                if stream_seq > self.position + 1:
                    trouble = f"message {stream_seq} came after {self.position}"
                elif stream_seq == self.position + 1:
                    self.position = stream_seq
                    arrived.append(Arrived(stream_seq, at, message.data))
            if trouble:
                break
        if arrived:
            self._take(arrived, pending)
        if trouble:
            raise Trouble(trouble)
        return count

    async def _drop(self, client: Client, subscription: Subscription, consumer: str | None) -> None:
        """Hear no more of it, and let the server forget it soon."""
        try:
            await subscription.unsubscribe()
            if consumer and client.is_connected:
                await client.publish(f"$JS.API.CONSUMER.DELETE.{self._stream}.{consumer}")
        except TROUBLES:
            pass


def numbers_of(reply: str) -> tuple[int, int, int]:
    """The stream's sequence of a message, when the server got it (Unix ms), and how many more there are.

    Specification: ADR-15 of nats-architecture-and-design: 9 tokens, or 11 and more with a domain and an account.
    """
    tokens = reply.split(".")
    start = 3 if len(tokens) >= 11 else 1
    try:
        return int(tokens[start + 4]), int(tokens[start + 6]) // 1_000_000, int(tokens[start + 7])
    except (IndexError, ValueError) as error:
        raise Trouble(f"a message with a strange reply subject: {reply[:100]}") from error


def _status(message: Msg) -> tuple[bool, str]:
    """Whether what was asked for is over, and what is wrong with the consumer ("": nothing)."""
    headers = message.headers or {}
    status, description = headers.get("Status", ""), headers.get("Description", "")
    if status == "100":
        return False, ""
    if status in ("404", "408") or (status == "409" and description.startswith(("Message Size", "Batch Completed"))):
        return True, ""
    return True, f"{status} {description}"
