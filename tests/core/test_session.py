"""One connection: its turn, its backlog and its flood bucket (hostile inputs F08, S09, C07)."""

from __future__ import annotations

import pytest

from ipcchat.core import caps
from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.core.session import Session
from ipcchat.wire.message import WireError
from tests.core.net import Net, Talker

ANN = ":ann!~ann@127.0.0.1"


def pongs(*numbers: int) -> list[str]:
    """The answers to these pings."""
    return [f":test.net PONG test.net :{number}" for number in numbers]


def test_a_new_session_knows_nobody():
    session = Session("link", 3, Peer("host"), 5.0, 20.0)
    assert (session.display, session.group) == ("*", (0, 3))
    session.nick = "ann"
    session.caps = caps.SERVER_TIME | caps.ECHO_MESSAGE
    assert (session.display, session.group) == ("ann", (caps.SERVER_TIME, 3))
    assert session.has(caps.ECHO_MESSAGE)
    assert not session.has(caps.LABELS | caps.ECHO_MESSAGE)


# Waiting.


def is_paused(talker: Talker) -> bool:
    """Whether the connection is not read now."""
    return talker.paused


def test_a_long_backlog_pauses_reading_until_it_is_empty():  # core/session.py rule 2
    net = Net(limits=Limits(receive_lines_batch=4))
    ann = net.join("ann", "#tea", "echo-message")
    net.journal.holding = True
    ann.says("TOPIC #tea :x", *[f"PING {number}" for number in range(3)])
    assert not is_paused(ann)
    ann.says("PING 3")
    assert is_paused(ann)
    ann.says("PRIVMSG #tea :hello", "PING 4")
    net.release()
    assert ann.lines == [f"{ANN} TOPIC #tea :x", *pongs(0, 1, 2, 3)]
    assert is_paused(ann)
    net.release()
    assert not is_paused(ann)
    assert ann.lines[5:] == [f"{ANN} PRIVMSG #tea :hello", *pongs(4)]


def test_a_session_that_ends_while_paused_is_not_read_again():
    net = Net(limits=Limits(receive_lines_batch=1))
    ann = net.join("ann", "#tea")
    net.journal.holding = True
    ann.says("TOPIC #tea :x", "QUIT", "PING never")
    net.journal.holding = False
    net.settle()
    assert is_paused(ann)
    assert ann.closed.startswith("Quit")
    assert "PONG" not in " ".join(ann.lines)


def test_a_session_that_is_closed_in_its_turn_has_no_backlog(net):  # hostile input F01
    ann = net.join("ann", "#tea")
    net.journal.holding = True
    ann.says("TOPIC #tea :x", WireError("UNTERMINATED", "No line ending"), "PING never")
    net.journal.holding = False
    net.settle()
    assert ann.closed == "No line ending"
    assert not ann.session.backlog


# The flood bucket.


def test_a_burst_goes_through_and_the_rest_in_its_time():
    net = Net(limits=Limits(flood_lines_burst=3.0, flood_lines_per_second=2.0), throttled=True)
    ann = net.connect("ann")
    assert ann.says(*[f"PING {number}" for number in range(7)]) == pongs(0, 1, 2)
    net.pass_time(0.4)
    assert ann.lines == pongs(0, 1, 2)
    net.pass_time(0.1)
    assert ann.lines == pongs(0, 1, 2, 3)
    net.pass_time(1)
    assert ann.lines == pongs(0, 1, 2, 3, 4, 5)
    net.pass_time(60)
    assert ann.lines[6:] == pongs(6)
    assert ann.says("PING 7", "PING 8", "PING 9") == pongs(7, 8)


def test_costly_commands_take_more_and_pong_nothing():
    net = Net(limits=Limits(flood_lines_burst=3.0, flood_lines_per_second=1.0), throttled=True)
    ann = net.connect("ann")
    ann.says("LIST", "PONG x", "PING 0", "PONG x", "WHO", "PING 1")
    assert ann.lines[-1] == pongs(0)[0]
    net.pass_time(1)
    assert ann.lines[-1] == pongs(0)[0]
    net.pass_time(1)
    assert ann.numerics[-1] == "315"
    net.pass_time(1)
    assert ann.lines[-1] == pongs(1)[0]


def test_a_flood_stops_reading_and_keeps_its_order():  # hostile inputs F08, S09
    net = Net(limits=Limits(flood_lines_burst=2.0, receive_lines_batch=10), throttled=True)
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea")
    net.pass_time(100)
    net.forget()
    ann.says(*[f"PRIVMSG #tea :{number}" for number in range(40)])
    assert is_paused(ann)
    assert len(bob.lines) == 2
    assert bob.says("PING 0") == pongs(0)
    bob.forget()
    for _ in range(20):
        net.pass_time(0.5)
    assert [line.rpartition(":")[2] for line in bob.lines] == [str(number) for number in range(2, 40)]
    assert not is_paused(ann)


def test_a_command_that_waits_for_its_turn_is_charged_once():
    net = Net(limits=Limits(flood_lines_burst=5.0, flood_lines_per_second=1.0), throttled=True)
    ann = net.join("ann", "#tea", "echo-message")
    net.pass_time(100)
    net.journal.holding = True
    ann.says("PRIVMSG #tea :1", "PRIVMSG #none :2", "PRIVMSG #tea,ann :3", "PING 4", "PING 5", "PING 6")
    net.journal.holding = False
    net.settle()
    assert ann.lines[-2:] == pongs(4, 5)


def test_unreadable_lines_are_charged_too():
    net = Net(limits=Limits(flood_lines_burst=2.0), throttled=True)
    ann = net.connect("ann")
    assert len(ann.says(*[WireError("BAD_COMMAND", "why not")] * 5)) == 2


def test_somebody_who_leaves_while_he_is_throttled_is_forgotten():
    net = Net(limits=Limits(flood_lines_burst=1.0), throttled=True)
    ann = net.connect("ann")
    ann.says("PING 0", "PING 1")
    ann.hangs_up()
    net.pass_time(10)
    assert ann.lines == pongs(0)
    assert not net.engine.intake.waiting


@pytest.mark.parametrize("said", ["PING x", "NICK ann", "CAP LS", "WHAT", "PRIVMSG #tea :x"])
def test_registration_has_a_budget_of_lines(said):  # hostile input C07
    net = Net(throttled=True)
    stranger = net.dial()
    stranger.says(*[said] * 64)
    assert len(stranger.lines) <= 64
    stranger.says(said, said)
    assert stranger.closed == "Too many lines before registration"
    assert stranger.lines[-1] == "ERROR :Closing link: Too many lines before registration"


def test_unreadable_lines_count_in_the_budget():
    net = Net(limits=Limits(unregistered_lines_max=2), throttled=True)
    stranger = net.dial()
    stranger.says(*[WireError("BAD_COMMAND", "why not")] * 4)
    assert len(stranger.lines) == 3
    assert stranger.closed


def test_over_the_budget_and_not_even_lines():  # hostile inputs F01, C07
    net = Net(limits=Limits(unregistered_lines_max=1), throttled=True)
    stranger = net.dial()
    stranger.says("PING x", WireError("UNTERMINATED", "No line ending"))
    assert stranger.lines[1:] == ["ERROR :Closing link: Too many lines before registration"]


def test_without_throttling_there_is_no_budget():  # --no-throttle, for benchmarks
    net = Net()
    ann = net.connect("ann")
    assert len(ann.says(*["PING x"] * 1000)) == 1000
