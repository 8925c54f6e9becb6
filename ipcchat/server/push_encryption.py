"""What is pushed as a push service gets it: encrypted for one browser, and signed as this server's.

Rules:
1. Each message has a key pair and a salt of its own: nobody who learns one later reads another.
2. A signature counts for one push service (its origin) and SIGNATURE_SECONDS, and is used that long for half of it.

It is imported when something is pushed for the first time: most servers never do.

Specification: RFC 8291 (message encryption), RFC 8188 (aes128gcm), RFC 8292 (VAPID).
"""

from __future__ import annotations

import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ipcchat.server.push_key import SCALAR_BYTES, PushKey

SALT_BYTES = 16
RECORD_BYTES = 4_096
"""What every push service takes (RFC 8030 7.2); all of a message is one record."""

LAST_RECORD = b"\x02"
KEY_BYTES, NONCE_BYTES = 16, 12
SIGNATURE_SECONDS = 12 * 3_600
"""A day is the most (RFC 8292 2); clocks of others are not ours."""

ORIGINS_MAX = 100
_CURVE = ec.SECP256R1()


def encrypted(
    line: bytes, p256dh: str, auth: str, own: ec.EllipticCurvePrivateKey | None = None, salt: bytes = b""
) -> bytes:
    """The body of a push: that line, for who has the other half of that key and that secret. `own` and `salt` are new
    each time but in tests."""
    own, salt = own or ec.generate_private_key(_CURVE), salt or os.urandom(SALT_BYTES)
    theirs, ours = decoded(p256dh), _public(own)
    shared = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, theirs))
    keying = _hmac(_hmac(decoded(auth), shared), b"WebPush: info\0" + theirs + ours + b"\x01")
    extracted = _hmac(salt, keying)
    key = _hmac(extracted, b"Content-Encoding: aes128gcm\0\x01")[:KEY_BYTES]
    nonce = _hmac(extracted, b"Content-Encoding: nonce\0\x01")[:NONCE_BYTES]
    head = salt + RECORD_BYTES.to_bytes(4) + len(ours).to_bytes() + ours
    return head + AESGCM(key).encrypt(nonce, line + LAST_RECORD, None)


def _public(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _hmac(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")


def decoded(written: str) -> bytes:
    """What is written by base64url, with padding or without."""
    return urlsafe_b64decode(written + "=" * (-len(written) % 4))


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


class _Signed(NamedTuple):
    written: str
    until: int


class Signer:
    """Writes who sends something, for each push service. `contact` is where its operators reach ours: mailto: or
    https:; "" for nobody."""

    def __init__(self, key: PushKey) -> None:
        self._key = ec.derive_private_key(int.from_bytes(key.private), _CURVE)
        self._shown = key.shown
        self._signed: dict[tuple[str, str], _Signed] = {}

    def authorization(self, endpoint: str, contact: str, now: int) -> str:
        """The field of that name, for an endpoint; `now` is Unix seconds."""
        place = urlsplit(endpoint)
        named = (f"{place.scheme}://{place.netloc}", contact)
        signed = self._signed.get(named)
        if signed is None or now >= signed.until:
            signed = _Signed(self._sign(*named, now + SIGNATURE_SECONDS), now + SIGNATURE_SECONDS // 2)
            if len(self._signed) >= ORIGINS_MAX:
                self._signed.clear()
            self._signed[named] = signed
        return signed.written

    def _sign(self, origin: str, contact: str, until: int) -> str:
        claims: dict[str, str | int] = {"aud": origin, "exp": until}
        if contact:
            claims["sub"] = contact
        parts = ({"typ": "JWT", "alg": "ES256"}, claims)
        text = ".".join(_encoded(msgspec.json.encode(part)) for part in parts)
        numbers = decode_dss_signature(self._key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        signature = b"".join(number.to_bytes(SCALAR_BYTES) for number in numbers)
        return f"vapid t={text}.{_encoded(signature)}, k={self._shown}"
