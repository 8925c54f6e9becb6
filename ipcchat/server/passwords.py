"""Password hashes: argon2id, 19 MiB of memory, two passes, one lane (the least that OWASP recommends); and what
SCRAM-SHA-256 needs, for those who prove a password without saying it.

Rules:
1. A password comes in and a hash goes out; neither is ever logged or put into an error.
2. Hashing and comparing take about 30 ms of one core: never in the thread that serves people.
3. A hash whose cost is far from what we make is refused when it is read: too cheap can be guessed, too dear stops the
   server.

Specification: RFC 9106, the PHC string format, RFC 5802 and RFC 7677.
"""

from __future__ import annotations

import base64
import binascii
import os
import re

from ipcchat.core.facts import Credentials

MEMORY_KIB = 19 * 1_024
PASSES = 2
LANES = 1
SALT_BYTES = 16
HASH_BYTES = 32

MEMORY_KIB_MIN, MEMORY_KIB_MAX = 7_168, 262_144
PASSES_MAX = 16
LANES_MAX = 16
SALT_BYTES_MIN, HASH_BYTES_MIN = 8, 16
PASSWORD_BYTES_MAX = 400
"""What fits into one line with PASS or OPER and an operator's name."""

_HASH = re.compile(
    r"\$argon2id\$v=19\$m=([0-9]{1,9}),t=([0-9]{1,9}),p=([0-9]{1,9})\$([A-Za-z0-9+/]{1,86})\$([A-Za-z0-9+/]{1,86})"
)


def hash_password(password: str) -> str:
    """A new hash of `password`, as the configuration file wants it. No two are equal."""
    from argon2 import PasswordHasher

    return PasswordHasher(PASSES, MEMORY_KIB, LANES, HASH_BYTES, SALT_BYTES).hash(password)


def credentials(password: str) -> Credentials:
    """What the password of an account will be compared with. A password that SCRAM cannot have (RFC 4013) can only be
    said."""
    from scramp import ScramException, ScramMechanism

    from ipcchat.core.mechanisms import SCRAM_ITERATIONS

    made = hash_password(password)
    try:
        salt, stored_key, server_key, iterations = ScramMechanism("SCRAM-SHA-256").make_auth_info(
            password, SCRAM_ITERATIONS, os.urandom(SALT_BYTES)
        )
    except ScramException:
        return Credentials(made)
    return Credentials(made, salt, iterations, stored_key, server_key)


def matches(password_hash: str, password: str) -> bool:
    """Whether `password_hash` was made of `password`; False also for what is no hash."""
    from argon2 import PasswordHasher
    from argon2.exceptions import Argon2Error, InvalidHashError

    if not is_hash(password_hash):
        return False
    try:
        return PasswordHasher().verify(password_hash, password)
    except (Argon2Error, InvalidHashError):
        return False


def is_hash(text: str) -> bool:
    """Whether this is an argon2id hash with a cost that can be borne."""
    found = _HASH.fullmatch(text)
    if found is None:
        return False
    memory, passes, lanes = (int(number) for number in found.groups()[:3])
    salt, digest = (_decoded_bytes(part) for part in found.groups()[3:])
    return (
        MEMORY_KIB_MIN <= memory <= MEMORY_KIB_MAX
        and 1 <= passes <= PASSES_MAX
        and 1 <= lanes <= LANES_MAX
        and salt >= SALT_BYTES_MIN
        and digest >= HASH_BYTES_MIN
    )


def _decoded_bytes(text: str) -> int:
    """How many bytes this base64 without padding stands for; 0 when it is none."""
    try:
        return len(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
    except binascii.Error:
        return 0
