"""What comes by a WebSocket, without any socket: RFC 6455, IRCv3 websocket, and the rows W02 to W08 and W11 of HOSTILE.

The client's side is made by hand or by `websockets`; the bytes are those that a browser sends.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import Protocol, Side, State

from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.server.frames import BINARY, TEXT
from ipcchat.server.http.websocket import (
    CONTROLS_MAX,
    FRAGMENTS_MAX,
    MESSAGE_BYTES_MAX,
    WebConnection,
    WebSocket,
)
from ipcchat.wire.message import Message, WireError

MASK = b"\x01\x02\x03\x04"


def frame(opcode: int, payload: bytes = b"", *, first: int = 0x80, masked: bool = True) -> bytes:
    """A client's frame as it is on the wire; `first` are the bits beside the opcode."""
    size = len(payload)
    flag = 0x80 if masked else 0
    if size <= 125:
        head = bytes((first | opcode, flag | size))
    elif size <= 0xFFFF:
        head = struct.pack("!BBH", first | opcode, flag | 126, size)
    else:
        head = struct.pack("!BBQ", first | opcode, flag | 127, size)
    if not masked:
        return head + payload
    return head + MASK + bytes(byte ^ MASK[place % 4] for place, byte in enumerate(payload))


def text(line: str) -> bytes:
    return frame(TEXT, line.encode())


def pieces(*parts: bytes, opcode: int = TEXT) -> bytes:
    """One message in several fragments."""
    opcodes = [opcode, *[0] * (len(parts) - 1)]
    last = len(parts) - 1
    return b"".join(
        frame(code, part, first=0x80 if place == last else 0)
        for place, (code, part) in enumerate(zip(opcodes, parts, strict=True))
    )


def close_code(answer: bytes) -> int:
    """The code of the close frame that is the last of what a server answered."""
    client = Protocol(Side.CLIENT, state=State.OPEN, max_size=None)
    client.receive_data(answer)
    closes = [each for each in client.events_received() if isinstance(each, Frame) and each.opcode is Opcode.CLOSE]
    assert len(closes) == 1
    return int(Close.parse(closes[0].data).code)


def fails(received: bytes, opcode: int = TEXT) -> tuple[bytes, int, str]:
    """What a WebSocket makes of bytes that end it: the lines before, the code, and the reason."""
    web = WebSocket(opcode)
    lines, answer = web.receive(received)
    assert web.has_failed
    assert not web.is_open
    assert web.receive(text("PING late")) == (b"", b"")
    assert web.close() == b""
    return lines, close_code(answer), web.failure


# Messages and lines.


def test_a_message_is_a_line():  # IRCv3 websocket
    web = WebSocket(TEXT)
    assert web.receive(text("NICK ann") + text("PRIVMSG #tea :grüß dich")) == (
        "NICK ann\r\nPRIVMSG #tea :grüß dich\r\n".encode(),
        b"",
    )
    assert WebSocket(BINARY).receive(frame(BINARY, b"PING \xff")) == (b"PING \xff\r\n", b"")


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_one_line_ending_is_tolerated(ending: str):  # COMPAT, W07
    assert WebSocket(TEXT).receive(text(f"PING x{ending}")) == (b"PING x\r\n", b"")


@pytest.mark.parametrize(
    "message",
    [
        "NICK a\r\nQUIT",
        "NICK a\nQUIT",
        "NICK a\rQUIT",
        "NICK a\0",
        "\nNICK a",
        "NICK a\n\n",
        "NICK a\r",
        "NICK a\r\r\n",
    ],
)
def test_a_message_is_never_two_lines(message: str):  # W07
    lines, code, reason = fails(text("PING before") + text(message) + text("PING behind"))
    assert (lines, code) == (b"PING before\r\n", 1008)
    assert "one IRC line" in reason
    assert fails(pieces(message[:3].encode(), message[3:].encode()))[1] == 1008


def test_fragments_are_put_together():  # RFC 6455 5.4
    web = WebSocket(TEXT)
    whole = "PRIVMSG #tea :€".encode()
    assert web.receive(pieces(whole[:-1], b"", whole[-1:])) == (whole + b"\r\n", b"")
    assert web.receive(pieces(*[b"x"] * FRAGMENTS_MAX)) == (b"x" * FRAGMENTS_MAX + b"\r\n", b"")
    assert web.receive(text("PING y")) == (b"PING y\r\n", b"")


def test_a_ping_between_fragments_is_answered():  # RFC 6455 5.4, 5.5.2
    web = WebSocket(TEXT)
    first, last = frame(TEXT, b"PI", first=0), frame(0, b"NG")
    assert web.receive(first + frame(0x9, b"here?")) == (b"", b"\x8a\x05here?")
    assert web.receive(last) == (b"PING\r\n", b"")


conversation = st.lists(
    st.one_of(
        st.binary(max_size=200).filter(lambda line: not set(line) & set(b"\r\n\0")).map(lambda line: (line,)),
        st.lists(st.sampled_from([b"", b"a", b"PRIVMSG #tea :", b"x" * 130]), min_size=2, max_size=4).map(tuple),
        st.just(None),
    ),
    max_size=6,
)


