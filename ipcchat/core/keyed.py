"""What only who has the server's secret can tell: nonces, tokens, and answers that never change."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine


def keyed(engine: Engine, purpose: bytes, text: bytes) -> bytes:
    """32 bytes that only who has the server's secret can tell."""
    return blake2b(text, key=engine.secret.encode()[:64], person=purpose, digest_size=32).digest()
