"""MONITOR and what comes of it (IRCv3 monitor, extended-monitor)."""

from __future__ import annotations

import pytest

from ipcchat.core.limits import Limits
from tests.core.deeds import is_cloaked, is_logged_in
from tests.core.net import ALL_CAPS, Net

ANN = "ann!~ann@127.0.0.1"
EXTENDED = "extended-monitor away-notify account-notify chghost setname"


# The list.


@pytest.mark.covers("MONITOR", "RPL_MONONLINE", "RPL_MONOFFLINE", "ISUPPORT MONITOR")
def test_adding_tells_who_is_online(net):
    net.connect("ann")
    bob = net.dial()
    bob.says("NICK bob", "USER bob 0 * :Bob")
    assert bob.says("MONITOR + ANN,,joe,nickserv", "MONITOR + joe") == [
        ":test.net 730 bob :ann!~ann@127.0.0.1,NickServ!NickServ@test.net",
        ":test.net 731 bob :joe",
        ":test.net 731 bob :joe",
    ]


@pytest.mark.covers("RPL_MONLIST", "RPL_ENDOFMONLIST")
def test_the_list_is_shown_emptied_and_shortened(net):
    net.connect("ann")
    bob = net.connect("bob")
    end = ":test.net 733 bob :End of MONITOR list"
    assert bob.says("MONITOR l", "MONITOR S") == [end]
    bob.says("MONITOR + Joe,Ann,eve", "MONITOR + ANN")
    bob.forget()
    assert bob.says("MONITOR L") == [":test.net 732 bob :Joe,Ann,eve", end]
    assert bob.says("MONITOR s") == [f":test.net 730 bob :{ANN}", ":test.net 731 bob :Joe,eve"]
    assert bob.says("MONITOR - joe,nobody", "MONITOR L") == [":test.net 732 bob :Ann,eve", end]
    assert bob.says("MONITOR C", "MONITOR L") == [end]


def test_many_nicks_take_several_lines(net):  # IRCv3 monitor: 512 characters
    bob = net.connect("bob")
    nicks = [f"{'x' * 29}{number:02d}" for number in range(40)]
    for number in range(0, 40, 10):
        bob.says(f"MONITOR + {','.join(nicks[number : number + 10])}")
    bob.forget()
    for said, code in (("MONITOR L", "732"), ("MONITOR S", "731")):
        lines = [line for line in bob.says(said) if line.split()[1] == code]
        assert len(lines) > 1
        assert all(len(line.encode()) <= 510 for line in lines)
        assert ",".join(line.split()[3].lstrip(":") for line in lines).split(",") == nicks


@pytest.mark.covers("ERR_MONLISTFULL")
def test_a_full_list_says_who_is_not_on_it():
    net = Net(limits=Limits(monitored_nicks_max=2))
    net.connect("ann")
    bob = net.connect("bob")
    assert bob.says("MONITOR + x,Joe,EVE,x,ann") == [
        ":test.net 731 bob :x,Joe",
        ":test.net 734 bob 2 EVE,ann :Monitor list is full",
    ]
    assert bob.says("MONITOR + joe,ann") == [
        ":test.net 731 bob :joe",
        ":test.net 734 bob 2 ann :Monitor list is full",
    ]
    assert bob.says("MONITOR - x", "MONITOR + ann") == [f":test.net 730 bob :{ANN}"]


def test_the_nicks_that_found_no_place_take_several_lines():
    net = Net(limits=Limits(monitored_nicks_max=1))
    bob = net.connect("b" * 32)
    nicks = [f"{'x' * 29}{number:02d}" for number in range(14)]
    first, *full = bob.says(f"MONITOR + {','.join(nicks)}")
    assert first == f":test.net 731 {'b' * 32} :{nicks[0]}"
    assert len(full) == 2
    assert ",".join(line.split()[4] for line in full).split(",") == nicks[1:]


