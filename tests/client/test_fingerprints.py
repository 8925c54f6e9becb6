"""Fingerprints as people compare, copy and type them."""

from __future__ import annotations

import hashlib

import pytest

from ipcchat.client.errors import ChatError
from ipcchat.client.fingerprints import parse_fingerprint
from ipcchat.wire.fingerprints import fingerprint_of

DIGITS = hashlib.sha256(b"certificate").hexdigest()
OURS = "SHA256:" + ":".join(DIGITS[at : at + 4] for at in range(0, 64, 4))
OPENSSL = "sha256 Fingerprint=" + ":".join(DIGITS[at : at + 2] for at in range(0, 64, 2)).upper()


def test_a_fingerprint_is_one_word() -> None:
    assert fingerprint_of(b"certificate") == OURS and " " not in OURS and len(OURS) == 86


@pytest.mark.parametrize("text", [OURS, OPENSSL, DIGITS, f" SHA-256: {DIGITS} ", f"sha256:{DIGITS.upper()}"])
def test_it_is_read_as_others_write_it(text: str) -> None:
    """`openssl x509 -fingerprint -sha256` among them."""
    assert parse_fingerprint(text) == OURS


@pytest.mark.parametrize("text", ["", "SHA256:", DIGITS[:-1], DIGITS + "0", "SHA1:" + DIGITS, "x" * 64, "SHA256:é"])
def test_what_is_none_is_refused(text: str) -> None:
    """A shortened fingerprint would be easy to forge."""
    with pytest.raises(ChatError, match="64 hexadecimal digits"):
        parse_fingerprint(text)
