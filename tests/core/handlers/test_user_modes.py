"""MODE for one's own user (Modern IRC "User mode"; RFC 2812 3.1.5; IRCv3 bot-mode and chghost)."""

from __future__ import annotations

import pytest

from ipcchat.core import facts
from ipcchat.core.cloaks import cloaked
from ipcchat.core.settings import Settings
from tests.core.deeds import happened, has_account, is_operator
from tests.core.net import Net

ANN = ":ann!~ann@127.0.0.1"
CLOAK = cloaked("127.0.0.1", "")


@pytest.mark.covers("RPL_UMODEIS", "user mode +i")
def test_ones_own_modes(net):  # RFC 2812 3.1.5
    ann = net.connect("ann")
    assert ann.says("MODE ANN", "MODE ann +i", "MODE ann", "MODE ann +i", "MODE ann -i+i-i", "MODE ann") == [
        ":test.net 221 ann +",
        f"{ANN} MODE ann +i",
        ":test.net 221 ann +i",
        f"{ANN} MODE ann -i",
        ":test.net 221 ann +",
    ]


@pytest.mark.covers("user mode +B", "user mode +R", "user mode +T", "user mode +g", "user mode +w", "ISUPPORT BOT")
def test_modes_that_everybody_may_set(net):  # IRCv3 bot-mode
    ann, bob = net.connect("ann"), net.connect("bob", "message-tags")
    assert ann.says("VERSION", "MODE ann +wBRTgi", "MODE ann")[-2:] == [
        f"{ANN} MODE ann +BRTgiw",
        ":test.net 221 ann +BRTgiw",
    ]
    ann.says("PRIVMSG bob :beep")
    assert "bot" in bob.lines[0].partition(" ")[0]
    assert ann.says("MODE ann -wBRTg") == [f"{ANN} MODE ann -BRTgw"]
    assert bob.lines[1:] == []


@pytest.mark.covers("ERR_UMODEUNKNOWNFLAG")
def test_letters_that_there_are_not(net):  # Modern IRC: those that there are, are set
    ann = net.connect("ann")
    assert ann.says("MODE ann +yi-é", "MODE ann :+ y") == [
        ":test.net 501 ann :Unknown mode flag; there are BRTZgiorswx, see HELP UMODES",
        f"{ANN} MODE ann +i",
        ":test.net 501 ann :Unknown mode flag; there are BRTZgiorswx, see HELP UMODES",
    ]


@pytest.mark.covers("NOTE * MODES_GIVEN")
@pytest.mark.parametrize(
    ("letters", "given"), [("+o", "o"), ("+r", "r"), ("-r", "r"), ("+Z", "Z"), ("-Z", "Z"), ("+oo-r+o", "or")]
)
def test_nobody_makes_himself_what_he_is_not(net, letters, given):  # RFC 2812 3.1.5; IRCv3 standard-replies
    ann = net.connect("ann", "standard-replies")
    assert ann.says(f"MODE ann {letters}+i") == [
        f":test.net NOTE MODE MODES_GIVEN :Only the server gives and takes away mode {given}; +o is for who says OPER",
        f"{ANN} MODE ann +i",
    ]
    assert ann.session.user.modes == "i"


@pytest.mark.covers("ERR_USERSDONTMATCH")
def test_user_mode_refusals(net):  # Modern IRC "User mode"
    ann = net.connect("ann")
    net.connect("bob")
    assert ann.says("MODE bob", "MODE bob +i", "MODE nobody", "MODE :a b") == [
        ":test.net 502 ann :You can only see and change your own modes",
        ":test.net 502 ann :You can only see and change your own modes",
        ":test.net 401 ann nobody :No such nick or channel",
        ":test.net 401 ann a,b :No such nick or channel",
    ]


@pytest.mark.covers("user mode +Z", "user mode +r")
def test_modes_that_the_server_gives_are_shown(net):  # Modern IRC, registered user mode
    ann = net.dial()
    ann.session.modes = "Z"
    ann.says("NICK ann", "USER ann 0 * :Ann")
    has_account(net, "tea")
    happened(net, facts.AccountChanged, ann, account="tea")
    assert ann.lines[-1] == f"{ANN} MODE ann +r"
    assert ann.says("MODE ann") == [":test.net 221 ann +Zr"]
    happened(net, facts.AccountChanged, ann, account="")
    assert ann.lines[-1] == f"{ANN} MODE ann -r"


# Operators and their notices.


