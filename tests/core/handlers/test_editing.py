"""Edits (docs/messages.md) and reactions (IRCv3 reply and react client tags, https://ircv3.net/specs/client-tags/react):
what they are about, who may, and what others hear."""

from __future__ import annotations

import pytest

from ipcchat.core import facts
from ipcchat.core.facts import Posted
from ipcchat.core.limits import Limits
from ipcchat.core.settings import Settings
from tests.core.deeds import comes, happened, has_account, is_logged_in
from tests.core.net import ALL_CAPS, Net, Talker
from tests.core.tea import BOB, last, says

CAPS = f"{ALL_CAPS} draft/message-edit draft/multiline"
KEY = "+ipc-chat/key=01JD3V5X4QZ8WQ2N6T0YB9K7HM"


def kept(net: Net) -> list[Posted]:
    """What is about a message and was not refused."""
    entries = [entry for entry in net.journal.entries if entry.seq not in net.engine.voided]
    return [entry.fact for entry in entries if isinstance(entry.fact, Posted) and entry.fact.about]


@pytest.fixture
def ann(net: Net) -> Talker:
    """The operator of #tea."""
    return net.join("ann", "#tea", CAPS)


@pytest.fixture
def bob(net: Net, ann: Talker) -> Talker:
    """A member of #tea."""
    talker = net.join("bob", "#tea", CAPS)
    ann.forget()
    return talker


# Edits.


@pytest.mark.covers("draft/message-edit")
def test_who_knows_edits_gets_the_tag_and_the_others_words(net, ann, bob):
    old, tagged = net.join("old", "#tea"), net.join("new", "#tea", "message-tags")
    msgid = says(bob, "PRIVMSG #tea :helo")
    net.forget()
    (echo,) = bob.says(f"@+draft/edit={msgid} PRIVMSG #tea :hello")
    for line in (echo, *ann.lines):
        assert f";+draft/edit={msgid} {BOB} PRIVMSG #tea :hello" in line
    assert old.lines == [f"{BOB} PRIVMSG #tea :hello (edited)"]
    assert tagged.lines == [f"@msgid={last(net)} {BOB} PRIVMSG #tea :hello (edited)"]
    assert [fact.about for fact in kept(net)] == [net.engine.tagger.seq(msgid)]
    assert net.journal.entries[-1].fact.history_target is None


def test_who_does_not_get_tags_gets_words(net, ann, bob):
    half = net.join("half", "#tea", "draft/message-edit")
    msgid = says(bob, "PRIVMSG #tea :helo")
    half.forget()
    bob.says(f"@+draft/edit={msgid} PRIVMSG #tea :hello")
    assert half.lines == [f"{BOB} PRIVMSG #tea :hello (edited)"]


def test_ones_own_client_that_knows_no_edits_gets_words_as_well(net, ann):
    has_account(net, "cat")
    first, second = comes(net, "cat", caps=CAPS), comes(net, "cat", caps=ALL_CAPS)
    msgid = says(first, "PRIVMSG ann :helo")
    net.forget()
    first.says(f"@+draft/edit={msgid} PRIVMSG ann :hello")
    assert second.bare == [":cat!~cat@127.0.0.1 PRIVMSG ann :hello (edited)"]


def test_the_words_have_room(net, ann, bob):
    old = net.join("old", "#tea")
    msgid = says(bob, "PRIVMSG #tea :helo")
    old.forget()
    text = "ä" * 235
    bob.says(f"@+draft/edit={msgid} PRIVMSG #tea :{text}")
    (line,) = old.lines
    assert line.endswith("ä (edited)") and len(line.encode()) <= 510
    old.forget()
    bob.says(f"@+draft/edit={msgid} PRIVMSG #tea :\x01ACTION waves\x01")
    assert old.lines == [f"{BOB} PRIVMSG #tea :\x01ACTION waves (edited)\x01"]


