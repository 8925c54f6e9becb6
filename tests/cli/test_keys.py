"""Bytes from a terminal to keys: xterm's control sequences, UTF-8, bracketed paste, cut anywhere."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.cli.keys import Key, KeyReader


def keys(*pieces: bytes) -> list[Key]:
    reader = KeyReader()
    return [key for piece in pieces for key in reader.feed(piece)]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\r", "enter"),
        (b"\n", "enter"),
        (b"\t", "tab"),
        (b"\x7f", "backspace"),
        (b"\x08", "backspace"),
        (b"\x01", "ctrl-a"),
        (b"\x03", "ctrl-c"),
        (b"\x1b[A", "up"),
        (b"\x1bOA", "up"),
        (b"\x1b[3~", "delete"),
        (b"\x1b[1;5D", "word-left"),
        (b"\x1b\r", "newline"),
        (b"\x1bf", "word-right"),
    ],
)
def test_keys_have_names(data: bytes, name: str) -> None:
    assert keys(data) == [Key(name)]


def test_text_is_text() -> None:
    assert keys("aé日👋".encode()) == [Key("text", sign) for sign in "aé日👋"]


def test_pasted_lines_are_one_key_and_no_commands() -> None:
    assert keys(b"\x1b[200~one\r\ntwo\x03\rthree\x1b[201~x") == [Key("paste", "one\ntwo\x03\nthree"), Key("text", "x")]


@pytest.mark.parametrize("data", [b"\x1b[99;99u", b"\x1b[?1;2c", b"\x1bq", b"\x00", b"\x1b[M"])
def test_what_is_not_known_never_becomes_text(data: bytes) -> None:
    assert keys(data) == []


def test_a_lone_esc_is_let_go_after_a_moment() -> None:
    reader = KeyReader()
    assert reader.feed(b"\x1b") == []
    assert reader.is_waiting
    reader.flush()
    assert reader.feed(b"a") == [Key("text", "a")]


SCRIPT = "añ\x1b[A\x1b[1;5C\x1b[200~x\r\ny\x1b[20\x1b[201~\x1bOHé👋\r".encode()


@given(st.lists(st.integers(0, len(SCRIPT)), max_size=8))
def test_it_does_not_matter_where_the_bytes_are_cut(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(SCRIPT)]
    assert keys(*(SCRIPT[start:stop] for start, stop in pairwise(places))) == keys(SCRIPT)


@given(st.lists(st.binary(max_size=20), max_size=5))
def test_no_bytes_raise(pieces: list[bytes]) -> None:
    assert all(key.name for key in keys(*pieces))
