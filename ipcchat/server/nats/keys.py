"""The NKey of a node: an Ed25519 key by which the NATS servers know who is there.

Rules:
1. It is made once and stays; its public half stands in the configuration of every NATS server.
2. Only the node's user can read the seed, in a file of its own. It never goes into a configuration, a log or an
   argument of a program.

Specification: https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/nkey_auth
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any, Final, NamedTuple

from ipcchat.server.nats.errors import KeyFileError
from ipcchat.server.secret_file import make_private, read_private

SEED_CHARACTERS: Final = 58
ENTROPY_BYTES: Final = 32


class NodeKey(NamedTuple):
    """`seed_file` is what nats-py takes as `nkeys_seed`, `public` what stands in the configuration."""

    seed_file: Path
    public: str


def node_key(seed_file: Path) -> NodeKey:
    """The key in a file, made when there is none (0600). Raises KeyFileError."""
    try:
        if not seed_file.exists():
            seed_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            make_private(seed_file, new_seed())
        seed = read_private(seed_file, SEED_CHARACTERS + 2)
    except OSError as error:
        raise KeyFileError(f"cannot read or make {seed_file}: {error.strerror}") from None
    return NodeKey(seed_file, _public(seed_file, seed.strip()))


def new_seed() -> bytes:
    """A new seed of a user, as text (SU...)."""
    nkeys = _library()
    seed: bytes = nkeys.encode_seed(secrets.token_bytes(ENTROPY_BYTES), nkeys.PREFIX_BYTE_USER)
    return seed


def _public(file: Path, seed: bytes) -> str:
    nkeys = _library()
    try:
        prefix, _ = nkeys.decode_seed(seed)
        if len(seed) != SEED_CHARACTERS or prefix != nkeys.PREFIX_BYTE_USER:
            raise ValueError(prefix)
        public: str = nkeys.from_seed(bytearray(seed)).public_key.decode()
    except Exception:  # The library raises what it happens to meet.
        text = "put the old file back, or remove it and give the new public key to every NATS server"
        raise KeyFileError(f"{file}: this is no seed of a user's NKey; {text}") from None
    return public


def _library() -> Any:
    try:
        import nkeys  # type: ignore[import-untyped]
    except ImportError:
        raise KeyFileError("nkeys is not installed: pip install 'ipc-chat[cluster]'") from None
    return nkeys
