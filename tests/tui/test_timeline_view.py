"""The timeline on a screen: reading, scrolling, selecting, clicking (UX table, rows 5, 6, 10, 12 and 13)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.message import Message
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Input

from ipcchat.tui.keymap import ACTIONS, Keymap
from ipcchat.tui.local_time import clock, in_full
from ipcchat.tui.model.buffer import Buffer, Kind
from ipcchat.tui.model.entries import Comings, Entry, Said
from ipcchat.tui.model.timeline import Edge
from ipcchat.tui.text.rows import Row
from ipcchat.tui.widgets.timeline_view import TimelineView
from tests.tui.timeline_fakes import NOON, TEXT_COLUMN, FakePainter, UnkindPainter, coming, said, tea

HEIGHT = 10
WIDTH = 60


class ReaderApp(App[None]):
    """A timeline above an input that has the focus; `heard` is what the timeline said."""

    CSS = f"Screen {{ overflow: hidden; }} TimelineView {{ height: {HEIGHT}; }}"

    def __init__(self, buffer: Buffer | None, painters: Callable[[int], Any] | None = FakePainter) -> None:
        super().__init__()
        self.buffer = buffer
        self.painters = painters
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        yield TimelineView(self.painters, id="timeline")
        yield Input()

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        Keymap().bind(self.view, "timeline")
        self.view.show(self.buffer)

    @property
    def view(self) -> TimelineView:
        return self.query_one(TimelineView)

    def post_message(self, message: Message) -> bool:
        if type(message).__qualname__.startswith(("TimelineView.", "TimelineLines.")):
            self.heard.append(message)
        return super().post_message(message)

    def heard_of(self, kind: type[Message]) -> list[Any]:
        return [message for message in self.heard if isinstance(message, kind)]

    def seen(self) -> list[str]:
        """The texts on the screen, without what stands before them."""
        return [re.sub(r"^[<▌>]\w+>\s*", "", line).strip() for line in self.drawn()]

    def drawn(self) -> list[str]:
        """The lines on the screen, but for the scrollbar."""
        return [self.view.render_line(y).text[:-1].rstrip() for y in range(self.view.size.height)]


async def settle(pilot: Pilot[None], is_there: Callable[[], object], seconds: float | None = None) -> None:
    """Wait until something is so, looking again after so many seconds; it fails when it never is."""
    for _ in range(200):
        await pilot.pause(seconds)
        if is_there():
            return
    raise AssertionError("that never happened")


def reading(app: ReaderApp) -> Any:
    return app.run_test(size=(WIDTH, HEIGHT + 5))


class TestReading:
    """At the bottom, and further up (rows 5 and 6)."""

    async def test_the_latest_messages_are_there_from_the_first_frame(self):
        app = ReaderApp(tea(50))
        async with reading(app):
            assert app.seen()[-1] == "message 49"
            assert app.view.at_bottom
            assert isinstance(app.focused, Input)

    async def test_few_messages_stand_at_the_bottom(self):
        app = ReaderApp(tea(2))
        async with reading(app):
            assert app.seen() == [""] * (HEIGHT - 4) + ["loading…", "--day--", "message 0", "message 1"]

    async def test_no_buffer_is_an_empty_screen(self):
        app = ReaderApp(None)
        async with reading(app) as pilot:
            app.view.scroll_page(-1)
            app.view.scroll_to_bottom()
            assert not app.view.focus_message()
            assert not app.view.jump_to_mention(-1)
            app.view.show(tea(3))
            await pilot.pause()
            assert app.seen()[-1] == "message 2"
            app.view.show(None)
            await pilot.pause()
            assert app.seen() == [""] * HEIGHT

    async def test_the_wheel_scrolls_three_rows_and_what_is_said_then_moves_nothing(self):
        app = ReaderApp(tea(50))
        async with reading(app) as pilot:
            await pilot._post_mouse_events([events.MouseScrollUp], "#timeline", offset=(3, 3))
            assert app.seen()[-1] == "message 46" and not app.view.at_bottom
            assert app.buffer is not None
            before = app.seen()
            app.buffer.timeline.add(said(50))
            app.buffer.timeline.add(said(51))
            app.view.refresh_entries()
            assert app.seen()[:-1] == before[:-1]
            assert app.seen()[-1] == "2 new messages below — Esc"

    async def test_reaching_the_end_is_told_once(self):
        app = ReaderApp(tea(50))
        async with reading(app) as pilot:
            app.view.scroll_page(-2)
            app.view.scroll_page(1)
            assert not app.view.at_bottom
            app.view.scroll_page(1)
            app.view.scroll_page(1)
            await settle(pilot, lambda: app.heard_of(TimelineView.ReachedBottom))
            assert len(app.heard_of(TimelineView.ReachedBottom)) == 1 and app.view.at_bottom

    async def test_a_page_leaves_two_rows(self):
        app = ReaderApp(tea(50))
        async with reading(app):
            app.view.scroll_page(-1)
            assert app.seen()[-2:] == ["message 40", "message 41"]

    async def test_the_bar_leads_to_the_bottom(self):
        app = ReaderApp(tea(50))
        async with reading(app) as pilot:
            app.view.scroll_page(-1)
            assert app.buffer is not None
            app.buffer.timeline.add(said(50))
            app.view.refresh_entries()
            await pilot.click("#timeline", offset=(30, HEIGHT - 1))
            assert app.view.at_bottom and app.seen()[-1] == "message 50"

    async def test_the_unread_line_is_drawn_and_can_be_reached(self):
        buffer = tea(80)
        buffer.line = NOON + timedelta(minutes=30)
        app = ReaderApp(buffer)
        async with reading(app) as pilot:
            assert "--new--" not in app.seen()
            assert app.view.jump_to_unread()
            await pilot.pause()
            place = app.seen().index("--new--")
            assert app.seen()[place - 1 : place + 2] == ["message 30", "--new--", "message 31"]
            buffer.line = None
            assert not app.view.jump_to_unread()

    async def test_where_one_left_a_buffer_one_comes_back_to(self):
        one, other = tea(50), tea(60)
        app = ReaderApp(one)
        async with reading(app):
            app.view.scroll_page(-2)
            before = app.seen()
            app.view.show(other)
            assert app.seen()[-1] == "message 59"
            app.view.show(one)
            assert app.seen() == before
            app.view.scroll_to_bottom()
            app.view.show(other)
            app.view.show(one)
            assert app.view.at_bottom

    async def test_mentions_are_visited_upwards_and_downwards(self):
        buffer = tea(0)
        for number in range(80):
            buffer.timeline.add(said(number, mentions=number in (10, 40, 78)))
        app = ReaderApp(buffer)
        async with reading(app):
            visited = []
            for step in (-1, -1, -1, 1):
                assert app.view.jump_to_mention(step)
                visited.append(app.view.marked and buffer.timeline.index(app.view.marked))
            assert visited == [78, 40, 10, 40]
            app.view.jump_to_mention(-1)
            assert not app.view.jump_to_mention(-1)

    async def test_resizing_keeps_the_first_message(self):
        app = ReaderApp(tea(50))
        async with reading(app) as pilot:
            app.view.scroll_page(-2)
            top = app.seen()[0]
            for width, height in ((40, 12), (90, 30), (20, 9), (WIDTH, HEIGHT + 5)):
                await pilot.resize_terminal(width, height)
                while app.view.size.width != width:
                    await pilot.pause()
                assert app.seen()[0] == top

    async def test_nothing_is_drawn_again_when_nothing_changed(self, monkeypatch):
        app = ReaderApp(tea(50))
        async with reading(app) as pilot:
            await pilot.pause()
            drawn: list[Region] = []
            monkeypatch.setattr(app.view, "refresh", lambda *regions: drawn.extend(regions or [app.view.region]))
            app.view.refresh_entries()
            assert drawn == []
            last = at(app, 49)
            assert isinstance(last, Said)
            last.message = said(49, "changed").message
            last.changed()
            app.view.refresh_entries()
            assert [(region.y, region.height) for region in drawn] == [(HEIGHT - 1, 1)]

    @pytest.mark.parametrize("size", [(1, 1), (2, 3), (7, 2), (200, 60)])
    async def test_an_unkind_painter_and_any_size_break_nothing(self, size):
        app = ReaderApp(tea(40), UnkindPainter)
        async with app.run_test(size=size) as pilot:
            for rows in (-7, -300, 4, 90, -1):
                app.view.scroll_rows(rows)
                app.view.focus_message(-1)
                await pilot.pause()
                assert all(
                    app.view.render_line(y).cell_length == app.view.size.width for y in range(app.view.size.height)
                )


class TestLoading:
    """What lies beyond (row 6)."""

    async def test_older_ones_are_asked_for_once_before_one_gets_there(self):
        buffer = tea(100)
        buffer.timeline.above = Edge.MORE
        app = ReaderApp(buffer)
        async with reading(app) as pilot:
            for _ in range(8):
                app.view.scroll_page(-1)
            await pilot.pause()
            assert app.heard_of(TimelineView.NeedsOlder) == []
            app.view.scroll_page(-1)
            app.view.scroll_page(-1)
            await settle(pilot, lambda: app.heard_of(TimelineView.NeedsOlder))
            assert [message.buffer for message in app.heard_of(TimelineView.NeedsOlder)] == [buffer]
            assert buffer.timeline.above is Edge.ASKED

    async def test_what_was_loaded_moves_nothing_and_the_beginning_says_so(self):
        buffer = tea(0)
        buffer.timeline.above = Edge.MORE
        for number in range(100, 130):
            buffer.timeline.add(said(number))
        app = ReaderApp(buffer)
        async with reading(app):
            app.view.scroll_to_oldest()
            assert app.seen()[:3] == ["loading…", "--day--", "message 100"]
            buffer.timeline.load_above([said(98), said(99)], more=False)
            app.view.refresh_entries()
            assert app.seen()[:3] == ["message 98", "message 99", "message 100"]
            app.view.scroll_to_oldest()
            assert app.seen()[:3] == ["this is the beginning of #tea", "--day--", "message 98"]

    async def test_who_cannot_have_older_ones_is_asked_again_only_when_somebody_insists(self):
        buffer = tea(3)
        buffer.timeline.above = Edge.MORE
        app = ReaderApp(buffer)
        async with reading(app) as pilot:
            await settle(pilot, lambda: app.heard_of(TimelineView.NeedsOlder))
            buffer.timeline.above = Edge.MORE
            for _ in range(3):
                app.view.refresh_entries()
                await pilot.pause()
            assert len(app.heard_of(TimelineView.NeedsOlder)) == 1
            app.view.scroll_rows(-3)
            await settle(pilot, lambda: len(app.heard_of(TimelineView.NeedsOlder)) == 2)

    async def test_a_window_that_is_not_live_asks_for_newer_ones_and_for_the_present(self):
        buffer = tea(60)
        buffer.timeline.below = Edge.MORE
        app = ReaderApp(buffer)
        async with reading(app) as pilot:
            app.view.jump_to(buffer.timeline.at(30))
            await pilot.pause()
            assert app.seen()[-1] == "these are older messages — Esc for the latest"
            assert app.heard_of(TimelineView.NeedsNewer) == []
            app.view.scroll_page(1)
            await settle(pilot, lambda: app.heard_of(TimelineView.NeedsNewer))
            before = app.seen()
            buffer.timeline.load_below([said(number) for number in range(60, 90)], more=True)
            app.view.refresh_entries()
            assert app.seen() == before
            app.view.scroll_to_bottom()
            await settle(pilot, lambda: app.heard_of(TimelineView.NeedsPresent))
            buffer.timeline.show([said(number) for number in range(200, 230)], above=Edge.MORE, below=Edge.END)
            app.view.refresh_entries()
            assert app.view.at_bottom and app.seen()[-1] == "message 229"

    async def test_the_servers_own_buffer_has_no_past(self):
        buffer = Buffer(network="test", name="test", kind=Kind.SERVER)
        app = ReaderApp(buffer)
        async with reading(app) as pilot:
            app.view.scroll_page(-1)
            await pilot.pause()
            assert app.heard == [] and buffer.timeline.above is Edge.UNKNOWN


class TestScrollbar:
    """The rightmost column."""

    async def test_it_is_hidden_when_everything_fits(self):
        app = ReaderApp(tea(3))
        async with reading(app):
            assert app.view.thumb is None
            assert all(app.view.render_line(y).text[-1] == " " for y in range(HEIGHT))

    async def test_it_stands_where_one_looks(self):
        app = ReaderApp(tea(100))
        async with reading(app):
            thumbs = []
            for place in (99, 50, 0):
                app.view.jump_to(app.view.viewport.timeline.at(place))  # type: ignore[union-attr]
                thumbs.append([y for y in range(HEIGHT) if app.view.render_line(y).text[-1] == "┃"])
            assert thumbs == [[9], [4], [0]] or thumbs == [[9], [5], [0]]

    async def test_a_click_and_a_drag_go_there(self):
        app = ReaderApp(tea(100))
        async with reading(app) as pilot:
            await pilot.mouse_down("#timeline", offset=(WIDTH - 1, 5))
            middle = app.view.viewport.lay_out()[0].index  # type: ignore[union-attr]
            assert 40 <= middle <= 60
            await pilot.hover("#timeline", offset=(WIDTH - 1, 0))
            assert app.seen()[1:3] == ["--day--", "message 0"] or app.seen()[0] == "--day--"
            await pilot.hover("#timeline", offset=(WIDTH - 1, HEIGHT - 1))
            await pilot.mouse_up("#timeline", offset=(WIDTH - 1, HEIGHT - 1))
            assert app.view.at_bottom and app.view.selected_text() == ""


class TestMessageFocus:
    """A message is selected by keys (row 13)."""

    async def test_it_begins_with_the_last_one_on_the_screen_and_moves(self):
        app = ReaderApp(tea(50))
        async with reading(app) as pilot:
            assert app.view.focus_message()
            await settle(pilot, lambda: app.focused is app.view)
            assert app.view.focused_entry is at(app, 49)
            await pilot.press("up", "k", "down")
            assert app.view.focused_entry is at(app, 48)
            assert app.drawn()[-2].startswith(("▌bob>", ">bob>"))

    async def test_it_scrolls_along(self):
        app = ReaderApp(tea(50))
        async with reading(app) as pilot:
            app.view.focus_message()
            await settle(pilot, lambda: app.focused is app.view)
            await pilot.press(*["up"] * 15)
            assert app.view.focused_entry is at(app, 34)
            assert app.seen()[0] == "message 34"
            await pilot.press(*["down"] * 30)
            assert app.view.focused_entry is at(app, 49) and app.seen()[-1] == "message 49"

    async def test_it_stays_on_the_message_when_things_arrive(self):
        app = ReaderApp(tea(50))
        async with reading(app) as pilot:
            app.view.focus_message()
            await settle(pilot, lambda: app.focused is app.view)
            before = app.seen()
            for number in range(50, 80):
                app.view.viewport.timeline.add(said(number))  # type: ignore[union-attr]
                app.view.refresh_entries()
            assert app.view.focused_entry is at(app, 49)
            assert app.seen()[:-1] == before[:-1] and app.seen()[-1] == "30 new messages below — Esc"

    @pytest.mark.parametrize("action", [action for action in ACTIONS if action.where == "timeline"], ids=str)
    async def test_every_key_of_the_table_does_something(self, action):
        app = ReaderApp(tea(50))
        async with reading(app) as pilot:
            app.view.focus_message()
            await settle(pilot, lambda: app.focused is app.view)
            await pilot.press("up")
            await pilot.press(action.keys[0])
            moved = app.view.focused_entry is not at(app, 48)
            said_so = [message.action for message in app.heard_of(TimelineView.MessageAction)] == [action.name]
            assert moved or said_so or app.heard_of(TimelineView.CopyRequested)

    async def test_a_copy_is_the_text_made_harmless(self):
        buffer = tea(0)
        buffer.timeline.add(said(1, "one\x1b[31m\ntwo"))
        app = ReaderApp(buffer)
        async with reading(app) as pilot:
            app.view.focus_message()
            await settle(pilot, lambda: app.focused is app.view)
            await pilot.press("c")
            assert [message.text for message in app.heard_of(TimelineView.CopyRequested)] == ["one␛[31m\ntwo"]

    async def test_escape_leaves_it_and_so_does_typing(self):
        app = ReaderApp(tea(50))
        async with reading(app) as pilot:
            for key in ("escape", "h"):
                app.view.focus_message()
                await settle(pilot, lambda: app.focused is app.view)
                await pilot.press(key)
                await settle(pilot, lambda: app.view.focused_entry is None)
                assert not app.view.can_focus and app.view.marked is None
            assert len(app.heard_of(TimelineView.Left)) == 2

    async def test_another_buffer_ends_it(self):
        app = ReaderApp(tea(50))
        async with reading(app) as pilot:
            app.view.focus_message()
            await settle(pilot, lambda: app.focused is app.view)
            app.view.show(tea(5))
            await settle(pilot, lambda: app.heard_of(TimelineView.Left))
            assert app.view.focused_entry is None

    async def test_a_deleted_message_is_passed_over(self):
        buffer = tea(5)
        removed = buffer.timeline.at(4)
        assert isinstance(removed, Said)
        removed.removed_by = "bob"
        app = ReaderApp(buffer)
        async with reading(app):
            app.view.focus_message()
            assert app.view.focused_entry is buffer.timeline.at(3)


class TestSelection:
    """A text is selected by the mouse (row 10)."""

    async def test_a_drag_selects_from_cell_to_cell(self):
        app = ReaderApp(tea(50))
        async with reading(app) as pilot:
            await drag(pilot, (TEXT_COLUMN + 3, 4), (TEXT_COLUMN + 6, 4))
            assert app.view.selected_text() == "sage"

    async def test_backwards_it_is_the_same(self):
        app = ReaderApp(tea(50))
        async with reading(app) as pilot:
            await drag(pilot, (TEXT_COLUMN + 6, 4), (TEXT_COLUMN + 3, 4))
            assert app.view.selected_text() == "sage"

    async def test_of_several_messages_the_names_come_along(self):
        app = ReaderApp(tea(50))
        async with reading(app) as pilot:
            await drag(pilot, (TEXT_COLUMN + 8, 4), (TEXT_COLUMN + 6, 6))
            first, second, third = (clock(at(app, number).time) for number in (44, 45, 46))
            assert app.view.selected_text() == (f"{first} <bob> 44\n{second} <bob> message 45\n{third} <bob> message")

    async def test_rows_of_one_line_are_joined_and_lines_are_not(self):
        buffer = tea(0)
        buffer.timeline.add(said(1, "x" * 60 + "\n\nend"))
        app = ReaderApp(buffer)
        async with reading(app) as pilot:
            await drag(pilot, (0, HEIGHT - 4), (WIDTH - 2, HEIGHT - 1))
            assert app.view.selected_text() == "x" * 60 + "\n\nend"

    async def test_it_survives_what_arrives_above_and_below(self):
        app = ReaderApp(tea(50))
        async with reading(app) as pilot:
            await drag(pilot, (TEXT_COLUMN, 4), (TEXT_COLUMN + 6, 4))
            timeline = app.view.viewport.timeline  # type: ignore[union-attr]
            timeline.load_above([said(-2), said(-1)], more=True)
            timeline.add(said(50))
            app.view.refresh_entries()
            app.view.scroll_page(-2)
            assert app.view.selected_text() == "message"

    async def test_beyond_the_edge_it_scrolls_for_as_long_as_the_mouse_is_there(self):
        app = ReaderApp(tea(200))
        async with reading(app) as pilot:
            app.view.jump_to(at(app, 100), mark=False)
            await pilot.mouse_down("#timeline", offset=(TEXT_COLUMN, 2))
            await pilot.hover("#timeline", offset=(TEXT_COLUMN, HEIGHT + 2))
            await settle(pilot, lambda: app.view.viewport.lay_out()[0].index > 110, seconds=0.02)  # type: ignore[union-attr]
            await pilot.mouse_up("#timeline", offset=(TEXT_COLUMN, HEIGHT + 2))
            assert app.view.selected_text().count("\n") > 10
            assert app.view._beyond is None

    async def test_twice_is_a_word_and_three_times_the_message(self):
        buffer = tea(0)
        buffer.timeline.add(said(1, "see https://example.org/a?b=c, please\nsoon"))
        app = ReaderApp(buffer)
        async with reading(app) as pilot:
            await pilot.click("#timeline", offset=(TEXT_COLUMN + 8, HEIGHT - 2), times=2)
            assert app.view.selected_text() == "https://example.org/a?b=c"
            await pilot.click("#timeline", offset=(TEXT_COLUMN + 8, HEIGHT - 2), times=3)
            assert app.view.selected_text() == "see https://example.org/a?b=c, please\nsoon"

    async def test_a_click_ends_it(self):
        app = ReaderApp(tea(50))
        async with reading(app) as pilot:
            await drag(pilot, (TEXT_COLUMN, 4), (TEXT_COLUMN + 6, 4))
            await pilot.click("#timeline", offset=(2, 2))
            assert app.view.selected_text() == ""

    async def test_wide_characters_are_selected_as_a_whole(self):
        buffer = tea(0)
        buffer.timeline.add(said(1, "a漢字👍b"))
        app = ReaderApp(buffer)
        async with reading(app) as pilot:
            await drag(pilot, (TEXT_COLUMN + 2, HEIGHT - 1), (TEXT_COLUMN + 3, HEIGHT - 1))
            assert app.view.selected_text() == "漢字"

    async def test_it_is_shown(self):
        app = ReaderApp(tea(50))
        async with reading(app) as pilot:
            plain = styles_of(app.view.render_line(4))
            await drag(pilot, (TEXT_COLUMN, 4), (TEXT_COLUMN + 6, 4))
            assert styles_of(app.view.render_line(4)) != plain
            assert app.view.render_line(4).text[:-1].rstrip() == app.drawn()[4]


class LinkPainter(FakePainter):
    """The text of each message leads somewhere: the meta of its style is that of `metas`, by the message's number."""

    metas: dict[str, dict[str, object]] = {}

    def rows(self, entry: Entry, above: Entry | None, unread: bool) -> list[Row]:
        rows = super().rows(entry, above, unread)
        if isinstance(entry, Said) and (meta := self.metas.get(entry.message.msgid)):
            last = rows[-1]
            strip = Strip([Segment(last.strip.text, Style(meta=meta))], self.width)
            rows[-1] = Row(strip, last.text, last.text_column, last.joins)
        return rows


