"""Who may change an account, and who is logged in to it."""

from __future__ import annotations

import pytest

from ipcchat.core import account_rules, facts
from ipcchat.core.accounts import Account
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.facts import Fact
from ipcchat.core.state import State
from tests.core.deeds import has_account, is_logged_in, is_operator
from tests.core.net import Net


@pytest.fixture
def net() -> Net:
    """A network where ann has an account, which nobody uses."""
    net = Net()
    has_account(net, "ann")
    return net


def by(net: Net, uid: str) -> Fact:
    """A fact of that author."""
    return facts.AccountSet(b"x" * 16, net.now.wall, uid, account="ann")


def test_a_node_speaks_for_who_is_not_here_yet(net):
    bob = net.connect("bob")
    assert account_rules.is_node("node0000") and not account_rules.is_node(bob.session.uid)
    assert account_rules.author(net.engine.state, by(net, "node0000")) is None
    assert account_rules.author(net.engine.state, by(net, bob.session.uid)) is bob.session.user
    with pytest.raises(Ignored):
        account_rules.author(net.engine.state, by(net, "node0000.77"))


@pytest.mark.parametrize(("code_hash", "until", "stale"), [("", 0, False), ("00", 11, False), ("00", 10, True)])
def test_an_account_whose_code_has_run_out(code_hash, until, stale):
    assert account_rules.is_stale(Account("ann", 0, code_hash=code_hash, code_until=until), 10) is stale


def test_who_is_logged_in(net):
    state: State = net.engine.state
    account = account_rules.known(state, "ANN")
    assert account_rules.users_of(state, account) == []
    bob, joe = net.connect("bob"), net.connect("joe")
    is_logged_in(net, bob, "ann")
    assert account_rules.users_of(state, account) == [bob.session.user]
    assert [account_rules.is_member(state, state.users[each.session.uid], account) for each in (bob, joe)] == [
        True,
        False,
    ]


def test_who_may_change_it(net):
    state: State = net.engine.state
    bob, joe, oper = net.connect("bob"), net.connect("joe"), net.connect("oper")
    is_logged_in(net, bob, "ann")
    is_operator(net, oper)
    account = account_rules.known(state, "ann")
    for talker in (bob, oper):
        assert account_rules.own(state, by(net, talker.session.uid), "ann") is account
    assert account_rules.managed(state, by(net, oper.session.uid), "ann") is account
    for uid, name in ((joe.session.uid, "ann"), (joe.session.uid, "nobody"), ("node0000", "ann")):
        with pytest.raises(Refusal, match="NOPRIVILEGES"):
            account_rules.own(state, by(net, uid), name)
    for uid in (bob.session.uid, "node0000"):
        with pytest.raises(Refusal, match="NOPRIVILEGES"):
            account_rules.managed(state, by(net, uid), "ann")
    with pytest.raises(Refusal) as refusal:
        account_rules.own(state, by(net, oper.session.uid), "nobody")
    assert (refusal.value.params, refusal.value.text) == (("ACCOUNT", "nobody"), "There is no account of that name")
