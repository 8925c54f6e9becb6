"""Whom one wants to hear: caller-id (+g) with ACCEPT, and SILENCE (ISUPPORT CALLERID and SILENCE; as charybdis and
InspIRCd have them, https://docs.inspircd.org/4/modules/callerid/)."""

from __future__ import annotations

import pytest

from ipcchat.core.limits import Limits
from tests.core.net import Net, Talker

ANN, BOB = ":ann!~ann@127.0.0.1", ":bob!~bob@127.0.0.1"
REFUSED = ":test.net 716 ann bob :hears only people whom he has accepted (+g); your message was not delivered"
TOLD = ":test.net 717 ann bob :has been told that you messaged them"
RING = ":test.net 718 bob ann ~ann@127.0.0.1 :is messaging you, and you have mode +g set; ACCEPT ann lets them through"


def people(net: Net, caps: str = "", node: int = 0) -> tuple[Talker, Talker]:
    """ann, and bob with caller-id."""
    ann, bob = net.connect("ann", caps), net.connect("bob", node=node)
    bob.says("MODE bob +g")
    net.forget()
    return ann, bob


# Caller-id.


@pytest.mark.covers("RPL_TARGUMODEG", "RPL_TARGNOTIFY", "RPL_UMODEGMSG", "user mode +g", "ISUPPORT CALLERID")
def test_who_has_caller_id_is_told_once_in_a_while(net):
    ann, bob = people(net)
    assert "CALLERID=g" in " ".join(ann.says("VERSION"))
    assert bob.says("MODE bob")[0].endswith("+g")
    net.forget()
    assert ann.says("PRIVMSG bob :hello") == [REFUSED, TOLD]
    assert bob.lines == [RING]
    net.pass_time(59)
    assert ann.says("PRIVMSG bob :hello") == [REFUSED]
    net.pass_time(1)
    assert ann.says("PRIVMSG bob :hello") == [REFUSED, TOLD]
    assert bob.lines == [RING, RING]


def test_callers_on_other_nodes_are_told_of(net):
    net = Net(2)
    ann, bob = people(net, node=1)
    assert ann.says("PRIVMSG bob :hello") == [REFUSED, TOLD]
    assert bob.lines == [RING]
    bob.says("ACCEPT ann")
    assert ann.says("PRIVMSG bob :hello") == []
    assert bob.lines[1:] == [f"{ANN} PRIVMSG bob :hello"]


@pytest.mark.parametrize("said", ["NOTICE bob :x", "@+typing=active TAGMSG bob"])
def test_only_a_privmsg_disturbs(net, said):  # handlers/messages.py rule 5
    ann, bob = people(net, "message-tags labeled-response batch")
    assert ann.says(said) == ([] if said.startswith("NOTICE") else [REFUSED])
    tags = f"@label=a;{said[1:]}" if said.startswith("@") else f"@label=a {said}"
    assert ann.says(tags) == [f"@label=a {REFUSED}"]
    assert bob.lines == []


def test_the_response_is_one(net):  # IRCv3 labeled-response
    ann, _ = people(net, "labeled-response batch")
    start, *middle, _ = ann.says("@label=a PRIVMSG bob :hello")
    assert start.startswith("@label=a :test.net BATCH +")
    assert [line.partition(" ")[2] for line in middle] == [REFUSED, TOLD]


def test_several_recipients(net):
    ann, bob = people(net)
    eve = net.connect("eve")
    assert ann.says("PRIVMSG eve,bob,nobody :hello") == [
        ":test.net 401 ann nobody :No such nick or channel",
        REFUSED,
        TOLD,
    ]
    assert (len(bob.lines), len(eve.lines)) == (1, 1)


def test_one_hears_oneself_and_operators(net):
    ann, bob = people(net)
    assert bob.says("PRIVMSG bob :note") == [f"{BOB} PRIVMSG bob :note"]
    net.engine.state.users[ann.session.uid].modes = "o"
    assert ann.says("PRIVMSG bob :hello") == []
    assert bob.lines[-1] == f"{ANN} PRIVMSG bob :hello"


@pytest.mark.parametrize(("does", "answer"), [("MODE bob -g", [REFUSED]), ("ACCEPT ann", [REFUSED])])
def test_who_lets_one_through_meanwhile_is_not_told(net, does, answer):
    ann, bob = people(net)
    net.journal.holding = True
    bob.says(does)
    ann.says("PRIVMSG bob :hello")
    net.journal.holding = False
    net.settle()
    assert ann.lines == answer
    assert RING not in bob.lines


