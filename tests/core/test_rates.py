"""How often one user may do what others have to hear (hostile inputs N07, R09)."""

from __future__ import annotations

import pytest

from ipcchat.core import rates
from ipcchat.core.rates import Rate, Rates
from ipcchat.core.registry import COMMANDS
from tests.core.net import ALL_CAPS, Net


def test_a_window_slides():
    rate, times = Rate(2, 60), Rates()
    assert times.pause("ann", "NICK", rate, 0.0) == 0
    times.count("ann", "NICK", rate, 0.0)
    times.count("ann", "NICK", rate, 10.0)
    assert times.pause("ann", "NICK", rate, 10.5) == 50
    assert times.pause("ann", "AWAY", rate, 10.5) == times.pause("bob", "NICK", rate, 10.5) == 0
    assert times.pause("ann", "NICK", rate, 60.0) == 0
    times.count("ann", "NICK", rate, 60.0)
    assert times.pause("ann", "NICK", rate, 60.0) == 10


def test_what_is_over_is_forgotten():  # R12
    rate, times = Rate(2, 60), Rates()
    times.count("ann", "NICK", rate, 0.0)
    times.count("bob", "NICK", rate, 100.0)
    times.forget(299.0)
    assert len(times) == 2
    times.forget(300.0)
    assert len(times) == 1
    times.forget(1_000.0)
    assert len(times) == 0


def test_what_came_to_nothing_is_taken_back():
    rate, times = Rate(2, 60), Rates()
    times.count("ann", "NICK", rate, 0.0)
    times.count("ann", "NICK", rate, 1.0)
    times.take_back("ann", "NICK")
    assert times.pause("ann", "NICK", rate, 2.0) == 0
    times.take_back("ann", "NICK")
    times.take_back("ann", "NICK")
    assert len(times) == 0


def test_the_table_is_bounded(monkeypatch: pytest.MonkeyPatch):  # R12
    monkeypatch.setattr(rates, "REMEMBERED_MAX", 10)
    times = Rates()
    for number in range(100):
        times.count(f"user{number}", "NICK", Rate(1, 60), 0.0)
    assert len(times) == 10


def test_no_window_is_longer_than_it_is_remembered():
    assert all(row.rate.seconds <= rates.SECONDS_MAX for row in COMMANDS.values() if row.rate)


@pytest.mark.covers("ERR_NICKTOOFAST")
def test_nick_three_times_a_minute():  # hostile input N07; Modern IRC, numerics
    net = Net(throttled=True)
    ann = net.connect("ann")
    for nick in ("ann1", "ann2", "ann3"):
        assert ann.says(f"NICK {nick}")[-1].endswith(f"NICK {nick}")
        net.pass_time(5)
    text = ":test.net 438 ann3 ann4 :3 times in 60 seconds is the most: wait 45 seconds"
    assert ann.says("NICK ann4") == [text]
    net.pass_time(44.25)
    assert ann.says("NICK ann4")[0].endswith(":3 times in 60 seconds is the most: wait 1 second")
    net.pass_time(0.75)
    assert ann.says("NICK ann4")[0].endswith("NICK ann4")


def test_what_nobody_heard_does_not_count():
    net = Net(throttled=True)
    net.connect("bob")
    ann = net.connect("ann")
    for _ in range(6):
        assert " 433 " in ann.says("NICK bob")[0]
        net.pass_time(1)
    assert ann.says("NICK anna")[0].endswith("NICK anna")


@pytest.mark.parametrize(
    ("line", "times", "seconds"), [("AWAY :tea", 4, 120), ("SETNAME :Ann", 4, 120), ("INVITE bob #tea", 4, 60)]
)
def test_what_others_hear_has_a_rate(line: str, times: int, seconds: int):
    net = Net(throttled=True)
    net.connect("bob")
    ann = net.join("ann", "#tea", "setname labeled-response batch")
    net.pass_time(10)
    for number in range(times):
        told = ann.says(f"{line}{number}" if ":" in line else line)
        assert not any(" 263 " in line for line in told)
    command = line.partition(" ")[0]
    text = f":test.net 263 ann {command} :{times} times in {seconds} seconds is the most: wait {seconds} seconds"
    assert ann.says(f"@label=x {line}") == [f"@label=x {text}"]
    net.pass_time(seconds)
    assert not any(" 263 " in line for line in ann.says(line))


def test_coming_back_and_looking_is_free():  # AWAY and INVITE without parameters
    net = Net(throttled=True)
    ann = net.connect("ann")
    for number in range(4):
        ann.says(f"AWAY :{number}", "AWAY")
    net.pass_time(5)
    ann.forget()
    ann.says("AWAY", "INVITE")
    assert "263" not in ann.numerics


def test_all_connections_of_a_user_are_one_and_registration_is_none_of_it():
    net = Net(throttled=True)
    ann = net.dial()
    ann.says("NICK a", "NICK b", "NICK c", "NICK d", "NICK e", "USER a 0 * :a")
    assert ann.session.user is not None and ann.session.user.nick == "e"


def test_typing_is_passed_on_only_so_often():  # IRCv3 typing: every three seconds, at most
    net = Net(throttled=True)
    ann, bob = net.join("ann", "#tea", ALL_CAPS), net.join("bob", "#tea", ALL_CAPS)
    ann.forget()
    for _ in range(12):
        bob.says("@+typing=active TAGMSG #tea")
        net.pass_time(0.25)
    assert len(ann.lines) == 6
    bob.says("@+typing=active TAGMSG ann")
    assert len(ann.lines) == 7
    assert bob.says("@label=x;+typing=done TAGMSG #tea") == ["@label=x :test.net ACK"]
    bob.says("@+draft/react=x TAGMSG #tea")
    assert len(ann.lines) == 8
    net.pass_time(15)
    bob.says("@+typing=done TAGMSG #tea")
    assert len(ann.lines) == 9


def test_a_switch_turns_rates_off():  # throttles.commands
    net = Net()
    ann = net.connect("ann")
    for number in range(10):
        assert ann.says(f"NICK ann{number}")[-1].endswith(f"NICK ann{number}")
