"""How somebody is here: AWAY and SETNAME (Modern IRC "AWAY message"; IRCv3 away-notify, draft/pre-away, setname)."""

from __future__ import annotations

import pytest

from ipcchat.wire.message import Message, parse
from tests.core.net import Net


@pytest.mark.covers("AWAY", "RPL_NOWAWAY", "RPL_UNAWAY", "RPL_AWAY")
def test_away_and_back(net):  # Modern IRC, AWAY
    ann, bob = net.connect("ann"), net.connect("bob")
    assert ann.says("AWAY :at lunch") == [":test.net 306 ann :You have been marked as being away"]
    assert bob.says("PRIVMSG ann :hello") == [":test.net 301 bob ann :at lunch"]
    assert bob.says("NOTICE ann :hello") == []
    assert ann.says("AWAY") == [":test.net 305 ann :You are no longer marked as being away"]
    assert bob.says("PRIVMSG ann :hello") == []
    assert ann.says("AWAY :") == [":test.net 305 ann :You are no longer marked as being away"]


@pytest.mark.covers("away-notify")
def test_away_notify_tells_those_who_share_a_channel(net):  # IRCv3 away-notify
    ann, bob = net.join("ann", "#tea", "away-notify"), net.join("bob", "#tea,#ops", "away-notify")
    eve, joe = net.connect("eve", "away-notify"), net.join("joe", "#tea")
    net.forget()
    ann.says("AWAY :at lunch", "AWAY")
    assert bob.lines == [":ann!~ann@127.0.0.1 AWAY :at lunch", ":ann!~ann@127.0.0.1 AWAY"]
    assert eve.lines == joe.lines == []
    assert ann.numerics == ["306", "305"]
    assert len(ann.lines) == 2


def test_who_joins_while_away_is_shown_as_away(net):  # IRCv3 away-notify: also when he joins
    bob, joe = net.join("bob", "#tea", "away-notify"), net.join("joe", "#tea")
    ann = net.connect("ann")
    net.forget()
    ann.says("AWAY :at lunch", "JOIN #tea")
    assert bob.lines == [":ann!~ann@127.0.0.1 JOIN #tea", ":ann!~ann@127.0.0.1 AWAY :at lunch"]
    assert joe.lines == [":ann!~ann@127.0.0.1 JOIN #tea"]


@pytest.mark.covers("ISUPPORT AWAYLEN")
def test_the_away_text_is_cut_at_the_advertised_length_in_bytes(net):  # ISUPPORT AWAYLEN; hostile input F10
    ann, bob = net.connect("ann"), net.connect("bob")
    ann.says("AWAY :" + "é" * 240)
    (line,) = bob.says("PRIVMSG ann :hello")
    assert line == ":test.net 301 bob ann :" + "é" * 180


@pytest.mark.covers("draft/pre-away")
@pytest.mark.parametrize("text", ["*", "Gone to lunch.  Back in 5"])
def test_away_before_registration(text):  # draft/pre-away
    net = Net(2)
    bob = net.join("bob", "#tea", "away-notify", node=1)
    bob.says("MONITOR + ann")
    bob.forget()
    ann = net.dial()
    ann.says("CAP REQ :draft/pre-away", "NICK ann", "USER ann 0 * :Ann")
    assert ann.says(f"AWAY :{text}") == [":test.net 306 ann :You have been marked as being away"]
    ann.says("CAP END")
    assert bob.numerics == ["730"]  # "does not inhibit reporting of the change in nickname status, e.g. via monitor"
    (line,) = bob.says("PRIVMSG ann :hello")
    assert parse(line).params == ["bob", "ann", text]
    ann.says("JOIN #tea")
    assert bob.asks("WHO #tea")[-2].split(" ")[8] == "G"
    assert ann.says("AWAY") == [":test.net 305 ann :You are no longer marked as being away"]


def test_the_last_away_before_registration_counts(net):
    ann = net.dial()
    ann.says("CAP REQ :draft/pre-away", "AWAY :first", "AWAY *")
    assert ann.says("AWAY") == [":test.net 305 * :You are no longer marked as being away"]
    ann.says("NICK ann", "USER ann 0 * :Ann", "CAP END")
    assert ann.session.user.away == ""


