"""The certificate in use: which files are taken while the server runs, and when."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipcchat.server.certificates import CertificateError, Files, read_certificate
from ipcchat.server.tls import ServerTLS
from tests.server.tls_files import Maker, replace


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path)


def test_a_server_without_a_usable_certificate_does_not_begin(maker: Maker, tmp_path: Path):
    with pytest.raises(CertificateError, match="cannot be read"):
        ServerTLS(Files(tmp_path / "none", tmp_path / "none"))


def test_a_weak_key_is_refused_with_words(maker: Maker):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    files = maker.issue()
    leaf = read_certificate(files).leaf
    key = rsa.generate_private_key(65_537, 1024)
    weak = (
        x509.CertificateBuilder(leaf.issuer, leaf.subject, key.public_key(), 1)
        .not_valid_before(leaf.not_valid_before_utc)
        .not_valid_after(leaf.not_valid_after_utc)
        .sign(key, hashes.SHA256())
    )
    replace(files.certificate, weak.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    replace(files.key, key.private_bytes(*form))
    with pytest.raises(CertificateError, match="TLS does not take this certificate: ee key too small"):
        ServerTLS(files)


def test_files_count_as_changed_when_they_stay_the_same_for_two_looks(maker: Maker):  # who renews writes two files
    tls = ServerTLS(maker.issue())
    assert not tls.has_changed()
    maker.issue()
    assert not tls.has_changed()
    assert tls.has_changed()
    assert tls.read_again(tls.files)
    assert not tls.has_changed()


def test_a_new_certificate_is_for_new_connections_of_every_lane(maker: Maker):  # T03
    tls = ServerTLS(maker.issue())
    before, other = tls.context(0), tls.context(1)
    assert tls.context(0) is before
    assert other is not before
    maker.issue("other.example")
    assert tls.read_again(tls.files)
    assert tls.certificate.names == ("other.example",)
    assert tls.context(0) is not before
    assert tls.context(1) is not other


def test_one_that_did_not_change_is_no_news(maker: Maker):
    tls = ServerTLS(maker.issue())
    context = tls.context(0)
    assert not tls.read_again(tls.files)
    assert tls.context(0) is context


@pytest.mark.parametrize("fault", ["broken", "other key", "gone", "expired", "readable"])
def test_what_cannot_be_used_changes_nothing_and_is_told_once(maker: Maker, fault: str):  # T03
    tls = ServerTLS(maker.issue())
    before = tls.certificate
    match fault:
        case "broken":
            replace(tls.files.certificate, b"-----BEGIN")
        case "other key":
            replace(tls.files.key, maker.issue(file="other").key.read_bytes())
        case "gone":
            tls.files.certificate.unlink()
        case "expired":
            maker.issue(days=-2)
        case "readable":
            maker.issue()
            tls.files.key.chmod(0o644)
    assert not tls.has_changed()
    assert tls.has_changed()
    with pytest.raises(CertificateError):
        tls.read_again(tls.files)
    assert tls.certificate is before
    assert tls.context(1)
    assert not tls.has_changed()


def test_an_expired_one_is_better_than_none_at_the_start(maker: Maker):  # who pinned it still gets in
    assert ServerTLS(maker.issue(days=-2)).certificate.names
