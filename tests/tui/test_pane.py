"""Lines of panes (ipcchat/tui/widgets/pane.py): row 16 of what people expect, whatever others are called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from ipcchat.tui.widgets.pane import CHARACTERS_MAX, as_seen, line, plain

HOSTILE = st.text(st.sampled_from("ab \x1b\x07\u202e\u200d\ufe0f\u0301日👩🏽🇩🇪שא()\n\x03\ue000\U000e0041"), max_size=40)


@given(st.lists(HOSTILE | st.text(), max_size=4), st.lists(HOSTILE, max_size=3), st.integers(0, 60))
def test_a_line_is_as_wide_as_its_pane_and_has_nothing_that_a_terminal_acts_on(left, right, columns):
    bold = Style(bold=True)
    strip = line([(plain(text), bold) for text in left], [(plain(text), bold) for text in right], columns, Style())
    assert strip.cell_length == cell_len(strip.text) == columns
    assert all(character.isprintable() or character == "\u00a0" or character > "\u0fff" for character in strip.text)
    assert not set(strip.text) & set("\x1b\x07\n\x03\u202e\u2066\x9b")


@pytest.mark.parametrize(
    ("left", "right", "columns", "expected"),
    [
        ("#tea", "12", 10, "#tea    12"),
        ("#announcements", "12", 10, "#annou… 12"),
        ("#tea", "", 3, "#t…"),
        ("日本語", "", 4, "日… "),
        ("#tea", "999+", 5, "  999+"[1:]),
        ("#tea", "999+", 3, "99…"),
        ("#tea", "12", 0, ""),
    ],
)
def test_the_left_side_is_cut_before_the_right_one(left, right, columns, expected):
    assert line([(left, Style())], [(right, Style())], columns, Style()).text == expected


def test_a_text_without_end_costs_no_more_than_what_is_shown_of_it():
    assert len(plain("x" * 100_000)) == CHARACTERS_MAX


def test_what_is_written_from_right_to_left_is_seen_so():
    assert as_seen("שלום") == "םולש"
    assert as_seen("tea (שלום)") == "tea (םולש)"
    assert as_seen("tea") == "tea"
    name = [("● ", Style()), ("שלום", Style())]
    assert line(name, [], 8, Style()).text == "● םולש  "
    assert line(name, [], 8, Style(), reorder=False).text == "● שלום  "