@given(conversation, st.data())
def test_every_cut_gives_the_same(messages: list[tuple[bytes, ...] | None], data: st.DataObject):  # W11
    stream = b"".join(frame(0x9, b"?") if each is None else pieces(*each, opcode=BINARY) for each in messages)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    web, got, answered = WebSocket(BINARY), b"", b""
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        lines, answer = web.receive(stream[begin:end])
        got, answered = got + lines, answered + answer
    assert not web.has_failed
    assert got == b"".join(b"".join(each) + b"\r\n" for each in messages if each is not None)
    assert answered == b"\x8a\x01?" * messages.count(None)


def test_one_byte_at_a_time_gives_the_same():  # W11
    stream = text("NICK ann") + pieces(b"JOIN #tee", "küche".encode()) + frame(0x9) + text("x" * 200)
    web = WebSocket(TEXT)
    got = [web.receive(stream[place : place + 1]) for place in range(len(stream))]
    assert b"".join(lines for lines, _ in got) == WebSocket(TEXT).receive(stream)[0]
    assert b"".join(answer for _, answer in got) == b"\x8a\x00"


@given(st.binary(max_size=300), st.sampled_from([TEXT, BINARY]))
def test_no_bytes_are_too_strange(received: bytes, opcode: int):
    web = WebSocket(opcode)
    lines, answer = web.receive(received)
    assert lines.count(b"\n") == lines.count(b"\r\n")
    assert web.has_failed <= (not web.is_open)
    if web.has_failed:
        assert close_code(answer) in (1002, 1003, 1007, 1008, 1009)


# What breaks a rule.


@pytest.mark.parametrize(
    "received",
    [
        frame(TEXT, b"PING x", masked=False),
        frame(TEXT, b"PING x", first=0x80 | 0x40),
        frame(TEXT, b"PING x", first=0x80 | 0x20),
        frame(TEXT, b"PING x", first=0x80 | 0x10),
        *(frame(opcode, b"") for opcode in (0x3, 0x7, 0xB, 0xF)),
        frame(0x9, b"x" * 126),
        frame(0x9, b"x", first=0),
        frame(0x8, b"x"),
        frame(0x8, struct.pack("!H", 1005)),
        frame(0x8, struct.pack("!H", 999)),
        frame(0, b"PING x"),
        frame(TEXT, b"PI", first=0) + frame(TEXT, b"PING x"),
    ],
)
def test_what_is_no_websocket_ends_it(received: bytes):  # W02
    lines, code, _ = fails(text("PING before") + received)
    assert (lines, code) == (b"PING before\r\n", 1002)


@pytest.mark.parametrize("size", [MESSAGE_BYTES_MAX + 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1])
def test_a_length_is_refused_by_the_header_alone(size: int):  # W03
    head = bytes((0x80 | TEXT, 0x80 | 127)) + struct.pack("!Q", size) + MASK
    for cut in range(len(head) - len(MASK)):
        assert not _after(head[:cut]).has_failed
    lines, code, reason = fails(head)
    assert (lines, code) == (b"", 1009)
    assert len(reason) < 200


def _after(received: bytes) -> WebSocket:
    web = WebSocket(TEXT)
    web.receive(received)
    return web


def test_a_message_may_be_long_but_not_longer():
    longest = b"x" * MESSAGE_BYTES_MAX
    assert WebSocket(BINARY).receive(frame(BINARY, longest)) == (longest + b"\r\n", b"")
    assert fails(frame(BINARY, longest + b"x"), BINARY)[1] == 1009
    half = MESSAGE_BYTES_MAX // 2
    assert WebSocket(BINARY).receive(pieces(longest[:half], longest[half:], opcode=BINARY))[0] == longest + b"\r\n"
    assert fails(pieces(longest[:half], longest[half:] + b"x", opcode=BINARY), BINARY)[1] == 1009


@pytest.mark.parametrize("part", [b"", b"x"])
def test_tiny_fragments_have_a_limit(part: bytes):  # W04
    lines, code, _ = fails(frame(TEXT, part, first=0) + frame(0, part, first=0) * FRAGMENTS_MAX)
    assert (lines, code) == (b"", 1009)


@pytest.mark.parametrize("opcode", [0x9, 0xA])
def test_a_flood_of_pings_or_pongs_ends_it(opcode: int):  # W06
    now = [0.0]
    web = WebSocket(TEXT, lambda: now[0])
    assert web.receive(frame(opcode) * CONTROLS_MAX)[0] == b""
    assert not web.has_failed
    now[0] += 10.0
    assert web.receive(frame(opcode) * 10)[0] == b""
    assert not web.has_failed
    _, answer = web.receive(frame(opcode) + text("PING behind"))
    assert (web.failure, close_code(answer)) == ("too many pings", 1008)


