"""What a selection copies (UX table, rows 10 and 16): whole characters, texts only, bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from textual.strip import Strip

from ipcchat.tui.model.buffer import Buffer
from ipcchat.tui.text.cells import clusters, tame, width
from ipcchat.tui.text.rows import Row
from ipcchat.tui.widgets import text_selection
from ipcchat.tui.widgets.row_store import RowStore
from ipcchat.tui.widgets.text_selection import FAR, Point, Selection, snapped, text_between, text_of, word_at
from ipcchat.tui.widgets.viewport import Viewport
from tests.tui.timeline_fakes import FakePainter, coming, row, said, tea

HEBREW = "\u05e9\u05dc\u05d5\u05dd"


def viewport(buffer: Buffer) -> Viewport:
    return Viewport(buffer.timeline, RowStore(FakePainter(40)), lambda timeline, above: [], 10)


def copied(view: Viewport, selection: Selection) -> str:
    found = selection.range(view)
    return text_of(view, found) if found is not None else ""


def whole(buffer: Buffer, first: int, last: int) -> Selection:
    """From the first cell of an entry to behind the last one of another."""
    return Selection(Point(buffer.timeline.at(first), 0, 0), Point(buffer.timeline.at(last), 9, FAR))


class TestRows:
    """Cells and characters of one row."""

    def test_half_a_wide_character_is_all_of_it(self):
        there = row("a\u6f22b", 40)
        assert snapped(there, 12, 13) == (11, 13)
        assert text_between(there, 11, 13) == "\u6f22"

    def test_what_stands_before_the_text_is_never_in_it(self):
        assert snapped(row("text", 40), 0, FAR) == (10, 14)
        assert snapped(row("text", 40), 0, 10) is None
        assert snapped(row("text", 40), 14, FAR) is None

    def test_a_row_in_another_order_is_taken_as_a_whole(self):
        seen = Row(Strip([Segment(" " * 10 + HEBREW[::-1])]), HEBREW, 10)
        assert snapped(seen, 11, 12) == (10, 14)
        assert text_between(seen, 11, 12) == HEBREW

    def test_a_word_goes_to_its_last_letter(self):
        there = row("(see #tea, it's https://a.b/c?d=e.)", 60)
        words = [word_at(there, 10 + place) for place in (1, 5, 9, 12, 20)]
        found = [there.text[word[0] - 10 : word[1] - 9] if word else None for word in words]
        assert found == ["see", "#tea", None, "it's", "https://a.b/c?d=e"]

    @given(st.text(max_size=40), st.integers(0, 60), st.integers(0, 60))
    def test_any_cells_give_whole_characters(self, text, first, behind):
        there = row(tame(text.replace("\n", "")), 80)
        cells = snapped(there, first, behind)
        if cells is None:
            return
        taken = text_between(there, *cells)
        assert taken in there.text
        edges = {there.text_column + sum(size for _, _, size in clusters(there.text)[:count]) for count in range(41)}
        assert {cells[0], cells[1]} <= edges and width(taken) >= cells[1] - cells[0]


class TestEntries:
    """What is selected over several entries."""

    def test_one_entry_has_no_name_and_several_have(self):
        buffer = tea(3)
        view = viewport(buffer)
        assert copied(view, whole(buffer, 1, 1)) == "message 1"
        assert [line.partition(" ")[2] for line in copied(view, whole(buffer, 0, 2)).split("\n")] == [
            "<bob> message 0",
            "<bob> message 1",
            "<bob> message 2",
        ]

    def test_the_order_of_the_ends_does_not_matter(self):
        buffer = tea(3)
        view = viewport(buffer)
        there = whole(buffer, 0, 2)
        assert copied(view, Selection(there.reached, there.pressed)) == copied(view, there)

    def test_what_is_hidden_is_not_copied(self):
        buffer = tea(1)
        buffer.timeline.add(coming(1))
        buffer.timeline.add(said(2))
        assert copied(viewport(buffer), whole(buffer, 0, 2)).count("\n") == 1

    def test_a_name_is_made_harmless(self):
        buffer = tea(1)
        buffer.timeline.add(said(1, nick="b\x1b[2Jb"))
        assert "\x1b" not in copied(viewport(buffer), whole(buffer, 0, 1))

    def test_an_end_that_was_let_go_ends_it(self):
        buffer = tea(9)
        there = whole(buffer, 1, 5)
        buffer.timeline.trim_above(5)
        assert there.range(viewport(buffer)) is None

    def test_there_are_only_so_many_and_the_text_says_so(self, monkeypatch):
        monkeypatch.setattr(text_selection, "SELECTED_ENTRIES_MAX", 3)
        buffer = tea(9)
        lines = copied(viewport(buffer), whole(buffer, 0, 8)).split("\n")
        assert len(lines) == 4 and lines[3] == "(6 more were selected; at most 3 are copied at once)"
