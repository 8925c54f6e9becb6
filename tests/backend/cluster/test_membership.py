"""ipcchat/backend/cluster/membership.py: who is there, said by beats. The machine at the end plays nodes that live, die
and are cut off, and compares with who really lives (HOSTILE K01, K04, X03, D10)."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from ipcchat.backend.cluster.beats import VERSION, Beat, NodeState
from ipcchat.backend.cluster.membership import (
    CUT_SECONDS,
    DOWN_SECONDS,
    GRACE_SECONDS,
    LAG_MAX,
    ClockSkew,
    Divergence,
    Event,
    Lag,
    Membership,
    NodeDownWanted,
    NodeUp,
    SameName,
    VersionSkew,
)

WALL = 1_800_000_000_000


def beat_of(node: str, incarnation: str = "", **more: Any) -> Beat:
    beat = Beat(
        version=VERSION,
        node=node,
        incarnation=incarnation or node * 8,
        program="1.0",
        tables=b"tables",
        journal="aaaaaaaa",
        epoch=1,
        stream_seq=0,
        place=0,
        digest=b"",
        sessions=1,
        started=WALL,
        now=0,
        state=NodeState.SERVING,
    )
    return msgspec.structs.replace(beat, **more)


class Clock:
    """One node's membership and its time: each second everybody who lives beats, then it ticks."""

    def __init__(self, own: str = "m") -> None:
        self.membership = Membership(own, own * 8)
        self.now = 1_000.0
        self.lives: list[Beat] = [beat_of(own)]
        self.skews: dict[str, int] = {}
        self.events: list[Event] = []

    def set(self, *beats: Beat) -> None:
        """These are who else lives from now on."""
        self.lives = [self.lives[0], *beats]

    def run(self, seconds: float, **tick: Any) -> list[Event]:
        """The events of so many seconds."""
        before = len(self.events)
        for _ in range(int(seconds)):
            self.now += 1.0
            wall = WALL + int(self.now * 1000)
            for beat in self.lives:
                told = msgspec.structs.replace(beat, now=wall + self.skews.get(beat.node, 0))
                self.membership.heard(told, self.now, wall)
            self.events += self.membership.tick(self.now, **tick)
        return self.events[before:]

    def downs(self, seconds: float, **tick: Any) -> list[str]:
        return [event.incarnation for event in self.run(seconds, **tick) if isinstance(event, NodeDownWanted)]


def of_kind(events: list[Event], kind: type) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


class TestComingAndGoing:
    def test_who_is_heard_is_up_once(self) -> None:
        clock = Clock()
        clock.set(beat_of("x"))
        assert clock.run(20) == [NodeUp("x", "x" * 8)]
        assert clock.membership.is_alive("x" * 8)
        assert [beat.node for beat in clock.membership.living()] == ["x"]

    def test_who_is_silent_is_to_be_declared_down_again_and_again_until_it_is(self) -> None:
        clock = Clock()
        clock.set(beat_of("x"))
        clock.run(10)
        clock.set()
        assert clock.downs(DOWN_SECONDS - 1) == []
        assert clock.downs(1) == ["x" * 8]
        assert not clock.membership.is_alive("x" * 8)
        assert clock.downs(2 * DOWN_SECONDS) == ["x" * 8] * 2
        clock.membership.fallen("x" * 8)
        assert clock.downs(30) == []

    def test_one_that_was_declared_down_is_not_heard_any_more(self) -> None:
        clock = Clock()
        clock.set(beat_of("x"))
        clock.run(3)
        clock.membership.fallen("x" * 8)
        assert clock.run(3, present=["x" * 8]) == []
        assert not clock.membership.is_alive("x" * 8)

    def test_the_lowest_name_that_serves_does_it_first(self) -> None:
        clock = Clock()
        clock.set(beat_of("a"), beat_of("x"))
        clock.run(10)
        clock.set(beat_of("a"))
        assert clock.downs(2 * DOWN_SECONDS - 1) == []
        assert clock.downs(1) == ["x" * 8]

    def test_one_that_does_not_serve_comes_first_in_nothing(self) -> None:
        clock = Clock()
        clock.set(beat_of("a", state=NodeState.STARTING), beat_of("x"))
        clock.run(10)
        clock.set(beat_of("a", state=NodeState.STARTING))
        assert clock.downs(DOWN_SECONDS) == ["x" * 8]
        clock.lives = [beat_of("m", state=NodeState.CUT)]
        assert clock.downs(30) == []

    def test_an_incarnation_with_users_that_was_never_heard(self) -> None:
        clock = Clock()
        assert clock.downs(DOWN_SECONDS, present=["old.....", "m" * 8]) == []
        assert clock.downs(1, present=["old.....", "m" * 8]) == ["old....."]

    def test_one_whose_users_came_before_its_first_beat_has_its_time(self) -> None:
        clock = Clock()
        clock.run(20)
        assert clock.downs(3, present=["x" * 8]) == []
        clock.set(beat_of("x"))
        assert clock.downs(20, present=["x" * 8]) == []

    def test_who_drains_and_ends_is_down_soon(self) -> None:
        clock = Clock()
        clock.set(beat_of("x", state=NodeState.DRAINING))
        assert clock.downs(20) == []
        clock.set()
        assert clock.downs(GRACE_SECONDS) == ["x" * 8]


