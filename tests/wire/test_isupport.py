"""The tokens of 005.

Rules:
1. Each test names the text it checks: Modern IRC "RPL_ISUPPORT (005)" and its parameters.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.wire.isupport import TOKENS_PER_LINE_MAX, format_isupport, format_token, merge_isupport, parse_token
from ipcchat.wire.message import Message, WireError, format_message, parse

NAMES = st.from_regex(r"\A[A-Z0-9./][A-Za-z0-9./-]{0,9}\Z")
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=60)


@given(st.dictionaries(NAMES, VALUES, max_size=40))
def test_what_is_told_is_understood(tokens):  # Modern IRC "RPL_ISUPPORT"
    known: dict[str, str] = {}
    for line in format_isupport(tokens):
        assert 1 <= len(line) <= TOKENS_PER_LINE_MAX
        text = format_message(Message("005", ["n" * 32, *line, "are supported by this server"], "s" * 63))
        assert len(text.encode()) <= 510
        merge_isupport(known, parse(text).params[1:-1])
    assert known == tokens
    assert list(known) == list(tokens)


def test_thirteen_tokens_a_line():  # Modern IRC "RPL_ISUPPORT": at most 13
    assert [len(line) for line in format_isupport({f"T{number}": "" for number in range(30)})] == [13, 13, 4]
    assert format_isupport({}) == []


def test_a_token_too_long_for_a_line_stands_alone():
    assert format_isupport({"A": "1", "B": "x" * 400, "C": "3"}) == [["A=1"], ["B=" + "x" * 400], ["C=3"]]


@pytest.mark.parametrize(
    ("token", "name", "value"),
    [
        ("NICKLEN=32", "NICKLEN", "32"),
        ("UTF8ONLY", "UTF8ONLY", ""),
        ("EXCEPTS=", "EXCEPTS", ""),
        ("-EXCEPTS", "EXCEPTS", None),
        ("NETWORK=The\\x20Net\\x3d\\x5C", "NETWORK", "The Net=\\"),
        ("A=\\x41\\q", "A", "\\x41\\q"),
        ("A=b=c", "A", "b=c"),
    ],
)
def test_tokens_are_read(token, name, value):  # Modern IRC "RPL_ISUPPORT": value, escapes, negation
    assert parse_token(token) == (name, value)


def test_values_are_escaped():  # Modern IRC "RPL_ISUPPORT": \x20, \x3D, \x5C
    assert format_token("NETWORK", "The Net=\\") == "NETWORK=The\\x20Net\\x3D\\x5C"
    assert format_token("UTF8ONLY") == "UTF8ONLY"


def test_a_token_is_taken_back():  # Modern IRC "RPL_ISUPPORT": -PARAMETER
    assert format_isupport({"A": "1", "MONITOR": None}) == [["A=1", "-MONITOR"]]
    known = {"MONITOR": "100"}
    merge_isupport(known, ["-MONITOR", "-NEVERSEEN", "=odd", "NICKLEN=32"])
    assert known == {"NICKLEN": "32"}


@pytest.mark.parametrize("name", ["", "-A", "A B", "A=B", "Ä", "A" * 65])
def test_a_bad_name_is_refused(name):  # Modern IRC "RPL_ISUPPORT"
    with pytest.raises(WireError) as refused:
        format_token(name)
    assert refused.value.code == "BAD_TOKEN"
