"""What core counts for those who watch a server (core/figures.py)."""

from __future__ import annotations

from ipcchat.core.admission import BAN
from ipcchat.core.figures import Figures
from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.core.retention import Keep, Retention
from ipcchat.core.settings import Settings
from tests.core.deeds import is_operator
from tests.core.net import Net


def test_what_there_is():
    net = Net()
    assert net.engine.figures() == Figures()
    net.join("ann", "#tea")
    bob = net.connect("bob")
    bob.says("JOIN #tea", "JOIN #coffee")
    net.dial()
    assert net.engine.figures() == Figures(sessions=3, strangers=1, users=2, channels=2)
    bob.hangs_up()
    assert net.engine.figures() == Figures(sessions=2, strangers=1, users=1, channels=1)


def test_for_how_long_messages_are_kept():
    net = Net(settings=Settings(retention=Retention(Keep(age=60_000))))
    assert net.engine.figures().kept_ms == 60_000


def test_who_was_turned_away_and_by_what():
    net = Net(limits=Limits(attempts_per_address_max=1))
    assert net.engine.admit(Peer("192.0.2.1"), net.now) == ""
    assert net.engine.admit(Peer("192.0.2.1"), net.now) != ""
    assert net.engine.admit(Peer("192.0.2.1"), net.now) != ""
    ann = net.connect("ann")
    is_operator(net, ann)
    ann.says("UBAN ADD 192.0.2.9 1d :out")
    assert "You are banned" in net.engine.admit(Peer("192.0.2.9"), net.now)
    figures = net.engine.figures()
    assert figures.refused == {"attempts_per_address_max": 2, BAN: 1}
    assert net.engine.admit(Peer("192.0.2.1"), net.now) != ""
    assert figures.refused["attempts_per_address_max"] == 2, "what was told does not change"
