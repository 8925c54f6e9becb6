"""What one message of the shared stream is: some facts of one node, numbered.

Rules:
1. An origin is an incarnation of a node. It counts its facts 1, 2, 3 ...; `first` is the number of an envelope's first
   one. (origin, first) names an envelope for ever: said again it has the same bytes.
2. Envelopes begin with a mark of ours. What does not was published by a stranger: every node skips it alike. What does
   and cannot be read is poison: a node that skipped it would have another journal than the others, so it stops.
3. An envelope is well under the server's limit of a message (1 MiB), and bounded before it is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from ipcchat.backend.base import BackendError
from ipcchat.core.facts import AnyFact, decode_fact

VERSION: Final = 1

FACTS_MAX: Final = 1_024
"""Facts of one envelope: half a commit."""

BYTES_MAX: Final = 512 * 1024
"""Encoded facts of one envelope: half of what a server takes, and some milliseconds of a network."""

INCARNATION_CHARACTERS_MAX: Final = 32

MARK: Final = "ipc-chat"
"""The first value of the array that an envelope is in MessagePack."""


class Envelope(msgspec.Struct, frozen=True, array_like=True, tag=MARK):
    """Facts `first`, `first` + 1 ... of the incarnation `origin`, encoded, for the stream of that `epoch`."""

    version: int
    epoch: int
    origin: str
    first: int
    facts: list[bytes]

    @property
    def last(self) -> int:
        """The number of its last fact."""
        return self.first + len(self.facts) - 1


class Poison(BackendError):
    """A message of the stream that is ours, or looks so, and cannot be read."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Envelope).decode


def message_id(origin: str, first: int) -> str:
    """What the server knows a repeated envelope by (Nats-Msg-Id)."""
    return f"{origin}-{first}"


def encode_envelope(epoch: int, origin: str, first: int, facts: Sequence[bytes]) -> bytes:
    """The payload of a message; at least one fact, within the limits above."""
    return _encode(Envelope(VERSION, epoch, origin, first, list(facts)))


def decode_envelope(payload: bytes) -> Envelope | None:
    """What is in a message; None when it is no envelope of ours. Raises Poison."""
    try:
        envelope = _decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if not _is_ours(payload):
            return None
        raise Poison(_advice(f"it cannot be read: {error}")) from error
    if envelope.version != VERSION:
        raise Poison(_advice(f"it has version {envelope.version}, and this program knows {VERSION}"))
    if not _is_sound(envelope):
        raise Poison(_advice("its numbers or its origin make no sense"))
    return envelope


def decode_facts(envelope: Envelope) -> list[AnyFact]:
    """The facts of an envelope. Raises Poison when one is of a kind that this program does not know."""
    try:
        return [decode_fact(blob) for blob in envelope.facts]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Poison(_advice(f"a fact from {envelope.origin} cannot be read: {error}")) from error


def _is_ours(payload: bytes) -> bool:
    """Whether it is an array that begins with our mark, however it goes on."""
    return MARK.encode() in payload[:16]


def _is_sound(envelope: Envelope) -> bool:
    return (
        envelope.first >= 1
        and envelope.last < 1 << 62
        and 0 <= envelope.epoch < 1 << 62
        and 0 < len(envelope.origin) <= INCARNATION_CHARACTERS_MAX
        and 0 < len(envelope.facts) <= FACTS_MAX
    )


def _advice(why: str) -> str:
    return (
        f"a message of the cluster's stream stops this node: {why}; if another node runs a newer version, start that "
        "one here too, otherwise see who else can publish to the stream"
    )