class TestClicks:
    """What stands under a click (row 10)."""

    @pytest.mark.parametrize(
        ("meta", "kind", "fields"),
        [
            ({"url": "https://example.org"}, TimelineView.LinkClicked, {"url": "https://example.org"}),
            ({"nick": "eve"}, TimelineView.NickClicked, {"nick": "eve"}),
            ({"channel": "#tea"}, TimelineView.ChannelClicked, {"channel": "#tea"}),
            ({"react": "+1"}, TimelineView.MessageAction, {"action": "react", "value": "+1"}),
            ({"msgid": "lost"}, TimelineView.MessageAction, {"action": "quoted", "value": "lost"}),
        ],
    )
    async def test_it_is_told(self, monkeypatch, meta, kind, fields):
        monkeypatch.setattr(LinkPainter, "metas", {"m49": meta})
        app = ReaderApp(tea(50), LinkPainter)
        async with reading(app) as pilot:
            await pilot.click("#timeline", offset=(TEXT_COLUMN, HEIGHT - 2))
            assert app.heard == []
            await pilot.click("#timeline", offset=(TEXT_COLUMN, HEIGHT - 1))
            await settle(pilot, lambda: app.heard_of(kind))
            assert {name: getattr(app.heard[-1], name) for name in fields} == fields

    async def test_a_drag_over_a_link_does_not_open_it(self, monkeypatch):
        monkeypatch.setattr(LinkPainter, "metas", {"m49": {"url": "https://example.org"}})
        app = ReaderApp(tea(50), LinkPainter)
        async with reading(app) as pilot:
            await drag(pilot, (TEXT_COLUMN, HEIGHT - 1), (TEXT_COLUMN + 3, HEIGHT - 1))
            assert app.heard == [] and app.view.selected_text() == "mess"

    async def test_a_quote_leads_to_its_message(self, monkeypatch):
        monkeypatch.setattr(LinkPainter, "metas", {"m49": {"msgid": "m5"}})
        app = ReaderApp(tea(50), LinkPainter)
        async with reading(app) as pilot:
            await pilot.click("#timeline", offset=(TEXT_COLUMN, HEIGHT - 1))
            assert app.view.marked is at(app, 5)
            assert "message 5" in app.seen()

    async def test_who_came_and_went_unfolds(self):
        buffer = tea(50)
        joined = coming(50)
        joined.unfolded = True
        buffer.timeline.add(joined)
        app = ReaderApp(buffer)
        async with reading(app) as pilot:
            await pilot.click("#timeline", offset=(TEXT_COLUMN + 2, HEIGHT - 1))
            assert isinstance(joined, Comings) and not joined.unfolded
            assert app.seen()[-1] == "message 49"


