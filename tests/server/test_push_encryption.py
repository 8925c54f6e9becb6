"""Encryption of pushes and the server's signature, by the vectors of the RFCs and by other code than ours."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from ipcchat.server.push_encryption import ORIGINS_MAX, SIGNATURE_SECONDS, Signer, encrypted
from ipcchat.server.push_key import push_key_in
from tests.server.push_receiver import Receiver

# RFC 8291 5 and appendix A.
PLAIN = b"When I grow up, I want to be a watermelon"
AS_PRIVATE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
UA_PUBLIC = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def decoded(written: str) -> bytes:
    return urlsafe_b64decode(written + "=" * (-len(written) % 4))


def test_the_example_of_the_specification():
    own = ec.derive_private_key(int.from_bytes(decoded(AS_PRIVATE)), ec.SECP256R1())
    assert encrypted(PLAIN, UA_PUBLIC, AUTH, own, decoded(SALT)) == decoded(BODY)


@pytest.mark.parametrize("line", [b"", b"x", "\u00e4\U0001f375".encode() * 100, b"y" * 3_500])
def test_a_browser_reads_it(line: bytes):
    browser = Receiver()
    body = encrypted(line, browser.p256dh, browser.auth)
    assert browser.reads(body) == line
    assert len(body) <= 4_096
    assert len({encrypted(line, browser.p256dh, browser.auth) for _ in range(3)}) == 3


def test_another_browser_does_not_nor_is_it_changed_on_the_way():
    browser, other = Receiver(), Receiver()
    body = encrypted(b"secret", browser.p256dh, browser.auth)
    with pytest.raises(InvalidTag):
        other.reads(body)
    with pytest.raises(InvalidTag):
        browser.reads(body[:-1] + bytes([body[-1] ^ 1]))


def claims_of(authorization: str) -> dict[str, object]:
    """What the token of a field says, once its signature was verified by the key beside it."""
    scheme, _, rest = authorization.partition(" ")
    assert scheme == "vapid"
    token, key = (part.partition("=")[2] for part in rest.split(", "))
    head, claims, signature = token.split(".")
    assert json.loads(decoded(head)) == {"typ": "JWT", "alg": "ES256"}
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(key))
    raw = decoded(signature)
    assert len(raw) == 64
    written = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    public.verify(written, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    found: dict[str, object] = json.loads(decoded(claims))
    return found


def test_a_signature_says_for_whom_until_when_and_of_whom():
    key = push_key_in(None)
    said = Signer(key).authorization("https://push.example.net:8443/secret?x", "mailto:a@example.org", 1_000)
    assert said.endswith(f", k={key.shown}")
    assert claims_of(said) == {
        "aud": "https://push.example.net:8443",
        "exp": 1_000 + SIGNATURE_SECONDS,
        "sub": "mailto:a@example.org",
    }


def test_without_a_contact_it_names_none():
    assert set(claims_of(Signer(push_key_in(None)).authorization("https://p.example/x", "", 1))) == {"aud", "exp"}


def test_it_is_used_again_for_half_its_time():
    signer = Signer(push_key_in(None))
    first = signer.authorization("https://p.example/a", "", 0)
    assert signer.authorization("https://p.example/b", "", SIGNATURE_SECONDS // 2 - 1) == first
    assert signer.authorization("https://q.example/a", "", 0) != first
    assert claims_of(signer.authorization("https://p.example/a", "", SIGNATURE_SECONDS // 2))["exp"] == 64_800


def test_only_so_many_are_kept():
    signer = Signer(push_key_in(None))
    for number in range(ORIGINS_MAX + 1):
        signer.authorization(f"https://p{number}.example/", "", 0)
    assert len(signer._signed) == 1
