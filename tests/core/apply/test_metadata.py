"""What a change of metadata does (IRCv3 draft/metadata-2): two at once, and journals of others."""

from __future__ import annotations

from ipcchat.core import facts
from ipcchat.core.limits import Limits
from tests.core.net import Net

CAPS = "batch standard-replies draft/metadata-2"


def test_the_last_place_for_a_key_goes_to_the_first(net):
    net = Net(nodes=2, limits=Limits(metadata_keys_max=1))
    ann = net.join("ann", "#tea", CAPS)
    bob = net.join("bob", "#tea", CAPS, node=1)
    ann.says("MODE #tea +o bob")
    net.forget()
    net.journal.holding = True
    ann.says("METADATA #tea SET a :1")
    bob.says("METADATA #tea SET b :2")
    net.journal.holding = False
    net.settle()
    assert ann.lines == [":test.net 761 ann #tea a * 1"]
    assert bob.lines == [":test.net FAIL METADATA LIMIT_REACHED #tea :There are 1 keys already; take one away first"]
    assert [node.engine.state.channels["#tea"].metadata for node in net.nodes] == [{"a": "1"}, {"a": "1"}]


def test_a_key_that_is_gone_already_is_no_harm(net):
    ann = net.connect("ann", CAPS)
    fact = facts.UserMetadataChanged(b"x" * 16, net.now.wall, ann.session.uid, changes=(("a", None), ("b", "1")))
    net.journal.queue.append((net.nodes[0], fact))
    net.settle()
    assert net.engine.state.nicks["ann"].metadata == {"b": "1"}


def test_an_operator_who_is_none_any_more_is_refused(net):
    ann = net.join("ann", "#tea", CAPS)
    net.journal.holding = True
    ann.says("METADATA #tea SET a :1")
    fact = facts.ChannelModesChanged(
        b"y" * 16, 0, ann.session.uid, channel="#tea", changes=(facts.ModeChange(False, "o", ann.session.uid),)
    )
    net.journal.queue.appendleft((net.nodes[0], fact))
    net.journal.holding = False
    net.settle()
    assert ann.lines[-1] == ":test.net 482 ann #tea :You're not channel operator"
    assert net.engine.state.channels["#tea"].metadata == {}
