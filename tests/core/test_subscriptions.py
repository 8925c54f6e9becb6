"""Which keys of metadata each session wants to hear of (IRCv3 draft/metadata-2)."""

from __future__ import annotations

from ipcchat.core.subscriptions import Subscriptions


def test_both_ways_round(net):
    ann, bob = net.connect("ann").session, net.connect("bob").session
    table = Subscriptions()
    for session, key in ((ann, "a"), (ann, "b"), (ann, "a"), (bob, "a")):
        table.add(session, key)
    assert (table.keys(ann), table.keys(bob), table.of("a"), table.of("b")) == (["a", "b"], ["a"], [ann, bob], [ann])
    table.remove(ann, "a")
    table.remove(ann, "a")
    table.remove(bob, "never")
    assert (table.keys(ann), table.of("a")) == (["b"], [bob])
    table.clear(ann)
    table.clear(ann)
    assert (table.keys(ann), table.of("b"), table.of("none")) == ([], [], [])
