"""What is no message in the histories of channels (core/apply/recalling.py): kept as it was told, by every node."""

from __future__ import annotations

import pytest

from ipcchat.core import facts
from ipcchat.core.effects import Recall
from tests.core.deeds import happened, is_logged_in
from tests.core.net import Net


def kept(net: Net, node: int = 0) -> list[str]:
    """What was kept: the histories, and the line."""
    recalls = [effect for effect in net.nodes[node].beside if isinstance(effect, Recall)]
    return [
        f"{','.join(each.targets)} {each.what.source} {each.what.command} {' '.join(each.what.params)}"
        for each in recalls
    ]


def test_who_comes_and_goes_and_what_changes():
    net = Net()
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea,#ops")
    is_logged_in(net, bob, "bob")
    net.nodes[0].beside.clear()
    eve = net.join("eve", "#tea")
    ann.says("TOPIC #tea :Green tea", "MODE #tea +vm bob", "KICK #tea eve :why", "PART #tea :bye", "PRIVMSG bob :x")
    bob.says("NICK rob", "RENAME #ops #den :shorter", "TOPIC #den :", "QUIT :off")
    assert kept(net) == [
        "#tea eve!~eve@127.0.0.1 JOIN #tea",
        "#tea ann!~ann@127.0.0.1 TOPIC #tea Green tea",
        "#tea ann!~ann@127.0.0.1 MODE #tea +vm bob",
        "#tea ann!~ann@127.0.0.1 KICK #tea eve why",
        "#tea ann!~ann@127.0.0.1 PART #tea bye",
        "#tea,#ops bob!~bob@127.0.0.1 NICK rob",
        "#ops rob!~bob@127.0.0.1 RENAME #ops #den shorter",
        "#ops rob!~bob@127.0.0.1 TOPIC #den ",
        "#tea,#ops rob!~bob@127.0.0.1 QUIT Quit: off",
    ]
    assert eve.user.channels == ()


def test_a_join_tells_account_and_realname():
    net = Net()
    bob = net.connect("bob")
    is_logged_in(net, bob, "bob")
    bob.says("JOIN #tea")
    (recall,) = net.nodes[0].beside
    assert isinstance(recall, Recall)
    assert (recall.what.account, recall.what.realname) == ("bob", "Bob")
    assert (recall.seq, recall.at) == (net.journal.entries[-1].seq, net.journal.entries[-1].at)


@pytest.mark.parametrize("mode", ["D", "u"])
def test_members_whom_some_do_not_see_leave_no_trace(mode):
    net = Net()
    net.join("ann", "#tea").says(f"MODE #tea +{mode}")
    net.nodes[0].beside.clear()
    net.join("bob", "#tea").says("NICK rob", "PART #tea", "JOIN #tea", "QUIT")
    assert kept(net) == []


def test_all_nodes_keep_the_same_and_a_restart_says_it_again():
    net = Net(2)
    net.join("ann", "#tea").says("TOPIC #tea :x", "PART #tea")
    net.join("bob", "#tea", node=1).says("QUIT")
    before = kept(net)
    assert before == kept(net, 1)
    assert len(before) == 5
    alone = Net()
    alone.journal.entries = net.journal.entries
    alone.restart()
    assert kept(alone)[: len(before)] == before


def test_those_who_are_lost_with_their_node_are_not_told_of():
    net = Net(2)
    net.join("ann", "#tea")
    bob = net.join("bob", "#tea", node=1)
    net.nodes[1].beside.clear()
    happened(net, facts.NodeDown, bob, incarnation="node0000")
    assert kept(net, 1) == []