@pytest.mark.covers("NOTE * INVALID_TARGETS")
def test_who_cannot_exist_is_not_monitored(net):  # IRCv3 monitor: a target must be a valid nick
    bob = net.connect("bob", "standard-replies")
    text = "Not monitored, because nobody can have such a nick: #tea, 1st, *"
    assert bob.says("MONITOR + #tea,1st,*,joe") == [
        ":test.net 731 bob :joe",
        f":test.net NOTE MONITOR INVALID_TARGETS :{text}",
    ]
    assert len(bob.says("MONITOR + :" + ",".join(f"a b{number}" for number in range(60)))) == 1
    assert bob.says("MONITOR L")[0] == ":test.net 732 bob :joe"


@pytest.mark.covers("FAIL MONITOR UNKNOWN_ACTION")
def test_what_monitor_does_not_know(net):
    bob, eve = net.connect("bob", "standard-replies"), net.connect("eve")
    text = "No such action: MONITOR + or - with nicks, or C, L or S alone"
    assert bob.says("MONITOR x ann") == [f":test.net FAIL MONITOR UNKNOWN_ACTION x :{text}"]
    assert eve.says("MONITOR +ann") == [f":test.net 400 eve MONITOR +ann :{text}"]
    assert eve.says("MONITOR +", "MONITOR - ,", "MONITOR") == [
        ":test.net 461 eve MONITOR :Not enough parameters: MONITOR + <nick>[,<nick>...]",
        ":test.net 461 eve MONITOR :Not enough parameters: MONITOR - <nick>[,<nick>...]",
        ":test.net 461 eve MONITOR :Not enough parameters: MONITOR <action> [<nicks>]",
    ]


def test_labelled_answers_are_one_response(net):  # IRCv3 labeled-response
    net.connect("ann")
    bob = net.connect("bob", "labeled-response batch")
    opening, *rows, closing = bob.says("@label=x MONITOR + ann,joe")
    assert opening.startswith("@label=x :test.net BATCH +")
    assert closing.startswith(":test.net BATCH -")
    assert [line.split()[2] for line in rows] == ["730", "731"]
    for said in ("MONITOR - ann", "MONITOR C"):
        assert bob.says(f"@label=y {said}") == ["@label=y :test.net ACK"]
    assert bob.says("@label=z MONITOR S") == ["@label=z :test.net ACK"]
    assert bob.says("@label=z MONITOR L") == ["@label=z :test.net 733 bob :End of MONITOR list"]


# Coming and going.


def test_coming_and_going_is_told_on_every_node():
    net = Net(2)
    bob, eve = net.connect("bob"), net.connect("eve", "server-time", node=1)
    bob.says("MONITOR + Ann,anna")
    eve.says("MONITOR + ann")
    net.forget()
    ann = net.connect("ann", node=1)
    assert bob.lines == [f":test.net 730 * :{ANN}"]
    assert eve.lines == [f"@time=2023-11-14T22:13:20.000Z :test.net 730 * :{ANN}"]
    net.forget()
    ann.says("NICK anna")
    assert bob.lines == [":test.net 731 * :ann", ":test.net 730 * :anna!~ann@127.0.0.1"]
    assert eve.bare == [":test.net 731 * :ann"]
    net.forget()
    ann.says("QUIT")
    assert bob.lines == [":test.net 731 * :anna"]
    assert eve.lines == []


def test_a_nick_that_changes_its_case_stays_online(net):
    ann, bob = net.connect("ann"), net.connect("bob")
    bob.says("MONITOR + ann")
    bob.forget()
    ann.says("NICK Ann")
    assert bob.lines == []
    assert bob.says("MONITOR S") == [":test.net 730 bob :Ann!~ann@127.0.0.1"]


def test_the_list_ends_with_the_session(net):
    bob = net.connect("bob")
    bob.says("MONITOR + ann")
    bob.forget()
    bob.hangs_up()
    net.connect("ann")
    assert bob.lines == []
    assert net.engine.monitors.of("ann") == []
    assert net.connect("bob").says("MONITOR L") == [":test.net 733 bob :End of MONITOR list"]


def test_those_who_are_no_longer_monitored_are_not_told_of(net):
    bob = net.connect("bob")
    bob.says("MONITOR + ann,joe", "MONITOR - ANN")
    bob.forget()
    net.connect("ann").says("QUIT")
    assert bob.lines == []
    net.connect("joe")
    assert bob.lines == [":test.net 730 * :joe!~joe@127.0.0.1"]


