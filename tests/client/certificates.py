"""Certificates for the tests of TLS: an authority that this machine trusts while a test runs, servers, clients."""

from __future__ import annotations

import datetime
import hashlib
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme

from ipcchat.wire.fingerprints import written

LONG_AGO = datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC)


class Authority:
    """An authority that is trusted by what runs inside `trusted`, child processes included."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self.file = folder / "authority.pem"
        self._ca.cert_pem.write_to_path(self.file)

    @contextmanager
    def trusted(self) -> Iterator[None]:
        """OpenSSL reads $SSL_CERT_FILE in the place of the system's own file."""
        before = os.environ.get("SSL_CERT_FILE")
        os.environ["SSL_CERT_FILE"] = str(self.file)
        try:
            yield
        finally:
            os.environ.pop("SSL_CERT_FILE")
            if before is not None:
                os.environ["SSL_CERT_FILE"] = before

    def server(self, *names: str, expired: bool = False) -> ssl.SSLContext:
        """A server's side of TLS, with a certificate for these names, which wants to see a client's."""
        certificate = self._ca.issue_cert(
            *(names or ("localhost", "127.0.0.1")), not_after=LONG_AGO if expired else None
        )
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        certificate.configure_cert(context)
        context.verify_mode = ssl.CERT_OPTIONAL
        self._ca.configure_trust(context)
        return context

    def client(self, folder: Path, name: str) -> Path:
        """A client's certificate with its key, in one file."""
        file = folder / f"{name}.pem"
        self._ca.issue_cert(f"{name}@example.test", common_name=name).private_key_and_cert_chain_pem.write_to_path(file)
        return file


def self_signed(folder: Path, expired: bool = False) -> tuple[ssl.SSLContext, str]:
    """A server's side of TLS with a certificate that nobody signed but itself, and its fingerprint."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    end = LONG_AGO if expired else datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=9)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(LONG_AGO - datetime.timedelta(days=1))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    file = folder / f"self-signed-{certificate.serial_number}.pem"
    file.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + certificate.public_bytes(pem))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    der = certificate.public_bytes(serialization.Encoding.DER)
    return context, written(hashlib.sha256(der).hexdigest())
