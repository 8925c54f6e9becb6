"""The secret that keys cloaks: made once, kept from others, the same after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipcchat.server.secret_file import SECRET_BYTES, SecretError, secret_in


def test_it_is_made_once_and_nobody_else_can_read_it(tmp_path: Path):
    secret = secret_in(tmp_path)
    assert len(bytes.fromhex(secret)) == SECRET_BYTES
    assert secret_in(tmp_path) == secret
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "secret").read_bytes().hex() == secret


def test_every_folder_has_its_own_and_without_one_it_is_new_each_time(tmp_path: Path):
    other = tmp_path / "other"
    other.mkdir()
    assert len({secret_in(tmp_path), secret_in(other), secret_in(None), secret_in(None)}) == 4


def test_what_a_crash_left_is_no_secret(tmp_path: Path):
    (tmp_path / "secret.new").write_bytes(b"half")
    assert len(secret_in(tmp_path)) == 2 * SECRET_BYTES
    assert not (tmp_path / "secret.new").exists()


@pytest.mark.parametrize("content", [b"", b"short", b"x" * (SECRET_BYTES + 1)])
def test_a_damaged_one_is_not_replaced_silently(tmp_path: Path, content: bytes):
    (tmp_path / "secret").write_bytes(content)
    with pytest.raises(SecretError, match=f"expected {SECRET_BYTES} bytes"):
        secret_in(tmp_path)
    assert (tmp_path / "secret").read_bytes() == content


def test_what_cannot_be_read_or_made_is_said(tmp_path: Path):
    with pytest.raises(SecretError, match="No such file"):
        secret_in(tmp_path / "nowhere")
    (tmp_path / "secret").mkdir()
    with pytest.raises(SecretError, match="Is a directory"):
        secret_in(tmp_path)


def test_one_that_others_can_read_is_a_warning(tmp_path: Path, captured: pytest.LogCaptureFixture):
    secret = secret_in(tmp_path)
    (tmp_path / "secret").chmod(0o644)
    assert secret_in(tmp_path) == secret
    assert [record.levelname for record in captured.records] == ["WARNING"]
    assert secret not in captured.text