def test_who_leaves_meanwhile_is_gone(net):
    ann, bob = people(net)
    net.journal.holding = True
    bob.hangs_up()
    ann.says("PRIVMSG bob :hello")
    net.journal.holding = False
    net.settle()
    assert ann.lines == [":test.net 401 ann * :No such nick: they just left"]


def test_who_sets_caller_id_meanwhile_is_not_disturbed(net):
    ann, bob = net.connect("ann"), net.connect("bob")
    net.journal.holding = True
    bob.says("MODE bob +g")
    ann.says("PRIVMSG bob :hello")
    net.journal.holding = False
    net.settle()
    assert ann.lines == [REFUSED]


# ACCEPT.


@pytest.mark.covers("ACCEPT", "RPL_ACCEPTLIST", "RPL_ENDOFACCEPT")
def test_the_accepted_get_through(net):
    ann, bob = people(net)
    net.connect("eve")
    assert bob.says("ACCEPT") == [":test.net 282 bob :End of ACCEPT list"]
    assert bob.says("ACCEPT ANN,+eve") == []
    assert ann.says("PRIVMSG bob :hello") == []
    assert (
        bob.says("ACCEPT *")
        == [
            f"{ANN} PRIVMSG bob :hello",
            ":test.net 281 bob ann",
            ":test.net 281 bob eve",
            ":test.net 282 bob :End of ACCEPT list",
        ][1:]
    )
    assert bob.says("ACCEPT -ann,*") == [":test.net 281 bob eve", ":test.net 282 bob :End of ACCEPT list"]
    assert ann.says("PRIVMSG bob :hello") == [REFUSED, TOLD]


def test_who_leaves_is_forgotten_and_who_changes_his_nick_is_not(net):
    ann, bob = people(net)
    net.connect("eve")
    bob.says("ACCEPT ann,eve")
    ann.says("NICK anna")
    assert bob.says("ACCEPT *")[0] == ":test.net 281 bob anna"
    ann.hangs_up()
    net.connect("anna")
    assert bob.says("ACCEPT *") == [":test.net 281 bob eve", ":test.net 282 bob :End of ACCEPT list"]
    bob.says("ACCEPT -eve")
    assert net.engine.state.users[bob.session.uid].accepted == {}


@pytest.mark.covers("ERR_ACCEPTEXIST", "ERR_ACCEPTNOT")
def test_accept_refusals(net):
    _, bob = people(net)
    assert bob.says("ACCEPT ann,nobody,-nobody,-bob,ann") == [
        ":test.net 401 bob nobody :No such nick or channel",
        ":test.net 401 bob nobody :No such nick or channel",
        ":test.net 458 bob bob :is not on your accept list",
    ]
    assert bob.says("ACCEPT ann,:x") == [
        ":test.net 457 bob ann :is on your accept list already",
        ":test.net 401 bob ,x :No such nick or channel",
    ]
    assert bob.says("ACCEPT ,") == [":test.net 461 bob ACCEPT :Not enough parameters: there is no name in the list"]
    assert bob.numerics.count("457") == 1


@pytest.mark.covers("ERR_ACCEPTFULL", "ERR_SILELISTFULL")
def test_lists_have_limits():  # ISUPPORT SILENCE
    net = Net(limits=Limits(callers_per_list_max=2))
    bob, *_ = (net.connect(nick) for nick in ("bob", "p1", "p2", "p3"))
    assert bob.says("ACCEPT p1,p2,p3,-p1,+p3") == [
        ":test.net 456 bob :Your accept list is full: at most 2 people; take some away with ACCEPT -nick"
    ]
    assert bob.says("ACCEPT")[:-1] == [":test.net 281 bob p2", ":test.net 281 bob p3"]
    assert bob.says("SILENCE +a,+b,+c,+a")[0] == (
        ":test.net 511 bob c!*@* :Your silence list is full: at most 2 masks; take some away with SILENCE -mask"
    )
    assert bob.says("SILENCE")[:-1] == [":test.net 271 bob a!*@*", ":test.net 271 bob b!*@*"]


# SILENCE.


