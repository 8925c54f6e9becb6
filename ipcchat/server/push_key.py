"""The key by which push services know this server (VAPID): who subscribed for it takes pushes from nobody else.

Rules:
1. It is made once and stays: with another one all subscriptions are worth nothing.
2. Only the server's user can read it (secret_file.py). The public half stands beside the private one, so that a start
   needs no cryptography.

Specification: RFC 8292.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from pathlib import Path
from typing import NamedTuple

import msgspec

from ipcchat.core.pushes import P256DH_BYTES, is_point
from ipcchat.server.secret_file import SecretError, make_private, read_private
from ipcchat.server.settings import Loaded

FILE_NAME = "push_key"
SCALAR_BYTES = 32
KEY_BYTES = SCALAR_BYTES + P256DH_BYTES


class PushKey(NamedTuple):
    """Both halves of a key of the curve P-256: a number, and an uncompressed point."""

    private: bytes
    public: bytes

    @property
    def shown(self) -> str:
        """The public half as clients and push services are told it: base64url without padding."""
        return urlsafe_b64encode(self.public).rstrip(b"=").decode()


def push_key_in(folder: Path | None) -> PushKey:
    """The key of a data folder, made when there is none; without a folder a new one. Raises SecretError."""
    if folder is None:
        return _new()
    path = folder / FILE_NAME
    try:
        if path.exists():
            return _split(path, read_private(path, KEY_BYTES + 1))
        key = _new()
        make_private(path, key.private + key.public)
    except OSError as error:
        raise SecretError(f"cannot read or make {path}: {error.strerror}") from error
    return key


def _split(path: Path, content: bytes) -> PushKey:
    key = PushKey(content[:SCALAR_BYTES], content[SCALAR_BYTES:])
    if not is_point(key.public):
        text = "put the old file back, or remove it: then everybody has to switch push notifications on again"
        raise SecretError(f"{path}: this is no key of {KEY_BYTES} bytes; {text}")
    return key


def _new() -> PushKey:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    made = ec.generate_private_key(ec.SECP256R1())
    public = made.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return PushKey(made.private_numbers().private_value.to_bytes(SCALAR_BYTES), public)


def is_on(loaded: Loaded) -> bool:
    """Whether something is pushed with these settings."""
    return bool(loaded.values["push.enabled"] and loaded.settings.outbound)


def with_push_key(loaded: Loaded, key: PushKey) -> Loaded:
    """The settings with the key, where something is pushed."""
    settings = msgspec.structs.replace(loaded.settings, push_key=key.shown if is_on(loaded) else "")
    return msgspec.structs.replace(loaded, settings=settings)
