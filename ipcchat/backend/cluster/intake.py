"""What the messages of the shared stream become: places, told outcomes and the mark after them. Pure.

Every node does this with the same messages and must come to the same places, ids and digests, however the messages
were cut into batches. Rules:
1. Nothing here knows this machine's clock, what retention took, or what a restart forgot: only the stream, and what was
   written with the mark.
2. An envelope is taken in when it is of this epoch, its origin is not down, and its first fact is the origin's next.
   One that came before is dropped. Any other is refused, on all nodes alike.
3. An id is known when its fact has a place not more than KEPT_MS before the time of the last place, or, of a fleeting
   fact, when that is among the last FLEETING_PLACES places.
4. A place's time is the fact's clock, never before the place before it, and not more than SKEW_MS after the time at
   which the stream's server got the message: a node whose clock is wrong takes nobody else along.
5. A placed NodeDown closes its origin: whatever of it comes later is refused.
6. Taking changes nothing until it is adopted, so that a refused commit is made again.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence, Set
from hashlib import blake2b
from typing import Final, TypeAlias

import msgspec

from ipcchat.backend.base import BackendError
from ipcchat.backend.cluster.envelope import Envelope, decode_envelope, decode_facts
from ipcchat.backend.sqlite_mark import DIGEST_BYTES, FLEETING_PLACES, Mark, Marks, Origin
from ipcchat.backend.sqlite_recent import KEPT_MS
from ipcchat.core.facts import AnyFact, Durability, Entry, NodeDown
from ipcchat.core.outcomes import Outcome, Repeated

SKEW_MS: Final = 5_000
"""How far a node's clock may be ahead of the stream server's before its facts are set back."""

CHECKED_EVERY: Final = 1_024
"""Messages between two points at which nodes compare their digests."""

_KEPT: Final = Durability.KEPT

PIECE_BYTES: Final = 2_047
"""What is hashed at once: for more, hashlib gives Python's lock away, and to get it back takes longer than to hash some
KB."""

Find: TypeAlias = Callable[[Sequence[AnyFact]], tuple[dict[bytes, Entry], Set[int]]]
"""Store.find: the entries that have these facts' ids, perhaps long ago, and which of them are out of history."""


class Fenced(BackendError):
    """The other nodes declared this incarnation down: its clients must go, and the process starts anew."""

    starts_anew = True


class Arrived(msgspec.Struct, frozen=True):
    """A message of the stream: its sequence, when the server got it (Unix ms), and its bytes."""

    stream_seq: int
    at: int
    payload: bytes


class Taken(msgspec.Struct):
    """What some messages become. `rows` and `blobs` are all entries with their encoded facts; `told` is for the
    follower: all outcomes of this node's own facts, and the entries of others, of which there are `foreign`."""

    rows: list[Entry] = []
    blobs: list[bytes] = []
    told: list[Outcome] = []
    foreign: int = 0
    messages: int = 0
    facts: int = 0
    dropped: int = 0
    size: int = 0
    origins: dict[str, Origin] = {}
    fleeting: dict[bytes, Entry] = {}
    checked: tuple[int, bytes] | None = None
    alarms: list[str] = []
    fault: BackendError | None = None
    mark: Mark = Mark(0, 0, 0, 0)

    def marks(self) -> Marks:
        """What is written with the rows."""
        return Marks(self.mark, self.origins, {id_: (entry.seq, entry.at) for id_, entry in self.fleeting.items()})


def payload_hash(payload: bytes) -> bytes:
    """What a message is compared by."""
    hashed = blake2b(digest_size=DIGEST_BYTES)
    whole = memoryview(payload)
    for start in range(0, len(payload), PIECE_BYTES):
        hashed.update(whole[start : start + PIECE_BYTES])
    return hashed.digest()


def next_digest(digest: bytes, stream_seq: int, hash_: bytes, seq: int, at: int) -> bytes:
    """The digest after one more message of that payload_hash, after which the last place is `seq`, its time `at`."""
    numbers = b"".join(number.to_bytes(8, "big", signed=True) for number in (stream_seq, seq, at))
    return blake2b(digest + numbers + hash_, digest_size=DIGEST_BYTES).digest()


class Intake:
    """Where a node is in the stream. `incarnation` is its own."""

    def __init__(
        self, incarnation: str, mark: Mark, origins: Mapping[str, Origin], fleeting: Mapping[bytes, tuple[int, int]]
    ) -> None:
        """`fleeting` are the known ids of fleeting facts with their places and times, by rising place."""
        self.incarnation = incarnation
        self.mark = mark
        self.checked: tuple[int, bytes] | None = None
        self._origins = dict(origins)
        self._fleeting: dict[bytes, Entry | tuple[int, int]] = dict(fleeting)

    def take(self, batch: Sequence[Arrived], find: Find) -> Taken:
        """What these messages, which follow the mark, become. Raises Poison."""
        opened = [(arrived, *_opened(arrived)) for arrived in batch]
        facts = [fact for _, _, some in opened for fact in some]
        known, voided = find(facts) if facts else ({}, frozenset())
        taking = _Taking(self, known, voided)
        for arrived, envelope, some in opened:
            taking.take(arrived, envelope, some)
        return taking.taken

    def adopt(self, taken: Taken) -> None:
        """What was taken is written."""
        self.mark = taken.mark
        self.checked = taken.checked or self.checked
        self._origins |= taken.origins
        for id_, entry in taken.fleeting.items():
            self._fleeting.pop(id_, None)
            self._fleeting[id_] = entry
        self._forget()

    @property
    def known_fleeting(self) -> Container[bytes]:
        """The ids of fleeting facts that have a place, perhaps long ago."""
        return self._fleeting.keys()

    def origin(self, incarnation: str) -> Origin:
        """What is known of an incarnation."""
        return self._origins.get(incarnation, Origin())

    def fleeting(self, fact: AnyFact) -> Entry | None:
        """The entry of the fleeting fact with this one's id, perhaps long ago. Of one from before a restart the fact
        that is said again stands for it."""
        known = self._fleeting.get(fact.id)
        return known if known is None or isinstance(known, Entry) else Entry(*known, fact)

    def _forget(self) -> None:
        for id_, known in list(self._fleeting.items()):
            if (known.seq if isinstance(known, Entry) else known[0]) > self.mark.seq - FLEETING_PLACES:
                break
            del self._fleeting[id_]


