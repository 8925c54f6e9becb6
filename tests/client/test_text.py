"""What others wrote, on a terminal: hostile-input rows about terminal escapes, bidi controls and wide characters."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.client.text import cut, printable, width
from ipcchat.wire.formatting import strip_formatting

ANYTHING = st.text(st.characters(codec=None, categories=None))


@given(ANYTHING)
def test_nothing_printable_acts_on_a_terminal(text: str) -> None:
    shown = printable(text)
    assert not re.search(
        r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown
    )
    shown.encode()


@given(ANYTHING)
def test_printable_is_stable(text: str) -> None:
    assert printable(printable(text)) == printable(text)


@given(st.text(st.characters(categories=["L", "N", "P", "Zs", "So"])))
def test_ordinary_text_is_untouched(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x1b]0;owned\x07", "␛[2J␛]0;owned␇"),
        ("\x9b31mred", "\ufffd31mred"),
        ("a\r\nb", "a␍␊b"),
        ("evil\u202etxt.exe", "evil\ufffdtxt.exe"),
        ("\x7f", "␡"),
        ("👩\u200d🔬", "👩\u200d🔬"),
    ],
)
def test_what_is_taken_out_stays_visible(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (
            "\x02bold\x02 \x1ditalic\x1d \x1funder\x1f \x1estruck\x1e \x16rev\x16 \x11mono\x11\x0f",
            "bold italic under struck rev mono",
        ),
        ("\x0304,12red on blue\x03 plain", "red on blue plain"),
        ("\x03123 is three", "3 is three"),
        ("\x03,5 is a comma", ",5 is a comma"),
        ("\x04ff0000red\x04", "red"),
    ],
)
def test_formatting_leaves_no_trace(text: str, plain: str) -> None:
    """Modern IRC, Formatting: colour codes have one or two digits."""
    assert strip_formatting(text) == plain


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("👋", 2), ("", 0), ("a\u200db", 2)]
)
def test_width_counts_terminal_columns(text: str, columns: int) -> None:
    """Unicode Standard Annex 11."""
    assert width(text) == columns


@given(st.text(), st.integers(0, 50))
def test_a_cut_fits_and_is_a_beginning(text: str, columns: int) -> None:
    piece = cut(printable(text), columns)
    assert width(piece) <= columns
    assert printable(text).startswith(piece)


def test_the_replacement_signs_are_printable() -> None:
    assert all(unicodedata.category(sign) == "So" for sign in printable("\x00\x07\x1b\x7f\x80"))
