"""What concerns the whole network: its limits, and WALLOPS (Modern IRC "WALLOPS message")."""

from __future__ import annotations

import msgspec
import pytest

from ipcchat.core import facts
from ipcchat.core.apply.meaning import check
from ipcchat.core.errors import Ignored
from ipcchat.core.limits import Limits, NetworkLimits
from ipcchat.core.settings import Operator, Settings
from tests.core.net import Net

SETTINGS = Settings(
    network="TestNet", server_name="test.net", motd=(), operators={"op": Operator(password_hash="hash of tea")}
)


@pytest.fixture
def net() -> Net:
    """A network of two nodes with an operator in its configuration."""
    return Net(2, settings=SETTINGS)


def test_limits_that_are_the_same_change_nothing(net):
    fact = facts.LimitsChanged(b"x" * 16, 0, "node", limits=net.engine.state.limits)
    with pytest.raises(Ignored):
        check(net.engine.state, fact)


def test_limits_count_from_their_place_in_the_journal_on(net):
    ann, bob = net.connect("ann"), net.connect("bob", node=1)
    net.journal.holding = True
    ann.says("JOIN #a")
    engine = net.engine
    engine.configure(msgspec.structs.replace(engine.settings, limits=Limits(channels_per_user_max=1)))
    engine.propose_limits()
    net.nodes[0].perform(engine.tick(net.now))
    bob.says("JOIN #b,#c")
    net.journal.holding = False
    net.settle()
    assert [len(user.channels) for user in net.engine.state.users.values()] == [1, 1]
    assert "405" in bob.numerics
    assert len({node.engine.state.digest() for node in net.nodes}) == 1


def test_an_old_journal_has_the_limits_of_its_time():
    fact = facts.decode_fact(facts.encode_fact(facts.LimitsChanged(b"x" * 16, 0, "node")))
    assert isinstance(fact, facts.LimitsChanged)
    assert fact.limits == NetworkLimits()
    with pytest.raises(Ignored):
        check(Net().engine.state, fact)


def test_who_is_no_operator_any_more_at_that_place_says_nothing(net):  # two commands from two places
    ann, bob = net.connect("ann"), net.connect("bob", node=1)
    bob.says("MODE bob +w")
    ann.says("OPER op tea")
    net.forget()
    net.journal.holding = True
    ann.says("WALLOPS :hi")
    ending = facts.OperatorChanged(b"y" * 16, net.now.wall, ann.session.uid)
    net.journal.queue.appendleft((net.nodes[1], ending))
    net.journal.holding = False
    net.settle()
    assert bob.lines == []
    assert ann.lines[-1] == ":test.net 481 ann :Permission denied: you are not an IRC operator"


def test_who_left_before_says_nothing(net):
    ann, bob = net.connect("ann"), net.connect("bob", node=1)
    bob.says("MODE bob +w")
    ann.says("OPER op tea")
    net.forget()
    net.journal.holding = True
    ann.says("WALLOPS :hi")
    leaving = facts.UserLeft(b"y" * 16, net.now.wall, ann.session.uid)
    net.journal.queue.appendleft((net.nodes[0], leaving))
    net.journal.holding = False
    net.settle()
    assert bob.lines == []


@pytest.mark.covers("WALLOPS", "user mode +w", "server-time", "message-tags")
def test_wallops_have_tags_like_all_that_is_said(net):  # IRCv3 message-tags, server-time
    ann, bob = net.connect("ann"), net.connect("bob", "server-time message-tags", node=1)
    bob.says("MODE bob +w")
    ann.says("OPER op tea")
    net.forget()
    ann.says("WALLOPS :hello all")
    (line,) = bob.lines
    assert line.startswith("@time=2023-11-14T22:13:20.000Z;msgid=journal-")
    assert line.endswith(" :ann!~ann@127.0.0.1 WALLOPS :hello all")
    assert ann.lines == [":ann!~ann@127.0.0.1 WALLOPS :hello all"]


def test_wallops_are_not_kept(net):
    ann = net.connect("ann")
    ann.says("OPER op tea", "WALLOPS :hello")
    kinds = [(type(entry.fact), entry.fact.durability) for entry in net.journal.entries]
    assert kinds[-1] == (facts.Walloped, facts.Durability.FLEETING)
