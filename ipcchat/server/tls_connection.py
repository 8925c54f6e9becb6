"""One socket with TLS: a Connection that makes a handshake first and whose bytes are encrypted on the way.

OpenSSL by pyOpenSSL, because the standard library cannot take a client's certificate that no authority signed, and
that is how people log in on IRC (SASL EXTERNAL).

Rules:
1. Nothing that came before the end of the handshake is ever taken for a line, and nothing is sent.
2. A cut without a close_notify is an end like that of TCP: complete lines count, what is unterminated is dropped.
3. One call never works on more than one record. OpenSSL would go on by itself while key updates or renegotiations keep
   coming (SSL_MODE_AUTO_RETRY), and one peer could keep everybody else waiting.
4. A peer pays for what it costs without saying anything: more than CPU_SECONDS_MAX for handshakes, key updates and
   records of a byte, and it is cut off. What it says is paid for by the flood limits.
5. A record that the socket did not take is offered again as it was: OpenSSL takes no other.

Importing this module imports OpenSSL; a server without an ircs:// listener never does.
"""

from __future__ import annotations

import hashlib
import socket
import time

import msgspec
from OpenSSL import SSL, crypto

from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.server.addresses import Address
from ipcchat.server.connection import Connection, CutOff, ForeignProtocol
from ipcchat.server.listeners import Listener
from ipcchat.server.tls import NoCommonProtocol, ServerTLS

RECORD_BYTES_MAX = 16_384
"""What a record holds (RFC 8446 5.1): a read of so much leaves nothing behind in OpenSSL, where no poller would see
it."""

CPU_SECONDS_MAX = 1.0
CPU_LEAK_SECONDS = 0.001
"""The budget of rule 4, and how much of it comes back in a second: a slow machine and a connection of a year are no
attack."""

CPU_FREE_SECONDS_PER_BYTE = 5e-7
"""A line of 40 bytes may take 20 us, about twice what it takes; a record of one byte takes more than it may."""

FIRST_BYTES = 8
_HANDSHAKE_RECORD = 0x16
_HTTP_METHODS = (b"GET ", b"POST ", b"HEAD ", b"PUT ", b"OPTIONS ", b"CONNECT ", b"DELETE ")


class TLSListener(Listener):
    """A listening socket for IRC over TLS. Raises ListenError when it cannot be had."""

    def __init__(self, address: Address, tls: ServerTLS) -> None:
        super().__init__(address)
        self.tls = self._tls = tls

    def connection(self, sock: socket.socket, number: int, lane: int, peer: Peer, limits: Limits) -> Connection:
        """What serves a socket that was accepted here."""
        return TLSConnection(sock, number, lane, peer, limits, self._tls.context(lane))

    def refuse(self, sock: socket.socket, reason: str) -> None:
        """Close without a word: whoever waits for a handshake could not read one."""
        sock.close()


