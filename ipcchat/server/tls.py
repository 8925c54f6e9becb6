"""What the server's TLS is: the protocol's settings, and the certificate in use, which can change while it runs.

Rules:
1. TLS 1.2 and 1.3 and nothing older; with 1.2 only ephemeral keys and authenticated ciphers. No compression, no
   renegotiation, no early data, no resumption: every connection proves anew who it is.
2. A client may show any certificate: it is asked for one, and whoever signed it, only its fingerprint counts
   (SASL EXTERNAL). That the client has the key is proved by the handshake.
3. A client that names protocols (ALPN) and not the one that is spoken here, `irc` or `http/1.1`, is refused: it is a
   browser at a port for IRC, or somebody who misleads one. A browser is asked for no certificate.
4. A new certificate counts for the connections that come after it. One that cannot be used changes nothing.

Specification: RFC 9325 (recommendations for TLS), RFC 7301 (ALPN; `irc` is registered), RFC 8446, RFC 5246.
"""

from __future__ import annotations

import msgspec
from OpenSSL import SSL

from ipcchat.server.certificates import Certificate, CertificateError, Files, read_certificate, today

IRC, HTTP = b"irc", b"http/1.1"
WEB = -1
"""Stands for the lane where HTTP is: core's own loop."""

CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20"
GROUPS = (b"X25519MLKEM768:X25519:P-256", b"X25519:P-256")
"""The first that OpenSSL knows: what is recorded today shall not be read by the machines of tomorrow."""

OPTIONS = (
    SSL.OP_NO_COMPRESSION
    | SSL.OP_NO_RENEGOTIATION
    | SSL.OP_NO_TICKET
    | SSL.OP_CIPHER_SERVER_PREFERENCE
    | SSL.OP_SINGLE_ECDH_USE
)
CHAIN_DEPTH_MAX = 0
"""How far OpenSSL looks behind a client's certificate: nobody asks who signed it, and looking costs time."""


class NoCommonProtocol(Exception):
    """The client names application protocols, and the one that is spoken here is none of them; the text says so."""


class Signature(msgspec.Struct, frozen=True):
    """By what a changed file is known without reading it: number, size and time of each of them."""

    files: tuple[tuple[int, int, int], ...]


class ServerTLS:
    """The certificate in use and the contexts made of it. Raises CertificateError when there is none to begin with."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self._seen = self._latest = signature_of(files)
        self.certificate = read_certificate(files)
        self._contexts = {0: new_context(self.certificate)}

    def context(self, lane: int) -> SSL.Context:
        """The context for new connections of a lane, or of WEB.

        Each lane has its own: pyOpenSSL keeps what a callback raised at the context, and another thread would get it.
        """
        contexts = self._contexts
        if lane not in contexts:
            contexts[lane] = new_context(self.certificate, HTTP if lane == WEB else IRC)
        return contexts[lane]

    def has_changed(self) -> bool:
        """Whether there are other files than those that were read last, and the same as at the last look: who writes
        them may write one after the other."""
        before, self._latest = self._latest, signature_of(self.files)
        return self._latest == before and self._latest != self._seen

    def read_again(self, files: Files) -> bool:
        """Take the certificate that is in the files now; whether it is another one. Raises CertificateError, and all
        stays as it was."""
        self._seen = self._latest = signature_of(files)
        self.files = files
        certificate = read_certificate(files)
        if certificate.chain == self.certificate.chain:
            return False
        if certificate.days_left(today()) < 0:
            raise CertificateError(f"the certificate in {files.certificate} expired on {certificate.expires:%Y-%m-%d}")
        context = new_context(certificate)
        self.certificate, self._contexts = certificate, {0: context}
        return True


def new_context(certificate: Certificate, protocol: bytes = IRC) -> SSL.Context:
    """A context for connections that clients open to speak that protocol. Raises CertificateError when OpenSSL does not
    take the certificate."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(OPTIONS)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_cipher_list(CIPHERS)
    lib = SSL._lib  # type: ignore[attr-defined]
    if not any(lib.SSL_CTX_set1_curves_list(context._context, groups) == 1 for groups in GROUPS):
        raise CertificateError("this OpenSSL has no X25519: install the requirements of this project")
    context.set_verify(SSL.VERIFY_PEER if protocol == IRC else SSL.VERIFY_NONE, _take_any)
    context.set_verify_depth(CHAIN_DEPTH_MAX)
    context.set_alpn_select_callback(_choose_protocol if protocol == IRC else _choose_http)
    try:
        context.use_privatekey(certificate.key)  # type: ignore[arg-type]
        context.use_certificate(certificate.leaf)
        for each in certificate.chain[1:]:
            context.add_extra_chain_cert(each)
    except (SSL.Error, TypeError) as error:
        reasons = error.args[0] if isinstance(error, SSL.Error) and error.args else None
        reason = reasons[-1][-1] if reasons else "this kind of key is not supported"
        raise CertificateError(f"TLS does not take this certificate: {reason}; make an EC P-256 one") from None
    return context


def signature_of(files: Files) -> Signature:
    """How the files look now; what is not there looks like nothing."""
    found = []
    for path in (files.certificate, files.key):
        try:
            status = path.stat()
        except OSError:
            found.append((0, 0, 0))
        else:
            found.append((status.st_ino, status.st_size, status.st_mtime_ns))
    return Signature(tuple(found))


def _take_any(*_: object) -> bool:
    """See rule 2."""
    return True


def _choose_protocol(_: SSL.Connection, offered: list[bytes]) -> bytes:
    """`irc` where it is offered. Raises NoCommonProtocol, which sends the alert that RFC 7301 asks for."""
    if IRC in offered:
        return IRC
    raise NoCommonProtocol("ALPN without irc on a port for IRC over TLS")


def _choose_http(_: SSL.Connection, offered: list[bytes]) -> bytes:
    """`http/1.1` where it is offered. Raises NoCommonProtocol."""
    if HTTP in offered:
        return HTTP
    raise NoCommonProtocol("ALPN without http/1.1 on a port for HTTP over TLS")
