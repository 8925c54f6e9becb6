"""Listener URLs, listening sockets, and accepting.

Rules:
1. What cannot be listened on is a ListenError with an exit code and with what to do instead.
2. When descriptors run out accepting pauses and is tried again: a listener that is always ready would spin.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec

BACKLOG = 4_096
"""asyncio's default of 100 turned 200 connects at once into a stall of a second."""

ACCEPTS_MAX = 256
"""How many are accepted before others have their turn."""

DEFAULT_PORT = 6667

EXIT_UNAVAILABLE = 69
EXIT_NO_PERMISSION = 77
EXIT_CONFIGURATION = 78

EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

_LATER = {"ircs": "TLS", "unix": "Unix sockets", "plain": "the plain door", "http": "the web", "https": "the web"}


class ListenError(Exception):
    """An address cannot be listened on; `exit_code` is the process's."""

    def __init__(self, text: str, exit_code: int) -> None:
        super().__init__(text)
        self.exit_code = exit_code


class Address(msgspec.Struct, frozen=True):
    """Where to listen: an IPv4 or IPv6 address or a host name, and a port (0: a free one)."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """As it is written: irc://HOST:PORT."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"irc://{host}:{self.port}"


def parse_listen_url(url: str) -> Address:
    """The address of irc://HOST[:PORT]. Raises ListenError (78) for everything else."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ListenError(f"--listen {url}: {error}", EXIT_CONFIGURATION) from error
    if parts.scheme in _LATER:
        later = f"{_LATER[parts.scheme]} ({parts.scheme}://) comes with a later version; use irc://HOST:PORT"
        raise ListenError(f"--listen {url}: {later}", EXIT_CONFIGURATION)
    extra = parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None
    if parts.scheme != "irc" or not host or extra:
        raise ListenError(f"--listen {url}: must look like irc://127.0.0.1:6667", EXIT_CONFIGURATION)
    return Address(host, DEFAULT_PORT if port is None else port)


class Listener:
    """One listening socket. Raises ListenError when it cannot be had."""

    def __init__(self, address: Address) -> None:
        self.sock = _bind(address)
        self.address = Address(address.host, self.sock.getsockname()[1])
        self.paused = False

    def accept(self) -> Iterator[tuple[socket.socket, str]]:
        """The connections that wait, at most ACCEPTS_MAX, each with the peer's address.

        Raises OSError with an errno of EXHAUSTED when the process cannot have more.
        """
        for _ in range(ACCEPTS_MAX):
            try:
                sock, peer = self.sock.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno in EXHAUSTED:
                    raise
                continue  # That peer went away before it was accepted.
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield sock, visible_host(peer[0])

    def close(self) -> None:
        """Stop listening."""
        self.sock.close()


def visible_host(host: str) -> str:
    """An address as IRC can carry it: IPv4 without its IPv6 coat, and never with a colon in front (a parameter would
    end there)."""
    host = host.removeprefix("::ffff:") if "." in host else host.partition("%")[0]
    return f"0{host}" if host.startswith(":") else host


def _bind(address: Address) -> socket.socket:
    """A listening, non-blocking socket. Of a name's addresses it is IPv4 that a client tries when nothing is said."""
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, target = min(found, key=lambda choice: choice[0] != socket.AF_INET)
        sock = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ListenError(f"cannot listen on {address.url}: {_cause(error)}", EXIT_UNAVAILABLE) from error
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(target)
        sock.listen(BACKLOG)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        raise _listen_error(address, error) from error
    return sock


def _listen_error(address: Address, error: OSError) -> ListenError:
    if error.errno == errno.EADDRINUSE:
        other = Address(address.host, address.port + 1 if address.port < 65_535 else 0)
        return ListenError(f"port {address.port} is in use; try --listen {other.url}", EXIT_UNAVAILABLE)
    if error.errno in (errno.EACCES, errno.EPERM):
        return ListenError(
            f"no permission to listen on {address.url}; ports below 1024 need root, try port 6667", EXIT_NO_PERMISSION
        )
    return ListenError(f"cannot listen on {address.url}: {_cause(error)}", EXIT_UNAVAILABLE)


def _cause(error: OSError) -> str:
    return error.strerror or os.strerror(error.errno or 0)
