"""Fingerprints as `openssl x509 -fingerprint -sha256` has them, in groups."""

from __future__ import annotations

from ipcchat.wire.fingerprints import DIGITS, fingerprint_of, written


def test_a_fingerprint_is_one_word_of_groups():
    fingerprint = fingerprint_of(b"")
    assert fingerprint.startswith("SHA256:e3b0:c442:98fc:") and fingerprint.endswith(":b855")
    assert " " not in fingerprint


def test_digits_in_groups():
    assert written("0123456789abcdef") == "SHA256:0123:4567:89ab:cdef"
    assert written("0" * DIGITS).count(":") == 16
