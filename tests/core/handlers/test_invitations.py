"""Asking people in, taking that back, asking to be let in: INVITE, UNINVITE, KNOCK.

Modern IRC "INVITE message"; RFC 2812 3.2.7; IRCv3 invite-notify; https://docs.inspircd.org/4/modules/uninvite/ and
https://docs.inspircd.org/4/modules/knock/
"""

from __future__ import annotations

import pytest

from ipcchat.core import facts
from ipcchat.core.limits import Limits
from tests.core.deeds import happened, is_logged_in
from tests.core.net import Net

ANN, BOB = ":ann!~ann@127.0.0.1", ":bob!~bob@127.0.0.1"
LABELS = "labeled-response batch message-tags"
OPEN = "Channel is open to you: JOIN #tea"


# INVITE.


@pytest.mark.covers("INVITE", "RPL_INVITING", "invite-notify")
def test_invite_tells_guest_host_and_those_who_may_invite(net):  # RFC 2812 3.2.7; IRCv3 invite-notify
    ann, bob = net.join("ann", "#tea", "invite-notify"), net.connect("bob")
    eve, joe = net.join("eve", "#tea", "invite-notify"), net.join("joe", "#tea", "invite-notify")
    hal = net.join("hal", "#tea")
    ann.says("MODE #tea +oh eve hal")
    net.forget()
    assert ann.says("INVITE bob #TEA") == [":test.net 341 ann bob #tea"]
    assert bob.lines == eve.lines == [f"{ANN} INVITE bob #tea"]
    assert joe.lines == hal.lines == []
    bob.says("AWAY :at lunch")
    assert ann.says("INVITE bob #tea") == [":test.net 341 ann bob #tea", ":test.net 301 ann bob :at lunch"]


@pytest.mark.covers("RPL_INVITELIST", "RPL_ENDOFINVITELIST")
def test_invite_alone_lists_the_invitations(net):  # Modern IRC, "Invite list"
    ann, bob = net.join("ann", "#tea,#ops,#secret"), net.connect("bob")
    ann.says("INVITE bob #tea", "INVITE bob #secret", "MODE #secret +s")
    bob.forget()
    assert bob.says("INVITE") == [
        ":test.net 336 bob #tea",
        ":test.net 336 bob #secret",
        ":test.net 337 bob :End of /INVITE list",
    ]
    bob.says("JOIN #tea")
    assert bob.says("INVITE")[0] == ":test.net 336 bob #secret"


@pytest.mark.covers("ERR_USERONCHANNEL")
def test_invite_refusals(net):  # Modern IRC, INVITE
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.connect("eve")
    ann.says("MODE #tea +i")
    net.forget()
    assert eve.says("INVITE ann #tea", "INVITE ann #none", "INVITE ann") == [
        ":test.net 442 eve #tea :You're not on that channel",
        ":test.net 403 eve #none :No such channel",
        ":test.net 461 eve INVITE :Not enough parameters: INVITE <nick> <channel>",
    ]
    assert bob.says("INVITE eve #tea", "INVITE ann #tea", "INVITE nobody #tea") == [
        ":test.net 482 bob #tea :You're not channel operator",
        ":test.net 443 bob ann #tea :is already on channel",
        ":test.net 401 bob nobody :No such nick or channel",
    ]


@pytest.mark.parametrize("modes", ["+k secret", "+l 1", "+b eve", "+R"])
def test_an_invitation_by_a_plain_member_is_word_and_no_key(net, modes):
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.connect("eve")
    ann.says(f"MODE #tea {modes}")
    net.forget()
    assert bob.says("INVITE eve #tea") == [":test.net 341 bob eve #tea"]
    assert eve.lines == [f"{BOB} INVITE eve #tea"]
    assert eve.says("INVITE") == [":test.net 337 eve :End of /INVITE list"]
    assert eve.says("JOIN #tea")[0].split()[1] in ("471", "474", "475", "477")
    ann.says("MODE #tea +h bob")
    bob.says("INVITE eve #tea")
    assert eve.says("JOIN #tea")[0] == ":eve!~eve@127.0.0.1 JOIN #tea"


def test_who_is_silenced_is_not_heard_to_invite(net):
    ann, bob = net.join("ann", "#tea"), net.connect("bob")
    happened(net, facts.CallersChanged, bob, silenced=("ann!*@*",))
    bob.forget()
    assert ann.says("INVITE bob #tea") == [":test.net 341 ann bob #tea"]
    ann.says("UNINVITE bob #tea")
    assert bob.lines == []