def test_a_message_of_several_lines(net, ann, bob):  # IRCv3 draft/multiline
    old = net.join("old", "#tea")
    msgid = says(bob, "PRIVMSG #tea :helo")
    net.forget()
    bob.says(
        f"@+draft/edit={msgid} BATCH +1 draft/multiline #tea",
        "@batch=1 PRIVMSG #tea :one",
        "@batch=1 PRIVMSG #tea :two",
        "@batch=1;draft/multiline-concat PRIVMSG #tea : more",
        "BATCH -1",
    )
    assert f"+draft/edit={msgid}" in ann.lines[0] and "BATCH +" in ann.lines[0]
    assert old.lines == [
        f"{BOB} PRIVMSG #tea :one",
        f"{BOB} PRIVMSG #tea :two",
        f"{BOB} PRIVMSG #tea : more (edited)",
    ]
    assert kept(net)[0].text == "one\ntwo\r more"


@pytest.mark.covers("FAIL EDIT EDIT_FORBIDDEN", "FAIL EDIT INVALID_TARGET", "FAIL EDIT UNKNOWN_MSGID")
def test_nobody_edits_what_others_said(net, ann, bob):
    eve = net.connect("eve", CAPS)
    msgid = says(bob, "PRIVMSG #tea :hello")
    net.forget()
    assert ann.asks(f"@+draft/edit={msgid} PRIVMSG #tea :I am stupid") == [
        f":test.net FAIL EDIT EDIT_FORBIDDEN #tea {msgid} :You edit only what you said yourself"
    ]
    assert "INVALID_TARGET #tea" in eve.asks(f"@+draft/edit={msgid} PRIVMSG #tea :I am stupid")[0]
    assert "INVALID_TARGET @#tea" in bob.asks(f"@+draft/edit={msgid} PRIVMSG @#tea :I am stupid")[0]
    for written in ("x", "journal-99", f"{msgid}0"):
        assert ann.asks(f"@+draft/edit={written} PRIVMSG #tea :hi") == [
            f":test.net FAIL EDIT UNKNOWN_MSGID #tea {written} :This message does not exist or is too old"
        ]
    for talker in (ann, eve):
        assert f"{BOB} PRIVMSG #tea :I am stupid" not in talker.bare
    assert bob.bare[1:] == [] and kept(net) == []


def test_the_claim_is_never_passed_on_unchecked(net, ann, bob):  # hostile input P05
    old = net.join("old", "#tea", "message-tags")
    msgid = says(bob, "PRIVMSG #tea :hello")
    net.forget()
    old.says(f"@+draft/edit={msgid} PRIVMSG #tea :I am stupid", f"@+draft/edit={msgid};+x=y TAGMSG #tea")
    assert old.bare[0] == (
        ":test.net 400 old EDIT #tea :An edit needs the capabilities draft/message-edit and message-tags"
    )
    assert not any("draft/edit" in line for line in ann.lines)


@pytest.mark.covers("FAIL EDIT DISABLED")
def test_edits_are_off(net, ann, bob):
    msgid = says(bob, "PRIVMSG #tea :helo")
    net.engine.state.channels["#tea"].settings = {"edits": "off"}
    assert bob.asks(f"@+draft/edit={msgid} PRIVMSG #tea :hello") == [
        f":test.net FAIL EDIT DISABLED #tea {msgid} :Messages are not edited in this channel (ChanServ SET: edits off)"
    ]


def test_a_network_without_edits():  # ISUPPORT CLIENTTAGDENY
    net = Net(settings=Settings(network="TestNet", server_name="test.net", tags_denied=("draft/edit", "draft/react")))
    bob = net.join("bob", "#tea", CAPS)
    msgid = says(bob, "PRIVMSG #tea :helo")
    assert "FAIL EDIT DISABLED #tea" in bob.asks(f"@+draft/edit={msgid} PRIVMSG #tea :hello")[0]
    bob.says(f"@+reply={msgid};+draft/react=x TAGMSG #tea")
    assert kept(net) == []


