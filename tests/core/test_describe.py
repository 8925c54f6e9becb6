"""What the server tells a reader about the state (Modern IRC "Connection Registration", "LUSERS message", "MOTD
message")."""

from __future__ import annotations

import pytest

from ipcchat.core import describe
from ipcchat.core.context import Context
from ipcchat.core.settings import Settings
from tests.core.deeds import is_operator
from tests.core.net import Net


def test_secret_channels_are_marked_for_their_members(net):  # Modern IRC, RPL_NAMREPLY
    ann = net.join("ann", "#tea")
    ann.says("MODE #tea +s")
    assert ann.says("NAMES #tea")[0] == ":test.net 353 ann @ #tea :@ann"


def test_nobody_is_not_away(net):
    ctx = Context(net.engine, net.connect("ann").session, "PRIVMSG", {})
    describe.away_if_so(ctx, None)
    assert net.engine._take() == []


@pytest.mark.covers("RPL_LUSEROP", "RPL_LUSERUNKNOWN", "RPL_LUSERCHANNELS", "RPL_LUSERCLIENT")
def test_the_counts_tell_of_no_secret(net):  # Modern IRC, LUSERS
    ann, bob = net.join("ann", "#tea,#ops"), net.connect("bob")
    ann.says("MODE #ops +s", "JOIN #gone", "PART #gone", "MODE ann +i")
    is_operator(net, bob)
    net.dial()
    assert [line.split(" bob ")[1] for line in bob.says("LUSERS")][:4] == [
        ":There are 1 users and 1 invisible on 1 servers",
        "1 :IRC operators online",
        "1 :unregistered connections",
        "1 :channels formed",
    ]


@pytest.mark.covers("ERR_NOMOTD")
def test_there_may_be_no_message_of_the_day():  # Modern IRC, ERR_NOMOTD
    net = Net(settings=Settings(network="TestNet", server_name="test.net", motd=()))
    ann = net.dial()
    ann.says("NICK ann", "USER ann 0 * :Ann")
    assert ann.lines[-1] == ":test.net 422 ann :There is no message of the day"
    assert "375" not in ann.numerics


def test_a_topic_is_shown_with_who_set_it_and_when(net):  # Modern IRC, RPL_TOPIC, RPL_TOPICWHOTIME
    ann, bob = net.join("ann", "#tea"), net.connect("bob")
    ann.says("TOPIC #tea :Green")
    lines = bob.says("JOIN #tea")
    assert ":test.net 332 bob #tea :Green" in lines
    assert ":test.net 333 bob #tea ann!~ann@127.0.0.1 1700000000" in lines
