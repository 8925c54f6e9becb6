"""Where connections of trusted proxies wait until the proxy said for whom they are (proxy_header.py).

Rules:
1. Nobody is trusted unless `server.proxies` names him. Who is must begin with a header, in proxy_seconds_max; without
   one, or with a wrong one, the connection is closed and one log line says why.
2. Of the socket nothing but the header is read: what follows, a TLS handshake for instance, is for the door.
3. For all that comes later (limits of an address, bans, logs) the address in the header is the connection's.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from ipaddress import ip_address

import msgspec

from ipcchat.core.peers import Peer
from ipcchat.server import logs
from ipcchat.server.configuration import Configuration
from ipcchat.server.listeners import Listener, visible_host
from ipcchat.server.proxy_header import HEADER_BYTES_MAX, BadHeader, Header, header_bytes, parse_header

WAITING_MAX = 1_000
"""Connections without a header at a time; a proxy sends it at once."""

Welcome = Callable[[Listener, socket.socket, Peer], None]


class _Guest:
    """A connection whose proxy has not said all; `timer` ends its patience."""

    def __init__(self, listener: Listener, sock: socket.socket, peer: Peer) -> None:
        self.listener = listener
        self.sock = sock
        self.peer = peer
        self.received = b""
        self.timer: asyncio.TimerHandle | None = None


class Porch:
    """The connections of proxies before their headers are read. `welcome` gets each with the address in its header."""

    def __init__(self, configuration: Configuration, loop: asyncio.AbstractEventLoop, welcome: Welcome) -> None:
        self._configuration = configuration
        self._loop = loop
        self._welcome = welcome
        self._guests: set[_Guest] = set()

    def is_proxy(self, peer: Peer) -> bool:
        """Whether who connects is a proxy that the settings trust."""
        networks = self._configuration.loaded.proxies
        if not networks or peer.local is not None:
            return False
        address = ip_address(peer.address)
        return any(address in network for network in networks)

    def receive(self, listener: Listener, sock: socket.socket, peer: Peer) -> None:
        """Wait for the header of a proxy's connection."""
        guest = _Guest(listener, sock, peer)
        if len(self._guests) >= WAITING_MAX:
            self._turn_away(guest, "too many connections wait for their headers")
            return
        self._guests.add(guest)
        guest.timer = self._loop.call_later(
            self._configuration.limits.proxy_seconds_max, self._turn_away, guest, "it sent no header in time"
        )
        self._loop.add_reader(sock, self._read, guest)

    def close(self) -> None:
        """Close all that wait."""
        for guest in list(self._guests):
            self._release(guest)
            guest.sock.close()

    def _read(self, guest: _Guest) -> None:
        try:
            header = _read_header(guest)
        except (BlockingIOError, InterruptedError):
            return
        except (BadHeader, OSError) as error:
            self._turn_away(guest, str(error))
            return
        if header is not None:
            self._release(guest)
            self._welcome(guest.listener, guest.sock, _peer_behind(guest.peer, header))

    def _turn_away(self, guest: _Guest, reason: str) -> None:
        self._release(guest)
        guest.sock.close()
        logs.event(logging.WARNING, "a proxy's connection was closed", proxy=guest.peer.address, reason=reason)

    def _release(self, guest: _Guest) -> None:
        """Watch it no longer."""
        self._guests.discard(guest)
        if guest.timer is not None:
            guest.timer.cancel()
            self._loop.remove_reader(guest.sock)


def _read_header(guest: _Guest) -> Header | None:
    """Read what belongs to the header and no byte more. Raises BadHeader, OSError."""
    waiting = guest.sock.recv(HEADER_BYTES_MAX, socket.MSG_PEEK)
    if not waiting:
        raise BadHeader("it was closed before its header was whole")
    belonging = header_bytes(guest.received + waiting) - len(guest.received)
    guest.received += guest.sock.recv(min(belonging, len(waiting)))
    return parse_header(guest.received)


def _peer_behind(proxy: Peer, header: Header) -> Peer:
    if not header.address:
        return msgspec.structs.replace(proxy, secure=header.secure)
    return msgspec.structs.replace(proxy, address=visible_host(header.address), secure=header.secure)
