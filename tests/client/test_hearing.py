"""From lines to events and to the view: RFC 2812 3 and 5, Modern IRC, IRCv3 server-time, chghost, multi-prefix,
userhost-in-names."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ipcchat.client import events
from ipcchat.client.asks import Answer
from ipcchat.client.events import Event, Message
from tests.client.play import START, SessionPlay


@pytest.fixture
def play() -> SessionPlay:
    return SessionPlay().registered().in_channel()


def hear(play: SessionPlay, line: str) -> Event:
    heard = play.server(line)
    assert len(heard) == 1 and isinstance(heard[0], Event), heard
    return heard[0]


def test_a_message_has_the_servers_time_and_id(play: SessionPlay) -> None:
    """IRCv3 server-time and message ids."""
    event = hear(play, "@time=2026-11-22T17:03:12.500Z;msgid=abc;+x=y;account=bob :bob!b@b.test PRIVMSG #tea :hello")
    assert event == Message(
        time=datetime(2026, 11, 22, 17, 3, 12, 500_000, UTC),
        target="#tea",
        nick="bob",
        text="hello",
        msgid="abc",
        source="bob!b@b.test",
        tags={"+x": "y", "account": "bob"},
        prefixes="#&",
    )
    assert isinstance(event, Message) and event.channel == "#tea" and event.place == "#tea"


@pytest.mark.parametrize("stamp", ["", "@time=yesterday ", "@time= "])
def test_without_a_time_it_is_when_it_came(play: SessionPlay, stamp: str) -> None:
    assert hear(play, f"{stamp}:bob!b@b PRIVMSG ann :hi").time == START


@pytest.mark.parametrize(
    ("line", "kind", "text"),
    [
        ("PRIVMSG ann :\x01ACTION waves\x01", "action", "waves"),
        ("PRIVMSG ann :\x01ACTION waves", "action", "waves"),
        ("PRIVMSG ann :\x01VERSION\x01", "ctcp", "VERSION"),
        ("NOTICE ann :\x01VERSION x\x01", "ctcp", "VERSION x"),
        ("NOTICE ann :done", "notice", "done"),
        ("privmsg ann :hi", "message", "hi"),
    ],
)
def test_kinds_of_messages(play: SessionPlay, line: str, kind: str, text: str) -> None:
    event = hear(play, f":bob!b@b {line}")
    assert isinstance(event, Message) and (event.kind, event.text, event.place) == (kind, text, "bob")


def test_what_the_server_says_is_nobodys_message(play: SessionPlay) -> None:
    assert hear(play, ":irc.test NOTICE ann :careful") == events.ServerText(time=START, text="careful")


def test_a_status_message_is_said_in_its_channel(play: SessionPlay) -> None:
    """Modern IRC: STATUSMSG."""
    play.server(":irc.test 005 ann STATUSMSG=@+ :are supported")
    event = hear(play, ":bob!b@b PRIVMSG @#tea :ops only")
    assert isinstance(event, Message) and event.channel == "#tea"


def test_our_own_messages_are_mine_in_any_case(play: SessionPlay) -> None:
    """Modern IRC: CASEMAPPING."""
    event = hear(play, ":ANN!~a@home.test PRIVMSG bob :hi")
    assert isinstance(event, Message) and event.mine and event.place == "bob"


def test_members_come_and_go(play: SessionPlay) -> None:
    """RFC 2812 5.1 (353, 366), 3.2.1, 3.2.2, 3.2.8, 3.1.7."""
    room = play.session.view.channels["#TEA"]
    assert dict(room.members.items()) == {"bob": "@", "eve": "+", "ann": ""}
    assert hear(play, ":dan!d@d JOIN :#Tea") == events.Joined(time=START, channel="#tea", nick="dan")
    assert hear(play, ":dan!d@d NICK :Dana") == events.NickChanged(time=START, old="dan", new="Dana")
    assert hear(play, ":eve!e@e PART #tea :bye") == events.Parted(time=START, channel="#tea", nick="eve", reason="bye")
    assert hear(play, ":bob!b@b KICK #tea dana :out") == events.Kicked(
        time=START, channel="#tea", nick="dana", by="bob", reason="out"
    )
    assert hear(play, ":bob!b@b QUIT :gone") == events.Quit(time=START, nick="bob", reason="gone", channels=("#tea",))
    assert list(room.members) == ["ann"]


def test_our_own_leaving_ends_the_channel(play: SessionPlay) -> None:
    event = hear(play, ":bob!b@b KICK #tea ann")
    assert isinstance(event, events.Kicked) and event.mine
    assert "#tea" not in play.session.view.channels
    assert play.server(":bob!b@b PART #tea") == []


def test_our_own_nick_changes(play: SessionPlay) -> None:
    event = hear(play, ":ann!~a@home.test NICK anna")
    assert isinstance(event, events.NickChanged) and event.mine and play.session.view.nick == "anna"
    assert "anna" in play.session.view.channels["#tea"].members


def test_names_with_several_prefixes_and_with_hosts(play: SessionPlay) -> None:
    """IRCv3 multi-prefix and userhost-in-names; a list over several lines replaces the old one when it ends."""
    play.server(":irc.test 353 ann = #tea :@+bob!b@b.test", ":irc.test 353 ann = #tea :ann!a@a")
    members = play.session.view.channels["#tea"].members
    assert len(members) == 3
    play.server(":irc.test 366 ann #tea :End")
    assert dict(play.session.view.channels["#tea"].members.items()) == {"bob": "@+", "ann": ""}


def test_topics(play: SessionPlay) -> None:
    """RFC 2812 3.2.4."""
    room = play.session.view.channels["#tea"]
    play.server(":irc.test 332 ann #tea :old")
    assert room.topic == "old"
    assert hear(play, ":bob!b@b TOPIC #tea :new") == events.TopicChanged(
        time=START, channel="#tea", topic="new", by="bob"
    )
    play.server(":irc.test 331 ann #tea :No topic is set")
    assert room.topic == ""


def test_modes_of_channels_and_members(play: SessionPlay) -> None:
    """Modern IRC: MODE with PREFIX and CHANMODES."""
    room = play.session.view.channels["#tea"]
    event = hear(play, ":bob!b@b MODE #tea +ovk-v+b eve ann key eve *!*@bad")
    assert event == events.ModeChanged(time=START, target="#tea", modes="+ovk-v+b eve ann key eve *!*@bad", by="bob")
    assert (room.members["eve"], room.members["ann"], room.modes) == ("@", "+", {"k": "key"})
    play.server(":bob!b@b MODE #tea +v eve", ":bob!b@b MODE #tea +vo nobody", ":bob!b@b MODE #tea -k key")
    assert (room.members["eve"], room.modes) == ("@+", {})
    play.server(":irc.test 324 ann #tea +ntl 5")
    assert room.modes == {"n": "", "t": "", "l": "5"}


def test_an_unusable_prefix_token_counts_as_the_usual_one(play: SessionPlay) -> None:
    play.server(":irc.test 005 ann PREFIX=(ov@+ :are supported", ":bob!b@b MODE #tea +o eve")
    assert play.session.view.channels["#tea"].members["eve"] == "@+"


def test_invitations_are_ours_only(play: SessionPlay) -> None:
    """RFC 2812 3.2.7 and IRCv3 invite-notify."""
    assert hear(play, ":bob!b@b INVITE ann #ops") == events.Invited(time=START, channel="#ops", by="bob")
    assert play.server(":bob!b@b INVITE eve #ops") == []


def test_standard_replies(play: SessionPlay) -> None:
    """IRCv3 standard-replies: only a FAIL answers a command."""
    assert hear(play, ":irc.test WARN * SLOW :slow down") == events.ServerText(time=START, text="slow down")
    assert hear(play, ":irc.test FAIL JOIN BAD :no") == events.ServerText(time=START, text="no", code="BAD")


def test_numerics_that_nobody_asked_for_are_text(play: SessionPlay) -> None:
    assert hear(play, ":irc.test 305 ann :You are no longer away") == events.ServerText(
        time=START, text="You are no longer away", code="305"
    )


def test_our_host_is_learned_for_the_length_of_lines(play: SessionPlay) -> None:
    """RFC 2812 2.3: 512 bytes with the prefix others see; IRCv3 chghost."""
    before = play.session.view.source_bytes
    play.server(f":ann!~a@home.test CHGHOST user {'h' * 100}")
    assert play.session.view.source_bytes == before + 100 - 63


def test_a_server_with_another_casemapping() -> None:
    """Modern IRC: CASEMAPPING; unknown ones count as ascii."""
    play = SessionPlay().registered()
    play.server(":irc.test 005 ann CASEMAPPING=rfc1459 :are supported")
    play.in_channel("#tea[1]")
    assert "#TEA{1}" in play.session.view.channels
    play.server(":irc.test 005 ann CASEMAPPING=klingon :are supported")
    assert "#TEA{1}" not in play.session.view.channels


@pytest.mark.parametrize(
    "line", ["PRIVMSG ann", "JOIN", "KICK #tea", "MODE", "353 ann", "332", "NICK", "005", "CAP", "BATCH", "TOPIC #tea"]
)
def test_too_few_parameters_are_no_event(play: SessionPlay, line: str) -> None:
    assert [item for item in play.server(f":bob!b@b {line}") if not isinstance(item, Answer)] == []
