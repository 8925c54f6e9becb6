"""What only who has the server's secret can tell."""

from __future__ import annotations

from ipcchat.core.engine import Engine
from ipcchat.core.keyed import keyed
from ipcchat.core.settings import Settings
from tests.core.net import Net


def engine_with(secret: str) -> Engine:
    return Engine(settings=Settings(), version="x", incarnation="x", started=Net().now, secret=secret)


def test_the_same_is_always_the_same_and_nothing_else_is():
    one = engine_with("one")
    made = keyed(one, b"nonce", b"text")
    assert len(made) == 32
    assert made == keyed(engine_with("one"), b"nonce", b"text")
    others = [
        keyed(one, b"nonce", b"other"),
        keyed(one, b"token", b"text"),
        keyed(engine_with("two"), b"nonce", b"text"),
    ]
    assert len({made, *others}) == 4


def test_a_long_secret_is_one():
    assert keyed(engine_with("s" * 500), b"nonce", b"") == keyed(engine_with("s" * 64), b"nonce", b"")