@pytest.mark.covers("user mode +o")
def test_an_operator_may_stop_being_one(net):  # RFC 2812 3.1.5
    ann = net.connect("ann")
    is_operator(net, ann)
    assert ann.says("MODE ann") == [":test.net 221 ann +o"]
    assert ann.says("MODE ann -o", "MODE ann +o")[:1] == [f"{ANN} MODE ann -o"]
    assert (ann.session.user.modes, ann.session.user.operator) == ("", "")
    assert net.engine.state.operators == 0


@pytest.mark.covers("user mode +s", "RPL_SNOMASK")
def test_notices_of_the_server_are_chosen_by_letters(net):  # https://docs.inspircd.org/4/snomasks/
    ann = net.connect("ann")
    is_operator(net, ann)
    assert ann.says(
        "MODE ann +s cn", "MODE ann", "MODE ann +s +o-c", "MODE ann +s on", "MODE ann -s n", "MODE ann +i"
    ) == [
        f"{ANN} MODE ann +s",
        ":test.net 008 ann +cn :Server notice mask",
        ":test.net 221 ann +os",
        ":test.net 008 ann +cn :Server notice mask",
        ":test.net 008 ann +no :Server notice mask",
        ":test.net 008 ann +o :Server notice mask",
        f"{ANN} MODE ann +i",
    ]
    assert ann.says("MODE ann -s", "MODE ann -s", "MODE ann +s", "MODE ann -s cdfkor", "MODE ann -s n") == [
        f"{ANN} MODE ann -s",
        f"{ANN} MODE ann +s",
        ":test.net 008 ann +cdfknor :Server notice mask",
        ":test.net 008 ann +n :Server notice mask",
        f"{ANN} MODE ann -s",
    ]
    assert ann.session not in net.engine.officers


@pytest.mark.parametrize(
    ("letters", "heard"),
    [("c", "Client connecting: bob!~bob@127.0.0.1 [127.0.0.1] Bob"), ("n", "Nick change: bob is now rob"), ("o", None)],
)
def test_operators_get_the_notices_that_they_want(net, letters, heard):
    ann = net.connect("ann")
    is_operator(net, ann)
    ann.says(f"MODE ann +s {letters}")
    ann.forget()
    net.connect("bob").says("NICK rob")
    assert ann.lines == ([f":test.net NOTICE ann :*** {heard}"] if heard else [])


def test_operators_hear_of_trouble_with_the_disk(net):
    ann, bob = net.connect("ann"), net.connect("bob")
    is_operator(net, ann)
    is_operator(net, bob)
    ann.says("MODE ann +s d")
    bob.says("MODE bob +s k")
    net.forget()
    net.nodes[0].perform(net.engine.alarmed("the log is long", net.now))
    assert (ann.lines, bob.lines) == ([":test.net NOTICE ann :*** the log is long"], [])


@pytest.mark.covers("ERR_NOPRIVILEGES")
def test_notices_are_for_operators(net):  # Modern IRC, ERR_NOPRIVILEGES
    ann = net.connect("ann")
    denied = ":test.net 481 ann :Server notices (+s) are for operators of the network; see HELP OPER"
    assert ann.says("MODE ann +si", "MODE ann +s c", "MODE ann -s", "MODE ann -s c") == [
        denied,
        f"{ANN} MODE ann +i",
        denied,
    ]
    is_operator(net, ann)
    unknown = ":test.net 501 ann :Unknown kind of notices; there are cdfknor, see HELP UMODES"
    assert ann.says("MODE ann +s cy", "MODE ann +s y", "MODE ann -os+s n") == [
        unknown,
        f"{ANN} MODE ann +s",
        ":test.net 008 ann +c :Server notice mask",
        unknown,
        f"{ANN} MODE ann -os",
    ]
    assert ann.session.user.notices == ""


def test_who_stopped_being_an_operator_in_between_gets_no_notices(net):
    ann = net.connect("ann")
    is_operator(net, ann)
    net.journal.holding = True
    net.journal.queue.append((net.nodes[0], facts.OperatorChanged(b"dismissed0000001", 0, ann.session.uid)))
    ann.says("MODE ann +sx c")
    net.journal.holding = False
    net.settle()
    assert ann.lines == [
        f"{ANN} MODE ann -o",
        f"{ANN} MODE ann +x",
        ":test.net 481 ann :Server notices (+s) are for operators of the network; see HELP OPER",
        f":test.net 396 ann {CLOAK} :is now your displayed host",
    ]


