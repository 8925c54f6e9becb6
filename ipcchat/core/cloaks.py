"""Cloaks: what others see instead of the address or host name of a user with +x.

Rules:
1. The same host has the same cloak as long as the secret stays the same, so that bans hold; every piece of a cloak is a
   keyed hash (BLAKE2b, RFC 7693), so that nobody can make one, or try addresses, without the secret.
2. A cloaked address has three pieces: for itself, for its network and for the network around that. Neighbours have the
   same end: a ban of *!*@*.<two pieces>.ip hits the network.
3. Of an IPv6 address, only the first 64 bits count: the others are changed at will.
4. Who is logged in to an account has its name for a cloak, and this machine is localhost: there is nothing to hide.
5. A cloaked host name keeps the end of its domain; a ban of *!*@*.example.org hits both forms.
"""

from __future__ import annotations

import base64
import hashlib
from ipaddress import IPv4Address, IPv6Address, ip_network

from ipcchat.core.addresses import normal

IPV4_PREFIXES = (32, 24, 16)
IPV6_PREFIXES = (64, 48, 32)
SUFFIX = "ip"
LABELS_KEPT_MAX = 2
HOST_CHARACTERS_MAX = 63
THIS_MACHINE = "localhost"
ACCOUNT_PREFIX = "user/"
_PIECE_BYTES = 6


def cloaked(host: str, secret: str) -> str:
    """The cloak of an address or host name: at most HOST_CHARACTERS_MAX letters, digits, hyphens and dots."""
    address = normal(host)
    if address is None:
        return _of_name(host.lower(), secret)
    return THIS_MACHINE if address.is_loopback else _of_address(address, secret)


def visible_host(host: str, account: str, secret: str) -> str:
    """What others see of somebody with +x: his account where he has one, else the cloak of his host."""
    return f"{ACCOUNT_PREFIX}{account}" if account else cloaked(host, secret)


def _of_address(address: IPv4Address | IPv6Address, secret: str) -> str:
    prefixes = IPV4_PREFIXES if address.version == 4 else IPV6_PREFIXES
    networks = [ip_network((address, prefix), strict=False) for prefix in prefixes]
    return ".".join([*(_piece(str(network), secret) for network in networks), SUFFIX])


def _of_name(host: str, secret: str) -> str:
    """A piece, and as much of the domain's end as fits behind it."""
    kept = [_piece(host, secret), *host.rstrip(".").split(".")[1:][-LABELS_KEPT_MAX:]]
    while len(".".join(kept)) > HOST_CHARACTERS_MAX:
        del kept[1]
    return ".".join(kept)


def _piece(text: str, secret: str) -> str:
    """Ten letters and digits that stand for a text."""
    key = hashlib.blake2b(secret.encode()).digest()
    digest = hashlib.blake2b(text.encode(), key=key, digest_size=_PIECE_BYTES).digest()
    return base64.b32encode(digest).decode().rstrip("=").lower()
