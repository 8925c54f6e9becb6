"""One form for every way to write an address (RFC 4291 2.5.5.2, RFC 6052)."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from ipcchat.core.addresses import normal


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("64:ff9b::192.0.2.7", "192.0.2.7"),
        ("64:ff9b::c000:207", "192.0.2.7"),
        ("0::1", "::1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_the_same_address_written_otherwise(written, expected):
    assert normal(written) == ip_address(expected)


@pytest.mark.parametrize("written", ["", "local:1001", "0x7f.1", "2130706433", "example.org", "192.0.2", "1.2.3.4.5"])
def test_what_is_none(written):
    assert normal(written) is None
