"""Who it is that shows a token beside the chat."""

from __future__ import annotations

import pytest

from ipcchat.core import facts, holders
from ipcchat.core.facts import Token
from ipcchat.core.holders import Holder
from ipcchat.core.tokens import digest_of
from tests.core.deeds import comes, happened, has_account, is_operator
from tests.core.net import Net, Talker

TOKEN = "ipc_" + "x" * 32


@pytest.fixture
def ann(net: Net) -> Talker:
    """Ann, with a token of her account."""
    has_account(net, "ann")
    ann = comes(net, "ann")
    happened(net, facts.TokensChanged, ann, account="ann", added=Token("bot", digest_of(TOKEN)))
    return ann


def test_a_token_is_its_accounts_whoever_is_here(net: Net, ann: Talker):
    assert holders.of_token(net.engine, TOKEN) == Holder("ann")
    ann.hangs_up()
    assert holders.of_token(net.engine, TOKEN) == Holder("ann")


def test_a_pass_is_its_users(net: Net, ann: Talker):
    guest = net.connect("guest")
    for talker, account in ((guest, ""), (ann, "ann")):
        net.engine.passes.give(talker.session, talker.session.uid, net.now.ticks)
        assert holders.of_token(net.engine, talker.session.uid) == Holder(account, talker.session.user)


def test_what_does_not_count(net: Net, ann: Talker):
    assert holders.of_token(net.engine, "") is None
    assert holders.of_token(net.engine, "ipc_" + "y" * 32) is None
    is_operator(net, ann)
    happened(net, facts.AccountSuspended, ann, account="ann", author="peace")
    assert holders.of_token(net.engine, TOKEN) is None