@pytest.mark.covers("FAIL EDIT EDIT_WINDOW_EXPIRED", "FAIL EDIT TOO_MANY_EDITS")
def test_so_long_and_so_often():
    net = Net(limits=Limits(edit_seconds_max=60, edits_per_message_max=1))
    bob = net.join("bob", "#tea", CAPS)
    msgid = says(bob, "PRIVMSG #tea :one")
    assert f"{BOB} PRIVMSG #tea :two" in bob.asks(f"@+draft/edit={msgid} PRIVMSG #tea :two")
    assert bob.asks(f"@+draft/edit={msgid} PRIVMSG #tea :three") == [
        f":test.net FAIL EDIT TOO_MANY_EDITS #tea {msgid} :This message was edited 1 times, as often as can be; write "
        "another"
    ]
    net.pass_time(61)
    assert bob.asks(f"@+draft/edit={msgid} PRIVMSG #tea :three") == [
        f":test.net FAIL EDIT EDIT_WINDOW_EXPIRED #tea {msgid} 60 :You can no longer edit this message"
    ]


def test_a_notice_is_edited_by_a_notice_and_both_are_answered(net, ann, bob):
    msgid = says(bob, "NOTICE #tea :helo")
    net.forget()
    assert "This was a NOTICE" in bob.asks(f"@+draft/edit={msgid} PRIVMSG #tea :hello")[0]
    assert "UNKNOWN_MSGID" in bob.asks("@+draft/edit=x NOTICE #tea :hello")[0]
    assert bob.asks(f"@+draft/edit={msgid} NOTICE #tea :hello") == [f"{BOB} NOTICE #tea :hello"]


def test_who_edits_an_edit_edits_the_message(net, ann, bob):
    first = says(bob, "PRIVMSG #tea :one")
    second = says(bob, f"@+draft/edit={first} PRIVMSG #tea :two")
    net.forget()
    bob.says(f"@+draft/edit={second} PRIVMSG #tea :three")
    assert f"+draft/edit={first} " in ann.lines[0]
    assert {fact.about for fact in kept(net)} == {net.engine.tagger.seq(first)}


def test_a_new_text_is_checked_like_any(net, ann, bob):
    msgid = says(bob, "PRIVMSG #tea :one")
    ann.says("MODE #tea +c")
    assert "+c" in bob.asks(f"@+draft/edit={msgid} PRIVMSG #tea :\x02two")[0]
    ann.says("MODE #tea -c+m")
    assert "404 bob #tea" in bob.asks(f"@+draft/edit={msgid} PRIVMSG #tea :two")[0]
    ann.says("MODE #tea +U")
    assert "EDIT INVALID_TARGET #tea" in bob.asks(f"@+draft/edit={msgid} PRIVMSG #tea :two")[0]
    ann.says("MODE #tea -mU+S")
    net.forget()
    bob.says(f"@+draft/edit={msgid} PRIVMSG #tea :\x02two")
    assert ann.bare == [f"{BOB} PRIVMSG #tea :two"]


def test_a_key_counts_for_edits(net, ann, bob):
    msgid = says(bob, "PRIVMSG #tea :one")
    net.forget()
    for _ in range(2):
        bob.says(f"@+draft/edit={msgid};{KEY} PRIVMSG #tea :two")
    assert len(ann.lines) == 1
    assert bob.lines == [bob.lines[0]] * 2


def test_the_receipt_of_an_edit_for_a_client_that_knows_none(net, ann, bob):
    msgid = says(bob, "PRIVMSG #tea :one")
    bob.says(f"@+draft/edit={msgid};{KEY} PRIVMSG #tea :two", "CAP REQ -draft/message-edit")
    bob.forget()
    assert bob.asks(f"@{KEY} PRIVMSG #tea :two") == [f"{BOB} PRIVMSG #tea :two (edited)"]


def test_a_key_counts_also_when_it_would_be_too_late_now():
    net = Net(limits=Limits(edit_seconds_max=60))
    bob = net.join("bob", "#tea", CAPS)
    msgid = says(bob, "PRIVMSG #tea :one")
    bob.forget()
    bob.says(f"@+draft/edit={msgid};{KEY} PRIVMSG #tea :two")
    net.pass_time(65)
    bob.says(f"@+draft/edit={msgid};{KEY} PRIVMSG #tea :two")
    assert bob.lines == [bob.lines[0]] * 2


