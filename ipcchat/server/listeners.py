"""Listening sockets, and accepting.

Rules:
1. What cannot be listened on is a ListenError with an exit code and with what to do instead.
2. When descriptors run out accepting pauses and is tried again: a listener that is always ready would spin.
3. A listener says what its connections are: their class, and who is at the other end.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.core.replies import encoded
from ipcchat.server import handed_over
from ipcchat.server.addresses import EXIT_NO_PERMISSION, EXIT_UNAVAILABLE, Address, ListenError
from ipcchat.server.connection import Connection
from ipcchat.wire.message import WireError

if TYPE_CHECKING:
    from ipcchat.server.tls import ServerTLS

BACKLOG = 4_096
"""asyncio's default of 100 turned 200 connects at once into a stall of a second."""

ACCEPTS_MAX = 256
"""How many are accepted before others have their turn."""

EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Listener:
    """One listening socket for IRC over TCP. Raises ListenError when it cannot be had. `tls` is there for ircs:// and
    https://; `is_http`: what comes begins as HTTP. `url` is how it was asked for, `address` what it is."""

    tls: ServerTLS | None = None
    is_http = False

    def __init__(self, address: Address) -> None:
        self.sock = handed_over.take(address.url) or bind(address)
        self.url = address.url
        self.address = msgspec.structs.replace(address, port=self.sock.getsockname()[1])
        self.paused = False

    def connection(self, sock: socket.socket, number: int, lane: int, peer: Peer, limits: Limits) -> Connection:
        """What serves a socket that was accepted here."""
        return Connection(sock, number, lane, peer, limits)

    def refuse(self, sock: socket.socket, reason: str) -> None:
        """Say why and close; what the socket does not take at once is not said."""
        try:
            sock.send(encoded("", f"ERROR :{reason}"))
        except (OSError, WireError):
            pass
        sock.close()

    def accept(self) -> Iterator[tuple[socket.socket, Peer]]:
        """The connections that wait, at most ACCEPTS_MAX, each with who is there.

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
            yield sock, self.peer(sock, peer)

    def peer(self, sock: socket.socket, address: Any) -> Peer:
        """Who connected, from that address."""
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Peer(visible_host(address[0]))

    def close(self) -> None:
        """Stop listening."""
        self.sock.close()


def visible_host(host: str) -> str:
    """An address as IRC can carry it: IPv4 without its IPv6 coat, and never with a colon in front (a parameter would
    end there)."""
    host = host.removeprefix("::ffff:") if "." in host else host.partition("%")[0]
    return f"0{host}" if host.startswith(":") else host


def bind(address: Address, backlog: int = BACKLOG) -> socket.socket:
    """A listening, non-blocking socket; with a backlog of 0 it is only bound. Of a name's addresses it is IPv4 that a
    client tries when nothing is said. Raises ListenError."""
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, target = min(found, key=lambda choice: choice[0] != socket.AF_INET)
        sock = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ListenError(f"cannot listen on {address.url}: {_cause(error)}", EXIT_UNAVAILABLE) from error
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if address.shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(target)
        if backlog:
            sock.listen(backlog)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        raise _listen_error(address, error) from error
    return sock


def _listen_error(address: Address, error: OSError) -> ListenError:
    if error.errno == errno.EADDRINUSE:
        other = msgspec.structs.replace(address, port=address.port + 1 if address.port < 65_535 else 0)
        return ListenError(f"port {address.port} is in use; try --listen {other.url}", EXIT_UNAVAILABLE)
    if error.errno in (errno.EACCES, errno.EPERM):
        return ListenError(
            f"no permission to listen on {address.url}; ports below 1024 need root, try port 6667", EXIT_NO_PERMISSION
        )
    return ListenError(f"cannot listen on {address.url}: {_cause(error)}", EXIT_UNAVAILABLE)


def _cause(error: OSError) -> str:
    return error.strerror or os.strerror(error.errno or 0)
