"""PIN, UNPIN and PINS (docs/messages.md; answers as in IRCv3 standard replies)."""

from __future__ import annotations

import pytest

from ipcchat.core import past
from ipcchat.core.effects import HistoryAnswer
from tests.core.tea import ANN, BOB, CAPS, PINNED, pinned, says


@pytest.mark.covers("PIN", "PINS")
def test_an_operator_pins_and_all_find_it(net, ann, bob):
    old = net.join("old", "#tea")
    first, second = says(bob, "PRIVMSG #tea :rules"), says(ann, "NOTICE #tea :more rules")
    net.forget()
    ann.says(f"PIN #tea {second}", f"PIN #tea {first}")
    assert old.lines == [PINNED, PINNED]
    assert bob.bare == ann.bare == old.lines
    assert f";ipc-chat/pin={second} " in bob.lines[0]
    bob.forget()
    opening, *lines, closing = bob.says("PINS #TEA")
    assert " ipc-chat/pins #tea" in opening and "BATCH -" in closing
    assert [line.partition(" ")[2] for line in lines] == [
        f"{BOB} PRIVMSG #tea :rules",
        f"{ANN} NOTICE #tea :more rules",
    ]
    assert f"msgid={first}" in lines[0]
    old.forget()
    assert old.says("PINS #tea") == [f"{BOB} PRIVMSG #tea :rules", f"{ANN} NOTICE #tea :more rules"]


@pytest.mark.covers("UNPIN", "NOTE * NO_PINS", "FAIL UNPIN NOT_PINNED", "FAIL PIN ALREADY_PINNED")
def test_off_again(net, ann, bob):
    msgid = says(bob, "PRIVMSG #tea :rules")
    ann.says(f"PIN #tea {msgid}")
    ann.forget()
    assert ann.asks(f"PIN #tea {msgid}") == [
        f":test.net FAIL PIN ALREADY_PINNED #tea {msgid} :That message is pinned already; PINS #tea shows what is"
    ]
    net.forget()
    assert ann.asks(f"UNPIN #tea {msgid}") == [
        ":test.net NOTICE #tea :ann took a message off the pinned ones; PINS #tea shows them"
    ]
    assert f"ipc-chat/unpin={msgid}" in bob.lines[0]
    assert ann.asks(f"UNPIN #tea {msgid}") == [
        f":test.net FAIL UNPIN NOT_PINNED #tea {msgid} :That message is not pinned; PINS #tea shows what is"
    ]
    assert bob.asks("PINS #tea") == [":test.net NOTE PINS NO_PINS :Nothing is pinned in #tea"]


@pytest.mark.covers("FAIL PIN UNKNOWN_MSGID", "FAIL UNPIN UNKNOWN_MSGID")
def test_what_is_not_in_the_channel_is_not_pinned(net, ann, bob):
    ann.says("JOIN #den")
    elsewhere, here = says(ann, "PRIVMSG #den :secret"), says(bob, "PRIVMSG #tea :hello")
    reaction = says(bob, f"@+reply={here};+draft/react=x TAGMSG #tea")
    for msgid in (elsewhere, reaction, "x"):
        assert ann.asks(f"PIN #tea {msgid}")[-1] == (
            f":test.net FAIL PIN UNKNOWN_MSGID #tea {msgid} :This message does not exist or is too old"
        )
    assert "FAIL UNPIN UNKNOWN_MSGID #tea x" in ann.asks("UNPIN #tea x")[0]


def test_only_operators(net, ann, bob):  # Modern IRC, ERR_CHANOPRIVSNEEDED
    msgid = says(bob, "PRIVMSG #tea :rules")
    eve = net.connect("eve", CAPS)
    for line in (f"PIN #tea {msgid}", f"UNPIN #tea {msgid}", "PINS #tea"):
        assert ":test.net 442 eve #tea :You're not on that channel" in eve.asks(line)
        if not line.startswith("PINS"):
            assert ":test.net 482 bob #tea :You're not channel operator" in bob.asks(line)
    assert pinned(net) == []


def test_an_edit_stands_for_its_message(net, ann, bob):
    bob.says("CAP REQ draft/message-edit")
    first = says(bob, "PRIVMSG #tea :one")
    second = says(bob, f"@+draft/edit={first} PRIVMSG #tea :two")
    ann.says(f"PIN #tea {second}")
    assert pinned(net) == [net.engine.tagger.seq(first)]
    assert any(line.endswith("PRIVMSG #tea :two") for line in ann.says("PINS #tea"))


@pytest.mark.covers("NOTE * MESSAGE_GONE")
def test_what_left_history_is_gone_and_can_be_taken_off(net, ann, bob):
    msgid, other = says(bob, "PRIVMSG #tea :old"), says(bob, "PRIVMSG #tea :new")
    ann.says(f"PIN #tea {msgid}", f"PIN #tea {other}")
    net.nodes[0].engine.voided[net.engine.tagger.seq(msgid)] = None
    lines = bob.asks("PINS #tea")
    assert f"{BOB} PRIVMSG #tea :new" in lines
    assert lines[-1] == (
        f":test.net NOTE PINS MESSAGE_GONE :The pinned message {msgid} is gone from history; UNPIN #tea {msgid} takes "
        "it off the list"
    )
    ann.says(f"UNPIN #tea {msgid}")
    assert len(pinned(net)) == 1


def test_who_leaves_while_it_is_looked_up(net, ann, bob):
    first, second = says(bob, "PRIVMSG #tea :one"), says(bob, "PRIVMSG #tea :two")
    ann.says(f"PIN #tea {first}", f"PIN #tea {second}")
    bob.forget()
    answers = net.answer

    def answer():
        net.engine.state.channels["#tea"].members.pop(bob.user.uid, None)
        return answers()

    net.answer = answer
    assert ":test.net 442 bob #tea :You're not on that channel" in bob.asks("PINS #tea")


def test_what_one_may_not_see_is_gone_for_him(net, ann, bob, monkeypatch):
    msgid = says(bob, "PRIVMSG #tea :one")
    ann.says(f"PIN #tea {msgid}")
    monkeypatch.setattr(past, "of_channel", lambda state, user, channel: ())
    assert "MESSAGE_GONE" in bob.asks("PINS #tea")[-1]


def test_a_journal_that_cannot_be_read(net, ann, bob):
    msgid = says(bob, "PRIVMSG #tea :one")
    ann.says(f"PIN #tea {msgid}")
    net.answer = lambda: False
    bob.says("PINS #tea")
    net.nodes[0].perform(net.engine.resume(bob.session, HistoryAnswer([], error="the disk is broken"), net.now))
    assert "FAIL PINS TEMPORARILY_UNAVAILABLE #tea" in bob.bare[-1]
    assert pinned(net) == [net.engine.tagger.seq(msgid)]
