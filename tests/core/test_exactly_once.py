"""What is sent again with the same idempotency key was done once, and is answered as at first: by whoever has the key,
also when it would be refused now. (The client tag +ipc-chat/key, docs/messages.md.)"""

from __future__ import annotations

import pytest

from ipcchat.core import facts
from ipcchat.core.effects import Answer, Find, Found, Query
from tests.core.deeds import comes, has_account
from tests.core.net import ALL_CAPS, Net, Node, Talker

CAPS = f"{ALL_CAPS} draft/message-edit draft/message-redaction draft/multiline"
KEY = "+ipc-chat/key=01JD3V5X4QZ8WQ2N6T0YB9K7HM"
OTHER_KEY = "+ipc-chat/key=91JD3V5X4QZ8WQ2N6T0YB9K7HM"


@pytest.fixture
def ann(net: Net) -> Talker:
    """The operator of #tea."""
    return net.join("ann", "#tea", CAPS)


@pytest.fixture
def bob(net: Net, ann: Talker) -> Talker:
    """A guest in #tea."""
    return net.join("bob", "#tea", CAPS)


def last(net: Net) -> str:
    """The msgid of what was journaled last."""
    return net.engine.tagger.msgid(len(net.journal.entries))


def again(net: Net, channel: str = "#tea") -> Talker:
    """Bob after a cut: another connection, another user, while his ghost is still here."""
    talker = net.join("bob_", channel, CAPS) if channel else net.connect("bob_", CAPS)
    net.forget()
    return talker


def words(kind: str, msgid: str, target: str) -> str:
    """Something about a message, with a key."""
    return {
        "edit": f"@+draft/edit={msgid};{KEY} PRIVMSG {target} :two",
        "reaction": f"@+reply={msgid};+draft/react=x;{KEY} TAGMSG {target}",
        "redaction": f"@{KEY} REDACT {target} {msgid} :sorry",
    }[kind]


@pytest.mark.parametrize("kind", ["edit", "reaction", "redaction"])
@pytest.mark.parametrize("target", ["#tea", "ann"])
def test_a_guest_who_comes_back_gets_the_receipt_of_what_he_did(net, ann, bob, kind, target):
    bob.says(f"PRIVMSG {target} :one")
    line = words(kind, last(net), target)
    (receipt,) = bob.says(line)
    ann.forget()
    back = again(net)
    assert back.says(line) == [receipt]
    assert ann.lines == []


@pytest.mark.parametrize("target", ["#tea", "ann"])
def test_what_was_not_done_is_refused_to_a_guest_who_comes_back(net, ann, bob, target):
    bob.says(f"PRIVMSG {target} :one")
    msgid = last(net)
    back = again(net)
    place = "UNKNOWN_MSGID" if target == "ann" else "EDIT_FORBIDDEN"
    assert f"FAIL EDIT {place} {target} {msgid}" in back.asks(words("edit", msgid, target))[0]
    place = "UNKNOWN_MSGID" if target == "ann" else "REDACT_FORBIDDEN"
    assert f"FAIL REDACT {place} {target} {msgid}" in back.asks(words("redaction", msgid, target))[0]
    assert ann.lines == []


def test_also_in_a_channel_whose_past_is_closed_to_him(net, ann, bob):
    ann.says("MODE #tea +s")
    bob.says("PRIVMSG #tea :one")
    msgid = last(net)
    (edited,) = bob.says(words("edit", msgid, "#tea"))
    (redacted,) = bob.says(f"@{OTHER_KEY} REDACT #tea {msgid}")
    back = again(net)
    assert back.says(words("edit", msgid, "#tea")) == [edited]
    assert back.says(f"@{OTHER_KEY} REDACT #tea {msgid}") == [redacted]


@pytest.mark.parametrize(
    "trouble", ["MODE #tea +m", "MODE #tea +b *!*@*", "MODE #tea +R", "MODE #tea +n", "RENAME #tea #coffee"]
)
def test_a_post_that_he_may_not_say_any_more_is_not_refused_when_he_said_it(net, ann, bob, trouble):
    (receipt,) = bob.says(f"@{KEY} PRIVMSG #tea :hello")
    ann.says(trouble)
    back = again(net, channel="")
    assert back.says(f"@{KEY} PRIVMSG #tea :hello") == [receipt]
    (refusal,) = back.says(f"@{OTHER_KEY} PRIVMSG #tea :hello")
    assert " 404 " in refusal or " 403 " in refusal
    assert ann.bare == []


