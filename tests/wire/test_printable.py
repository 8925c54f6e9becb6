"""What others wrote is harmless for a terminal (ECMA-48 controls, Unicode UAX 9), and mIRC formatting is dropped.

Specification of the formatting: Modern IRC "Formatting"."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.wire.printable import printable


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[2J\x07", "\u241b[2J\u2407"),
        ("a\x9bb\x7f", "a\ufffdb\u2421"),
        ("one\r\ntwo\u2028three", "one\u240d\u240atwo\ufffdthree"),
        ("\u202eevil\u2069", "\ufffdevil\ufffd"),
        ("\x02bold\x02 \x0304,12red\x0f", "bold red"),
    ],
)
def test_what_a_terminal_acts_on_is_shown(written: str, shown: str):
    assert printable(written) == shown


@given(st.text())
def test_nothing_that_a_terminal_acts_on_is_left(text: str):
    shown = printable(text)
    assert all(unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp") for character in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
