"""A timeline keeps its entries in order, each once, whatever comes from which side."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipcchat.tui.model import timeline as module
from ipcchat.tui.model.beyond import HELD_MAX
from ipcchat.tui.model.entries import Coming, Entry, Hole, Said, Told
from ipcchat.tui.model.timeline import COMINGS_TOGETHER_MAX, Edge, Timeline, weight_of
from tests.tui.model.made import edited, message, moment, reaction, redacted, said
from tests.tui.model.seat import texts


def timeline_of(*numbers: int) -> Timeline:
    """A timeline with these messages."""
    timeline = Timeline()
    for number in numbers:
        timeline.add(said(number))
    return timeline


def msgids(timeline: Timeline) -> list[str]:
    return [entry.message.msgid for entry in timeline.entries if isinstance(entry, Said)]


def check(timeline: Timeline) -> None:
    """What is so at every moment."""
    entries = timeline.entries
    assert [entry.number for entry in entries] == list(range(timeline.first, timeline.end))
    known = [msgid for msgid in msgids(timeline) if msgid]
    assert len(known) == len(set(known))
    assert all(timeline.find(msgid) is not None for msgid in known)
    assert [timeline.index(entry) for entry in timeline] == list(range(len(timeline)))
    assert timeline.weight == sum(map(weight_of, entries))


class TestOrder:
    def test_older_ones_get_smaller_numbers_and_nobody_elses_changes(self):
        timeline = timeline_of(5, 6)
        held = timeline.entries[0]
        assert timeline.load_above([said(3), said(4), said(5), said(4)], more=True) == 2
        assert msgids(timeline) == ["m3", "m4", "m5", "m6"] and held.number == 0 and timeline.index(held) == 2
        edges = [timeline.above]
        assert timeline.load_above([], more=False) == 0
        assert [*edges, timeline.above] == [Edge.MORE, Edge.END]
        check(timeline)

    def test_what_is_known_is_not_added_again(self):
        timeline = timeline_of(1)
        assert not timeline.add(said(1)) and len(timeline) == 1
        assert timeline.add(Told(time=moment(), text="x")) and timeline.add(Told(time=moment(), text="x"))

    def test_an_edit_of_a_message_that_is_loaded_is_not_loaded_as_another_one(self):
        timeline = timeline_of(1)
        timeline.edit(edited("better", "m1", "m2"))
        assert timeline.load_below([said(2)], more=False) == 0

    def test_old_ones_are_let_go_and_can_be_had_again(self):
        timeline = timeline_of(*range(10))
        timeline.edit(edited("other", "m1", "e1"))
        gone = timeline.entries[1]
        timeline.trim_above(4)
        timeline.trim_above(4)
        assert msgids(timeline) == ["m6", "m7", "m8", "m9"] and timeline.above is Edge.MORE
        assert timeline.index(gone) is None and timeline.find("m1") is timeline.find("e1") is None
        timeline.load_above([said(4), said(5)], more=True)
        assert msgids(timeline)[:3] == ["m4", "m5", "m6"]
        check(timeline)
        timeline.trim_above(0)
        assert (len(timeline), timeline.first, timeline.end, timeline.weight) == (0, 0, 0, 0)

    def test_what_is_pending_stands_behind_everything(self):
        timeline = timeline_of(1)
        one, two = (timeline.send(message(text, nick="ann", mine=True)) for text in ("one", "two"))
        timeline.add(said(2))
        assert list(timeline)[2:] == [one, two] and timeline.at(3) is two and timeline.index(one) == 2
        assert not timeline.echo(message("three", nick="ann", mine=True))
        assert timeline.echo(message("two", nick="ann", mine=True, msgid="m9"))
        assert msgids(timeline) == ["m1", "m2", "m9"] and timeline.pending == [one]
        timeline.confirm(one, None)
        timeline.drop(one)
        assert not timeline.pending
        check(timeline)
        with pytest.raises(IndexError):
            timeline.at(3)

    def test_a_receipt_stands_for_one_echo_only(self):
        timeline = Timeline()
        one, two = (timeline.send(message("ok", nick="ann", mine=True)) for _ in range(2))
        echo = message("ok", nick="ann", mine=True)
        timeline.confirm(one, echo)
        assert not timeline.echo(echo)
        assert timeline.echo(echo) and list(timeline) == [two]

    def test_the_last_message_of_somebody_is_found_as_the_server_tells_names_apart(self):
        timeline = timeline_of(1)
        timeline.add(said(2, nick="A["))
        timeline.add(said(3, nick="eve"))
        timeline.remove(redacted("m3"))
        assert timeline.last_by("a[") is timeline.find("m2") and timeline.last_by("eve") is None
        assert timeline.last_by("a{") is None and timeline.last_by("a{", "rfc1459") is timeline.find("m2")

    def test_the_first_message_behind_a_time_is_of_somebody_else(self):
        timeline = timeline_of(1, 2)
        for number, nick in ((3, "ann"), (4, "bob"), (5, "ann")):
            timeline.add(said(number, nick=nick))
        timeline.add(Told(time=moment(9), text="x"))
        assert [timeline.first_after(time) for time in (None, moment(0), moment(2), moment(4), moment(9))] == [
            None,
            0,
            3,
            None,
            None,
        ]

    def test_a_hole_is_said_once_for_one_reason(self):
        timeline = timeline_of(1)
        for reason in ("a", "a", "b", "a"):
            timeline.miss(moment(2), reason)
        assert [entry.reason for entry in timeline.entries if isinstance(entry, Hole)] == ["a", "b", "a"]


class TestComings:
    def test_a_line_of_comings_has_a_limit(self):
        timeline = Timeline()
        for number in range(COMINGS_TOGETHER_MAX + 1):
            timeline.came(Coming(moment(), f"n{number}", "joined"))
        assert [len(entry.people) for entry in timeline.entries] == [COMINGS_TOGETHER_MAX, 1]  # type: ignore[attr-defined]

    def test_a_day_ends_where_people_are(self, monkeypatch):
        """Not in UTC."""
        monkeypatch.setattr(module, "local", lambda time: time + timedelta(hours=12))
        timeline = Timeline()
        for hours in (8.5, 8.9, 9):
            timeline.came(Coming(moment(hours * 3600), "dan", "joined"))
        assert texts(timeline) == ["dan joined; dan joined", "dan joined"]

    def test_nobody_comes_into_a_window_of_the_past(self):
        timeline = timeline_of(1)
        timeline.below = Edge.MORE
        assert timeline.came(Coming(moment(), "dan", "joined")) is None and len(timeline) == 1


class TestWindows:
    def test_an_older_window_counts_what_others_say_and_has_it_when_it_reaches_the_present(self):
        timeline = timeline_of(8, 9)
        timeline.show([said(1), said(2)], above=Edge.MORE, below=Edge.MORE)
        for entry in (said(10), said(11, nick="ann"), said(12)):
            assert not timeline.add(entry)
        timeline.add(Told(time=moment(13), text="the topic is tea"))
        assert (timeline.arrived, timeline.live) == (2, False) and timeline.find("m10") is not None
        assert not timeline.add(said(10)) and timeline.arrived == 2
        timeline.edit(edited("late", "m12", "e1"))
        timeline.load_below([said(number) for number in range(3, 8)], more=True)
        timeline.load_below([said(8), said(9), said(10)], more=False)
        assert timeline.live and timeline.arrived == 0
        assert msgids(timeline) == [f"m{number}" for number in range(1, 13)]
        assert texts(timeline)[-2:] == ["<bob> late", "-- the topic is tea"]
        assert timeline.find("e1") is timeline.find("m12")
        check(timeline)

    def test_returning_to_the_present_shows_the_latest_page_and_what_came_since(self):
        timeline = timeline_of(8, 9)
        timeline.show([said(1)], above=Edge.END, below=Edge.MORE)
        for number in (10, 11, 12):
            timeline.add(said(number))
        timeline.show([said(10), said(11)], above=Edge.MORE, below=Edge.END)
        assert timeline.live and msgids(timeline) == ["m10", "m11", "m12"] and timeline.above is Edge.MORE
        assert timeline.add(said(13))
        check(timeline)

    @pytest.mark.parametrize("meanwhile", [False, True])
    def test_our_own_words_stay_when_the_latest_page_takes_the_place_of_what_is_there(self, meanwhile):
        timeline = timeline_of(3, 4)
        for number, words in ((1, "long ago"), (4, "the name ann is taken"), (5, "again")):
            timeline.add(Told(time=moment(number), text=words, own=True))
        timeline.add(Told(time=moment(5), text="the topic is tea"))
        if meanwhile:
            timeline.show([said(1)], above=Edge.END, below=Edge.MORE)
            assert texts(timeline) == ["<bob> text 1"]
        for _ in range(2):
            timeline.show([said(3), said(4), said(6)], above=Edge.MORE, below=Edge.END)
            assert [text for text in texts(timeline) if text.startswith("--")] == [
                "-- the name ann is taken",
                "-- again",
            ]
            assert isinstance(timeline.at(len(timeline) - 1), Said)
            check(timeline)
        timeline.show([], above=Edge.END, below=Edge.END)
        assert texts(timeline) == ["-- the name ann is taken", "-- again"]

    def test_what_the_page_has_not_and_is_older_than_its_end_is_not_put_behind_it(self):
        timeline = timeline_of(1)
        timeline.show([said(1)], above=Edge.END, below=Edge.MORE)
        for number in (2, 5):
            timeline.add(said(number))
        timeline.add(Told(time=moment(4), text="equal time, no msgid"))
        timeline.load_below([said(3), said(4)], more=False)
        assert msgids(timeline) == ["m1", "m3", "m4", "m5"] and len(timeline) == 4

    def test_where_too_much_happened_the_window_is_not_at_the_present_yet(self):
        timeline = timeline_of(1)
        timeline.show([said(1)], above=Edge.END, below=Edge.MORE)
        for number in range(10, 12 + HELD_MAX):
            timeline.add(said(number))
        timeline.load_below([said(2)], more=False)
        assert (timeline.live, timeline.arrived) == (False, HELD_MAX + 2)
        timeline.load_below([said(number) for number in range(3, 14)], more=False)
        assert (timeline.live, len(timeline)) == (True, HELD_MAX + 2 + 9)
        check(timeline)

    def test_who_looks_at_older_ones_while_very_much_happens_gets_an_older_window(self, monkeypatch):
        monkeypatch.setattr(module, "ENTRIES_MAX", 10)
        timeline = timeline_of(*range(30))
        assert len(timeline.entries) == 20 and not timeline.live and timeline.arrived == 10

    def test_pending_messages_are_in_every_window(self):
        timeline = timeline_of(1)
        pending = timeline.send(message("x", nick="ann", mine=True))
        timeline.show([said(0)], above=Edge.END, below=Edge.MORE)
        assert list(timeline)[-1] is pending
        assert timeline.echo(message("x", nick="ann", mine=True, msgid="m5", seconds=5)) and len(timeline) == 1
        timeline.load_below([said(1)], more=False)
        assert list(timeline)[-1] is pending and timeline.arrived == 0


class TestLimits:
    def test_long_texts_and_many_reactions_weigh_more(self):
        timeline = timeline_of(*range(4))
        timeline.edit(edited("x" * 5_000, "m1", "e1"))
        assert timeline.weight == 4 + 10
        for number in range(100):
            timeline.react(reaction("m2", "yes", f"n{number}"))
        assert timeline.weight == 4 + 10 + 10
        timeline.trim_to_weight(12)
        assert msgids(timeline) == ["m2", "m3"]
        check(timeline)

    def test_a_message_edited_without_end_is_found_by_its_latest_edits(self):
        timeline = timeline_of(1)
        for number in range(1_000):
            timeline.edit(edited(f"text {number}", "m1", f"e{number}", number))
        assert timeline.find("e0") is None and timeline.find("e999") is timeline.find("m1")
        assert len(timeline._edits) <= 50 and texts(timeline) == ["<bob> text 999"]

    def test_what_is_done_to_unknown_messages_without_end_is_forgotten(self):
        timeline = Timeline()
        for number in range(10_000):
            timeline.react(reaction(f"m{number}", "yes"))
        timeline.load_above([said(0), said(9_999)], more=False)
        first, last = (entry.reactions for entry in timeline.entries if isinstance(entry, Said))
        assert (first, last) == ({}, {"yes": ["eve"]})


def test_two_places_that_are_one_are_told_by_their_times():
    ours, theirs = timeline_of(1, 4, 6), timeline_of(2, 4, 9)
    theirs.below = Edge.MORE
    ours.absorb(theirs)
    assert msgids(ours) == ["m1", "m2", "m4", "m6", "m9"] and not ours.live
    edges, other = [ours.above], Timeline()
    other.above = Edge.END
    ours.absorb(other)
    assert [*edges, ours.above] == [Edge.UNKNOWN, Edge.MORE]
    check(ours)


numbers = st.integers(0, 40)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), numbers),
        st.tuples(st.just("above"), st.lists(numbers, max_size=6)),
        st.tuples(st.just("below"), st.lists(numbers, max_size=6)),
        st.tuples(st.just("edit"), numbers, numbers),
        st.tuples(st.just("remove"), numbers),
        st.tuples(st.just("told"), st.just(0)),
        st.tuples(st.just("trim"), st.integers(0, 12)),
        st.tuples(st.just("pending"), numbers),
        st.tuples(st.just("echo"), numbers),
        st.tuples(st.just("show"), st.lists(numbers, max_size=6)),
    ),
    max_size=40,
)


class Oracle:
    """The same, as a list of names that anybody can follow."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.pending: list[str] = []

    def fresh(self, names: list[str]) -> list[str]:
        return [name for name in dict.fromkeys(names) if name not in self.names]


