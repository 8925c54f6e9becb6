"""What a node does when its journal and the stream do not fit together. Pure: it is told everything and decides.

The stream orders and transports; the nodes' journals are what is kept. An *epoch* is the life of one stream: it begins
on top of a *base* (the place and digest of the journal of the node that made it, its seeder), and its metadata has the
base and the *lineage*, all epochs with the places at which they began. A stream that is lost, rolled back, damaged or
comes back from the past is followed by a new epoch.

Rules:
1. Two journals are the same up to a base that both went through; after it only ids tell. Who leaves his journal for
   another one (TakeSnapshot) keeps the old file until all of it after that base, as far as the other has not the same
   ids, was said again with the same ids and is in the new one: nothing that was acknowledged is lost.
2. Who seeds is decided alike by all: the highest (epoch, place), then the lowest name. Who does not hear the same beats
   may decide otherwise; then the stream's creation is the arbiter, and who loses decides again.
3. Nobody seeds before it has listened for HEAR_SECONDS, nor before all known nodes were heard or SEED_SECONDS passed.
   When the best one does nothing, the next one waits SEED_SECONDS more.
4. Who has nothing never decides for those who are not there: an empty node waits for all that it knows.
5. A whole stream is never replaced while somebody may come who has what it stands on: for ORPHAN_SECONDS.
6. Who was outvoted, or whose journal is damaged, takes the journal of one who has what most have; when none of these
   comes for SEED_SECONDS, it goes on with what it has.
7. Another network's journal is for people to sort out. An empty journal becomes part of any network.

How it is meant to be called: at the start, whenever a stream cannot be read on (StreamLost) or its consumer is gone,
and when nodes diverge (membership.Divergence):

    began = monotonic()
    while not isinstance(decision := decide(View(..., elapsed=monotonic() - began)), GoOn):
        match decision:
            case TakeEpoch(stream):     mark := (stream.epoch, 0); keep stream.lineage and stream.journal; next place is
                                        stream.first_place
            case TakeSnapshot(sources): close the journal, snapshots.fetch from the first source that gives one,
                                        snapshots.install with the old file kept, then say snapshots.unsaid again
            case Seed(stream, replaces): read the stream's state again; if it is still `replaces`, delete it; create
                                        `stream` with its metadata; if that is refused because there is one: decide
                                        again; else as TakeEpoch
            case Wait(reason):          tell the reason once, beat with state "cut" (of a Seed: "seeding"), wait a beat
            case Stop(reason):          follower.lost(BackendError(reason))

`stream=None` means that JetStream said that there is none: an answer that did not come is no such thing. `peers` are
the beats heard since `began`, none that drains. While this goes on nothing is applied and nothing is confirmed. A
consumer is of one stream: it is made between two looks that show the same `created`, or it might be of the next one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Final, TypeAlias

import msgspec

HEAR_SECONDS: Final = 3.0
"""Three beats: who lives was heard by then."""

SEED_SECONDS: Final = 30.0
"""For a node that starts with the others, or whose machine does."""

ORPHAN_SECONDS: Final = 600.0
"""For a node with the base of a stream that is whole: nobody else can use what is in it, so it is worth waiting."""

PLACES_SKIPPED: Final = 1 << 26
"""Places that a new epoch leaves out, as a restored backup does: somebody who is not there may have given them, and no
msgid may ever name two messages."""

SALT_BITS: Final = 20

_JOURNAL, _EPOCH, _BASE, _AT, _DIGEST, _FIRST, _LINEAGE = (
    f"ipcchat-{name}" for name in ("journal", "epoch", "base", "base-at", "base-digest", "first", "lineage")
)


class Start(msgspec.Struct, frozen=True, array_like=True):
    """An epoch and the place on which it began."""

    epoch: int
    place: int


Lineage: TypeAlias = tuple[Start, ...]


class Position(msgspec.Struct, frozen=True):
    """Where a journal is: `place` is its last one (0: it is empty) and `at` that one's time (Unix ms), `digest` the
    rolling hash at `stream_seq` of `epoch`, or in epoch 0, before the first cluster, the plain_digest. One of zeros
    stands for nothing."""

    journal: str
    epoch: int
    stream_seq: int
    place: int
    digest: bytes
    at: int = 0

    @property
    def is_empty(self) -> bool:
        """Nothing was ever written in it."""
        return self.place == 0


class Stream(msgspec.Struct, frozen=True):
    """What a stream says of itself. `created` is whatever tells it from another one of the same name (the server's
    time of creation; "" for one that is to be made). An empty one has a `last_seq` of 0."""

    journal: str
    epoch: int
    base_place: int
    base_digest: bytes
    first_place: int
    lineage: Lineage
    base_at: int = 0
    first_seq: int = 1
    last_seq: int = 0
    created: str = ""


class Peer(msgspec.Struct, frozen=True):
    """Another node, as its last beat told. One that serves follows the stream; one that does not is in the same
    trouble, or starts."""

    name: str
    position: Position
    is_serving: bool


class View(msgspec.Struct, frozen=True):
    """All that a decision is made of.

    `payload_matches`: whether the stream's message at our `stream_seq` is the one that we had there; None when it
    cannot be read any more (or we are at 0). `has_diverged`: another node tells another digest at the same point.
    `known`: the names of nodes that belong to this network, as far as they are known from earlier. `elapsed`: seconds
    since this began. `salt`: a random number, of which SALT_BITS are used. `outvoted_by`: nodes that have the right
    journal where ours is wrong.
    """

    name: str
    own: Position
    lineage: Lineage
    stream: Stream | None
    peers: tuple[Peer, ...] = ()
    known: frozenset[str] = frozenset()
    elapsed: float = 0.0
    salt: int = 0
    payload_matches: bool | None = None
    has_diverged: bool = False
    outvoted_by: tuple[str, ...] = ()


class GoOn(msgspec.Struct, frozen=True):
    """The stream continues our journal: read on at `stream_seq` + 1."""


class TakeEpoch(msgspec.Struct, frozen=True):
    """We are exactly at the base of this stream: read it from its beginning, with its journal's name."""

    stream: Stream


