"""ChanServ: who has which rank in a registered channel, in the spellings that people know from other networks, and what
one does with it (https://modern.ircdocs.horse/#services)."""

from __future__ import annotations

import pytest

from ipcchat.core import facts
from ipcchat.core.limits import Limits
from tests.core.deeds import happened, is_logged_in, is_operator
from tests.core.net import Net, Talker

CS = ":ChanServ!ChanServ@test.net"


@pytest.fixture
def ann(net: Net) -> Talker:
    """The founder of #tea."""
    talker = net.join("ann", "#tea")
    is_logged_in(net, talker, "ann")
    talker.says("CS REGISTER #tea")
    return talker


@pytest.fixture
def bob(net: Net, ann: Talker) -> Talker:
    """A member of #tea, logged in."""
    talker = net.join("bob", "#tea")
    is_logged_in(net, talker, "bob")
    return talker


@pytest.fixture
def eve(net: Net, ann: Talker) -> Talker:
    """Somebody outside, logged in."""
    talker = net.connect("eve")
    is_logged_in(net, talker, "eve")
    return talker


def said(talker: Talker, command: str) -> list[str]:
    """What ChanServ answers with NOTICEs."""
    notice = f"{CS} NOTICE {talker.session.nick} :"
    return [line.removeprefix(notice) for line in talker.asks(f"CS {command}") if line.startswith(notice)]


NOT_YOURS = "Access to #tea is changed by its founder, and by those with q or a for ranks below their own"


# The list.


@pytest.mark.parametrize("rank", ["o", "+o", "op", "Operator", "vo"])
def test_access_is_given_and_taken(net, ann, bob, rank):
    assert ann.says(f"CS ACCESS #tea ADD BOB {rank}") == [
        f"{CS} MODE #tea +o bob",
        f"{CS} NOTICE ann :bob has access o in #tea now.",
    ]
    assert said(ann, "ACCESS #tea ADD bob o") == ["bob has access o in #tea already"]
    assert ann.says("CS ACCESS #tea ADD bob v")[0] == f"{CS} MODE #tea -o+v bob bob"
    assert ann.says("CS ACCESS #tea DEL bob") == [
        f"{CS} MODE #tea -v bob",
        f"{CS} NOTICE ann :bob has no access in #tea now.",
    ]
    assert said(ann, "ACCESS #tea DEL bob") == ["bob has no access in #tea already"]


def test_other_spellings_of_the_same_list(net, ann, bob, eve):
    assert said(ann, "FLAGS #tea bob +h") == ["bob has access h in #tea now."]
    assert said(ann, "FLAGS #tea bob") == ["bob: +h (halfop)"]
    assert said(ann, "FLAGS #tea eve") == ["eve: no access"]
    assert said(ann, "FLAGS #tea bob -o") == ["bob has access h in #tea"]
    assert said(ann, "FLAGS #tea bob -*") == ["bob has no access in #tea now."]
    assert said(ann, "AMODE #tea +a bob") == ["bob has access a in #tea now."]
    assert said(ann, "AMODE #tea -a bob") == ["bob has no access in #tea now."]
    assert said(ann, "AMODE #tea -a bob") == ["bob has no access in #tea"]
    assert said(ann, "AMODE #tea -a") == ["Whose? AMODE #tea -a <account>"]
    assert said(ann, "SOP #tea ADD eve") == ["eve has access a in #tea now."]
    assert said(ann, "AOP #tea DEL eve") == ["eve has access a in #tea"]
    assert said(ann, "SOP #tea DEL eve") == ["eve has no access in #tea now."]
    assert said(ann, "VOP #tea ADD bob") == ["bob has access v in #tea now."]
    assert said(ann, "HOP #tea ADD eve") == ["eve has access h in #tea now."]
    expected = ["ann: founder of #tea", "eve: +h (halfop)", "bob: +v (voice)"]
    for spelling in ("ACCESS #tea", "ACCESS #tea LIST", "FLAGS #tea", "AMODE #tea", "QOP #tea", "AOP #tea LIST"):
        assert said(bob, spelling) == expected


def test_what_is_not_understood_is_explained(net, ann, bob):
    assert said(ann, "ACCESS #tea ADD bob") == [
        "Type ACCESS #tea LIST, ADD <account> <q, a, o, h or v>, or DEL <account>"
    ]
    assert said(ann, "ACCESS #tea ADD bob x") == [
        "A rank is one of q, a, o, h, v: owner, admin, operator, halfop, voice"
    ]
    assert said(ann, "ACCESS #tea ADD nobody o") == ["There is no account nobody, and no nick of one"]
    assert said(ann, "AOP #tea ADD") == ["Type LIST, ADD <account> or DEL <account> behind #tea"]
    assert said(ann, "ACCESS #tea ADD ann o") == [
        "ann founded #tea, which is more than any rank; TRANSFER hands it over"
    ]
    assert said(ann, "CLEAR #tea topic") == ["Type CLEAR #tea USERS, or CLEAR #tea BANS"]


