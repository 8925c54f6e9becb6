"""Another visible host: CHGHOST, and what looks like leaving and coming back to clients without it (IRCv3 chghost)."""

from __future__ import annotations

import pytest

from ipcchat.core import facts
from ipcchat.core.cloaks import cloaked
from tests.core.deeds import happened
from tests.core.net import Net

ANN = ":ann!~ann@127.0.0.1"
CLOAK = cloaked("127.0.0.1", "")
HIDDEN = f":ann!~ann@{CLOAK}"


@pytest.mark.covers("chghost")
def test_clients_that_know_chghost_get_it(net):  # IRCv3 chghost
    ann, bob = net.join("ann", "#tea", "chghost"), net.join("bob", "#tea", "chghost")
    eve = net.connect("eve", "chghost")
    net.forget()
    happened(net, facts.HostChanged, ann, user="ann", host="users.example")
    happened(net, facts.HostChanged, ann, user="ann", host="users.example")
    assert ann.lines == bob.lines == [f"{ANN} CHGHOST ann users.example"]
    assert eve.lines == []
    bob.forget()
    ann.says("PRIVMSG #tea :hello")
    assert bob.lines == [":ann!ann@users.example PRIVMSG #tea :hello"]


def test_for_others_he_leaves_and_comes_back_with_his_prefixes(net):  # IRCv3 chghost, "Fallback"
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea", "extended-join away-notify message-tags")
    eve = net.join("eve", "#cup")
    ann.says("JOIN #cup", "MODE #tea +v ann", "AWAY :lunch")
    eve.says("JOIN #tea")
    net.connect("joe")
    net.forget()
    assert ann.says("MODE ann +x") == [f"{ANN} MODE ann +x", f":test.net 396 ann {CLOAK} :is now your displayed host"]
    assert bob.bare == [
        f"{ANN} QUIT :Changing host",
        f"{HIDDEN} JOIN #tea * Ann",
        f"{HIDDEN} AWAY :lunch",
        ":test.net MODE #tea +ov ann ann",
    ]
    assert not any("msgid" in line for line in bob.lines)
    assert eve.lines == [
        f"{ANN} QUIT :Changing host",
        f"{HIDDEN} JOIN #tea",
        ":test.net MODE #tea +ov ann ann",
        f"{HIDDEN} JOIN #cup",
    ]


def test_who_does_not_see_him_hears_nothing(net):  # https://docs.inspircd.org/4/modules/auditorium/
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.join("eve", "#tea", "chghost")
    ann.says("MODE #tea +u")
    net.forget()
    bob.says("MODE bob +x")
    assert eve.lines == []
    assert [line.split()[1] for line in ann.lines] == ["QUIT", "JOIN"]


def test_all_nodes_tell_it(net):
    net = Net(2)
    ann = net.join("ann", "#tea", "chghost")
    bob, eve = net.join("bob", "#tea", "message-tags", node=1), net.join("eve", "#tea", "chghost", node=1)
    net.forget()
    ann.says("MODE ann +x")
    assert ann.lines == [
        f"{ANN} MODE ann +x",
        f"{ANN} CHGHOST ~ann {CLOAK}",
        f":test.net 396 ann {CLOAK} :is now your displayed host",
    ]
    assert eve.lines == [f"{ANN} CHGHOST ~ann {CLOAK}"]
    assert bob.lines == [f"{ANN} QUIT :Changing host", f"{HIDDEN} JOIN #tea", ":test.net MODE #tea +o ann"]


def test_who_monitors_him_hears_of_it(net):  # IRCv3 extended-monitor
    ann, bob = net.connect("ann"), net.connect("bob", "chghost extended-monitor")
    bob.says("MONITOR + ann")
    net.forget()
    ann.says("MODE ann +x")
    assert bob.lines == [f"{ANN} CHGHOST ~ann {CLOAK}"]
