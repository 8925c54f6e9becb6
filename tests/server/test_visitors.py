"""Who is served by HTTP: how many of one address, and who has no limit."""

from __future__ import annotations

import socket
from ipaddress import ip_network

import msgspec
import pytest

from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.server.connection import Connection
from ipcchat.server.visitors import TOO_MANY, Visitors
from tests.server.conftest import configured

LIMITS = Limits(http_per_address_max=2)


def visitors() -> Visitors:
    configuration = configured(LIMITS)
    proxies = (ip_network("10.0.0.0/8"),)
    configuration.loaded = msgspec.structs.replace(configuration.loaded, proxies=proxies)
    return Visitors(configuration)


def come(visitors: Visitors, address: str) -> Connection:
    """Somebody is served, whose socket does not matter."""
    ours, theirs = socket.socketpair()
    theirs.close()
    link = Connection(ours, 1, 0, Peer(address), LIMITS)
    ours.close()
    visitors.come(link)
    return link


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
def test_an_address_has_so_many_at_a_time(address: str):
    found = visitors()
    first = come(found, address)
    come(found, address)
    assert len(found) == 2 and found.refused == 0
    assert found.refusal(Peer(address)) == TOO_MANY
    assert found.refused == 1
    assert found.refusal(Peer("198.51.100.7")) == ""
    found.leave(first)
    assert len(found) == 1 and found.refusal(Peer(address)) == ""


def test_a_customer_of_ipv6_is_one_address():
    found = visitors()
    come(found, "2001:db8::1")
    come(found, "2001:db8::2")
    assert found.refusal(Peer("2001:db8::3")) == TOO_MANY
    assert found.refusal(Peer("2001:db8:0:1::3")) == ""


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3"])
def test_this_machine_and_proxies_have_as_many_as_there_are(address: str):
    found = visitors()
    for _ in range(5):
        come(found, address)
    assert found.refusal(Peer(address)) == ""


def test_whose_address_changed_since_leaves_where_he_came():
    found = visitors()
    links = [come(found, "192.0.2.1"), come(found, "192.0.2.1")]
    for link in links:
        link.peer = Peer("198.51.100.7")
        found.leave(link)
    assert len(found) == 0 and found.refusal(Peer("192.0.2.1")) == ""