def test_an_invitation_of_somebody_who_left_comes_to_nothing(net):
    ann, bob = net.join("ann", "#tea"), net.connect("bob")
    net.journal.holding = True
    bob.hangs_up()
    ann.says("INVITE bob #tea")
    net.journal.holding = False
    net.settle()
    assert ann.lines == []


def test_the_oldest_invitations_give_way():  # hostile input R12
    net = Net(limits=Limits(invitations_per_channel_max=1))
    ann, bob, eve = net.join("ann", "#tea"), net.connect("bob"), net.connect("eve")
    ann.says("MODE #tea +i", "INVITE bob #tea", "INVITE eve #tea")
    net.forget()
    assert bob.says("JOIN #tea")[0].startswith(":test.net 473 bob #tea :")
    assert eve.says("JOIN #tea")[0] == ":eve!~eve@127.0.0.1 JOIN #tea"


# UNINVITE.


@pytest.mark.covers("UNINVITE", "NOTE * UNINVITED")
def test_an_invitation_is_taken_back(net):  # https://docs.inspircd.org/4/modules/uninvite/
    ann, bob, eve = net.join("ann", "#tea", f"{LABELS} standard-replies"), net.connect("bob"), net.connect("eve")
    ann.says("MODE #tea +io eve", "INVITE bob #tea")
    net.forget()
    assert ann.asks("UNINVITE BOB #TEA") == [":test.net NOTE UNINVITE UNINVITED :bob is no longer invited to #tea"]
    assert bob.lines == [":test.net NOTICE bob :*** ann has taken back your invitation to #tea"]
    assert "473" in bob.says("JOIN #tea")[0]
    ann.says("INVITE bob #tea")
    assert ann.says("@label=x UNINVITE bob #tea") == [
        "@label=x :test.net NOTE UNINVITE UNINVITED :bob is no longer invited to #tea"
    ]
    eve.says("JOIN #tea")
    assert net.join("joe", "#none").says("UNINVITE bob #tea") == [":test.net 442 joe #tea :You're not on that channel"]


def test_uninvite_refusals(net):
    ann, bob, eve = net.join("ann", "#tea"), net.join("bob", "#tea"), net.connect("eve")
    ann.says("INVITE eve #tea")
    ann.forget()
    assert bob.says("UNINVITE eve #tea") == [":test.net 482 bob #tea :You're not channel operator"]
    assert eve.says("UNINVITE eve #none", "UNINVITE eve")[-2:] == [
        ":test.net 403 eve #none :No such channel",
        ":test.net 461 eve UNINVITE :Not enough parameters: UNINVITE <nick> <channel>",
    ]
    assert ann.says("UNINVITE bob #tea", "UNINVITE nobody #tea") == [
        ":test.net 441 ann bob #tea :They have no invitation that could be taken back",
        ":test.net 401 ann nobody :No such nick or channel",
    ]


def test_two_take_one_invitation_back(net):
    ann, eve = net.join("ann", "#tea"), net.join("eve", "#tea")
    net.connect("bob")
    ann.says("MODE #tea +o eve", "INVITE bob #tea")
    net.forget()
    net.journal.holding = True
    ann.says("UNINVITE bob #tea")
    eve.says("UNINVITE bob #tea")
    net.journal.holding = False
    net.settle()
    assert ann.lines == [":test.net NOTICE ann :bob is no longer invited to #tea"]
    assert eve.lines == [":test.net 441 eve bob #tea :They have no invitation that could be taken back"]


def test_who_left_needs_no_uninvite(net):
    ann, bob = net.join("ann", "#tea"), net.connect("bob")
    ann.says("INVITE bob #tea")
    ann.forget()
    net.journal.holding = True
    bob.hangs_up()
    ann.says("UNINVITE bob #tea")
    net.journal.holding = False
    net.settle()
    assert ann.lines == []


# KNOCK.


@pytest.mark.covers("KNOCK", "RPL_KNOCK", "RPL_KNOCKDLVR", "ISUPPORT KNOCK")
def test_a_knock_is_heard_by_those_who_can_open(net):  # https://docs.inspircd.org/4/modules/knock/
    ann, eve, bob = net.join("ann", "#tea"), net.join("eve", "#tea"), net.dial()
    bob.says("NICK bob", "USER bob 0 * :Bob")
    ann.says("MODE #tea +i")
    net.forget()
    assert bob.says("KNOCK #TEA :it is me") == [":test.net 711 bob #tea :Your KNOCK has been delivered"]
    assert ann.lines == [f":test.net 710 #tea #tea {BOB[1:]} :has asked for an invite: it is me"]
    assert eve.lines == []
    ann.says("INVITE bob #tea")
    assert bob.says("JOIN #tea")[0] == f"{BOB} JOIN #tea"
    assert "KNOCK" in " ".join(bob.says("VERSION"))


