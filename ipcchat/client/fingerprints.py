"""Fingerprints of certificates, as people type them: the ways in which others write them are read, too."""

from __future__ import annotations

import re

from ipcchat.client.errors import ChatError
from ipcchat.wire.fingerprints import DIGITS, written

_PREFIX = re.compile(r"(sha-?256)?( fingerprint)?[:= ]*", re.IGNORECASE)
_SEPARATORS = re.compile(r"[:\s-]")


def parse_fingerprint(text: str) -> str:
    """A fingerprint in the one way we write it, from any usual way. Raises ChatError."""
    begin = _PREFIX.match(text.strip())
    digits = _SEPARATORS.sub("", text.strip()[begin.end() if begin else 0 :])
    if not re.fullmatch(rf"[0-9a-fA-F]{{{DIGITS}}}", digits):
        raise ChatError(f"{text[:100]!r} is not a fingerprint; write SHA256: and {DIGITS} hexadecimal digits")
    return written(digits.lower())
