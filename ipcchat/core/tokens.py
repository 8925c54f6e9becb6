"""Tokens that stand for a password: how one looks, and how it is made.

A token is TOKEN_PREFIX and 32 characters of Base64 (RFC 4648 5): 192 bits that only who has the server's secret could
know beforehand. Nobody keeps it but its owner; the server knows its SHA-256. So much chance cannot be guessed, and
needs no slow hash.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING

from ipcchat.core.keyed import keyed

if TYPE_CHECKING:
    from ipcchat.core.engine import Engine

TOKEN_PREFIX = "ipc_"
TOKEN_BYTES = 24
_TOKEN = re.compile(TOKEN_PREFIX + "[A-Za-z0-9_-]{32}", re.ASCII)


def new_token(engine: Engine) -> str:
    """A token that nobody had before."""
    unique = engine.next_id() + engine.now.wall.to_bytes(8, "big")
    return TOKEN_PREFIX + base64.urlsafe_b64encode(keyed(engine, b"token", unique)[:TOKEN_BYTES]).decode()


def is_token(written: str) -> bool:
    """Whether it looks like one; a password that does is not compared as one."""
    return _TOKEN.fullmatch(written) is not None


def digest_of(token: str) -> str:
    """What is kept of a token: its SHA-256, hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()