@pytest.mark.covers("SILENCE", "RPL_SILELIST", "RPL_ENDOFSILELIST", "ISUPPORT SILENCE")
def test_the_silenced_are_not_heard_and_do_not_notice(net):
    ann, bob = net.join("ann", "#tea", "echo-message message-tags"), net.join("bob", "#tea", "message-tags")
    net.forget()
    assert bob.asks("SILENCE +ANN") == [f"{BOB} SILENCE +ANN!*@*"]
    for said in ("PRIVMSG bob :hello", "NOTICE bob :hello", "@+typing=active TAGMSG bob"):
        assert len(ann.says(said)) == 1
    assert bob.bare[1:] == []
    ann.says("PRIVMSG #tea :hello")
    assert bob.bare[1:] == [f"{ANN} PRIVMSG #tea :hello"]
    assert bob.says("SILENCE") == [":test.net 271 bob ANN!*@*", ":test.net 272 bob :End of silence list"]
    assert bob.asks("SILENCE -ANN!*@*") == [f"{BOB} SILENCE -ANN!*@*"]
    ann.says("PRIVMSG bob :again")
    assert bob.bare[-1] == f"{ANN} PRIVMSG bob :again"
    assert "SILENCE=100" in " ".join(bob.says("VERSION"))


def test_masks_that_say_who_somebody_is(net):  # ISUPPORT EXTBAN
    ann, bob = net.join("ann", "#tea"), net.connect("bob")
    bob.says("SILENCE +~c:#tea,~r:nobody")
    assert bob.bare == [f"{BOB} SILENCE +~c:#tea", f"{BOB} SILENCE +~r:nobody"]
    ann.says("PRIVMSG bob :hello", "PART #tea", "PRIVMSG bob :again")
    assert bob.lines[2:] == [f"{ANN} PRIVMSG bob :again"]


def test_nobody_silences_himself(net):
    bob = net.connect("bob")
    bob.says("SILENCE +*!*@*")
    assert bob.says("PRIVMSG bob :note") == [f"{BOB} PRIVMSG bob :note"]


def test_the_silenced_do_not_ring_either(net):
    ann, bob = people(net)
    bob.says("SILENCE +ann")
    bob.forget()
    assert ann.says("PRIVMSG bob :hello") == [REFUSED, TOLD]
    assert bob.lines == []


def test_silence_on_two_nodes():
    net = Net(2)
    ann, bob = net.connect("ann"), net.connect("bob", node=1)
    bob.says("SILENCE +ann")
    bob.forget()
    assert ann.says("PRIVMSG bob :hello") == bob.lines == []


@pytest.mark.covers("ERR_BADMASK", "NOTE * MASK_NOT_LISTED")
def test_silence_refusals(net):
    bob = net.connect("bob", "standard-replies")
    dialogue = [
        ("SILENCE +", "415 bob * :A mask has 1 to 256 bytes and no space, for instance eve!*@*"),
        ("SILENCE ::x", "415 bob ,x :A mask has 1 to 256 bytes and no space, for instance eve!*@*"),
        ("SILENCE :a b", "415 bob a,b :A mask has 1 to 256 bytes and no space, for instance eve!*@*"),
        (f"SILENCE {'x' * 257}", f"415 bob {'x' * 64}... :A mask has 1 to 256 bytes"),
        ("SILENCE +~m:eve", "415 bob ~m:eve :~m: is for channels; silence the mask behind it"),
        ("SILENCE +~y:eve", "415 bob ~y:eve :No such extended mask"),
        ("SILENCE -eve", "NOTE SILENCE MASK_NOT_LISTED :eve!*@* is not on your silence list; SILENCE shows it"),
        ("SILENCE ,", "461 bob SILENCE :Not enough parameters: there is no name in the list"),
    ]
    for said, answer in dialogue:
        (line,) = bob.says(said)
        assert line.startswith(f":test.net {answer}")
    assert bob.says("SILENCE +eve", "SILENCE +eve") == [f"{BOB} SILENCE +eve!*@*"]


def test_lists_end_with_the_connection(net):
    _, bob = people(net)
    bob.says("ACCEPT ann", "SILENCE +eve")
    bob.hangs_up()
    bob = net.connect("bob")
    assert bob.says("ACCEPT", "SILENCE") == [
        ":test.net 282 bob :End of ACCEPT list",
        ":test.net 272 bob :End of silence list",
    ]
