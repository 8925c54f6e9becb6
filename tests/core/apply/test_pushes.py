"""Subscriptions of Web Push in the state: whose they are, how many, and what ends them."""

from __future__ import annotations

import pytest

from ipcchat.core import facts
from ipcchat.core.limits import Limits
from ipcchat.core.pushes import Subscription
from ipcchat.core.state import State
from tests.core.deeds import comes, happened, has_account, is_logged_in
from tests.core.net import Net
from tests.core.webpush import AUTH, CAPS, ENDPOINT, KEYS, P256DH, SETTINGS, pushing_net, subscriber


def endpoints(net: Net, account: str = "ann") -> list[str]:
    """The last parts of the endpoints of an account."""
    return [endpoint.rpartition("/")[2] for endpoint in net.engine.state.pushes.get(account, {})]


def test_it_is_kept_over_a_restart_and_in_a_snapshot():
    net = pushing_net()
    subscriber(net)
    kept = {"ann": {ENDPOINT: Subscription(P256DH, AUTH, net.now.wall)}}
    assert net.engine.state.pushes == kept
    other = State(net.engine.limits.network())
    other.restore(net.engine.snapshot())
    assert other.pushes == kept
    net.restart()
    assert net.engine.state.pushes == kept


@pytest.mark.covers("NOTE * OLDEST_DROPPED")
def test_the_one_not_renewed_for_longest_gives_way():
    net = Net(settings=SETTINGS, limits=Limits(pushes_per_account_max=2))
    ann = subscriber(net, endpoint="https://p.example/a")
    ann.says(f"WEBPUSH REGISTER https://p.example/b {KEYS}", f"WEBPUSH REGISTER https://p.example/a {KEYS}")
    assert endpoints(net) == ["b", "a"]
    heard = ann.asks(f"WEBPUSH REGISTER https://p.example/c {KEYS}")
    assert heard[1].startswith(":test.net NOTE WEBPUSH OLDEST_DROPPED :An account has 2 browsers")
    assert endpoints(net) == ["a", "c"]


def test_an_endpoint_belongs_to_who_registered_it_last():
    net = pushing_net()
    subscriber(net, "ann")
    subscriber(net, "bob")
    assert list(net.engine.state.pushes) == ["bob"]


def test_nobody_takes_back_what_is_not_his():
    net = pushing_net()
    subscriber(net, "ann")
    bob = subscriber(net, "bob", "https://p.example/b")
    assert bob.asks(f"WEBPUSH UNREGISTER {ENDPOINT}") == []
    happened(net, facts.PushDropped, bob, account="ann", endpoint=ENDPOINT)
    assert list(net.engine.state.pushes) == ["ann", "bob"]


def test_who_logs_out_on_the_way_registers_nothing():
    net = pushing_net()
    has_account(net, "other")
    has_account(net, "ann")
    ann = comes(net, "a", "ann", CAPS)
    net.journal.holding = True
    ann.says(f"WEBPUSH REGISTER https://p.example/new {KEYS}")
    held, net.journal.queue = list(net.journal.queue), type(net.journal.queue)()
    net.journal.holding = False
    is_logged_in(net, ann, "other")
    net.journal.queue.extend(held)
    net.settle()
    assert ann.bare[-1].startswith(":test.net FAIL WEBPUSH ACCOUNT_REQUIRED :The account is another now")
    assert net.engine.state.pushes == {}


def test_a_node_drops_one_that_leads_nowhere():
    net = pushing_net(2)
    subscriber(net)
    node = net.nodes[1]
    for _ in range(2):
        node.perform(node.engine.push_gone("ann", ENDPOINT, net.now))
        net.settle()
        assert all(each.engine.state.pushes == {} for each in net.nodes)


def test_they_go_with_the_account():
    net = pushing_net()
    ann = subscriber(net)
    happened(net, facts.AccountDeleted, ann, account="ann")
    assert net.engine.state.pushes == {}
