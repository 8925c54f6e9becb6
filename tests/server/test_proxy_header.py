"""The header of a proxy (PROXY protocol 2.1 and 2.2), whole and right or refused."""

from __future__ import annotations

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.server.proxy_header import (
    HEADER_BYTES_MAX,
    V2_SIGNATURE,
    BadHeader,
    Header,
    crc32c,
    header_bytes,
    parse_header,
)

IPV4 = socket.inet_aton("192.0.2.7") + socket.inet_aton("192.0.2.1") + struct.pack(">HH", 40_000, 6667)
IPV6 = socket.inet_pton(socket.AF_INET6, "2001:db8::7") * 2 + struct.pack(">HH", 40_000, 6697)
UNIX = b"/run/a".ljust(108, b"\0") * 2


def v2(content: bytes = IPV4, kind: int = 0x11, command: int = 0x21) -> bytes:
    """A header of version 2."""
    return V2_SIGNATURE + bytes((command, kind)) + struct.pack(">H", len(content)) + content


def addition(kind: int, value: bytes) -> bytes:
    return struct.pack(">BH", kind, len(value)) + value


def summed(header: bytes) -> bytes:
    """A header that ends with a checksum of zeros, with the right one (2.2.3)."""
    assert header.endswith(b"\0\0\0\0")
    return header[:-4] + crc32c(header).to_bytes(4, "big")


def test_the_checksum_is_that_of_RFC_4960():
    assert crc32c(b"123456789") == 0xE3069283


@pytest.mark.parametrize(
    ("line", "address"),
    [
        (b"PROXY TCP4 192.0.2.7 192.0.2.1 40000 6667\r\n", "192.0.2.7"),
        (b"PROXY TCP6 2001:db8::7 2001:db8::1 0 65535\r\n", "2001:db8::7"),
        (b"PROXY TCP6 ::ffff:192.0.2.7 ::1 1 2\r\n", "192.0.2.7"),
        (b"PROXY UNKNOWN\r\n", ""),
        (b"PROXY UNKNOWN ffff:: ffff:: 65535 65535\r\n", ""),
    ],
)
def test_version_1(line: bytes, address: str):  # 2.1
    assert parse_header(line) == Header(address)


@pytest.mark.parametrize(
    "line",
    [
        b"PROXY TCP4 192.0.2.7 192.0.2.1 40000\r\n",
        b"PROXY TCP4 192.0.2.7 192.0.2.1 40000 6667 x\r\n",
        b"PROXY  TCP4 192.0.2.7 192.0.2.1 40000 6667\r\n",
        b"PROXY TCP4 192.0.2.07 192.0.2.1 40000 6667\r\n",
        b"PROXY TCP4 192.0.2.7 192.0.2.1 040 6667\r\n",
        b"PROXY TCP4 192.0.2.7 192.0.2.1 65536 6667\r\n",
        b"PROXY TCP4 192.0.2.7 192.0.2.1 -1 6667\r\n",
        b"PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n",
        b"PROXY TCP4 192.0.2.7 nowhere 1 2\r\n",
        b"PROXY TCP6 192.0.2.7 192.0.2.1 1 2\r\n",
        b"PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n",
        b"PROXY UDP4 192.0.2.7 192.0.2.1 1 2\r\n",
        "PROXY TCP4 192.0.2.\u0667 192.0.2.1 1 2\r\n".encode(),
        b"PROXY TCP4 192.0.2.7 192.0.2.1 40000 6667\n",
        b"PROXY UNKNOWN " + b"x" * 107,
        b"PROXY UNKNOWN " + b"x" * 107 + b"\r\n",
        b"proxy TCP4 192.0.2.7 192.0.2.1 1 2\r\n",
        b"NICK ann\r\n",
        b"\x16\x03\x01",
    ],
)
def test_what_is_no_version_1(line: bytes):
    with pytest.raises(BadHeader):
        parse_header(line)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (v2(), Header("192.0.2.7")),
        (v2(kind=0x12), Header("192.0.2.7")),
        (v2(IPV6, 0x21), Header("2001:db8::7")),
        (v2(UNIX, 0x31), Header()),
        (v2(b"", 0x00), Header()),
        (v2(b"\xff" * 40, 0x00), Header()),
        (v2(b"", command=0x20), Header()),
        (v2(IPV4 + b"\xff", command=0x20), Header()),
        (v2(IPV4 + addition(0x04, b"\0" * 9)), Header("192.0.2.7")),
        (v2(IPV4 + addition(0x20, b"\x01\0\0\0\0" + addition(0x21, b"TLSv1.3"))), Header("192.0.2.7", secure=True)),
        (v2(IPV4 + addition(0x20, b"\x06\0\0\0\0")), Header("192.0.2.7")),
        (summed(v2(IPV4 + addition(0x04, b"x") + addition(0x03, bytes(4)))), Header("192.0.2.7")),
    ],
)
def test_version_2(header: bytes, found: Header):  # 2.2
    assert parse_header(header) == found


@pytest.mark.parametrize(
    "header",
    [
        v2(command=0x11),
        v2(command=0x22),
        v2(kind=0x41),
        v2(kind=0x13),
        v2(IPV4[:-1]),
        v2(IPV4, 0x21),
        v2(IPV4 + b"\x04"),
        v2(IPV4 + b"\x04\x00\x02x"),
        v2(IPV4 + addition(0x20, b"\x01")),
        v2(IPV4 + addition(0x03, b"\1\2\3\4")),
        v2(IPV4 + addition(0x03, b"\1\2")),
        v2(b"\0" * 65_535),
        V2_SIGNATURE[:-1] + b"X" + bytes(4),
    ],
)
def test_what_is_no_version_2(header: bytes):
    with pytest.raises(BadHeader):
        parse_header(header)


@pytest.mark.parametrize("header", [b"PROXY TCP4 192.0.2.7 192.0.2.1 40000 6667\r\n", v2(IPV6, 0x21), v2(UNIX, 0x31)])
def test_a_header_in_pieces_is_waited_for_and_nothing_behind_it_is_touched(header: bytes):
    for cut in range(1, len(header)):
        assert parse_header(header[:cut]) is None
        assert header_bytes(header[:cut]) <= len(header)
    assert header_bytes(header + b"NICK ann\r\n") == len(header)


@given(st.binary(max_size=200), st.sampled_from([b"", b"PROXY ", V2_SIGNATURE + b"\x21\x11\x00\x20"]))
def test_no_bytes_are_a_mistake_of_ours(noise: bytes, begin: bytes):
    received = begin + noise
    try:
        size = header_bytes(received)
        assert 0 <= size <= HEADER_BYTES_MAX
        parse_header(received[:size])
    except BadHeader:
        pass
