"""The other side of TLS for hostile rows: a client that says lines, one that says single messages of the handshake
byte by byte, and one that does with OpenSSL what no honest client does.

Shares nothing with the server: the standard library's TLS, the machine's OpenSSL, and bytes.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import socket
import ssl
import struct
from collections.abc import Iterable

from tests.e2e.raw_client import SECONDS_MAX, RawClient

SSL3, TLS1_0, TLS1_1, TLS1_2 = 0x0300, 0x0301, 0x0302, 0x0303
ECDHE_ECDSA_AES128_GCM = 0xC02B
ALERT, HANDSHAKE, APPLICATION = 21, 22, 23
CLIENT_HELLO, SERVER_HELLO, CERTIFICATE = 1, 2, 11


class TLSClient(RawClient):
    """An IRC client by TLS that says exactly what it is told to."""

    def __init__(self, port: int, context: ssl.SSLContext, name: str | None = "localhost") -> None:
        super().__init__(port)
        context.check_hostname = name is not None
        self._socket: socket.socket = context.wrap_socket(self._socket, server_hostname=name)

    @property
    def tls(self) -> ssl.SSLSocket:
        """What the standard library knows of the connection."""
        assert isinstance(self._socket, ssl.SSLSocket)
        return self._socket

    def __enter__(self) -> TLSClient:
        return self

    def registers(self, nick: str, capabilities: str = "", user: str = "") -> TLSClient:
        """Become `nick` and read the welcome."""
        super().registers(nick, capabilities, user)
        return self

    def joins(self, *channels: str) -> TLSClient:
        """Enter channels and read who is there."""
        super().joins(*channels)
        return self

    def cuts(self) -> None:
        """End without a close_notify."""
        socket.socket(fileno=self._socket.detach()).close()

    def sends_half_a_record(self, text: bytes) -> None:
        """The first half of a record that holds `text`, and no more."""
        with socket.socket(fileno=socket.dup(self._socket.fileno())) as plain:
            plain.sendall(struct.pack("!BHH", APPLICATION, TLS1_2, len(text) + 17) + b"\0" * (len(text) // 2))


def client_hello(version: int, ciphers: Iterable[int], extensions: bytes = b"", record: int = TLS1_0) -> bytes:
    """A ClientHello in its record (RFC 5246 7.4.1.2), for TLS 1.2 and before."""
    suites = b"".join(struct.pack("!H", cipher) for cipher in ciphers)
    groups = extension(10, struct.pack("!HHH", 4, 29, 23))
    points = extension(11, b"\x01\x00")
    signatures = extension(13, struct.pack("!HHHH", 6, 0x0403, 0x0804, 0x0401))
    extensions = groups + points + signatures + extensions
    body = struct.pack("!H", version) + b"r" * 32 + b"\0"
    body += struct.pack("!H", len(suites)) + suites + b"\x01\x00"
    if version > SSL3:
        body += struct.pack("!H", len(extensions)) + extensions
    return record_of(HANDSHAKE, message(CLIENT_HELLO, body), min(record, version))


def extension(number: int, content: bytes) -> bytes:
    """One extension of a ClientHello."""
    return struct.pack("!HH", number, len(content)) + content


def message(kind: int, body: bytes) -> bytes:
    """One message of a handshake."""
    return struct.pack("!B", kind) + len(body).to_bytes(3, "big") + body


def record_of(kind: int, content: bytes, version: int = TLS1_2) -> bytes:
    """One record."""
    return struct.pack("!BHH", kind, version, len(content)) + content


def garbage_certificate() -> bytes:
    """A client's Certificate whose bytes are none (RFC 5246 7.4.6)."""
    der = b"\x30\x82\x01\x00" + b"\xff" * 200
    entry = len(der).to_bytes(3, "big") + der
    return record_of(HANDSHAKE, message(CERTIFICATE, len(entry).to_bytes(3, "big") + entry))


def answer(port: int, *parts: bytes) -> tuple[bytes, bool]:
    """What a server says to these bytes, and whether it said a ServerHello. Each part but the first waits until the
    server has said something."""
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS_MAX) as sock:
        heard = b""
        for part in parts[:-1]:
            sock.sendall(part)
            heard += sock.recv(65_536)
        sock.sendall(parts[-1])
        try:
            while received := sock.recv(65_536):
                heard += received
                if heard[:1] == bytes([HANDSHAKE]) and len(parts) == 1:
                    break
        except ConnectionError:
            pass
    return heard, heard[:1] == bytes([HANDSHAKE]) and heard[5:6] == bytes([SERVER_HELLO])


class OpenSSLClient:
    """A client of the machine's own OpenSSL, for what Python's has no words for."""

    def __init__(self, port: int, version: int = 0) -> None:
        self._lib = library()
        self._context = self._lib.SSL_CTX_new(self._lib.TLS_client_method())
        if version:
            self._lib.SSL_CTX_ctrl(self._context, 124, version, None)  # SSL_CTX_set_max_proto_version
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS_MAX)
        self._socket.settimeout(None)
        self._ssl = self._lib.SSL_new(self._context)
        self._lib.SSL_set_fd(self._ssl, self._socket.fileno())
        assert self._lib.SSL_connect(self._ssl) == 1

    def __enter__(self) -> OpenSSLClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._lib.SSL_free(self._ssl)
        self._lib.SSL_CTX_free(self._context)

    def updates_key(self) -> bool:
        """Send a KeyUpdate (RFC 8446 4.6.3) that wants no answer; False when the connection is gone."""
        return bool(self._lib.SSL_key_update(self._ssl, 0) == 1 and self._lib.SSL_do_handshake(self._ssl) == 1)

    def renegotiates(self) -> bool:
        """Ask for another handshake (RFC 5246 7.4.1.1); whether there was one."""
        return bool(self._lib.SSL_renegotiate(self._ssl) == 1 and self._lib.SSL_do_handshake(self._ssl) == 1)

    def sends(self, text: bytes) -> bool:
        """Send `text` in one record; False when the connection is gone."""
        return int(self._lib.SSL_write(self._ssl, text, len(text))) == len(text)


def library() -> ctypes.CDLL:
    """The machine's libssl."""
    name = ctypes.util.find_library("ssl")
    assert name, "install libssl (Debian: libssl3)"
    found = ctypes.CDLL(name)
    pointer, number = ctypes.c_void_p, ctypes.c_int
    signatures = {
        "TLS_client_method": (pointer, []),
        "SSL_CTX_new": (pointer, [pointer]),
        "SSL_CTX_free": (None, [pointer]),
        "SSL_CTX_ctrl": (ctypes.c_long, [pointer, number, ctypes.c_long, pointer]),
        "SSL_new": (pointer, [pointer]),
        "SSL_free": (None, [pointer]),
        "SSL_set_fd": (number, [pointer, number]),
        "SSL_connect": (number, [pointer]),
        "SSL_key_update": (number, [pointer, number]),
        "SSL_renegotiate": (number, [pointer]),
        "SSL_do_handshake": (number, [pointer]),
        "SSL_write": (number, [pointer, ctypes.c_char_p, number]),
    }
    for function, (result, arguments) in signatures.items():
        getattr(found, function).restype = result
        getattr(found, function).argtypes = arguments
    return found