def test_a_ping_now_and_then_is_no_flood():  # W06
    now = [0.0]
    web = WebSocket(TEXT, lambda: now[0])
    for _ in range(5 * CONTROLS_MAX):
        now[0] += 1.0
        assert web.receive(frame(0x9, b"!")) == (b"", b"\x8a\x01!")


@pytest.mark.parametrize("message", [b"\xff", b"PRIVMSG #tea :\xc3", b"\xed\xa0\x80", b"\xc0\xaf"])
def test_text_is_utf8(message: bytes):  # W08
    assert fails(frame(TEXT, message))[:2] == (b"", 1007)
    assert fails(pieces(message[:1], message[1:]))[:2] == (b"", 1007)


@pytest.mark.parametrize(("agreed", "sent", "name"), [(TEXT, BINARY, "text"), (BINARY, TEXT, "binary")])
def test_the_kind_that_was_agreed_is_the_one_that_is_sent(agreed: int, sent: int, name: str):  # W08
    lines, code, reason = fails(frame(sent, b"PING x"), agreed)
    assert (lines, code, reason) == (b"", 1003, f"send {name} messages, as was agreed")


# How it ends.


def test_a_close_frame_is_answered_and_nothing_behind_it_counts():  # RFC 6455 5.5.1
    web = WebSocket(TEXT)
    goodbye = frame(0x8, struct.pack("!H", 1001) + b"leaving")
    lines, answer = web.receive(text("QUIT") + goodbye + text("PING late"))
    assert (lines, close_code(answer)) == (b"QUIT\r\n", 1001)
    assert not web.is_open and not web.has_failed
    assert web.receive(text("PING later")) == (b"", b"")
    assert web.close() == b""


def test_our_end_is_a_close_frame_once():
    web = WebSocket(TEXT)
    assert close_code(web.close()) == 1000
    assert web.close() == b""


# The connection: a codec between a socket and the lines.


@dataclass
class Wire:
    """A connection and the other end of it."""

    link: WebConnection
    peer: socket.socket

    def heard(self) -> bytes:
        """What has come by now."""
        try:
            return self.peer.recv(65_536)
        except BlockingIOError:
            return b""


@pytest.fixture
def wire() -> Iterator[Wire]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    link = WebConnection(ours, 1, 0, Peer("host"), Limits())
    link.begin(TEXT, b"")
    yield Wire(link, theirs)
    link.close()
    theirs.close()


def said(messages: list[Message | WireError]) -> list[str]:
    return [str(each) if isinstance(each, WireError) else each.command for each in messages]


def test_lines_are_taken_and_why_it_ends_is_behind_the_last(wire: Wire):
    wire.peer.sendall(text("PING 1") + text("PING 2") + frame(BINARY, b"x") + text("PING 3"))
    assert wire.link.read() > 0
    assert said(wire.link.take(2)) == ["PING", "PING"]
    assert said(wire.link.take(2)) == ["WebSocket: send text messages, as was agreed"]
    assert said(wire.link.take(2)) == []
    wire.peer.sendall(text("PING 4"))
    assert wire.link.read() > 0
    assert said(wire.link.take(2)) == []
    assert not wire.link.ended


def test_a_peer_that_closes_has_ended(wire: Wire):
    wire.peer.sendall(text("QUIT") + frame(0x8, struct.pack("!H", 1000)))
    wire.link.read()
    assert said(wire.link.take(9)) == ["QUIT"]
    assert wire.link.ended == "Connection closed"
    assert close_code(wire.link.answer) == 1000


def test_a_first_line_is_no_foreign_protocol(wire: Wire):
    wire.peer.sendall(text("GET / HTTP/1.1") + text("\x16\x03\x01"))
    wire.link.read()
    assert said(wire.link.take(9)) == ["GET", "A command is letters A to Z or three digits"]


def test_nothing_follows_a_close_frame(wire: Wire):  # rule 5
    wire.peer.sendall(frame(0x8))
    wire.link.read()
    wire.link.send(wire.link.answer)
    wire.link.answered()
    assert wire.link.send(b"late") == 4
    wire.link.enqueue(b"later", 0.0)
    assert wire.link.queue is None
    wire.link.end_output()
    assert wire.heard() == b"\x88\x00"
    assert wire.heard() == b""


def test_what_waits_before_a_close_frame_is_sent_first(wire: Wire):  # rule 5
    wire.link.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    filler = os.urandom(1_000_000)
    count = wire.link.send(filler)
    wire.link.enqueue(filler[count:], 0.0)
    wire.link.enqueue(b"\x88\x00", 0.0)
    wire.link.feed(frame(0x8))
    wire.link.answered()
    wire.link.enqueue(b"late", 0.0)
    heard = b""
    while not wire.link.flush():
        heard += wire.heard()
    while more := wire.heard():
        heard += more
    assert heard == filler + b"\x88\x00"
    assert wire.link.send(b"later") == 5
    assert wire.heard() == b""


def test_our_end_is_a_close_frame_and_the_end_of_the_stream(wire: Wire):
    wire.link.end_output()
    assert close_code(wire.heard()) == 1000
    assert wire.peer.recv(10) == b""
