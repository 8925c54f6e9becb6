"""Connections and users that end: whoever saw somebody gets one QUIT, his connections on each node are closed, and who
stays is away."""

from __future__ import annotations

import pytest

from ipcchat.core import facts
from ipcchat.core.apply.departures import NOT_CONNECTED
from ipcchat.core.apply.meaning import check
from ipcchat.core.errors import Ignored
from tests.core.deeds import comes, happened, has_account, is_operator
from tests.core.net import Net

ANN = ":ann!~ann@127.0.0.1"


@pytest.mark.parametrize("nodes", [1, 2])
def test_everybody_who_saw_him_gets_one_quit(nodes):
    net = Net(nodes)
    ann = net.join("ann", "#tea")
    bob = net.join("bob", "#tea", node=nodes - 1)
    for talker in (ann, bob):
        talker.says("JOIN #den")
    net.connect("eve", node=nodes - 1)
    net.forget()
    ann.says("QUIT :bye")
    assert bob.lines == [f"{ANN} QUIT :Quit: bye"]
    assert [talker.lines for node in net.nodes for talker in node.links if talker not in (ann, bob)] == [[]]
    assert [departed.nick for departed in net.engine.state.departed] == ["ann"]


@pytest.mark.parametrize("node", [0, 1])
def test_a_user_who_is_put_out_is_closed_where_he_is(node):
    """UserLeft without a session: all connections, on every node, although he would stay."""
    net = Net(2)
    has_account(net, "ann")
    connections = [comes(net, "ann"), comes(net, "ann", node=1), comes(net, "ann", node=1)]
    bob = net.join("bob", "#tea", "away-notify", node=node)
    connections[0].says("JOIN #tea")
    net.forget()
    happened(net, facts.UserLeft, connections[0], reason="put out")
    assert [talker.closed for talker in connections] == ["put out"] * 3
    assert bob.lines == [f"{ANN} QUIT :put out"]
    assert [each.engine.audience.count for each in net.nodes] == [1 - node, node]
    assert not net.engine.state.nicks.find("ann")


def test_a_connection_ends_once(net):
    """What its node said of it, and what its owner did, cannot both happen: the second one has nothing to do."""
    has_account(net, "ann")
    laptop, phone = comes(net, "ann"), comes(net, "ann")
    left = facts.UserLeft(b"x" * 16, net.now.wall, laptop.session.uid, reason="x", session=phone.session.id)
    check(net.engine.state, left)
    phone.says("QUIT")
    with pytest.raises(Ignored):
        check(net.engine.state, left)
    laptop.says("QUIT")
    with pytest.raises(Ignored):
        check(net.engine.state, left)
    assert net.engine.state.nicks.find("ann").away == NOT_CONNECTED


def test_who_is_hidden_is_missed_by_who_saw_him_only(net):
    """+D: who has not spoken yet is not seen."""
    bob = net.join("bob", "#tea")
    bob.says("MODE #tea +D")
    ann = net.join("ann", "#tea")
    net.forget()
    ann.says("QUIT :bye")
    assert bob.lines == []


def test_who_is_seen_by_some_members_is_missed_by_those(net):
    """+u: who has no rank sees only those who have one."""
    bob, eve = net.join("bob", "#tea"), net.connect("eve")
    ann = net.connect("ann")
    bob.says("MODE #tea +u")
    for talker in (eve, ann):
        talker.says("JOIN #tea")
    net.forget()
    ann.says("QUIT :bye")
    assert (bob.lines, eve.lines) == ([f"{ANN} QUIT :Quit: bye"], [])


def test_an_away_message_of_his_own_is_kept(net):
    has_account(net, "ann")
    ann, bob = comes(net, "ann"), net.join("bob", "#tea", "away-notify")
    ann.says("JOIN #tea", "AWAY :on holiday")
    bob.forget()
    ann.says("QUIT")
    assert bob.lines == []
    assert net.engine.state.nicks.find("ann").away == "on holiday"


def test_who_monitors_him_hears_that_he_is_gone(net):  # IRCv3 monitor: 731
    bob = net.connect("bob")
    ann = net.connect("ann")
    bob.says("MONITOR + ann")
    bob.forget()
    ann.hangs_up()
    assert bob.lines == [":test.net 731 * :ann"]


def test_whowas_is_bounded():
    net = Net()
    net.engine.state.limits = net.engine.state.limits.__class__(whowas_entries_max=2)
    for nick in ("ann", "bob", "eve"):
        net.connect(nick).says("QUIT")
    assert [departed.nick for departed in net.engine.state.departed] == ["bob", "eve"]


@pytest.mark.parametrize("how", ["QUIT :bye", ""])
def test_officers_who_want_to_know_are_told(net, how):
    peace = net.connect("peace")
    is_operator(net, peace)
    peace.says("MODE peace +s c")
    ann = net.connect("ann")
    peace.forget()
    ann.says(how) if how else ann.hangs_up("Connection reset")
    reason = "Quit: bye" if how else "Connection reset"
    (told,) = peace.lines
    assert told.startswith(f":test.net NOTICE peace :*** Client exiting: {ANN[1:]} ") and told.endswith(f" {reason}")