@settings(max_examples=200, deadline=None)
@given(steps)
def test_whatever_happens_the_entries_are_those_of_a_plain_list(steps):
    timeline, oracle = Timeline(), Oracle()
    for step in steps:
        take(timeline, oracle, step)
        check(timeline)
        assert list(map(name_of, timeline.entries)) == oracle.names
        assert [entry.message.text for entry in timeline.pending] == oracle.pending


def take(timeline, oracle, step):
    """One step, in both."""
    match step:
        case ("add", number):
            timeline.add(said(number))
            oracle.names += oracle.fresh([f"m{number}"])
        case ("above", numbers):
            timeline.load_above([said(number) for number in numbers], more=True)
            oracle.names[:0] = oracle.fresh([f"m{number}" for number in numbers])
        case ("below", numbers):
            timeline.load_below([said(number) for number in numbers], more=False)
            oracle.names += oracle.fresh([f"m{number}" for number in numbers])
        case ("edit", number, edit):
            found = timeline.edit(edited(f"edit {edit}", f"m{number}", f"e{edit}"))
            assert found is None or found is timeline.find(f"e{edit}")
        case ("remove", number):
            timeline.remove(redacted(f"m{number}"))
        case ("told", _):
            timeline.add(Told(time=moment(), text="told"))
            oracle.names.append("told")
        case ("trim", keep):
            timeline.trim_above(keep)
            oracle.names = oracle.names[-keep:] if keep else []
        case ("pending", number):
            timeline.send(message(f"text {number}", nick="ann", mine=True))
            oracle.pending.append(f"text {number}")
        case ("echo", number):
            echo(timeline, oracle, number)
        case ("show", numbers):
            timeline.show([said(number) for number in numbers], above=Edge.MORE, below=Edge.END)
            oracle.names = list(dict.fromkeys(f"m{number}" for number in numbers))


def echo(timeline, oracle, number):
    """The echo of a message that was perhaps never sent, as the network hears it."""
    if timeline.find(f"m{number}") is not None:
        return
    pending = f"text {number}" in oracle.pending
    assert timeline.echo(message(f"text {number}", msgid=f"m{number}", nick="ann", mine=True)) is pending
    if pending:
        oracle.pending.remove(f"text {number}")
        oracle.names.append(f"m{number}")


def name_of(entry: Entry) -> str:
    return entry.message.msgid if isinstance(entry, Said) else "told"