class TLSConnection(Connection):
    """A socket with TLS. `peer.certificate` is there when it is ready."""

    transport = "tls"

    __slots__ = ("_begun", "_charged", "_closing", "_spent", "_stuck", "_tls", "_wants_write", "prepare_seconds_max")

    def __init__(
        self, sock: socket.socket, number: int, lane: int, peer: Peer, limits: Limits, context: SSL.Context
    ) -> None:
        super().__init__(sock, number, lane, peer, limits)
        self.ready = False
        self.prepare_seconds_max = limits.handshake_seconds_max
        self.receive = self._receive
        self.send = self._send
        self._tls = SSL.Connection(context, sock)
        self._tls.set_accept_state()
        SSL._lib.SSL_clear_mode(self._tls._ssl, SSL._lib.SSL_MODE_AUTO_RETRY)  # type: ignore[attr-defined]
        self._begun = False
        self._closing = False
        self._wants_write = False
        self._stuck = b""
        self._spent = 0.0
        self._charged = time.monotonic()

    @property
    def wants_write(self) -> bool:
        """Whether the handshake has something to write that the socket did not take."""
        return self._wants_write

    def prepare(self) -> None:
        """Go on with the handshake. Raises ForeignProtocol when it comes to nothing, and CutOff when it costs too
        much."""
        if not self._begun and not self._speaks_tls():
            return
        began = time.thread_time()
        self._wants_write = False
        try:
            self._tls.do_handshake()
        except SSL.WantReadError:
            pass
        except SSL.WantWriteError:
            self._wants_write = True
        except NoCommonProtocol as error:
            raise ForeignProtocol(str(error)) from None
        except SSL.SysCallError:
            raise ForeignProtocol("the peer went away during the TLS handshake") from None
        except SSL.Error as error:
            raise ForeignProtocol(f"the TLS handshake failed: {reason_of(error)}") from None
        else:
            # Still the same Peer: core counts the connection by that object.
            msgspec.structs.force_setattr(self.peer, "secure", True)
            msgspec.structs.force_setattr(self.peer, "certificate", self._certificate())
            self.ready = True
        self._charge(time.thread_time() - began, 0)

    def end_output(self) -> None:
        """Say that nothing more will be sent: a close_notify, then the end of the stream. Raises OSError."""
        self._say_closed()
        super().end_output()

    def close(self) -> None:
        """Close the socket; a close_notify that the socket does not take at once is not sent."""
        self._say_closed()
        super().close()

    def _speaks_tls(self) -> bool:
        """Whether the first bytes are here. Raises ForeignProtocol when they are not those of TLS: OpenSSL and the
        peer would only puzzle each other."""
        try:
            first = self.sock.recv(FIRST_BYTES, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            first = b""
        if not first:
            raise ForeignProtocol("the peer went away before the TLS handshake")
        if first[0] != _HANDSHAKE_RECORD:
            raise ForeignProtocol(f"{'HTTP' if first.startswith(_HTTP_METHODS) else 'no TLS'} on a port for TLS")
        self._begun = True
        return True

    def _certificate(self) -> str:
        """The fingerprint of the certificate that the peer showed; the handshake has proved that it has the key."""
        certificate = self._tls.get_peer_certificate()
        if certificate is None:
            return ""
        return hashlib.sha256(crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)).hexdigest()

    def _receive(self, bytes_max: int) -> bytes:
        """What one record says, however long it is; b"" at the end. Raises BlockingIOError, OSError and CutOff."""
        began = time.thread_time()
        received, nothing = b"", False
        try:
            received = self._tls.recv(RECORD_BYTES_MAX)
        except SSL.WantReadError:
            nothing = True
        except SSL.WantWriteError:
            raise CutOff("TLS asked for an answer and does not read it") from None
        except SSL.ZeroReturnError:
            return b""
        except SSL.SysCallError as error:
            if error.args[0] == -1:
                return b""
            raise OSError(error.args[0], "Connection lost") from None
        except SSL.Error as error:
            raise OSError(0, f"TLS failed: {reason_of(error)}") from None
        self._charge(time.thread_time() - began, len(received))
        if nothing:
            raise BlockingIOError
        return received

    def _send(self, written: bytes) -> int:
        """Send what the socket takes and return how much that is; it can be more than `written` has, when that begins
        with a record that was longer. Raises BlockingIOError and OSError."""
        size, sent, part = len(written), 0, written
        try:
            while sent < size:
                part = self._stuck or written[sent : sent + RECORD_BYTES_MAX]
                sent += self._tls.send(part)
                self._stuck = b""
        except SSL.WantWriteError:
            self._stuck = part
            if not sent:
                raise BlockingIOError from None
        except SSL.Error as error:
            raise OSError(0, f"TLS failed: {reason_of(error)}") from None
        return sent

    def _charge(self, seconds: float, received: int) -> None:
        """Take processor time from the budget. Raises CutOff when it is used up."""
        cost = seconds - received * CPU_FREE_SECONDS_PER_BYTE
        if cost <= 0:
            return
        now = time.monotonic()
        self._spent = max(0.0, self._spent - (now - self._charged) * CPU_LEAK_SECONDS) + cost
        self._charged = now
        if self._spent > CPU_SECONDS_MAX:
            raise CutOff(f"TLS took more than {CPU_SECONDS_MAX:g} s of processor time and said nothing")

    def _say_closed(self) -> None:
        """Send a close_notify, once; not on a closed socket, whose number may be another's already."""
        if self._closing or not self.ready or self.sock.fileno() < 0:
            return
        self._closing = True
        try:
            self._tls.shutdown()
        except SSL.Error:
            pass  # The socket is full, or the peer is gone: it finds the end without.


def reason_of(error: SSL.Error) -> str:
    """OpenSSL's reason in a few words."""
    reasons = error.args[0] if error.args else None
    if isinstance(reasons, list) and reasons:
        return str(reasons[-1][-1])
    return "the connection broke" if isinstance(error, SSL.SysCallError) else "no reason given"
