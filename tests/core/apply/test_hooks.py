"""Hooks in the state: what they say is a message like any other, and they end with the registration
(docs/webhooks.md)."""

from __future__ import annotations

import re

import pytest

from ipcchat.core import facts
from ipcchat.core.deliveries import Progress
from ipcchat.core.hooks import Obstacle
from tests.core.deeds import comes, happened, has_account, is_logged_in, is_operator
from tests.core.hooking import SETTINGS, comes_in, founder, goes_out, says
from tests.core.net import Net, Talker
from tests.core.tea import CS, history, joined, last
from tests.core.tea import chanserv as said

GRAFANA = ":grafana/hook!hook@test.net"


@pytest.fixture
def net() -> Net:
    """A network of two nodes."""
    return Net(2, settings=SETTINGS)


@pytest.fixture
def ann(net: Net) -> Talker:
    """The founder of #tea."""
    return founder(net)


def delivered(net: Net, progress: Progress) -> None:
    """So far a hook got, and everybody knows it."""
    node = net.nodes[0]
    node.perform(node.engine.delivered(progress, net.now))
    net.settle()


def test_everybody_in_the_channel_hears_it_and_history_has_it(net, ann):
    bob = net.join("bob", "#tea", "message-tags draft/chathistory batch", node=1)
    digest = comes_in(ann)
    assert says(net, digest, "disk is full", node=1).obstacle is None
    assert ann.bare == [f"{GRAFANA} PRIVMSG #tea :disk is full"]
    assert re.fullmatch(rf"@msgid=\S+;bot {GRAFANA} PRIVMSG #tea :disk is full", bob.lines[-1])
    assert history(bob) == [f"{GRAFANA} PRIVMSG #tea :disk is full"]
    assert net.nodes[0].engine.state.digest() == net.nodes[1].engine.state.digest()


def test_no_mode_keeps_it_out(net, ann):
    digest = comes_in(ann)
    ann.says("MODE #tea +mnRM", "PART #tea")
    bob = net.join("bob", "#tea")
    is_logged_in(net, bob, "bob")
    bob.says("JOIN #tea")
    bob.forget()
    says(net, digest, "still here")
    assert bob.bare == [f"{GRAFANA} PRIVMSG #tea :still here"]


def test_several_lines_are_one_message(net, ann):
    bob = net.join("bob", "#tea", "draft/multiline batch message-tags")
    says(net, comes_in(ann), "one\n\ntwo")
    assert ann.bare[-2:] == [f"{GRAFANA} PRIVMSG #tea :one", f"{GRAFANA} PRIVMSG #tea :two"]
    assert [line.partition(" PRIVMSG ")[2] for line in bob.bare if "PRIVMSG" in line] == [
        "#tea :one",
        "#tea :",
        "#tea :two",
    ]


def test_filters_hold_for_it(net, ann):
    digest = comes_in(ann)
    eve = net.connect("eve")
    is_operator(net, eve)
    eve.says("MODE eve +s f", "SPAMFILTER ADD block *viagra* no adverts", "SPAMFILTER ADD warn *cheap* look")
    net.forget()
    refused = says(net, digest, "buy viagra")
    assert (refused.obstacle, refused.problem) == (Obstacle.REFUSED, "Your text was not sent: no adverts")
    assert says(net, digest, "cheap tea").obstacle is None
    assert any("grafana/hook said in #tea what a filter warns of: *cheap*" in line for line in eve.bare)
    assert not any("viagra" in line for line in ann.bare)


def test_operators_redact_it_and_its_words_are_nobodys(net, ann):
    bob = net.join("bob", "#tea", "message-tags draft/message-redaction draft/message-edit draft/chathistory batch")
    says(net, comes_in(ann), "password is tea")
    msgid = last(net)
    (refused,) = bob.asks(f"REDACT #tea {msgid}")
    assert "FORB" in refused
    assert history(bob) == [f"{GRAFANA} PRIVMSG #tea :password is tea"]
    ann.says("CAP REQ :draft/message-redaction message-tags", f"REDACT #tea {msgid}")
    assert history(bob) == []


