"""REDACT: who takes away what, who hears of it, and what is left of it (IRCv3 draft/message-redaction,
https://ircv3.net/specs/extensions/message-redaction)."""

from __future__ import annotations

import pytest

from ipcchat.core import past
from ipcchat.core.effects import HistoryAnswer
from ipcchat.core.limits import Limits
from tests.core.deeds import comes, has_account, is_logged_in
from tests.core.net import Net
from tests.core.tea import ANN, BOB, CAPS, heard, history, last, says


@pytest.mark.covers("REDACT", "draft/message-redaction")
def test_who_said_it_takes_it_back(net, ann, bob):
    old = net.join("old", "#tea")
    msgid = says(bob, "PRIVMSG #tea :wrong window")
    net.pass_time(90)
    net.forget()
    assert bob.asks(f"REDACT #tea {msgid} :sorry") == [f"{BOB} REDACT #tea {msgid} sorry"]
    assert heard(ann) == [f"{BOB} REDACT #tea {msgid} sorry"]
    assert heard(old) == [":test.net NOTICE #tea :bob took back a message from 90 seconds ago: sorry"]
    assert history(ann) == []


def test_the_redaction_has_time_account_and_id(net, ann, bob):
    is_logged_in(net, bob, "bob")
    bob.says("CAP REQ account-tag")
    msgid = says(bob, "PRIVMSG #tea :oops")
    ann.says("CAP REQ account-tag")
    ann.forget()
    bob.says(f"REDACT #tea {msgid}")
    (line,) = ann.lines
    tags, rest = line.split(" ", 1)
    assert rest == f"{BOB} REDACT #tea {msgid}"
    assert f"msgid={last(net)}" in tags and "account=bob" in tags and "time=" in tags


def test_a_labelled_one_is_answered_once(net, ann, bob):  # IRCv3 labeled-response
    msgid = says(bob, "PRIVMSG #tea :oops")
    bob.forget()
    bob.says(f"@label=7 REDACT #tea {msgid}")
    (line,) = bob.lines
    assert line.startswith("@label=7;") and line.endswith(f"REDACT #tea {msgid}")


@pytest.mark.covers("FAIL REDACT REDACT_FORBIDDEN")
def test_operators_take_away_what_others_said(net, ann, bob):
    own, other = says(ann, "PRIVMSG #tea :I rule"), says(bob, "PRIVMSG #tea :buy")
    old = net.join("old", "#tea")
    net.forget()
    assert bob.asks(f"REDACT #tea {own}") == [
        f":test.net FAIL REDACT REDACT_FORBIDDEN #tea {own} :You take away what you said yourself; for what others "
        "said you must be operator (+o) or higher"
    ]
    ann.says(f"REDACT #tea {other} :no advertising")
    assert heard(bob)[-1] == f"{ANN} REDACT #tea {other} :no advertising"
    assert heard(old) == [":test.net NOTICE #tea :ann took away a message of bob from 0 seconds ago: no advertising"]
    assert [line.rpartition(":")[2] for line in history(bob)] == ["I rule"]


@pytest.mark.covers("FAIL REDACT INVALID_TARGET", "FAIL REDACT UNKNOWN_MSGID")
def test_what_is_not_there_for_one_is_not_there(net, ann, bob):
    eve = net.connect("eve", CAPS)
    msgid = says(bob, "PRIVMSG #tea :hello")
    ann.says("JOIN #den")
    for room in ("#tea", "#den", "#none"):
        assert eve.asks(f"REDACT {room} {msgid}") == [
            f":test.net FAIL REDACT INVALID_TARGET {room} :You cannot delete messages from {room}: join it first"
        ]
    for target, written in (("#den", msgid), ("#tea", "x"), ("#tea", "other-5"), ("ann", msgid)):
        assert ann.asks(f"REDACT {target} {written}") == [
            f":test.net FAIL REDACT UNKNOWN_MSGID {target} {written} :This message does not exist or is too old"
        ]
    assert "INVALID_TARGET nobody" in ann.asks(f"REDACT nobody {msgid}")[0]


def test_nothing_is_redacted_twice(net, ann, bob):
    msgid = says(bob, "PRIVMSG #tea :oops")
    bob.says(f"REDACT #tea {msgid}")
    assert "UNKNOWN_MSGID" in bob.asks(f"REDACT #tea {msgid}")[0]


