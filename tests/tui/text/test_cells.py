"""How much room a text takes, and what is drawn instead of what terminals do not agree upon (UAX #11, UAX #29)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size

from ipcchat.tui.text.cells import CLUSTER_MAX, clusters, cut, draws_clusters, tame, width
from ipcchat.wire.printable import printable

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
STRANGE = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from("a \u4e2d\u0301\u200d\u200b\ufe0f\u3164\u1161\u0940\u00ad\U0001f468\U0001f3fd\U0001f1e9\u2764"),
    )
)


@pytest.mark.parametrize(
    ("said", "drawn"),
    [
        ("tea", "tea"),
        ("\u65e5\u672c", "\u65e5\u672c"),
        ("e\u0301t\u00e9", "e\u0301t\u00e9"),
        (FAMILY, "\U0001f468\U0001f469\U0001f467"),
        ("\U0001f44d\U0001f3fd", "\U0001f44d"),
        ("\u2764\ufe0f", "\u2764"),
        ("1\ufe0f\u20e3", "1\u20e3"),
        ("a\u200db", "ab"),
        ("a\u200bn\u2060n\u00ad", "ann"),
        ("\u3164\uffa0x", "\ufffd\ufffdx"),
        ("\u0301x", "\u25cc\u0301x"),
        ("\u1112\u1161\u11ab", "\ud55c"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
        ("\U0001f3fd", "\ufffd"),
    ],
)
def test_what_terminals_count_differently_is_written_in_another_way(said: str, drawn: str) -> None:
    assert tame(said) == drawn


@pytest.mark.parametrize("emoji", [FAMILY, "\U0001f44d\U0001f3fd", "\u2764\ufe0f", "\U0001f3f3\ufe0f\u200d\U0001f308"])
def test_a_terminal_that_draws_clusters_gets_them_whole(emoji: str) -> None:
    assert tame(emoji, joined=True) == emoji
    assert width(emoji) == 2


def test_letters_are_never_joined_for_the_second_would_not_be_counted() -> None:
    assert tame("a\u200db \u4e2d\u200d\u6587", joined=True) == "ab \u4e2d\u6587"


def test_a_heap_of_marks_is_cut_and_says_so() -> None:
    drawn = tame("e" + "\u0301" * 10_000)
    assert len(drawn) == CLUSTER_MAX + 1
    assert drawn.endswith("\ufffd")
    assert tame("\u0915" + "\u093e" * 100) == "\u0915\u093e\u093e\ufffd"


@given(STRANGE, st.booleans())
def test_what_is_drawn_is_as_wide_as_its_clusters(text: str, joined: bool) -> None:
    drawn = tame(printable(text), joined)
    found = clusters(drawn)
    assert "".join(drawn[start:end] for start, end, _ in found) == drawn
    assert sum(size for _, _, size in found) == width(drawn)
    assert all(end - start <= CLUSTER_MAX + 2 for start, end, _ in found)


@given(STRANGE)
def test_without_joined_clusters_every_character_counts_for_itself(text: str) -> None:
    drawn = tame(printable(text))
    assert sum(map(get_character_cell_size, drawn)) == cell_len(drawn)


@given(STRANGE, st.integers(0, 12))
def test_what_is_cut_fits_and_says_that_it_was_cut(text: str, cells: int) -> None:
    drawn = tame(printable(text))
    short = cut(drawn, cells)
    assert width(short) <= cells
    assert short == drawn or not cells or short.endswith("\u2026")


def test_a_flag_is_one_cluster() -> None:
    assert clusters("\U0001f1e9\U0001f1ea\U0001f1eb!") == [(0, 2, 2), (2, 3, 1), (3, 4, 1)]
    assert clusters("!\U0001f1e9") == [(0, 1, 1), (1, 2, 1)]


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "foot"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "ghostty"}, True),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux"}, False),
        ({"TERM": "xterm-256color"}, False),
        ({}, False),
    ],
)
def test_terminals_that_draw_clusters_are_known_by_their_variables(environ: dict[str, str], found: bool) -> None:
    assert draws_clusters(environ) is found
