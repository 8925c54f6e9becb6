"""X-Forwarded-For and X-Forwarded-Proto: who is believed, and which of the addresses."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from ipcchat.core.peers import Peer
from ipcchat.server.http.forwarded import ADDRESSES_MAX, peer_behind

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
PROXY = Peer("10.0.0.5")


def said(*values: str, proto: str = "") -> list[tuple[bytes, bytes]]:
    fields = [(b"x-forwarded-for", value.encode("latin-1")) for value in values]
    return [*fields, (b"x-forwarded-proto", proto.encode())] if proto else fields


def test_nobody_is_believed_but_proxies():
    stranger = Peer("192.0.2.1")
    assert peer_behind(stranger, said("198.51.100.7", proto="https"), PROXIES) == stranger
    assert peer_behind(PROXY, said("198.51.100.7", proto="https"), ()) == PROXY
    assert peer_behind(Peer("local:0"), said("198.51.100.7"), PROXIES) == Peer("local:0")


@pytest.mark.parametrize(
    ("values", "address"),
    [
        (["198.51.100.7"], "198.51.100.7"),
        (["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
        (["203.0.113.9", "198.51.100.7"], "198.51.100.7"),
        (["198.51.100.7, 10.0.0.9, 10.1.2.3"], "198.51.100.7"),
        (["198.51.100.7:4711"], "198.51.100.7"),
        (["[2001:db8::1]:4711"], "2001:db8::1"),
        (["2001:db8::1"], "2001:db8::1"),
        (["::1"], "0::1"),
        (["::ffff:198.51.100.7"], "198.51.100.7"),
        (["10.0.0.9"], "10.0.0.5"),
        (["198.51.100.7, unknown"], "10.0.0.5"),
        (["198.51.100.7, 10.0.0.9, \x00"], "10.0.0.5"),
        ([""], "10.0.0.5"),
        ([], "10.0.0.5"),
        (["1.2.3.4, " + "10.0.0.9," * ADDRESSES_MAX + "10.0.0.8"], "10.0.0.5"),
    ],
)
def test_the_last_address_that_is_no_proxy_counts(values: list[str], address: str):
    assert peer_behind(PROXY, said(*values), PROXIES).address == address


@pytest.mark.parametrize(
    ("proto", "secure"), [("https", True), ("HTTPS", True), ("http, https", True), ("http", False), ("", False)]
)
def test_the_scheme_is_the_proxys(proto: str, secure: bool):
    assert peer_behind(PROXY, said("198.51.100.7", proto=proto), PROXIES).secure is secure
