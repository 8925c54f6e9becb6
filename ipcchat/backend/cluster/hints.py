"""What matters only now (somebody is typing) goes from node to node beside the stream, over core NATS.

Rules:
1. A hint has no place in the order: its Entry has seq 0 and the time of the node that shows it. One that is lost is
   lost, and one that comes late is dropped.
2. It never overtakes what its sender said before: it names the place in the stream that its node had reached, and waits
   until the other node is there, too. A node whose facts are on their way sends its hints with them, in the stream.
3. All nodes share one subject, in which nothing is that a user wrote.
4. Only a Hinted is taken from here: what is kept comes by the stream, or not at all.

Specification: https://docs.nats.io/nats-concepts/core-nats/pubsub, msgpack by msgspec.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

import msgspec
from nats import errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from ipcchat.backend.cluster.link import Link
from ipcchat.core.facts import AnyFact, Hinted, decode_fact, encode_fact

VERSION: Final = 1

FACTS_MAX: Final = 256
"""Hints of one message."""

WAITING_MAX: Final = 4_096
"""Hints that may wait to be sent, and that may wait for the stream to get there; more are not sent, or dropped."""

LATE_SECONDS: Final = 2.0
"""How long a hint may wait for the stream: who typed then has paused or sent what it was."""


class Hints(msgspec.Struct, frozen=True, array_like=True):
    """Hints of one node, encoded, which had everything up to that message of the stream."""

    version: int
    origin: str
    stream_seq: int
    facts: list[bytes]


class _Held(NamedTuple):
    stream_seq: int
    until: float
    facts: list[Hinted]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Hints).decode


def subject_of(stream_subject: str) -> str:
    """Where the hints go of nodes that share the stream with that subject: ipcchat.hints beside ipcchat.facts."""
    return f"{stream_subject.rpartition('.')[0]}.hints"


def decode_hints(payload: bytes) -> tuple[Hints, list[Hinted]] | None:
    """What is in a message; None when it is none that this version understands."""
    try:
        hints = _decode(payload)
        facts = [decode_fact(each) for each in hints.facts[:FACTS_MAX]] if hints.version == VERSION else []
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return (hints, [fact for fact in facts if isinstance(fact, Hinted)]) if facts else None


class HintLine:
    """Sends one node's hints and hears those of the others."""

    def __init__(
        self, link: Link, subject: str, origin: str, *, place: Callable[[], int], heard: Callable[[list[Hinted]], None]
    ) -> None:
        """`place` says what this node has of the stream; `heard` gets other nodes' hints, on the loop."""
        self.sent = self.received = self.dropped = 0
        """Hints, of others for `received`; `dropped` are of either side."""
        self._link = link
        self._subject = subject
        self._origin = origin
        self._place = place
        self._heard = heard
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._held: deque[_Held] = deque()
        self._news = asyncio.Event()
        self._news.set()

    def say(self, facts: Sequence[AnyFact]) -> bool:
        """Send these soon; False when that is not possible now, or one is not for this line."""
        if not self._link.is_up or len(self._waiting) + len(facts) > WAITING_MAX:
            return False
        try:
            blobs = [encode_fact(fact) for fact in facts if fact.__class__ is Hinted]
        except UnicodeEncodeError:
            return False
        if len(blobs) < len(facts):
            return False
        place = self._place()
        self._waiting.extend((place, blob) for blob in blobs)
        self._news.set()
        return True

    def changed(self) -> None:
        """The connection is another one, or there is none."""
        self._news.set()

    def advanced(self) -> None:
        """This node has more of the stream: hand over what waited for that."""
        if not self._held:
            return
        place, now = self._place(), time.monotonic()
        held, self._held = self._held, deque()
        due: list[Hinted] = []
        for each in held:
            if each.until < now:
                self.dropped += len(each.facts)
            elif each.stream_seq <= place:
                due += each.facts
            else:
                self._held.append(each)
        if due:
            self._heard(due)

    async def run(self) -> None:
        """Hear and send until cancelled."""
        known: Client | None = None
        while True:
            await self._news.wait()
            self._news.clear()
            client = self._link.client
            if not client.is_connected:
                self.dropped += len(self._waiting)
                self._waiting.clear()
                continue
            with suppress(errors.Error):  # The connection ended at this moment: `changed` is called next.
                if client is not known:
                    await client.subscribe(self._subject, cb=self._take)
                    known = client
                while self._waiting:
                    await client.publish(self._subject, self._next())

    def _next(self) -> bytes:
        """The next message: its place is that of its last hint."""
        taken = [self._waiting.popleft() for _ in range(min(len(self._waiting), FACTS_MAX))]
        self.sent += len(taken)
        return _encode(Hints(VERSION, self._origin, taken[-1][0], [blob for _, blob in taken]))

    async def _take(self, message: Msg) -> None:
        found = decode_hints(message.data)
        if found is None or found[0].origin == self._origin:
            return
        hints, facts = found
        self.received += len(facts)
        self._held.append(_Held(hints.stream_seq, time.monotonic() + LATE_SECONDS, facts))
        while sum(len(each.facts) for each in self._held) > WAITING_MAX:
            self.dropped += len(self._held.popleft().facts)
        self.advanced()
