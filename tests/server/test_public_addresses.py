"""Which addresses are the internet's, in all the ways in which one can be written (hostile input I10)."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from ipcchat.server.public_addresses import address_of, is_allowed, is_public, is_within

PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.215.14", "2606:4700::1111", "2001:4860:4860::8888", "64:ff9b::808:808"]
PRIVATE = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::808:808",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::808:808",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:0:808:808:0:0:80ff:fffe",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "4000::1",
]


@pytest.mark.parametrize("written", PUBLIC)
def test_what_anybody_can_reach_is_public(written):
    assert is_public(address_of(written))
    assert is_allowed(address_of(written), ())


@pytest.mark.parametrize("written", PRIVATE)
def test_everything_else_is_not(written):
    assert not is_public(address_of(written))
    assert not is_allowed(address_of(written), ())


@pytest.mark.parametrize(
    ("written", "within"),
    [
        ("10.1.2.3", True),
        ("10.2.0.1", False),
        ("::ffff:10.1.2.3", True),
        ("::ffff:10.2.0.1", False),
        ("64:ff9b::a01:203", True),
        ("fd00::1", True),
        ("8.8.8.8", False),
    ],
)
def test_networks_that_are_allowed_are_meant_in_every_form(written, within):
    networks = [ip_network("10.1.0.0/16"), ip_network("fd00::/64")]
    assert is_within(address_of(written), networks) is within
    assert is_allowed(address_of(written), networks) is (within or written == "8.8.8.8")


def test_all_that_an_address_stands_for_has_to_be_allowed():
    assert not is_within(address_of("2002:a01:203::"), [ip_network("10.1.0.0/16")])
    assert is_within(address_of("2002:a01:203::"), [ip_network("10.1.0.0/16"), ip_network("2002::/16")])


def test_what_is_no_address_is_an_error():
    with pytest.raises(ValueError, match="does not appear"):
        address_of("localhost")
