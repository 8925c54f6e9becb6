"""The header by which a proxy says for whom it connects: PROXY protocol, versions 1 and 2; pure.

Rules:
1. A header is whole and right, or BadHeader: nothing is guessed, and no byte behind it is touched.
2. What the header says of a proxy's own connection (LOCAL), or of one that has no IP address (UNKNOWN, UNSPEC, Unix
   sockets), is nothing: the address that the connection has counts.
3. Additions (TLV) end where the header ends. Two of them count: the checksum, when it is there, must be right; the one
   about TLS says whether the client came by TLS. All others are skipped.

Specification: https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt, 2.1 and 2.2.
"""

from __future__ import annotations

import ipaddress
import re
import struct

import msgspec

HEADER_BYTES_MAX = 4_096
"""Of version 2, whose additions may be 64 KiB by the specification; proxies keep a header within one packet."""

V1_BYTES_MAX = 107
V2_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_V1_WORD = b"PROXY "
_V2_HEAD_BYTES = 16
_V2_VERSION = 2
_LOCAL, _PROXY = 0, 1
# The length of the addresses of each family: AF_UNSPEC, AF_INET, AF_INET6, AF_UNIX.
_ADDRESS_BYTES = {0: 0, 1: 12, 2: 36, 3: 216}
_TRANSPORTS = (0, 1, 2)
_CHECKSUM, _TLS = 0x03, 0x20
_TLS_CLIENT = 0x01
_TLS_BYTES_MIN = 5
_PORT = re.compile(r"0|[1-9][0-9]{0,4}")
_PORT_MAX = 65_535


class BadHeader(Exception):
    """What came is no header of a proxy; the text says why."""


class Header(msgspec.Struct, frozen=True):
    """For whom a proxy connects: an IPv4 or IPv6 address, "" when its own connection counts; `secure`: by TLS."""

    address: str = ""
    secure: bool = False


def header_bytes(received: bytes) -> int:
    """How many bytes from the beginning on belong to the header, as far as that is known: never more. Raises BadHeader
    when they cannot be one."""
    if received.startswith(_V1_WORD) or _V1_WORD.startswith(received):
        return _v1_bytes(received)
    if received.startswith(V2_SIGNATURE) or V2_SIGNATURE.startswith(received):
        return _v2_bytes(received)
    raise BadHeader("it does not begin like one")


def parse_header(received: bytes) -> Header | None:
    """The header, or None while it is not whole; `received` has no byte behind it. Raises BadHeader."""
    belonging = header_bytes(received)
    if received.startswith(_V1_WORD):
        return _parse_v1(received) if received.endswith(b"\r\n") else None
    if len(received) < _V2_HEAD_BYTES or len(received) < belonging:
        return None
    return _parse_v2(received)


# Version 1: one line.


def _v1_bytes(received: bytes) -> int:
    end = received.find(b"\n") + 1
    if end > V1_BYTES_MAX or (not end and len(received) >= V1_BYTES_MAX):
        raise BadHeader(f"its line has more than {V1_BYTES_MAX} bytes")
    if end and received[end - 2 : end] != b"\r\n":
        raise BadHeader("its line does not end with CR LF")
    return end or len(received)


def _parse_v1(line: bytes) -> Header:
    try:
        words = line[len(_V1_WORD) : -2].decode("ascii").split(" ")
    except UnicodeDecodeError:
        raise BadHeader("its line is not ASCII") from None
    if words[0] == "UNKNOWN":
        return Header()
    if len(words) != 5 or words[0] not in ("TCP4", "TCP6"):
        raise BadHeader("its line is not PROXY TCP4 or TCP6 with two addresses and two ports")
    family, source, destination, *ports = words
    if not all(_PORT.fullmatch(port) and int(port) <= _PORT_MAX for port in ports):
        raise BadHeader("a port is none")
    _written_address(family, destination)
    return Header(_written_address(family, source))


def _written_address(family: str, written: str) -> str:
    try:
        if family == "TCP4":
            return str(ipaddress.IPv4Address(written))
        address = ipaddress.IPv6Address(written)
    except ValueError:
        raise BadHeader("an address is none") from None
    if address.scope_id is not None:
        raise BadHeader("an address is none")
    return _plain_address(address)


# Version 2: sixteen bytes, the addresses, the additions.


def _v2_bytes(received: bytes) -> int:
    if len(received) < _V2_HEAD_BYTES:
        return len(received)
    size = _V2_HEAD_BYTES + int.from_bytes(received[14:16], "big")
    if size > HEADER_BYTES_MAX:
        raise BadHeader(f"it has more than {HEADER_BYTES_MAX} bytes")
    return size


def _parse_v2(received: bytes) -> Header:
    version, command = received[12] >> 4, received[12] & 0x0F
    family, transport = received[13] >> 4, received[13] & 0x0F
    if version != _V2_VERSION or command not in (_LOCAL, _PROXY):
        raise BadHeader("its version or command is not known")
    if family not in _ADDRESS_BYTES or transport not in _TRANSPORTS:
        raise BadHeader("its family or transport is not known")
    if command == _LOCAL:
        return Header()
    begin = _V2_HEAD_BYTES + (_ADDRESS_BYTES[family] if transport else 0)
    if len(received) < begin:
        raise BadHeader("it is too short for its addresses")
    # Where family or transport is not given, the length of the addresses is not known, nor where additions begin.
    secure = _read_additions(received, begin) if family and transport else False
    return Header(_packed_address(family, received) if transport else "", secure)


def _packed_address(family: int, received: bytes) -> str:
    start = _V2_HEAD_BYTES
    if family == 1:
        return str(ipaddress.IPv4Address(received[start : start + 4]))
    if family == 2:
        return _plain_address(ipaddress.IPv6Address(received[start : start + 16]))
    return ""


def _plain_address(address: ipaddress.IPv6Address) -> str:
    """An address without the coat that IPv4 has in IPv6."""
    return str(address.ipv4_mapped or address)


def _read_additions(received: bytes, begin: int) -> bool:
    """Check the checksum if there is one, and return whether the client came by TLS."""
    secure = False
    while begin < len(received):
        if len(received) < begin + 3:
            raise BadHeader("an addition is cut off")
        kind, size = struct.unpack_from(">BH", received, begin)
        begin += 3
        value = received[begin : begin + size]
        if len(value) < size:
            raise BadHeader("an addition is longer than the header")
        if kind == _CHECKSUM:
            _check_sum(received, begin, value)
        elif kind == _TLS:
            if size < _TLS_BYTES_MIN:
                raise BadHeader("the addition about TLS is too short")
            secure = bool(value[0] & _TLS_CLIENT)
        begin += size
    return secure


def _check_sum(received: bytes, place: int, value: bytes) -> None:
    """The checksum is that of the whole header with zeros in its own place."""
    zeroed = received[:place] + bytes(len(value)) + received[place + len(value) :]
    if value != crc32c(zeroed).to_bytes(4, "big"):
        raise BadHeader("its checksum is wrong")


def crc32c(octets: bytes) -> int:
    """CRC-32C (RFC 4960 appendix B). A header is a hundred bytes: a table would not pay."""
    remainder = 0xFFFFFFFF
    for octet in octets:
        remainder ^= octet
        for _ in range(8):
            remainder = (remainder >> 1) ^ (0x82F63B78 if remainder & 1 else 0)
    return remainder ^ 0xFFFFFFFF
