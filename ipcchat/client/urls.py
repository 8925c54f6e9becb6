"""Addresses of servers: irc://HOST:PORT/#channel, or a host's name alone.

Rules:
1. What this version cannot do is refused by name, not misread: ircs, unix, http, plain.
2. A password has no place in an address: addresses end up in process lists and shell histories.

Specification: the URL form in use, draft-butcher-irc-url-04, without its modifiers.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from ipcchat.client.errors import AddressError

DEFAULT_PORT = 6667
LATER = ("ircs", "unix", "http", "https", "ws", "wss", "plain")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens, and the channels the address names."""

    host: str
    port: int = DEFAULT_PORT
    channels: tuple[str, ...] = ()

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"irc://{host}:{self.port}"


def parse_address(text: str, port: int | None = None) -> Address:
    """Read an address. `port` counts where the address names none. Raises AddressError."""
    if "://" not in text:
        return bare_address(text.strip(), port)
    scheme = text.partition("://")[0].lower()
    if scheme in LATER:
        raise AddressError(f"{scheme}:// comes with a later version; use irc://HOST:PORT")
    if scheme != "irc":
        raise AddressError(f"{text!r} is not an address of a chat server; write irc://HOST:PORT")
    return split_url(text, port)


def bare_address(text: str, port: int | None) -> Address:
    """Read HOST, HOST:PORT, an IPv6 address or [IPv6]:PORT."""
    if text.count(":") > 1 and not text.startswith("["):
        text = f"[{text}]"
    return split_url(f"irc://{text}", port)


def split_url(text: str, port: int | None) -> Address:
    """Read irc://HOST:PORT/#a,#b; in the channels "%23" and a bare "#" mean the same."""
    try:
        parts = urlsplit(text, allow_fragments=False)
        found_port = parts.port
    except ValueError as error:
        raise AddressError(f"{text!r} is not an address: {error}") from None
    if parts.password is not None or parts.username is not None:
        raise AddressError("an address has no user or password in it; name yourself with --nick")
    host = parts.hostname or ""
    if not host or any(character.isspace() or not character.isprintable() for character in host):
        raise AddressError(f"{text!r} names no host; write irc://HOST:PORT")
    return Address(host, choose_port(found_port, port), split_channels(parts.path))


def choose_port(found: int | None, given: int | None) -> int:
    """The port in the address, else the one given beside it, else 6667."""
    port = found if found is not None else given if given is not None else DEFAULT_PORT
    if not 0 < port < 65536:
        raise AddressError(f"{port} is not a port; ports are 1 to 65535")
    return port


def split_channels(path: str) -> tuple[str, ...]:
    """The channels of a URL's path; a name without a channel prefix gets '#'."""
    names = [unquote(name) for name in path.strip("/").split(",") if name]
    for name in names:
        if any(character in " ,\a\0\r\n" for character in name):
            raise AddressError(f"{name!r} is not a channel's name")
    return tuple(name if name[0] in "#&" else f"#{name}" for name in names)
