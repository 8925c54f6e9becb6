"""Fingerprints of certificates, as people compare them: SHA256:1f2e:3d4c and so on, 16 groups of 4 digits.

A fingerprint is the SHA-256 of the whole certificate (DER), as `openssl x509 -fingerprint -sha256` prints it.
"""

from __future__ import annotations

import hashlib

GROUP_DIGITS = 4
DIGITS = 64


def fingerprint_of(certificate: bytes) -> str:
    """The fingerprint of a certificate in DER."""
    return written(hashlib.sha256(certificate).hexdigest())


def written(digits: str) -> str:
    """Digits in groups: one word, so that it can be copied into a command as it is."""
    groups = (digits[at : at + GROUP_DIGITS] for at in range(0, len(digits), GROUP_DIGITS))
    return f"SHA256:{':'.join(groups)}"
