"""Host names.

Rules:
1. Each test names the text it checks: RFC 1123 2.1 and the published vectors.
"""

from __future__ import annotations

import pytest

from ipcchat.wire.hostnames import is_hostname
from tests.wire.vectors import vectors


@pytest.mark.parametrize("vector", vectors("validate-hostname", "host"))
def test_published_hostnames(vector):  # parser-tests validate-hostname
    assert is_hostname(vector["host"]) == vector["valid"]


@pytest.mark.parametrize(
    ("host", "valid"),
    [
        ("a" * 63 + ".b", True),
        ("a" * 64 + ".b", False),
        (("a" * 49 + ".") * 5 + "bcd", True),
        (("a" * 49 + ".") * 5 + "bcde", False),
        ("a..b", False),
        (".", False),
        (".a.b", False),
        ("a-.b", False),
        ("a.b\n", False),
        ("bücher.ch", False),
        ("\u0661.b", False),
    ],
)
def test_limits_and_characters(host, valid):  # RFC 1123 2.1, RFC 1035 2.3.4
    assert is_hostname(host) is valid
