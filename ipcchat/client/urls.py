"""Addresses of servers: irc://HOST:PORT/#channel, ircs://HOST:PORT/#channel by TLS, unix:///PATH/#channel for a socket
on this machine, or a host's name alone, which means irc://.

Rules:
1. What this library cannot do is refused by name, not misread: http, ws, plain.
2. A password has no place in an address: addresses end up in process lists and shell histories. For the same reason,
   and because people pass addresses on, an address cannot say whom to trust.
3. An address never turns into a less secure one.

Specification: the URL form in use, draft-butcher-irc-url-04, without its modifiers; RFC 7194 (port 6697).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote, unquote, urlsplit

from ipcchat.client.errors import AddressError
from ipcchat.wire.local_socket import PATH_BYTES_MAX

DEFAULT_PORT = 6667
DEFAULT_PORTS = {"irc": DEFAULT_PORT, "ircs": 6697}
FORMS = "write irc://HOST:PORT, ircs://HOST:PORT or unix:///PATH"
NOT_OURS = {
    "http": "that is the address of a page",
    "https": "that is the address of a page",
    "ws": "this client does not speak WebSocket",
    "wss": "this client does not speak WebSocket",
    "plain": "plain:// is for programs without IRC, such as nc",
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens, and the channels the address names.

    `scheme` is "irc", "ircs" (TLS) or "unix"; a Unix socket has a `path` and neither host nor port. `otherwise` is
    where to go when nothing listens there at the start.
    """

    host: str
    port: int = DEFAULT_PORT
    channels: tuple[str, ...] = ()
    scheme: str = "irc"
    path: str = ""
    otherwise: Address | None = None

    @property
    def secure(self) -> bool:
        """Whether it is to be reached by TLS and in no other way."""
        return self.scheme == "ircs"

    @property
    def place(self) -> str:
        """HOST:PORT, the name by which a server is remembered."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def by_tls(self, port: int) -> Address:
        """The same host by TLS."""
        return replace(self, scheme="ircs", port=port)

    def __str__(self) -> str:
        return f"unix://{quote(self.path)}" if self.scheme == "unix" else f"{self.scheme}://{self.place}"


def parse_address(text: str, port: int | None = None) -> Address:
    """Read an address. `port` counts where the address names none. Raises AddressError."""
    if "://" not in text:
        return bare_address(text.strip(), port)
    scheme, _, rest = text.partition("://")
    scheme = scheme.lower()
    if scheme in NOT_OURS:
        raise AddressError(f"{NOT_OURS[scheme]}; {FORMS}")
    if scheme == "unix":
        return split_path(rest)
    if scheme not in DEFAULT_PORTS:
        raise AddressError(f"{text!r} is not an address of a chat server; {FORMS}")
    return split_url(text, scheme, port)


def bare_address(text: str, port: int | None) -> Address:
    """Read HOST, HOST:PORT, an IPv6 address or [IPv6]:PORT."""
    if text.startswith("/"):
        raise AddressError(f"{text!r} names no host; write unix://{text} for a socket on this machine")
    if text.count(":") > 1 and not text.startswith("["):
        text = f"[{text}]"
    return split_url(f"irc://{text}", "irc", port)


def split_url(text: str, scheme: str, port: int | None) -> Address:
    """Read irc://HOST:PORT/#a,#b; in the channels "%23" and a bare "#" mean the same."""
    try:
        parts = urlsplit(text, allow_fragments=False)
        found_port = parts.port
    except ValueError as error:
        raise AddressError(f"{text!r} is not an address: {error}") from None
    if parts.password is not None or parts.username is not None:
        raise AddressError("an address has no user or password in it; name yourself with --nick")
    if parts.query:
        raise AddressError("an address has no '?' in it; write %3F where it belongs to a channel's name")
    host = parts.hostname or ""
    if not host or any(character.isspace() or not character.isprintable() for character in host):
        raise AddressError(f"{text!r} names no host; {FORMS}")
    return Address(host, choose_port(found_port, port, scheme), split_channels(parts.path), scheme)


def split_path(rest: str) -> Address:
    """Read /PATH/#a,#b, what stands behind unix://."""
    path, _, channels = rest.partition("/#")
    path = unquote(path)
    if not path.startswith("/") or path.endswith("/"):
        raise AddressError(f"'unix://{rest}' names no socket; write unix:///PATH with three slashes")
    if not path.isprintable():
        raise AddressError("the path of a socket has no control characters")
    if len(path.encode("utf-8", "surrogateescape")) > PATH_BYTES_MAX:
        raise AddressError(f"the path of a socket has at most {PATH_BYTES_MAX} bytes; this one is longer")
    return unix_address(path, split_channels(f"#{channels}") if channels else ())


def unix_address(path: str, channels: tuple[str, ...] = (), otherwise: Address | None = None) -> Address:
    """The address of a socket on this machine."""
    return Address("", 0, channels, "unix", path, otherwise)


def choose_port(found: int | None, given: int | None, scheme: str) -> int:
    """The port in the address, else the one given beside it, else that of the scheme."""
    port = found if found is not None else given if given is not None else DEFAULT_PORTS[scheme]
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