class TestWhoCannotJudge:
    def test_one_that_does_not_hear_itself(self) -> None:
        clock = Clock()
        clock.set(beat_of("x"))
        clock.run(10)
        clock.lives = []
        assert clock.downs(60) == []
        assert clock.membership.is_cut
        clock.lives = [beat_of("m")]
        assert clock.downs(DOWN_SECONDS) == []
        assert clock.downs(1) == ["x" * 8]

    def test_one_that_is_told_that_it_is_cut_off(self) -> None:
        clock = Clock()
        clock.set(beat_of("x"))
        clock.run(10)
        clock.set()
        assert clock.downs(60, is_cut=True) == []
        clock.set(beat_of("x"))
        assert clock.downs(60) == []

    def test_one_that_was_stopped_for_a_while(self) -> None:
        clock = Clock()
        clock.set(beat_of("x"))
        clock.run(10)
        clock.now += 60
        clock.set()
        assert clock.downs(DOWN_SECONDS) == []
        assert clock.downs(1) == ["x" * 8]


class TestNames:
    def test_a_new_incarnation_means_that_the_old_one_is_down(self) -> None:
        clock = Clock()
        clock.set(beat_of("x", "old....."))
        clock.run(10)
        clock.set(beat_of("x", "new.....", started=WALL + 1))
        assert clock.run(GRACE_SECONDS) == [NodeDownWanted("old.....", "x", "it started anew")]
        clock.membership.fallen("old.....")
        assert clock.run(20) == [NodeUp("x", "new.....")]

    def test_at_once_when_it_drained(self) -> None:
        clock = Clock()
        clock.set(beat_of("x", "old.....", state=NodeState.DRAINING))
        clock.run(10)
        clock.set(beat_of("x", "new.....", started=WALL + 1))
        assert clock.downs(1) == ["old....."]

    def test_of_two_that_live_the_newer_one_is_refused(self) -> None:
        clock = Clock()
        clock.set(beat_of("x", "old....."))
        clock.run(10)
        clock.set(beat_of("x", "old....."), beat_of("x", "new.....", started=WALL + 1))
        (event,) = clock.run(20)
        assert event == SameName("x", "new.....")
        assert "x" in event.text
        assert clock.membership.is_alive("old.....") and not clock.membership.is_alive("new.....")

    def test_also_when_it_is_this_node(self) -> None:
        clock = Clock()
        clock.run(10)
        clock.set(beat_of("m", "older...", started=WALL - 1))
        assert clock.run(20) == [SameName("m", "m" * 8)]

    def test_beats_that_were_on_their_way_when_their_node_started_anew_are_nobodys(self) -> None:
        clock = Clock()
        clock.lives[0] = beat_of("m", started=WALL + 1_000_000)
        clock.run(1)
        clock.now += 0.5
        for late in range(5):
            clock.membership.heard(beat_of("m", "old.....", now=WALL + 999_000 + late), clock.now, WALL + 1_001_500)
        assert clock.run(10) == []

    def test_a_second_server_whose_clock_is_behind_is_found_a_while_later(self) -> None:
        clock = Clock()
        clock.lives[0] = beat_of("m", started=WALL + 10_000_000)
        clock.run(1)
        clock.set(beat_of("m", "older...", started=WALL - 1))
        assert clock.run(20) == []
        assert clock.run(20) == [SameName("m", "m" * 8)]


