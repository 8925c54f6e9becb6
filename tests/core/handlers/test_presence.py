"""How somebody is here: AWAY and SETNAME (Modern IRC "AWAY message"; IRCv3 away-notify, setname)."""

from __future__ import annotations


def test_away_and_back(net):  # Modern IRC, AWAY
    ann, bob = net.connect("ann"), net.connect("bob")
    assert ann.says("AWAY :at lunch") == [":test.net 306 ann :You have been marked as being away"]
    assert bob.says("PRIVMSG ann :hello") == [":test.net 301 bob ann :at lunch"]
    assert bob.says("NOTICE ann :hello") == []
    assert ann.says("AWAY") == [":test.net 305 ann :You are no longer marked as being away"]
    assert bob.says("PRIVMSG ann :hello") == []
    assert ann.says("AWAY :") == [":test.net 305 ann :You are no longer marked as being away"]


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


def test_the_away_text_is_cut_at_the_advertised_length_in_bytes(net):  # ISUPPORT AWAYLEN; hostile input F10
    ann, bob = net.connect("ann"), net.connect("bob")
    ann.says("AWAY :" + "é" * 240)
    (line,) = bob.says("PRIVMSG ann :hello")
    assert line == ":test.net 301 bob ann :" + "é" * 195


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