def test_the_receipt_of_several_lines(net, ann, bob):
    lines = [
        f"@{KEY} BATCH +1 draft/multiline #tea",
        "@batch=1 PRIVMSG #tea :a",
        "@batch=1 PRIVMSG #tea :b",
        "BATCH -1",
    ]
    receipt = bob.says(*lines)
    ann.says("MODE #tea +m")
    back = again(net)
    label = "@label=7;" + lines[0].removeprefix("@")
    found = back.says(label, *lines[1:])
    assert [line.partition(" ")[2].split(" ")[-1] for line in found[1:3]] == [":a", ":b"]
    assert found[0].startswith("@label=7;") and receipt[0].split(" ")[0].removeprefix("@") in found[0]
    assert ann.bare == []


def test_a_person_who_hears_nobody_any_more_got_it_when_it_was_sent(net, ann, bob):
    (receipt,) = bob.says(f"@{KEY} PRIVMSG ann :psst")
    ann.says("MODE ann +g")
    ann.forget()
    back = again(net)
    assert back.says(f"@{KEY} PRIVMSG ann :psst") == [receipt]
    assert ann.lines == []
    assert [line.split(" ")[1] for line in back.asks(f"@{OTHER_KEY} PRIVMSG ann :psst")] == ["716", "717"]
    assert " 718 ann bob_ " in ann.bare[0]


def test_a_person_who_is_gone_got_it_when_it_was_sent(net, ann, bob):
    (receipt,) = bob.says(f"@{KEY} PRIVMSG ann :psst")
    ann.hangs_up()
    bob.forget()
    assert bob.says(f"@{KEY} PRIVMSG ann :psst") == [receipt]
    assert bob.asks(f"@{OTHER_KEY} PRIVMSG ann :psst")[0].startswith(":test.net 401 bob ann ")


def test_the_refusal_has_its_place_in_the_order(net, ann, bob):
    bob.says(f"@{KEY} PRIVMSG #tea :hello")
    ann.says("MODE #tea +m", "MODE #tea +v bob")
    bob.forget()
    net.journal.holding = True
    bob.says("PRIVMSG #tea :a", f"@{OTHER_KEY} PRIVMSG #none :b", "PRIVMSG #tea :c", "PING d")
    net.journal.holding = False
    net.settle()
    assert [line.split(" ")[1] for line in bob.bare] == ["PRIVMSG", "403", "PRIVMSG", "PONG"]


def test_only_the_account_that_sent_it_gets_a_receipt(net, ann):
    has_account(net, "cat")
    cat = comes(net, "cat", caps=CAPS)
    cat.says("JOIN #tea", f"@{KEY} PRIVMSG #tea :hello")
    ann.says("MODE #tea +m")
    cat.forget()
    assert " PRIVMSG #tea :hello" in cat.says(f"@{KEY} PRIVMSG #tea :hello")[0]
    assert " 404 " in again(net).says(f"@{KEY} PRIVMSG #tea :hello")[0]


def test_what_was_refused_at_its_place_has_no_receipt(net, ann, bob):
    net.journal.holding = True
    ann.says("MODE #tea +m")
    bob.says(f"@{KEY} PRIVMSG #tea :hello")
    net.journal.holding = False
    net.settle()
    bob.forget()
    assert bob.asks(f"@{KEY} PRIVMSG #tea :hello")[0].startswith(":test.net 404 bob #tea ")


@pytest.mark.covers("FAIL * TEMPORARILY_UNAVAILABLE")
def test_when_nobody_can_tell_it_is_said(net, bob, monkeypatch):
    def unreadable(net: Net, node: Node, query: Query) -> Answer:
        assert isinstance(query, Find)
        return Found(error="it took too long")

    monkeypatch.setattr(Net, "answer_to", unreadable)
    text = "Nobody can tell now whether this happened when it was sent first: it took too long. Send it again later."
    assert bob.asks(f"@{KEY} PRIVMSG #none :hello") == [f":test.net FAIL PRIVMSG TEMPORARILY_UNAVAILABLE * :{text}"]


def test_two_redactions_of_one_key_in_flight_are_one(net, ann, bob):
    bob.says("PRIVMSG #tea :one")
    msgid = last(net)
    ann.forget()
    net.journal.holding = True
    for talker in (bob, ann):
        talker.says(f"@label=a;{KEY} REDACT #tea {msgid}")
    net.journal.holding = False
    net.settle()
    redacted = [entry.fact for entry in net.journal.entries if isinstance(entry.fact, facts.Redacted)]
    assert len(redacted) == 1
    assert [line for line in ann.bare if "REDACT" in line] == [f":bob!~bob@127.0.0.1 REDACT #tea {msgid}"] * 2


def test_a_redaction_of_a_channel_that_was_renamed_is_told_by_its_name_of_today(net, ann, bob):
    bob.says("PRIVMSG #tea :one")
    msgid = last(net)
    bob.says(f"@{KEY} REDACT #tea {msgid}")
    ann.says("RENAME #tea #coffee")
    back = again(net, "#coffee")
    assert back.asks(f"@{KEY} REDACT #tea {msgid}") == [f":bob!~bob@127.0.0.1 REDACT #coffee {msgid}"]
