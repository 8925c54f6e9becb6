"""From an address to a connection that may be used: which door, which certificate, whether it is the server we mean.

Rules:
1. By TLS a server is checked before a byte is said to it: by the authorities and names that this machine knows, or,
   when a fingerprint is known for it, by that alone. There is no third way and no switch that turns it off.
2. A host that wants TLS only (IRCv3 sts) is not gone to without, from the first time it said so, whatever fails then.
3. What this module learns goes into the file of `known_servers`; a certificate is never remembered without somebody who
   said so.
4. The other place of an address (`otherwise`) is tried at the start only: who was connected comes back to where he was.
5. A network can have several servers: those that the program named, and those that a server named to who could trust
   it. Each loss and each failure leads to the next one (`move_on`). A place that a server named is never less protected
   than the connection was, and one whose certificate is not trusted is not gone to again.

Specifications: IRCv3 sts; RFC 6125 by way of the ssl module.
"""

from __future__ import annotations

import errno
import logging
import random
import ssl
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from ipcchat.client.connection import Connection, open_connection
from ipcchat.client.errors import AddressError, ChatError, Untrusted
from ipcchat.client.fingerprints import parse_fingerprint
from ipcchat.client.known_servers import KnownServers
from ipcchat.client.protection import Protection
from ipcchat.client.urls import Address, parse_address
from ipcchat.wire.fingerprints import fingerprint_of

# OpenSSL's X509_V_ERR_: self-signed, self-signed in the chain, issuer not known, no issuer at all.
STRANGERS = frozenset({18, 19, 20, 21})
EXPIRED, NOT_YET_VALID = 10, 9
WRONG_NAMES = frozenset({62, 64})

PLACES_MAX = 16

log = logging.getLogger("ipcchat.client")


class Dialer:
    """Opens the connections of one Chat. `pin` is a fingerprint in any usual way, `certificate` a PEM file with our
    certificate and its key; `others` are further servers of the same network. Raises ChatError when one of them cannot
    be used."""

    def __init__(
        self,
        address: Address,
        *,
        pin: str = "",
        certificate: str = "",
        known: KnownServers | None = None,
        others: Iterable[Address] = (),
    ) -> None:
        self.address = address
        self._places = [address, *others]
        self._told: list[Address] = []
        self._pin = parse_fingerprint(pin) if pin else ""
        self._certificate = certificate
        self._known = known or KnownServers()
        self._settled = False
        if certificate:
            load_certificate(ssl.create_default_context(), certificate)

    async def open(self) -> Connection:
        """Connect. Raises OSError, Untrusted, ChatError (the file of known servers cannot be used)."""
        try:
            connection = await self._open(self._by_policy())
        except (FileNotFoundError, ConnectionRefusedError):
            if self._settled or self.address.otherwise is None:
                raise
            self._go_to(self.address.otherwise)
            connection = await self._open(self._by_policy())
        except Untrusted as error:
            if self.address not in self._told:
                raise
            self._told.remove(self.address)
            raise ConnectionAbortedError(errno.ECONNABORTED, str(error)) from None
        self._settled = True
        return connection

    def move_on(self) -> None:
        """The server is lost, or is not to be had: the next one, where there is another."""
        places = [*self._places, *(place for place in self._told if place not in self._places)]
        at = places.index(self.address) if self.address in places else -1
        self.address = places[(at + 1) % len(places)]

    def learn(self, named: Iterable[str], protection: Protection) -> None:
        """The server that we were connected to, with this protection, named the servers of its network."""
        told = [place for place in map(_place_in, named) if place is not None and _is_as_safe(place, protection)]
        if {*told} != {*self._told}:
            self._told = random.sample(told, min(len(told), PLACES_MAX))

    def _go_to(self, address: Address) -> None:
        """The present place is that one in truth."""
        self._places = [address if place == self.address else place for place in self._places]
        self._told = [place for place in self._told if place != self.address]
        self.address = address

    async def open_beside(self, place: Address, chat: Protection) -> Connection:
        """Connect to another place that a chat's server named, by the same rules: by TLS it must have the certificate
        that is known for it, or the chat's own where that is pinned and the host is the same, else one that this
        machine trusts. Our certificate is not shown there. Raises OSError, Untrusted, ChatError."""
        if not place.secure:
            return await open_connection(place)
        is_same_host = place.host.lower() == self.address.host.lower()
        own = chat.fingerprint if chat.pinned and is_same_host else ""
        return await self._open_tls(place, self._known.pin(place.place) or own, certificate="")

    def upgrade(self, port: int) -> None:
        """The server wants TLS: from now on there is no other way to it."""
        self._go_to(self.address.by_tls(port))

    def keep_strict(self, seconds: int) -> None:
        """The server, reached by TLS, wants TLS only for so long; 0: no longer."""
        try:
            if seconds:
                self._known.set_tls_only(self.address.host, self.address.port, time.time() + seconds)
            else:
                self._known.forget_tls_only(self.address.host)
        except ChatError as error:
            log.warning("that %s wants TLS only is not remembered: %s", self.address.host, error)

    def _by_policy(self) -> Address:
        """Where to go now."""
        if self.address.scheme == "irc":
            port = self._known.tls_port(self.address.host, time.time())
            if port is not None:
                self.upgrade(port)
        if self._pin and not self.address.secure:
            raise ChatError(f"a fingerprint is for TLS, and {self.address} is without; write ircs://")
        return self.address

    async def _open(self, address: Address) -> Connection:
        if not address.secure:
            return await open_connection(address)
        expected = self._pin or self._known.pin(address.place)
        return await self._open_tls(address, expected, self._certificate)

    async def _open_tls(self, address: Address, expected: str, certificate: str) -> Connection:
        """Connect by TLS and check who answers: `expected` is a fingerprint, `certificate` a file of ours."""
        try:
            connection = await open_connection(address, _context(certificate, pinned=bool(expected)))
        except ssl.SSLCertVerificationError as error:
            raise untrusted(error, address, await shown_fingerprint(address)) from None
        fingerprint = fingerprint_of(connection.server_certificate)
        if expected and fingerprint != expected:
            connection.close()
            raise changed(address, fingerprint, expected)
        connection.protection = Protection(
            tls=connection.tls_version,
            fingerprint=fingerprint,
            pinned=bool(expected),
            expired=expiry(connection.server_certificate) if expected else None,
            loopback=connection.protection.loopback,
            certificate=bool(certificate),
        )
        return connection


