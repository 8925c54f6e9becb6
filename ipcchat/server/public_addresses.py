"""Which addresses the server may send something to by itself: those that anybody on the internet could reach, and those
of the networks that the settings allow.

Rules:
1. An address that stands for another one is judged as that one: IPv4 in IPv6 (mapped, compatible), NAT64, 6to4, Teredo.
2. What is not known to be global is not: of IPv6 nothing outside of 2000::/3.

Specification: RFC 6890 and the IANA registries of special-purpose addresses, RFC 6052 (NAT64), RFC 3056, RFC 4380.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_COMPATIBLE = IPv6Network("::/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_IPV4_BITS = 0xFFFF_FFFF


def address_of(written: str) -> Address:
    """An address as a resolver writes it; the zone of a link is part of no global one. Raises ValueError."""
    return ip_address(written.partition("%")[0])


def is_allowed(address: Address, networks: Iterable[Network]) -> bool:
    """Whether something may be sent there."""
    return is_public(address) or is_within(address, networks)


def is_within(address: Address, networks: Iterable[Network]) -> bool:
    """Whether the address, and each that it stands for, is in one of these networks."""
    chosen = tuple(networks)
    return all(any(each in network for network in chosen) for each in _meant(address))


def is_public(address: Address) -> bool:
    """Whether the address, and each that it stands for, is one of the internet's."""
    return all(_is_global(each) for each in _meant(address))


def _is_global(address: Address) -> bool:
    if address.is_multicast or not address.is_global:
        return False
    return isinstance(address, IPv4Address) or address in _GLOBAL_UNICAST


def _meant(address: Address) -> Sequence[Address]:
    """The addresses that are reached by it."""
    if isinstance(address, IPv4Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address in _NAT64 or address in _COMPATIBLE:
        inner = IPv4Address(int(address) & _IPV4_BITS)
        return (inner,) if address in _NAT64 else (address, inner)
    if address.sixtofour is not None:
        return (address, address.sixtofour)
    return (address, *address.teredo) if address.teredo is not None else (address,)
