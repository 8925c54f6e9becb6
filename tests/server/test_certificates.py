"""The server's certificate in its files: what is taken, what is refused and with which words."""

from __future__ import annotations

import hashlib
import ssl
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from ipcchat.server.certificates import (
    CertificateError,
    Files,
    expiry_warning,
    files_of,
    read_certificate,
    today,
)
from ipcchat.server.settings import Loaded, load
from ipcchat.wire.fingerprints import fingerprint_of
from tests.server.tls_files import Maker, replace


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path)


def test_a_certificate_is_read_with_its_chain_and_its_names(maker: Maker):
    certificate = read_certificate(maker.issue("chat.example.org", "192.0.2.1"))
    assert certificate.names == ("chat.example.org", "192.0.2.1")
    assert certificate.days_left(today()) == 90


def test_certificate_and_key_may_be_one_file(maker: Maker):
    files = maker.issue()
    replace(files.certificate, files.key.read_bytes() + files.certificate.read_bytes())
    assert read_certificate(Files(files.certificate, files.certificate)).names


def test_the_fingerprint_is_that_of_the_whole_certificate(maker: Maker):  # as openssl x509 -fingerprint -sha256
    files = maker.issue()
    der = ssl.PEM_cert_to_DER_cert(files.certificate.read_text())
    fingerprint = read_certificate(files).fingerprint
    assert fingerprint.replace(":", "") == "SHA256" + hashlib.sha256(der).hexdigest()
    assert [len(group) for group in fingerprint.split(":")] == [6, *[4] * 16]
    assert fingerprint == fingerprint_of(der)


@pytest.mark.parametrize(
    ("name", "host", "answer"),
    [
        ("chat.example.org", "chat.example.org", True),
        ("chat.example.org", "CHAT.example.ORG", True),
        ("*.example.org", "chat.example.org", True),
        ("*.example.org", "a.chat.example.org", False),
        ("*.example.org", "example.org", False),
        ("chat.example.org", "example.org", False),
    ],
)
def test_for_which_hosts_it_is(maker: Maker, name: str, host: str, answer: bool):  # RFC 6125 6.4
    assert read_certificate(maker.issue(name)).is_for(host) is answer


@pytest.mark.parametrize(
    ("mode", "taken"), [(0o600, True), (0o400, True), (0o640, True), (0o644, False), (0o660, False), (0o604, False)]
)
def test_a_key_that_others_can_read_is_refused(maker: Maker, mode: int, taken: bool):  # T04
    files = maker.issue()
    files.key.chmod(mode)
    if taken:
        assert read_certificate(files).names
        return
    with pytest.raises(CertificateError, match=rf"others .* {files.key} \(mode {mode:04o}\): chmod 600"):
        read_certificate(files)
    assert read_certificate(msgspec.structs.replace(files, key_may_be_read=True)).names


def test_what_is_no_certificate_is_named(maker: Maker):
    files = maker.issue()
    replace(files.certificate, b"-----BEGIN CERTIFICATE-----\nhello\n-----END CERTIFICATE-----\n")
    with pytest.raises(CertificateError, match=f"{files.certificate}: expected a certificate in PEM"):
        read_certificate(files)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"-----BEGIN PRIVATE KEY-----\nMIGHAg\n-----END PRIVATE KEY-----\n"]
)
def test_what_is_no_key_is_named_and_not_shown(maker: Maker, content: bytes):
    files = maker.issue()
    replace(files.key, content)
    with pytest.raises(CertificateError, match=f"^{files.key}: expected a private key in PEM") as raised:
        read_certificate(files)
    assert "MIGHAg" not in str(raised.value)


def test_an_encrypted_key_is_refused_with_the_command_that_decrypts_it(maker: Maker):
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        PrivateFormat,
        load_pem_private_key,
    )

    files = maker.issue()
    key = load_pem_private_key(files.key.read_bytes(), None)
    replace(files.key, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"tea")))
    with pytest.raises(CertificateError, match=f"is encrypted.*openssl pkey -in {files.key}"):
        read_certificate(files)


def test_a_key_of_another_certificate_is_refused(maker: Maker):
    files, other = maker.issue(), maker.issue(file="other")
    with pytest.raises(CertificateError, match="is not that of the certificate"):
        read_certificate(Files(files.certificate, other.key))


def test_the_own_certificate_comes_first(maker: Maker):
    files = maker.issue()
    replace(files.certificate, maker.authority.read_bytes() + files.certificate.read_bytes())
    with pytest.raises(CertificateError, match="must be the first in the file"):
        read_certificate(files)


def test_missing_files_and_what_is_no_file_are_named(maker: Maker, tmp_path: Path):
    files = maker.issue()
    for path, reason in ((tmp_path / "none", "cannot be read: No such file"), (tmp_path, "is no file")):
        with pytest.raises(CertificateError, match=f"^{path} {reason}"):
            read_certificate(Files(path, files.key))


def test_an_endless_file_is_not_read_to_its_end(maker: Maker):
    files = maker.issue()
    replace(files.certificate, b"x" * 300_000)
    with pytest.raises(CertificateError, match="at most 262144 bytes"):
        read_certificate(files)


@pytest.mark.parametrize(
    ("days", "words"), [(90, ""), (14, ""), (13, "expires on .*, in 13 days"), (-1, "expired on .*clients refuse")]
)
def test_the_end_is_warned_of_two_weeks_before(maker: Maker, days: int, words: str):  # T03
    import re

    warning = expiry_warning(read_certificate(maker.issue(days=days)), today())
    assert bool(warning) is bool(words)
    assert re.search(words, warning)
    assert not expiry_warning(read_certificate(maker.issue(days=90)), today() + timedelta(days=75))


def settings(text: str, tmp_path: Path, flags: dict[str, object] | None = None) -> Loaded:
    """The settings of a file."""
    (tmp_path / "chat.toml").write_text(text)
    found = load(tmp_path / "chat.toml", flags or {})
    assert isinstance(found, Loaded), found
    return found


def test_files_are_named_from_the_folder_of_the_configuration(tmp_path: Path):
    named = settings('[tls]\ncertificate = "c.pem"\nkey = "/etc/k.pem"\nkey_may_be_read = true\n', tmp_path)
    assert files_of(named) == Files(tmp_path / "c.pem", Path("/etc/k.pem"), True)
    both = settings('[tls]\ncertificate = "c.pem"\n', tmp_path)
    assert files_of(both) == Files(tmp_path / "c.pem", tmp_path / "c.pem")


def test_without_any_named_it_is_the_one_made_here(tmp_path: Path):
    folder = tmp_path / "data"
    nothing = settings("", tmp_path, {"storage.folder": str(folder), "storage.memory": False})
    assert files_of(nothing) is None
    folder.mkdir()
    (folder / "certificate.pem").touch()
    assert files_of(nothing) == Files(folder / "certificate.pem", folder / "key.pem", made_here=True)
    assert files_of(settings("[storage]\nmemory = true\n", tmp_path)) is None
