"""Nobody takes all the channels there can be (R01, as far as channels; accounts and nicks are in other files)."""

from __future__ import annotations

from ipcchat.core.limits import Limits
from tests.core.deeds import is_logged_in
from tests.core.net import Net


def test_R01_one_user_is_in_so_many_channels():
    net = Net()
    eve = net.connect("eve")
    most = net.engine.limits.channels_per_user_max
    for number in range(most + 20):
        eve.says(f"JOIN #c{number}")
    assert eve.numerics.count("405") == 20
    assert len(net.engine.state.channels) == most


def test_R01_channels_that_are_left_make_room():
    net = Net(limits=Limits(channels_max=20))
    eve = net.connect("eve")
    for number in range(100_000 // 100):
        eve.says(f"JOIN #c{number}", f"PART #c{number}")
    assert len(net.engine.state.channels) == 20
    assert net.connect("ann").says("JOIN #tea")[0] == ":ann!~ann@127.0.0.1 JOIN #tea"


def test_R01_an_account_registers_so_many_and_all_together_half():
    net = Net(limits=Limits(channels_max=40))
    for name, most, words in (
        ("eve", 15, "as many as an account may register"),
        ("mal", 5, "as many registered channels as this network may have"),
    ):
        talker = net.connect(name)
        is_logged_in(net, talker, name)
        for number in range(20):
            talker.says(f"JOIN #{name}{number}", f"CS REGISTER #{name}{number}")
        assert len([line for line in talker.bare if words in line]) == 20 - most
        for number in range(20):
            talker.says(f"PART #{name}{number}")
    registered = [channel for channel in net.engine.state.channels.values() if channel.founder]
    assert len(registered) == 20
    ann = net.connect("ann")
    assert ann.says("JOIN #tea")[0] == ":ann!~ann@127.0.0.1 JOIN #tea"


def test_R01_access_lists_do_not_grow_for_ever():
    net = Net(limits=Limits(access_entries_max=5))
    ann = net.join("ann", "#tea")
    is_logged_in(net, ann, "ann")
    ann.says("CS REGISTER #tea")
    for number in range(10):
        talker = net.connect(f"p{number}")
        is_logged_in(net, talker, f"p{number}")
        ann.says(f"CS ACCESS #tea ADD p{number} v")
    assert len(net.engine.state.channels["#tea"].access) == 5
