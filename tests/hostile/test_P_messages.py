"""Messages belong to who said them: nobody else changes them or takes them back, whatever he is called, whatever he
was, and from whichever channel he points at them (P05)."""

from __future__ import annotations

import pytest

from ipcchat.core import facts
from tests.core.deeds import comes, has_account, is_logged_in
from tests.core.net import ALL_CAPS, Net, Talker

CAPS = f"{ALL_CAPS} draft/message-redaction draft/message-edit draft/multiline"
REFUSED = ("FORBIDDEN", "UNKNOWN_MSGID", "INVALID_TARGET", "NOT_PINNED", " 482 ", " 442 ", " 403 ")


@pytest.fixture
def net() -> Net:
    """A network of two nodes."""
    return Net(nodes=2)


@pytest.fixture
def ann(net: Net) -> Talker:
    """The operator of #tea, on the first node, by an account."""
    has_account(net, "ann")
    talker = comes(net, "ann", caps=CAPS)
    talker.says("JOIN #tea")
    return talker


@pytest.fixture
def bob(net: Net, ann: Talker) -> Talker:
    """A member of #tea, on the second node."""
    talker = net.join("bob", "#tea", CAPS, node=1)
    ann.forget()
    return talker


def said(talker: Talker, line: str) -> str:
    """Say something; its msgid."""
    talker.says(line)
    net = talker.node.net
    return net.engine.tagger.msgid(len(net.journal.entries))


def attacks(room: str, msgid: str) -> list[tuple[str, ...]]:
    """Everything that changes a message."""
    return [
        (f"REDACT {room} {msgid}",),
        (f"REDACT {room} {msgid} :because",),
        (f"@+draft/edit={msgid} PRIVMSG {room} :I am a fool",),
        (f"@+draft/edit={msgid} NOTICE {room} :I am a fool",),
        (
            f"@+draft/edit={msgid} BATCH +1 draft/multiline {room}",
            f"@batch=1 PRIVMSG {room} :I am",
            f"@batch=1 PRIVMSG {room} :a fool",
            "BATCH -1",
        ),
        (f"PIN {room} {msgid}",),
        (f"UNPIN {room} {msgid}",),
    ]


def changed_by(talker: Talker, room: str, msgid: str) -> list[facts.Fact]:
    """What was journaled, and not refused, while somebody tried everything; each try was answered with a no."""
    net = talker.node.net
    before = len(net.journal.entries)
    for lines in attacks(room, msgid):
        talker.forget()
        heard = talker.says(*lines)
        assert any(word in line for line in heard for word in REFUSED), (lines, heard)
    done = net.journal.entries[before:]
    return [entry.fact for entry in done if entry.seq not in net.engine.voided]


def test_P05_who_did_not_say_it_changes_nothing(net, ann, bob):
    msgid = said(ann, "PRIVMSG #tea :hello")
    assert changed_by(bob, "#tea", msgid) == []
    assert changed_by(net.connect("eve", CAPS, node=1), "#tea", msgid) == []
    assert any(line.endswith(":hello") for line in bob.says("CHATHISTORY LATEST #tea * 5"))


def test_P05_who_was_operator_a_moment_ago(net, ann, bob):
    msgid = said(ann, "PRIVMSG #tea :hello")
    ann.says("MODE #tea +o bob", "MODE #tea -o bob")
    assert changed_by(bob, "#tea", msgid) == []


def test_P05_who_loses_the_rank_while_it_is_on_its_way(net, ann, bob):
    msgid = said(ann, "PRIVMSG #tea :hello")
    ann.says("MODE #tea +o bob")
    net.journal.holding = True
    ann.says("MODE #tea -o bob")
    bob.says(f"REDACT #tea {msgid}", f"PIN #tea {msgid}")
    net.answer()
    net.journal.holding = False
    net.settle()
    assert [node.engine.state.channels["#tea"].pins for node in net.nodes] == [{}, {}]
    assert not any(node.engine.redacted for node in net.nodes)
    assert any("REDACT_FORBIDDEN" in line for line in bob.lines)


def test_P05_who_has_the_nick_now(net, ann, bob):
    msgid = said(bob, "PRIVMSG #tea :hello")
    bob.says("NICK rob")
    other = net.join("bob", "#tea", CAPS)
    assert changed_by(other, "#tea", msgid) == []
    bob.says("QUIT")
    again = net.join("rob", "#tea", CAPS, node=1)
    assert changed_by(again, "#tea", msgid) == []


def test_P05_who_has_the_nick_but_not_the_account(net, ann, bob):
    msgid = said(ann, "PRIVMSG #tea :hello")
    ann.says("NICK anne", "NS LOGOUT")
    assert ann.user.account == ""
    ann.says("MODE #tea -o anne")
    assert changed_by(ann, "#tea", msgid) == []
    assert changed_by(bob, "#tea", msgid) == []


def test_P05_a_message_of_another_channel(net, ann, bob):
    """Who is an operator in one channel is none in the others, by whichever he names the message."""
    msgid = said(ann, "PRIVMSG #tea :hello")
    bob.says("JOIN #bobs")
    for room in ("#bobs", "#tea", "#none"):
        assert changed_by(bob, room, msgid) == []


def test_P05_a_message_in_private(net, ann, bob):
    is_logged_in(net, bob, "bob")
    msgid = said(ann, "PRIVMSG bob :psst")
    eve = net.connect("eve", CAPS)
    is_logged_in(net, eve, "eve")
    for talker, target in ((bob, "ann"), (eve, "ann"), (eve, "bob"), (eve, "eve"), (bob, "#tea")):
        assert changed_by(talker, target, msgid) == []


def test_P05_a_claim_to_be_an_edit_goes_nowhere_unchecked(net, ann, bob):
    msgid = said(ann, "PRIVMSG #tea :hello")
    eve = net.join("eve", "#tea", "message-tags")
    net.forget()
    eve.says(
        f"@+draft/edit={msgid} PRIVMSG #tea :I am a fool",
        f"@+draft/edit={msgid};+x=y TAGMSG #tea",
        f"@+draft/edit={msgid} TAGMSG #tea",
        f"@+draft/edit={msgid} PRIVMSG @#tea :I am a fool",
        f"@+draft/edit={msgid} PRIVMSG #tea,bob :I am a fool",
        f"@draft/edit={msgid};+reply={msgid} PRIVMSG #tea :I am eve",
    )
    heard = [line for talker in (ann, bob) for line in talker.lines]
    assert not any("draft/edit" in line or "a fool" in line for line in heard)
    assert any("I am eve" in line for line in heard)


def test_P05_a_reaction_is_taken_back_by_who_reacted(net, ann, bob):
    msgid = said(ann, "PRIVMSG #tea :hello")
    reaction = said(ann, f"@+reply={msgid};+draft/react=x TAGMSG #tea")
    before = len(net.journal.entries)
    bob.says(f"@+reply={msgid};+draft/unreact=x TAGMSG #tea")
    assert len(net.journal.entries) == before
    assert changed_by(bob, "#tea", reaction) == []


def test_P05_reactions_of_one_do_not_fill_a_message_for_the_others(net, ann, bob):
    msgid = said(ann, "PRIVMSG #tea :hello")
    for number in range(net.engine.limits.reactions_per_author_max + 5):
        bob.says(f"@+reply={msgid};+draft/react={number} TAGMSG #tea")
    ann.forget()
    ann.says(f"@+reply={msgid};+draft/react=x TAGMSG #tea")
    about = [entry.fact for entry in net.journal.entries if entry.fact.parent]
    assert len(about) == net.engine.limits.reactions_per_author_max + 1
