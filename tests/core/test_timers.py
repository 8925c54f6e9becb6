"""What happens because time passed (hostile inputs S05, S07)."""

from __future__ import annotations

from ipcchat.core.limits import Limits
from tests.core.net import Net


def test_who_does_not_register_is_closed(net):  # hostile input S05: whatever arrives
    stranger, ann = net.dial(), net.connect("ann")
    for _ in range(3):
        stranger.says("PING x", "CAP LS", "NICK slow")
        net.pass_time(10)
    assert not stranger.closed
    net.pass_time(0.25)
    assert stranger.closed == "Registration timed out after 30 seconds"
    assert stranger.lines[-1] == "ERROR :Closing link: Registration timed out after 30 seconds"
    assert not ann.closed


def test_the_silent_are_asked_once_and_then_closed(net):  # hostile input S07
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.forget()
    net.pass_time(90)
    assert ann.lines == []
    net.pass_time(0.25)
    net.pass_time(0.25)
    assert ann.lines == ["PING :test.net"]
    bob.says("PONG test.net")
    net.pass_time(59.5)
    assert not ann.closed
    net.pass_time(0.25)
    assert ann.closed == "Ping timeout: 150 seconds"
    assert bob.lines[-1] == ":ann!~ann@127.0.0.1 QUIT :Ping timeout: 150 seconds"


def test_whatever_is_heard_counts_and_the_next_silence_is_asked_again(net):
    ann = net.connect("ann")
    net.pass_time(91)
    ann.says("PONG test.net")
    net.pass_time(90)
    assert ann.lines == ["PING :test.net"]
    net.pass_time(1)
    assert ann.lines == ["PING :test.net"] * 2


def test_who_is_not_read_is_not_called_silent():
    net = Net(limits=Limits(receive_lines_batch=1))
    ann = net.join("ann", "#tea")
    net.journal.holding = True
    ann.says("TOPIC #tea :x", "PING x")
    net.pass_time(500)
    assert ann.paused
    assert not ann.closed


def test_after_a_pause_of_the_server_the_silent_are_asked_before_they_are_closed(net):  # hostile input X03
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    ann.forget()
    net.pass_time(10_000)
    assert (ann.lines, ann.closed) == (["PING :test.net"], "")
    ann.says("PONG test.net")
    net.pass_time(59.75)
    assert not bob.closed
    net.pass_time(0.25)
    assert bob.closed == "Ping timeout: 150 seconds"
    assert not ann.closed
