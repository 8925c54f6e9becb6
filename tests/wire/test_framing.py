"""Bytes to lines: every cut point, every ending, every limit.

Rules:
1. Each test names the text it checks: RFC 2812 2.3, Modern IRC "Message Format", IRCv3 message-tags "Size limit".
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.wire.framing import LineBuffer
from ipcchat.wire.message import WireError, parse

ENDLESS = 1_000_000
PIECES = st.sampled_from(
    [
        b"\n",
        b"\r\n",
        b"\r\r\n",
        b"\r",
        b"A",
        b"PING x",
        b" ",
        b"@",
        b"@a=b ",
        b"x" * 9,
        b"\r" * 40,
        b"\xc3\xa9",
        b"@" + b"t" * 30,
    ]
)


def lines(buffer: LineBuffer, pieces: Iterable[bytes], limit: int = ENDLESS) -> list[bytes | str]:
    """What the buffer gives for these pieces, taken after each; an error is shown by its code."""
    heard: list[bytes | str] = []
    for piece in pieces:
        buffer.feed(piece)
        while taken := buffer.take(limit):
            assert len(taken) <= limit
            heard += [line.code if isinstance(line, WireError) else line for line in taken]
    return heard


def test_every_cut_point_gives_the_same_lines():  # RFC 2812 2.3: TCP has no records
    stream = "NICK ann\r\nUSER a 0 * :Änn\n\r\nPRIVMSG #a :smile \U0001f600\r\r\n@a=b TAGMSG #a\r\nhalf".encode()
    whole = lines(LineBuffer(), [stream])
    assert len(whole) == 4
    for cut in range(len(stream) + 1):
        assert lines(LineBuffer(), [stream[:cut], stream[cut:]]) == whole
    assert lines(LineBuffer(), [stream[at : at + 1] for at in range(len(stream))]) == whole


@given(st.lists(PIECES, max_size=30), st.lists(st.integers(0, 300), max_size=6), st.integers(1, 4))
def test_limits_and_endings_do_not_depend_on_the_cuts(pieces, cuts, limit):  # RFC 2812 2.3; message-tags "Size limit"
    stream = b"".join(pieces)
    edges = [0, *sorted(cuts), len(stream)]
    cut_up = [stream[start:end] for start, end in pairwise(edges)]
    whole = lines(LineBuffer(12, 20, 60), [stream])
    assert lines(LineBuffer(12, 20, 60), cut_up, limit) == whole
    assert lines(LineBuffer(12, 20, 60), [stream[at : at + 1] for at in range(len(stream))]) == whole


@given(st.lists(st.text("ab é", min_size=1, max_size=9), max_size=20), st.sampled_from([b"\n", b"\r\n", b"\r\r\r\n"]))
def test_compat_line_endings(texts, ending):  # RFC 2812 2.3 has CR LF; COMPAT: LF, and any run of CR before it
    stream = b"".join(text.encode() + ending for text in texts)
    assert lines(LineBuffer(), [stream]) == [text.encode() for text in texts]


def test_half_a_line_is_nothing():  # Modern IRC "Message Format": a message ends with CR LF
    buffer = LineBuffer()
    assert lines(buffer, [b"PING x"]) == []
    assert buffer.pending_bytes == 6
    assert lines(buffer, [b"\r"]) == []
    assert lines(buffer, [b"\n"]) == [b"PING x"]
    assert buffer.pending_bytes == 0


def test_a_cr_inside_a_line_stays_for_the_parser_to_refuse():  # RFC 2812 2.3.1
    [line] = lines(LineBuffer(), [b"A x\rB\r\n"])
    with pytest.raises(WireError) as refused:
        parse(line)
    assert refused.value.code == "FORBIDDEN_CHARACTER"


@pytest.mark.parametrize("ending", [b"\r\n", b"\n"])
@pytest.mark.parametrize(
    ("line", "heard"),
    [
        (b"A" * 510, None),
        (b"A" * 511, "LINE_TOO_LONG"),
        (b"@" + b"t" * 4094 + b" " + b"A" * 510, None),
        (b"@" + b"t" * 4094 + b" " + b"A" * 511, "LINE_TOO_LONG"),
        (b"@" + b"t" * 4095 + b" A", "TAGS_TOO_LONG"),
        (b"@" + b"t" * 4096, "TAGS_TOO_LONG"),
        (b"@" + b"t" * 4095, None),
        (b"@a A" + b"x" * 5000, "LINE_TOO_LONG"),
        (b"A" * 16000, "LINE_TOO_LONG"),
        (b"@" + b"t" * 16000, "TAGS_TOO_LONG"),
        (b"A" + b"\r" * 5000, "LINE_TOO_LONG"),
    ],
)
def test_limits_to_the_byte(line, heard, ending):  # RFC 2812 2.3: 512 with CR LF; message-tags: 4096 with '@' and space
    heard = heard or line
    for size in (1000, 4607, 100_000):
        stream = b"FIRST\r\n" + line + ending + b"LAST\r\n"
        pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
        assert lines(LineBuffer(), pieces) == [b"FIRST", heard, b"LAST"]


def test_the_errors_say_what_to_do():  # Modern IRC ERR_INPUTTOOLONG
    buffer = LineBuffer()
    buffer.feed(b"x" * 600 + b"\n@" + b"t" * 5000 + b" A\n")
    assert [str(error) for error in buffer.take(9)] == [
        "A line may have 512 bytes; send it in shorter pieces",
        "Tags may have 4096 bytes; send fewer or shorter ones",
    ]


def test_a_line_too_long_is_not_held():  # message-tags "Size limit"
    buffer = LineBuffer()
    assert lines(buffer, [b"x" * 5000, b"y" * 5000]) == []
    assert buffer.pending_bytes == 0
    assert lines(buffer, [b"z\nPING x\n"]) == ["LINE_TOO_LONG", b"PING x"]


@pytest.mark.parametrize("limit", [4, 5])
def test_half_a_line_does_not_hold_what_came_before_it(limit):
    buffer = LineBuffer()
    buffer.feed(b"PRIVMSG #a :tea\r\n" * 4 + b"PING")
    assert len(buffer.take(limit)) == 4
    assert buffer._buffer == b"PING"


def test_overrun_is_more_than_the_limit_without_lf():
    buffer = LineBuffer(unterminated_bytes_max=100)
    heard = []
    for piece in (b"x\n" + b"a" * 100, b"a", b"\nb"):
        buffer.feed(piece)
        heard.append(buffer.overrun)
    assert heard == [False, True, False]


def test_overrun_does_not_depend_on_taking():
    buffer = LineBuffer()
    lines(buffer, [b"x" * 1000 for _ in range(17)])
    assert buffer.overrun


def test_take_gives_no_more_than_asked_and_keeps_the_order():
    buffer = LineBuffer()
    buffer.feed(b"".join(b"PING %d\r\n" % number for number in range(10)))
    assert buffer.take(0) == []
    assert buffer.take(3) == [b"PING 0", b"PING 1", b"PING 2"]
    buffer.feed(b"PING 10\r\n")
    assert buffer.take(99) == [b"PING %d" % number for number in range(3, 11)]
    assert buffer.take(99) == []


def test_empty_lines_are_skipped_and_not_counted():  # Modern IRC "Message Format": empty messages are ignored
    buffer = LineBuffer()
    buffer.feed(b"\r\n\n\r\r\nA\n" + b"\n\r\n" * 30_000 + b"B\r\n\r\n\r")
    assert buffer.take(2) == [b"A", b"B"]
    assert buffer.take(1) == []
    assert buffer.pending_bytes == 1


def test_ten_thousand_lines_in_one_segment_are_not_copied_once_per_line():
    buffer = LineBuffer()
    buffer.feed(b"PING\n" * 10_000)
    held = buffer._buffer
    assert sum(len(buffer.take(16)) for _ in range(624)) == 9984
    assert buffer._buffer is held
    assert buffer.take(17) == [b"PING"] * 16
    assert buffer.pending_bytes == 0
