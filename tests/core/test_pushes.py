"""What may be subscribed for Web Push: endpoints and keys (RFC 8291 3.1)."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ipcchat.core.pushes import ENDPOINT_BYTES_MAX, is_endpoint, is_point, keys_of
from tests.core.webpush import AUTH, ENDPOINT, KEYS, P256DH


def written(content: bytes) -> str:
    """By base64url, without padding."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def test_keys_are_found_wherever_they_stand():
    assert keys_of(KEYS) == keys_of(f"auth={AUTH}==;other=x;p256dh={P256DH}=") == (P256DH, AUTH)


@pytest.mark.parametrize(
    "unfit",
    [
        "",
        "p256dh",
        f"p256dh={P256DH}",
        f"auth={AUTH}",
        f"p256dh={P256DH};auth=",
        f"p256dh={P256DH};auth={AUTH}AAAA",
        f"p256dh={P256DH};auth={AUTH[:-2]}",
        f"p256dh={P256DH[:-1]};auth={AUTH}",
        f"p256dh={P256DH}AAAA;auth={AUTH}",
        f"p256dh={P256DH.replace('_', '/')};auth={AUTH}",
        f"p256dh=\u0430{P256DH[1:]};auth={AUTH}",
        f"p256dh={'A' * 10_000};auth={AUTH}",
    ],
)
def test_other_keys_are_none(unfit: str):
    assert keys_of(unfit) is None


def test_a_point_is_one_of_the_curve():
    for _ in range(20):
        key = ec.generate_private_key(ec.SECP256R1()).public_key()
        point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        assert is_point(point)
        assert not is_point(point[:-1] + bytes([point[-1] ^ 1]))
        assert not is_point(key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))
        assert not is_point(b"\x05" + point[1:])


@pytest.mark.parametrize("unfit", [b"", b"\0", b"\x04" + bytes(64), b"\x04" + b"\xff" * 64, b"\x04" + bytes(65)])
def test_what_is_not_on_it_is_none(unfit: bytes):
    """Neither the point at infinity nor coordinates beyond the field."""
    assert not is_point(unfit)
    assert keys_of(f"p256dh={written(unfit)};auth={AUTH}") is None


def test_an_endpoint_is_a_url_of_what_the_server_may_send_to():
    assert is_endpoint(ENDPOINT, ("https",))
    assert is_endpoint("http://127.0.0.1:8080/p?a=b", ("https", "http"))
    assert not is_endpoint("http://127.0.0.1:8080/p?a=b", ("https",))
    assert not is_endpoint(ENDPOINT, ())


@pytest.mark.parametrize(
    "unfit",
    [
        "",
        "https://",
        "ftp://push.example.net/x",
        "javascript:alert(1)",
        "https://user:password@push.example.net/x",
        "https://push.example.net/a b",
        "https://push.example.net/\u00e4",
        "https://p\u00fcsh.example.net/",
        "https://push.example.net:443000/",
        "https://push.example.net/" + "x" * ENDPOINT_BYTES_MAX,
        "HTTPS://push.example.net/x",
        "https://push.example.net\\@evil/",
    ],
)
def test_other_endpoints_are_none(unfit: str):
    assert not is_endpoint(unfit, ("https", "http"))