def test_notices_end_with_the_operator(net):
    ann, bob = net.connect("ann"), net.connect("bob")
    is_operator(net, ann)
    is_operator(net, bob)
    ann.says("MODE ann +s co")
    bob.says("MODE bob +s o")
    net.forget()
    happened(net, facts.OperatorChanged, ann)
    assert ann.lines == [f"{ANN} MODE ann -os"]
    assert ann.session.user.notices == ""
    assert bob.lines == [":test.net NOTICE bob :*** ann!~ann@127.0.0.1 is no longer an operator"]
    net.connect("eve")
    assert ann.lines[1:] == []
    bob.forget()
    assert bob.says("MODE bob -o") == [":bob!~bob@127.0.0.1 MODE bob -os"]


# Cloaks.


@pytest.mark.covers("user mode +x", "RPL_VISIBLEHOST", "ISUPPORT HOSTLEN")
def test_a_cloak_hides_the_host_and_can_be_taken_off(net):  # https://docs.inspircd.org/4/modules/cloak/
    ann = net.connect("ann")
    ann.says("VERSION")
    assert ann.says("MODE ann +x", "MODE ann +x") == [
        f"{ANN} MODE ann +x",
        f":test.net 396 ann {CLOAK} :is now your displayed host",
    ]
    ann.says("JOIN #tea")
    assert ann.hears(f":ann!~ann@{CLOAK} JOIN #tea")
    ann.forget()
    assert ann.says("MODE ann -x+x-x") == [
        f":ann!~ann@{CLOAK} MODE ann -x",
        ":test.net 396 ann 127.0.0.1 :is now your displayed host",
    ]


@pytest.mark.covers("user mode +i", "user mode +x")
def test_who_is_cloaked_from_the_beginning_can_show_himself():
    net = Net(settings=Settings(server_name="test.net", user_modes="ix"), cloaked=True)
    ann = net.connect("ann")
    assert ann.says("MODE ann", "MODE ann -x") == [
        ":test.net 221 ann +ix",
        f":ann!~ann@{CLOAK} MODE ann -x",
        ":test.net 396 ann 127.0.0.1 :is now your displayed host",
    ]


def test_the_same_host_has_the_same_cloak_and_the_secret_decides(net):
    ann, bob = (net.connect(nick, host="192.0.2.7") for nick in ("ann", "bob"))
    ann.says("MODE ann +x")
    bob.says("MODE bob +x")
    assert ann.session.user.host == bob.session.user.host == cloaked("192.0.2.7", "")
    eve = net.connect("eve", host="192.0.2.7")
    net.engine.secret = "another"
    eve.says("MODE eve +x")
    assert eve.session.user.host == cloaked("192.0.2.7", "another") != ann.session.user.host


def test_a_cloak_is_no_way_around_a_ban(net):  # hostile input P08
    ann, bob = net.join("ann", "#tea"), net.connect("bob", host="192.0.2.7")
    bob.says("MODE bob +x")
    for mask in ("*!*@192.0.2.7", "*!*@192.0.2.0/24", f"*!*@*.{cloaked('192.0.2.7', '').split('.', 1)[1]}"):
        ann.says(f"MODE #tea +b {mask}")
        bob.forget()
        assert bob.says("JOIN #tea")[0].split()[1] == "474", mask
        ann.says(f"MODE #tea -b {mask}")


def test_a_cloaked_one_gets_his_place_back_after_a_restart(net):
    ann = net.connect("ann")
    ann.says("MODE ann +x", "JOIN #tea", "MODE #tea +i")
    net.restart()
    ann = net.join("ann", "#tea")
    assert net.engine.state.channels["#tea"].members[ann.session.uid] == "o"


@pytest.mark.parametrize(
    ("said", "answers"),
    [
        ("MODE ann", ["221"]),
        ("MODE ann +i", ["MODE"]),
        ("MODE ann -i", ["ACK"]),
        ("MODE ann +x", ["BATCH", "MODE", "CHGHOST", "396", "BATCH"]),
        ("MODE ann +yi", ["BATCH", "501", "MODE", "BATCH"]),
        ("MODE ann +s", ["481"]),
        ("MODE bob", ["401"]),
    ],
)
def test_a_labelled_mode_has_one_answer(net, said, answers):  # IRCv3 labeled-response
    ann = net.connect("ann", "batch labeled-response chghost")
    lines = ann.says(f"@label=L {said}")
    assert lines[0].startswith("@label=L ")
    bare = [line.partition(" ")[2] if line[0] == "@" else line for line in lines]
    assert [line.split()[1] for line in bare] == answers
    assert sum("label=L" in line for line in lines) == 1


def test_two_nodes_see_the_same_cloak():
    net = Net(2)
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea", "chghost", node=1)
    net.forget()
    ann.says("MODE ann +x")
    assert bob.lines == [f"{ANN} CHGHOST ~ann {CLOAK}"]
    assert net.nodes[0].engine.state.digest() == net.nodes[1].engine.state.digest()
