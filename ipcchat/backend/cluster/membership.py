"""Who is there: what the beats of all nodes, the own ones among them, say about each. Pure: it is told the time.

Rules:
1. Who is silent for DOWN_SECONDS is to be declared down (NodeDownWanted), also an incarnation that has users and was
   never heard. The serving node with the lowest name proposes that first, the others DOWN_SECONDS later, each again
   until it has happened.
2. Who cannot judge judges nobody: a node that does not hear its own beats, or whose caller says that it is cut off, or
   that does not serve. After that, and after a pause of its own, everybody has DOWN_SECONDS from then on.
3. A node that said that it drains is down when it falls silent for GRACE_SECONDS. Of a node that is heard with a new
   incarnation the old one is down when it is silent for so long, or at once when it drained.
4. Two incarnations of one name that both live: the older one stays, the newer one is refused (SameName).
5. Nodes whose tables or secrets differ do not serve together: the one that started last gives way (VersionSkew,
   SecretSkew).
6. Two nodes that tell different digests of one point of the stream have diverged, or one of them has (Divergence);
   votes.py says which one.
7. What is a matter of degree, clocks and lag, is said once when it begins and once when it is over.

Called like this, once or twice a second:

    membership.heard(beat, monotonic(), wall_ms())         # from Beats, own beats too
    for event in membership.tick(monotonic(), is_cut=..., present=state.incarnations()):
        match event:
            case NodeDownWanted(incarnation): propose NodeDown(incarnation=incarnation)
            case SameName(refused=own) | VersionSkew(is_own=True) | SecretSkew(is_own=True): stop serving, event.text
            case ...: alarmed(event.text)
    membership.fallen(incarnation)                         # when a NodeDown was applied

`is_cut` should be True unless JetStream's leader answered within the last seconds: a node on the wrong side of a cut
still hears itself, and a NodeDown that it publishes then would be ordered when the cut is over.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

import msgspec

from ipcchat.backend.cluster.beats import Beat, NodeState

DOWN_SECONDS: Final = 6.0
"""Six beats: users of a dead node are gone within 15 s, and a leader's change in NATS (up to 5 s) kills nobody."""

GRACE_SECONDS: Final = 3.0
"""More than two beats: who still lives was heard twice by then."""

CUT_SECONDS: Final = 3.0
"""Who does not hear his own beats for that long is cut off."""

LATE_SECONDS: Final = 30.0
"""For how long after a node's start beats of its last life may still be on their way."""

PAUSE_SECONDS: Final = 3.0
"""Between two ticks: more means that this process was stopped, or its machine slept."""

SKEW_MS: Final = 2_000
SKEW_OVER_MS: Final = 1_500
SKEWED_BEATS: Final = 3
"""So many in a row: one alone may just have come late."""

LAG_MAX: Final = 4_096
"""Messages of the stream, some seconds of full load: who is further behind shows its users the past."""

POINTS_MAX: Final = 64
"""Digests that are remembered of each node: half a minute."""

FALLEN_MAX: Final = 1_000


class NodeUp(msgspec.Struct, frozen=True):
    """A node is heard for the first time in this incarnation, or again."""

    node: str
    incarnation: str


class NodeDownWanted(msgspec.Struct, frozen=True):
    """Propose that this incarnation is down. `node` is "" when it was never heard."""

    incarnation: str
    node: str
    reason: str


class SameName(msgspec.Struct, frozen=True):
    """Two living processes have one node's name; the one that is refused has to stop."""

    node: str
    refused: str

    @property
    def text(self) -> str:
        """For people."""
        return f"two servers run as node {self.node}, and the one that started later stops; give each its own name"


class VersionSkew(msgspec.Struct, frozen=True):
    """That node would read some facts in another way. `is_own`: it is this node that must not serve."""

    node: str
    program: str
    is_own: bool

    @property
    def text(self) -> str:
        """For people."""
        who = "this node does not serve" if self.is_own else "that node is not to serve"
        return (
            f"node {self.node} runs version {self.program} with other tables of Unicode or of facts, so {who}; run the "
            "same version of IPC Chat and of Python on all nodes"
        )


