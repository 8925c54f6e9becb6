"""Coming and going, and other nicks, as everybody sees it (RFC 2812 3.1.2, 3.1.7; Modern IRC "NICK message", "QUIT
message"; IRCv3 monitor)."""

from __future__ import annotations

import msgspec
import pytest

from ipcchat.core import facts
from ipcchat.core.limits import Limits
from tests.core.deeds import happened, is_operator
from tests.core.net import ALL_CAPS, Net, Talker

ANN = "ann!~ann@127.0.0.1"


def wants_notices(net: Net, talker: Talker, kinds: str) -> None:
    """Somebody is an operator who gets notices of the server."""
    is_operator(net, talker)
    happened(net, facts.UserModesChanged, talker, added="s", notices=kinds)
    net.forget()


# Arriving.


def test_two_nicks_that_look_alike_are_one(net):  # UTS 39 4
    net.connect("paul")
    bob = net.dial()
    bob.says("NICK pauI", "USER bob 0 * :Bob")
    assert bob.session.user is None
    assert any(line.split()[1] == "433" for line in bob.lines)
    bob.says("NICK bob")
    assert "001" in bob.numerics


def test_a_lookalike_that_came_first_in_the_journal_wins():
    net = Net(2)
    ann, bob = net.dial(), net.dial(node=1)
    net.journal.holding = True
    ann.says("NICK paul", "USER ann 0 * :Ann")
    bob.says("NICK pauI", "USER bob 0 * :Bob")
    net.journal.holding = False
    net.settle()
    assert "001" in ann.numerics
    assert bob.numerics == ["433"]
    assert bob.lines[-1] == ":test.net 433 * pauI :Nickname looks like one that is in use: choose another"


def test_the_journal_decides_who_gets_a_nick():
    net = Net(2)
    ann, bob = net.dial(), net.dial(node=1)
    net.journal.holding = True
    ann.says("NICK paul", "USER ann 0 * :Ann")
    bob.says("NICK Paul", "USER bob 0 * :Bob")
    net.journal.holding = False
    net.settle()
    assert "001" in ann.numerics
    assert bob.numerics == ["433"]


def test_ones_own_nick_may_look_like_the_one_before(net):
    ann = net.connect("paul")
    assert ann.says("NICK pauI")[-1].endswith(" NICK pauI")
    assert net.connect("ann").says("NICK paul")[0].split()[1] == "433"


@pytest.mark.covers("ERR_UNKNOWNERROR")
def test_a_full_network_takes_nobody():  # Modern IRC, ERR_UNKNOWNERROR
    net = Net(limits=Limits(users_max=1))
    net.connect("ann")
    bob = net.dial()
    bob.says("NICK bob", "USER bob 0 * :Bob")
    assert bob.lines[-1] == ":test.net 400 * USER :The network is full; try again later"


def test_who_hung_up_before_he_arrived_is_gone_at_once():
    net = Net(2)
    bob = net.connect("bob", node=1)
    bob.says("MONITOR + ann")
    bob.forget()
    ann = net.dial()
    net.journal.holding = True
    ann.says("NICK ann", "USER ann 0 * :Ann")
    ann.hangs_up()
    net.journal.holding = False
    net.settle()
    assert bob.lines == [f":test.net 730 * :{ANN}", ":test.net 731 * :ann"]
    assert ann.lines == []
    assert not net.engine.state.nicks.find("ann")


# Leaving.


def test_a_quit_is_told_to_those_who_saw_him():  # modes +u and +D
    net = Net(2)
    joe, ann = net.join("joe", "#tea,#ops"), net.join("ann", "#tea")
    bob = net.join("bob", "#tea", node=1)
    eve = net.join("eve", "#ops", node=1)
    joe.says("MODE #tea +u")
    ann.says("JOIN #ops")
    net.forget()
    ann.says("QUIT :bye")
    assert joe.lines == eve.lines == [f":{ANN} QUIT :Quit: bye"]
    assert bob.lines == []
    net.forget()
    joe.says("MODE #ops +D")
    kim = net.join("kim", "#ops", node=1)
    net.forget()
    kim.hangs_up()
    assert joe.lines == eve.lines == []


def test_nothing_is_left_of_who_left(net):
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.says("MODE #tea +D", "INVITE bob #tea")
    bob.says("QUIT")
    channel = net.engine.state.channels["#tea"]
    assert list(channel.members) == [ann.session.uid]
    assert not channel.hidden
    assert bob.closed


