"""Where somebody looks does not move (UX table, rows 5 and 6): the position in a timeline, without a screen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ipcchat.client.events import Edited, Redacted
from ipcchat.tui.model.buffer import Buffer
from ipcchat.tui.model.entries import Comings
from ipcchat.tui.model.timeline import Edge, Timeline
from ipcchat.tui.text.rows import Row
from ipcchat.tui.widgets.row_store import RowStore
from ipcchat.tui.widgets.viewport import Viewport
from tests.tui.timeline_fakes import NOON, FakePainter, UnkindPainter, coming, decoration, said, tea


def loading(timeline: Timeline, above: bool) -> list[Row]:
    """A row at an end of which more was asked for."""
    edge = timeline.above if above else timeline.below
    return [LOADING] if edge is Edge.ASKED else []


LOADING = decoration("loading", 40)


def viewport(buffer: Buffer, height: int = 5, width: int = 40) -> Viewport:
    return Viewport(buffer.timeline, RowStore(FakePainter(width)), loading, height)


def seen(view: Viewport) -> list[str]:
    """What stands on the screen."""
    return [line.row.text or line.row.strip.text.strip() for line in view.lay_out()]


def edited(number: int, text: str) -> Edited:
    """The message of that number has another text."""
    return Edited(
        time=NOON, msgid=f"e{number}", tags={}, target="#tea", nick="bob", original=f"m{number}", text=text
    )  # fmt: skip


def redacted(number: int) -> Redacted:
    """The message of that number was deleted."""
    return Redacted(time=NOON, tags={}, redacted=f"m{number}", target="#tea", by="ann")


class TestFollowing:
    """At the end of a live timeline."""

    def test_shows_the_end_and_what_is_added_moves_the_rest_up(self):
        buffer = tea(9)
        view = viewport(buffer)
        assert seen(view) == ["message 4", "message 5", "message 6", "message 7", "message 8"]
        buffer.timeline.add(said(9))
        assert seen(view)[-1] == "message 9" and view.following

    def test_fewer_entries_than_rows_are_all_there(self):
        assert seen(viewport(tea(2))) == ["--day--", "message 0", "message 1"]

    def test_an_empty_timeline_has_no_lines(self):
        view = viewport(tea(0))
        view.scroll(-3)
        view.scroll(3)
        view.jump(0)
        view.jump_to_fraction(0.5)
        assert seen(view) == [] and view.following

    def test_scrolling_up_ends_it_and_reaching_the_end_begins_it_again(self):
        view = viewport(tea(20))
        view.scroll(-4)
        assert (seen(view)[-1], view.following) == ("message 15", False)
        view.scroll(3)
        assert (seen(view)[-1], view.following) == ("message 18", False)
        view.scroll(3)
        assert (seen(view)[-1], view.following) == ("message 19", True)

    def test_what_fits_cannot_be_scrolled(self):
        view = viewport(tea(3))
        view.scroll(-10)
        assert view.following and seen(view)[0] == "--day--"

    def test_while_it_is_held_new_entries_stay_below(self):
        buffer = tea(9)
        view = viewport(buffer)
        view.held = True
        before = seen(view)
        buffer.timeline.add(said(9))
        assert seen(view) == before and view.count_news() == 1
        view.held = False
        assert seen(view) == before and not view.following


class TestAnchored:
    """Scrolled up."""

    def test_the_top_is_the_top(self):
        view = viewport(tea(20))
        view.scroll(-1000)
        assert seen(view) == ["--day--", "message 0", "message 1", "message 2", "message 3"]

    def test_new_messages_are_counted_but_not_ours_and_not_who_comes(self):
        buffer = tea(20)
        view = viewport(buffer)
        view.scroll(-4)
        before = seen(view)
        for entry in (said(20), said(21, mine=True), coming(22), said(23)):
            buffer.timeline.add(entry)
        assert seen(view) == before
        assert view.count_news() == 2
        assert view.count_news() == 2
        view.follow()
        assert view.count_news() == 0

    def test_older_entries_take_the_day_from_the_first_one_and_nothing_else_moves(self):
        buffer = tea(0)
        for number in range(100, 120):
            buffer.timeline.add(said(number))
        view = viewport(buffer)
        view.scroll(-1000)
        assert seen(view)[:2] == ["--day--", "message 100"]
        buffer.timeline.load_above([said(number) for number in range(90, 100)], more=True)
        assert seen(view)[:2] == ["message 99", "message 100"]

    def test_a_row_that_says_loading_is_replaced_by_what_was_loaded(self):
        buffer = tea(0)
        buffer.timeline.above = Edge.ASKED
        for number in range(100, 120):
            buffer.timeline.add(said(number))
        view = viewport(buffer)
        view.scroll(-1000)
        assert seen(view)[:3] == ["loading", "--day--", "message 100"]
        buffer.timeline.load_above([said(number) for number in range(90, 100)], more=True)
        assert seen(view)[:3] == ["message 98", "message 99", "message 100"]

    def test_entries_that_were_let_go_leave_the_first_that_is_left(self):
        buffer = tea(100)
        view = viewport(buffer)
        view.scroll(-1000)
        buffer.timeline.trim_above(20)
        assert seen(view)[:2] == ["--day--", "message 80"]

    def test_a_message_of_ours_that_is_confirmed_stays_on_the_screen(self):
        buffer = tea(20)
        text = "".join(f"{number:030}" for number in range(12))
        buffer.timeline.send(said(20, text, mine=True).message)
        view = viewport(buffer)
        view.scroll(-2)
        before = seen(view)
        buffer.timeline.add(said(21))
        assert buffer.timeline.echo(said(30, text, mine=True).message)
        buffer.timeline.add(said(31))
        assert seen(view) == before

    def test_the_end_of_a_window_that_is_not_live_is_not_followed(self):
        buffer = tea(20)
        buffer.timeline.below = Edge.MORE
        view = viewport(buffer)
        view.scroll(-4)
        view.scroll(1000)
        before = seen(view)
        assert before[-1] == "message 19" and not view.following
        buffer.timeline.load_below([said(20), said(21)], more=True)
        assert seen(view) == before

    def test_jumping_leaves_rows_above(self):
        view = viewport(tea(50))
        view.jump(20, 2)
        assert seen(view)[:3] == ["message 18", "message 19", "message 20"]

    def test_jumping_near_to_the_end_ends_at_the_end(self):
        view = viewport(tea(50))
        view.jump(48, 2)
        assert seen(view)[-1] == "message 49" and view.following

    def test_a_long_entry_is_scrolled_row_by_row_and_stays_where_it_is_when_the_width_changes(self):
        buffer = tea(3)
        words = "".join(f"{number:05}" for number in range(200))
        buffer.timeline.add(said(3, words))
        view = viewport(buffer)
        view.scroll(-10)
        top = seen(view)[0]
        for width in (17, 63, 22, 40):
            view.repaint(RowStore(FakePainter(width)), 5)
            assert top[:5] in "".join(seen(view)[:2])
        assert seen(view)[0] == top

    def test_another_height_keeps_the_top(self):
        view = viewport(tea(50))
        view.scroll(-20)
        top = seen(view)[0]
        for height in (3, 12, 1, 5):
            view.repaint(view.store, height)
            assert seen(view)[0] == top


class TestUnreadLine:
    """Where the unread line stands (row 5)."""

    def test_it_stands_above_the_first_message_behind_the_time(self):
        buffer = tea(9)
        view = viewport(buffer, height=20)
        view.line = NOON + timedelta(minutes=5)
        assert seen(view)[6:9] == ["message 5", "--new--", "message 6"]

    def test_it_stays_there_when_more_is_said_or_loaded(self):
        buffer = tea(9)
        view = viewport(buffer, height=30)
        view.line = NOON + timedelta(minutes=5)
        seen(view)
        buffer.timeline.add(said(9))
        buffer.timeline.load_above([said(-2), said(-1)], more=False)
        lines = seen(view)
        assert lines[lines.index("--new--") + 1] == "message 6"

    def test_it_comes_with_the_first_message_of_another(self):
        buffer = tea(9)
        view = viewport(buffer, height=30)
        view.line = NOON + timedelta(minutes=8)
        assert "--new--" not in seen(view)
        buffer.timeline.add(said(9, mine=True))
        assert "--new--" not in seen(view)
        buffer.timeline.add(said(10))
        assert seen(view)[-2:] == ["--new--", "message 10"]


class TestHidden:
    """Who comes and goes is left out by the painter."""

    def test_what_is_hidden_takes_no_line_and_does_not_stand_above_anything(self):
        buffer = tea(0)
        for entry in (coming(0), said(1), coming(2), said(3)):
            buffer.timeline.add(entry)
        view = viewport(buffer)
        assert seen(view) == ["--day--", "message 1", "message 3"]

    def test_a_thousand_hidden_ones_are_passed(self):
        buffer = tea(5)
        for day in range(1000):
            buffer.timeline.add(Comings(time=NOON + timedelta(days=day), people=coming(0).people))
        buffer.timeline.add(said(9))
        view = viewport(buffer)
        assert seen(view) == ["message 1", "message 2", "message 3", "message 4", "message 9"]
        view.scroll(-1)
        assert seen(view)[-1] == "message 4"

    def test_one_that_is_unfolded_shows(self):
        buffer = tea(2)
        buffer.timeline.add(coming(3))
        view = viewport(buffer)
        assert seen(view)[-1] == "message 1"
        joined = buffer.timeline.at(2)
        assert isinstance(joined, Comings)
        joined.unfolded = True
        joined.changed()
        assert seen(view)[-1] == "eve joined"


class TestReveal:
    """Bringing an entry into sight with as little movement as possible."""

    def test_what_is_seen_does_not_move(self):
        view = viewport(tea(50))
        view.jump(20)
        view.reveal(22, 5)
        assert seen(view)[0] == "message 20"

    def test_above_it_comes_to_the_top_and_below_to_the_bottom(self):
        view = viewport(tea(50))
        view.jump(20)
        view.reveal(18, 5)
        assert seen(view)[0] == "message 18"
        view.reveal(30, 4)
        assert seen(view)[3] == "message 30"

    def test_of_a_long_one_the_beginning_is_shown(self):
        buffer = tea(20)
        buffer.timeline.add(said(20, "x" * 1000))
        view = viewport(buffer)
        view.held = True
        view.reveal(20, 5)
        assert view.lay_out()[0].place == 0


class TestFraction:
    """The scrollbar."""

    def test_halfway_is_the_middle_and_the_end_is_followed(self):
        view = viewport(tea(100))
        view.jump_to_fraction(0.5)
        assert seen(view)[0] == "message 50"
        view.jump_to_fraction(0.0)
        assert seen(view)[0] == "--day--"
        view.jump_to_fraction(1.0)
        assert view.following


def test_only_what_is_on_the_screen_is_made():
    buffer = tea(20_000)
    painter = FakePainter(40)
    view = Viewport(buffer.timeline, RowStore(painter), loading, 20)
    view.lay_out()
    assert painter.painted <= 22
    view.scroll(-3)
    assert painter.painted <= 26
    view.jump(0)
    assert painter.painted <= 55


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 3)),
        st.tuples(st.just("come"), st.integers(1, 2)),
        st.tuples(st.just("above"), st.integers(0, 6)),
        st.tuples(st.just("edit"), st.integers(-30, 60)),
        st.tuples(st.just("remove"), st.integers(-30, 60)),
        st.tuples(st.just("height"), st.integers(1, 12)),
        st.tuples(st.just("width"), st.integers(12, 60)),
        st.tuples(st.just("scroll"), st.integers(-15, 15)),
        st.tuples(st.just("line"), st.integers(-5, 30)),
    ),
    max_size=40,
)


class Reader:
    """Somebody who reads a channel in which things happen, and does not want to lose his place."""

    def __init__(self, painter: Any) -> None:
        self.painter = painter
        self.buffer = tea(30)
        self.view = Viewport(self.buffer.timeline, RowStore(painter(40)), loading, 5)
        self.newest, self.oldest = 29, 0

    def add(self, count: int) -> None:
        for _ in range(count):
            self.newest += 1
            self.buffer.timeline.add(said(self.newest, "long " * (self.newest % 20)))

    def come(self, count: int) -> None:
        for _ in range(count):
            self.newest += 1
            self.buffer.timeline.add(coming(self.newest))

    def above(self, count: int) -> None:
        older = [said(number) for number in range(self.oldest - count, self.oldest)]
        self.oldest -= count
        self.buffer.timeline.load_above(older, more=True)

    def edit(self, number: int) -> None:
        self.buffer.timeline.edit(edited(number, "changed " * (abs(number) % 30)))

    def remove(self, number: int) -> None:
        self.buffer.timeline.remove(redacted(number))

    def height(self, rows: int) -> None:
        self.view.repaint(self.view.store, rows)

    def width(self, columns: int) -> None:
        self.view.repaint(RowStore(self.painter(columns)), self.view.height)

    def scroll(self, rows: int) -> None:
        self.view.scroll(rows)

    def line(self, number: int) -> None:
        self.view.line = NOON + timedelta(minutes=number)


@settings(max_examples=300, deadline=None)
@given(MOVES)
def test_whatever_happens_the_first_row_stays_the_first(moves):
    reader = Reader(FakePainter)
    for name, amount in moves:
        before = reader.view.lay_out()
        was_following, versions = reader.view.following, [line.entry and line.entry.version for line in before]
        getattr(reader, name)(amount)
        after = reader.view.lay_out()
        assert len(after) == reader.view.height or after[0].index <= 0
        assert reader.view.following or not any(line.index == len(reader.buffer.timeline) for line in after)
        stays = not was_following and not reader.view.following and name not in ("scroll", "height")
        if not stays or before[0].entry is None or before[0].entry.version != versions[0]:
            continue
        if name == "width":
            assert after[0].entry is before[0].entry
        elif before[0].row.text:
            assert (after[0].entry, after[0].row.text) == (before[0].entry, before[0].row.text)


@settings(max_examples=100, deadline=None)
@given(MOVES)
def test_a_painter_that_keeps_no_promise_breaks_nothing(moves):
    reader = Reader(UnkindPainter)
    for name, amount in moves:
        getattr(reader, name)(amount)
        assert len(reader.view.lay_out()) <= reader.view.height