class TestHover:
    """The message under the mouse (row 12)."""

    async def test_it_shows_its_whole_time_where_there_is_room(self):
        app = ReaderApp(tea(50))
        async with reading(app) as pilot:
            await pilot.hover("#timeline", offset=(TEXT_COLUMN, 4))
            assert app.drawn()[4].endswith(in_full(at(app, 44).time))
            await pilot.hover("#timeline", offset=(TEXT_COLUMN, 5))
            assert app.seen()[4] == "message 44"
            await pilot.hover(Input)
            await settle(pilot, lambda: app.view.hovered is None)

    async def test_without_room_there_is_none(self):
        buffer = tea(0)
        buffer.timeline.add(said(1, "x" * (WIDTH - TEXT_COLUMN - 3)))
        app = ReaderApp(buffer)
        async with reading(app) as pilot:
            before = app.drawn()
            await pilot.hover("#timeline", offset=(TEXT_COLUMN, HEIGHT - 1))
            assert app.view.hovered is at(app, 0) and app.drawn() == before


class TestCopyMode:
    """Bare text for the terminal's own selection (row 10)."""

    async def test_only_names_and_texts_are_drawn_from_the_first_column_on(self):
        buffer = tea(3)
        buffer.timeline.above = Edge.END
        buffer.timeline.add(said(3, " ".join(["word"] * 20)))
        app = ReaderApp(buffer)
        async with reading(app) as pilot:
            app.view.bare = True
            await pilot.pause()
            lines = [app.view.render_line(y).text.rstrip() for y in range(HEIGHT)]
            assert lines[-5:-2] == ["<bob> message 0", "<bob> message 1", "<bob> message 2"]
            assert " ".join(lines[-2:]) == "<bob> " + " ".join(["word"] * 20)
            assert app.view.render_line(0).cell_length == WIDTH

    async def test_nothing_moves_until_it_is_over(self):
        app = ReaderApp(tea(50))
        async with reading(app) as pilot:
            app.view.bare = True
            await pilot.pause()
            before = app.drawn()
            app.view.viewport.timeline.add(said(50))  # type: ignore[union-attr]
            app.view.refresh_entries()
            assert app.drawn()[:-1] == before[:-1]
            app.view.bare = False
            await pilot.pause()
            app.view.scroll_to_bottom()
            assert app.seen()[-1] == "message 50"


async def test_with_the_painter_of_the_theme_and_another_theme():
    app = ReaderApp(tea(50), None)
    async with reading(app) as pilot:
        first = styles_of(app.view.render_line(HEIGHT - 1))
        assert "message 49" in app.drawn()[-1]
        app.theme = "textual-light"
        await settle(pilot, lambda: styles_of(app.view.render_line(HEIGHT - 1)) != first)
        assert "message 49" in app.drawn()[-1]


def at(app: ReaderApp, place: int) -> Entry:
    """The entry at a place of the timeline that is shown."""
    assert app.view.viewport is not None
    return app.view.viewport.timeline.at(place)


def styles_of(strip: Strip) -> list[Style | None]:
    return [segment.style for segment in strip]


async def drag(pilot: Pilot[None], start: tuple[int, int], end: tuple[int, int]) -> None:
    await pilot.mouse_down("#timeline", offset=start)
    await pilot.hover("#timeline", offset=end)
    await pilot.mouse_up("#timeline", offset=end)
