"""Reading what was not for one does not work, nor taking over channels: the past from before one came and from while
one was out, what was said to operators only, who is first, who races, who was operator a moment ago, and invitations
that are worth nothing (P04, P08 to P12)."""

from __future__ import annotations

import pytest

from ipcchat.core import facts
from tests.core.deeds import happened, has_account, is_logged_in
from tests.core.net import Net, Talker

CS = ":ChanServ!ChanServ@test.net"


@pytest.fixture
def net() -> Net:
    """A network of two nodes."""
    return Net(nodes=2)


@pytest.fixture
def ann(net: Net) -> Talker:
    """The founder of #tea, on the first node. Without a connection she is gone: she is not always on."""
    talker = net.join("ann", "#tea")
    is_logged_in(net, talker, "ann")
    happened(net, facts.AccountSet, talker, account="ann", name="always-on", value="off")
    talker.says("CS REGISTER #tea")
    net.forget()
    return talker


def modes(net: Net, channel: str, talker: Talker) -> str:
    """A member's prefix modes, the same on both nodes."""
    first, second = (node.engine.state.channels[channel].members[talker.session.uid] for node in net.nodes)
    assert first == second
    return first


def converged(net: Net) -> bool:
    """Whether the nodes have one state."""
    return len({node.engine.state.digest() for node in net.nodes}) == 1


EVERY_CAP = "message-tags server-time batch draft/chathistory draft/event-playback soju.im/search ipc-chat/catch-up"
EVER = "timestamp=2020-01-01T00:00:00.000Z timestamp=2030-01-01T00:00:00.000Z"


def read(net: Net, talker: Talker) -> list[str]:
    """Which of the texts "canary <number>" somebody gets by any means: a line of each, in rising order."""
    first, last = EVER.split()
    asked = ["LATEST #tea * 90", f"BEFORE #tea {last} 90", f"AFTER #tea {first} 90", f"BETWEEN #tea {EVER} 90"]
    for number in range(1, net.engine.state.seq + 1):
        asked += [f"{way} #tea msgid={net.engine.tagger.msgid(number)} 90" for way in ("AROUND", "BEFORE", "AFTER")]
    heard = talker.says(*(f"CHATHISTORY {each}" for each in asked), "SEARCH in=#tea;text=canary", "CATCHUP * 1000")
    old = net.dial(talker.node.engine is not net.engine)
    old.says("CAP REQ server-time", f"NICK {talker.session.nick}2", "USER x 0 * :x", "CAP END")
    is_logged_in(net, old, talker.user.account)
    heard += old.says("JOIN #tea")
    old.says("QUIT")
    return sorted({line.partition("canary ")[2] for line in heard if "canary " in line})


@pytest.mark.parametrize("policy", ["MODE #tea +s", "MODE #tea +i", "CS SET #tea history joined"])
@pytest.mark.parametrize("account", ["", "eve"])
def test_P04_what_was_said_before_one_came(net, ann, policy, account):
    ann.says("PRIVMSG #tea :canary 1", "TOPIC #tea :canary 2", policy, "TOPIC #tea :nothing")
    eve = net.connect("eve", EVERY_CAP, node=1)
    ann.says("INVITE eve #tea")
    if account:
        is_logged_in(net, eve, account)
    eve.says("JOIN #tea")
    ann.says("PRIVMSG #tea :canary 3")
    eve.forget()
    assert read(net, eve) == ["3"]
    assert converged(net)


@pytest.mark.parametrize(("history", "texts"), [("joined", ["1", "4"]), ("all", ["1", "2", "3", "4"])])
def test_P04_what_was_said_while_one_was_banned(net, ann, history, texts):
    eve = net.connect("eve", EVERY_CAP, node=1)
    is_logged_in(net, eve, "eve")
    eve.says("JOIN #tea")
    ann.says(f"CS SET #tea history {history}", "PRIVMSG #tea :canary 1", "MODE #tea +b ~a:eve", "KICK #tea eve")
    ann.says("PRIVMSG #tea :canary 2", "NOTICE #tea :canary 3")
    eve.forget()
    assert read(net, eve) == []
    assert eve.says("CHATHISTORY LATEST #tea * 9")[0].startswith(":test.net FAIL CHATHISTORY INVALID_TARGET ")
    ann.says("MODE #tea -b ~a:eve")
    eve.says("JOIN #tea")
    ann.says("PRIVMSG #tea :canary 4")
    eve.forget()
    assert read(net, eve) == texts
    assert converged(net)


