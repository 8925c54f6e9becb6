"""What happens to people: RFC 2812 3.1, IRCv3 away-notify, account-notify, account-tag, chghost, setname, monitor,
whox, bot-mode, draft/metadata-2; caller-id as in Solanum and InspIRCd."""

from __future__ import annotations

import pytest

from ipcchat.client import events
from ipcchat.client.people import Person
from tests.client.play import START, SessionPlay, hear


def person(play: SessionPlay, nick: str) -> Person:
    return play.session.view.people[nick]


def test_somebody_leaves_the_server(play: SessionPlay) -> None:
    """RFC 2812 3.1.7."""
    play.in_channel("#ops")
    assert hear(play, ":bob!b@b QUIT :gone") == events.Quit(
        time=START, source="bob!b@b", nick="bob", reason="gone", channels=("#tea", "#ops")
    )
    assert "bob" not in play.session.view.people


def test_somebody_is_called_otherwise(play: SessionPlay) -> None:
    """RFC 2812 3.1.2: what is known of him and his rank go with him."""
    play.server(":bob!b@b ACCOUNT bobby")
    assert hear(play, ":bob!b@b NICK :Bert") == events.NickChanged(time=START, source="bob!b@b", old="bob", new="Bert")
    member = play.session.view.channels["#tea"].members["bert"]
    assert (member.nick, member.prefixes, member.account) == ("Bert", "@", "bobby")
    assert hear(play, ":Bert!b@b NICK :BERT") == events.NickChanged(
        time=START, source="Bert!b@b", old="Bert", new="BERT"
    )
    assert list(play.session.view.people) == ["ann", "eve", "BERT"]


def test_our_own_nick_changes(play: SessionPlay) -> None:
    event = hear(play, ":ann!~a@home.test NICK anna")
    assert isinstance(event, events.NickChanged) and event.mine and play.session.view.nick == "anna"
    assert "anna" in play.session.view.channels["#tea"].members and person(play, "anna").host == "home.test"


def test_people_go_away_and_come_back(play: SessionPlay) -> None:
    """IRCv3 away-notify, RFC 2812 301; draft/pre-away: "*" is away without a text."""
    assert hear(play, ":bob!b@b AWAY :lunch") == events.AwayChanged(
        time=START, source="bob!b@b", nick="bob", away="lunch"
    )
    assert person(play, "bob").away == "lunch"
    assert hear(play, ":bob!b@b AWAY") == events.AwayChanged(time=START, source="bob!b@b", nick="bob", away="")
    assert person(play, "bob").away == ""
    assert hear(play, ":irc.test 301 ann bob :back soon") == events.IsAway(time=START, nick="bob", text="back soon")
    assert person(play, "bob").away == "back soon"


def test_we_go_away_and_come_back(play: SessionPlay) -> None:
    """RFC 2812 4.1: 306 and 305."""
    event = hear(play, ":irc.test 306 ann :You have been marked as being away")
    assert isinstance(event, events.AwayChanged) and (event.away, event.mine) == ("*", True)
    assert person(play, "ann").away == "*"
    play.server(":irc.test 305 ann :You are no longer marked as being away")
    assert person(play, "ann").away == ""


def test_people_log_in_and_out(play: SessionPlay) -> None:
    """IRCv3 account-notify: "*" is logged out; account-tag tells it too."""
    assert hear(play, ":bob!b@b ACCOUNT bobby") == events.AccountChanged(
        time=START, source="bob!b@b", nick="bob", account="bobby"
    )
    assert person(play, "bob").account == "bobby"
    assert hear(play, ":bob!b@b ACCOUNT *") == events.AccountChanged(
        time=START, source="bob!b@b", nick="bob", account=""
    )
    assert person(play, "bob").account == ""
    play.server("@account=robert :bob!b@b PRIVMSG #tea :hi")
    assert person(play, "bob").account == "robert"


def test_hosts_and_real_names_change(play: SessionPlay) -> None:
    """IRCv3 chghost and setname."""
    assert hear(play, ":bob!b@b CHGHOST ~bob cloak.test") == events.HostChanged(
        time=START, source="bob!b@b", nick="bob", user="~bob", host="cloak.test"
    )
    assert (person(play, "bob").user, person(play, "bob").host) == ("~bob", "cloak.test")
    assert hear(play, ":bob!b@b SETNAME :Bob B.") == events.RealnameChanged(
        time=START, source="bob!b@b", nick="bob", realname="Bob B."
    )
    assert person(play, "bob").realname == "Bob B."


def test_our_host_is_learned_for_the_length_of_lines(play: SessionPlay) -> None:
    """RFC 2812 2.3: 512 bytes with the prefix others see; IRCv3 chghost; 396."""
    before = play.session.view.source_bytes
    play.server(f":ann!~a@home.test CHGHOST user {'h' * 100}")
    assert play.session.view.source_bytes == before + 100 - 63
    assert play.server(f":irc.test 396 ann {'h' * 110} :is now your displayed host") == []
    assert play.session.view.source_bytes == before + 110 - 63