class TestWhatIsWrong:
    def test_other_tables_and_the_one_that_started_last_gives_way(self) -> None:
        clock = Clock()
        clock.set(beat_of("x", tables=b"other", started=WALL + 1))
        (event,) = of_kind(clock.run(20), VersionSkew)
        assert (event.node, event.is_own) == ("x", False) and "that node" in event.text
        clock = Clock()
        clock.set(beat_of("x", tables=b"other", started=WALL - 1))
        (event,) = of_kind(clock.run(20), VersionSkew)
        assert event.is_own and "this node" in event.text

    def test_a_clock_that_goes_wrong_is_told_once_and_again_when_it_is_right(self) -> None:
        clock = Clock()
        clock.set(beat_of("x"))
        clock.run(10)
        clock.skews["x"] = -2_500
        (event,) = clock.run(20)
        assert event == ClockSkew("x", -2_500, False) and "2.5 s behind" in event.text
        clock.skews["x"] = 1_800
        assert clock.run(5) == []
        clock.skews["x"] = 0
        (event,) = clock.run(20)
        assert event == ClockSkew("x", 0, True) and "agree" in event.text

    def test_a_beat_that_comes_late_is_no_wrong_clock(self) -> None:
        clock = Clock()
        clock.set(beat_of("x"))
        clock.run(10)
        clock.skews["x"] = -9_000
        clock.run(2)
        clock.skews["x"] = 0
        assert of_kind(clock.run(5), ClockSkew) == []

    def test_two_digests_of_one_point_are_told_once(self) -> None:
        clock = Clock()
        clock.set(beat_of("x", stream_seq=5, digest=b"one"), beat_of("y", stream_seq=5, digest=b"one"))
        assert of_kind(clock.run(3), Divergence) == []
        clock.set(beat_of("x", stream_seq=7, digest=b"other"), beat_of("y", stream_seq=6, digest=b"six"))
        clock.run(1)
        clock.set(beat_of("x", stream_seq=8, digest=b"eight"), beat_of("y", stream_seq=7, digest=b"seven"))
        (event,) = of_kind(clock.run(9), Divergence)
        assert event == Divergence("x", "y", 1, 7) and "7" in event.text

    def test_points_in_common_are_made_when_nobody_is_ever_at_the_same_place(self) -> None:
        clock = Clock()
        clock.set(beat_of("x", stream_seq=1_030, digest=b"a", checked_seq=1_024, checked_digest=b"one"))
        clock.run(1)
        clock.set(beat_of("y", stream_seq=1_500, digest=b"b", checked_seq=1_024, checked_digest=b"two"))
        assert of_kind(clock.run(1), Divergence) == [Divergence("x", "y", 1, 1_024)]

    def test_another_epoch_is_no_divergence(self) -> None:
        clock = Clock()
        clock.set(beat_of("x", stream_seq=5, digest=b"one"), beat_of("y", epoch=2, stream_seq=5, digest=b"two"))
        assert of_kind(clock.run(3), Divergence) == []

    def test_who_is_far_behind_is_told_once_and_when_it_is_over(self) -> None:
        clock = Clock()
        clock.set(beat_of("x", stream_seq=LAG_MAX + 1), beat_of("y"))
        told = of_kind(clock.run(9), Lag)
        assert sorted(event.node for event in told) == ["m", "y"] and "behind" in told[0].text
        clock.set(beat_of("x", stream_seq=LAG_MAX + 1), beat_of("y", stream_seq=LAG_MAX))
        (event,) = of_kind(clock.run(9), Lag)
        assert event == Lag("y", 1, True) and "caught up" in event.text