@pytest.mark.covers("ERR_KNOCKONCHAN", "ERR_CHANOPEN", "ERR_CANNOTKNOCK", "ERR_TOOMANYKNOCK")
def test_knock_refusals_in_their_order(net):  # https://docs.inspircd.org/4/modules/knock/
    ann, bob = net.join("ann", "#tea"), net.connect("bob")
    assert bob.says("KNOCK #none", "KNOCK #tea", "KNOCK") == [
        ":test.net 403 bob #none :No such channel",
        f":test.net 713 bob #tea :{OPEN}",
        ":test.net 461 bob KNOCK :Not enough parameters: KNOCK <channel> [<reason>]",
    ]
    assert ann.says("MODE #tea +ip", "KNOCK #tea")[-1] == ":test.net 714 ann #tea :You are already on that channel"
    refused = ":test.net 480 bob #tea :Cannot knock at that channel: "
    assert bob.says("KNOCK #tea") == [f"{refused}its members do not want that (+p)"]
    ann.says("MODE #tea -p+b bob")
    assert bob.says("KNOCK #tea") == [f"{refused}you are banned (+b)"]
    ann.says("MODE #tea -b bob")
    bob.says("KNOCK #tea")
    net.pass_time(100)
    assert bob.says("KNOCK #tea") == [":test.net 712 bob #tea :Too many KNOCKs; wait 200 seconds"]
    ann.says("MODE #tea -o ann")
    assert bob.says("KNOCK #tea") == [f"{refused}nobody who could let you in is there; try again later"]
    ann.says("MODE #tea +s")


@pytest.mark.parametrize("modes", ["+i", "+k secret", "+l 1", "+R"])
def test_whom_a_mode_keeps_out_may_knock(net, modes):
    ann, bob = net.join("ann", "#tea"), net.connect("bob")
    ann.says(f"MODE #tea {modes}")
    assert bob.says("KNOCK #tea") == [":test.net 711 bob #tea :Your KNOCK has been delivered"]
    assert ann.lines[-1] == f":test.net 710 #tea #tea {BOB[1:]} :has asked for an invite"


def test_who_may_come_in_need_not_knock(net):
    ann, bob = net.join("ann", "#tea"), net.connect("bob")
    ann.says("MODE #tea +iRI bob", "INVITE bob #tea")
    is_logged_in(net, bob, "robert")
    assert bob.says("KNOCK #tea") == [f":test.net 713 bob #tea :{OPEN}"]
    ann.says("UNINVITE bob #tea", "PART #tea")
    bob.forget()
    assert bob.says("KNOCK #tea") == [f":test.net 713 bob #tea :{OPEN}"]


def test_a_secret_channel_hears_no_knock(net):  # RFC 2811 4.2.6
    ann, bob = net.join("ann", "#tea"), net.connect("bob")
    ann.says("MODE #tea +is")
    ann.forget()
    assert bob.says("KNOCK #tea", "KNOCK #none") == [
        ":test.net 403 bob #tea :No such channel",
        ":test.net 403 bob #none :No such channel",
    ]
    assert ann.lines == []


def test_old_knocks_are_forgotten():  # hostile input R12
    net = Net(limits=Limits(knock_seconds=10))
    net.join("ann", "#tea").says("MODE #tea +i")
    net.connect("bob").says("KNOCK #tea")
    net.pass_time(10)
    eve = net.connect("eve")
    eve.says("KNOCK #tea")
    assert list(net.engine.state.channels["#tea"].knocks) == [eve.session.uid]
    assert net.connect("joe").says("KNOCK #tea :" + "é" * 300)[0].startswith(":test.net 711 ")


def test_two_nodes_and_a_restart():
    net = Net(2)
    ann, bob = net.join("ann", "#tea"), net.connect("bob", node=1)
    ann.says("MODE #tea +i")
    net.forget()
    bob.says("KNOCK #tea :please")
    ann.says("INVITE bob #tea")
    assert [line.split()[1] for line in ann.lines] == ["710", "341"]
    assert bob.lines == [":test.net 711 bob #tea :Your KNOCK has been delivered", f"{ANN} INVITE bob #tea"]
    ann.says("UNINVITE bob #tea")
    assert "473" in bob.says("JOIN #tea")[-1]
    assert net.nodes[0].engine.state.digest() == net.nodes[1].engine.state.digest()
