"""Facts that core proposes for the shell: each proposal has one outcome, and the shell hears it."""

from __future__ import annotations

from ipcchat.core.awaited import Awaited
from ipcchat.core.effects import Settled
from ipcchat.core.errands import IGNORED, Errands
from ipcchat.core.facts import HookDelivered, Posted
from ipcchat.core.hooks import HookPost
from tests.core.hooking import SETTINGS, comes_in, founder
from tests.core.net import Net

FACT = Posted(b"0123456789abcdef", 0, "u", text="hello")


def test_each_proposal_has_one_outcome():
    awaited = Awaited()
    errands = Errands(awaited)
    for _ in range(2):
        assert errands.begin(FACT).fact is FACT
    assert awaited.facts == 2
    assert errands.has(FACT)
    assert errands.settle(FACT, 7, "") == [Settled(FACT.id, 7)]
    assert errands.settle(FACT, 7, "no") == [Settled(FACT.id, 7, "no")]
    assert errands.settle(FACT, 7, "") == []
    assert awaited.facts == awaited.bytes == 0
    assert not errands.has(FACT)


def outcomes_of(net: Net, *, text: str = "hello", key: str = "") -> list[Settled]:
    """What the shell hears when the only hook says that."""
    node = net.nodes[0]
    (digest,) = node.engine.state.hooks
    heard: list[Settled] = []
    perform = node.perform

    def listening(effects):
        effects = list(effects)
        heard.extend(effect for effect in effects if isinstance(effect, Settled))
        perform(effects)

    node.perform = listening  # type: ignore[method-assign]
    listening(node.engine.relay(digest, HookPost(text, key=key), net.now)[1])
    net.settle()
    node.perform = perform  # type: ignore[method-assign]
    return heard


def test_what_happened_what_was_repeated_and_what_was_not_written():
    net = Net(settings=SETTINGS)
    comes_in(founder(net))
    (first,) = outcomes_of(net, key="delivery-1")
    assert (first.seq, first.problem) == (len(net.journal.entries), "")
    assert outcomes_of(net, key="delivery-1") == [first]
    net.journal.failing = "the disk is full"
    (failed,) = outcomes_of(net)
    assert (failed.seq, failed.problem) == (0, "Nothing was sent or changed: the disk is full. Try again later.")


def test_what_was_refused_at_its_place_and_again():
    net = Net(settings=SETTINGS)
    ann = founder(net)
    comes_in(ann)
    net.journal.holding = True
    ann.says("RENAME #tea #coffee")
    net.journal.holding = False
    (refused,) = outcomes_of(net, key="delivery-1")
    assert refused.problem == "The hook is gone, or its channel has another name now; try again"
    ann.says("RENAME #coffee #tea")
    assert "was refused when it was sent first" in outcomes_of(net, key="delivery-1")[0].problem


def test_what_has_nothing_to_do_any_more_is_no_success():
    net = Net(settings=SETTINGS)
    founder(net)
    node = net.nodes[0]
    fact = HookDelivered(b"0123456789abcdef", net.now.wall, node.engine.incarnation, digest="nobody")
    node.perform([node.engine.errands.begin(fact)])
    net.journal.order()
    (outcome,) = (effect for effect in node.engine.apply(net.journal.entries[-1], net.now))
    assert outcome == Settled(fact.id, len(net.journal.entries), IGNORED)
