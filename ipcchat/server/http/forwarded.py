"""For whom a reverse proxy asks: X-Forwarded-For and X-Forwarded-Proto, of proxies that the settings trust.

Rules:
1. Nobody is believed but the networks in `server.proxies`. Of the addresses the last one counts that is no such proxy
   itself: what stands before it may be anybody's invention.
2. What is no address changes nothing: the proxy is who asked, with all limits that an address has.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

import msgspec

from ipcchat.core.peers import Peer
from ipcchat.server.listeners import visible_host

ADDRESSES_MAX = 32

Networks = Sequence[IPv4Network | IPv6Network]


def peer_behind(peer: Peer, fields: Sequence[tuple[bytes, bytes]], proxies: Networks) -> Peer:
    """Who asked by way of a proxy; the peer itself where it is none, or does not say."""
    if not is_trusted(peer.address, proxies):
        return peer
    address = next((each for each in _addresses(fields) if not is_trusted(each, proxies)), peer.address)
    secure = _last(fields, b"x-forwarded-proto") == "https"
    return msgspec.structs.replace(peer, address=visible_host(address), secure=secure)


def is_trusted(address: str, proxies: Networks) -> bool:
    """Whether it is a proxy's."""
    if not proxies:
        return False
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in proxies)


def _addresses(fields: Sequence[tuple[bytes, bytes]]) -> list[str]:
    """The addresses, the nearest first, up to the first that is none."""
    said = ",".join(value.decode("latin-1") for name, value in fields if name == b"x-forwarded-for").split(",")
    found: list[str] = []
    for each in reversed(said[-ADDRESSES_MAX:]):
        try:
            address = ip_address(_without_port(each.strip()))
        except ValueError:
            break
        found.append(str(getattr(address, "ipv4_mapped", None) or address))
    return found


def _without_port(text: str) -> str:
    """COMPAT: some proxies add the port, and brackets around IPv6."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    host, colon, port = text.partition(":")
    return host if colon and port.isdecimal() and "." in host else text


def _last(fields: Sequence[tuple[bytes, bytes]], name: bytes) -> str:
    values = [value.decode("latin-1") for each, value in fields if each == name]
    return values[-1].rpartition(",")[2].strip().lower() if values else ""
