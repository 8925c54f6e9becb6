"""A certificate that nobody signed but itself, for a network without an authority.

Clients cannot ask an authority about it: they compare its fingerprint once and keep it. So it is made once and kept,
and a new one makes every client ask again.

Rules:
1. Both files are for the server's user alone (0600), and they are there whole or not at all.
2. What is there is never overwritten unless asked for.

Specification: RFC 5280; 825 days are the most that every client takes (Apple's limit for TLS servers).
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ipcchat.server.certificates import CERTIFICATE_NAME, KEY_NAME, CertificateError, Files
from ipcchat.wire.hostnames import is_hostname

VALID_DAYS = 825
CLOCK_DAYS = 1
"""A client whose clock is behind by less takes it all the same."""

COMMON_NAME_CHARACTERS_MAX = 64


def make_certificate(folder: Path, hosts: tuple[str, ...], now: datetime, *, replace: bool = False) -> Files:
    """Write a new certificate for these host names and addresses, and its key, into a folder, which is made when it is
    not there. Raises CertificateError."""
    names = [_name(host) for host in hosts]
    files = Files(folder / CERTIFICATE_NAME, folder / KEY_NAME, made_here=True)
    if not replace and (files.certificate.exists() or files.key.exists()):
        text = f"there is a certificate in {folder} already; --replace makes a new one"
        raise CertificateError(f"{text}, which every client that trusted the old one has to trust anew")
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _signed(key, hosts[0], names, now)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        unfinished = [_write(files.key, key_pem), _write(files.certificate, certificate.public_bytes(Encoding.PEM))]
        for path, place in zip(unfinished, (files.key, files.certificate), strict=True):
            path.replace(place)
    except OSError as error:
        raise CertificateError(f"cannot write into {folder}: {error.strerror}") from None
    return files


def _name(host: str) -> x509.GeneralName:
    """A host as certificates name it. Raises CertificateError."""
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        pass
    plain = host.removeprefix("*.")
    if not is_hostname(plain if "." in plain else f"{plain}."):
        raise CertificateError(f"{host!r} is no host name and no address; write it as clients do, without a port")
    return x509.DNSName(host.lower())


def _signed(
    key: ec.EllipticCurvePrivateKey, host: str, names: list[x509.GeneralName], now: datetime
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:COMMON_NAME_CHARACTERS_MAX])])
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"),
        False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=CLOCK_DAYS))
        .not_valid_after(now + timedelta(days=VALID_DAYS - CLOCK_DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=True, encipher_only=False, decipher_only=False, **usage), critical=True
        )
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.sign(key, hashes.SHA256())


def _write(place: Path, content: bytes) -> Path:
    """A file beside its place, on disk, that only its owner can read."""
    unfinished = place.with_name(f"{place.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    return unfinished
