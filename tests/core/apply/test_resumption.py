"""Who is lost with his node is kept for his client to come back (docs/resume.md)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipcchat.core import facts
from ipcchat.core.effects import Moment
from ipcchat.core.limits import Limits, NetworkLimits
from ipcchat.core.policy import Policy
from ipcchat.core.state import State
from tests.core.deeds import happened, has_account, is_logged_in, is_operator
from tests.core.net import Net, Talker
from tests.core.resuming import ANN, check_indexes, comes, is_lost, resumes, token_of

LOST = f"{ANN} QUIT :Connection to the server was lost"


@pytest.fixture
def net() -> Net:
    """Two nodes: one that is lost, and one that looks on."""
    return Net(2)


def test_nobody_sees_that_a_node_is_lost(net):
    comes(net)
    bob = net.join("bob", "#tea", "away-notify", node=1)
    is_lost(net)
    assert bob.lines == []
    assert bob.asks("NAMES #tea")[0] == ":test.net 353 bob = #tea :@ann bob"
    assert bob.asks("WHO #tea")[0] == ":test.net 352 bob #tea ~ann 127.0.0.1 test.net ann H@ :0 Ann"
    check_indexes(net)


def test_who_does_not_come_back_in_time_leaves(net):
    comes(net)
    bob = net.join("bob", "#tea", node=1)
    is_lost(net)
    net.pass_time(59)
    assert bob.lines == []
    net.pass_time(1)
    assert bob.lines == [LOST]
    check_indexes(net)
    assert net.engine.state.resumptions == {}


def test_who_comes_later_has_his_rank_in_the_channel_again(net):
    comes(net)
    bob = net.join("bob", "#tea", node=1)
    is_lost(net)
    net.pass_time(61)
    comes(net, node=1)
    assert bob.asks("NAMES #tea")[0] == ":test.net 353 bob = #tea :bob @ann"


def test_whose_client_cannot_resume_leaves_at_once(net):
    net.join("ann", "#tea")
    bob = net.join("bob", "#tea", node=1)
    is_lost(net)
    assert bob.lines == [LOST]


def test_an_administrator_can_switch_it_off(net):
    comes(net)
    bob = net.join("bob", "#tea", node=1)
    happened(net, facts.LimitsChanged, bob, limits=Limits(resume_seconds=0).network())
    is_lost(net)
    assert bob.lines == [LOST]
    check_indexes(net)


@pytest.mark.parametrize("how", ["QUIT", "PART #tea", "hangs up"])
def test_only_the_loss_of_a_node_keeps_anybody(net, how):
    ann, token = comes(net)
    bob = net.join("bob", "#tea", node=1)
    if how == "hangs up":
        ann.hangs_up()
    else:
        ann.says(how)
    assert len(bob.lines) == 1
    assert ("ann" in net.engine.state.nicks) == (how == "PART #tea")
    assert (token and len(net.engine.state.resumptions) == 1) == (how == "PART #tea")


def test_who_was_lost_can_be_put_out(net):
    comes(net)
    bob = net.join("bob", "#tea", node=1)
    is_operator(net, bob)
    is_lost(net)
    bob.says("KILL ann :enough")
    assert "ann" not in net.engine.state.nicks
    assert net.engine.state.resumptions == net.engine.state.missing == {}
    net.pass_time(61)
    check_indexes(net)


# With an account.


def connections(talker: Talker) -> tuple[int, int]:
    """How many connections a user has, and how many are lost."""
    return len(talker.user.sessions), len(talker.user.lost)


def always_on(net: Net) -> str:
    """ann stays in the chat without a connection. Returns her token."""
    has_account(net, "ann")
    return comes(net, login="ann:correct horse")[1]


def test_who_stays_anyway_is_away_only_when_the_time_is_over(net):
    always_on(net)
    bob = net.join("bob", "#tea", "away-notify", node=1)
    is_lost(net)
    assert bob.asks("PRIVMSG ann :hello") == []
    net.pass_time(61)
    assert bob.lines == [f"{ANN} AWAY :Not connected"]
    net.pass_time(5)
    assert len(bob.lines) == 1
    check_indexes(net)


def test_who_stays_anyway_comes_back_unseen(net):
    token = always_on(net)
    bob = net.join("bob", "#tea", "away-notify", node=1)
    is_lost(net)
    assert resumes(net, token, node=1).session.user is not None
    net.pass_time(61)
    assert bob.lines == []


def test_of_two_connections_each_comes_back(net):
    has_account(net, "ann")
    _, token = comes(net, login="ann:correct horse")
    _, other = comes(net, login="ann:correct horse")
    phone, _ = comes(net, node=1, login="ann:correct horse")
    is_lost(net)
    assert connections(phone) == (1, 2)
    for each in (token, other):
        assert resumes(net, each, node=1).session.user is phone.user
    assert connections(phone) == (3, 0)
    check_indexes(net)


def test_a_connection_that_does_not_come_back_changes_nothing_for_the_others(net):
    has_account(net, "ann")
    comes(net, login="ann:correct horse")
    phone, _ = comes(net, node=1, login="ann:correct horse")
    is_lost(net)
    net.pass_time(61)
    assert phone.user.lost == () and phone.lines == []


def test_losses_at_different_times_are_waited_for_by_themselves():
    net = Net(3)
    has_account(net, "ann")
    comes(net, login="ann:correct horse")
    comes(net, node=1, login="ann:correct horse")
    watcher = net.join("bob", "#tea", "away-notify", node=2)
    is_lost(net)
    net.pass_time(30)
    is_lost(net, 1)
    net.pass_time(31)
    assert watcher.lines == [] and len(net.engine.state.nicks["ann"].lost) == 1
    net.pass_time(30)
    assert watcher.lines[-1] == f"{ANN} AWAY :Not connected"


def test_of_very_many_lost_connections_the_last_ones_are_waited_for():
    net = Net(2, limits=Limits(sessions_per_user_max=1))
    has_account(net, "ann")
    comes(net, login="ann:correct horse")
    is_lost(net)
    _, token = comes(net, login="ann:correct horse")
    is_lost(net)
    assert len(net.engine.state.nicks["ann"].lost) == 1
    assert resumes(net, token, node=1).session.user is not None
    check_indexes(net)


def test_what_ends_those_who_do_not_stay_spares_those_who_come_back(net):
    token = always_on(net)
    bob = net.join("bob", "#tea", "away-notify", node=1)
    is_lost(net)
    happened(net, facts.PolicyChanged, bob, policy=Policy(always_on="disabled"))
    other = net.connect("other", node=1)
    is_logged_in(net, other, "ann")
    assert "is off" in other.asks("NS SET always-on off")[0]
    assert bob.lines == []
    assert resumes(net, token, node=1).session.user is not None


def test_a_lost_connection_of_who_has_left_is_none(net):
    has_account(net, "ann")
    comes(net, login="ann:correct horse")
    phone, _ = comes(net, node=1, login="ann:correct horse")
    bob = net.join("bob", "#tea", "away-notify", node=1)
    is_lost(net)
    phone.says("QUIT")
    assert bob.lines == []
    net.pass_time(61)
    assert bob.lines == [f"{ANN} AWAY :Not connected"]


# What is said to him.


def test_what_nobody_would_keep_for_him_is_refused(net):
    comes(net)
    bob = net.join("bob", "#tea", node=1)
    is_lost(net)
    text = "Their connection to the server was lost just now and may come back; say it again in a minute"
    assert bob.asks("PRIVMSG ann :psst") == [f":test.net 531 bob ann :{text}"]
    assert bob.asks("PRIVMSG #tea :hello") == []


# Times.


def test_a_deadline_that_comes_too_late_ends_nothing(net):
    _, token = comes(net)
    bob = net.join("bob", "#tea", node=1)
    is_lost(net)
    net.journal.holding = True
    net.now = Moment(net.now.wall + 61_000, net.now.ticks + 61)
    for node in net.nodes:
        node.perform(node.engine.tick(net.now))
    late = list(net.journal.queue)
    assert len(late) == 2
    net.journal.queue.clear()
    net.journal.holding = False
    ann = resumes(net, token, node=1)
    net.journal.queue.extend(late)
    net.settle()
    assert ann.session.user is not None and bob.lines == []
    check_indexes(net)


# What is kept of it.


def test_states_of_before_are_readable(net):
    comes(net)
    seq, users, *others = msgspec.msgpack.decode(net.engine.snapshot(), type=list[Any])
    for user in users:
        del user["lost"]
        user["sessions"] = [session[:5] for session in user["sessions"]]
    state = State(NetworkLimits())
    state.restore(msgspec.msgpack.encode([seq, users, *others]))
    assert state.nicks["ann"].sessions[0].id == net.engine.state.nicks["ann"].sessions[0].id
    assert state.resumptions == state.missing == {}


_steps = st.lists(
    st.tuples(st.sampled_from(["comes", "lost", "resumes", "resumes", "quits", "cut", "waits"]), st.integers(0, 11)),
    min_size=4,
    max_size=30,
)


class Play:
    """Six people, two of them with one account, at two nodes that come and go."""

    def __init__(self) -> None:
        self.net = Net(3)
        has_account(self.net, "ann")
        self.here: dict[int, Talker] = {}
        self.tokens: list[str] = []

    def do(self, what: str, number: int) -> None:
        person, node = number % 6, number % 2
        talker = self.here.get(person)
        if what == "lost":
            self.here = {each: talker for each, talker in self.here.items() if talker.node is not self.net.nodes[node]}
            is_lost(self.net, node)
        elif what == "waits":
            self.net.pass_time(25)
        elif what == "comes" and talker is None:
            self._comes(person, node)
        elif what == "resumes" and self.tokens:
            self._resumes(self.tokens[number % len(self.tokens)], node)
        elif what == "quits" and talker is not None:
            self.here.pop(person).says("QUIT")
        elif what == "cut" and talker is not None:
            self.here.pop(person).hangs_up()

    def _comes(self, person: int, node: int) -> None:
        nick, login = ("ann", "ann:correct horse") if person < 2 else (f"p{person}", "")
        owner = self.net.engine.state.nicks.find(nick)
        if owner is None or login:
            self.here[person], token = comes(self.net, nick, node, login=login)
            self.tokens.append(token)

    def _resumes(self, token: str, node: int) -> None:
        before = set(self.net.engine.state.resumptions)
        talker = resumes(self.net, token, node)
        if talker.session.user is None:
            assert " FAIL RESUME INVALID_TOKEN " in talker.lines[-1]
            assert set(self.net.engine.state.resumptions) == before
            return
        for person, other in list(self.here.items()):
            if other.closed:
                del self.here[person]
        free = next(each for each in range(100) if each not in self.here and each >= 6)
        self.here[free] = talker
        self.tokens.append(token_of(talker))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=_steps)
def test_whoever_comes_and_goes_all_nodes_have_one_state(steps: list[tuple[str, int]]) -> None:
    play = Play()
    for what, number in steps:
        play.do(what, number)
        check_indexes(play.net)
        for talker in play.here.values():
            assert talker.session.user is not None
            assert talker.session.id in [each.id for each in talker.user.sessions]
    play.net.pass_time(61)
    play.net.pass_time(1)
    assert not play.net.engine.state.missing
    check_indexes(play.net)
