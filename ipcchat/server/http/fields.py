"""Header fields: how many a request may have, and what every answer says.

Rules:
1. Every answer forbids a browser everything that the web client does not need (Content-Security-Policy and its like).
2. A request has FIELDS_MAX header fields and HEAD_BYTES_MAX bytes of head at most, however it was cut on the way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.utils import formatdate

FIELDS_MAX = 64
HEAD_BYTES_MAX = 8_192
TOO_BIG = f"A request may have {FIELDS_MAX} header fields and {HEAD_BYTES_MAX} bytes of them\n"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types worker"
)
GUARDS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
STRICT = "max-age=31536000"

Fields = Sequence[tuple[bytes, bytes]]

_BETWEEN_BYTES = len(": \r\n")
_TAG = re.compile(r'(?:^|,)\s*(?:W/)?("[^"]*")\s*(?=,|$)')
_GZIP = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?:1|0\.0*[1-9])[0-9.]*\s*)?(?=,|$)", re.IGNORECASE)


def are_too_many(fields: Fields, target: bytes) -> bool:
    """Whether a request for this target breaks rule 2."""
    size = len(target) + sum(len(name) + len(value) + _BETWEEN_BYTES for name, value in fields)
    return len(fields) > FIELDS_MAX or size > HEAD_BYTES_MAX


def are_ambiguous(fields: Fields) -> bool:
    """Whether a request has two ways to tell where it ends: a proxy may believe the other one (RFC 9112 6.3, 11.2)."""
    return {b"content-length", b"transfer-encoding"} <= {name for name, _ in fields}


def of_an_answer(*, secure: bool) -> list[tuple[bytes, bytes]]:
    """What every answer says; by HTTPS also that nobody shall come by HTTP any more (RFC 6797)."""
    fields = GUARDS | {"date": formatdate(usegmt=True)}
    if secure:
        fields["strict-transport-security"] = STRICT
    return [(name.encode(), value.encode()) for name, value in fields.items()]


def takes_gzip(accepted: str) -> bool:
    """Whether Accept-Encoding allows gzip (RFC 9110 12.5.3)."""
    return _GZIP.search(accepted) is not None


def names_tag(said: str, tag: str) -> bool:
    """Whether If-None-Match names this entity tag, weak or not, or any (RFC 9110 13.1.2)."""
    return said.strip() == "*" or tag.removeprefix("W/") in _TAG.findall(said)
