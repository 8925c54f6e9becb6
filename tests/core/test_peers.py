"""Who is at the other end of a connection."""

from __future__ import annotations

import pytest

from ipcchat.core.peers import LOCAL_ADDRESS, LocalUser, Peer, is_loopback
from tests.core.net import Net


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("0::1", True),
        ("192.0.2.7", False),
        ("2001:db8::1", False),
        ("local:1001", False),
        ("", False),
    ],
)
def test_this_machine(address, expected):
    assert is_loopback(address) == expected


def test_a_peer_is_what_its_door_knows():
    assert Peer("192.0.2.7") == Peer("192.0.2.7", False, "", None, False)


@pytest.mark.parametrize(
    ("peer", "confidential"),
    [
        (Peer("192.0.2.7"), False),
        (Peer("192.0.2.7", secure=True), True),
        (Peer("127.0.0.1"), True),
        (Peer(f"{LOCAL_ADDRESS}1001", local=LocalUser(1001, "build")), True),
    ],
)
def test_where_nobody_reads_along(peer, confidential):  # RFC 4616 section 4
    assert Net().dial(peer=peer).session.confidential == confidential


def test_a_local_user_has_the_name_that_the_kernel_vouches_for():  # RFC 1459 4.1.3: the user name
    net = Net()
    build = net.dial(peer=Peer(f"{LOCAL_ADDRESS}1001", local=LocalUser(1001, "build")))
    build.says("NICK builder", "USER root 0 * :I am root")
    assert build.user.mask == "builder!build@local"
    assert build.user.address == "local:1001"


def test_a_local_user_is_logged_in_by_configuration_where_the_account_is_there():
    net = Net()
    peer = Peer(f"{LOCAL_ADDRESS}1001", local=LocalUser(1001, "build", account="ann"))
    stranger = net.dial(peer=peer)
    stranger.says("NICK one", "USER x 0 * :x")
    assert stranger.user.account == ""
    net.connect("ann").says("NS REGISTER correct-horse")
    other = net.dial(peer=peer)
    other.says("NICK two", "USER x 0 * :x")
    assert other.user.account == "ann"