def test_the_session_s_commands_wait_for_the_message(net, ann, bob):
    msgid = says(bob, "PRIVMSG #tea :one")
    net.forget()
    bob.says(f"@+draft/edit={msgid} PRIVMSG #tea :two", "PRIVMSG #tea :later")
    bob.says("PRIVMSG #tea :a", f"@+draft/edit={msgid} PRIVMSG #tea :three", "PRIVMSG #tea :b", "PING x")
    assert [line.rpartition(":")[2] for line in ann.bare] == ["two", "later", "a", "three", "b"]
    net.forget()
    net.journal.holding = True
    bob.says("PRIVMSG #tea :a", f"@+draft/edit={msgid} PRIVMSG #tea :four", "PRIVMSG #tea :b", "PING x")
    net.journal.holding = False
    net.settle()
    assert [line.rpartition(":")[2] for line in ann.bare] == ["a", "four", "b"]
    assert [line.rpartition(":")[2] for line in bob.bare] == ["a", "four", "b", "x"]


def test_a_redacted_message_is_not_edited(net, ann, bob):
    bob.says("CAP REQ draft/message-redaction")
    msgid = says(bob, "PRIVMSG #tea :one")
    bob.says(f"REDACT #tea {msgid}")
    assert "UNKNOWN_MSGID" in bob.asks(f"@+draft/edit={msgid} PRIVMSG #tea :two")[0]


def test_with_a_message_go_its_edits(net, ann, bob):
    """Who knows REDACT but no edits has two messages, and is told of both."""
    old = net.join("old", "#tea", f"{ALL_CAPS} draft/message-redaction")
    for talker in (ann, bob):
        talker.says("CAP REQ draft/message-redaction")
    first = says(bob, "PRIVMSG #tea :one")
    second = says(bob, f"@+draft/edit={first} PRIVMSG #tea :two")
    net.forget()
    bob.says(f"REDACT #tea {second}")
    assert ann.bare == bob.bare == [f"{BOB} REDACT #tea {first}"]
    assert old.bare == [f"{BOB} REDACT #tea {first}", f"{BOB} REDACT #tea {second}"]
    assert not any("two" in line or "one" in line for line in ann.says("CHATHISTORY LATEST #tea * 9"))


# In private.


def test_in_private(net, ann, bob):
    for talker, name in ((ann, "ann"), (bob, "bob")):
        is_logged_in(net, talker, name)
    ann.says("AWAY :out")
    msgid = says(bob, "PRIVMSG ann :one")
    net.forget()
    assert bob.asks(f"@+draft/edit={msgid} PRIVMSG ann :two") == [f"{BOB} PRIVMSG ann :two"]
    assert f"+draft/edit={msgid} " in ann.lines[0]
    assert "EDIT_FORBIDDEN bob" in ann.asks(f"@+draft/edit={msgid} PRIVMSG bob :three")[0]


def test_an_edit_disturbs_nobody(net, ann, bob):  # user mode +g
    for talker, name in ((ann, "ann"), (bob, "bob")):
        is_logged_in(net, talker, name)
    msgid = says(bob, "PRIVMSG ann :one")
    ann.says("MODE ann +g")
    net.forget()
    assert " 716 bob ann " in bob.asks(f"@+draft/edit={msgid} PRIVMSG ann :two")[0]
    assert ann.lines == []


def test_two_guests_have_no_history(net, ann, bob):
    msgid = says(bob, "PRIVMSG ann :one")
    assert "UNKNOWN_MSGID" in bob.asks(f"@+draft/edit={msgid} PRIVMSG ann :two")[0]
    bob.forget()
    bob.says(f"@+reply={msgid};+draft/react=x TAGMSG ann")
    assert ann.bare[-1] == f"{BOB} TAGMSG ann"
    assert kept(net) == []


