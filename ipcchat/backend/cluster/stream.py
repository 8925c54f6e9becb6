"""The shared stream: making it, looking at it, and judging whether a node's mark fits to it.

Rules:
1. The stream says of itself whose journal it is: its metadata has the journal's id, the epoch, and the place and digest
   with which the epoch began. Who makes it first decides; the server refuses a second one with other metadata.
2. It never makes room by dropping what is there (`discard=new`), and nobody deletes or purges single messages.
3. A node applies nothing before its mark was judged, at the start and after each time it was cut off.

Specification: https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-31.md and the JetStream API
(https://docs.nats.io/reference/reference-protocols/nats_api_reference).
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec
from nats.aio.client import Client
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, NotFoundError

from ipcchat.backend.base import BackendError
from ipcchat.backend.cluster.epochs import from_metadata
from ipcchat.backend.cluster.intake import payload_hash
from ipcchat.backend.sqlite_mark import NO_DIGEST, Mark

DUPLICATE_SECONDS: Final = 600.0
"""How long the server knows a repeated message. It is the first filter only: intake.py is the second."""

STREAM_EXISTS: Final = 10058
"""The server's code for a stream that is there with another configuration."""

STREAM_MISSING: Final = 10059


class StreamSettings(msgspec.Struct, frozen=True):
    """How the stream is made. `bytes_max` and `age_seconds_max` bound what it keeps; 0 is no bound."""

    name: str = "IPCCHAT"
    subject: str = "ipcchat.facts"
    replicas: int = 1
    bytes_max: int = 0
    age_seconds_max: float = 0


class StreamState(msgspec.Struct, frozen=True):
    """What a stream says of itself: whose it is, after which place and time and with which digest its first fact comes,
    which of its messages are there, and all epochs with the places on which they began."""

    journal: str
    epoch: int
    base_seq: int
    base_at: int
    base_digest: bytes
    first_seq: int
    last_seq: int
    lineage: tuple[tuple[int, int], ...] = ()

    @property
    def base(self) -> Mark:
        """Where a node is that has none of its messages and can take all of them."""
        return Mark(self.epoch, 0, self.base_seq, self.base_at, self.base_digest)


class Standing(Enum):
    """How a node's mark stands to the stream."""

    SAME = "the node has all of it"
    BEHIND = "the node lacks the messages after its mark"
    ROLLED_BACK = "the stream is shorter than the node's mark, or has something else there"
    OTHER_EPOCH = "the stream began anew"
    OTHER_JOURNAL = "the stream is another network's"
    TRIMMED = "messages that the node lacks are not in the stream any more"
    APART = "the node's journal was written to outside the cluster"


class StreamLost(BackendError):
    """The node's journal and the stream do not fit together; `standing` says how. What is to be done is found out at a
    start (mending.py)."""

    starts_anew = True

    def __init__(self, standing: Standing, advice: str) -> None:
        super().__init__(f"this node's journal does not fit to the cluster's stream: {standing.value}; {advice}")
        self.standing = standing


def judge(journal: str, mark: Mark, stream: StreamState, payload: bytes | None) -> Standing:
    """How `mark` of that journal stands to the stream. `payload` is the hash of the stream's message at the mark, None
    when it is not there (any more)."""
    if stream.journal != journal:
        return Standing.OTHER_JOURNAL
    if stream.epoch != mark.epoch:
        return Standing.OTHER_EPOCH
    if mark.stream_seq == 0 and (mark.seq, mark.digest) != (stream.base_seq, stream.base_digest):
        return Standing.OTHER_EPOCH
    if stream.last_seq < mark.stream_seq or (payload is not None and mark.payload and payload != mark.payload):
        return Standing.ROLLED_BACK
    if stream.first_seq > mark.stream_seq + 1:
        return Standing.TRIMMED
    return Standing.SAME if stream.last_seq == mark.stream_seq else Standing.BEHIND


def judge_new(journal: str, last: Mark, stream: StreamState) -> Standing:
    """The same of a node that was in no stream before; `last` is its last place. An empty journal can become a copy of
    any stream that has everything."""
    if last.seq == 0:
        is_whole = stream.base_seq == 0 and stream.first_seq <= 1
        return Standing.BEHIND if is_whole else Standing.TRIMMED
    if stream.journal != journal:
        return Standing.OTHER_JOURNAL
    if stream.base_seq != last.seq or stream.base_digest != NO_DIGEST:
        return Standing.APART
    return Standing.BEHIND if stream.first_seq <= 1 else Standing.TRIMMED


async def look(client: Client, name: str) -> StreamState | None:
    """The stream as it is now; None when there is none. Raises BackendError for one that is not ours, and errors of
    nats-py when nobody can say."""
    try:
        found = await client.jetstream().stream_info(name)
    except NotFoundError as error:
        if error.err_code not in (STREAM_MISSING, None):
            raise
        return None
    try:
        told = from_metadata(
            found.config.metadata or {}, first_seq=found.state.first_seq, last_seq=found.state.last_seq, created=""
        )
    except ValueError as error:
        raise BackendError(f"the stream {name} is another program's; choose another name or another server") from error
    return StreamState(
        told.journal,
        told.epoch,
        told.first_place - 1,
        told.base_at,
        told.base_digest,
        told.first_seq,
        told.last_seq,
        tuple((start.epoch, start.place) for start in told.lineage),
    )


async def make(client: Client, settings: StreamSettings, journal: str, base: Mark) -> StreamState:
    """The stream, made with these or found as somebody else made it in the same moment. Raises errors of nats-py."""
    try:
        await client.jetstream().add_stream(configuration(settings, _metadata(journal, base)))
    except APIError as error:
        if error.err_code != STREAM_EXISTS:
            raise
    state = await look(client, settings.name)
    if state is None:
        raise BackendError(f"the stream {settings.name} was deleted in the moment in which it was made; start again")
    return state


async def hash_at(client: Client, name: str, stream_seq: int) -> bytes | None:
    """The hash of one message; None when it is not there. Raises errors of nats-py."""
    if not stream_seq:
        return None
    try:
        message = await client.jetstream().get_msg(name, seq=stream_seq)
    except NotFoundError:
        return None
    return payload_hash(message.data or b"")


def configuration(settings: StreamSettings, metadata: dict[str, str]) -> StreamConfig:
    """How a stream that says this of itself is made."""
    return StreamConfig(
        name=settings.name,
        subjects=[settings.subject],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        max_bytes=settings.bytes_max or -1,
        max_age=settings.age_seconds_max,
        num_replicas=settings.replicas,
        duplicate_window=min(DUPLICATE_SECONDS, settings.age_seconds_max or DUPLICATE_SECONDS),
        deny_delete=True,
        deny_purge=True,
        metadata=metadata,
    )


def _metadata(journal: str, base: Mark) -> dict[str, str]:
    """Of the first stream of a network."""
    return {
        "ipcchat-journal": journal,
        "ipcchat-epoch": str(base.epoch),
        "ipcchat-base": str(base.seq),
        "ipcchat-base-at": str(base.at),
        "ipcchat-base-digest": base.digest.hex(),
    }