def test_a_hook_that_is_gone_says_nothing(net, ann):
    digest = comes_in(ann)
    ann.says("CS HOOK #tea DEL grafana")
    assert says(net, digest, "hello").obstacle is Obstacle.UNKNOWN


def test_what_was_on_its_way_when_it_went_is_not_said(net, ann):
    digest = comes_in(ann)
    net.journal.holding = True
    ann.says("CS HOOK #tea DEL grafana")
    assert says(net, digest, "too late", node=1).obstacle is None
    net.journal.holding = False
    net.settle()
    assert not any("too late" in line for line in ann.bare)
    assert net.nodes[0].engine.state.digest() == net.nodes[1].engine.state.digest()


def test_two_who_take_it_away_at_once(net, ann):
    bob = net.join("bob", "#tea", node=1)
    is_logged_in(net, bob, "bob")
    ann.says("CS ACCESS #tea ADD bob o")
    comes_in(ann)
    net.journal.holding = True
    ann.says("CS HOOK #tea DEL grafana")
    bob.says("CS HOOK #tea DEL grafana")
    net.journal.holding = False
    net.settle()
    assert f"{CS} NOTICE ann :#tea has the hook grafana no longer." in ann.bare
    assert f"{CS} NOTICE bob :#tea has no hook of that name; HOOK #tea LIST shows them" in bob.bare


@pytest.mark.parametrize("how", ["DROP", "delete"])
def test_hooks_end_with_the_registration(net, ann, how):
    digest = comes_in(ann)
    if how == "DROP":
        code = said(ann, "DROP #tea")[-1].split()[-1]
        ann.says(f"CS DROP #tea {code}")
    else:
        happened(net, facts.AccountDeleted, ann, account="ann")
    for node in net.nodes:
        assert node.engine.state.hooks == {}
        assert not [channel for channel in node.engine.state.channels.values() if channel.hooks]
    assert says(net, digest, "hello").obstacle is Obstacle.UNKNOWN


def test_hooks_stay_with_a_channel_under_another_name_and_founder(net, ann):
    digest = comes_in(ann)
    bob = joined(net, "bob")
    ann.says("RENAME #tea #coffee", "CS TRANSFER #coffee bob")
    bob.says("CS TRANSFER ACCEPT #coffee")
    net.forget()
    says(net, digest, "hello")
    assert bob.bare == [f"{GRAFANA} PRIVMSG #coffee :hello"]
    assert said(bob, "HOOK #coffee")[0].startswith("grafana: writes here")


def test_a_snapshot_keeps_them(net, ann):
    digest = comes_in(ann)
    state = net.engine.state
    other = type(state)(state.limits)
    other.restore(state.snapshot())
    assert other.hooks[digest] is other.channels["#tea"]
    assert other.digest() == state.digest()


def test_how_far_one_got_goes_forward_only(net, ann):
    digest = goes_out(ann)

    def kept():
        return net.nodes[1].engine.state.channels["#tea"].hooks["ci"]

    first = kept().delivered
    delivered(net, Progress(digest, first + 5))
    delivered(net, Progress(digest, first + 3, failing_since=7, problem="it broke off"))
    assert (kept().delivered, kept().failing_since, kept().problem) == (first + 5, 7, "it broke off")
    assert "fails since 1970-01-01 00:00 UTC: it broke off" in said(ann, "HOOK #tea")[0]
    delivered(net, Progress("nobody", 9))


def test_the_founder_hears_that_one_is_switched_off_and_switches_it_on(net, ann):
    digest = goes_out(ann)
    has_account(net, "zoe")
    comes(net, "zoe")
    delivered(net, Progress(digest, 0, 7, "410 was answered", off=True))
    assert ann.bare == [
        f"{CS} NOTICE ann :The hook ci of #tea is switched off: 410 was answered. HOOK #tea ON ci goes on where it"
        " stopped."
    ]
    assert said(ann, "HOOK #tea")[0].startswith(
        "ci: sends what people say to https://ci.example, is switched off: 410 was answered"
    )
    assert net.engine.next_deliveries(digest, 0) is None
    assert said(ann, "HOOK #tea ON ci") == ["The hook ci of #tea goes on where it stopped."]
    assert net.engine.next_deliveries(digest, 0) is not None
    assert "switched off" not in said(ann, "HOOK #tea")[0]
