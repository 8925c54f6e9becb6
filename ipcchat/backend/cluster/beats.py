"""What each node tells all others once a second: who it is, how it is and where it is in the stream.

Rules:
1. Beats are sent on `<prefix>.beat.<node>` and heard on `<prefix>.beat.*` over core NATS: one that is lost is lost, and
   none is sent while there is no connection, or old ones would arrive together when it is back.
2. Nothing that a user wrote is in a subject or in a beat.
3. Fields are only ever added at the end; another VERSION is for what an older node must not understand.
4. A message that is no beat, of a newer version, or in another node's name is counted and skipped; people hear of the
   first one.
5. A node hears its own beats as well: that is how it knows that it can be heard (membership.py).

    beats = Beats(tell=lambda: own_beat(...), heard=lambda beat: membership.heard(beat, now(), wall()),
                  alarmed=follower.alarmed)
    await beats.start(client)                              # again with each new client of NATS
    ...
    await beats.stop()

Specification: https://docs.nats.io/nats-concepts/core-nats/pubsub, msgpack by msgspec.
"""

from __future__ import annotations

import asyncio
import random
import re
import unicodedata
from collections.abc import Callable, Iterable
from contextlib import suppress
from enum import Enum
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, get_args

import msgspec
from nats import errors

from ipcchat.core.facts import AnyFact

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.aio.subscription import Subscription

VERSION: Final = 1

BEAT_SECONDS: Final = 1.0
"""Between two beats. Each takes about 250 bytes and 50 microseconds of a node that hears it."""

JITTER: Final = 0.2
"""The share by which a pause is longer or shorter, so that nodes that started together do not beat together."""

CHECK_INTERVAL: Final = 1_024
"""Every node tells its digest at the last multiple of this: two nodes have such a point in common even when they never
are at the same place when they beat."""

BEAT_BYTES_MAX: Final = 2_048

_NODE: Final = re.compile(r"[a-z0-9-]{1,32}")


class NodeState(Enum):
    """What a node is doing."""

    STARTING = "starting"
    SERVING = "serving"
    DRAINING = "draining"
    CUT = "cut"
    SEEDING = "seeding"


class BeatError(Exception):
    """That is no beat that this version understands; the text says why."""


class Beat(msgspec.Struct, frozen=True, array_like=True):
    """One node at one moment. `place`, `digest`: the journal's last place and the rolling hash at `stream_seq` of
    `epoch`; `checked_digest` is the one at `checked_seq`. Times are Unix milliseconds of the node's own clock.
    `secret_check` stands for the node's secret, which must be the same everywhere (empty: it is not known)."""

    version: int
    node: str
    incarnation: str
    program: str
    tables: bytes
    journal: str
    epoch: int
    stream_seq: int
    place: int
    digest: bytes
    sessions: int
    started: int
    now: int
    state: NodeState
    checked_seq: int = 0
    checked_digest: bytes = b""
    secret_check: bytes = b""


class _Head(msgspec.Struct, array_like=True):
    version: int


def is_node_name(text: str) -> bool:
    """Whether a node may have that name: 1 to 32 of a to z, 0 to 9 and the hyphen. It stands in subjects."""
    return _NODE.fullmatch(text) is not None


def checked_seq_of(stream_seq: int) -> int:
    """The point up to `stream_seq` at which all nodes tell their digest."""
    return stream_seq - stream_seq % CHECK_INTERVAL


encode_beat = msgspec.msgpack.Encoder().encode
_decode_head = msgspec.msgpack.Decoder(_Head).decode
_decode_beat = msgspec.msgpack.Decoder(Beat).decode


def decode_beat(payload: bytes) -> Beat:
    """A beat of this version. Raises BeatError."""
    if len(payload) > BEAT_BYTES_MAX:
        raise BeatError(f"it has {len(payload)} bytes")
    try:
        version = _decode_head(payload).version
        if version != VERSION:
            raise BeatError(f"it is of version {version}, and this program knows version {VERSION}")
        beat = _decode_beat(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BeatError(str(error)) from error
    if not is_node_name(beat.node):
        raise BeatError("its node has no proper name")
    return beat


@cache
def own_tables() -> bytes:
    """A digest of what must be equal on all nodes, or they would apply one fact in two ways: the Unicode versions that
    Python and the names' rules go by, and the kinds of facts with their fields. 16 bytes."""
    from precis_i18n.unicode import UnicodeData  # Costs 20 ms, and only clusters need it.

    kinds = (f"{kind.__struct_config__.tag} {' '.join(kind.__struct_fields__)}" for kind in get_args(AnyFact))
    return tables_of([unicodedata.unidata_version, str(UnicodeData().version), *sorted(kinds)])


def tables_of(parts: Iterable[str]) -> bytes:
    """The digest of these texts, in this order. 16 bytes."""
    return blake2b("\n".join(parts).encode(), digest_size=16).digest()


async def make_known(connection: Client) -> None:
    """Wait until the server has the subscriptions made so far; without a connection it gets them with the next one.

    nats-py writes the ping of a flush() at once and commands a moment later, so only the second one comes behind them.
    """
    with suppress(errors.Error):
        await connection.flush(timeout=2)
        await connection.flush(timeout=2)


class Beats:
    """Sends one node's beats and hears everybody's, over a connection that somebody else opens and closes."""

    def __init__(
        self,
        *,
        tell: Callable[[], Beat],
        heard: Callable[[Beat], None],
        alarmed: Callable[[str], None],
        prefix: str = "ipcchat",
        seconds: float = BEAT_SECONDS,
    ) -> None:
        """`tell` is asked for each beat; `heard` and `alarmed` are called on the loop."""
        self.sent = self.received = self.unreadable = 0
        self._connection: Client | None = None
        self._tell = tell
        self._heard = heard
        self._alarmed = alarmed
        self._prefix = f"{prefix}.beat"
        self._seconds = seconds
        self._subscription: Subscription | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self, connection: Client) -> None:
        """Hear and send from now on by this connection, and by no other one. Raises what nats-py raises when it is
        closed."""
        await self._leave()
        self._connection = connection
        self._subscription = await connection.subscribe(f"{self._prefix}.*", cb=self._take)
        await make_known(connection)
        self._task = asyncio.create_task(self._live(), name="beats")

    async def stop(self) -> None:
        """Send one last beat and end: say before what the node's state is now. May be called twice."""
        if self._task is not None:
            await self.send()
            await self._leave()

    async def _leave(self) -> None:
        """End on the present connection, which may be gone already."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._connection is not None and self._subscription is not None:
            await make_known(self._connection)
            with suppress(errors.Error):
                await self._subscription.unsubscribe()
        self._task = self._connection = self._subscription = None

    async def send(self) -> None:
        """Send a beat now, as after a change of state; nothing while there is no connection."""
        if self._connection is None or not self._connection.is_connected:
            return
        beat = self._tell()
        with suppress(errors.Error):  # The connection ended at this moment: the next beat is soon enough.
            await self._connection.publish(f"{self._prefix}.{beat.node}", encode_beat(beat))
            self.sent += 1

    async def _live(self) -> None:
        while True:
            await self.send()
            await asyncio.sleep(self._seconds * random.uniform(1 - JITTER, 1 + JITTER))

    async def _take(self, message: Msg) -> None:
        try:
            beat = decode_beat(message.data)
            if message.subject != f"{self._prefix}.{beat.node}":
                raise BeatError("it is in another node's name")
        except BeatError as error:
            self.unreadable += 1
            if self.unreadable == 1:
                self._alarmed(f"a beat of another node cannot be read ({error}); do all nodes run the same version?")
            return
        self.received += 1
        self._heard(beat)
