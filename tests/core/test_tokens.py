"""Tokens that stand for a password: how they look, and that nobody can know one beforehand."""

from __future__ import annotations

import hashlib

import pytest

from ipcchat.core.engine import Engine
from ipcchat.core.settings import Settings
from ipcchat.core.tokens import digest_of, is_token, new_token
from tests.core.net import Net


def test_a_token_looks_like_one(net: Net):
    token = new_token(net.engine)
    assert is_token(token)
    assert len(token) == 36


def test_each_is_another_one(net: Net):
    assert len({new_token(net.engine) for _ in range(1_000)}) == 1_000


def test_who_knows_everything_but_the_secret_cannot_make_it():
    now = Net().now
    engines = [
        Engine(settings=Settings(), version="x", incarnation="same", started=now, secret=secret) for secret in "ab"
    ]
    assert new_token(engines[0]) != new_token(engines[1])


@pytest.mark.parametrize(
    "written", ["", "ipc_", "ipc_" + "x" * 31, "ipc_" + "x" * 33, "IPC_" + "x" * 32, "ipc_" + "ä" * 32]
)
def test_what_is_no_token(written: str):
    assert not is_token(written)


def test_what_is_kept_is_its_hash():
    assert digest_of("ipc_x") == hashlib.sha256(b"ipc_x").hexdigest()