def test_away_star_after_registration(net):  # "Clients MAY also send AWAY * post-registration"
    ann, bob = net.join("ann", "#tea"), net.join("bob", "#tea", "away-notify")
    assert ann.says("AWAY *")[-1] == ":test.net 306 ann :You have been marked as being away"
    (line,) = bob.lines
    assert parse(line) == Message("AWAY", ["*"], "ann!~ann@127.0.0.1")


def test_away_before_registration_needs_its_capability(net):
    ann = net.dial()
    text = "You have not registered: before that, AWAY needs the capability draft/pre-away"
    assert ann.says("AWAY :out") == [f":test.net 451 * :{text}"]
    ann.says("NICK ann", "USER ann 0 * :Ann")
    assert ann.session.user.away == ""


def test_who_was_away_before_he_came_is_so_after_a_restart_of_the_others():
    net = Net(2)
    ann = net.dial()
    ann.says("CAP REQ :draft/pre-away", "AWAY :é" + "é" * 240, "NICK ann", "USER ann 0 * :Ann", "CAP END")
    assert ann.session.user is not None and ann.session.user.away == "é" * 180
    net.nodes[1].engine.state.restore(net.nodes[1].engine.snapshot())
    assert net.nodes[1].engine.state.digest() == net.engine.state.digest()


def test_each_change_has_one_labelled_response(net):  # IRCv3 labeled-response
    ann = net.connect("ann", "labeled-response batch setname")
    assert ann.says("@label=1 AWAY :out", "@label=2 AWAY", "@label=3 SETNAME :Ann", "@label=4 SETNAME :Ann 2") == [
        "@label=1 :test.net 306 ann :You have been marked as being away",
        "@label=2 :test.net 305 ann :You are no longer marked as being away",
        "@label=3 :test.net ACK",
        "@label=4 :ann!~ann@127.0.0.1 SETNAME :Ann 2",
    ]
    old = net.connect("old", "labeled-response batch")
    assert old.says("@label=1 SETNAME :Other") == ["@label=1 :test.net ACK"]


@pytest.mark.covers("SETNAME", "setname")
def test_setname_tells_those_who_know_it(net):  # IRCv3 setname
    ann, bob = net.join("ann", "#tea", "setname"), net.join("bob", "#tea", "setname")
    joe = net.join("joe", "#tea")
    net.forget()
    ann.says("SETNAME :Ann the Second")
    assert ann.lines == bob.lines == [":ann!~ann@127.0.0.1 SETNAME :Ann the Second"]
    assert joe.lines == []
    assert ":test.net 311 joe ann ~ann 127.0.0.1 * :Ann the Second" in joe.says("WHOIS ann")
    assert ann.says("SETNAME :Ann the Second") == []


def test_setname_reaches_its_speaker_outside_of_channels(net):
    ann = net.connect("ann", "setname")
    assert ann.says("SETNAME :Somebody else") == [":ann!~ann@127.0.0.1 SETNAME :Somebody else"]


@pytest.mark.covers("FAIL SETNAME INVALID_REALNAME", "ISUPPORT NAMELEN", "standard-replies")
def test_setname_refuses_what_is_empty_or_too_long(net):  # IRCv3 setname: FAIL SETNAME INVALID_REALNAME; NAMELEN
    ann, bob = net.connect("ann", "setname standard-replies"), net.connect("bob")
    for realname in ("", "x" * 151, "é" * 76):
        assert ann.says(f"SETNAME :{realname}") == [
            ":test.net FAIL SETNAME INVALID_REALNAME :A realname has 1 to 150 bytes"
        ]
        assert bob.says(f"SETNAME :{realname}") == [":test.net 400 bob SETNAME :A realname has 1 to 150 bytes"]
    assert ann.says("SETNAME :" + "é" * 75) == [":ann!~ann@127.0.0.1 SETNAME :" + "é" * 75]
    assert ann.session.user.realname == "é" * 75


def test_setname_needs_a_name(net):
    assert net.connect("ann").says("SETNAME") == [
        ":test.net 461 ann SETNAME :Not enough parameters: SETNAME <realname>"
    ]