class SecretSkew(msgspec.Struct, frozen=True):
    """That node has another secret: a ban on a cloaked host would hit at one of the two only."""

    node: str
    is_own: bool

    @property
    def text(self) -> str:
        """For people."""
        who = "this node does not serve" if self.is_own else "that node is not to serve"
        return (
            f"node {self.node} has another secret, so {who}; stop the node that is wrong, remove the file secret from "
            "its data folder and start it: it gets that of the others"
        )


class ClockSkew(msgspec.Struct, frozen=True):
    """That node's clock goes differently from ours, or does not any more."""

    node: str
    milliseconds: int
    is_over: bool

    @property
    def text(self) -> str:
        """For people."""
        if self.is_over:
            return f"the clocks of this node and {self.node} agree again"
        side = "ahead of" if self.milliseconds > 0 else "behind"
        seconds = abs(self.milliseconds) / 1000
        return f"the clock of node {self.node} is {seconds:.1f} s {side} ours; look at the time service of both"


class Divergence(msgspec.Struct, frozen=True):
    """Two nodes have another history up to the same point."""

    node: str
    other: str
    epoch: int
    stream_seq: int

    @property
    def text(self) -> str:
        """For people."""
        return f"the journals of {self.node} and {self.other} differ at message {self.stream_seq} of the stream"


class Lag(msgspec.Struct, frozen=True):
    """A node is far behind the one that is furthest, or is not any more."""

    node: str
    behind: int
    is_over: bool

    @property
    def text(self) -> str:
        """For people."""
        if self.is_over:
            return f"node {self.node} has caught up"
        return f"node {self.node} is {self.behind} messages behind the others; is its disk or its processor too slow?"


Event: TypeAlias = NodeUp | NodeDownWanted | SameName | VersionSkew | SecretSkew | ClockSkew | Divergence | Lag


class _Member:
    """One incarnation, as its last beat told."""

    def __init__(self, beat: Beat, now: float) -> None:
        self.beat = beat
        self.first_heard = self.last_heard = now
        self.rival_beats = 0
        self.is_up = self.is_refused = self.is_version_told = self.is_secret_told = False
        self.skew = self.skewed_beats = 0
        self.is_skew_told = self.is_lag_told = False
        self.points: OrderedDict[tuple[int, int], bytes] = OrderedDict()

    @property
    def age(self) -> tuple[int, str]:
        """Who is smaller was there first."""
        return self.beat.started, self.beat.incarnation


