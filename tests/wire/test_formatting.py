"""Formatting codes (Modern IRC "Formatting", https://modern.ircdocs.horse/formatting)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.wire.formatting import is_formatted, strip_formatting


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("", ""),
        ("plain 12,3", "plain 12,3"),
        ("\x02bold\x0f \x1ditalics\x1d \x1funderline\x1f", "bold italics underline"),
        ("\x1estruck\x1e \x11code\x11 \x16reverse\x16", "struck code reverse"),
        ("\x034red\x03 \x0304,12both\x03", "red both"),
        ("\x03,5 is no colour", ",5 is no colour"),
        ("\x03123", "3"),
        ("\x04ff0000hex\x04 \x04FF0000,00ff00both", "hex both"),
        ("\x04ff00short", "ff00short"),
    ],
)
def test_codes_are_found_and_taken_out(text, plain):
    assert strip_formatting(text) == plain
    assert is_formatted(text) == (text != plain)


@given(st.text(st.sampled_from("\x02\x03\x04\x0f\x1f12,abF ")))
def test_no_code_is_left(text):
    assert not is_formatted(strip_formatting(text))