def test_whom_we_monitor(play: SessionPlay) -> None:
    """IRCv3 monitor: with or without hosts, to "*" or to us."""
    assert play.server(":irc.test 730 * :dan!d@d.test,kim", ":irc.test 731 ann :lee,max") == [
        events.MonitorOnline(time=START, nick="dan", user="d", host="d.test"),
        events.MonitorOnline(time=START, nick="kim"),
        events.MonitorOffline(time=START, nick="lee"),
        events.MonitorOffline(time=START, nick="max"),
    ]


def test_who_is_monitored_is_not_forgotten(play: SessionPlay) -> None:
    """IRCv3 extended-monitor: AWAY and the like come for people in no channel of ours."""
    play.session.view.meet("dan").monitored = True
    play.server(":dan!d@d AWAY :lunch", ":dan!d@d JOIN #tea * :Dan", ":dan!d@d PART #tea")
    assert person(play, "dan").away == "lunch"


def test_metadata(play: SessionPlay) -> None:
    """IRCv3 draft/metadata-2: METADATA, 761, 766."""
    assert hear(play, ":irc.test METADATA bob display-name * :Bob") == events.MetadataChanged(
        time=START, source="irc.test", target="bob", key="display-name", value="Bob"
    )
    play.server(":irc.test 761 ann #tea url * :http://tea.test", ":irc.test 761 ann * avatar * :x")
    assert play.session.view.channels["#tea"].metadata == {"url": "http://tea.test"}
    assert person(play, "bob").metadata == {"display-name": "Bob"} and person(play, "ann").metadata == {"avatar": "x"}
    play.server(":irc.test 766 ann #tea url :not set")
    removed = hear(play, ":irc.test METADATA bob display-name *")
    assert isinstance(removed, events.MetadataChanged) and removed.value is None
    assert play.session.view.channels["#tea"].metadata == {} and person(play, "bob").metadata == {}


def test_caller_id(play: SessionPlay) -> None:
    """716, 717, 718: Solanum sends user@host apart, InspIRCd may send one mask."""
    assert play.server(
        ":irc.test 716 ann bob :is in +g mode", ":irc.test 717 ann bob :has been informed that you messaged them."
    ) == [
        events.CallerIdBlocked(time=START, nick="bob"),
        events.CallerIdBlocked(time=START, nick="bob", told=True),
    ]
    waiting = events.CallerIdWaiting(time=START, nick="dan", user="d", host="d.test")
    assert hear(play, ":irc.test 718 ann dan d@d.test :is messaging you") == waiting
    assert hear(play, ":irc.test 718 ann dan!d@d.test :is messaging you") == waiting


@pytest.mark.parametrize(
    ("line", "account"),
    [
        ("352 ann #tea ~b b.test irc.test bob G*@B :0 Bob B.", None),
        ("354 ann 742 #tea ~b b.test irc.test bob G*@B bobby :Bob B.", "bobby"),
        ("354 ann 742 #tea ~b b.test irc.test bob G*@B 0 :Bob B.", ""),
    ],
)
def test_who_tells_about_members(play: SessionPlay, line: str, account: str | None) -> None:
    """RFC 2812 352, IRCv3 whox 354, bot-mode's flag: news to nobody, and kept."""
    play.server(":irc.test 005 ann BOT=B WHOX :are supported")
    assert play.server(f":irc.test {line}") == []
    bob = person(play, "bob")
    assert (bob.user, bob.host, bob.realname, bob.account) == ("~b", "b.test", "Bob B.", account)
    assert (bob.away, bob.operator, bob.bot) == ("*", True, True)


def test_who_does_not_know_the_text_of_an_away(play: SessionPlay) -> None:
    """RFC 2812 352: the flag G tells that he is away, and no more than that."""
    play.server(":bob!b@b AWAY :lunch", ":irc.test 352 ann #tea b b irc.test bob G@ :0 Bob")
    assert person(play, "bob").away == "lunch"
    play.server(":irc.test 352 ann #tea b b irc.test bob H@ :0 Bob")
    assert person(play, "bob").away == ""


def test_answers_to_other_questions_than_ours_are_left_alone(play: SessionPlay) -> None:
    """IRCv3 whox: another token, other fields."""
    play.server(":irc.test 354 ann 1 bob", ":irc.test 354 ann 111 #tea ~b b.test irc.test bob G bobby :Bob B.")
    assert person(play, "bob").account is None


def test_whois_tells_about_members(play: SessionPlay) -> None:
    """RFC 2812 311, 313; Modern IRC 330; IRCv3 bot-mode 335."""
    play.server(
        ":irc.test 311 ann bob ~b b.test * :Bob B.",
        ":irc.test 313 ann bob :is an IRC operator",
        ":irc.test 330 ann bob bobby :is logged in as",
        ":irc.test 335 ann bob :is a bot",
    )
    bob = person(play, "bob")
    assert (bob.host, bob.realname, bob.operator, bob.account, bob.bot) == ("b.test", "Bob B.", True, "bobby", True)
    play.server(":irc.test 311 ann stranger s s.test * :S", ":irc.test 330 ann stranger s :x")
    assert "stranger" not in play.session.view.people