def test_the_list_is_for_who_is_in_it(net, ann, bob, eve):
    assert said(eve, "ACCESS #tea") == ["You need access v or higher to #tea for that; STATUS #tea shows yours"]
    assert said(eve, "FLAGS #tea bob") == ["You need access v or higher to #tea for that; STATUS #tea shows yours"]
    is_operator(net, eve)
    assert said(eve, "ACCESS #tea") == ["ann: founder of #tea"]
    assert said(eve, "FLAGS #tea bob") == ["bob: no access"]
    assert said(eve, "ACCESS #tea ADD eve o") == [NOT_YOURS]


@pytest.mark.parametrize(
    ("own", "may"), [("q", "aohv"), ("a", "ohv"), ("o", ""), ("v", "")], ids=["owner", "admin", "operator", "voice"]
)
def test_ranks_below_ones_own_are_given(net, ann, bob, eve, own, may):
    ann.says(f"CS ACCESS #tea ADD bob {own}")
    for rank in "qaohv":
        answer = said(bob, f"ACCESS #tea ADD eve {rank}")
        assert answer == ([f"eve has access {rank} in #tea now."] if rank in may else [NOT_YOURS])
        if rank in may:
            assert said(bob, "ACCESS #tea DEL eve") == ["eve has no access in #tea now."]


def test_nobody_takes_a_rank_from_his_equals_and_everybody_gives_up_his_own(net, ann, bob, eve):
    ann.says("CS ACCESS #tea ADD bob a", "CS ACCESS #tea ADD eve a")
    assert said(bob, "ACCESS #tea DEL eve") == [NOT_YOURS]
    assert said(bob, "ACCESS #tea ADD bob q") == [NOT_YOURS]
    assert said(bob, "ACCESS #tea DEL bob") == ["bob has no access in #tea now."]


def test_the_list_has_a_limit():
    net = Net(limits=Limits(access_entries_max=1))
    ann = net.join("ann", "#tea")
    for talker in (ann, net.connect("bob"), net.connect("eve")):
        is_logged_in(net, talker, talker.session.nick)
    ann.says("CS REGISTER #tea", "CS ACCESS #tea ADD bob v")
    assert said(ann, "ACCESS #tea ADD eve v") == [
        "#tea has access for 1 accounts, as many as there may be; take some away first"
    ]
    assert said(ann, "ACCESS #tea ADD bob o") == ["bob has access o in #tea now."]


# What one does with a rank.


def test_a_rank_comes_with_joining_and_with_logging_in(net, ann, eve):
    ann.says("CS ACCESS #tea ADD eve o")
    eve.says("JOIN #tea")
    assert ann.bare[-2:] == [":eve!~eve@127.0.0.1 JOIN #tea", ":test.net MODE #tea +o eve"]
    assert ":test.net 353 eve = #tea :~ann @eve" in eve.bare
    cat = net.join("cat", "#tea")
    net.forget()
    happened(net, facts.AccountChanged, cat, account="eve")
    assert ann.bare == [f"{CS} MODE #tea +o cat"]
    happened(net, facts.AccountChanged, cat, account="")
    assert ann.bare[-1] == f"{CS} MODE #tea -o cat"


def test_ranks_are_given_to_members_by_access(net, ann, bob, eve):
    ann.says("CS ACCESS #tea ADD eve o")
    net.forget()
    assert said(eve, "VOICE #tea bob ann") == ["#tea: +v bob, ann"]
    assert bob.bare == [f"{CS} MODE #tea +vv bob ann"]
    assert said(eve, "DEVOICE #tea bob") == ["#tea: -v bob"]
    assert said(eve, "ADMIN #tea bob") == ["You must be owner (+q) or higher to change mode a"]
    assert said(eve, "OP #tea") == ["eve is not in #tea"]
    assert said(bob, "OP #tea") == ["You need access v or higher to #tea for that; STATUS #tea shows yours"]
    assert said(ann, "PROTECT #tea bob") == ["#tea: +a bob"]
    assert said(ann, "DEADMIN #tea bob") == ["#tea: -a bob"]
    assert said(ann, "OP #tea nobody") == ["No such nick or channel"]