def test_who_logs_out_on_the_way_changes_nothing(net, ann, bob):
    is_logged_in(net, bob, "bob")
    msgid = says(bob, "PRIVMSG #tea :one")
    seq = net.engine.tagger.seq(msgid)
    fields = {"source": bob.user.mask, "target": "#tea", "text": "two", "about": seq}
    happened(net, facts.Posted, bob, **fields)
    assert kept(net) == []


# Reactions.


def react(talker: Talker, msgid: str, text: str = "lol", tag: str = "+draft/react", more: str = "") -> list[str]:
    """React; what he heard, tags and all."""
    talker.forget()
    return talker.says(f"@+reply={msgid};{tag}={text}{more} TAGMSG #tea")


def test_a_reaction_is_kept_with_its_message(net, ann, bob):
    old = net.join("old", "#tea")
    msgid = says(ann, "PRIVMSG #tea :hello")
    net.forget()
    (echo,) = react(bob, msgid, more=";+x=y")
    assert echo.endswith(f";msgid={last(net)};+reply={msgid};+draft/react=lol {BOB} TAGMSG #tea")
    assert ann.lines == [echo]
    assert old.lines == []
    (fact,) = kept(net)
    assert (fact.about, fact.tags) == (net.engine.tagger.seq(msgid), {"+reply": msgid, "+draft/react": "lol"})


def test_the_old_name_of_the_tag(net, ann, bob):
    msgid = says(ann, "PRIVMSG #tea :hello")
    bob.says(f"@+draft/reply={msgid};+draft/react=x TAGMSG #tea")
    assert kept(net)[0].tags == {"+reply": msgid, "+draft/react": "x"}


def test_a_second_time_changes_nothing(net, ann, bob):
    msgid = says(ann, "PRIVMSG #tea :hello")
    first = react(bob, msgid)
    ann.forget()
    assert react(bob, msgid) == first
    assert ann.lines == []
    assert len(kept(net)) == 1
    react(bob, msgid, "wow")
    react(ann, msgid)
    assert len(kept(net)) == 3


def test_taking_a_reaction_back(net, ann, bob):
    msgid = says(ann, "PRIVMSG #tea :hello")
    ann.forget()
    assert react(bob, msgid, tag="+draft/unreact") == []
    react(bob, msgid)
    ann.forget()
    (echo,) = react(bob, msgid, tag="+draft/unreact")
    assert echo.endswith(f"+reply={msgid};+draft/unreact=lol {BOB} TAGMSG #tea")
    assert ann.lines == [echo]
    assert react(bob, msgid, tag="+draft/unreact") == [echo]
    assert len(kept(net)) == 2
    react(bob, msgid)
    assert len(kept(net)) == 3


def test_a_labelled_one_that_changes_nothing_is_answered(net, ann, bob):  # IRCv3 labeled-response
    msgid = says(ann, "PRIVMSG #tea :hello")
    bob.forget()
    bob.says(f"@label=1;+reply={msgid};+draft/unreact=x TAGMSG #tea")
    assert bob.lines == ["@label=1 :test.net ACK"]


def test_a_reaction_with_a_key_is_repeated_after_it_was_taken_back(net, ann, bob):
    msgid = says(ann, "PRIVMSG #tea :hello")
    first = react(bob, msgid, more=f";{KEY}")
    react(bob, msgid, tag="+draft/unreact")
    assert react(bob, msgid, more=f";{KEY}") == first
    assert len(kept(net)) == 2


def test_what_cannot_be_seen_is_reacted_to_in_passing(net, ann, bob):
    eve = net.connect("eve", CAPS)
    msgid = says(ann, "PRIVMSG #tea :hello")
    ann.says("MODE #tea -n")
    reaction = says(bob, f"@+reply={msgid};+draft/react=x TAGMSG #tea")
    ann.forget()
    react(eve, msgid)
    for unknown in ("x", "journal-99", reaction):
        react(bob, unknown)
    assert [line.rpartition(" ")[2] for line in ann.bare] == ["#tea"] * 4
    assert len(kept(net)) == 1


