"""Cloaks: the same for the same host, nothing without the secret, and bans of their ends hit networks.

The form is that of InspIRCd's cloaks (https://docs.inspircd.org/4/modules/cloak_sha256/); the hash is that of RFC 7693.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.core.cloaks import HOST_CHARACTERS_MAX, cloaked, visible_host
from ipcchat.wire import masks

SECRET = "known to the server only"
_label = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True)
_name = st.lists(_label, min_size=1, max_size=5).map(".".join)
_FOUR = st.ip_addresses(v=4).filter(lambda address: not address.is_loopback)
_SIX = st.integers(2, 2**128 - 1).map(IPv6Address).filter(lambda address: not address.ipv4_mapped)
_address = st.one_of(_FOUR, _SIX).map(str)


def pieces(host: str) -> list[str]:
    """The parts of a cloak."""
    return cloaked(host, SECRET).split(".")


def test_cloaks_are_what_they_always_were():
    """Bans are stored: another way to make cloaks would let all of the banned in."""
    assert cloaked("192.0.2.1", SECRET) == "eucnffiroi.stc22ik5ie.fw5o2tqprq.ip"
    assert cloaked("2001:db8::1", SECRET) == "uj5e5zsnea.uzxupaystu.z46opki3yy.ip"
    assert cloaked("pool-1.dsl.example.org", SECRET) == "vckj4ghbia.example.org"


@given(st.one_of(_address, _name))
def test_a_cloak_is_a_host_of_the_allowed_length(host):  # RFC 1123 2.1; ISUPPORT HOSTLEN
    cloak = cloaked(host, SECRET)
    assert re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", cloak)
    assert len(cloak) <= HOST_CHARACTERS_MAX
    assert cloak == cloaked(host.upper(), SECRET)


@given(_address, st.text(), st.text())
def test_without_the_secret_nobody_can_make_it(host, secret, other):
    assert (cloaked(host, secret) == cloaked(host, other)) == (secret == other)
    assert host not in cloaked(host, secret)


@given(_FOUR, _FOUR)
def test_ipv4_neighbours_have_the_same_end(one: IPv4Address, other: IPv4Address):
    mine, theirs = pieces(str(one)), pieces(str(other))
    for kept, bits in ((0, 32), (1, 24), (2, 16)):
        assert (mine[kept:] == theirs[kept:]) == (int(one) >> 32 - bits == int(other) >> 32 - bits)


@given(_SIX, st.integers(0, 127))
def test_ipv6_neighbours_have_the_same_end(one: IPv6Address, bit: int):
    other = IPv6Address(int(one) ^ 1 << bit)
    if other.ipv4_mapped or other.is_loopback:
        return
    mine, theirs = pieces(str(one)), pieces(str(other))
    for kept, bits in ((0, 64), (1, 48), (2, 32)):
        assert (mine[kept:] == theirs[kept:]) == (bit < 128 - bits)


def test_a_ban_of_an_end_hits_the_network():
    _, middle, end, suffix = pieces("192.0.2.1")
    narrow, wide = f"*!*@*.{middle}.{end}.{suffix}", f"*!*@*.{end}.{suffix}"
    hit = [
        host for host in ("192.0.2.99", "192.0.3.1", "192.1.2.1") if masks.match(narrow, f"a!b@{cloaked(host, SECRET)}")
    ]
    assert hit == ["192.0.2.99"]
    hit = [
        host for host in ("192.0.2.99", "192.0.3.1", "192.1.2.1") if masks.match(wide, f"a!b@{cloaked(host, SECRET)}")
    ]
    assert hit == ["192.0.2.99", "192.0.3.1"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:DB8:0:0::1", "2001:db8::2"),
        ("0::3", "::2"),
        ("fe80::1%eth0", "fe80::2"),
        ("Host.Example.ORG", "host.example.org"),
        ("host.example.org.", "host.example.org."),
    ],
)
def test_the_same_place_written_otherwise_has_the_same_cloak(one, other):
    assert cloaked(one, SECRET) == cloaked(other, SECRET)


@pytest.mark.parametrize(
    ("host", "end"),
    [
        ("pool-1.dsl.example.org", ".example.org"),
        ("1.2.0.192.in-addr.example.org", ".example.org"),
        ("example.org", ".org"),
        ("localhost", ""),
        ("localhost.", ""),
        ("a." + "x" * 60 + ".org", ".org"),
        ("a." + "x" * 60, ""),
    ],
)
def test_a_name_keeps_the_end_of_its_domain(host, end):
    first, dot, rest = cloaked(host, SECRET).partition(".")
    assert len(first) == 10
    assert dot + rest == end


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "0::1", "::ffff:127.0.0.1"])
def test_this_machine_has_nothing_to_hide(host):
    assert cloaked(host, SECRET) == "localhost"


def test_an_account_is_a_cloak():
    assert visible_host("192.0.2.7", "ann", SECRET) == "user/ann"
    assert visible_host("192.0.2.7", "", SECRET) == cloaked("192.0.2.7", SECRET)