class Membership:
    """What one node knows of all nodes. Times are seconds of one monotonic clock, of beats Unix ms."""

    def __init__(self, own_node: str, own_incarnation: str) -> None:
        self._own_node = own_node
        self._own = own_incarnation
        self._members: dict[str, _Member] = {}
        self._fallen: OrderedDict[str, None] = OrderedDict()
        self._asked: dict[str, float] = {}
        self._unheard: dict[str, float] = {}
        self._events: list[Event] = []
        self._diverged: set[tuple[str, str, int]] = set()
        self._last_tick: float | None = None
        self._fair_since = 0.0
        self._was_cut = True

    def heard(self, beat: Beat, now: float, wall: int) -> None:
        """A beat came at `now` (monotonic seconds), which is `wall` (Unix ms) on this node's clock."""
        if beat.incarnation in self._fallen or self._is_late(beat, now):
            return
        member = self._members.get(beat.incarnation)
        if member is None:
            member = self._members[beat.incarnation] = _Member(beat, now)
        for rival in self._namesakes(member):
            rival.rival_beats = rival.rival_beats + 1 if rival.first_heard > member.first_heard else 0
        member.beat, member.last_heard = beat, now
        member.skew = beat.now - wall
        member.skewed_beats = member.skewed_beats + 1 if abs(member.skew) > SKEW_MS else 0
        self._compare(member, (beat.epoch, beat.stream_seq), beat.digest)
        self._compare(member, (beat.epoch, beat.checked_seq), beat.checked_digest)

    def _is_late(self, beat: Beat, now: float) -> bool:
        """Whether it was said by a life of a node before the one that has just begun: when a cut ends, beats come that
        were on their way."""
        return beat.incarnation != self._own and any(
            other.beat.node == beat.node
            and other.beat.started > beat.now
            and other.beat.incarnation != beat.incarnation
            and now - other.first_heard < LATE_SECONDS
            for other in self._members.values()
        )

    def tick(self, now: float, *, is_cut: bool = False, present: Iterable[str] = ()) -> list[Event]:
        """What follows from the time that passed, and from the beats since the last tick. `present` are the
        incarnations that have users now."""
        own = self._members.get(self._own)
        cut = is_cut or own is None or now - own.last_heard > CUT_SECONDS
        if cut or self._was_cut or (self._last_tick is not None and now - self._last_tick > PAUSE_SECONDS):
            self._fair_since = now
            self._asked.clear()
        self._was_cut, self._last_tick = cut, now
        for member in list(self._members.values()):
            self._look(member, now)
        if not cut and own is not None and own.beat.state is NodeState.SERVING:
            self._judge(now, present)
        events, self._events = self._events, []
        return events

    def fallen(self, incarnation: str) -> None:
        """This incarnation was declared down: nothing is heard of it any more."""
        self._members.pop(incarnation, None)
        self._asked.pop(incarnation, None)
        self._fallen[incarnation] = None
        while len(self._fallen) > FALLEN_MAX:
            self._fallen.popitem(last=False)

    def is_alive(self, incarnation: str) -> bool:
        """Whether it was heard within DOWN_SECONDS, by the time of the last tick."""
        member = self._members.get(incarnation)
        return member is not None and not member.is_refused and self._silence(member) < DOWN_SECONDS

    def living(self) -> list[Beat]:
        """The last beat of every other node that is alive, by name."""
        beats = [member.beat for key, member in self._members.items() if key != self._own and self.is_alive(key)]
        return sorted(beats, key=lambda beat: beat.node)

    def present(self) -> list[Beat]:
        """The last beat of every node that is alive, this one's among them once it was heard, by name."""
        own = self._members.get(self._own)
        beats = [beat for beat in self.living() if beat.node != self._own_node]
        return sorted([*beats, *([own.beat] if own is not None else [])], key=lambda beat: (beat.node, beat.started))

    def told(self) -> dict[str, Mapping[tuple[int, int], bytes]]:
        """The digests that every node that is alive told lately, by name and (epoch, sequence in the stream)."""
        return {beat.node: self._members[beat.incarnation].points for beat in self.present()}

    @property
    def is_cut(self) -> bool:
        """Whether this node could judge nobody at the last tick."""
        return self._was_cut

    @property
    def leads(self) -> bool:
        """This node serves, can judge, and has the first name of all who serve: it does what one has to do."""
        own = self._members.get(self._own)
        return not self._was_cut and own is not None and own.beat.state is NodeState.SERVING and self._is_first()

    def _silence(self, member: _Member) -> float:
        return max(0.0, (self._last_tick or 0.0) - member.last_heard)

    def _look(self, member: _Member, now: float) -> None:
        """What the last beats of one say, apart from its being there."""
        self._look_at_name(member, now)
        if member.is_refused or member.beat.incarnation == self._own:
            self._look_at_lag(member)
            return
        if not member.is_up and not self._namesakes(member) and self._silence(member) < DOWN_SECONDS:
            member.is_up = True
            self._events.append(NodeUp(member.beat.node, member.beat.incarnation))
        self._look_at_version(member)
        self._look_at_secret(member)
        self._look_at_clock(member)
        self._look_at_lag(member)

    def _namesakes(self, member: _Member) -> list[_Member]:
        name = member.beat.node
        return [other for other in self._members.values() if other is not member and other.beat.node == name]

    def _look_at_name(self, member: _Member, now: float) -> None:
        """Whether somebody else lives by this name: `rival_beats` of an older one since this one was first heard."""
        rivals = self._namesakes(member)
        lives = any(now - rival.last_heard < GRACE_SECONDS for rival in rivals)
        if not rivals or not lives:
            member.rival_beats, member.is_refused = 0, False
        for rival in rivals:
            newer = max(member, rival, key=lambda each: each.age)
            late = max(member, rival, key=lambda each: each.first_heard)
            if lives and late.rival_beats >= 2 and not newer.is_refused:
                newer.is_refused = True
                self._events.append(SameName(newer.beat.node, newer.beat.incarnation))

    def _look_at_version(self, member: _Member) -> None:
        own = self._members.get(self._own)
        if own is None or member.is_version_told or member.beat.tables == own.beat.tables:
            return
        member.is_version_told = True
        self._events.append(VersionSkew(member.beat.node, member.beat.program, own.age > member.age))

    def _look_at_secret(self, member: _Member) -> None:
        own = self._members.get(self._own)
        if own is None or member.is_secret_told or not (own.beat.secret_check and member.beat.secret_check):
            return
        if member.beat.secret_check != own.beat.secret_check:
            member.is_secret_told = True
            self._events.append(SecretSkew(member.beat.node, own.age > member.age))

    def _look_at_clock(self, member: _Member) -> None:
        if not member.is_skew_told and member.skewed_beats >= SKEWED_BEATS:
            member.is_skew_told = True
            self._events.append(ClockSkew(member.beat.node, member.skew, False))
        elif member.is_skew_told and abs(member.skew) < SKEW_OVER_MS:
            member.is_skew_told = False
            self._events.append(ClockSkew(member.beat.node, member.skew, True))

    def _look_at_lag(self, member: _Member) -> None:
        epoch = member.beat.epoch
        furthest = max(other.beat.stream_seq for other in self._members.values() if other.beat.epoch == epoch)
        behind = furthest - member.beat.stream_seq
        if not member.is_lag_told and behind > LAG_MAX:
            member.is_lag_told = True
            self._events.append(Lag(member.beat.node, behind, False))
        elif member.is_lag_told and behind < LAG_MAX // 2:
            member.is_lag_told = False
            self._events.append(Lag(member.beat.node, behind, True))

    def _compare(self, member: _Member, point: tuple[int, int], digest: bytes) -> None:
        """Remember a point of that member and compare it with everybody's."""
        if not digest or not point[1]:
            return
        member.points[point] = digest
        while len(member.points) > POINTS_MAX:
            member.points.popitem(last=False)
        for other in self._members.values():
            if other.points.get(point, digest) != digest:
                first, second = sorted((member.beat, other.beat), key=lambda beat: (beat.node, beat.incarnation))
                key = (first.incarnation, second.incarnation, point[0])
                if key not in self._diverged:
                    self._diverged.add(key)
                    self._events.append(Divergence(first.node, second.node, *point))

    def _judge(self, now: float, present: Iterable[str]) -> None:
        """Propose who is down, when it is this node's turn."""
        for incarnation, member in self._members.items():
            if reason := self._verdict(member, now):
                self._propose(incarnation, member.beat.node, reason, now)
        for incarnation in self._never_heard(present, now):
            self._propose(incarnation, "", "it has users and nothing was heard of it", now)

    def _never_heard(self, present: Iterable[str], now: float) -> list[str]:
        """Those of `present` that had their time to be heard since they appeared."""
        unheard = set(present) - set(self._members) - set(self._fallen) - {self._own}
        self._unheard = {each: self._unheard.get(each, now) for each in unheard}
        return [each for each, since in self._unheard.items() if now - max(since, self._fair_since) >= DOWN_SECONDS]

    def _verdict(self, member: _Member, now: float) -> str:
        """Why that one is to be declared down; "" when it is not."""
        if member.beat.incarnation == self._own:
            return ""
        silent = now - max(member.last_heard, self._fair_since)
        follower = any(other.first_heard > member.first_heard for other in self._namesakes(member))
        is_draining = member.beat.state is NodeState.DRAINING
        if is_draining and (silent >= GRACE_SECONDS or follower):
            return "it ended"
        if follower and silent >= GRACE_SECONDS:
            return "it started anew"
        return f"it was silent for {silent:.1f} s" if silent >= DOWN_SECONDS else ""

    def _propose(self, incarnation: str, node: str, reason: str, now: float) -> None:
        """The first among those who serve at once, the others a while later, each again and again."""
        due = self._asked.setdefault(incarnation, now if self._is_first() else now + DOWN_SECONDS)
        if now >= due:
            self._asked[incarnation] = now + DOWN_SECONDS
            self._events.append(NodeDownWanted(incarnation, node, reason))

    def _is_first(self) -> bool:
        serving = [
            member.beat.node
            for key, member in self._members.items()
            if member.beat.state is NodeState.SERVING and (key == self._own or self.is_alive(key))
        ]
        return self._own_node <= min(serving, default=self._own_node)
