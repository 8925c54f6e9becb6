"""SPAMFILTER, and what happens to who says what a filter catches (core/filters.py); the answers are Modern IRC's and
IRCv3 standard replies."""

from __future__ import annotations

import pytest

from ipcchat.core.limits import Limits
from tests.core.net import Net, Talker
from tests.core.operators import SETTINGS

CAPS = "standard-replies labeled-response batch"


@pytest.fixture
def net() -> Net:
    """A network with operators in its configuration."""
    return Net(2, settings=SETTINGS)


def operator(net: Net, nick: str = "op", said: str = "OPER op tea", node: int = 0) -> Talker:
    """An operator who hears what filters catch."""
    talker = net.connect(nick, CAPS, node)
    talker.says(said, f"MODE {nick} +s f")
    assert "381" in talker.numerics
    talker.forget()
    return talker


@pytest.mark.covers("SPAMFILTER", "NOTE * FILTER_SET", "ERR_CANNOTSENDTOCHAN", "ERR_CANTSENDTOUSER", "labeled-response")
def test_block_refuses_with_the_reason_on_every_node(net):
    op, ann, bob = operator(net), net.join("ann", "#tea", "echo-message", node=1), net.join("bob", "#tea")
    net.forget()
    assert op.says("@label=1 SPAMFILTER ADD block *BUY?now* :No advertising") == [
        "@label=1 :test.net NOTE SPAMFILTER FILTER_SET :*buy?now*: the text is refused, with the reason"
    ]
    for text in ("please Buy now!", "b\x02u\x02y\x0304 now"):
        assert ann.says(f"PRIVMSG #tea :{text}") == [":test.net 404 ann #tea :Your text was not sent: No advertising"]
    assert ann.says("PRIVMSG bob :buy-now") == [":test.net 531 ann bob :Your text was not sent: No advertising"]
    assert ann.says("TOPIC #tea :buy now") == [":test.net 404 ann #tea :Your text was not sent: No advertising"]
    assert ann.says("NOTICE #tea :buy now") == []
    ann.says("PRIVMSG #tea :buynow")
    assert [line.rpartition(":")[2] for line in bob.lines] == ["buynow"]
    assert {(each.kind, each.text) for each in net.audited[-5:]} == {("filtered", "block")}
    assert not any("buy now" in each.text for each in net.audited)


def test_a_message_of_several_lines_is_one_text(net):  # IRCv3 draft/multiline
    op, ann = operator(net), net.join("ann", "#tea", "draft/multiline batch message-tags standard-replies")
    op.says("SPAMFILTER ADD block *one?two*", "SPAMFILTER ADD block *onethree*")
    for second in ("@batch=1 PRIVMSG #tea :two", "@batch=1;draft/multiline-concat PRIVMSG #tea :three"):
        heard = ann.says("BATCH +1 draft/multiline #tea", "@batch=1 PRIVMSG #tea :one", second, "BATCH -1")
        assert heard == [":test.net 404 ann #tea :Your text was not sent: it looks like spam"]


@pytest.mark.covers("SPAMFILTER")
def test_kill_puts_off_who_says_it(net):
    op, far, ann, bob = (
        operator(net),
        operator(net, "far", node=1),
        net.join("ann", "#tea", node=1),
        net.join("bob", "#tea"),
    )
    op.says("SPAMFILTER ADD kill *evil* :Go away")
    net.forget()
    ann.says("PRIVMSG #tea :so evil", "PRIVMSG #tea :more")
    assert ann.closed == "Killed (test.net (Go away))"
    assert bob.lines == [":ann!~ann@127.0.0.1 QUIT :Killed (test.net (Go away))"]
    assert far.lines == [":test.net NOTICE far :*** ann!~ann@127.0.0.1 was caught by a filter (kill): *evil*"]
    assert [(each.kind, each.actor, each.target, each.text) for each in net.audited][-1] == (
        "filtered",
        "ann!~ann@127.0.0.1",
        "*evil*",
        "kill",
    )


@pytest.mark.parametrize("action", ["block", "kill"])
def test_what_waits_for_what_was_said_before_is_punished_once(net, action):
    op, ann = operator(net), net.join("ann", "#tea")
    op.says(f"SPAMFILTER ADD {action} *evil*")
    net.journal.holding = True
    ann.says("PRIVMSG #tea :one", "PRIVMSG #tea :evil")
    net.journal.holding = False
    net.settle()
    assert bool(ann.closed) is (action == "kill")
    assert [each.kind for each in net.audited].count("filtered") == 1


@pytest.mark.covers("SPAMFILTER")
def test_warn_lets_it_through_and_tells_operators_everywhere(net):
    op, far, ann, bob = (
        operator(net),
        operator(net, "far", node=1),
        net.join("ann", "#tea", node=1),
        net.join("bob", "#tea"),
    )
    op.says("SPAMFILTER ADD warn *odd*")
    net.forget()
    ann.says("PRIVMSG #tea :odd thing", "PRIVMSG bob :an odd word", "PRIVMSG #tea :fine")
    assert [line.rpartition(":")[2] for line in bob.lines] == ["odd thing", "an odd word", "fine"]
    for talker, nick in ((op, "op"), (far, "far")):
        assert talker.lines == [
            f":test.net NOTICE {nick} :*** ann!~ann@127.0.0.1 said {where} what a filter warns of: *odd*"
            for where in ("in #tea", "in private")
        ]
    assert [(each.kind, each.text) for each in net.audited[-2:]] == [
        ("filtered", "warn in #tea"),
        ("filtered", "warn in private"),
    ]