def test_without_the_capability_there_is_no_such_command(net, ann):
    old = net.join("old", "#tea")
    msgid = says(old, "PRIVMSG #tea :oops")
    assert old.says(f"REDACT #tea {msgid}") == [
        ":test.net 421 old REDACT :REDACT needs the capability draft/message-redaction"
    ]


@pytest.mark.covers("FAIL REDACT REDACT_WINDOW_EXPIRED")
def test_people_have_so_long_and_operators_longer():
    net = Net(limits=Limits(redaction_seconds_max=60))
    ann, bob = net.join("ann", "#tea", CAPS), net.join("bob", "#tea", CAPS)
    first, second = says(bob, "PRIVMSG #tea :one"), says(bob, "PRIVMSG #tea :two")
    net.pass_time(60)
    assert bob.asks(f"REDACT #tea {first}")[0] == f"{BOB} REDACT #tea {first}"
    net.pass_time(1)
    assert bob.asks(f"REDACT #tea {second}") == [
        f":test.net FAIL REDACT REDACT_WINDOW_EXPIRED #tea {second} 60 :You can no longer delete this message"
    ]
    assert ann.asks(f"REDACT #tea {second}")[0] == f"{ANN} REDACT #tea {second}"


@pytest.mark.parametrize(
    ("value", "author", "operator"), [("own", True, True), ("operators", False, True), ("off", False, False)]
)
def test_the_channel_says_who_redacts(net, ann, bob, value, author, operator):
    net.engine.state.channels["#tea"].settings = {"redactions": value}
    first, second = says(bob, "PRIVMSG #tea :one"), says(bob, "PRIVMSG #tea :two")
    assert ("REDACT_FORBIDDEN" not in bob.asks(f"REDACT #tea {first}")[0]) == author
    assert ("REDACT_FORBIDDEN" not in ann.asks(f"REDACT #tea {second}")[0]) == operator


def test_who_may_not_speak_takes_nothing_back(net, ann, bob):  # hostile input P06
    msgid = says(bob, "PRIVMSG #tea :I did it")
    ann.says("MODE #tea +m")
    assert "REDACT_FORBIDDEN" in bob.asks(f"REDACT #tea {msgid}")[0]
    assert "only members with a prefix" in bob.lines[-1]


# Who somebody is.


def test_a_guest_is_the_one_who_is_still_here(net, ann, bob):
    msgid = says(bob, "PRIVMSG #tea :mine")
    bob.says("NICK rob")
    cat = net.join("bob", "#tea", CAPS)
    assert "REDACT_FORBIDDEN" in cat.asks(f"REDACT #tea {msgid}")[0]
    assert bob.asks(f"REDACT #tea {msgid}") == [f":rob!~bob@127.0.0.1 REDACT #tea {msgid}"]


def test_an_account_counts_wherever_it_is(net, ann):
    has_account(net, "bob")
    bob = comes(net, "bob", caps=CAPS)
    bob.says("JOIN #tea")
    msgid = says(bob, "PRIVMSG #tea :mine")
    bob.says("NICK bobby", "NS LOGOUT")
    assert not bob.user.account
    assert "REDACT_FORBIDDEN" in bob.asks(f"REDACT #tea {msgid}")[0]
    rob = comes(net, "rob", "bob", CAPS)
    rob.says("JOIN #tea")
    assert f":rob!~rob@127.0.0.1 REDACT #tea {msgid}" in rob.asks(f"REDACT #tea {msgid}")


def test_a_name_that_is_given_again_gets_nothing_of_before(net, ann, bob, monkeypatch):
    """Whoever registers the name of a deleted account later is somebody else."""
    is_logged_in(net, bob, "bob")
    msgid = says(bob, "PRIVMSG #tea :mine")
    monkeypatch.setattr(past, "account_after", lambda state, user: len(net.journal.entries))
    assert "REDACT_FORBIDDEN" in bob.asks(f"REDACT #tea {msgid}")[0]


# In private.


