"""Who was in which channel from where to where (core/visits.py): the same on every node and after a restart."""

from __future__ import annotations

import pytest

from ipcchat.core import facts, visits
from ipcchat.core.limits import Limits
from ipcchat.core.state import Channel
from tests.core.deeds import comes, happened, has_account
from tests.core.net import Net, Talker


@pytest.fixture
def ann(net: Net) -> Talker:
    """Somebody with an account under another nick, in #tea where bob is."""
    has_account(net, "ann")
    net.join("bob", "#tea")
    talker = comes(net, "annie", "ann")
    happened(net, facts.AccountSet, talker, account="ann", name="always-on", value="off")
    talker.says("JOIN #tea")
    return talker


def room(net: Net, name: str = "#tea") -> Channel:
    """A channel."""
    return net.engine.state.channels[name]


def stays(net: Net, name: str = "#tea") -> list[tuple[int, int]]:
    """Ann's stays that are over."""
    return visits.of_account(net.engine.state, "Ann", room(net, name))


def test_a_present_stay_begins_with_the_join(net, ann):
    joined = net.engine.state.seq
    ann.says("PRIVMSG #tea :hello", "JOIN #ops")
    assert visits.since(ann.user, room(net)) == joined
    assert visits.since(ann.user, room(net, "#ops")) == net.engine.state.seq
    assert stays(net) == []


@pytest.mark.parametrize("how", ["part", "kick", "quit", "node down", "logout", "other account", "deleted"])
def test_a_stay_is_over_when_he_leaves_or_is_somebody_else(net, ann, how):
    joined = net.engine.state.seq
    if how == "kick":
        net.nodes[0].links[0].says("KICK #tea annie")
    elif how == "node down":
        happened(net, facts.NodeDown, net.nodes[0].links[0], incarnation="node0000")
    elif how == "logout":
        happened(net, facts.AccountChanged, ann)
    elif how == "other account":
        has_account(net, "eve")
        happened(net, facts.AccountChanged, ann, account="eve")
    elif how == "deleted":
        happened(net, facts.AccountDeleted, ann, account="ann")
    else:
        ann.says({"part": "PART #tea", "quit": "QUIT"}[how])
    assert stays(net) == ([] if how == "deleted" else [(joined, net.engine.state.seq)])


def test_what_is_heard_under_another_account_is_another_stay(net, ann):
    happened(net, facts.AccountChanged, ann)
    logged_out = net.engine.state.seq
    net.nodes[0].links[0].says("PRIVMSG #tea :hello")
    assert visits.since(ann.user, room(net)) == logged_out
    happened(net, facts.AccountChanged, ann, account="ann")
    assert visits.since(ann.user, room(net)) == logged_out
    ann.says("PART #tea")
    assert len(stays(net)) == 1  # they meet


def test_guests_leave_none(net, ann):
    net.nodes[0].links[0].says("PART #tea")
    assert list(net.engine.state.visits) == []


def test_stays_that_meet_are_one_and_others_are_not(net, ann):
    joined = net.engine.state.seq
    ann.says("CYCLE #tea")
    ann.says("PART #tea")
    assert stays(net) == [(joined, net.engine.state.seq)]
    net.nodes[0].links[0].says("PRIVMSG #tea :hello")
    ann.says("CYCLE #tea", "JOIN #tea", "PART #tea")
    assert len(stays(net)) == 2


def test_two_connections_of_one_account_make_one_stay(net, ann):
    joined = net.engine.state.seq
    other = net.connect("ann2")
    happened(net, facts.AccountChanged, other, account="ann")
    other.says("JOIN #tea")
    ann.says("PRIVMSG #tea :hello", "PART #tea")
    other.says("PRIVMSG #tea :hello", "PART #tea")
    assert stays(net) == [(joined, net.engine.state.seq)]


def test_the_oldest_are_forgotten():
    net = Net(limits=Limits(visits_per_channel_max=2, visited_channels_max=2))
    has_account(net, "ann")
    bob, ann = net.join("bob", "#tea"), comes(net, "ann")
    bob.says("JOIN #ops,#den")
    ends = []
    for _ in range(3):
        ann.says("JOIN #tea", "PART #tea")
        ends.append(net.engine.state.seq)
        bob.says("PRIVMSG #tea :hello")
    assert [last for _, last in stays(net)] == ends[1:]
    ann.says("JOIN #ops", "PART #ops", "JOIN #tea", "PART #tea", "JOIN #den", "PART #den")
    assert list(net.engine.state.visits["ann"]) == ["#tea", "#den"]


def test_a_channel_keeps_them_under_another_name(net, ann):
    ann.says("PART #tea")
    net.nodes[0].links[0].says("RENAME #tea #coffee")
    assert len(stays(net, "#coffee")) == 1


def test_those_of_before_stays_were_counted_were_there_from_the_beginning(net, ann):
    ann.user.since = ()
    state = net.engine.state
    state.restore(state.snapshot())
    assert visits.since(state.nicks["annie"], room(net)) == 0
