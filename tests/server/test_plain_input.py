"""Typed bytes to lines: line ends, telnet (RFC 854), keys, UTF-8."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.core.limits import Limits
from ipcchat.server.plain_input import END, TYPED_BYTES_MAX, TypedLines, edited
from ipcchat.wire.message import WireError

LIMITS = Limits()


def lines_of(*pieces: bytes) -> list[bytes | WireError]:
    """The lines of bytes that came in these pieces."""
    lines = TypedLines(LIMITS)
    for piece in pieces:
        lines.feed(piece)
    return lines.take(1_000)


def texts_of(*pieces: bytes) -> list[str]:
    """The same, edited; what is none is its code."""
    found = [line if isinstance(line, WireError) else edited(line) for line in lines_of(*pieces)]
    return [text.code if isinstance(text, WireError) else text for text in found]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r\0", b"\r"])
def test_a_line_ends_as_people_end_lines(end: bytes):  # RFC 854 "The NVT printer and keyboard"
    assert texts_of(b"one" + end + b"two" + end + b"half") == ["one", "two"]


@given(st.lists(st.integers(1, 30)))
def test_the_same_bytes_give_the_same_lines_wherever_they_are_cut(cuts: list[int]):
    typed = b"one\r\ntwo\r\0\xff\xfd\x1fthree\r\r\n\n\xff\xfa\x18\x00\xff\xf0four\x08\x08ur\n"
    pieces, start = [], 0
    for cut in cuts:
        pieces.append(typed[start : start + cut])
        start += cut
    assert texts_of(*pieces, typed[start:]) == ["one", "two", "three", "", "four"]


def test_empty_lines_are_one_answer():
    assert texts_of(b"\n", b"\n", b"a\n\n\n\nb\n") == ["", "a", "", "b"]


def test_telnet_is_refused_once_for_each_option():  # RFC 854 "Default and minimal implementation"
    lines = TypedLines(LIMITS)
    lines.feed(b"\xff\xfb\x1f\xff\xfd\x03\xff\xfb\x1f\xff\xfe\x03\xff\xfc\x1fann\n")
    assert lines.telnet.take_answers() == b"\xff\xfe\x1f\xff\xfc\x03"
    assert lines.telnet.take_answers() == b""
    assert lines.take(9) == [b"ann"]


def test_what_is_hidden_is_shown_again():  # RFC 857
    lines = TypedLines(LIMITS)
    lines.telnet.hide()
    assert lines.telnet.take_answers() == b"\xff\xfb\x01"
    lines.feed(b"\xff\xfd\x01secret\n")
    assert lines.telnet.take_answers() == b"", "its consent needs no answer"
    lines.telnet.show()
    assert lines.telnet.take_answers() == b"\xff\xfc\x01\r\n"


@pytest.mark.parametrize("typed", [b"half\xff\xf4\xff\xfd\x06", b"\xff\xec", b"\x04\n"])
def test_an_interrupt_ends(typed: bytes):  # RFC 854 IP, RFC 1184 EOF
    assert texts_of(typed, b"more\n") == ([END] if typed[-1] != 10 else [END, "more"])


def test_a_doubled_IAC_is_a_byte_that_is_no_text():  # RFC 854
    assert texts_of(b"caf\xff\xff\n") == ["INVALID_UTF8"]


def test_telnets_own_keys_rub_out():  # RFC 854 EC, EL
    assert texts_of(b"anx\xff\xf7n\n", b"wrong\xff\xf8right\n") == ["ann", "right"]


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("anx\x7fn", "ann"),
        ("\x08\x08ann", "ann"),
        ("caf\u00e8\x08\u00e9", "caf\u00e9"),
        ("say this\x17that", "say that"),
        ("word\x17", ""),
        ("wrong\x15right", "right"),
        ("wrong\x03right", "right"),
        ("half\x04", "half"),
        ("a\tb\x00c\x1ad", "a bcd"),
        ("\x1b[A\x1b[1;5Cup\x1bOP", "up"),
        ("\x1b[31mred\x1b[0m", "red"),
    ],
)
def test_keys(typed: str, text: str):
    assert edited(typed.encode()) == text


def test_a_line_that_is_too_long_is_refused_with_words():
    long = b"x" * (TYPED_BYTES_MAX + 1)
    (error, after) = lines_of(long + b"\nafter\n")
    assert isinstance(error, WireError)
    assert (error.code, after) == ("LINE_TOO_LONG", b"after")
    assert str(TYPED_BYTES_MAX) in str(error)


def test_bytes_without_an_end_are_an_overrun():
    lines = TypedLines(LIMITS)
    lines.feed(b"x" * (LIMITS.unterminated_bytes_max + 1))
    assert lines.overrun


@given(st.lists(st.binary()))
def test_no_bytes_are_a_mistake_of_ours(pieces: list[bytes]):
    for text in texts_of(*pieces, b"\n"):
        assert not set(text) & set(map(chr, range(32))) - {END}
