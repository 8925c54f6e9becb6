"""What may happen: one check for each kind of fact, and what nobody may learn by asking (hostile inputs 7, P03)."""

from __future__ import annotations

from typing import get_args

import pytest

from ipcchat.core import facts, rules
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.facts import AnyFact
from ipcchat.core.limits import Limits
from tests.core.net import ALL_CAPS, Net, Talker

ID = b"x" * 16


def test_every_kind_of_fact_has_its_check():
    assert set(rules.CHECKS) == set(get_args(AnyFact))


def outcome(net: Net, fact: AnyFact) -> str:
    """What the check says: "" for yes, "-" for nothing to do, or the numeric of the refusal."""
    before = net.engine.state.digest()
    try:
        rules.check(net.engine.state, fact)
    except Refusal as refusal:
        return refusal.numeric.code
    except Ignored:
        return "-"
    finally:
        assert net.engine.state.digest() == before
    return ""


ABSENT: list[AnyFact] = [
    facts.UserLeft(ID, 0, "gone"),
    facts.NickChanged(ID, 0, "gone", nick="new"),
    facts.AwayChanged(ID, 0, "gone", text="x"),
    facts.RealnameChanged(ID, 0, "gone", realname="x"),
    facts.HostChanged(ID, 0, "gone", user="x", host="y"),
    facts.UserModesChanged(ID, 0, "gone", added="i"),
    facts.Joined(ID, 0, "gone", channel="#tea"),
    facts.Parted(ID, 0, "gone", channel="#tea"),
    facts.Kicked(ID, 0, "gone", channel="#tea"),
    facts.Invited(ID, 0, "gone", channel="#tea"),
    facts.TopicChanged(ID, 0, "gone", channel="#tea"),
    facts.ChannelModesChanged(ID, 0, "gone", channel="#tea"),
    facts.Posted(ID, 0, "gone", target="#tea"),
    facts.Hinted(ID, 0, "gone", target="#tea"),
]


@pytest.mark.parametrize("fact", ABSENT, ids=lambda fact: type(fact).__name__)
def test_what_somebody_wanted_goes_with_him(net, fact):
    net.join("ann", "#tea")
    assert outcome(net, fact) == "-"


def test_what_is_so_already_is_nothing_to_do(net):
    ann = net.join("ann", "#tea")
    uid = ann.session.uid
    assert outcome(net, facts.NickChanged(ID, 0, uid, nick="ann")) == "-"
    assert outcome(net, facts.NickChanged(ID, 0, uid, nick="Ann")) == ""
    assert outcome(net, facts.RealnameChanged(ID, 0, uid, realname="Ann")) == "-"
    assert outcome(net, facts.HostChanged(ID, 0, uid, user="~ann", host="127.0.0.1")) == "-"
    assert outcome(net, facts.HostChanged(ID, 0, uid, user="~ann", host="users.example")) == ""
    assert outcome(net, facts.Joined(ID, net.now.wall, uid, channel="#tea")) == "-"
    assert outcome(net, facts.NodeDown(ID, 0, "node", incarnation="nobody's")) == ""


def test_a_place_is_kept_for_its_minutes(net):
    net.join("ann", "#tea")
    lost = net.now.wall
    net.restart()
    channel, limit = net.engine.state.channels["#tea"], Limits().seat_minutes_max * 60_000
    assert not rules.is_vacant(net.engine.state, channel, lost + limit)
    assert rules.is_vacant(net.engine.state, channel, lost + limit + 1)
    ann = net.connect("ann").session.user
    assert rules.kept_seat(net.engine.state, channel, ann, lost + limit)
    assert rules.kept_seat(net.engine.state, channel, ann, lost + limit + 1) is None


# Secret channels. Two networks that differ in nothing but a secret channel give an outsider the same answers.

QUESTIONS = [
    f"{verb} {name}{rest}"
    for name in ("#Secret", "#secret", "#SECRET,#none", "#tea,#secret", "*secret*", "#*")
    for verb, rest in (
        ("NAMES", ""),
        ("LIST", ""),
        ("WHO", ""),
        ("MODE", ""),
        ("MODE", " b"),
        ("MODE", " +i"),
        ("MODE", " +o ann"),
        ("TOPIC", ""),
        ("TOPIC", " :mine now"),
        ("PART", " :bye"),
        ("KICK", " ann :out"),
        ("KICK", " nobody"),
        ("INVITE ann", ""),
        ("INVITE nobody", ""),
        ("PRIVMSG", " :hello"),
        ("NOTICE", " :hello"),
        ("@+x=1 TAGMSG", ""),
        ("@label=L PRIVMSG", " :hello"),
        ("@label=L NOTICE", " :hello"),
        ("@label=L;+ipc-chat/key=0123456789abcdef PRIVMSG", " :hello"),
        ("CHATHISTORY LATEST", " * 10"),
        ("CHATHISTORY AROUND", " timestamp=2023-11-14T22:13:20.000Z 10"),
        ("CHATHISTORY BETWEEN", " msgid=journal-1 msgid=journal-9 10"),
    )
] + ["LIST", "NAMES", "WHO", "WHO *", "WHO ann", "WHO 127.*", "WHOIS ann", "WHOIS joe", "WHOWAS ann", "USERHOST ann"]
QUESTIONS += ["ISON ann", "INVITE", "MODE ann", "MOTD", "VERSION", "PRIVMSG ann :hello"]


def outsider(secret: str) -> Talker:
    """Somebody in a network where others do this to a channel that he is not in, or nothing (an empty `secret`)."""
    net = Net()
    ann, joe = net.join("ann", "#tea"), net.connect("joe")
    bob = net.join("bob", "#tea", ALL_CAPS)
    if secret:
        ann.says("JOIN #Secret", f"MODE #Secret +s{secret}", "TOPIC #Secret :hush")
        joe.says("JOIN #Secret key")
        ann.says("PRIVMSG #Secret :hush", "MODE #Secret +b *!*@nowhere", "INVITE joe #Secret")
    bob.forget()
    return bob


@pytest.mark.parametrize("modes", ["t", "i", "mk key", "tl 5", "b *!*@*"])
def test_a_secret_channel_is_as_if_it_did_not_exist(modes):  # RFC 2811 4.2.6; hostile inputs P01, P03
    bob, unknowing = outsider(modes), outsider("")
    assert "#Secret" in bob.node.engine.state.channels
    for question in QUESTIONS:
        assert bob.asks(question) == unknowing.asks(question), question
    assert not [line for line in bob.lines if "hush" in line]


def test_who_was_put_out_of_a_secret_channel_in_between_learns_nothing_new(net):
    ann, bob = net.join("ann", "#secret"), net.join("bob", "#secret")
    ann.says("MODE #secret +s")
    net.forget()
    net.journal.holding = True
    ann.says("KICK #secret bob")
    bob.says("PRIVMSG #secret :hello", "TOPIC #secret")
    net.journal.holding = False
    net.settle()
    assert bob.lines[1:] == [":test.net 403 bob #secret :No such channel"] * 2
