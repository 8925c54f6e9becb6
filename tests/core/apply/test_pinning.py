"""What is pinned in a channel, and who hears of it (docs/messages.md; answers as in IRCv3 standard replies)."""

from __future__ import annotations

import pytest

from ipcchat.core import facts
from ipcchat.core.limits import Limits
from tests.core.deeds import happened
from tests.core.net import Net
from tests.core.tea import CAPS, PINNED, pinned, says


@pytest.mark.covers("FAIL PIN TOO_MANY_PINS")
def test_so_many():
    net = Net(limits=Limits(pins_per_channel_max=1))
    ann = net.join("ann", "#tea", CAPS)
    first, second = says(ann, "PRIVMSG #tea :one"), says(ann, "PRIVMSG #tea :two")
    ann.says(f"PIN #tea {first}")
    ann.forget()
    assert ann.asks(f"PIN #tea {second}") == [
        f":test.net FAIL PIN TOO_MANY_PINS #tea {second} :#tea has 1 pinned messages, as many as there may be; UNPIN "
        "one first"
    ]


def test_what_is_redacted_is_pinned_no_longer(net, ann, bob):
    msgid = says(bob, "PRIVMSG #tea :oops")
    ann.says(f"PIN #tea {msgid}")
    bob.says(f"REDACT #tea {msgid}")
    assert pinned(net) == []


def test_a_labelled_one_is_answered_once(net, ann, bob):  # IRCv3 labeled-response
    msgid = says(bob, "PRIVMSG #tea :one")
    ann.forget()
    ann.says(f"@label=1 PIN #tea {msgid}")
    (line,) = ann.lines
    assert line.startswith("@label=1;") and PINNED in line


def test_a_channel_that_is_founded_again_has_none(net, ann, bob):
    msgid = says(bob, "PRIVMSG #tea :one")
    ann.says(f"PIN #tea {msgid}", "PART #tea")
    bob.says("PART #tea")
    net.pass_time(3600)
    net.join("eve", "#tea")
    assert pinned(net) == []


def test_a_hidden_member_shows_himself(net, ann, bob):  # mode +D
    msgid = says(bob, "PRIVMSG #tea :one")
    bob.says("PART #tea")
    ann.says("MODE #tea +D")
    bob.says("JOIN #tea")
    net.engine.state.channels["#tea"].members[bob.user.uid] = "o"
    net.forget()
    happened(net, facts.Pinned, bob, channel="#tea", about=net.engine.tagger.seq(msgid))
    assert [line.split(" ")[1] for line in ann.bare] == ["JOIN", "NOTICE"]
