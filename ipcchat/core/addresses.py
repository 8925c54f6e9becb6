"""Addresses as limits, bans and cloaks compare them: one form for every way to write the same one."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

Address = IPv4Address | IPv6Address

_TRANSLATED = int(ip_address("64:ff9b::")) >> 32


@lru_cache(maxsize=4096)
def normal(written: str) -> Address | None:
    """An address without its zone (%eth0), and IPv4 without its IPv6 coat: ::ffff:0:0/96 (RFC 4291 2.5.5.2) or
    64:ff9b::/96 (RFC 6052). None for what is none, such as a local user's, or 0x7f.1."""
    try:
        address = ip_address(written.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return address
    if int(address) >> 32 == _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address