def test_a_reaction_among_operators_is_not_kept(net, ann, bob):
    msgid = says(ann, "PRIVMSG #tea :hello")
    ann.says(f"@+reply={msgid};+draft/react=x TAGMSG @#tea")
    ann.says("MODE #tea +mU")
    ann.forget()
    react(bob, msgid)
    assert ann.bare == [f"{BOB} TAGMSG @#tea"]
    assert kept(net) == []


@pytest.mark.covers("FAIL TAGMSG INVALID_REACTION")
def test_what_is_no_reaction(net, ann, bob):
    bob.says("CAP REQ draft/message-edit")
    msgid = says(ann, "PRIVMSG #tea :hello")
    for tags in ("+draft/react=a;+draft/unreact=b", "+draft/react=", f"+draft/react={'x' * 101}"):
        bob.forget()
        (line,) = bob.asks(f"@+reply={msgid};{tags} TAGMSG #tea")
        assert line.startswith(":test.net FAIL TAGMSG INVALID_REACTION #tea :")
    bob.says(f"@+reply={msgid};+draft/react={'x' * 100} TAGMSG #tea")
    assert len(kept(net)) == 1


@pytest.mark.covers("FAIL TAGMSG TOO_MANY_REACTIONS")
def test_so_many_reactions():
    net = Net(limits=Limits(reactions_per_message_max=3, reactions_per_author_max=2))
    ann, bob = net.join("ann", "#tea", CAPS), net.join("bob", "#tea", CAPS)
    msgid = says(ann, "PRIVMSG #tea :hello")
    react(bob, msgid, "a")
    react(bob, msgid, "b")
    (line,) = react(bob, msgid, "c")
    assert f"TOO_MANY_REACTIONS #tea {msgid} :You reacted to this message 2 times" in line
    react(ann, msgid, "a")
    (line,) = react(ann, msgid, "b")
    assert f"TOO_MANY_REACTIONS #tea {msgid} :This message has 3 reactions" in line
    react(bob, msgid, "a", "+draft/unreact")
    assert len(kept(net)) == 4


def test_several_recipients_have_no_message_in_common(net, ann, bob):
    msgid = says(ann, "PRIVMSG #tea :hello")
    for line in (f"@+reply={msgid};+draft/react=x TAGMSG #tea,bob", f"@+draft/edit={msgid} PRIVMSG #tea,bob :x"):
        assert ":test.net 407 ann #tea,bob" in ann.asks(line)[0]


def test_a_reaction_to_an_edit_is_one_to_its_message(net, ann, bob):
    first = says(bob, "PRIVMSG #tea :one")
    second = says(bob, f"@+draft/edit={first} PRIVMSG #tea :two")
    react(ann, second)
    assert kept(net)[-1].tags["+reply"] == first


def test_its_author_redacts_a_reaction(net, ann, bob):
    for talker in (ann, bob):
        talker.says("CAP REQ draft/message-redaction")
    old = net.join("old", "#tea")
    msgid = says(ann, "PRIVMSG #tea :hello")
    reaction = says(bob, f"@+reply={msgid};+draft/react=x TAGMSG #tea")
    net.forget()
    assert bob.asks(f"REDACT #tea {reaction}") == [f"{BOB} REDACT #tea {reaction}"]
    assert old.lines == []
    assert not any("react" in line for line in ann.says("CHATHISTORY LATEST #tea * 9"))
    react(bob, msgid, "x")
    assert len(kept(net)) == 2


def test_a_reply_is_an_ordinary_message(net, ann, bob):
    msgid = says(ann, "PRIVMSG #tea :hello")
    ann.forget()
    bob.says(f"@+reply={msgid};+draft/react=lol PRIVMSG #tea :lol")
    assert ann.lines[0].endswith(f"+reply={msgid};+draft/react=lol {BOB} PRIVMSG #tea :lol")
    assert net.journal.entries[-1].fact.history_target == "#tea"
    assert kept(net) == []


def test_one_who_reacted_as_a_guest_is_the_same_when_he_has_logged_in(net, ann, bob):
    msgid = says(ann, "PRIVMSG #tea :hello")
    first = react(bob, msgid)
    is_logged_in(net, bob, "bob")
    assert react(bob, msgid) == first
    assert len(kept(net)) == 1
