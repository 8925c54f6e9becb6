"""Nicks that belong to accounts: who may have them, with ownership (the default) and without; and what accounts are
good for in channels, with two connections of one user."""

from __future__ import annotations

import pytest

from ipcchat.core.policy import Policy
from tests.core.deeds import comes, has_account
from tests.core.net import Net

ANN = ":ann!~ann@127.0.0.1"
FREE = "Nickname belongs to an account that you are not logged in to"


@pytest.fixture(params=[1, 2])
def net(request):
    """One node or two; ann has an account."""
    net = Net(request.param)
    has_account(net, "ann")
    return net


def last(net: Net) -> int:
    """The last node."""
    return len(net.nodes) - 1


@pytest.mark.parametrize("nick", ["ann", "Ann", "ANN", "b0b", "bOb"])
def test_a_nick_of_an_account_is_for_who_is_logged_in(net, nick):  # and so is one that looks like it
    has_account(net, "bob")
    stranger = net.dial(last(net))
    taken = f":test.net 433 {{}} {nick} :{FREE}: {nick}_ is free"
    assert stranger.says(f"NICK {nick}") == [taken.format("*")]
    stranger.says("NICK guest", "USER x 0 * :x")
    assert stranger.says(f"NICK {nick}") == [taken.format("guest")]
    assert net.engine.state.nicks.find(nick) is None


def test_a_stranger_may_still_log_in_while_he_negotiates(net):
    """Clients say NICK before AUTHENTICATE."""
    ann = net.dial(last(net))
    ann.says("CAP REQ :account-tag", "NICK ann", "USER ann 0 * :Ann")
    assert ann.numerics == []
    ann.says("PASS :ann:correct horse", "CAP END")
    assert "001" in ann.numerics and ann.session.user.account == "ann"


def test_who_did_not_log_in_in_the_end_is_asked_for_another_nick(net):
    stranger = net.dial(last(net))
    stranger.says("CAP REQ account-tag", "NICK ann", "USER x 0 * :x", "CAP END")
    assert stranger.lines[-1] == f":test.net 433 * ann :{FREE}: ann_ is free"
    stranger.says("NICK ann_")
    assert "001" in stranger.numerics


def test_without_ownership_a_nick_is_for_whoever_comes_first(net):
    for node in net.nodes:
        node.engine.state.policy = Policy(nicks_owned=False)
    stranger = net.connect("ann", node=last(net))
    late = net.dial()
    late.says("PASS :ann:correct horse", "NICK ann", "USER ann 0 * :Ann")
    assert late.numerics == ["900", "433"]
    late.says("NICK ann2", "NS REGAIN ann")
    assert stranger.closed and late.session.user.nick == "ann"
    assert stranger.session.user is None


def test_who_is_here_already_is_told_how_to_share_his_nick(net):
    comes(net, "ann")
    guest = comes(net, "guest", "ann", node=last(net))
    words = "Nickname is yours by another connection: connect anew to share it, or /msg NickServ REGAIN ann"
    assert guest.says("NICK ann") == [f":test.net 433 guest ann :{words}"]


def test_a_nick_is_kept_over_a_restart():
    net = Net()
    has_account(net, "ann")
    net.restart(net.engine.snapshot(), net.engine.state.seq)
    assert net.dial().says("NICK ann")[0].startswith(f":test.net 433 * ann :{FREE}")


def test_registering_while_another_has_a_nick_like_it(net):
    net.connect("b0b")
    guest = net.connect("guest", node=last(net))
    assert guest.says("REGISTER bob * correct-horse") == [
        ":test.net 400 guest REGISTER bob :Somebody else uses that nick, or one that looks like it; choose another"
    ]


# What an account is good for.


@pytest.mark.covers("mode +R", "mode +M", "extban a", "ERR_NEEDREGGEDNICK")
def test_channels_for_people_with_accounts(net):  # https://docs.inspircd.org/4/channel-modes/
    bob, guest = net.join("bob", "#tea"), net.connect("guest", node=last(net))
    laptop, phone = comes(net, "ann"), comes(net, "ann", node=last(net))
    bob.says("MODE #tea +RM")
    assert guest.says("JOIN #tea")[0].startswith(":test.net 477 guest #tea ")
    laptop.says("JOIN #tea")
    phone.forget()
    laptop.says("PRIVMSG #tea :may I")
    assert phone.lines == [f"{ANN} PRIVMSG #tea :may I"]
    bob.says("MODE #tea +b ~a:ann")
    assert phone.says("PRIVMSG #tea :still?")[0].startswith(":test.net 404 ann #tea ")
    phone.says("PART #tea")
    assert laptop.says("JOIN #tea")[-1].startswith(":test.net 474 ann #tea ")


@pytest.mark.covers("account-tag", "account-notify", "extended-join", "RPL_WHOISACCOUNT", "RPL_WHOSPCRPL")
def test_everybody_who_wants_to_sees_the_account(net):  # IRCv3 account-tag, account-notify, extended-join, WHOX
    bob = net.join("bob", "#tea", "account-tag account-notify extended-join", node=last(net))
    guest, phone = net.connect("guest"), comes(net, "ann", node=last(net))
    guest.says("JOIN #tea", "NS IDENTIFY ann correct horse", "PRIVMSG #tea :hello")
    assert bob.lines == [
        ":guest!~guest@127.0.0.1 JOIN #tea * Guest",
        "@account=ann :guest!~guest@127.0.0.1 ACCOUNT ann",
        "@account=ann :guest!~guest@127.0.0.1 PRIVMSG #tea :hello",
    ]
    phone.says("JOIN #tea")
    assert bob.lines[-1] == f"@account=ann {ANN} JOIN #tea ann Ann"
    rows = bob.asks("WHO #tea %na")
    assert rows[:3] == [f":test.net 354 bob {who}" for who in ("bob 0", "guest ann", "ann ann")]
    assert ":test.net 330 bob guest ann :is logged in as" in bob.asks("WHOIS guest")


def test_private_messages_from_people_with_accounts_only(net):  # user mode +R
    phone, guest, bob = comes(net, "ann", node=last(net)), net.connect("guest"), net.connect("bob")
    bob.says("MODE bob +R")
    assert guest.says("PRIVMSG bob :hi")[0].startswith(":test.net 531 guest bob ")
    phone.says("PRIVMSG bob :hi")
    assert bob.lines[-1] == f"{ANN} PRIVMSG bob :hi"
