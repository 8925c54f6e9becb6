"""Hashes of passwords: argon2id (RFC 9106) as a PHC string, with a cost that is neither too low nor too high."""

from __future__ import annotations

import hashlib
import hmac
import re

import pytest

from ipcchat.core.mechanisms import SCRAM_ITERATIONS
from ipcchat.core.password_rules import UNKNOWN_HASH
from ipcchat.server.passwords import credentials, hash_password, is_hash, matches

SALT, DIGEST = "YW4gZXhhbXBsZSBzYWx0IQ", "bm8gcGFzc3dvcmQgbWFrZXMgdGhpcyBoYXNoLi4uLi4"


def test_a_hash_matches_its_password_and_no_other():
    made = hash_password("correct horse é")
    assert re.fullmatch(r"\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}", made)
    assert is_hash(made)
    assert matches(made, "correct horse é")
    assert not matches(made, "correct horse e")
    assert not matches(made, "")


def test_what_is_kept_of_the_password_of_an_account():  # RFC 5802 section 3
    made = credentials("correct horse é")
    assert matches(made.password_hash, "correct horse é")
    assert (len(made.salt), made.iterations, len(made.stored_key), len(made.server_key)) == (
        16,
        SCRAM_ITERATIONS,
        32,
        32,
    )
    salted = hashlib.pbkdf2_hmac("sha256", "correct horse é".encode(), made.salt, made.iterations)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    assert made.stored_key == hashlib.sha256(client_key).digest()
    assert made.server_key == hmac.digest(salted, b"Server Key", "sha256")
    assert credentials("correct horse é").salt != made.salt


def test_a_password_that_scram_cannot_have():  # RFC 4013 2.3: no private use characters
    made = credentials("tea \ue000")
    assert matches(made.password_hash, "tea \ue000")
    assert made.salt == made.stored_key == b""


def test_nobody_knows_by_the_work_that_an_account_is_not_there():  # hostile input A02
    cost = re.compile(r"\$m=.*?\$")
    assert is_hash(UNKNOWN_HASH)
    assert cost.findall(UNKNOWN_HASH) == cost.findall(hash_password("tea"))
    assert [len(part) for part in UNKNOWN_HASH.split("$")] == [len(part) for part in hash_password("tea").split("$")]


def test_two_hashes_of_one_password_differ():
    assert hash_password("12345678") != hash_password("12345678")


def test_the_parameters_of_a_hash_count_and_not_ours():
    from argon2 import PasswordHasher

    assert matches(PasswordHasher(3, 8_192, 2, 24, 16).hash("12345678"), "12345678")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hunter2",
        f"$argon2i$v=19$m=19456,t=2,p=1${SALT}${DIGEST}",
        f"$argon2id$v=16$m=19456,t=2,p=1${SALT}${DIGEST}",
        f"$argon2id$v=19$m=64,t=2,p=1${SALT}${DIGEST}",
        f"$argon2id$v=19$m=4194304,t=2,p=1${SALT}${DIGEST}",
        f"$argon2id$v=19$m=19456,t=0,p=1${SALT}${DIGEST}",
        f"$argon2id$v=19$m=19456,t=100000,p=1${SALT}${DIGEST}",
        f"$argon2id$v=19$m=19456,t=2,p=0${SALT}${DIGEST}",
        f"$argon2id$v=19$m=19456,t=2,p=200${SALT}${DIGEST}",
        f"$argon2id$v=19$m=19456,t=2,p=1$YWJj${DIGEST}",
        f"$argon2id$v=19$m=19456,t=2,p=1${SALT}$YWJj",
        f"$argon2id$v=19$m=19456,t=2,p=1${SALT}${DIGEST}AA",
        f"$argon2id$v=19$m=19456,t=2,p=1${SALT}${DIGEST}\n",
        f"$argon2id$v=19$m=١٩٤٥٦,t=2,p=1${SALT}${DIGEST}",
        f" $argon2id$v=19$m=19456,t=2,p=1${SALT}${DIGEST}",
    ],
)
def test_what_is_no_hash_is_refused_and_matches_nothing(text):
    assert not is_hash(text)
    assert not matches(text, "hunter2")


def test_the_shown_salt_and_digest_are_right_otherwise():  # So that each case above fails for its own reason.
    assert is_hash(f"$argon2id$v=19$m=19456,t=2,p=1${SALT}${DIGEST}")
