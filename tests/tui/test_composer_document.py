"""Lines as the composer breaks and draws them: by clusters, as wide as they are counted, in the order they are read.

Checks Unicode Standard Annex 29 as far as emoji, accents and flags go, and HOSTILE texts.
"""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.document._document import Document
from textual.geometry import Offset

from ipcchat.tui.widgets.composer_document import (
    DRAWING,
    Drawing,
    Navigator,
    Rows,
    after,
    before,
    boundaries,
    harmless,
    row_cells,
    snapped,
    word_left,
    word_right,
    wraps,
)

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
WAVE = "\U0001f44b\U0001f3fd"
FLAG = "\U0001f1eb\U0001f1f7"
ACCENT = "e\u0301"
HEART = "\u2764\ufe0f"
SHALOM = "\u05e9\u05dc\u05d5\u05dd"

parts = st.sampled_from(
    [FAMILY, WAVE, FLAG, ACCENT, HEART, SHALOM, "a", "word", " ", "  ", "\u4f60\u597d", "-", "\u200d"]
)
lines = st.one_of(
    st.lists(parts, max_size=30).map("".join), st.text().map(lambda text: harmless(text).replace("\n", " "))
)


def rows_of(text: str, width: int, drawing: Drawing = DRAWING) -> Rows:
    """A text broken into rows."""
    made = Rows(Document(text), drawing)
    made.wrap(width)
    return made


def drawn(text: str, width: int = 0, drawing: Drawing = DRAWING) -> list[str]:
    """The rows of a text as they are drawn, without the room for the cursor."""
    made = rows_of(text, width, drawing)
    found = []
    for y in range(made.height):
        row = made.row(y)
        assert row is not None
        found.append("".join(cell.text for cell in row[1]).rstrip(" "))
    return found


@pytest.mark.parametrize("cluster", [FAMILY, WAVE, FLAG, ACCENT, HEART, "\u0915\u093f"])
def test_the_cursor_passes_a_cluster_in_one_step(cluster: str):
    line = f"a{cluster}b"
    assert after(line, 1) == 1 + len(cluster)
    assert before(line, 1 + len(cluster)) == 1
    for column in range(2, 1 + len(cluster)):
        assert snapped(line, column) == 1 + len(cluster)


def test_two_flags_are_two_steps():
    line = FLAG + FLAG
    assert boundaries(line) == [0, 2, 4]


@given(lines)
def test_left_and_right_stop_at_the_same_places(line: str):
    there, back = [0], [len(line)]
    while there[-1] < len(line):
        there.append(after(line, there[-1]))
    while back[-1] > 0:
        back.append(before(line, back[-1]))
    assert there == back[::-1]


@given(lines, st.integers(2, 30), st.booleans())
def test_no_row_is_wider_than_asked_for_and_none_begins_inside_of_a_cluster(line: str, width: int, joined: bool):
    breaks = [0, *wraps(line, width, joined), len(line)]
    assert breaks == sorted(breaks)
    for start, end in pairwise(breaks):
        cells = row_cells(line, start, end, width, Drawing(joined=joined, reorder=False))
        assert line.isascii() or {cell.column for cell in cells} <= set(boundaries(line))
        shown = "".join(cell.text for cell in cells if cell.column < len(line))
        widest = max((cell.width for cell in cells), default=0)
        assert cell_len(shown) == sum(cell.width for cell in cells if cell.column < len(line))
        assert cell_len(shown) <= max(width, widest)


@given(lines, st.integers(2, 30))
def test_a_click_on_a_cluster_finds_the_place_where_the_cursor_is_drawn(line: str, width: int):
    rows = rows_of(line, width)
    for y in range(rows.height):
        found = rows.row(y)
        assert found is not None
        for cell in found[1]:
            if cell.width:
                assert rows.offset_to_location(Offset(cell.x, y)) == (0, cell.column)
                assert rows.location_to_offset((0, cell.column)) == (cell.x, y)


def test_words_are_kept_whole_and_spaces_hang_over_the_edge():
    assert drawn("hello big world", 5) == ["hello", "big", "world"]
    assert drawn("hello     world", 5) == ["hello", "world"]
    assert drawn("ab abcdefgh x", 5) == ["ab ab", "cdefg", "h x"]


def test_lines_are_rows_of_their_own():
    assert drawn("one\n\ntwo", 10) == ["one", "", "two"]


def test_what_terminals_draw_differently_is_drawn_in_its_parts():
    assert drawn(FAMILY + WAVE) == [FAMILY.replace("\u200d", "") + WAVE[0]]
    assert drawn(FAMILY, drawing=Drawing(joined=True)) == [FAMILY]


def test_the_invisible_is_seen():
    assert drawn("\u200d") == ["\ufffd"]


def test_text_from_right_to_left_is_drawn_as_it_is_read():
    assert drawn(f"say {SHALOM} now") == [f"say {SHALOM[::-1]} now"]
    assert drawn(f"say {SHALOM} now", drawing=Drawing(reorder=False)) == [f"say {SHALOM} now"]


def test_the_cursor_goes_from_right_to_left_with_the_text():
    rows = rows_of(f"a {SHALOM}", 20)
    places = [rows.location_to_offset((0, column)).x for column in range(7)]
    assert places == [0, 1, 5, 4, 3, 2, 6]


def test_a_line_that_begins_from_right_to_left_ends_at_the_left():
    rows = rows_of(SHALOM, 20)
    assert [rows.location_to_offset((0, column)).x for column in range(5)] == [4, 3, 2, 1, 0]


def test_a_long_line_from_right_to_left_is_put_in_order_row_by_row():
    words = " ".join([SHALOM] * 300)
    assert drawn(words, 9)[0] == f"{SHALOM[::-1]} {SHALOM[::-1]}"


def test_up_and_down_keep_the_place_on_the_screen():
    rows = rows_of(f"ab{FAMILY}cd\nxxxxxxxxxx", 20)
    navigator = Navigator(rows)
    assert navigator.get_location_below((0, 7)) == (1, 8)
    assert navigator.get_location_above((1, 8)) == (0, 7)
    assert navigator.get_location_above((1, 5)) == (0, 2)
    assert navigator.get_location_above((0, 3)) == (0, 0)
    assert navigator.get_location_below((1, 3)) == (1, 10)


def test_end_stays_in_its_row_where_another_follows():
    navigator = Navigator(rows_of("hello big world", 9))
    assert navigator.get_location_end((0, 1)) == (0, 9)
    assert navigator.get_location_end((0, 10)) == (0, 15)


@pytest.mark.parametrize(
    ("line", "column", "left", "right"),
    [
        ("ann: hello", 5, 0, 10),
        ("hello, world", 12, 7, 12),
        ("hello, world", 3, 0, 5),
        (f"caf{ACCENT} now", 5, 0, 9),
        ("hi \U0001f600", 4, 3, 4),
        ("a_b c-d", 7, 6, 7),
        ("", 0, 0, 0),
    ],
)
def test_words_are_those_of_readline_and_an_emoji_is_one(line: str, column: int, left: int, right: int):
    assert word_left(line, column) == left
    assert word_right(line, column) == right


@given(st.text(st.characters()))
def test_nothing_that_a_terminal_acts_on_comes_in(text: str):
    clean = harmless(text)
    assert harmless(clean) == clean
    for character in clean:
        assert character == "\n" or unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
    assert not set(clean) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\ufeff")


def test_line_ends_become_one_kind_and_tabs_become_spaces():
    assert harmless("a\r\nb\rc\u2028d\te\x1b[31m") == "a\nb\nc\nd    e[31m"