class TakeSnapshot(msgspec.Struct, frozen=True):
    """Put the journal of one of `sources` in place of ours; try them in this order. With `say_after` ours may have
    facts that it has not: those after that place whose id it has not are to be said again (snapshots.unsaid). After
    `parted_at` it certainly is another history; between the two it probably is the same."""

    sources: tuple[str, ...]
    say_after: int | None = None
    parted_at: int | None = None


class Seed(msgspec.Struct, frozen=True):
    """Make `stream` in place of `replaces` (None: there is none), only if that is still what is there."""

    stream: Stream
    replaces: Stream | None


class Wait(msgspec.Struct, frozen=True):
    """Decide again after the next beat; `names` is for whom this waits, and `seconds` how long at most (None: until
    somebody comes)."""

    reason: str
    names: tuple[str, ...] = ()
    seconds: float | None = None


class Stop(msgspec.Struct, frozen=True):
    """Nothing that a node may decide; the reason is for people and says what to do."""

    reason: str


Decision: TypeAlias = GoOn | TakeEpoch | TakeSnapshot | Seed | Wait | Stop


def decide(view: View) -> Decision:
    """What this node is to do now."""
    stream, own = view.stream, view.own
    if view.outvoted_by and view.elapsed < SEED_SECONDS:
        return _give_way(view)
    if stream is None:
        return _seed(view, "there is no stream")
    if stream.journal != own.journal and not own.is_empty:
        return Stop(
            f"the stream belongs to the journal {stream.journal} and this node has the journal {own.journal}: they are "
            "two networks; use another stream or NATS account, or start this node with an empty data folder"
        )
    if (stream.epoch, stream.lineage) == (own.epoch, view.lineage):
        return _of_same_epoch(view, stream)
    return _of_other_epoch(view, stream)


def common_place(one: Lineage, other: Lineage) -> int:
    """Up to which place two journals are certainly the same: the base of the last epoch that both went through."""
    place = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        place = mine.place
    return place


def parted_place(one: Lineage, other: Lineage) -> int | None:
    """After which place two journals certainly differ: the first base that only one of them went through; None when
    they went through the same ones."""
    common = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    return min((start.place for start in (*one[common:][:1], *other[common:][:1])), default=None)


def plain_digest(journal: str, place: int, last_id: bytes) -> bytes:
    """What stands for the whole of a journal that was in no cluster yet, up to its last entry. 16 bytes; none for an
    empty one."""
    return blake2b(f"{journal} {place} ".encode() + last_id, digest_size=16).digest() if place else b""


