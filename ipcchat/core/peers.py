"""Who is at the other end of a connection, as far as the door knows that before he says anything."""

from __future__ import annotations

from ipaddress import ip_address

import msgspec


class LocalUser(msgspec.Struct, frozen=True, gc=False):
    """A user of this machine, whom the kernel vouches for (SO_PEERCRED): his number, his name, and by configuration his
    account and the operator that he is; "" for none."""

    uid: int
    name: str
    account: str = ""
    operator: str = ""


class Peer(msgspec.Struct, frozen=True, gc=False):
    """`address` is an IPv4 or IPv6 address as IRC can carry it (never with a colon in front), or what stands for one
    (a local user's is LOCAL_ADDRESS and his uid). `secure`: it came by TLS; `certificate` is the SHA-256 fingerprint of
    the certificate that it showed, in small hexadecimal digits; `plain`: it came by the plain door."""

    address: str
    secure: bool = False
    certificate: str = ""
    local: LocalUser | None = None
    plain: bool = False


LOCAL_HOST = "local"
"""The host of local users: build@local."""

LOCAL_ADDRESS = "local:"


def is_loopback(address: str) -> bool:
    """Whether it is an address of this machine itself."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
