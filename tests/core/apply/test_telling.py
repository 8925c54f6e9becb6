"""Who hears of a fact and in which words, by capability (IRCv3 extended-join, chghost, server-time, message-tags)."""

from __future__ import annotations

import pytest

from ipcchat.core import facts
from tests.core.net import ALL_CAPS, Net

ANN = ":ann!~ann@127.0.0.1"


@pytest.mark.covers("extended-join")
def test_a_join_in_two_wordings(net):  # IRCv3 extended-join
    plain, extended = net.join("bob", "#tea"), net.join("eve", "#tea", "extended-join")
    ann = net.dial()
    ann.says("NICK ann", "USER ann 0 * :Ann Example", "CAP REQ extended-join", "CAP END")
    net.forget()
    ann.says("JOIN #tea")
    assert plain.lines == [f"{ANN} JOIN #tea"]
    assert extended.lines == [f"{ANN} JOIN #tea * :Ann Example"] == ann.lines[:1]


@pytest.mark.covers("chghost")
def test_another_host_is_told_to_those_who_know_it(net):  # IRCv3 chghost
    ann, bob = net.join("ann", "#tea", "chghost"), net.join("bob", "#tea", "chghost")
    eve = net.join("eve", "#tea")
    net.forget()
    uid = ann.session.uid
    for number, host in enumerate(("users.example", "users.example")):
        fact = facts.HostChanged(b"host%012d" % number, net.now.wall, uid, user="ann", host=host)
        net.journal.queue.append((net.nodes[0], fact))
        net.settle()
    assert ann.lines == bob.lines == [f"{ANN} CHGHOST ann users.example"]
    assert [line.split()[1] for line in eve.lines] == ["QUIT", "JOIN", "MODE"]
    bob.forget()
    ann.says("PRIVMSG #tea :hello")
    assert bob.lines == [":ann!ann@users.example PRIVMSG #tea :hello"]


CHANGES = [
    "NICK anna",
    "TOPIC #tea :x",
    "MODE #tea +m",
    "PART #tea",
    "KICK #tea bob",
    "PRIVMSG #tea :x",
    "NOTICE #tea x",
]


@pytest.mark.parametrize("said", CHANGES)
def test_time_and_msgid_are_the_entrys_and_the_same_for_all(net, said):  # IRCv3 server-time, message-tags
    ann = net.join("ann", "#tea", "server-time message-tags echo-message")
    bob, eve = net.join("bob", "#tea", "server-time message-tags"), net.join("eve", "#tea")
    net.forget()
    net.pass_time(1.25)
    ann.says(said)
    entry = net.journal.entries[-1]
    head = f"@time=2023-11-14T22:13:21.250Z;msgid={net.engine.tagger.msgid(entry.seq)} "
    assert ann.lines == bob.lines == [head + line for line in eve.lines]
    assert len(eve.lines) == 1


def test_a_line_is_rendered_once_for_each_set_of_capabilities(net):  # core/audience.py
    talkers = [net.join(f"a{number}", "#tea") for number in range(4)]
    talkers += [net.join(f"b{number}", "#tea", "server-time") for number in range(4)]
    net.journal.holding = True
    talkers[0].says("PRIVMSG #tea :hello")
    net.journal.order()
    effects = net.engine.apply(net.nodes[0].inbox.popleft(), net.now)
    assert sorted(len(effect.links) for effect in effects) == [4, 4]
    assert {effect.skip for effect in effects} == {talkers[0]}


def test_lists_that_were_handed_out_are_never_changed(net):  # core/audience.py; the shell hands them on as they are
    ann = net.join("ann", "#tea")
    net.join("bob", "#tea")
    net.journal.holding = True
    ann.says("PRIVMSG #tea :hello")
    net.journal.order()
    (fan,) = net.engine.apply(net.nodes[0].inbox.popleft(), net.now)
    handed, before = fan.links, list(fan.links)
    net.journal.holding = False
    eve = net.join("eve", "#tea")
    eve.says("CAP REQ server-time", "PART #tea")
    ann.says("QUIT")
    assert handed == before


def test_a_quit_is_told_once_and_to_those_who_share_a_channel(net):
    ann, bob = net.join("ann", "#tea,#ops"), net.join("bob", "#tea,#ops", "message-tags")
    eve, joe = net.join("eve", "#ops"), net.connect("joe")
    net.forget()
    ann.hangs_up("Ping timeout")
    assert bob.bare == eve.lines == [f"{ANN} QUIT :Ping timeout"]
    assert bob.lines[0].startswith("@msgid=")
    assert ann.lines == joe.lines == []


def test_what_a_client_does_not_know_is_acknowledged_to_its_label(net):  # IRCv3 setname, labeled-response
    ann = net.connect("ann", "labeled-response batch")
    assert ann.says("@label=x SETNAME :Ann the Second") == ["@label=x :test.net ACK"]


def test_the_end_of_a_node_is_told_on_the_others():
    net = Net(2)
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea", "message-tags", node=1)
    net.forget()
    fact = facts.NodeDown(b"down" * 4, net.now.wall, "node0001", incarnation="node0000")
    net.journal.queue.append((net.nodes[1], fact))
    net.settle()
    assert bob.lines == [f"{ANN} QUIT :Connection to the server was lost"]
    assert ann.lines == []
    assert ann.session.user is None
    assert net.nodes[0].engine.state.digest() == net.nodes[1].engine.state.digest()


def test_two_nodes_tell_the_same_story():
    net = Net(2)
    ann, bob = net.join("ann", "#tea", ALL_CAPS), net.join("bob", "#tea", ALL_CAPS, node=1)
    eve = net.join("eve", "#tea", ALL_CAPS, node=1)
    net.forget()
    ann.says("PRIVMSG #tea :hello", "AWAY :lunch", "INVITE joe #tea", "SETNAME :Ann B", "MODE ann +i", "PRIVMSG bob :x")
    eve.says("KICK #tea ann", "PART #tea :bye")
    assert [line.split()[1] for line in bob.bare] == ["PRIVMSG", "AWAY", "SETNAME", "PRIVMSG", "PART"]
    assert [line.split()[1] for line in eve.bare] == ["PRIVMSG", "AWAY", "SETNAME", "482", "PART"]


def test_the_same_nick_on_two_nodes_at_once_has_one_owner():  # hostile input N05
    net = Net(2)
    first, second = net.dial(0), net.dial(1)
    net.journal.holding = True
    first.says("NICK ann", "USER one 0 * :One")
    second.says("NICK ann", "USER two 0 * :Two")
    net.journal.holding = False
    net.settle()
    assert "001" in first.numerics
    assert second.lines == [":test.net 433 * ann :Nickname is already in use: choose another"]
    second.says("NICK bob")
    assert "001" in second.numerics