def next_epoch(epochs: Iterable[int], salt: int) -> int:
    """An epoch above all of these. Its lower SALT_BITS are random, so that two that begin unknown to each other
    differ."""
    return ((max(epochs, default=0) >> SALT_BITS) + 1) << SALT_BITS | salt % (1 << SALT_BITS)


def epoch_name(epoch: int) -> str:
    """An epoch as people read it: its number and what makes it unique."""
    return f"{epoch >> SALT_BITS}.{epoch % (1 << SALT_BITS):05x}"


def to_metadata(stream: Stream) -> dict[str, str]:
    """What is written into the metadata of a stream that is made. NATS allows 128 KiB: thousands of epochs."""
    return {
        _JOURNAL: stream.journal,
        _EPOCH: str(stream.epoch),
        _BASE: str(stream.base_place),
        _AT: str(stream.base_at),
        _DIGEST: stream.base_digest.hex(),
        _FIRST: str(stream.first_place),
        _LINEAGE: " ".join(f"{start.epoch}:{start.place}" for start in stream.lineage),
    }


def from_metadata(written: Mapping[str, str], *, first_seq: int, last_seq: int, created: str) -> Stream:
    """The stream that has this metadata; one without a lineage is the first of its network. Raises ValueError when it
    was not made by this program."""
    try:
        epoch, base = int(written[_EPOCH]), int(written[_BASE])
        starts = (start.partition(":") for start in written.get(_LINEAGE, f"{epoch}:{base}").split())
        return Stream(
            journal=written[_JOURNAL],
            epoch=epoch,
            base_place=base,
            base_at=int(written[_AT]),
            base_digest=bytes.fromhex(written[_DIGEST]),
            first_place=int(written.get(_FIRST, base + 1)),
            lineage=tuple(Start(int(number), int(place)) for number, _, place in starts),
            first_seq=first_seq,
            last_seq=last_seq,
            created=created,
        )
    except (KeyError, ValueError) as error:
        raise ValueError(f"the stream's metadata is not this program's: {error}") from error


def _give_way(view: View) -> Decision:
    """Take the journal of one who has the right one, and keep ours: perhaps something is only in it."""
    lineage = view.stream.lineage if view.stream is not None else ()
    followers = _followers(view, view.stream) if view.stream is not None else []
    sources = [peer for peer in followers if peer.is_serving and peer.name in view.outvoted_by]
    if not sources:
        why = "this node's journal is damaged or not what most have; waiting for one of these"
        return Wait(f"{why}: {', '.join(view.outvoted_by)}", view.outvoted_by, SEED_SECONDS - view.elapsed)
    taken = _snapshot_of(view, sources, lineage)
    return TakeSnapshot(taken.sources, common_place(view.lineage, lineage), parted_place(view.lineage, lineage))


def _of_same_epoch(view: View, stream: Stream) -> Decision:
    """The stream is the one that we have followed: does it still go on where we are?"""
    own = view.own
    if view.has_diverged:
        return _seed(view, "nodes differ at the same point of the stream")
    if stream.last_seq < own.stream_seq:
        return _seed(view, f"the stream ends at {stream.last_seq} and this journal has followed it to {own.stream_seq}")
    if view.payload_matches is False:
        return _seed(view, f"message {own.stream_seq} of the stream is not the one that this journal has")
    if stream.first_seq > own.stream_seq + 1:
        missed = "the stream does not have any more what comes next in this journal"
        return _take_snapshot(view, stream, missed)
    return GoOn()


def _of_other_epoch(view: View, stream: Stream) -> Decision:
    if _is_at_base(view.own, stream):
        return TakeEpoch(stream)
    if any(start.epoch == stream.epoch for start in view.lineage) and not _followers(view, stream):
        return _seed(view, f"the stream is the one of the past epoch {epoch_name(stream.epoch)}")
    return _take_snapshot(view, stream, f"the stream is of epoch {epoch_name(stream.epoch)}")


def _is_at_base(own: Position, stream: Stream) -> bool:
    """A digest stands for the whole of a journal, and all empty ones are alike."""
    if own.place != stream.base_place or stream.first_seq > 1:
        return False
    return own.is_empty or (any(own.digest) and own.digest == stream.base_digest)


def _followers(view: View, stream: Stream) -> list[Peer]:
    """Who follows this stream, or will, because he misses nothing of it."""
    at_it = [peer for peer in _of_our_network(view) if peer.position.epoch == stream.epoch]
    return [peer for peer in at_it if peer.position.stream_seq + 1 >= stream.first_seq]


