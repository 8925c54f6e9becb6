"""The key by which push services know this server: made once, kept from others (RFC 8292)."""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ipcchat.backend.memory import MemoryBackend
from ipcchat.server import app, backup, journals
from ipcchat.server.configuration import Configuration
from ipcchat.server.push_key import KEY_BYTES, PushKey, push_key_in, with_push_key
from ipcchat.server.secret_file import SecretError
from ipcchat.server.settings import Loaded, load


def test_it_is_made_once_and_nobody_else_can_read_it(tmp_path: Path):
    key = push_key_in(tmp_path)
    assert push_key_in(tmp_path) == key
    assert [path.name for path in tmp_path.iterdir()] == ["push_key"]
    assert (tmp_path / "push_key").stat().st_mode & 0o777 == 0o600


def test_its_halves_belong_together():
    key = push_key_in(None)
    private = ec.derive_private_key(int.from_bytes(key.private), ec.SECP256R1())
    assert private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) == key.public
    assert urlsafe_b64decode(key.shown + "=") == key.public
    assert push_key_in(None) != key


@pytest.mark.parametrize("content", [b"", b"x" * KEY_BYTES, b"x" * 33, bytes(KEY_BYTES + 1)])
def test_a_damaged_one_is_not_replaced_silently(tmp_path: Path, content: bytes):
    (tmp_path / "push_key").write_bytes(content)
    with pytest.raises(SecretError, match="put the old file back"):
        push_key_in(tmp_path)
    assert (tmp_path / "push_key").read_bytes() == content


def test_what_cannot_be_read_or_made_is_said(tmp_path: Path):
    with pytest.raises(SecretError, match="No such file"):
        push_key_in(tmp_path / "nowhere")


def with_settings(**values: Any) -> str:
    """The key that core is told with these settings."""
    loaded = load(None, {"storage.memory": True})
    assert isinstance(loaded, Loaded)
    settings = msgspec.structs.replace(loaded.settings, outbound=values.pop("outbound", ("https",)))
    loaded = msgspec.structs.replace(loaded, settings=settings, values={**loaded.values, **values})
    return with_push_key(loaded, PushKey(bytes(32), b"\x04" + bytes(64))).settings.push_key


def test_core_is_told_where_something_may_be_pushed():
    assert with_settings().startswith("BAAA")
    assert with_settings(**{"push.enabled": False}) == ""
    assert with_settings(outbound=()) == ""


def pushing(flags: dict[str, object]) -> Loaded:
    """What a server runs with that may send something to others."""
    loaded = load(None, flags)
    assert isinstance(loaded, Loaded)
    return msgspec.structs.replace(loaded, settings=msgspec.structs.replace(loaded.settings, outbound=("https",)))


async def test_a_server_does_not_start_with_a_damaged_one(tmp_path: Path):
    (tmp_path / "push_key").write_bytes(b"junk")
    loaded = pushing({"storage.folder": str(tmp_path)})
    with pytest.raises(journals.StartError, match="put the old file back") as caught:
        await app._push_key(Configuration(loaded), MemoryBackend())
    assert caught.value.exit_code == journals.EXIT_CANNOT_CREATE


async def test_it_is_in_the_settings_from_the_start_and_after_a_reload():
    loaded = pushing({"storage.memory": True})
    configuration = Configuration(loaded)
    key = await app._push_key(configuration, MemoryBackend())
    assert key is not None
    assert configuration.loaded.settings.push_key == key.shown


async def test_a_server_that_pushes_nothing_makes_none(tmp_path: Path):
    loaded = load(None, {"storage.folder": str(tmp_path)})
    assert isinstance(loaded, Loaded)
    assert await app._push_key(Configuration(loaded), MemoryBackend()) is None
    assert not os.listdir(tmp_path)


def test_it_is_in_backups():
    assert "push_key" in backup.FILES