def test_who_is_lost_with_his_node_is_offline(net):
    ann = net.connect("ann")
    assert ann.session.user is not None
    net.restart()
    bob = net.connect("bob")
    assert bob.says("MONITOR + ann") == [":test.net 731 bob :ann"]


# Extended monitor.


@pytest.mark.covers("extended-monitor")
def test_changes_of_the_monitored_are_told_without_a_common_channel(net):  # IRCv3 extended-monitor
    ann, bob, eve = net.connect("ann"), net.connect("bob", EXTENDED), net.connect("eve", EXTENDED.partition(" ")[2])
    bob.says("MONITOR + ann")
    eve.says("MONITOR + ann")
    net.forget()
    ann.says("AWAY :lunch", "AWAY", "SETNAME :Ann the Second")
    assert bob.lines == [f":{ANN} AWAY :lunch", f":{ANN} AWAY", f":{ANN} SETNAME :Ann the Second"]
    bob.forget()
    net.forget()
    happened = [is_logged_in, is_cloaked]
    heard = []
    for deed, value in zip(happened, ("Annabel", "cloaked.example"), strict=True):
        start = len(bob.lines)
        _without_forgetting(net, deed, ann, value)
        heard += bob.lines[start:]
    assert heard == [f":{ANN} ACCOUNT Annabel", f":{ANN} CHGHOST ~ann cloaked.example"]
    assert eve.lines == []


def _without_forgetting(net, deed, talker, value):
    """Do it, and keep what was heard of it."""
    kept = {each: list(each.lines) for node in net.nodes for each in node.links}
    forget, net.forget = net.forget, lambda: None
    try:
        deed(net, talker, value)
    finally:
        net.forget = forget
    assert all(each.lines[: len(lines)] == lines for each, lines in kept.items())


def test_only_what_a_client_understands_is_told(net):  # IRCv3 extended-monitor: the other capability is needed too
    ann, bob = net.connect("ann"), net.connect("bob", "extended-monitor setname")
    bob.says("MONITOR + ann")
    bob.forget()
    ann.says("AWAY :lunch", "SETNAME :Ann the Second")
    assert bob.lines == [f":{ANN} SETNAME :Ann the Second"]


def test_who_shares_a_channel_and_monitors_hears_once():
    net = Net(2)
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea", EXTENDED, node=1)
    bob.says("MONITOR + ann")
    bob.forget()
    ann.says("AWAY :lunch", "SETNAME :Ann the Second")
    assert bob.lines == [f":{ANN} AWAY :lunch", f":{ANN} SETNAME :Ann the Second"]


def test_who_arrives_away_is_told_to_be(net):  # IRCv3 extended-monitor with draft/pre-away
    bob, eve = net.connect("bob", EXTENDED), net.connect("eve", "away-notify")
    bob.says("MONITOR + ann")
    eve.says("MONITOR + ann")
    net.forget()
    ann = net.dial()
    ann.session.away = "lunch"
    ann.says("NICK ann", "USER ann 0 * :Ann")
    assert bob.lines == [f":test.net 730 * :{ANN}", f":{ANN} AWAY :lunch"]
    assert eve.lines == [f":test.net 730 * :{ANN}"]


def test_the_hidden_are_told_of_to_who_monitors_them(net):  # modes +u; IRCv3 extended-monitor
    joe, ann, bob = net.join("joe", "#tea"), net.join("ann", "#tea"), net.join("bob", "#tea", EXTENDED)
    joe.says("MODE #tea +u")
    bob.forget()
    ann.says("AWAY :lunch")
    assert bob.lines == []
    bob.says("MONITOR + ann")
    bob.forget()
    ann.says("AWAY")
    assert bob.lines == [f":{ANN} AWAY"]


def test_monitoring_oneself(net):
    ann = net.connect("ann", ALL_CAPS)
    ann.says("MONITOR + ann,bob")
    ann.forget()
    assert [line.split(" ", 1)[1] for line in ann.says("NICK bob")] == [
        f":{ANN} NICK bob",
        ":test.net 731 * :ann",
        ":test.net 730 * :bob!~ann@127.0.0.1",
    ]
