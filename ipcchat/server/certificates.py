"""The server's certificate: read from its files, judged, and shown as people compare it.

Rules:
1. A certificate comes whole or not at all: with its chain and its key, which belong together.
2. A key that others on this machine can read is refused, unless the administrator allows it.
3. A `CertificateError` says which file, what is wrong with it and what to do. It never quotes what is in a key.

Specification: RFC 7468 (PEM), RFC 5280 (certificates), RFC 6125 6.4 (which names a certificate has).
"""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from ipcchat.server.settings import Loaded
from ipcchat.wire.fingerprints import fingerprint_of

CERTIFICATE_NAME = "certificate.pem"
KEY_NAME = "key.pem"
"""What `ipc-chat certificate --make` writes into the data folder."""

FILE_BYTES_MAX = 262_144
WARNING_DAYS = 14
"""How long before the end of a certificate its administrator is warned: two weeks, with holidays in them."""

NOT_FOR_OTHERS = 0o027
"""Permissions of a key that are too many: writing for its group, and everything for others."""


class CertificateError(Exception):
    """There is no usable certificate; the text says why and what to do."""


class Files(msgspec.Struct, frozen=True):
    """Where a certificate and its key are; both may be one file. `made_here` says that it was made
    by `ipc-chat certificate --make`."""

    certificate: Path
    key: Path
    key_may_be_read: bool = False
    made_here: bool = False


class Certificate(msgspec.Struct, frozen=True):
    """A certificate with its chain (itself first) and its key."""

    chain: tuple[x509.Certificate, ...]
    key: PrivateKeyTypes

    @property
    def leaf(self) -> x509.Certificate:
        """The certificate itself."""
        return self.chain[0]

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the whole certificate, in groups that people can compare."""
        return fingerprint_of(self.leaf.public_bytes(Encoding.DER))

    @property
    def names(self) -> tuple[str, ...]:
        """The host names and addresses it is for, as it spells them (subjectAltName)."""
        try:
            found = self.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (x509.ExtensionNotFound, ValueError):
            return ()
        hosts = found.get_values_for_type(x509.DNSName)
        return (*hosts, *map(str, found.get_values_for_type(x509.IPAddress)))

    @property
    def expires(self) -> datetime:
        """When its time is over."""
        return self.leaf.not_valid_after_utc

    def days_left(self, now: datetime) -> int:
        """The whole days until it expires; less than 0 when it did."""
        return (self.expires - now).days

    def is_for(self, host: str) -> bool:
        """Whether clients take it for the server at this host name (RFC 6125 6.4: a wildcard is one label, the
        first)."""
        host = host.lower()
        _, dot, parent = host.partition(".")
        wanted = {host, f"*.{parent}" if dot else host}
        return any(name.lower() in wanted for name in self.names)


def files_of(loaded: Loaded) -> Files | None:
    """The files that the settings name, else those that were made in the data folder; None when there are none.

    Relative paths are taken from the folder of the configuration file.
    """
    values = loaded.values
    if values["tls.certificate"]:
        certificate = loaded.base / str(values["tls.certificate"])
        key = loaded.base / str(values["tls.key"]) if values["tls.key"] else certificate
        return Files(certificate, key, bool(values["tls.key_may_be_read"]))
    if loaded.folder is not None and (loaded.folder / CERTIFICATE_NAME).exists():
        return Files(loaded.folder / CERTIFICATE_NAME, loaded.folder / KEY_NAME, made_here=True)
    return None


def read_certificate(files: Files) -> Certificate:
    """The certificate in its files, whatever its dates are. Raises CertificateError."""
    chain = _chain(files.certificate, _read(files.certificate)[0])
    content, permissions = _read(files.key)
    if permissions & NOT_FOR_OTHERS and not files.key_may_be_read:
        text = f"others on this machine can read or write the key in {files.key} (mode {permissions:04o}): chmod 600"
        raise CertificateError(f"{text}, or 640 for its group; tls.key_may_be_read = true allows it")
    key = _key(files.key, content)
    if chain[0].public_key() != key.public_key():
        if any(each.public_key() == key.public_key() for each in chain[1:]):
            raise CertificateError(f"{files.certificate}: the server's own certificate must be the first in the file")
        raise CertificateError(f"the key in {files.key} is not that of the certificate in {files.certificate}")
    return Certificate(chain, key)


def expiry_warning(certificate: Certificate, now: datetime) -> str:
    """What to say about the certificate's last days; "" before them."""
    days = certificate.days_left(now)
    if days < 0:
        return f"the certificate expired on {certificate.expires:%Y-%m-%d}: clients refuse it; renew it"
    if days < WARNING_DAYS:
        return f"the certificate expires on {certificate.expires:%Y-%m-%d}, in {days} days; renew it"
    return ""


def today() -> datetime:
    """Now, as certificates have their times."""
    return datetime.now(UTC)


def _read(path: Path) -> tuple[bytes, int]:
    """The bytes and the permissions of a file. Raises CertificateError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise CertificateError(f"{path} is no file")
            content = os.read(descriptor, FILE_BYTES_MAX + 1)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise CertificateError(f"{path} cannot be read: {error.strerror}") from None
    if len(content) > FILE_BYTES_MAX:
        raise CertificateError(f"{path}: expected at most {FILE_BYTES_MAX} bytes")
    return content, stat.S_IMODE(status.st_mode)


def _chain(path: Path, content: bytes) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(x509.load_pem_x509_certificates(content))
    except ValueError:
        text = f"{path}: expected a certificate in PEM, which begins with -----BEGIN CERTIFICATE-----"
        raise CertificateError(text) from None


def _key(path: Path, content: bytes) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(content, None)
    except TypeError:
        text = f"the key in {path} is encrypted, and nobody is there to type a password at the start"
        raise CertificateError(f"{text}; write one without: openssl pkey -in {path} -out new.pem") from None
    except Exception:
        # ValueError, UnsupportedAlgorithm and more; what they say may quote the key.
        raise CertificateError(f"{path}: expected a private key in PEM, -----BEGIN PRIVATE KEY-----") from None
