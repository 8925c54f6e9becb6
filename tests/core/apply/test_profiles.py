"""How somebody is here: what changes in the state and who hears of it (Modern IRC "AWAY message", "User mode"; IRCv3
account-notify, away-notify, setname)."""

from __future__ import annotations

from typing import Any

import pytest

from ipcchat.core import facts
from ipcchat.core.apply.meaning import check
from ipcchat.core.errors import Ignored, Refusal
from ipcchat.core.limits import Limits
from ipcchat.core.policy import Policy
from ipcchat.core.settings import Operator, Settings
from tests.core.deeds import comes, happened, has_account, is_logged_in
from tests.core.net import Net, Talker

ANN = ":ann!~ann@127.0.0.1"


def of(net: Net, talker: Talker, kind: type[facts.Fact], **fields: Any) -> facts.Fact:
    """A fact about somebody."""
    return kind(b"x" * 16, net.now.wall, talker.session.uid, **fields)


# Accounts.


@pytest.mark.covers("account-notify", "user mode +r")
def test_who_logs_in_or_out_is_announced(net):  # IRCv3 account-notify
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea", "account-notify")
    net.join("eve", "#tea")
    has_account(net, "Annabel")
    net.forget()
    for account in ("Annabel", "Annabel", "", ""):
        happened(net, facts.AccountChanged, ann, account=account)
    assert bob.lines == [f"{ANN} ACCOUNT Annabel", f"{ANN} ACCOUNT *"]
    assert ann.lines == [f"{ANN} MODE ann +r", f"{ANN} MODE ann -r"]


def test_an_account_that_cannot_be_used_is_nobodys(net):
    ann = net.connect("ann")
    with pytest.raises(Refusal, match="ERR_NICKLOCKED"):
        check(net.engine.state, of(net, ann, facts.AccountChanged, account="nobody"))
    has_account(net, "Annabel", code_hash="0" * 64, code_until=net.now.wall + 1000)
    with pytest.raises(Refusal, match="ERR_NICKLOCKED"):
        check(net.engine.state, of(net, ann, facts.AccountChanged, account="Annabel"))


def test_a_nick_of_the_account_is_given_up_before_the_account(net):
    has_account(net, "ann")
    has_account(net, "bob")
    ann = comes(net, "ann")
    for account in ("", "bob"):
        with pytest.raises(Refusal, match="ERR_NICKLOCKED"):
            check(net.engine.state, of(net, ann, facts.AccountChanged, account=account))
    net.engine.state.policy = Policy(nicks_owned=False)
    check(net.engine.state, of(net, ann, facts.AccountChanged, account="bob"))


@pytest.mark.covers("account-tag", "extended-join")
def test_an_account_is_in_tags_and_joins(net):  # IRCv3 account-tag, extended-join
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea", "account-tag extended-join")
    is_logged_in(net, ann, "Annabel")
    ann.says("PRIVMSG #tea :hello", "PART #tea", "JOIN #tea")
    assert [line.split()[0] for line in bob.lines] == ["@account=Annabel"] * 3
    assert bob.bare[-1] == f"{ANN} JOIN #tea Annabel Ann"


# Operators.


@pytest.mark.covers("OPER", "RPL_YOUREOPER")
def test_who_asked_for_it_is_told_that_he_is_one():  # Modern IRC, RPL_YOUREOPER
    net = Net(settings=Settings(server_name="test.net", operators={"admin": Operator(password_hash="hash of secret")}))
    ann = net.connect("ann")
    assert ann.says("OPER admin secret") == [
        f"{ANN} MODE ann +o",
        ":test.net 381 ann :You are now an IRC operator",
    ]


@pytest.mark.covers("user mode +o", "draft/oper-tag")
def test_an_operator_is_told_and_marked():  # Modern IRC, oper user mode; IRCv3 draft/oper-tag
    net = Net(2)
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea", "draft/oper-tag", node=1)
    net.forget()
    happened(net, facts.OperatorChanged, ann, name="admin", title="is in charge")
    assert ann.lines == [f"{ANN} MODE ann +o"]
    ann.says("PRIVMSG #tea :hello")
    assert bob.lines[0].startswith("@draft/oper")
    user = net.nodes[1].engine.state.users[ann.session.uid]
    assert (user.operator, user.title, user.modes) == ("admin", "is in charge", "o")
    assert net.nodes[1].engine.state.operators == 1
    happened(net, facts.OperatorChanged, ann)
    assert (user.operator, user.title, user.modes) == ("", "", "")
    assert net.nodes[1].engine.state.operators == 0


# Modes.


