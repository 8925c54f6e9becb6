"""Subscriptions of Web Push: where something is sent for an account while nobody looks, and for which keys.

Rules:
1. An endpoint is a URL that a client chose: only its form is looked at here, the place behind it whenever something is
   sent there (server/outbound.py).
2. A key that could not be used is refused at once: p256dh is a point of the curve P-256, and not the one at infinity.
3. An endpoint belongs to one account, the one that registered it last: it stands for one browser.

Specification: soju.im/webpush (https://codeberg.org/emersion/soju/src/branch/master/doc/ext/webpush.md), RFC 8291 3.1.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode

import msgspec

ENDPOINT_BYTES_MAX = 500
"""Those of browsers have 100 to 400, and a line has 512."""

P256DH_BYTES, AUTH_BYTES = 65, 16
UNCOMPRESSED = 4
PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
CURVE_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
"""y*y = x*x*x - 3*x + b modulo the prime is P-256 (FIPS 186-4 D.1.2.3)."""

COORDINATE_BYTES = 32
BASE64_CHARACTERS_MAX = 100
_ENDPOINT = re.compile(r"(https?)://[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?(?:[/?][!-~]*)?", re.ASCII)
_BASE64 = re.compile(rf"[A-Za-z0-9_-]{{1,{BASE64_CHARACTERS_MAX}}}={{0,2}}", re.ASCII)


class Subscription(msgspec.Struct, array_like=True, frozen=True):
    """One endpoint's keys, by base64url without padding, and when it was registered the last time (Unix ms)."""

    p256dh: str
    auth: str
    at: int = 0


def is_endpoint(url: str, schemes: tuple[str, ...]) -> bool:
    """Whether something could be sent there, by one of these schemes."""
    found = _ENDPOINT.fullmatch(url)
    return found is not None and found[1] in schemes and len(url) <= ENDPOINT_BYTES_MAX


def keys_of(written: str) -> tuple[str, str] | None:
    """p256dh and auth out of p256dh=...;auth=..., in one way of writing them; None where they cannot be used."""
    named = dict(part.partition("=")[::2] for part in written.split(";"))
    p256dh, auth = named.get("p256dh", "").rstrip("="), named.get("auth", "").rstrip("=")
    if not is_point(_bytes(p256dh)) or len(_bytes(auth)) != AUTH_BYTES:
        return None
    return p256dh, auth


def _bytes(written: str) -> bytes:
    """What is written by base64url; nothing when it is not."""
    if not _BASE64.fullmatch(written) or len(written) % 4 == 1:
        return b""
    return urlsafe_b64decode(written + "=" * (-len(written) % 4))


def is_point(key: bytes) -> bool:
    """Whether these bytes are a point of P-256, written uncompressed."""
    if len(key) != P256DH_BYTES or key[0] != UNCOMPRESSED:
        return False
    x, y = (int.from_bytes(half) for half in (key[1 : 1 + COORDINATE_BYTES], key[1 + COORDINATE_BYTES :]))
    return x < PRIME and y < PRIME and (y * y - x * x * x + 3 * x - CURVE_B) % PRIME == 0
