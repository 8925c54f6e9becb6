"""While nothing can be journaled for a time (core/interruption.py; IRCv3 standard-replies)."""

from __future__ import annotations

from ipcchat.core.interruption import AGAIN_SECONDS
from tests.core.net import Net

CUT = "this server is cut off"


def interrupt(net: Net, reason: str) -> None:
    """The journal says that it takes nothing, or takes everything again."""
    net.journal.cut = reason
    net.nodes[0].perform(net.engine.interrupted(reason, net.now))
    net.pass_time(0)


def test_everybody_is_told_once_that_it_begins_and_that_it_is_over(net):
    ann, bob = net.connect("ann", "standard-replies"), net.connect("bob", "server-time")
    net.forget()
    interrupt(net, CUT)
    interrupt(net, CUT)
    assert ann.lines == [f":test.net NOTE * NOT_STORED :{CUT}"]
    assert bob.lines == [f"@time=2023-11-14T22:13:20.000Z :test.net NOTICE bob :*** {CUT}"]
    net.forget()
    interrupt(net, "")
    assert ann.lines == [":test.net NOTE * STORED_AGAIN :Messages are stored again"]


def test_what_is_said_meanwhile_is_refused(net):
    ann, bob = net.connect("ann", "standard-replies echo-message"), net.connect("bob")
    interrupt(net, CUT)
    net.forget()
    ann.says("PRIVMSG bob :hello?")
    (line,) = ann.lines
    assert line.startswith(":test.net FAIL PRIVMSG ")
    assert bob.lines == []
    interrupt(net, "")
    net.forget()
    ann.says("PRIVMSG bob :hello!")
    assert bob.lines == [f":{ann.user.mask} PRIVMSG bob :hello!"]


def test_who_leaves_meanwhile_has_left_afterwards(net):
    ann, bob = net.connect("ann"), net.connect("bob")
    for talker in (ann, bob):
        talker.says("JOIN #tea")
    interrupt(net, CUT)
    bob.hangs_up("Connection reset")
    net.pass_time(3 * AGAIN_SECONDS)
    net.forget()
    interrupt(net, "")
    net.pass_time(AGAIN_SECONDS)
    assert [line.partition(" ")[2] for line in ann.lines if " QUIT " in line] == ["QUIT :Connection reset"]
    net.pass_time(3 * AGAIN_SECONDS)
    assert sum(" QUIT " in line for line in ann.lines) == 1