def _place_in(text: str) -> Address | None:
    """The address that a server named; None when it is none."""
    try:
        return parse_address(text)
    except AddressError:
        return None


def _is_as_safe(place: Address, protection: Protection) -> bool:
    """Whether nobody between can read along there, as nobody could here; and who we are is not known by a socket of
    this machine, which is not there."""
    if protection.unix or not protection.confidential or place.scheme == "unix":
        return False
    return place.secure or (is_loopback(place.host) and not protection.secure)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its address: names are not asked for."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _context(certificate: str, *, pinned: bool) -> ssl.SSLContext:
    context = bare_context() if pinned else ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate:
        load_certificate(context, certificate)
    return context


def bare_context() -> ssl.SSLContext:
    """TLS in which the certificate is not judged, for who compares its fingerprint himself and only for him."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def shown_fingerprint(address: Address) -> str:
    """The fingerprint of the certificate that a server shows, by a connection on which nothing else is said. Raises
    OSError."""
    connection = await open_connection(address, bare_context())
    try:
        return fingerprint_of(connection.server_certificate)
    finally:
        connection.close()


def load_certificate(context: ssl.SSLContext, file: str) -> None:
    """Show this certificate to servers. Raises ChatError."""

    def no_password() -> str:
        raise ChatError(f"the key in {file} has a password; give one without, in a file that only you can read")

    try:
        context.load_cert_chain(Path(file).expanduser(), password=no_password)
    except ssl.SSLError:
        raise ChatError(f"{file} is no certificate with its key; a PEM file with both is needed") from None
    except OSError as error:
        raise ChatError(f"{file} cannot be read: {error.strerror or errno.errorcode.get(error.errno or 0)}") from None


def untrusted(error: ssl.SSLCertVerificationError, address: Address, fingerprint: str) -> Untrusted:
    """What is wrong with a certificate that nothing is known about."""
    code, stranger = error.verify_code, error.verify_code in STRANGERS
    if stranger:
        reason = "is not signed by an authority that this machine knows"
    elif code in WRONG_NAMES:
        reason = f"is for other names than {address.host}: the address is wrong, or somebody else answers"
    elif code == EXPIRED:
        reason = "has expired; only whoever runs the server can help"
    elif code == NOT_YET_VALID:
        reason = "is not valid yet; is this machine's clock right?"
    else:
        reason = f"is not in order: {error.verify_message}"
    return Untrusted(f"the certificate of {address.place} {reason}", address.place, fingerprint, stranger=stranger)


def changed(address: Address, fingerprint: str, known: str) -> Untrusted:
    """Another certificate than the one we know."""
    text = (
        f"{address.place} shows another certificate than the one that is known for it: {fingerprint} in the place of "
        f"{known}. Either the server has a new one, or somebody else answers for it"
    )
    return Untrusted(text, address.place, fingerprint, known=known)


def expiry(certificate: bytes) -> datetime | None:
    """When the time of a certificate was over; None while it lasts, or when it cannot be read."""
    from cryptography.x509 import load_der_x509_certificate

    try:
        end = load_der_x509_certificate(certificate).not_valid_after_utc
    except ValueError:
        return None
    return end if end < datetime.now(UTC) else None
