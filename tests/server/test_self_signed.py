"""A certificate that nobody signed but itself: what is in it, and that it is kept."""

from __future__ import annotations

import stat
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from ipcchat.server.certificates import CertificateError, read_certificate, today
from ipcchat.server.self_signed import VALID_DAYS, make_certificate


def test_it_is_for_the_names_that_were_asked_for(tmp_path: Path):
    files = make_certificate(tmp_path / "data", ("Chat.lan", "localhost", "192.168.1.10", "fd00::1"), today())
    certificate = read_certificate(files)
    assert certificate.names == ("chat.lan", "localhost", "192.168.1.10", "fd00::1")
    assert certificate.leaf.not_valid_after_utc - certificate.leaf.not_valid_before_utc == timedelta(days=VALID_DAYS)
    assert files.made_here


def test_both_files_are_for_their_owner_alone(tmp_path: Path):
    files = make_certificate(tmp_path / "data", ("chat.lan",), today())
    for path in (files.certificate, files.key):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"certificate.pem", "key.pem"}


def test_openssl_finds_nothing_wrong_with_it(tmp_path: Path):  # RFC 5280
    files = make_certificate(tmp_path, ("chat.lan",), today())
    words = ["openssl", "verify", "-x509_strict", "-CAfile", str(files.certificate), "-verify_hostname", "chat.lan"]
    done = subprocess.run([*words, "-purpose", "sslserver", str(files.certificate)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_there_is_kept_unless_asked_for(tmp_path: Path):
    files = make_certificate(tmp_path, ("chat.lan",), today())
    before = read_certificate(files).fingerprint
    with pytest.raises(CertificateError, match="already; --replace makes a new one"):
        make_certificate(tmp_path, ("chat.lan",), today())
    assert read_certificate(files).fingerprint == before
    make_certificate(tmp_path, ("chat.lan",), today(), replace=True)
    assert read_certificate(files).fingerprint != before


@pytest.mark.parametrize("host", ["", "chat lan", "ircs://chat.lan", "chat.lan:6697", "a" * 300, "b\u00fccher.example"])
def test_what_is_no_host_is_refused(tmp_path: Path, host: str):
    with pytest.raises(CertificateError, match="is no host name and no address"):
        make_certificate(tmp_path, (host,), today())


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(CertificateError, match=f"cannot write into {tmp_path / 'file'}"):
        make_certificate(tmp_path / "file", ("chat.lan",), today())
