"""IRC lines as the frames of a WebSocket server: RFC 6455 5.2, one line in each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State

from ipcchat.server.frames import BINARY, TEXT, framed

line = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), min_size=1, max_size=300)


def read(written: bytes) -> list[tuple[int, bytes]]:
    """What a client finds: each frame's opcode and payload. Every frame is a whole message."""
    client = Protocol(Side.CLIENT, state=State.OPEN, max_size=None)
    client.receive_data(written)
    frames = [frame for frame in client.events_received() if isinstance(frame, Frame)]
    assert client.parser_exc is None
    assert all(frame.fin for frame in frames)
    return [(int(frame.opcode), bytes(frame.data)) for frame in frames]


@given(st.lists(line, max_size=10), st.sampled_from([TEXT, BINARY]))
def test_every_line_is_a_message_without_its_ending(lines: list[str], opcode: int):
    written = "".join(f"{each}\r\n" for each in lines).encode()
    assert read(framed(written, opcode)) == [(opcode, each.encode()) for each in lines]


@pytest.mark.parametrize(("size", "head"), [(1, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_the_length_is_written_as_short_as_it_can_be(size: int, head: int, opcode: int):
    frame = framed(b"x" * size + b"\r\n", opcode)
    assert len(frame) == head + size
    assert read(frame) == [(opcode, b"x" * size)]


def test_a_servers_frame_is_not_masked():
    assert framed(b"PING x\r\n", TEXT) == b"\x81\x06PING x"
    assert framed(b"PING x\r\n", BINARY) == b"\x82\x06PING x"


def test_what_is_no_line_is_no_frame():
    assert framed(b"", TEXT) == framed(b"\r\n\r\n", TEXT) == b""


def test_the_opcodes_are_those_of_the_specification():
    assert (TEXT, BINARY) == (Opcode.TEXT, Opcode.BINARY)
