"""One connection by TCP, TLS or a Unix socket, and the pause between two.

Rules:
1. Opening has a limit; so has every wait for bytes.
2. Errors of the operating system become a reason for people, by `reason_for`.
3. The pause before the next try is random between 0 and a limit that doubles from a quarter of a second to 30 s ("full
   jitter"), so that a thousand clients of a restarted server do not come back in the same instant.
4. What a TLS handshake must be like is said by the `ssl.SSLContext` alone, which `dialing` makes.
"""

from __future__ import annotations

import asyncio
import errno
import random
import socket
import ssl
from collections.abc import Callable
from ipaddress import ip_address

from ipcchat.client.protection import IN_THE_CLEAR, Protection
from ipcchat.client.urls import Address

OPEN_SECONDS = 10.0
# Below OPEN_SECONDS, so that who gets no further than the handshake is told that.
HANDSHAKE_SECONDS = 8.0
READ_BYTES_MAX = 65_536
UNSENT_BYTES_MAX = 1_048_576
BACKOFF_FIRST_SECONDS = 0.25
BACKOFF_LAST_SECONDS = 30.0


class Backoff:
    """How long to wait before the next try. `draw` gives a number from 0 to 1."""

    def __init__(self, draw: Callable[[], float] = random.random) -> None:
        self._draw = draw
        self._tries = 0

    def next_seconds(self) -> float:
        """The next pause in seconds."""
        limit = min(BACKOFF_LAST_SECONDS, BACKOFF_FIRST_SECONDS * float(1 << self._tries))
        self._tries = min(self._tries + 1, 16)
        return self._draw() * limit

    def reset(self) -> None:
        """A connection held: begin with short pauses again."""
        self._tries = 0


class Connection:
    """One open connection; made by `open_connection`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.protection = IN_THE_CLEAR

    @property
    def server_certificate(self) -> bytes:
        """The certificate that the server showed, in DER; b"" without TLS."""
        tls = self._writer.get_extra_info("ssl_object")
        return (tls.getpeercert(binary_form=True) or b"") if tls is not None else b""

    @property
    def tls_version(self) -> str:
        """The version of TLS that is spoken, such as "TLSv1.3"; "" without TLS."""
        tls = self._writer.get_extra_info("ssl_object")
        return (tls.version() or "") if tls is not None else ""

    @property
    def is_loopback(self) -> bool:
        """Whether the other end is this machine, by the address that is really connected."""
        name = self._writer.get_extra_info("peername")
        return isinstance(name, tuple) and ip_address(name[0].partition("%")[0]).is_loopback

    async def read(self, seconds: float) -> bytes | None:
        """Bytes that came; b"" at the end of the connection; None when nothing came within `seconds`. Raises
        OSError."""
        try:
            async with asyncio.timeout(seconds):
                return await self._reader.read(READ_BYTES_MAX)
        except TimeoutError:
            return None

    def write(self, data: bytes) -> None:
        """Send bytes; what the system does not take at once is sent later."""
        if data and not self._writer.is_closing():
            self._writer.write(data)

    async def drain(self, seconds: float) -> None:
        """Wait until the other side has taken most of what was written. Raises OSError (TimeoutError)."""
        async with asyncio.timeout(seconds):
            await self._writer.drain()

    @property
    def is_choked(self) -> bool:
        """Whether the other side has not taken what was written for so long that it never will."""
        return self._writer.transport.get_write_buffer_size() > UNSENT_BYTES_MAX

    def close(self) -> None:
        """Close at once, unsent bytes included."""
        self._writer.transport.abort()


async def open_connection(address: Address, tls: ssl.SSLContext | None = None) -> Connection:
    """Connect, with `tls` where the address says so. Raises OSError (TimeoutError after OPEN_SECONDS, ssl.SSLError)."""
    assert address.secure == (tls is not None)
    async with asyncio.timeout(OPEN_SECONDS):
        if address.scheme == "unix":
            connection = Connection(*await asyncio.open_unix_connection(address.path))
            connection.protection = Protection(unix=True)
            return connection
        limit = HANDSHAKE_SECONDS if tls is not None else None
        try:
            reader, writer = await asyncio.open_connection(
                address.host, address.port, ssl=tls, ssl_handshake_timeout=limit
            )
        except ConnectionResetError:
            reason = f"{address} breaks off the TLS handshake" if tls is not None else f"{address} hangs up at once"
            raise ConnectionResetError(errno.ECONNRESET, reason) from None
    connected = writer.get_extra_info("socket")
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection = Connection(reader, writer)
    connection.protection = Protection(loopback=connection.is_loopback)
    return connection


def reason_for(error: OSError, address: Address) -> str:
    """Why there is no connection, for people."""
    if isinstance(error, ssl.SSLError):
        return tls_reason(error, address)
    if isinstance(error, socket.gaierror):
        return f"there is no host {address.host}"
    if "SSL handshake" in str(error):
        return f"{address} does not finish the TLS handshake; perhaps it does not speak TLS"
    if address.scheme == "unix":
        return unix_reason(error, address)
    if (
        isinstance(error, ConnectionRefusedError)
        or error.errno == errno.ECONNREFUSED
        or "Multiple exceptions" in str(error)
    ):
        return f"nothing listens on {address}"
    if isinstance(error, TimeoutError):
        return f"{address} does not answer"
    return error.strerror or str(error) or type(error).__name__


def unix_reason(error: OSError, address: Address) -> str:
    """Why a Unix socket cannot be used."""
    if isinstance(error, FileNotFoundError | ConnectionRefusedError):
        return f"nothing listens on {address}"
    if isinstance(error, PermissionError):
        return f"you may not use {address}; its owner decides who may"
    return error.strerror or f"{address} does not answer"


# Words in OpenSSL's reasons, and what they mean to somebody who wants to chat.
TLS_REASONS = {
    "WRONG_VERSION_NUMBER": "{address} does not speak TLS; if it is meant to be without, write irc://",
    "HTTP_REQUEST": "{address} does not speak TLS",
    "UNSUPPORTED_PROTOCOL": "{address} has no TLS of version 1.2 or newer; it is too old to be safe",
    "PROTOCOL_VERSION": "{address} has no TLS of version 1.2 or newer; it is too old to be safe",
    "HANDSHAKE_FAILURE": "{address} and this machine have no way of TLS in common",
    "CERTIFICATE_REQUIRED": "{address} wants a certificate of yours (--certificate FILE)",
    "UNEXPECTED_EOF": "{address} breaks off the TLS handshake",
    "EOF occurred": "{address} breaks off the TLS handshake",
}


def tls_reason(error: ssl.SSLError, address: Address) -> str:
    """Why there is no TLS, for people."""
    said = f"{error.reason or ''} {error}"
    found = next((words for sign, words in TLS_REASONS.items() if sign in said), "TLS with {address} failed: {said}")
    return found.format(address=address, said=said.strip())