def test_P04_what_was_said_while_one_was_out_under_another_account(net, ann):
    has_account(net, "mallory")
    eve = net.connect("evil", EVERY_CAP, node=1)
    is_logged_in(net, eve, "eve")
    eve.says("JOIN #tea")
    ann.says("CS SET #tea history joined", "PRIVMSG #tea :canary 1")
    is_logged_in(net, eve, "mallory")
    ann.says("PRIVMSG #tea :canary 2")
    eve.forget()
    assert read(net, eve) == ["2"]


def test_P08_what_is_said_to_operators_is_in_nobody_elses_history(net, ann):
    caps = "draft/chathistory batch message-tags"
    bob, cat = net.join("bob", "#tea", caps, node=1), net.join("cat", "#tea", caps)
    ann.says("MODE #tea +v bob", "PRIVMSG @#tea :among operators", "PRIVMSG #tea :for all")
    for reader in (bob, cat):
        heard = " ".join(reader.says("CHATHISTORY LATEST #tea * 50"))
        assert "for all" in heard
        assert "among operators" not in heard


def test_P09_the_last_operator_leaves_and_a_stranger_is_first(net, ann):
    ann.says("MODE #tea +b bad", "PART #tea")
    eve = net.join("eve", "#tea", node=1)
    assert modes(net, "#tea", eve) == ""
    assert eve.says("MODE #tea +o eve") == [
        ":test.net 482 eve #tea :You must be operator (+o) or higher to change mode o"
    ]
    ann.says("JOIN #tea")
    assert modes(net, "#tea", ann) == "q"
    assert "bad!*@*" in net.engine.state.channels["#tea"].lists["b"]


@pytest.mark.parametrize("how", ["quit", "node down"])
def test_P09_the_founder_is_lost_and_a_stranger_is_first(net, ann, how):
    if how == "quit":
        ann.says("QUIT")
    else:
        happened(net, facts.NodeDown, ann, incarnation="node0000")
    eve = net.join("eve", "#tea", node=1)
    assert modes(net, "#tea", eve) == ""
    eve.says("PART #tea")
    net.pass_time(16 * 60)  # the founder's place is not kept any more
    dan = net.join("dan", "#tea", node=1)
    assert modes(net, "#tea", dan) == ""


def test_P09_a_channel_is_the_founders_after_a_restart():
    net = Net()
    ann = net.join("ann", "#tea")
    is_logged_in(net, ann, "ann")
    happened(net, facts.AccountSet, ann, account="ann", name="always-on", value="off")
    ann.says("CS REGISTER #tea", "MODE #tea +i")
    net.restart()
    net.pass_time(16 * 60)
    eve = net.connect("eve")
    assert eve.says("JOIN #tea")[0].split()[1] == "473"
    again = net.connect("anna")
    is_logged_in(net, again, "ann")
    again.says("JOIN #tea")
    assert ":test.net 353 anna = #tea :~anna" in again.bare


def test_P09_a_lookalike_of_an_empty_registered_channel_is_refused(net, ann):
    ann.says("PART #tea")
    assert net.connect("eve", node=1).says("JOIN #teа")[0].split()[1] == "479"  # a Cyrillic letter


def test_P09_an_account_of_the_founders_name_that_is_new_is_not_the_founder(net, ann):
    happened(net, facts.AccountDeleted, ann, account="ann")
    eve = net.connect("eve", node=1)
    is_logged_in(net, eve, "ann")
    eve.says("JOIN #tea")
    assert not net.engine.state.channels["#tea"].founder


def test_P10_two_register_a_channel_in_the_same_instant(net):
    bob, eve = net.join("bob", "#den"), net.join("eve", "#den", node=1)
    for talker in (bob, eve):
        is_logged_in(net, talker, talker.session.nick)
    bob.says("MODE #den +o eve")
    net.forget()
    net.journal.holding = True
    eve.says("CS REGISTER #den")
    bob.says("CS REGISTER #den")
    net.journal.holding = False
    net.settle()
    assert net.engine.state.channels["#den"].founder == "eve"
    assert bob.bare == [
        f"{CS} MODE #den +rq eve",
        f"{CS} NOTICE bob :#den is registered already; INFO #den says by whom",
    ]
    assert converged(net)