def test_an_operator_of_a_registered_channel_makes_himself_no_owner(net, ann, bob):
    ann.says("CS ACCESS #tea ADD bob o", "PART #tea")
    assert bob.says("MODE #tea +q bob") == [":test.net 482 bob #tea :You must be owner (+q) or higher to change mode q"]
    assert said(bob, "OWNER #tea") == ["You must be owner (+q) or higher to change mode q"]


def test_up_and_down(net, ann, bob):
    assert said(bob, "UP #tea") == ["You need access v or higher to #tea for that; STATUS #tea shows yours"]
    assert said(bob, "DOWN #tea") == ["You have no rank in #tea"]
    ann.says("MODE #tea +v ann")
    net.forget()
    assert said(ann, "DOWN #tea") == ["#tea: -qov ann"]
    assert bob.bare == [":ann!~ann@127.0.0.1 MODE #tea -qov ann ann ann"]
    assert said(ann, "UP #tea") == ["#tea: +q ann"]
    assert bob.bare[-1] == f"{CS} MODE #tea +q ann"
    ann.says("PART #tea")
    assert said(ann, "UP #tea") == ["ann is not in #tea"]


def test_bans_are_lifted_from_outside(net, ann, eve):
    ann.says("MODE #tea +bbb eve ~m:eve *!*@example.org", "CS ACCESS #tea ADD eve h")
    assert said(ann, "UNBAN #tea") == ["No such ban is in #tea; MODE #tea b lists them"]
    assert said(eve, "UNBAN #tea *!*@EXAMPLE.org") == ["#tea: -b *!*@example.org"]
    assert said(ann, "UNBAN #tea eve") == ["#tea: -b eve!*@* ~m:eve!*@*"]
    ann.says("MODE #tea +bb eve dan")
    assert said(eve, "UNBAN #tea") == ["#tea: -b eve!*@*"]
    ann.says("CS ACCESS #tea ADD eve v")
    assert said(ann, "UNBAN #tea nobody") == ["No such ban is in #tea; MODE #tea b lists them"]
    assert said(eve, "UNBAN #tea dan") == ["You need access h or higher to #tea for that; STATUS #tea shows yours"]
    assert said(ann, "CLEAR #tea BANS") == ["Bans of #tea that were lifted: 1."]
    assert said(ann, "CLEAR #tea BANS") == ["There is no ban in #tea"]
    assert said(eve, "CLEAR #tea BANS") == ["You need access a or higher to #tea for that; STATUS #tea shows yours"]


def test_a_channel_is_emptied(net, ann, bob, monkeypatch):
    monkeypatch.setattr("ipcchat.core.handlers.chanserv_access.CLEARED_MAX", 1)
    cat = net.join("cat", "#tea")
    assert said(ann, "CLEAR #tea USERS") == ["People who were put out of #tea: 1; 1 more to go, type it again."]
    assert cat.hears(":ann!~ann@127.0.0.1 KICK #tea bob :The channel is cleared by ann")
    assert said(ann, "CLEAR #tea users") == ["People who were put out of #tea: 1."]
    assert said(ann, "CLEAR #tea users") == ["Nobody is in #tea whom you could put out; UP #tea gives you your rank"]
    ann.says("PART #tea")
    assert said(ann, "CLEAR #tea USERS") == ["You're not on that channel"]


def test_access_opens_the_door(net, ann, eve):
    ann.says("MODE #tea +kil sesame 1")
    assert eve.says("JOIN #tea")[0].split()[1] == "473"
    assert said(eve, "GETKEY #tea") == ["You need access v or higher to #tea for that; STATUS #tea shows yours"]
    ann.says("CS ACCESS #tea ADD eve v")
    assert eve.says("CS INVITE #tea") == [
        f"{CS} INVITE eve #tea",
        f"{CS} NOTICE eve :Your access opens #tea to you: JOIN #tea",
    ]
    assert said(eve, "GETKEY #tea") == ["The key of #tea is sesame"]
    assert eve.says("JOIN #tea")[0] == ":eve!~eve@127.0.0.1 JOIN #tea"
    assert said(eve, "INVITE #tea") == ["You are in #tea already"]
    ann.says("MODE #tea -k sesame")
    assert said(ann, "GETKEY #tea") == ["#tea has no key"]


def test_a_ban_keeps_out_who_has_access_but_not_the_founder(net, ann, eve):
    ann.says("CS ACCESS #tea ADD eve q", "MODE #tea +b *!*@*", "PART #tea")
    assert eve.says("JOIN #tea")[0].split()[1] == "474"
    assert ann.says("JOIN #tea")[0] == ":ann!~ann@127.0.0.1 JOIN #tea"