class World(RuleBasedStateMachine):
    """Three nodes and what each believes. A node that lives and beats is never declared down by one that could hear it
    for the last seconds, and one that is dead is, soon, when somebody can judge."""

    numbers = st.integers(0, 2)

    @initialize()
    def begin(self) -> None:
        self.now = 1_000.0
        self.births = 0
        self.names = ["a", "b", "c"]
        self.alive: dict[str, str] = {}
        self.cut: set[str] = set()
        self.minds: dict[str, Membership] = {}
        self.fallen: set[str] = set()
        self.fair_since: dict[str, float] = {}
        self.reached: dict[tuple[str, str], float] = {}
        for number in range(3):
            self.start(number)

    @rule(number=numbers)
    def start(self, number: int) -> None:
        name = self.names[number]
        if name not in self.alive:
            self.births += 1
            incarnation = f"{name}{self.births:07d}"
            self.alive[name] = incarnation
            self.minds[name] = Membership(name, incarnation)
            for fallen in self.fallen:
                self.minds[name].fallen(fallen)

    @rule(number=numbers)
    def die(self, number: int) -> None:
        self.alive.pop(self.names[number], None)
        self.cut.discard(self.names[number])

    @rule(number=numbers)
    def cut_off(self, number: int) -> None:
        if self.names[number] in self.alive:
            self.cut.add(self.names[number])

    @rule(number=numbers)
    def heal(self, number: int) -> None:
        self.cut.discard(self.names[number])

    @rule(seconds=st.integers(1, 8))
    def live(self, seconds: int) -> None:
        for _ in range(seconds):
            self.second()

    def second(self) -> None:
        self.now += 1.0
        wall = WALL + int(self.now * 1000)
        for name, incarnation in self.alive.items():
            beat = beat_of(name, incarnation, now=wall, started=WALL + int(incarnation[1:]))
            for hearer in self.alive:
                if name not in self.cut and hearer not in self.cut:
                    self.minds[hearer].heard(beat, self.now, wall)
                    self.reached[hearer, incarnation] = self.now
        for name in list(self.alive):
            for event in self.minds[name].tick(self.now, present=list(self.alive.values())):
                if isinstance(event, NodeDownWanted):
                    self.declare_down(name, event)

    def declare_down(self, by: str, event: NodeDownWanted) -> None:
        heard_itself = self.reached.get((by, self.alive[by]), 0.0)
        assert self.now - heard_itself <= CUT_SECONDS, "a node that is cut off judges"
        last = self.reached.get((by, event.incarnation), 0.0)
        assert self.now - last >= GRACE_SECONDS, f"{by} heard {event.node} {self.now - last} s ago"
        if event.incarnation in self.alive.values():
            assert self.now - last >= DOWN_SECONDS, f"{by} declares down {event.node}, which lives"
        self.fallen.add(event.incarnation)
        for mind in self.minds.values():
            mind.fallen(event.incarnation)
        # Who lives and is declared down starts anew, as the fenced node does.
        self.alive = {name: each for name, each in self.alive.items() if each != event.incarnation}
        self.cut &= set(self.alive)

    @precondition(lambda self: bool(self.alive))
    @rule()
    def settle(self) -> None:
        """After a while without faults all who live know who lives."""
        self.cut.clear()
        for _ in range(int(4 * DOWN_SECONDS)):
            self.second()
        for name in self.alive:
            living = {beat.incarnation for beat in self.minds[name].living()}
            assert living == set(self.alive.values()) - {self.alive[name]}


TestWorld = World.TestCase
