"""Facts about registered channels: checked at their place in the order, whoever proposed them, and told once (services,
https://modern.ircdocs.horse/#services)."""

from __future__ import annotations

from typing import Any

import pytest

from ipcchat.core import facts
from ipcchat.core.apply.meaning import check
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.facts import ModeChange
from tests.core.deeds import happened, has_account, is_logged_in
from tests.core.net import Net, Talker

CS = ":ChanServ!ChanServ@test.net"


@pytest.fixture
def ann(net: Net) -> Talker:
    """The founder of #tea."""
    talker = net.join("ann", "#tea")
    is_logged_in(net, talker, "ann")
    happened(net, facts.ChannelRegistered, talker, channel="#tea", account="ann")
    net.forget()
    return talker


@pytest.fixture
def bob(net: Net, ann: Talker) -> Talker:
    """A member of #tea, logged in."""
    talker = net.join("bob", "#tea")
    is_logged_in(net, talker, "bob")
    return talker


def refusal_of(net: Net, kind: type[Any], by: Talker, **fields: Any) -> str:
    """Why a fact may not happen; "ignored" when there is nothing to do."""
    try:
        check(net.engine.state, kind(b"x" * 16, net.now.wall, by.session.uid, channel="#tea", **fields))
    except Ignored:
        return "ignored"
    except Refusal as refusal:
        return refusal.text
    return ""


def test_an_account_is_registered_for_by_who_is_logged_in_to_it(net):
    ann = net.join("ann", "#tea")
    has_account(net, "bob")
    for account in ("", "bob", "nobody"):
        words = refusal_of(net, facts.ChannelRegistered, ann, account=account)
        assert words.startswith("Log in to an account first")


def test_access_is_one_rank(net, ann, bob):
    for modes in ("ov", "x", "oo", "Fo"):
        words = refusal_of(net, facts.AccessChanged, ann, account="bob", modes=modes)
        assert words == "Access is one of q, a, o, h, v"
    for modes in ("F", "oF", "o"):
        assert refusal_of(net, facts.AccessChanged, ann, account="bob", modes=modes) == ""
    assert refusal_of(net, facts.AccessChanged, ann, account="bob", modes="") == "ignored"
    assert refusal_of(net, facts.AccessChanged, ann, account="none", modes="o") == "There is no account of that name"
    assert refusal_of(net, facts.AccessChanged, ann, account="ann", modes="o").startswith("ann founded #tea")
    has_account(net, "cat", code_hash="0" * 64, code_until=net.now.wall + 1)
    words = refusal_of(net, facts.AccessChanged, ann, account="cat", modes="o")
    assert words == "The account cat is not verified yet"


def test_nobody_offers_himself_what_is_not_his(net, ann, bob):
    happened(net, facts.AccessChanged, ann, channel="#tea", account="bob", modes="q")
    words = "Only the founder of #tea does that: log in to ann"
    assert refusal_of(net, facts.AccessChanged, bob, account="bob", modes="qF") == words
    happened(net, facts.AccessChanged, ann, channel="#tea", account="bob", modes="qF")
    assert refusal_of(net, facts.AccessChanged, bob, account="bob", modes="q") == ""
    eve = net.join("eve", "#tea")
    assert refusal_of(net, facts.AccessChanged, eve, account="bob", modes="q") == words


def test_who_is_not_logged_in_edits_nothing(net, ann, bob):
    eve = net.join("eve", "#tea")
    words = refusal_of(net, facts.AccessChanged, eve, account="bob", modes="v")
    assert words.startswith("Access to #tea is changed by its founder")


def test_the_founder_takes_his_own_channel_from_nobody(net, ann):
    assert refusal_of(net, facts.ChannelTransferred, ann, account="ann").startswith("#tea is not offered to ann")
    happened(net, facts.OperatorChanged, ann, name="peace")
    assert refusal_of(net, facts.ChannelTransferred, ann, account="ann") == "ignored"
    assert refusal_of(net, facts.ChannelTransferred, ann, account="none") == "There is no account of that name"


