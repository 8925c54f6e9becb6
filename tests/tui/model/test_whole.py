"""Whatever happens in whichever order: what must be so of a network and the desk is so after each step.

The walk has few names, msgids and texts, so that they meet: nicks that become one, msgids that repeat, echoes before
and after receipts, pages of history over what came live, markers from everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ipcchat.client import events
from ipcchat.client.people import Channel, Member, Person
from ipcchat.tui.model.buffer import Buffer
from ipcchat.tui.model.desk import Desk, calls
from ipcchat.tui.model.entries import Said
from ipcchat.tui.model.network import Alert, Network
from ipcchat.tui.model.timeline import Edge, weight_of
from ipcchat.wire.casemap import FoldedDict
from tests.client.play import START

CHANNELS = ("#tea", "#Tea", "#ops[", "#ops{")
NICKS = ("bob", "BOB", "eve", "a[", "a{", "ann")
TEXTS = ("ok", "ann: ok", "deploy", "")
channels, nicks, said_texts = st.sampled_from(CHANNELS), st.sampled_from(NICKS), st.sampled_from(TEXTS)
msgids = st.sampled_from(["", *(f"m{number}" for number in range(12))])
places = st.one_of(channels, st.just("ann"))
strange_times = st.sampled_from([0.0, -5e9, 2e11])


@dataclass
class Server:
    """What the network asks of the library."""

    nick: str = "ann"
    channels: FoldedDict[Channel] = field(default_factory=FoldedDict)
    people: FoldedDict[Person] = field(default_factory=FoldedDict)
    support: dict[str, str] = field(default_factory=lambda: {"CASEMAPPING": "ascii"})
    capabilities: dict[str, str] = field(default_factory=dict)
    asked_channels: tuple[str, ...] = ()
    connected: bool = True
    keeps_history: bool = True
    takes_files: bool = False


class Walk(RuleBasedStateMachine):
    """Random steps; `seconds` is the time."""

    @initialize()
    def begin(self) -> None:
        self.seconds = 0.0
        self.reading = True
        self.server = Server()
        self.desk = Desk()
        self.network = Network("test", self.reads, ["deploy"])
        self.network.chat = self.server
        self.desk.add(self.network)
        for name in CHANNELS[:3:2]:
            self.server.channels[name] = room = Channel(name)
            for nick in ("bob", "eve", "ann"):
                room.members[nick] = Member(Person(nick))
        self.pending: list[tuple[Buffer, Said]] = []

    def reads(self, buffer: Buffer) -> bool:
        return self.reading and buffer is self.desk.current and buffer.timeline.live

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def time(self, strange: float = 0.0) -> datetime:
        """A time that a server says, perhaps a strange one."""
        seconds = min(max(self.now.timestamp() + strange, 0), 253_402_300_799)
        return datetime.fromtimestamp(seconds, UTC)

    def hear(self, event: events.Event) -> list[Alert]:
        self.seconds += 1
        return self.network.hear(event, self.now)

    # What happens.

    @rule(nick=nicks, to=places, text=said_texts, msgid=msgids, missed=st.booleans(), strange=strange_times)
    def says(self, nick: str, to: str, text: str, msgid: str, missed: bool, strange: float) -> None:
        mine = nick == "ann"
        to = "bob" if mine and to == "ann" else to
        alerts = self.hear(
            events.Message(
                time=self.time(strange), target=to, nick=nick, text=text, msgid=msgid, mine=mine, missed=missed
            )
        )
        assert all(alert.said.mentions and not alert.said.message.mine for alert in alerts)

    @rule(nick=nicks, to=places, text=said_texts, original=msgids, msgid=msgids)
    def edits(self, nick: str, to: str, text: str, original: str, msgid: str) -> None:
        self.hear(events.Edited(time=self.now, target=to, nick=nick, text=text, original=original, msgid=f"e{msgid}"))

    @rule(nick=nicks, to=places, msgid=msgids, removed=st.booleans())
    def reacts(self, nick: str, to: str, msgid: str, removed: bool) -> None:
        tags = {"+reply": msgid}
        mine = nick == "ann"
        self.hear(
            events.Reaction(time=self.now, target=to, nick=nick, reaction="yes", removed=removed, tags=tags, mine=mine)
        )

    @rule(to=places, msgid=msgids)
    def deletes(self, to: str, msgid: str) -> None:
        channel = to if to.startswith("#") else None
        self.hear(events.Redacted(time=self.now, target=to, redacted=msgid, by="bob", channel=channel))

    @rule(channel=channels, nick=nicks, verb=st.sampled_from(["join", "part", "quit", "kick", "split"]))
    def moves(self, channel: str, nick: str, verb: str) -> None:
        mine, now = nick == "ann", self.now
        moved: dict[str, events.Event] = {
            "join": events.Joined(time=now, channel=channel, nick=nick, mine=mine),
            "part": events.Parted(time=now, channel=channel, nick=nick, mine=mine),
            "quit": events.Quit(time=now, nick="bob", channels=(channel,)),
            "kick": events.Kicked(time=now, channel=channel, nick=nick, by="eve", mine=mine),
            "split": events.Quit(time=now, nick="bob", channels=(channel,), netsplit=True),
        }
        self.hear(moved[verb])
        if verb == "split":
            self.hear(events.Netsplit(time=now, servers=("a", "b"), nicks=("bob",)))

    @rule(old=nicks, new=nicks)
    def is_called(self, old: str, new: str) -> None:
        if "ann" not in (old, new):
            self.hear(events.NickChanged(time=self.now, old=old, new=new))

    @rule(old=channels, new=channels)
    def channel_is_called(self, old: str, new: str) -> None:
        self.hear(events.ChannelRenamed(time=self.now, old=old, new=new, by="bob"))

    @rule(mapping=st.sampled_from(["ascii", "rfc1459"]))
    def tells_names_apart(self, mapping: str) -> None:
        self.server.support["CASEMAPPING"] = mapping
        for names in (self.server.channels, self.server.people):
            names.refold(mapping)
        self.hear(events.SupportChanged(time=self.now))

    @rule(to=st.one_of(channels, nicks), back=st.integers(-3, 20), strange=strange_times)
    def marks_read_elsewhere(self, to: str, back: int, strange: float) -> None:
        until = self.time(strange - back)
        self.hear(events.ReadMarked(time=self.now, target=to, until=until))

    @rule(channel=st.sampled_from([*CHANNELS, "*"]))
    def misses(self, channel: str) -> None:
        self.hear(events.Gap(time=self.now, channel=channel, reason="forgotten"))

    @rule()
    def comes_back(self) -> None:
        self.hear(events.Disconnected(time=self.now, reason="cut", retry_seconds=1))
        self.hear(events.Connected(time=self.now, nick="ann", again=True))
        self.hear(events.CaughtUp(time=self.now, missed=0))

    # What ann does.

    @rule(to=st.one_of(channels, nicks), text=said_texts)
    def sends(self, to: str, text: str) -> None:
        buffer = self.network.buffer(to)
        message = events.Message(time=self.now, target=to, nick="ann", text=text, mine=True)
        self.pending.append((buffer, buffer.timeline.send(message)))

    @rule(msgid=msgids, receipt_first=st.booleans(), refused=st.booleans())
    def is_answered(self, msgid: str, receipt_first: bool, refused: bool) -> None:
        if not self.pending:
            return
        buffer, said = self.pending.pop(0)
        if refused:
            buffer.timeline.refuse(said, "no")
            return
        sent = said.message
        echo = events.Message(time=self.now, target=sent.target, nick="ann", text=sent.text, msgid=msgid, mine=True)
        if receipt_first:
            buffer.timeline.confirm(said, echo)
        self.hear(echo)
        buffer.timeline.confirm(said, echo)
        assert said not in buffer.timeline.pending

    @rule(step=st.integers(-2, 2), reads=st.booleans())
    def goes(self, step: int, reads: bool) -> None:
        self.reading = reads
        where = self.desk.neighbour(step) if step else self.desk.next_unread()
        if where is not None:
            self.desk.go(where)
            assert self.desk.current is where

    @rule()
    def reads_here(self) -> None:
        buffer = self.desk.current
        assert buffer is not None
        until = buffer.read()
        assert buffer.unread == 0 and (until is None or until == buffer.marker)

    @rule(close=st.booleans(), name=st.one_of(channels, nicks))
    def closes_or_opens(self, close: bool, name: str) -> None:
        buffer = self.network.buffer(name)
        if close:
            self.desk.close(buffer)
            self.pending = [(place, said) for place, said in self.pending if place is not buffer]

    @rule(
        numbers=st.lists(st.integers(0, 11), max_size=5), nick=nicks, where=st.sampled_from(["above", "below", "show"])
    )
    def loads(self, numbers: list[int], nick: str, where: str) -> None:
        buffer = self.desk.current
        assert buffer is not None
        acts: list[events.Event] = [
            events.Message(time=self.now, target="#tea", nick=nick, text="ok", msgid=f"m{number}", mine=nick == "ann")
            for number in numbers
        ]
        acts.append(events.Edited(time=self.now, target="#tea", nick=nick, text="ann!", original="m1", msgid="e1"))
        entries = self.network.past(acts, buffer)
        if where == "above":
            buffer.timeline.load_above(entries, more=True)
        elif where == "below":
            buffer.timeline.load_below(entries, more=False)
        else:
            buffer.timeline.show(entries, above=Edge.MORE, below=Edge.MORE)
        buffer.count()

    @rule(keep=st.integers(0, 5))
    def lets_go(self, keep: int) -> None:
        buffer = self.desk.current
        assert buffer is not None
        buffer.timeline.trim_above(keep)

    # What must be so.

    @invariant()
    def entries_are_numbered_and_there_once(self) -> None:
        for buffer in self.buffers():
            timeline = buffer.timeline
            assert [entry.number for entry in timeline.entries] == list(range(timeline.first, timeline.end))
            ids = [entry.message.msgid for entry in timeline.entries if isinstance(entry, Said) and entry.message.msgid]
            assert len(ids) == len(set(ids)) and set(ids) == set(timeline._said)
            assert timeline.weight == sum(map(weight_of, timeline.entries))
            assert all(timeline.index(entry) == place for place, entry in enumerate(timeline))

    @invariant()
    def counts_are_those_of_what_waits(self) -> None:
        for buffer in self.buffers():
            assert buffer.unread == len(buffer.waiting) >= buffer.mentions == sum(s.mentions for s in buffer.waiting)
            assert not any(said.message.mine or said.removed_by for said in buffer.waiting)
            assert len(set(map(id, buffer.waiting))) == buffer.unread
        assert self.desk.unread == sum(map(calls, self.desk.buffers()))

    @invariant()
    def times_are_plausible(self) -> None:
        for buffer in self.buffers():
            latest = self.now + timedelta(days=1, seconds=1)
            assert all(entry.time <= latest for entry in buffer.timeline)
            assert buffer.marker is None or buffer.marker <= latest

    @invariant()
    def what_is_looked_at_is_there(self) -> None:
        assert self.desk.current in self.desk.buffers()
        assert [buffer for buffer in self.buffers() if buffer.shown] == [self.desk.current]
        assert self.desk.previous in (None, *self.desk.buffers()) and self.desk.previous is not self.desk.current

    @invariant()
    def names_are_told_apart_as_the_server_does(self) -> None:
        assert all(self.network.buffer(buffer.name) is buffer for buffer in self.network.buffers.values())
        assert len(self.desk.buffers()) == len(self.network.buffers) + 1

    def buffers(self) -> list[Buffer]:
        return self.desk.buffers() if hasattr(self, "desk") else []


TestWhole = Walk.TestCase
TestWhole.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
