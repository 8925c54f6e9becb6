"""What a redaction means in its place of the order, and who is told how (IRCv3 draft/message-redaction,
https://ircv3.net/specs/extensions/message-redaction)."""

from __future__ import annotations

import msgspec
import pytest

from ipcchat.core import facts
from ipcchat.core.effects import Hide, Recall
from tests.core.deeds import comes, happened, has_account, is_logged_in
from tests.core.net import ALL_CAPS
from tests.core.tea import BOB, CAPS, heard, history, says

# What changes between the asking and its place in the order.


@pytest.mark.parametrize("change", ["MODE #tea -o ann", "NICK anne", "PART #tea"])
def test_it_is_checked_again_in_its_place(net, ann, bob, change):
    msgid = says(bob, "PRIVMSG #tea :spam")
    seq = net.engine.tagger.seq(msgid)
    fields = {"target": "#tea", "place": "#tea", "about": seq, "author": bob.user.uid, "source": ann.user.mask}
    ann.says(change)
    net.forget()
    happened(net, facts.Redacted, ann, **fields)
    assert bob.lines == []
    assert len(history(bob)) == 1
    assert list(net.engine.voided) == [len(net.journal.entries)]


def test_a_channel_that_is_gone_meanwhile(net, ann, bob):
    fields = {"target": "#no", "place": "#no", "about": 5, "author": ann.user.uid, "source": ann.user.mask}
    happened(net, facts.Redacted, ann, **fields)
    assert not any(isinstance(effect, Hide) for effect in net.nodes[0].beside)


def test_a_renamed_channel_keeps_its_messages(net, ann, bob):
    msgid = says(bob, "PRIVMSG #tea :oops")
    ann.says("RENAME #tea #cup")
    net.forget()
    assert bob.asks(f"REDACT #cup {msgid}") == [f"{BOB} REDACT #cup {msgid}"]
    assert history(ann, "#cup") == []


# Who is told.


def test_history_tells_of_it_as_an_event(net, ann, bob):
    msgid = says(bob, "PRIVMSG #tea :oops")
    bob.says(f"REDACT #tea {msgid} :sorry")
    recalled = [
        effect for effect in net.nodes[0].beside if isinstance(effect, Recall) and effect.what.command == "REDACT"
    ]
    (effect,) = recalled
    assert effect.targets == ("#tea",)
    assert effect.what.params == ("#tea", msgid, "sorry")
    assert Hide(net.engine.tagger.seq(msgid)) in net.nodes[0].beside


def test_no_words_where_the_settings_say_so(net, ann, bob):
    old = net.join("old", "#tea")
    net.engine.settings = msgspec.structs.replace(net.engine.settings, redactions_told=False)
    msgid = says(bob, "PRIVMSG #tea :oops")
    old.forget()
    bob.says(f"REDACT #tea {msgid}")
    assert old.lines == []


def test_a_hidden_member_shows_himself(net, ann, bob):  # mode +D
    msgid = says(bob, "PRIVMSG #tea :oops")
    bob.says("PART #tea")
    ann.says("MODE #tea +D")
    bob.says("JOIN #tea")
    net.forget()
    bob.says(f"REDACT #tea {msgid}")
    assert [line.split(" ")[1] for line in heard(ann)] == ["JOIN", "REDACT"]


def test_all_ones_own_sessions_hear_it(net, ann):
    has_account(net, "bob")
    first, second = (comes(net, "bob", caps=caps) for caps in (CAPS, ALL_CAPS))
    is_logged_in(net, ann, "ann")
    msgid = says(first, "PRIVMSG ann :psst")
    net.forget()
    first.says(f"REDACT ann {msgid}")
    assert heard(second) == [":test.net NOTICE bob :bob took back a message from 0 seconds ago"]


def test_it_stays_away_after_a_restart(net, ann, bob):
    msgid = says(bob, "PRIVMSG #tea :oops")
    bob.says(f"REDACT #tea {msgid}")
    net.restart()
    assert Hide(net.engine.tagger.seq(msgid)) in net.nodes[0].beside
