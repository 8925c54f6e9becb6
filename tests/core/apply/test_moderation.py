"""Who may be here and what may be said, as facts: what servers do, one connection, what changes nothing
(core/apply/moderation.py). The commands are in tests/core/handlers/test_moderation.py and test_filters.py."""

from __future__ import annotations

import pytest

from ipcchat.core import facts
from ipcchat.core.apply.moderation import lockdown_words
from ipcchat.core.effects import Propose
from ipcchat.core.facts import AnyFact
from tests.core.deeds import comes, happened, has_account, is_operator
from tests.core.net import Net


@pytest.fixture
def net() -> Net:
    """Two nodes."""
    return Net(2)


def server_says(net: Net, fact: AnyFact) -> None:
    """A server's own fact is journaled and applied everywhere."""
    net.nodes[0].perform([Propose(fact)])
    net.settle()


def test_a_server_puts_off_by_itself(net):
    ann, bob = net.join("ann", "#tea", node=1), net.join("bob", "#tea")
    net.forget()
    engine = net.engine
    uid = ann.session.uid
    server_says(net, facts.Killed(engine.next_id(), net.now.wall, engine.incarnation, victim=uid, reason="spam"))
    assert ann.lines == [
        ":test.net KILL ann spam",
        "ERROR :Closing link: Killed (test.net (spam))",
    ]
    assert bob.lines == [":ann!~ann@127.0.0.1 QUIT :Killed (test.net (spam))"]
    server_says(net, facts.Killed(engine.next_id(), net.now.wall, engine.incarnation, victim=uid, reason="again"))
    assert len({node.engine.state.digest() for node in net.nodes}) == 1


def test_one_connection_of_somebody_can_be_put_off(net):
    op = net.connect("op")
    is_operator(net, op)
    has_account(net, "ann")
    first, second = comes(net, "ann"), comes(net, "ann", node=1)
    happened(net, facts.Killed, op, victim=first.session.uid, reason="x", session=second.session.id)
    assert (first.closed, second.closed) == ("", "Killed (op (x))")
    assert net.engine.state.nicks["ann"].sessions[0].id == first.session.id


KINDS = [
    (facts.BanSet, {"mask": "eve!*@*", "reason": "x"}),
    (facts.BanLifted, {"mask": "eve!*@*"}),
    (facts.FilterSet, {"pattern": "*evil*", "action": "block"}),
    (facts.FilterLifted, {"pattern": "*evil*"}),
    (facts.LockdownChanged, {"level": 1}),
    (facts.Killed, {}),
]


@pytest.mark.parametrize(("kind", "fields"), KINDS)
def test_who_is_no_operator_changes_nothing(net, kind, fields):
    ann = net.connect("ann")
    if kind is facts.Killed:
        fields = {"victim": net.connect("bob").session.uid}
    before = net.engine.state.digest()
    happened(net, kind, ann, **fields)
    net.engine.state.seq -= 1
    assert net.engine.state.digest() == before


@pytest.mark.parametrize("level", [0, 5, 6])
def test_no_level_and_the_one_that_counts_change_nothing(net, level):
    op = net.connect("op")
    is_operator(net, op)
    happened(net, facts.LockdownChanged, op, level=level)
    assert net.engine.state.lockdown == 5
    assert op.lines == []


def test_every_level_has_its_words():
    assert lockdown_words(5) == "the network is open"
    assert lockdown_words(4) == "nobody registers an account or a channel"
    assert lockdown_words(1).endswith("and nobody comes in but from this machine")
    assert lockdown_words(1).count(";") == 3


def test_a_ban_and_a_filter_that_are_set_again_are_replaced(net):
    op = net.connect("op")
    is_operator(net, op)
    for reason in ("first", "second"):
        happened(net, facts.BanSet, op, mask="eve!*@*", reason=reason, author="op")
        happened(net, facts.FilterSet, op, pattern="*evil*", action="warn", reason=reason, author="op")
    assert [ban.reason for ban in net.engine.state.bans.values()] == ["second"]
    assert [each.reason for each in net.engine.state.filters.values()] == ["second"]
    happened(net, facts.BanLifted, op, mask="eve!*@*")
    happened(net, facts.FilterLifted, op, pattern="*evil*")
    assert not net.engine.state.bans
    assert not net.engine.state.filters
