"""What the network allows accounts, the same on every node."""

from __future__ import annotations

import msgspec

from ipcchat.core.policy import ALWAYS_ON, Policy
from ipcchat.core.settings import Settings
from tests.core.net import Net


def test_the_defaults():
    assert Policy() == Settings().policy
    assert Policy(nicks_owned=True, always_on="opt-out", accounts_open=True, channels_open=True) == Policy()
    assert Policy().always_on in ALWAYS_ON


def test_the_policy_is_in_the_journal():
    policy = Policy(always_on="disabled", nicks_owned=False)
    settings = Settings(server_name="test.net", policy=policy)
    net = Net(2, settings=settings)
    for node in net.nodes[:1]:
        node.perform(node.engine.start(net.now))
    net.settle()
    assert [node.engine.state.policy for node in net.nodes] == [policy, policy]
    net.nodes[0].perform(net.engine.reload(msgspec.structs.replace(settings, policy=Policy()), net.now))
    net.settle()
    assert [node.engine.state.policy for node in net.nodes] == [Policy(), Policy()]
    assert len({node.engine.state.digest() for node in net.nodes}) == 1