def test_a_nick_is_free_when_its_user_has_left(net):
    ann, bob = net.connect("ann"), net.connect("bob")
    assert [line.split()[1] for line in bob.says("NICK ANN")] == ["433"]
    ann.says("QUIT")
    assert bob.says("NICK ANN") == [":bob!~bob@127.0.0.1 NICK ANN"]


def test_places_that_are_too_old_are_forgotten_with_the_next_loss():
    net = Net(limits=Limits(seat_minutes_max=1))
    net.join("ann", "#tea")
    net.restart()
    net.pass_time(90)
    net.join("bob", "#tea")
    net.restart()
    assert [name.partition("!")[0] for name in net.engine.state.channels["#tea"].seats] == ["bob"]


def test_what_somebody_gone_still_wanted_goes_with_him(net):
    ann = net.join("ann", "#tea", ALL_CAPS)
    net.journal.holding = True
    ann.says("NICK anna")
    uid = ann.session.uid
    net.journal.queue.appendleft((net.nodes[0], facts.UserLeft(b"left" * 4, net.now.wall, uid, reason="gone")))
    net.journal.holding = False
    net.settle()
    assert net.engine.state.nicks.find("anna") is None
    fact = facts.UserLeft(b"left" * 3 + b"more", net.now.wall, uid)
    net.journal.queue.append((net.nodes[0], fact))
    net.settle()
    assert not net.engine.state.users


# Another nick.


def test_another_nick_is_told_once_to_all_who_see_it():
    net = Net(2)
    ann, bob = net.join("ann", "#tea,#ops"), net.join("bob", "#tea,#ops", node=1)
    eve = net.connect("eve")
    net.forget()
    ann.says("NICK anna")
    assert ann.lines == bob.lines == [f":{ANN} NICK anna"]
    assert eve.lines == []
    assert ann.says("NICK anna") == []


@pytest.mark.covers("ERR_BANONCHAN")
@pytest.mark.parametrize("mask", ["ann!*@*", "~m:*!*@127.0.0.1", "~n:ann!*@*"])
def test_who_is_banned_or_muted_does_not_escape_by_another_nick(net, mask):  # Modern IRC numerics, ERR_BANONCHAN
    joe, ann = net.join("joe", "#tea"), net.join("ann", "#tea")
    joe.says(f"MODE #tea +b {mask}")
    text = "Cannot change nickname while banned or muted there"
    assert ann.says("NICK anna")[-1] == f":test.net 435 ann anna #tea :{text}"
    joe.says("MODE #tea +v ann")
    assert ann.says("NICK anna")[-1] == f":{ANN} NICK anna"


def test_the_nick_before_is_remembered(net):
    ann = net.connect("ann")
    ann.says("NICK anna")
    assert ann.says("WHOWAS ann")[0] == ":test.net 314 anna ann ~ann 127.0.0.1 * Ann"


# Notices for operators.


def test_operators_hear_who_comes_goes_and_changes_his_nick(net):
    joe, eve = net.connect("joe"), net.connect("eve")
    wants_notices(net, joe, "cn")
    wants_notices(net, eve, "k")
    net.connect("ann").says("NICK anna", "QUIT :bye")
    assert joe.lines == [
        f":test.net NOTICE joe :*** Client connecting: {ANN} [127.0.0.1] Ann",
        ":test.net NOTICE joe :*** Nick change: ann is now anna",
        ":test.net NOTICE joe :*** Client exiting: anna!~ann@127.0.0.1 [127.0.0.1] Quit: bye",
    ]
    assert eve.lines == []


def test_who_is_put_off_a_nick_and_has_left_it_already_stays(net):  # the order decides
    ann, bob = net.connect("ann"), net.connect("bob")
    fact = facts.UserLeft(b"0" * 16, net.now.wall, bob.session.uid, reason="Put off", nick="bob")
    bob.says("NICK rob")
    net.journal.queue.append((net.nodes[0], fact))
    net.settle()
    assert not bob.closed and ann.says("ISON rob") == [":test.net 303 ann :rob"]
    net.journal.queue.append((net.nodes[0], msgspec.structs.replace(fact, id=b"1" * 16, nick="Rob")))
    net.settle()
    assert ann.says("ISON rob") == [":test.net 303 ann :"]


def test_who_came_back_in_the_same_instant_is_not_gone_for_his_long_absence(net):
    bob = net.connect("bob")
    fact = facts.UserLeft(b"0" * 16, net.now.wall, bob.session.uid, reason="Gone for long", since=net.now.wall)
    net.journal.queue.append((net.nodes[0], fact))
    net.settle()
    assert net.engine.state.nicks.find("bob") is not None