def test_what_is_set_meanwhile_counts_at_its_place(net):
    op, ann, bob = operator(net), net.join("ann", "#tea"), net.join("bob", "#tea", node=1)
    net.forget()
    net.journal.holding = True
    op.says("SPAMFILTER ADD block *late*")
    ann.says("PRIVMSG #tea :too late")
    net.journal.holding = False
    net.settle()
    assert ann.lines == [":test.net 404 ann #tea :Your text was not sent: it looks like spam"]
    assert bob.lines == []
    assert len({node.engine.state.digest() for node in net.nodes}) == 1


def test_operators_are_not_filtered(net):
    op, bob = operator(net), net.join("bob", "#tea")
    op.says("SPAMFILTER ADD block *evil*", "SPAMFILTER ADD warn *odd*", "JOIN #tea", "PRIVMSG #tea :odd evil")
    assert bob.hears(":op!~op@127.0.0.1 PRIVMSG #tea :odd evil")


@pytest.mark.covers("NOTE * FILTER", "NOTE * END_OF_FILTERS", "NOTE * NO_FILTER", "NOTE * FILTER_LIFTED")
def test_list_test_and_del(net):
    op = operator(net)
    op.says("SPAMFILTER ADD block *evil* :Bad word")
    op.forget()
    described = ":test.net NOTE SPAMFILTER FILTER :block *evil* by op since 2023-11-14T22:13:20.000Z: Bad word"
    assert op.says("SPAMFILTER LIST") == [described, ":test.net NOTE SPAMFILTER END_OF_FILTERS :1 filter"]
    assert op.says("SPAMFILTER TEST :what an EVIL deed") == [described]
    assert op.says("SPAMFILTER TEST fine") == [":test.net NOTE SPAMFILTER NO_FILTER :No filter is met by that"]
    assert op.says("SPAMFILTER DEL *EVIL*") == [
        ":test.net NOTE SPAMFILTER FILTER_LIFTED :*evil* filters nothing any more"
    ]
    assert op.says("SPAMFILTER LIST") == [":test.net NOTE SPAMFILTER END_OF_FILTERS :0 filters"]
    assert op.says("SPAMFILTER DEL *evil*") == [
        ":test.net 698 op * * * :There is no such filter; SPAMFILTER LIST shows those that there are"
    ]


@pytest.mark.covers(
    "FAIL SPAMFILTER UNKNOWN_SUBCOMMAND", "FAIL SPAMFILTER UNKNOWN_ACTION", "FAIL SPAMFILTER INVALID_PATTERN"
)
def test_what_is_wrong_is_said(net):
    op = operator(net)
    assert op.says("SPAMFILTER EAT x") == [
        ":test.net FAIL SPAMFILTER UNKNOWN_SUBCOMMAND EAT :SPAMFILTER knows ADD, DEL, LIST, TEST; see HELP SPAMFILTER"
    ]
    assert op.says("SPAMFILTER ADD sing *word*") == [
        ":test.net FAIL SPAMFILTER UNKNOWN_ACTION sing :There are the actions block, warn, kill; see HELP SPAMFILTER"
    ]
    for pattern in ("*", "*a?b*", "x" * 300):
        assert "INVALID_PATTERN" in op.says(f"SPAMFILTER ADD block {pattern}")[0]
    for said in ("SPAMFILTER ADD block", "SPAMFILTER DEL", "SPAMFILTER"):
        assert op.says(said)[0].split(" ")[1] == "461"


@pytest.mark.covers("ERR_BANLISTFULL")
def test_there_are_only_so_many():
    net = Net(settings=SETTINGS, limits=Limits(filters_max=1))
    op = operator(net)
    op.says("SPAMFILTER ADD block *one*")
    op.forget()
    assert op.says("SPAMFILTER ADD block *two*") == [
        ":test.net 478 op * * :There are 1 filters, as many as there may be; SPAMFILTER DEL lifts one"
    ]
    assert "FILTER_SET" in op.says("SPAMFILTER ADD warn *one*")[0]


def test_filters_survive_a_restart():
    net = Net(settings=SETTINGS)
    operator(net).says("SPAMFILTER ADD block *evil*")
    snapshot, seq = net.engine.snapshot(), net.engine.state.seq
    for checkpoint, after in ((None, 0), (snapshot, seq)):
        net.restart(checkpoint, after)
        ann = net.join("ann", "#tea")
        assert "404" in ann.says("PRIVMSG #tea :evil")[0]


@pytest.mark.covers("ERR_NOPRIVILEGES", "ERR_NOPRIVS")
def test_it_takes_an_operator_with_the_privilege(net):
    operator(net)
    ann, clerk = net.connect("ann"), operator(net, "clerk", "OPER clerk ink")
    assert ann.says("SPAMFILTER LIST") == [":test.net 481 ann :Permission denied: you are not an IRC operator"]
    assert clerk.says("SPAMFILTER LIST")[0].split(" ")[1] == "723"
