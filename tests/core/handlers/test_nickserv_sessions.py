"""NickServ: one's own connections, and getting back one's nick."""

from __future__ import annotations

import pytest

from ipcchat.core.policy import Policy
from tests.core.deeds import comes, has_account, is_operator
from tests.core.handlers.test_nickserv import answers
from tests.core.net import Net

SINCE = "since 2023-11-14 22:13 UTC"


@pytest.fixture
def net():
    """A network where ann has an account, and nicks of accounts are for everybody."""
    return loose()


def loose(nodes: int = 1) -> Net:
    net = Net(nodes)
    for node in net.nodes:
        node.engine.state.policy = Policy(nicks_owned=False)
    has_account(net, "ann")
    return net


# Connections.


def test_own_connections_are_listed_and_closed(net):
    laptop, phone, desk = comes(net, "ann"), comes(net, "ann", secure=True), comes(net, "ann")
    phone.says("JOIN #tea")
    net.forget()
    assert answers(laptop, "SESSIONS") == [
        f"1: ann {SINCE}, from 127.0.0.1, no TLS (this one)",
        f"2: ann {SINCE}, from 127.0.0.1, TLS",
        f"3: ann {SINCE}, from 127.0.0.1, no TLS",
    ]
    assert answers(laptop, "CLOSE 2") == ["1 of your connections is closed."]
    assert phone.lines[-1] == "ERROR :Closing link: Closed by ann, from another connection"
    assert answers(desk, "CLOSE others") == ["1 of your connections is closed."]
    assert (bool(laptop.closed), bool(phone.closed), bool(desk.closed)) == (True, True, False)
    assert answers(desk, "CLOSE OTHERS") == ["This is your only connection"]
    assert answers(desk, "CLOSE 1") == ["You have no connection of that number; SESSIONS shows them"]
    assert desk.user.channels == ("#tea",)


def test_several_others_are_closed_at_once(net):
    talkers = [comes(net, "ann") for _ in range(3)]
    assert answers(talkers[0], "CLOSE OTHERS") == ["2 of your connections are closed."]
    assert [bool(talker.closed) for talker in talkers] == [False, True, True]


def test_closing_this_connection_is_leaving_by_it(net):
    laptop, phone = comes(net, "ann"), comes(net, "ann")
    assert laptop.asks("NS CLOSE 1") == ["ERROR :Closing link: Closed by ann, from another connection"]
    assert not phone.closed and net.engine.state.nicks.find("ann")


def test_connections_on_two_nodes_with_one_number():
    net = loose(2)
    laptop, phone = comes(net, "ann"), comes(net, "ann", node=1)
    assert answers(laptop, "SESSIONS") == [
        f"node0000.1: ann {SINCE}, from 127.0.0.1, no TLS (this one)",
        f"node0001.1: ann {SINCE}, from 127.0.0.1, no TLS",
    ]
    assert answers(laptop, "CLOSE node0001.1") == ["1 of your connections is closed."]
    assert phone.closed == "Closed by ann, from another connection"
    assert [node.engine.audience.count for node in net.nodes] == [1, 0]
    assert net.nodes[0].engine.state.digest() == net.nodes[1].engine.state.digest()


def test_operators_see_connections_of_others(net):
    comes(net, "ann").says("QUIT")
    peace = net.connect("peace")
    (told,) = answers(peace, "SESSIONS ann")
    assert told.startswith("Permission denied")
    is_operator(net, peace)
    assert answers(peace, "SESSIONS ann") == [
        f"ann stays here without a connection {SINCE}.",
        "ann has no connections.",
    ]


# Getting back a nick.


def test_a_stranger_on_an_own_nick_is_put_off(net):
    stranger, guest, bob = net.connect("ann"), comes(net, "guest", "ann"), net.connect("bob")
    assert answers(bob, "GHOST ann")[0].startswith("You are not logged in.")
    assert answers(guest, "GHOST bob") == ["That nick does not belong to the account that you are logged in to"]
    assert answers(guest, "GHOST ann") == ["ann was put off."]
    assert stranger.lines[-1] == "ERROR :Closing link: Put off by guest, whose nick it is"
    assert answers(guest, "GHOST ann") == ["Nobody has the nick ann: it is free, NICK ann"]
    guest.says("NICK ann")
    assert answers(guest, "GHOST ann") == [
        "That is you, by this connection; SESSIONS shows your others, CLOSE ends them"
    ]


def test_a_password_does_for_old_clients(net):  # GHOST <nick> <password>, as they send it when they connect
    stranger = net.connect("ann")
    guest = net.connect("guest")
    assert answers(guest, "GHOST ann wrong horse") == ["Wrong account or password"]
    assert answers(guest, "REGAIN ann correct horse") == [
        ":guest!~guest@127.0.0.1 MODE guest +r",
        ":test.net 900 guest guest!~guest@127.0.0.1 ann :You are now logged in as ann",
        ":guest!~guest@127.0.0.1 NICK ann",
        ":NickServ!NickServ@test.net NOTICE ann :You are ann again."[len(":NickServ!NickServ@test.net NOTICE ann :") :],
    ]
    assert stranger.closed and guest.user.nick == "ann"


def test_taking_back_a_nick(net):
    guest = comes(net, "guest", "ann")
    assert answers(guest, "REGAIN ann") == [":guest!~guest@127.0.0.1 NICK ann", "You are ann again."]
    assert answers(guest, "RECOVER ann") == ["You have that nick already"]


def test_who_stays_is_put_off_as_well(net):
    comes(net, "ann").says("JOIN #tea", "QUIT")
    guest, bob = comes(net, "guest", "ann"), net.join("bob", "#tea")
    bob.forget()
    assert answers(guest, "REGAIN ann")[-1] == "You are ann again."
    assert bob.lines == [":ann!~ann@127.0.0.1 QUIT :Put off by guest, whose nick it is"]


def test_a_ghost_on_another_node():
    net = loose(2)
    stranger, guest = net.join("ann", "#tea", node=1), comes(net, "guest", "ann")
    bob = net.join("bob", "#tea")
    bob.forget()
    assert answers(guest, "GHOST ann") == ["ann was put off."]
    assert stranger.closed
    assert bob.lines == [":ann!~ann@127.0.0.1 QUIT :Put off by guest, whose nick it is"]
    assert net.nodes[0].engine.state.digest() == net.nodes[1].engine.state.digest()


def test_who_left_in_the_meantime_cannot_be_put_off(net):
    stranger, guest = net.connect("ann"), comes(net, "guest", "ann")
    net.journal.holding = True
    stranger.says("QUIT")
    guest.says("NS GHOST ann")
    net.journal.holding = False
    net.settle()
    assert stranger.closed and not guest.closed
    assert guest.says("PING x") == [":test.net PONG test.net :x"]
