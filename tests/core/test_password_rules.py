"""Which passwords an account may have: length, and not what is guessed first; no rules of composition (NIST SP 800-63B
5.1.1.2, OWASP Authentication Cheat Sheet)."""

from __future__ import annotations

import pytest

from ipcchat.core import password_rules
from ipcchat.core.errors import Failure
from ipcchat.core.limits import Limits

LIMITS = Limits()
GUESSED = "That password is one of those that are guessed first; choose another, such as four words"


@pytest.mark.parametrize(
    "password", ["correct horse", "aaaaaaab1", "ÄÖÜß", "Tr0ub4dor", "x" * 298 + "yz", "four words do it"]
)
def test_good_ones(password):
    password_rules.require_good(password, "ann", LIMITS)


@pytest.mark.parametrize(
    ("password", "code", "text"),
    [
        ("", "WEAK_PASSWORD", "A password has at least 8 bytes; choose a longer one"),
        ("seven77", "WEAK_PASSWORD", "A password has at least 8 bytes; choose a longer one"),
        ("AnnExample", "WEAK_PASSWORD", "That password is the account's name; choose one that others do not guess"),
        ("elpmaxenna", "WEAK_PASSWORD", "That password is the account's name; choose one that others do not guess"),
        ("PassWord1", "WEAK_PASSWORD", GUESSED),
        ("ababababab", "WEAK_PASSWORD", GUESSED),
        ("x" * 301, "UNACCEPTABLE_PASSWORD", "A password has at most 300 bytes; choose a shorter one"),
        ("é" * 151, "UNACCEPTABLE_PASSWORD", "A password has at most 300 bytes; choose a shorter one"),
        ("correct\thorse", "UNACCEPTABLE_PASSWORD", "A password has no control characters; leave them out"),
    ],
)
def test_bad_ones(password, code, text):
    with pytest.raises(Failure) as refusal:
        password_rules.require_good(password, "annexample", LIMITS)
    assert (refusal.value.code, refusal.value.context, refusal.value.text) == (code, ("annexample",), text)


def test_one_password_however_it_was_typed():  # UAX 15
    assert password_rules.prepared("cafe\u0301 au lait") == password_rules.prepared("caf\u00e9 au lait")


def test_the_common_ones_are_those_that_the_length_lets_pass():
    assert len(password_rules.COMMON) > 100
    assert all(len(word) >= LIMITS.password_bytes_min and word == word.casefold() for word in password_rules.COMMON)
