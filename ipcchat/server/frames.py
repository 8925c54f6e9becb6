"""IRC lines as WebSocket frames: one line is one message, without its CR LF (IRCv3 websocket, RFC 6455 5.2).

A server's frames are not masked, so that one frame serves all who read a line.
"""

from __future__ import annotations

import struct

TEXT, BINARY = 0x1, 0x2
"""Opcodes, by the two subprotocols; 0 stands for a connection whose lines are not framed."""

_FINAL = 0x80
_SHORT_BYTES_MAX, _MIDDLE_BYTES_MAX = 125, 0xFFFF
_SHORT_HEADS = {opcode: [bytes((_FINAL | opcode, size)) for size in range(126)] for opcode in (TEXT, BINARY)}


def framed(written: bytes, opcode: int) -> bytes:
    """Whole IRC lines, each in a frame of its own."""
    heads = _SHORT_HEADS[opcode]
    lines = written.split(b"\r\n")
    return b"".join(
        (heads[len(line)] if len(line) <= _SHORT_BYTES_MAX else _long_head(opcode, len(line))) + line
        for line in lines
        if line
    )


def _long_head(opcode: int, size: int) -> bytes:
    if size <= _MIDDLE_BYTES_MAX:
        return struct.pack("!BBH", _FINAL | opcode, 126, size)
    return struct.pack("!BBQ", _FINAL | opcode, 127, size)
