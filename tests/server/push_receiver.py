"""A browser that is pushed to, as far as keys are concerned: other code than the server's (RFC 8291 3, RFC 8188)."""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def written(content: bytes) -> str:
    """By base64url, without padding."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


class Receiver:
    """A key pair and a secret, and what can be read with them."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        self._secret = os.urandom(16)
        self._public = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.p256dh, self.auth = written(self._public), written(self._secret)

    @property
    def keys(self) -> str:
        """As WEBPUSH REGISTER is told them."""
        return f"p256dh={self.p256dh};auth={self.auth}"

    def reads(self, body: bytes) -> bytes:
        """What is in a push. Raises InvalidTag."""
        salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
        theirs, record = body[21 : 21 + length], body[21 + length :]
        assert len(record) <= size
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        shared = self._private.exchange(ec.ECDH(), point)
        info = b"WebPush: info\x00" + self._public + theirs
        keying = HKDF(SHA256(), 32, self._secret, info).derive(shared)
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\x00").derive(keying)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\x00").derive(keying)
        text = AESGCM(key).decrypt(nonce, record, b"").rstrip(b"\x00")
        assert text.endswith(b"\x02")
        return text[:-1]
