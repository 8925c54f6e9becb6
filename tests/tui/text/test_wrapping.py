"""Where lines break: no cluster is cut, no row is too wide, nothing is lost."""

from __future__ import annotations

from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.tui.text.cells import clusters, tame, width
from ipcchat.tui.text.wrapping import wrap
from ipcchat.wire.printable import printable

TEXTS = st.text(
    alphabet=st.one_of(st.sampled_from("ab  -/\u4e2d\u3002\u0301\u200d\ufe0f\U0001f468\U0001f1e9"), st.characters())
)


def rows(text: str, columns: int, *, first: int | None = None, hang: int = 0) -> list[str]:
    """The rows as they are drawn."""
    return [" " * piece.indent + text[piece.start : piece.end] for piece in wrap(text, columns, first=first, hang=hang)]


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("", 10, [""]),
        ("tea at five", 11, ["tea at five"]),
        ("tea at five", 10, ["tea at", "five"]),
        ("tea   at", 4, ["tea", "at"]),
        ("  tea at five", 9, ["  tea at", "five"]),
        ("  abcdefgh", 6, ["  abcd", "efgh"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("see http://a.example/long/path", 20, ["see http://a.", "example/long/path"]),
        ("well so https://example.org/abc", 12, ["well so", "https://", "example.org/", "abc"]),
        ("state-of-the-art", 12, ["state-of-", "the-art"]),
        ("\u65e5\u672c\u8a9e\u3067\u3059\u3002", 10, ["\u65e5\u672c\u8a9e\u3067", "\u3059\u3002"]),
        ("ok \u65e5\u672c\u8a9e", 7, ["ok \u65e5\u672c", "\u8a9e"]),
        ("e\u0301e\u0301e\u0301", 2, ["e\u0301e\u0301", "e\u0301"]),
    ],
)
def test_a_line_breaks_where_people_expect_it(text: str, columns: int, expected: list[str]) -> None:
    assert rows(text, columns) == expected


def test_the_first_row_may_be_shorter_and_the_others_indented() -> None:
    assert rows("one two three four", 9, first=4, hang=2) == ["one", "  two", "  three", "  four"]


@given(TEXTS, st.integers(2, 12), st.integers(2, 12), st.booleans())
def test_nothing_is_lost_or_cut_and_nothing_is_too_wide(text: str, columns: int, first: int, joined: bool) -> None:
    tamed = tame(printable(text), joined)
    pieces = list(wrap(tamed, columns, first=first))
    edges = {0, len(tamed), *(start for start, _, _ in clusters(tamed))}
    assert "".join(tamed[piece.start : piece.following] for piece in pieces) == tamed
    assert all(one.following == other.start for one, other in pairwise(pieces))
    for number, piece in enumerate(pieces):
        assert {piece.start, piece.end} <= edges
        assert width(tamed[piece.start : piece.end]) <= (columns if number else first)
        assert set(tamed[piece.end : piece.following]) <= {" "}


def test_a_wide_character_in_one_column_is_a_row_for_itself() -> None:
    assert rows("\u65e5\u672c", 1) == ["\u65e5", "\u672c"]


def test_who_stops_early_pays_for_no_more() -> None:
    assert len(list(islice(wrap("x" * 10**6, 10), 5))) == 5