@pytest.mark.parametrize("fields", [{"added": "s", "notices": "c"}, {"notices": "c"}, {"added": "si"}])
def test_only_an_operator_has_notices(net, fields):  # Modern IRC, ERR_NOPRIVILEGES
    """Whatever was asked for when he still was one."""
    ann = net.connect("ann")
    happened(net, facts.UserModesChanged, ann, **fields)
    user = net.engine.state.users[ann.session.uid]
    assert (user.modes.strip("i"), user.notices, list(net.engine.officers)) == ("", "", [])


def test_invisible_people_are_counted(net):  # Modern IRC, invisible user mode
    ann = net.connect("ann")
    for letters, counted in (("i", 1), ("iw", 1), ("B", 1)):
        happened(net, facts.UserModesChanged, ann, added=letters)
        assert net.engine.state.invisible == counted
    happened(net, facts.UserModesChanged, ann, removed="iB")
    assert (net.engine.state.invisible, ann.session.user.modes) == (0, "w")


def test_what_changes_nothing_is_told_to_nobody(net):
    ann = net.connect("ann")
    happened(net, facts.UserModesChanged, ann, added="i")
    ann.forget()
    happened(net, facts.UserModesChanged, ann, added="i", removed="w")
    assert ann.lines == []


def test_modes_of_somebody_on_another_node():
    net = Net(2)
    ann, bob = net.connect("ann"), net.connect("bob", node=1)
    happened(net, facts.OperatorChanged, bob, name="admin")
    bob.says("MODE bob +s o")
    bob.forget()
    happened(net, facts.OperatorChanged, ann, name="other")
    ann.says("MODE ann -o")
    assert bob.lines == [
        ":test.net NOTICE bob :*** ann!~ann@127.0.0.1 is now an operator (other)",
        ":test.net NOTICE bob :*** ann!~ann@127.0.0.1 is no longer an operator",
    ]
    assert [len(node.engine.officers) for node in net.nodes] == [0, 1]


# Away and realname.


@pytest.mark.covers("away-notify", "RPL_NOWAWAY", "RPL_UNAWAY")
def test_away_is_told_to_those_who_want_to_know(net):  # IRCv3 away-notify
    ann, bob = net.join("ann", "#tea", "away-notify"), net.join("bob", "#tea", "away-notify")
    eve = net.join("eve", "#tea")
    net.forget()
    assert ann.says("AWAY :lunch", "AWAY") == [
        ":test.net 306 ann :You have been marked as being away",
        ":test.net 305 ann :You are no longer marked as being away",
    ]
    assert bob.lines == [f"{ANN} AWAY :lunch", f"{ANN} AWAY"]
    assert eve.lines == []


@pytest.mark.covers("setname")
def test_a_realname_is_told_to_those_who_know_setname(net):  # IRCv3 setname
    ann, bob, eve = net.join("ann", "#tea", "setname"), net.join("bob", "#tea", "setname"), net.join("eve", "#tea")
    net.forget()
    ann.says("SETNAME :Ann B")
    assert ann.lines == bob.lines == [f"{ANN} SETNAME :Ann B"]
    assert eve.lines == []
    with pytest.raises(Ignored):
        check(net.engine.state, of(net, ann, facts.RealnameChanged, realname="Ann B"))


# Whom he hears.


def test_lists_of_callers_have_a_limit():
    net = Net(limits=Limits(callers_per_list_max=2))
    ann, bob, eve = net.connect("ann"), net.connect("bob"), net.connect("eve")
    uids = (bob.session.uid, eve.session.uid, "gone")
    happened(net, facts.CallersChanged, ann, accepted=uids[2:], silenced=("a!*@*", "b!*@*", "c!*@*"))
    user = net.engine.state.users[ann.session.uid]
    assert (list(user.accepted), list(user.silenced)) == ([], ["a!*@*", "b!*@*"])
    happened(net, facts.CallersChanged, ann, accepted=uids, unsilenced=("a!*@*", "z!*@*"), silenced=("c!*@*",))
    assert (list(user.accepted), list(user.silenced)) == (list(uids[:2]), ["b!*@*", "c!*@*"])
    happened(net, facts.CallersChanged, ann, rejected=uids[:1])
    assert list(user.accepted) == list(uids[1:2])
    bob.hangs_up()
    happened(net, facts.CallersChanged, ann, accepted=uids[:1])
    assert list(user.accepted) == list(uids[1:2])


def test_silence_tells_what_it_changed(net):  # https://docs.inspircd.org/4/modules/silence/
    ann = net.connect("ann")
    happened(net, facts.CallersChanged, ann, silenced=("a!*@*",), unsilenced=("b!*@*",))
    assert ann.lines == [f"{ANN} SILENCE +a!*@*", f"{ANN} SILENCE -b!*@*"]