class _Taking:
    """One batch on its way."""

    def __init__(self, intake: Intake, known: dict[bytes, Entry], voided: Set[int]) -> None:
        self.taken = Taken(mark=intake.mark)
        self._intake = intake
        self._known = known
        self._voided = voided
        self._seq, self._at = intake.mark.seq, intake.mark.at

    def take(self, arrived: Arrived, envelope: Envelope | None, facts: Sequence[AnyFact]) -> None:
        """One more message."""
        taken, stream_seq = self.taken, arrived.stream_seq
        if envelope is None:
            taken.alarms.append(
                f"message {stream_seq} of the cluster's stream is not from this program and was skipped; see who else "
                "can publish there"
            )
        elif self._is_next(envelope):
            self._place(facts, envelope, arrived.at + SKEW_MS)
        hash_ = payload_hash(arrived.payload)
        digest = next_digest(taken.mark.digest, stream_seq, hash_, self._seq, self._at)
        taken.mark = Mark(taken.mark.epoch, stream_seq, self._seq, self._at, digest, hash_)
        taken.messages += 1
        taken.facts += len(facts)
        taken.size += len(arrived.payload)
        if stream_seq % CHECKED_EVERY == 0:
            taken.checked = stream_seq, digest

    def _is_next(self, envelope: Envelope) -> bool:
        """Whether the envelope is taken in, which its origin's counter then says."""
        name = envelope.origin
        origin = self._origin(name)
        if origin.down:
            self._refuse(envelope, Fenced("the other nodes declared this one down; it starts anew"))
        elif envelope.epoch != self.taken.mark.epoch:
            self._refuse(
                envelope, BackendError("what this node said was for another epoch of the stream; start it again")
            )
        elif envelope.first <= origin.last:
            self.taken.dropped += 1
        elif envelope.first != origin.last + 1:
            text = (
                f"facts {origin.last + 1} to {envelope.first - 1} of this node are not in the stream, which lost them"
            )
            self._refuse(envelope, BackendError(text))
        else:
            self.taken.origins[name] = Origin(envelope.last)
            return True
        return False

    def _refuse(self, envelope: Envelope, error: BackendError) -> None:
        self.taken.dropped += 1
        if envelope.origin == self._intake.incarnation and self.taken.fault is None:
            self.taken.fault = error

    def _origin(self, name: str) -> Origin:
        return self.taken.origins.get(name) or self._intake.origin(name)

    def _place(self, facts: Sequence[AnyFact], envelope: Envelope, at_max: int) -> None:
        """Give the facts of an envelope the next places, none later than `at_max`. Every node does this for every
        message: what is rare is looked at apart."""
        taken, known, is_own = self.taken, self._known, envelope.origin == self._intake.incarnation
        fleeting, placed = self._intake.known_fleeting, []
        seq, at = self._seq, self._at
        for fact, blob in zip(facts, envelope.facts, strict=True):
            id_ = fact.id
            if id_ in known or id_ in fleeting or id_ in taken.fleeting:
                self._seq, self._at = seq, at
                if self._is_repeated(fact, is_own=is_own):
                    continue
            seq += 1
            at = max(at, min(fact.at, at_max))
            entry = Entry(seq, at, fact)
            if fact.durability is _KEPT:
                known[id_] = entry
            else:
                self._remember(entry)
            if isinstance(fact, NodeDown):
                self._close(fact.incarnation, is_own=is_own)
            taken.told.append(entry)
            placed.append(entry)
            taken.blobs.append(blob)
        self._seq, self._at = seq, at
        taken.rows += placed
        taken.foreign += 0 if is_own else len(placed)

    def _is_repeated(self, fact: AnyFact, *, is_own: bool) -> bool:
        """Whether the fact has a place already; its own node is told."""
        first = self._first(fact)
        if first is not None and is_own:
            self.taken.told.append(Repeated(fact, first.seq, first.at, first.fact, first.seq in self._voided))
        return first is not None

    def _first(self, fact: AnyFact) -> Entry | None:
        """The entry that has this fact's id, if it is known still."""
        fleeting = self.taken.fleeting.get(fact.id) or self._intake.fleeting(fact)
        if fleeting is not None and fleeting.seq > self._seq - FLEETING_PLACES:
            return fleeting
        first = self._known.get(fact.id)
        return first if first is not None and first.at >= self._at - KEPT_MS else None

    def _remember(self, entry: Entry) -> None:
        fact = entry.fact
        if fact.durability is Durability.FLEETING:
            self.taken.fleeting.pop(fact.id, None)
            self.taken.fleeting[fact.id] = entry
        else:
            self._known[fact.id] = entry

    def _close(self, name: str, *, is_own: bool) -> None:
        self.taken.origins[name] = Origin(self._origin(name).last, down=True)
        if name == self._intake.incarnation and not is_own:
            self.taken.fault = Fenced("the other nodes declared this one down; it starts anew")


def _opened(arrived: Arrived) -> tuple[Envelope | None, list[AnyFact]]:
    envelope = decode_envelope(arrived.payload)
    return envelope, decode_facts(envelope) if envelope is not None else []
