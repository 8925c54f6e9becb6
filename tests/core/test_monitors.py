"""Who monitors whom: names fold, once is enough, and nothing is left behind (IRCv3 monitor)."""

from __future__ import annotations

from ipcchat.core.monitors import Monitors
from ipcchat.core.peers import Peer
from ipcchat.core.session import Session


def session() -> Session:
    """A session that nothing is known of."""
    return Session(None, 0, Peer("127.0.0.1"), 0.0, 0.0)


def test_nicks_fold_and_are_kept_as_they_were_written():
    monitors, bob = Monitors(), session()
    for nick in ("Ann", "ANN", "joe"):
        monitors.add(bob, nick)
    assert monitors.nicks(bob) == ["Ann", "joe"]
    assert monitors.count(bob) == 2
    assert monitors.of("ann") == [bob]
    assert monitors.is_watching(bob, "aNN")
    assert not monitors.is_watching(bob, "eve")


def test_several_sessions_monitor_one_nick():
    monitors, bob, eve = Monitors(), session(), session()
    monitors.add(bob, "ann")
    monitors.add(eve, "Ann")
    assert monitors.of("ANN") == [bob, eve]
    monitors.remove(bob, "ANN")
    assert monitors.of("ann") == [eve]
    assert monitors.nicks(eve) == ["Ann"]


def test_what_was_not_monitored_can_be_removed():
    monitors, bob, eve = Monitors(), session(), session()
    monitors.remove(bob, "ann")
    monitors.add(eve, "ann")
    monitors.remove(bob, "ann")
    monitors.clear(bob)
    assert monitors.of("ann") == [eve]
    assert monitors.count(bob) == 0
    assert monitors.nicks(bob) == []


def test_nothing_is_left_of_a_session_that_ends():
    monitors, bob, eve = Monitors(), session(), session()
    for nick in ("ann", "joe"):
        monitors.add(bob, nick)
    monitors.add(eve, "joe")
    monitors.clear(bob)
    assert monitors.nicks(bob) == []
    assert monitors.of("ann") == []
    assert monitors.of("joe") == [eve]
    assert not monitors._watched.keys() - {eve}
    assert list(monitors._watchers) == ["joe"]