def test_in_private_both_sides_hear_it(net, ann, bob):
    for talker, name in ((ann, "ann"), (bob, "bob")):
        is_logged_in(net, talker, name)
    msgid = says(ann, "PRIVMSG bob :psst")
    bob.forget()
    assert "REDACT_FORBIDDEN" in bob.asks(f"REDACT ann {msgid}")[0]
    net.forget()
    assert ann.asks(f"REDACT bob {msgid} :no") == [f"{ANN} REDACT bob {msgid} no"]
    assert heard(bob) == [f"{ANN} REDACT bob {msgid} no"]
    assert "UNKNOWN_MSGID" in ann.asks(f"REDACT bob {msgid}")[0]


def test_in_private_words_for_those_who_know_no_redact(net, ann):
    old = net.connect("old")
    for talker, name in ((ann, "ann"), (old, "old")):
        is_logged_in(net, talker, name)
    msgid = says(ann, "PRIVMSG old :psst")
    old.forget()
    ann.says(f"REDACT old {msgid}")
    assert heard(old) == [":test.net NOTICE old :ann took back a message from 0 seconds ago"]
    msgid = says(ann, "PRIVMSG old :psst")
    old.says("SILENCE +ann!*@*")
    old.forget()
    ann.says(f"REDACT old {msgid}")
    assert old.lines == []


def test_what_was_written_to_somebody_who_left(net, ann):
    has_account(net, "bob")
    bob = comes(net, "bob", caps=CAPS)
    bob.says("NS SET ALWAYSON off")
    is_logged_in(net, ann, "ann")
    msgid = says(ann, "PRIVMSG bob :psst")
    bob.says("QUIT")
    assert ann.asks(f"REDACT bob {msgid}") == [f"{ANN} REDACT bob {msgid}"]


def test_a_guest_takes_back_what_he_wrote_to_an_account(net, ann):
    is_logged_in(net, ann, "ann")
    eve, cat = net.connect("eve", CAPS), net.connect("cat", CAPS)
    msgid = says(eve, "PRIVMSG ann :psst")
    assert "UNKNOWN_MSGID" in cat.asks(f"REDACT ann {msgid}")[0]
    eve.says("QUIT")
    other = net.connect("eve", CAPS)
    assert "UNKNOWN_MSGID" in other.asks(f"REDACT ann {msgid}")[0]
    msgid = says(other, "PRIVMSG ann :hello")
    assert other.asks(f"REDACT ann {msgid}") == [f":eve!~eve@127.0.0.1 REDACT ann {msgid}"]


# What is left.


def test_the_place_can_still_be_referred_to(net, ann, bob):
    msgid = says(bob, "PRIVMSG #tea :oops")
    bob.says("PRIVMSG #tea :later", f"REDACT #tea {msgid}")
    ann.says("CAP REQ batch")
    assert f"{BOB} PRIVMSG #tea later" in [
        line.replace(" :", " ") for line in ann.asks(f"CHATHISTORY AFTER #tea msgid={msgid} 10")
    ]


def test_what_the_backend_has_not_hidden_yet_is_left_out(net, ann, bob):
    msgid = says(bob, "PRIVMSG #tea :oops")
    bob.says("PRIVMSG #tea :later", f"REDACT #tea {msgid}")
    net.nodes[0].beside.clear()
    assert [line.rpartition(":")[2] for line in history(ann)] == ["later"]


def test_a_reason_is_cut(net, ann, bob):
    msgid = says(bob, "PRIVMSG #tea :oops")
    (line,) = bob.asks(f"REDACT #tea {msgid} :{'x' * 400}")
    assert line.endswith("x" * 200) and "x" * 201 not in line


def test_a_journal_that_cannot_be_read(net, ann, bob):
    msgid = says(bob, "PRIVMSG #tea :oops")
    net.answer = lambda: False
    bob.says(f"REDACT #tea {msgid}")
    net.nodes[0].perform(net.engine.resume(bob.session, HistoryAnswer([], error="the disk is broken"), net.now))
    assert bob.bare[-1] == (
        ":test.net FAIL REDACT TEMPORARILY_UNAVAILABLE #tea :That message could not be looked up: the disk is broken."
        " Try again later."
    )


def test_many_redactions_are_remembered_for_a_while():
    net = Net(limits=Limits(voided_facts_max=2))
    ann = net.join("ann", "#tea", CAPS)
    msgids = [says(ann, f"PRIVMSG #tea :{number}") for number in range(4)]
    for msgid in msgids:
        ann.says(f"REDACT #tea {msgid}")
    assert [net.engine.tagger.msgid(seq) for seq in net.engine.redacted] == msgids[2:]