def test_operators_of_the_network_are_told_when_there_is_nothing(net, ann):
    happened(net, facts.OperatorChanged, ann, name="peace")
    fact = facts.ChannelUnregistered(b"x" * 16, net.now.wall, ann.session.uid, channel="#none")
    with pytest.raises(Refusal, match="ERR_NOSUCHCHANNEL"):
        check(net.engine.state, fact)
    happened(net, facts.ChannelUnregistered, ann, channel="#tea")
    assert refusal_of(net, facts.ChannelUnregistered, ann) == "#tea is not registered; REGISTER #tea does that"


def test_operators_without_the_privilege_are_like_others(net, ann, bob):
    happened(net, facts.OperatorChanged, bob, name="peace", privileges=("kill",))
    words = "Only the founder of #tea does that: log in to ann"
    assert refusal_of(net, facts.ChannelUnregistered, bob) == words
    assert refusal_of(net, facts.ChannelTransferred, bob, account="bob").startswith("#tea is not offered to bob")
    happened(net, facts.OperatorChanged, bob, name="peace", privileges=("channels",))
    assert refusal_of(net, facts.ChannelUnregistered, bob) == ""
    assert refusal_of(net, facts.ChannelTransferred, bob, account="bob") == ""


def test_a_lost_place_gives_no_rank_back_that_was_taken_meanwhile():  # hostile inputs P09, P11
    net = Net(nodes=2)
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea", node=1)
    for talker in (ann, bob):
        is_logged_in(net, talker, talker.session.nick)
    ann.says("CS REGISTER #tea", "CS ACCESS #tea ADD bob o", "MODE #tea +v bob")
    happened(net, facts.AccountSet, bob, account="bob", name="always-on", value="off")
    happened(net, facts.NodeDown, ann, incarnation="node0001")
    assert [seat.modes for seat in net.engine.state.channels["#tea"].seats.values()] == ["ov"]
    ann.says("CS ACCESS #tea DEL bob")
    assert [seat.modes for seat in net.engine.state.channels["#tea"].seats.values()] == ["v"]


def test_ranks_by_access_and_of_a_kept_place_are_added():
    net = Net(nodes=2)
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea", node=1)
    for talker in (ann, bob):
        is_logged_in(net, talker, talker.session.nick)
    happened(net, facts.AccountSet, bob, account="bob", name="always-on", value="off")
    ann.says("CS REGISTER #tea", "MODE #tea +v bob")
    happened(net, facts.NodeDown, ann, incarnation="node0001")
    ann.says("CS ACCESS #tea ADD bob h")
    again = net.dial()
    again.says("NICK bobby", "USER bob 0 * :Bob")
    is_logged_in(net, again, "bob")
    again.says("NICK bob", "JOIN #tea")
    assert ann.hears(":test.net MODE #tea +hv bob bob")


def test_in_an_auditorium_a_rank_brings_who_has_it_into_sight(net, ann, bob):  # +u
    eve = net.join("eve", "#tea")
    ann.says("MODE #tea +u")
    net.forget()
    ann.says("CS ACCESS #tea ADD bob v")
    assert eve.bare == [":bob!~bob@127.0.0.1 JOIN #tea", f"{CS} MODE #tea +v bob"]
    net.forget()
    ann.says("CS ACCESS #tea DEL bob")
    assert eve.bare == [f"{CS} MODE #tea -v bob", ":bob!~bob@127.0.0.1 PART #tea :Hidden now (+u)"]


# Forced changes of modes.


def forced(net: Net, by: Talker, *changes: tuple[bool, str, str]) -> str:
    """Why a forced change of modes may not happen."""
    made = tuple(ModeChange(*change) for change in changes)
    return refusal_of(net, facts.ChannelModesChanged, by, changes=made, forced=True)


