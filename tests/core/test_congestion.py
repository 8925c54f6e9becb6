"""Who does not read what he asked for is not answered any more (hostile input S03)."""

from __future__ import annotations

from ipcchat.core.limits import Limits
from ipcchat.wire.message import parse
from tests.core.net import Net, Talker


def congest(net: Net, talker: Talker, congested: bool) -> None:
    """What the shell says about a send queue."""
    node = talker.node
    node.perform(node.engine.congest(talker.session, congested, net.now))
    net.settle()


def test_commands_wait_while_the_send_queue_is_long():
    net = Net()
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.forget()
    congest(net, ann, True)
    assert ann.says("PING 1", "PRIVMSG #tea :later", "PING 2") == []
    assert bob.says("PING 3") == [":test.net PONG test.net :3"]
    net.pass_time(1)
    assert ann.lines == []
    congest(net, ann, False)
    assert ann.lines == [":test.net PONG test.net :1", ":test.net PONG test.net :2"]
    assert bob.lines[-1].endswith("PRIVMSG #tea :later")


def test_an_answer_waits_until_it_can_be_read():
    net = Net()
    ann = net.join("ann", "#tea", "message-tags batch draft/chathistory")
    ann.says("PRIVMSG #tea :said")
    ann.node.perform(net.engine.receive(ann.session, parse("CHATHISTORY LATEST #tea * 1"), net.now))
    congest(net, ann, True)
    net.settle()
    assert ann.lines == []
    congest(net, ann, False)
    assert len(ann.lines) == 3 and "said" in ann.lines[1]


def test_no_more_is_read_of_one_whose_commands_wait():
    net = Net(limits=Limits(receive_lines_batch=4))
    ann = net.connect("ann")
    congest(net, ann, True)
    ann.says(*["PING x"] * 4)
    assert ann.paused
    congest(net, ann, False)
    assert not ann.paused


def test_very_long_answers_are_one_in_a_tick():
    net = Net(limits=Limits(send_queue_bytes_max=65_536))
    ann = net.connect("ann")
    for number in range(100):
        ann.says(f"JOIN #{number:050}")
        ann.says(f"TOPIC #{number:050} :{'x' * 200}")
    ann.forget()
    ann.says("LIST", "LIST", "PING done")
    assert ann.numerics.count("323") == 1
    net.pass_time(0.25)
    assert ann.numerics.count("323") == 2
    assert not ann.hears(":test.net PONG test.net :done")
    net.pass_time(0.25)
    assert ann.hears(":test.net PONG test.net :done")


def test_very_long_answers_that_waited_are_one_in_a_tick_too():
    net = Net(limits=Limits(send_queue_bytes_max=65_536))
    ann = net.connect("ann")
    for number in range(100):
        ann.says(f"JOIN #{number:050}")
        ann.says(f"TOPIC #{number:050} :{'x' * 200}")
    ann.forget()
    congest(net, ann, True)
    ann.says("LIST", "LIST", "PING done")
    congest(net, ann, False)
    assert ann.numerics.count("323") == 1
    net.pass_time(0.25)
    net.pass_time(0.25)
    assert ann.numerics.count("323") == 2
    assert ann.hears(":test.net PONG test.net :done")


def test_many_short_lines_are_no_long_answer():
    net = Net()
    ann = net.connect("ann")
    for number in range(60):
        ann.says(f"JOIN #{number}")
    ann.forget()
    ann.says("LIST", "PING done")
    assert ann.hears(":test.net PONG test.net :done")


def test_who_leaves_while_he_is_held_is_gone():
    net = Net()
    ann = net.connect("ann")
    congest(net, ann, True)
    ann.says("PING 1")
    ann.hangs_up()
    congest(net, ann, False)
    assert net.engine.connections == set()
    assert ann.lines == []
