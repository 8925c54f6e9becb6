"""ipcchat/backend/cluster/epochs.py: what a node does whose journal does not fit the stream (HOSTILE K08, K09).

The machine at the end is the proof: nodes that come and go, a stream that is wiped, rolled back, damaged, trimmed and
brought back from the past at any time, beats that are late. In the end all agree, and nothing acknowledged is missing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from ipcchat.backend.cluster import epochs
from ipcchat.backend.cluster.epochs import (
    HEAR_SECONDS,
    ORPHAN_SECONDS,
    PLACES_SKIPPED,
    SALT_BITS,
    SEED_SECONDS,
    GoOn,
    Lineage,
    Peer,
    Position,
    Seed,
    Start,
    Stop,
    Stream,
    TakeEpoch,
    TakeSnapshot,
    View,
    Wait,
    common_place,
    decide,
    epoch_name,
    from_metadata,
    next_epoch,
    parted_place,
    plain_digest,
    to_metadata,
)

ONE, TWO, THREE = (number << SALT_BITS for number in (1, 2, 3))
LATER = 10 * ORPHAN_SECONDS


def digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()


def at(place: int, *, epoch: int = ONE, seq: int | None = None, journal: str = "aaaaaaaa", text: str = "") -> Position:
    seq = place if seq is None else seq
    return Position(journal, epoch, seq, place, digest(text or f"{journal} {epoch} {place}"))


EMPTY = Position("eeeeeeee", 0, 0, 0, b"")
FIRST = (Start(ONE, 0),)


def stream_of(epoch: int = ONE, *, lineage: Lineage = FIRST, base: int = 0, last: int = 100, **more: object) -> Stream:
    base_digest = at(base, epoch=epoch - ONE).digest if base else b""
    values = {"first_place": base + 1, "last_seq": last, "created": "then", **more}
    return Stream("aaaaaaaa", epoch, base, base_digest, lineage=lineage, **values)  # type: ignore[arg-type]


def view_of(own: Position, stream: Stream | None, *peers: Peer, **more: object) -> View:
    values = {"elapsed": HEAR_SECONDS, "lineage": FIRST if own.epoch else (), **more}
    return View("m", own, stream=stream, peers=peers, **values)  # type: ignore[arg-type]


def peer(name: str, position: Position, *, is_serving: bool = True) -> Peer:
    return Peer(name, position, is_serving)


class TestTheStreamThatWasFollowed:
    def test_it_goes_on_where_we_are(self) -> None:
        assert decide(view_of(at(50), stream_of())) == GoOn()
        assert decide(view_of(at(100), stream_of(), payload_matches=True)) == GoOn()

    def test_what_is_trimmed_up_to_where_we_are_is_not_missed(self) -> None:
        assert decide(view_of(at(50), stream_of(first_seq=51))) == GoOn()

    def test_who_was_away_too_long_takes_a_snapshot_and_compares(self) -> None:
        view = view_of(at(50), stream_of(first_seq=52), peer("a", at(60)), peer("b", at(50)))
        assert decide(view) == TakeSnapshot(("a",), say_after=0)

    def test_ten_who_come_at_once_do_not_all_ask_one(self) -> None:
        sources = [peer(name, at(60)) for name in "abc"]
        views = [view_of(at(50), stream_of(first_seq=52), *sources) for _ in range(10)]
        first = {
            decision.sources[0]
            for number, view in enumerate(views)
            if isinstance(decision := decide(msgspec.structs.replace(view, name=f"n{number}")), TakeSnapshot)
        }
        assert first == {"a", "b", "c"}

    @pytest.mark.parametrize(
        ("own", "more"),
        [
            (at(101), {}),
            (at(50), {"payload_matches": False}),
            (at(50), {"has_diverged": True}),
        ],
        ids=["rolled back", "damaged", "diverged"],
    )
    def test_one_that_is_not_what_was_followed_is_replaced_by_the_best(
        self, own: Position, more: dict[str, object]
    ) -> None:
        decision = decide(view_of(own, stream_of(), peer("a", at(40)), salt=7, **more))
        assert isinstance(decision, Seed)
        assert decision.replaces == stream_of()
        new = decision.stream
        assert (new.epoch, new.base_place, new.base_digest) == (TWO + 7, own.place, own.digest)
        assert new.lineage == (*FIRST, Start(TWO + 7, own.place))
        assert new.first_place == own.place + PLACES_SKIPPED + 1

    def test_who_is_odd_goes_to_one_that_serves_and_has_more(self) -> None:
        view = view_of(at(50), stream_of(), peer("a", at(60)), payload_matches=False)
        assert decide(view) == TakeSnapshot(("a",), say_after=0)

    def test_who_diverged_waits_for_the_best_to_begin_anew(self) -> None:
        decision = decide(view_of(at(50), stream_of(), peer("a", at(60)), has_diverged=True))
        assert isinstance(decision, Wait) and decision.names == ("a",)


class TestAnotherEpoch:
    NEXT = stream_of(TWO, lineage=(*FIRST, Start(TWO, 80)), base=80, last=10)

    def test_who_is_exactly_at_its_base_takes_it(self) -> None:
        assert decide(view_of(at(80, epoch=ONE), self.NEXT)) == TakeEpoch(self.NEXT)

    def test_the_same_place_with_another_digest_is_not_its_base(self) -> None:
        view = view_of(at(80, text="other"), self.NEXT, peer("a", at(90, epoch=TWO)))
        assert decide(view) == TakeSnapshot(("a",), say_after=0, parted_at=80)

    def test_who_has_more_says_it_again_after_the_last_common_base(self) -> None:
        own, lineage = at(90, epoch=TWO), (*FIRST, Start(TWO, 80))
        third = stream_of(THREE, lineage=(*lineage, Start(THREE, 85)), base=85)
        view = view_of(own, third, peer("a", at(200, epoch=THREE)), lineage=lineage)
        assert decide(view) == TakeSnapshot(("a",), say_after=80, parted_at=85)

    def test_an_empty_node_takes_what_is_there_and_says_nothing(self) -> None:
        assert decide(view_of(EMPTY, self.NEXT, peer("a", at(90, epoch=TWO)))) == TakeSnapshot(("a",))
        assert decide(view_of(EMPTY, stream_of())) == TakeEpoch(stream_of())
        assert isinstance(decide(view_of(EMPTY, stream_of(first_seq=2))), Wait)

    def test_who_follows_it_is_waited_for_until_it_serves(self) -> None:
        decision = decide(view_of(at(70), self.NEXT, peer("a", at(90, epoch=TWO), is_serving=False), elapsed=LATER))
        assert isinstance(decision, Wait) and decision.names == ("a",)

    def test_a_whole_stream_is_not_replaced_while_somebody_may_come(self) -> None:
        decision = decide(view_of(at(90), self.NEXT, elapsed=ORPHAN_SECONDS - 1, known=frozenset("z")))
        assert isinstance(decision, Wait) and (decision.names, decision.seconds) == (("z",), 1.0)
        assert isinstance(decide(view_of(at(90), self.NEXT, elapsed=ORPHAN_SECONDS)), Seed)
        assert isinstance(decide(view_of(EMPTY, self.NEXT, elapsed=LATER)), Wait)
        emptied = msgspec.structs.replace(EMPTY, epoch=ONE, journal="aaaaaaaa")
        assert isinstance(decide(view_of(emptied, stream_of(first_seq=2), elapsed=LATER)), Seed)
        assert isinstance(decide(view_of(emptied, stream_of(first_seq=2), elapsed=LATER, known=frozenset("z"))), Wait)

    def test_a_stream_of_the_past_is_replaced(self) -> None:
        lineage = (*FIRST, Start(TWO, 80))
        decision = decide(view_of(at(90, epoch=TWO), stream_of(), lineage=lineage))
        assert isinstance(decision, Seed)
        assert decision.stream.epoch == THREE

    def test_another_networks_journal_is_for_people(self) -> None:
        decision = decide(view_of(at(5, journal="bbbbbbbb"), stream_of()))
        assert isinstance(decision, Stop)
        assert "aaaaaaaa" in decision.reason and "bbbbbbbb" in decision.reason


class TestWhoSeeds:
    def test_the_highest_epoch_then_the_highest_place_then_the_lowest_name(self) -> None:
        own = at(50, epoch=TWO)
        for other, is_better in [
            (peer("z", at(1, epoch=THREE)), True),
            (peer("z", at(51, epoch=TWO)), True),
            (peer("a", at(50, epoch=TWO)), True),
            (peer("z", at(50, epoch=TWO)), False),
            (peer("a", at(99, epoch=ONE)), False),
        ]:
            decision = decide(view_of(own, None, other))
            assert isinstance(decision, Wait if is_better else Seed), other

    def test_nobody_before_it_has_listened(self) -> None:
        decision = decide(view_of(at(50), None, elapsed=HEAR_SECONDS - 1))
        assert isinstance(decision, Wait) and decision.seconds == 1.0

    def test_nobody_before_all_known_ones_had_time(self) -> None:
        known = frozenset("mxy")
        decision = decide(view_of(at(50), None, peer("x", at(1)), known=known, elapsed=SEED_SECONDS - 1))
        assert isinstance(decision, Wait) and (decision.names, decision.seconds) == (("y",), 1.0)
        assert isinstance(decide(view_of(at(50), None, peer("x", at(1)), peer("y", at(2)), known=known)), Seed)
        assert isinstance(decide(view_of(at(50), None, known=known, elapsed=SEED_SECONDS)), Seed)

    def test_the_next_one_when_the_best_does_nothing(self) -> None:
        better = [peer("a", at(60)), peer("b", at(55))]
        assert isinstance(decide(view_of(at(50), None, *better, elapsed=2 * SEED_SECONDS - 1)), Wait)
        assert isinstance(decide(view_of(at(50), None, *better, elapsed=2 * SEED_SECONDS)), Seed)

    def test_an_empty_node_never_for_those_who_are_not_there(self) -> None:
        assert isinstance(decide(view_of(EMPTY, None, known=frozenset("z"), elapsed=LATER)), Wait)
        assert isinstance(decide(view_of(EMPTY, None, peer("z", at(5)), elapsed=LATER)), Wait)

    def test_the_first_node_of_all_does(self) -> None:
        decision = decide(view_of(EMPTY, None))
        assert isinstance(decision, Seed)
        assert (decision.stream.journal, decision.stream.base_place, decision.stream.first_place) == ("eeeeeeee", 0, 1)
        assert decision.replaces is None

    def test_nodes_of_another_network_do_not_count(self) -> None:
        assert isinstance(decide(view_of(at(5), None, peer("a", at(99, journal="bbbbbbbb", epoch=THREE)))), Seed)


def test_metadata_tells_all_of_a_stream() -> None:
    stream = stream_of(TWO, lineage=(*FIRST, Start(TWO, 80)), base=80)
    seen = {"first_seq": stream.first_seq, "last_seq": stream.last_seq, "created": stream.created}
    assert from_metadata(to_metadata(stream), **seen) == stream  # type: ignore[arg-type]
    first = to_metadata(stream_of(base=7, base_at=9))
    del first["ipcchat-lineage"], first["ipcchat-first"]
    read = from_metadata(first, first_seq=1, last_seq=0, created="")
    assert (read.lineage, read.first_place, read.base_at) == ((Start(ONE, 7),), 8, 9)


@pytest.mark.parametrize("change", [{"ipcchat-epoch": "x"}, {"ipcchat-lineage": "1"}, {"ipcchat-base-digest": "zz"}])
def test_other_metadata_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="metadata"):
        from_metadata(to_metadata(stream_of()) | change, first_seq=1, last_seq=0, created="")
    with pytest.raises(ValueError, match="metadata"):
        from_metadata({}, first_seq=1, last_seq=0, created="")


def test_a_new_epoch_is_above_all_and_like_no_other() -> None:
    assert next_epoch([], 5) == ONE + 5
    assert next_epoch([ONE + 9, TWO + 1], 5) == THREE + 5
    assert next_epoch([ONE], 1 << SALT_BITS) == TWO
    assert epoch_name(THREE + 10) == "3.0000a"


def test_what_is_common_ends_where_lineages_part() -> None:
    one, two, other = Start(ONE, 5), Start(TWO, 80), Start(TWO + 1, 70)
    assert common_place((), (one,)) == 0
    assert common_place((one,), (one, two)) == 5
    assert common_place((one, two), (one, two)) == 80
    assert common_place((one, two), (one, other)) == 5
    assert parted_place((one, two), (one, other)) == 70
    assert parted_place((one,), (one, two)) == parted_place((one, two), (one,)) == 80
    assert parted_place((one,), (one,)) is None


def test_a_plain_journal_is_known_by_its_last_entry() -> None:
    digests = {plain_digest("a" * 8, 5, b"id"), plain_digest("a" * 8, 6, b"id"), plain_digest("a" * 8, 5, b"di")}
    assert len(digests) == 3 and plain_digest("a" * 8, 0, b"") == b""
    own = Position("aaaaaaaa", 0, 0, 5, plain_digest("aaaaaaaa", 5, b"id"))
    seed = decide(view_of(own, None))
    assert isinstance(seed, Seed)
    assert decide(view_of(own, seed.stream)) == TakeEpoch(seed.stream)


@dataclass
class ModelStream:
    """A stream: `messages` by their number, and what its metadata says."""

    made: Stream
    messages: dict[int, tuple[int, str]] = field(default_factory=dict)
    last: int = 0
    first: int = 1

    def seen(self) -> Stream:
        return msgspec.structs.replace(self.made, first_seq=self.first, last_seq=self.last)

    def publish(self, epoch: int, fact: str) -> None:
        self.last += 1
        self.messages[self.last] = (epoch, fact)

    def copy(self) -> ModelStream:
        return ModelStream(self.made, dict(self.messages), self.last, self.first)


@dataclass
class Disk:
    """What a node keeps over a crash."""

    journal: str
    epoch: int = 0
    seq: int = 0
    digest: bytes = b""
    lineage: Lineage = ()
    next_place: int = 1
    entries: dict[str, int] = field(default_factory=dict)
    payload: tuple[int, str] | None = None
    owed: list[str] = field(default_factory=list)

    @property
    def place(self) -> int:
        return max(self.entries.values(), default=0)

    def position(self) -> Position:
        return Position(self.journal, self.epoch, self.seq, self.place, self.digest)


@dataclass
class Node:
    name: str
    disk: Disk
    is_alive: bool = True
    is_serving: bool = False
    has_diverged: bool = False
    elapsed: float = 0.0
    heard: dict[str, Peer] = field(default_factory=dict)
    points: dict[tuple[int, int], bytes] = field(default_factory=dict)
    seeding: Seed | None = None
    may_delete: bool = False
    acknowledged: set[str] = field(default_factory=set)

    def in_trouble(self) -> None:
        if self.is_serving:
            self.is_serving, self.elapsed, self.heard = False, 0.0, {}

    def crash(self) -> None:
        self.is_alive = self.is_serving = self.has_diverged = self.may_delete = False
        self.seeding, self.elapsed, self.heard, self.points = None, 0.0, {}, {}


class Network(RuleBasedStateMachine):
    """Any number of nodes and their stream. `decide` and `owes` are the parts that a planted fault replaces."""

    NAMES = "abcd"
    numbers = st.integers(0, 3)
    decide = staticmethod(decide)

    @initialize(size=st.integers(1, 4), plain=st.integers(0, 2))
    def begin(self, size: int, plain: int = 0) -> None:
        self.stream: ModelStream | None = None
        self.saved: ModelStream | None = None
        self.nodes = [Node(name, Disk(name * 8)) for name in self.NAMES[:size]]
        self.known = frozenset(self.NAMES[:size])
        self.facts = plain
        self.created = 0
        self.be_plain(self.nodes[-1], plain)

    def be_plain(self, node: Node, count: int) -> None:
        """So many entries are from a time before the cluster."""
        node.disk.entries = {f"{node.name}{number}": number for number in range(1, count + 1)}
        node.disk.digest = plain_digest(node.disk.journal, count, b"%d" % count)
        node.acknowledged = set(node.disk.entries)

    def node(self, number: int) -> Node:
        return self.nodes[number % len(self.nodes)]

    @rule(number=numbers)
    def say(self, number: int) -> None:
        node = self.node(number)
        if node.is_serving and self.stream is not None:
            self.facts += 1
            self.stream.publish(node.disk.epoch, f"{node.name}{self.facts}")

    @rule(number=numbers)
    def say_again(self, number: int) -> None:
        node = self.node(number)
        if node.is_serving and self.stream is not None:
            for fact in node.disk.owed:
                self.stream.publish(node.disk.epoch, fact)

    @rule(number=numbers, count=st.integers(1, 9))
    def read(self, number: int, count: int = 9) -> None:
        node = self.node(number)
        if self.stream is None or self.stream.made.epoch != node.disk.epoch:
            node.in_trouble()  # A consumer belongs to one stream and goes with it.
        while node.is_serving and self.stream is not None and count:
            message = self.stream.messages.get(node.disk.seq + 1)
            if message is None:
                if self.stream.last > node.disk.seq:
                    node.in_trouble()
                return
            self.apply(node, message)
            count -= 1

    def apply(self, node: Node, message: tuple[int, str]) -> None:
        disk, (epoch, fact) = node.disk, message
        disk.seq += 1
        disk.payload = message
        disk.digest = digest(f"{disk.digest.hex()} {disk.seq} {message}")
        node.points[disk.epoch, disk.seq] = disk.digest
        if epoch != disk.epoch:
            return  # Whoever published it did not know yet of this epoch: all skip it alike.
        if fact not in disk.entries:
            disk.entries[fact] = disk.next_place
            disk.next_place += 1
        if fact in disk.owed:
            disk.owed.remove(fact)
        if fact.startswith(node.name):
            node.acknowledged.add(fact)

    @rule(number=numbers)
    def beat(self, number: int) -> None:
        node = self.node(number)
        if not node.is_alive:
            return
        told = Peer(node.name, node.disk.position(), node.is_serving)
        for other in self.nodes:
            if other.is_alive and other is not node:
                other.heard[node.name] = told
                known = other.points.get((told.position.epoch, told.position.stream_seq))
                if told.position.epoch == other.disk.epoch and known not in (None, told.position.digest):
                    other.has_diverged = True

    @rule(number=numbers)
    def look(self, number: int) -> None:
        node = self.node(number)
        if not node.is_alive:
            return
        if node.seeding is not None:
            self.seed(node, node.seeding)
            return
        match self.decide(self.view(node)):
            case GoOn():
                node.is_serving = True
            case TakeEpoch(stream):
                self.enter(node, stream)
            case TakeSnapshot(sources, say_after, _):
                node.in_trouble()
                self.take_snapshot(node, sources, say_after)
            case Seed() as seed:
                node.in_trouble()
                node.seeding, node.may_delete = seed, False
            case Wait():
                node.in_trouble()
            case Stop(reason):
                raise AssertionError(reason)

    def view(self, node: Node) -> View:
        stream, disk = self.stream, node.disk
        payload = stream.messages.get(disk.seq) if stream is not None else None
        self.created += 1
        return View(
            node.name,
            disk.position(),
            disk.lineage,
            stream.seen() if stream is not None else None,
            tuple(node.heard.values()),
            self.known,
            node.elapsed,
            self.created,
            None if payload is None or disk.payload is None else payload == disk.payload,
            node.has_diverged,
        )

    def seed(self, node: Node, seed: Seed) -> None:
        """One step of it: somebody else may do anything between two."""
        there = self.stream.made.created if self.stream is not None else ""
        if node.may_delete:
            self.stream, node.may_delete = None, False
            node.seeding = Seed(seed.stream, None)
        elif seed.replaces is not None and there == seed.replaces.created:
            node.may_delete = True
        else:
            node.seeding = None
            if self.stream is None:
                self.created += 1
                self.stream = ModelStream(msgspec.structs.replace(seed.stream, created=str(self.created)))

    def enter(self, node: Node, stream: Stream) -> None:
        disk = node.disk
        disk.journal, disk.epoch, disk.seq, disk.payload = stream.journal, stream.epoch, 0, None
        disk.lineage, disk.next_place, disk.digest = stream.lineage, stream.first_place, stream.base_digest
        node.points, node.has_diverged, node.is_serving = {}, False, True

    def take_snapshot(self, node: Node, sources: tuple[str, ...], say_after: int | None) -> None:
        for source in (each for name in sources for each in self.nodes if each.name == name and each.is_alive):
            old, new = node.disk, source.disk
            theirs = new.entries
            left = [fact for fact, place in old.entries.items() if say_after is not None and place > say_after]
            owed = [fact for fact in dict.fromkeys([*old.owed, *left]) if fact not in theirs]
            values = (new.journal, new.epoch, new.seq, new.digest, new.lineage, new.next_place)
            node.disk = Disk(*values, dict(theirs), new.payload, owed)
            node.points, node.has_diverged = {}, False
            return

    @rule(number=numbers)
    def crash(self, number: int) -> None:
        self.node(number).crash()

    @rule(number=numbers)
    def start(self, number: int) -> None:
        self.node(number).is_alive = True

    @rule(number=numbers)
    def lose_the_disk(self, number: int) -> None:
        """Somebody else has to have something: who has nothing waits for ever for who has."""
        node = self.node(number)
        if any(each is not node and each.disk.entries for each in self.nodes):
            node.crash()
            self.created += 1
            node.disk, node.acknowledged = Disk(f"lost{self.created}"), set()

    @rule(seconds=st.sampled_from([1.0, 4.0, 40.0, ORPHAN_SECONDS]))
    def pass_time(self, seconds: float) -> None:
        for node in self.nodes:
            node.elapsed += seconds
            if seconds >= 4.0:
                dead = [each.name for each in self.nodes if not each.is_alive]
                node.heard = {name: told for name, told in node.heard.items() if name not in dead}

    @precondition(lambda self: self.stream is not None)
    @rule()
    def wipe(self) -> None:
        self.stream = None

    @precondition(lambda self: self.stream is not None and self.stream.last > 0)
    @rule(count=st.integers(1, 6))
    def roll_back(self, count: int) -> None:
        assert self.stream is not None
        for _ in range(min(count, self.stream.last)):
            self.stream.messages.pop(self.stream.last, None)
            self.stream.last -= 1
        self.stream.first = min(self.stream.first, self.stream.last + 1)

    @precondition(lambda self: self.stream is not None and self.stream.last > 0)
    @rule(back=st.integers(0, 5))
    def damage(self, back: int) -> None:
        assert self.stream is not None
        seq = self.stream.last - back
        if seq in self.stream.messages:
            self.stream.messages[seq] = (self.stream.messages[seq][0], f"noise {self.created}")

    @precondition(lambda self: self.stream is not None)
    @rule(count=st.integers(1, 6))
    def trim(self, count: int) -> None:
        assert self.stream is not None
        for _ in range(min(count, self.stream.last - self.stream.first + 1)):
            self.stream.messages.pop(self.stream.first, None)
            self.stream.first += 1

    @rule()
    def save_the_stream(self) -> None:
        self.saved = self.stream.copy() if self.stream is not None else None

    @precondition(lambda self: self.saved is not None)
    @rule()
    def bring_the_past_back(self) -> None:
        assert self.saved is not None
        self.stream = self.saved.copy()

    @rule(rounds=st.integers(1, 4))
    def run_well(self, rounds: int) -> None:
        """Without it random steps would hardly ever lead to a network that works."""
        for _ in range(rounds):
            self.round(4.0)

    def round(self, seconds: float) -> None:
        for number, node in enumerate(self.nodes):
            if node.is_alive:
                self.say_again(number)
                for _ in range(4):
                    self.look(number)
                    self.read(number, 1_000)
                self.beat(number)
        self.pass_time(seconds)

    def teardown(self) -> None:
        """The faults end and everybody is back: soon all serve, in one epoch, with the same entries."""
        for number in range(len(self.nodes)):
            self.start(number)
        for _ in range(100):
            self.round(45.0)
            if self.agree():
                break
        assert self.agree(), [(node.name, node.is_serving, node.disk) for node in self.nodes]
        for node in self.nodes:
            missing = node.acknowledged - set(self.nodes[0].disk.entries)
            assert not missing, f"{node.name} acknowledged {missing}"

    def agree(self) -> bool:
        first = self.nodes[0].disk
        last = self.stream.last if self.stream is not None else -1
        return all(
            node.is_serving
            and not node.disk.owed
            and node.disk.seq == last
            and (node.disk.digest, node.disk.entries) == (first.digest, first.entries)
            for node in self.nodes
        )


PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)
QUICK = settings(max_examples=200, stateful_step_count=40, phases=PHASES, suppress_health_check=list(HealthCheck))
TestNetwork = Network.TestCase
TestNetwork.settings = QUICK


class Forgetful(Network):
    """A planted fault: who takes a snapshot does not say again what he has."""

    def take_snapshot(self, node: Node, sources: tuple[str, ...], say_after: int | None) -> None:
        super().take_snapshot(node, sources, None)


class Hasty(Network):
    """A planted fault: an epoch is taken by whoever has as much as it stands on."""

    @staticmethod
    def decide(view: View) -> epochs.Decision:
        stream = view.stream
        if stream is not None and stream.epoch != view.own.epoch and stream.base_place <= view.own.place:
            return TakeEpoch(stream)
        return decide(view)


def play_a_lost_tail(network: Network) -> None:
    """One acknowledges what the other never reads, and is away while that one begins another epoch without it."""
    network.begin(size=2)
    network.run_well(rounds=4)
    network.say(number=1)
    network.run_well(rounds=1)
    network.say(number=0)
    network.read(number=0, count=9)
    network.crash(number=0)
    network.wipe()
    network.run_well(rounds=12)
    network.say(number=1)
    network.run_well(rounds=1)
    network.teardown()


def test_what_only_the_returning_node_had_is_in_every_journal() -> None:
    network = Network()
    play_a_lost_tail(network)
    assert set(network.nodes[0].disk.entries) == set(network.nodes[1].disk.entries) == {"b1", "a2", "b3"}


@pytest.mark.parametrize("machine", [Forgetful, Hasty])
def test_planted_faults_are_found(machine: type[Network]) -> None:
    with pytest.raises(AssertionError):
        play_a_lost_tail(machine())