def test_P10_two_join_an_empty_channel_while_it_is_given_up(net, ann):
    ann.says("PART #tea")
    room = net.engine.state.channels["#tea"]
    net.forget()
    eve = net.connect("eve", node=1)
    net.journal.holding = True
    eve.says("JOIN #tea")
    command = [line.partition("type: ")[2] for line in ann.says("CS DROP #tea") if "type: " in line]
    ann.says(f"CS {command[0]}")
    net.journal.holding = False
    net.settle()
    assert modes(net, "#tea", eve) == ""
    assert not room.founder
    assert converged(net)


def test_P10_a_kick_against_a_rank_that_is_given_in_the_same_instant(net, ann):
    bob, eve = net.join("bob", "#tea"), net.join("eve", "#tea", node=1)
    is_logged_in(net, bob, "bob")
    ann.says("MODE #tea +o eve")
    net.journal.holding = True
    ann.says("CS ACCESS #tea ADD bob a")
    net.forget()
    eve.says("KICK #tea bob")
    net.journal.holding = False
    net.settle()
    assert modes(net, "#tea", bob) == "a"
    assert eve.bare == [
        f"{CS} MODE #tea +a bob",
        ":test.net 482 eve #tea :You must be owner (+q) or higher to kick bob",
    ]
    assert converged(net)


@pytest.mark.parametrize(
    ("deed", "answer"),
    [
        ("KICK #tea cat", "482"),
        ("MODE #tea +o eve", "482"),
        ("TOPIC #tea :mine", "482"),
        ("CS OP #tea eve", "NOTICE"),
        ("CS ACCESS #tea ADD cat v", "NOTICE"),
    ],
)
def test_P11_an_operator_acts_after_his_rank_was_taken(net, ann, deed, answer):
    eve, cat = net.join("eve", "#tea", node=1), net.join("cat", "#tea")
    is_logged_in(net, eve, "eve")
    is_logged_in(net, cat, "cat")
    ann.says("CS ACCESS #tea ADD eve a")
    net.journal.holding = True
    ann.says("CS ACCESS #tea DEL eve")
    net.forget()
    eve.says(deed)
    net.journal.holding = False
    net.settle()
    assert modes(net, "#tea", eve) == ""
    assert cat.session.uid in net.engine.state.channels["#tea"].members
    assert not net.engine.state.channels["#tea"].access
    assert [line.split()[1] for line in eve.bare] == ["MODE", answer]
    assert converged(net)


def test_P11_a_founder_acts_after_the_channel_is_anothers(net, ann):
    eve = net.join("eve", "#tea", node=1)
    is_logged_in(net, eve, "eve")
    ann.says("CS TRANSFER #tea eve")
    net.journal.holding = True
    eve.says("CS TRANSFER ACCEPT #tea")
    ann.says("CS TRANSFER CANCEL #tea")
    net.journal.holding = False
    net.settle()
    assert net.engine.state.channels["#tea"].founder == "eve"
    assert ann.bare[-1].startswith(f"{CS} NOTICE ann :")
    assert converged(net)


def test_P12_invitations_that_are_worth_nothing(net, ann):
    bob, eve = net.connect("bob", node=1), net.connect("eve")
    assert ann.says("INVITE bob #none")[0].split()[1] == "403"
    assert ann.says("INVITE none #tea")[0].split()[1] == "401"
    ann.says("MODE #tea +s")
    assert eve.says("INVITE bob #tea")[0].split()[1] == "403"
    ann.says("MODE #tea -s+b eve")
    assert eve.says("INVITE bob #tea")[0].split()[1] == "442"
    ann.says("MODE #tea +i", "INVITE bob #tea", "UNINVITE bob #tea")
    assert bob.says("JOIN #tea")[0].split()[1] == "473"


def test_P12_an_invitation_is_for_once_and_ends_with_the_guest(net, ann):
    bob = net.connect("bob", node=1)
    ann.says("MODE #tea +i", "INVITE bob #tea")
    bob.says("JOIN #tea", "PART #tea")
    assert bob.says("JOIN #tea")[0].split()[1] == "473"
    ann.says("INVITE bob #tea")
    bob.says("QUIT")
    again = net.connect("bob", node=1)
    assert again.says("JOIN #tea")[0].split()[1] == "473"


def test_P12_the_guest_leaves_in_the_instant_of_his_invitation(net, ann):
    bob = net.connect("bob", node=1)
    net.journal.holding = True
    bob.says("QUIT")
    ann.says("INVITE bob #tea")
    net.journal.holding = False
    net.settle()
    assert not net.engine.state.channels["#tea"].invited
    assert converged(net)
