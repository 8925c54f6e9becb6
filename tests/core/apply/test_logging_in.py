"""Logging in and out in channels: the ranks of an account come and go with it (IRCv3 account-notify)."""

from __future__ import annotations

from ipcchat.core import facts
from tests.core.deeds import happened, has_account, is_logged_in

CS = ":ChanServ!ChanServ@test.net"


def test_ranks_come_and_go_with_the_account(net):
    ann, eve = net.join("ann", "#tea,#milk,#cup"), net.join("eve", "#tea,#milk,#cup", "account-notify")
    is_logged_in(net, ann, "ann")
    has_account(net, "cat")
    has_account(net, "dan")
    ann.says("CS REGISTER #tea", "CS REGISTER #milk")
    ann.says("CS ACCESS #tea ADD cat o", "CS ACCESS #milk ADD cat v", "CS ACCESS #milk ADD dan v")
    bob = net.join("bob", "#tea,#milk,#cup")
    ann.says("MODE #cup +v bob")
    net.forget()
    happened(net, facts.AccountChanged, bob, account="cat")
    told = [f"{CS} MODE #tea +o bob", f"{CS} MODE #milk +v bob"]
    assert ann.bare == told
    assert bob.bare == [":bob!~bob@127.0.0.1 MODE bob +r", *told]
    assert eve.bare == [":bob!~bob@127.0.0.1 ACCOUNT cat", *told]
    happened(net, facts.AccountChanged, bob, account="dan")
    assert ann.bare[2:] == [f"{CS} MODE #tea -o bob"]
    happened(net, facts.AccountChanged, bob, account="")
    assert ann.bare[3:] == [f"{CS} MODE #milk -v bob"]
    assert net.engine.state.channels["#cup"].members[bob.session.uid] == "v"
