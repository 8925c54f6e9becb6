"""Breaking lines for a terminal: under their text, never inside a word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.cli.terminal import SGR, wrap
from ipcchat.client.text import width


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("short", "short"),
        ("[17:03] <ann> one two three four five six", "[17:03] <ann> one two three\r\n        four five six"),
        ("-- one two three four five six seven", "-- one two three four five\r\n   six seven"),
        (
            "[17:03] <ann> https://example.test/a/very/long/link x",
            "[17:03] <ann>\r\n        https://example.test/a/very/long/link x",
        ),
    ],
)
def test_lines_continue_under_their_text(line: str, shown: str) -> None:
    assert wrap(line, 30) == shown


def test_colours_take_no_room() -> None:
    line = "\x1b[2m[17:03]\x1b[0m <\x1b[31mann\x1b[0m> hello"
    assert wrap(line, 30) == line


@given(
    st.lists(st.text(st.characters(categories=["L", "So"]), min_size=1, max_size=12), max_size=30), st.integers(40, 100)
)
def test_nothing_is_lost_and_every_row_fits(words: list[str], columns: int) -> None:
    line = "[17:03] " + " ".join(words)
    rows = wrap(line, columns).split("\r\n")
    assert all(width(SGR.sub("", row)) < columns for row in rows)
    assert " ".join(row.strip(" ") for row in rows) == line.rstrip(" ")