def _take_snapshot(view: View, stream: Stream, why: str) -> Decision:
    """Somebody who follows the stream has what we miss; if nobody does for long, the stream is of no use."""
    followers = _followers(view, stream)
    sources = [peer for peer in followers if peer.is_serving]
    if sources:
        return _snapshot_of(view, sources, stream.lineage)
    if followers:
        return Wait(f"{why}; waiting until a node that follows it is ready", tuple(peer.name for peer in followers))
    missing = _missing(view)
    is_helpless = view.own.is_empty and (view.own.epoch == 0 or missing != ())
    if is_helpless or view.elapsed < ORPHAN_SECONDS:
        left = None if is_helpless else ORPHAN_SECONDS - view.elapsed
        return Wait(f"{why}; waiting for a node that follows it", missing, left)
    return _seed(view, why)


def _snapshot_of(view: View, sources: list[Peer], lineage: Lineage) -> TakeSnapshot:
    """Who comes at once does not ask one node: each begins elsewhere in the list."""
    names = sorted(peer.name for peer in sources)
    turn = sum(view.name.encode()) % len(names)
    in_turn, common = (*names[turn:], *names[:turn]), common_place(view.lineage, lineage)
    if view.own.place <= common:
        return TakeSnapshot(in_turn)
    return TakeSnapshot(in_turn, common, parted_place(view.lineage, lineage))


def _seed(view: View, why: str) -> Decision:
    """The stream is of no use any more: the best one makes a new one on top of its journal."""
    better = _better(view)
    ahead = [] if view.has_diverged or view.stream is None else [p for p in better if _is_ahead(p, view, view.stream)]
    if ahead:
        return _snapshot_of(view, ahead, view.stream.lineage if view.stream is not None else ())
    names, due = _seeders_turn(view, better)
    if due is None or view.elapsed < due:
        left = None if due is None else due - view.elapsed
        return Wait(f"{why}; waiting for {', '.join(names) or 'other nodes'}", names, left)
    return Seed(_new_stream(view), view.stream)


def _is_ahead(peer: Peer, view: View, stream: Stream) -> bool:
    """This one follows the stream that we cannot follow, and has more than we have: it is we who are odd."""
    there = peer.position
    return peer.is_serving and there.epoch == stream.epoch and there.place > view.own.place


def _seeders_turn(view: View, better: list[Peer]) -> tuple[tuple[str, ...], float | None]:
    """For whom we wait before we seed, and until when (seconds since this began; None: until they come)."""
    missing = _missing(view)
    if view.own.is_empty and (missing or any(not peer.position.is_empty for peer in better)):
        return missing or (better[0].name,), None
    due = max(HEAR_SECONDS, SEED_SECONDS if missing else 0.0, SEED_SECONDS * len(better))
    return tuple(peer.name for peer in better[:1]) or missing, due


def _new_stream(view: View) -> Stream:
    own = view.own
    epochs = [own.epoch, *(peer.position.epoch for peer in view.peers), view.stream.epoch if view.stream else 0]
    epoch = next_epoch(epochs, view.salt)
    first_place = 1 if own.is_empty else own.place + PLACES_SKIPPED + 1
    lineage = (*view.lineage, Start(epoch, own.place))
    return Stream(own.journal, epoch, own.place, own.digest, first_place, lineage, own.at)


def _better(view: View) -> list[Peer]:
    """Who is to seed before us, the best first."""
    ranks = {peer.name: _rank(peer.name, peer.position) for peer in _of_our_network(view)}
    own = _rank(view.name, view.own)
    return sorted((p for p in _of_our_network(view) if ranks[p.name] < own), key=lambda p: ranks[p.name])


def _rank(name: str, position: Position) -> tuple[int, int, str]:
    return -position.epoch, -position.place, name


def _of_our_network(view: View) -> list[Peer]:
    """Those whose journal is ours too. Who is empty belongs to everybody."""
    return [
        peer
        for peer in view.peers
        if view.own.is_empty or peer.position.is_empty or peer.position.journal == view.own.journal
    ]


def _missing(view: View) -> tuple[str, ...]:
    """The known nodes that were not heard."""
    return tuple(sorted(view.known - {peer.name for peer in view.peers} - {view.name}))
