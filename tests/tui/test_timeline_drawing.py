"""Lines of the timeline as cells: as wide as the screen, and legible without colours (UX table, rows 7 and 16)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style
from textual.strip import Strip

from ipcchat.tui.model.entries import Comings
from ipcchat.tui.widgets.row_store import RowStore
from ipcchat.tui.widgets.timeline_drawing import (
    HOVERED,
    MARKED,
    Brush,
    Shown,
    centred,
    differing,
    edge_row,
    has_room,
    segment_at,
    thumb_of,
)
from ipcchat.tui.widgets.viewport import Viewport
from tests.tui.timeline_fakes import FakePainter, coming, row, said, tea

NONE = Style.null()
BRUSH = Brush(
    width=40,
    bare=False,
    base=Style(color="white", bgcolor="black"),
    hovered=Style(bgcolor="grey19"),
    marked=Style(bgcolor="blue"),
    mark=Style(color="cyan"),
    selection=Style(reverse=True),
    quiet=Style(dim=True),
    bar=Style(bold=True),
    thumb=NONE,
)
WITHOUT_TINTS = replace(BRUSH, hovered=NONE, marked=NONE)


def style_at(strip: Strip, cell: int) -> Style:
    """The style of a cell."""
    segment = segment_at(strip, cell)
    return (segment.style or NONE) if segment is not None else NONE


class TestBrush:
    """One line."""

    def test_a_marked_line_has_a_sign_that_is_another_one_where_there_is_no_tint(self):
        shown = Shown(row("text", 39), tint=MARKED)
        assert BRUSH.draw(shown).text.startswith("▌")
        assert WITHOUT_TINTS.draw(shown).text.startswith(">")

    def test_a_tint_lies_under_the_text(self):
        strip = BRUSH.draw(Shown(row("text", 39), tint=HOVERED))
        assert style_at(strip, 12).bgcolor == BRUSH.hovered.bgcolor

    def test_selected_cells_are_over_everything(self):
        strip = BRUSH.draw(Shown(row("text", 39), selected=(10, 12), tint=MARKED))
        assert [cell for cell in range(40) if style_at(strip, cell).reverse] == [10, 11]

    def test_the_thumb_is_in_the_last_column(self):
        assert BRUSH.draw(Shown(thumb=True)).text == " " * 39 + "┃"

    @given(
        st.text(alphabet="ab \u6f22\u0301", max_size=60),
        st.sampled_from(["", HOVERED, MARKED]),
        st.none() | st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted).map(tuple),
        st.text(alphabet="n\u6f22", max_size=60),
        st.booleans(),
    )
    def test_every_line_is_as_wide_as_the_screen(self, text, tint, selected, bar, bare):
        brush = replace(BRUSH, bare=bare)
        strip = brush.draw(Shown(row(text, 39), selected, tint, "", bar, True))
        assert strip.cell_length == 40 and sum(segment.cell_length for segment in strip) == 40


class TestThumb:
    """The scrollbar."""

    @pytest.mark.parametrize("count", [20, 100, 5_000])
    def test_going_where_the_thumb_is_goes_nearly_nowhere(self, count):
        view = Viewport(tea(count).timeline, RowStore(FakePainter(39)), lambda timeline, above: [], 10)
        for place in (0, count // 4, count // 3):
            view.jump(place)
            thumb = thumb_of(view, view.lay_out())
            assert thumb is not None
            assert abs(thumb.fraction(thumb.start) * count - place) <= count / 10 + 1

    def test_of_one_long_entry_its_rows_count(self):
        buffer = tea(0)
        buffer.timeline.add(said(1, "x" * 3_000))
        view = Viewport(buffer.timeline, RowStore(FakePainter(39)), lambda timeline, above: [], 10)
        thumb = thumb_of(view, view.lay_out())
        assert thumb is not None and (thumb.start, thumb.size) == (9, 1)
        view.jump(0)
        thumb = thumb_of(view, view.lay_out())
        assert thumb is not None and thumb.start == 0

    def test_it_is_not_there_when_everything_fits(self):
        view = Viewport(tea(3).timeline, RowStore(FakePainter(39)), lambda timeline, above: [], 10)
        assert thumb_of(view, view.lay_out()) is None

    def test_who_comes_unseen_needs_no_room(self):
        class Hiding(FakePainter):
            def rows(self, entry, above, unread):
                return [] if isinstance(entry, Comings) else super().rows(entry, above, unread)

        buffer = tea(0)
        for entry in (coming(0), said(1), said(2)):
            buffer.timeline.add(entry)
        view = Viewport(buffer.timeline, RowStore(Hiding(39)), lambda timeline, above: [], 10)
        assert thumb_of(view, view.lay_out()) is None


@given(st.text(max_size=60), st.integers(1, 80))
def test_a_text_in_the_middle_fills_its_columns(text, columns):
    assert edge_row(text.replace("\n", ""), columns).strip.cell_length == columns
    assert len("".join(centred("a" * len(text), columns))) == columns


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=20))
def test_the_lines_that_differ_are_found_in_runs(pairs):
    old, new = [Shown(time=str(before)) for before, _ in pairs], [Shown(time=str(after)) for _, after in pairs]
    found = [y for start, rows in differing(old, new) for y in range(start, start + rows)]
    assert found == [y for y, (before, after) in enumerate(pairs) if before != after]


def test_there_is_room_where_the_end_is_blank():
    assert has_room(row("text", 39), "12:00", 39)
    assert not has_room(row("x" * 25, 39), "12:00", 39)
    assert not has_room(row("", 5), "12:00", 5)