def test_a_forced_change_takes_access_or_the_privilege(net, ann, bob):
    uid = bob.session.uid
    assert forced(net, bob, (True, "o", uid)) == "You need access v or higher to #tea for that; STATUS #tea shows yours"
    happened(net, facts.AccessChanged, ann, channel="#tea", account="bob", modes="h")
    assert forced(net, bob, (True, "m", "")) == ""
    assert forced(net, bob, (True, "o", uid)) == "You must be operator (+o) or higher to change mode o"
    happened(net, facts.OperatorChanged, bob, name="peace", privileges=("kill",))
    assert forced(net, bob, (True, "q", uid)) == "You must be owner (+q) or higher to change mode q"
    happened(net, facts.OperatorChanged, bob, name="peace", privileges=("override",))
    assert forced(net, bob, (True, "q", uid), (False, "o", uid), (True, "k", "sesame")) == ""
    assert forced(net, bob, (True, "r", "")) == "ChanServ sets mode r: /msg ChanServ HELP"
    assert forced(net, bob, (True, "f", "#TEA")) == "A channel cannot lead to itself; name another"


def test_an_operators_forced_change_is_told_as_the_servers(net, ann, bob):
    eve = net.connect("eve")
    happened(net, facts.OperatorChanged, eve, name="peace", privileges=("override",))
    net.forget()
    change = ModeChange(True, "m")
    happened(net, facts.ChannelModesChanged, eve, channel="#tea", changes=(change,), forced=True)
    assert ann.bare == [":test.net MODE #tea +m"]
    happened(net, facts.ChannelModesChanged, eve, channel="#none", changes=(change,), forced=True)
    assert eve.bare == []


# Forced comings and goings.


def test_an_operator_puts_somebody_into_a_channel_past_every_door(net, ann, bob):
    eve, cat = net.connect("eve"), net.connect("cat")
    ann.says("MODE #tea +ikb sesame *!*@*")
    net.forget()
    for privileges in (None, ("kill",)):
        if privileges:
            happened(net, facts.OperatorChanged, eve, name="peace", privileges=privileges)
        happened(net, facts.Joined, cat, channel="#tea", forced_by=eve.session.uid)
        assert cat.bare == []
    happened(net, facts.OperatorChanged, eve, name="peace", privileges=("force",))
    happened(net, facts.Joined, cat, channel="#tea", forced_by="gone.1")
    assert cat.bare == []
    happened(net, facts.Joined, cat, channel="#tea", forced_by=eve.session.uid)
    assert cat.bare[0] == ":cat!~cat@127.0.0.1 JOIN #tea"
    assert bob.hears(":cat!~cat@127.0.0.1 JOIN #tea")
    happened(net, facts.Parted, cat, channel="#tea", forced_by=eve.session.uid)
    assert cat.bare[-1] == ":cat!~cat@127.0.0.1 PART #tea"
    happened(net, facts.Joined, cat, channel="#new", forced_by=eve.session.uid)
    assert ":test.net 353 cat = #new :@cat" in cat.bare


def test_a_forced_part_needs_a_member_and_the_privilege(net, ann, bob):
    eve = net.connect("eve")
    happened(net, facts.OperatorChanged, eve, name="peace", privileges=("force",))
    words = refusal_of(net, facts.Parted, eve, forced_by=eve.session.uid)
    assert words == "They aren't on that channel"
    assert refusal_of(net, facts.Parted, bob, forced_by=ann.session.uid).startswith("Permission denied")
    assert refusal_of(net, facts.Parted, bob, forced_by="gone.1") == "ignored"


def test_who_makes_others_part_hears_it_only_where_he_is(net, ann, bob):
    happened(net, facts.OperatorChanged, ann, name="peace")
    net.forget()
    happened(net, facts.Parted, bob, channel="#tea", forced_by=ann.session.uid, reason="bye")
    assert ann.bare == bob.bare == [":bob!~bob@127.0.0.1 PART #tea :bye"]
