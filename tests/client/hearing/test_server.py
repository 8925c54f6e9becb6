"""What the server says: IRCv3 standard-replies, ERROR, numerics, ISUPPORT; and what is heard of the past."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ipcchat.client import events
from ipcchat.client.hearing import hear_past
from ipcchat.wire.message import parse
from tests.client.play import START, SessionPlay, hear


@pytest.mark.parametrize("kind", ["FAIL", "WARN", "NOTE"])
def test_standard_replies(play: SessionPlay, kind: str) -> None:
    """IRCv3 standard-replies: command, code, any number of context words, a sentence."""
    assert hear(play, f":irc.test {kind} JOIN BAD #tea 5 :not so fast") == events.StandardReply(
        time=START, text="not so fast", code="BAD", kind=kind, command="JOIN", context=("#tea", "5")
    )
    assert hear(play, f":irc.test {kind} * SLOW :slow down") == events.StandardReply(
        time=START, text="slow down", code="SLOW", kind=kind, command="*"
    )


def test_the_servers_last_words(play: SessionPlay) -> None:
    """RFC 2812 3.7.4."""
    assert hear(play, "ERROR :Closing link") == events.ServerError(time=START, text="Closing link")
    assert play.session.farewell == "Closing link"


def test_numerics_that_nobody_asked_for_are_events(play: SessionPlay) -> None:
    event = hear(play, ":irc.test 042 ann 7AB :your unique ID")
    assert isinstance(event, events.Numeric)
    assert (event.code, event.name, event.params) == ("042", "RPL_YOURID", ("7AB", "your unique ID"))
    assert event.text == "7AB your unique ID"
    unknown = hear(play, ":irc.test 999 ann :what")
    assert isinstance(unknown, events.Numeric) and unknown.name == ""


def test_ends_of_lists_are_nothing(play: SessionPlay) -> None:
    assert play.server(":irc.test 315 ann #tea :End of WHO", ":irc.test 733 ann :End of MONITOR list") == []


def test_what_the_server_does_may_change(play: SessionPlay) -> None:
    """Modern IRC 005: later, and with "-TOKEN"; no news when nothing is other."""
    play.server(":irc.test 005 ann NETWORK=Old SAFELIST :are supported")
    assert hear(play, ":irc.test 005 ann NETWORK=New -SAFELIST -NOTHING :are supported") == events.SupportChanged(
        time=START, tokens={"NETWORK": "New"}, removed=("SAFELIST",)
    )
    assert play.server(":irc.test 005 ann NETWORK=New :are supported") == []
    assert play.session.view.support.tokens["NETWORK"] == "New"


def test_what_the_server_does_may_come_in_a_batch(play: SessionPlay) -> None:
    """IRCv3 draft/extended-isupport."""
    heard = play.server(
        ":irc.test BATCH +i draft/isupport", "@batch=i :irc.test 005 ann NICKLEN=42 :are supported", ":x BATCH -i"
    )
    assert [item.tokens for item in heard if isinstance(item, events.SupportChanged)] == [{"NICKLEN": "42"}]


def test_the_past_changes_nothing_that_is_so_now(play: SessionPlay) -> None:
    """IRCv3 draft/event-playback: what happened is heard as missed."""
    view = play.session.view
    lines = [
        "@msgid=m1;time=2026-01-01T00:00:00.000Z :dan!d@d JOIN #tea",
        "@msgid=m2 :bob!b@b MODE #tea +o dan",
        "@msgid=m3 :bob!b@b TOPIC #tea :old",
        "@msgid=m4 :dan!d@d NICK :daniel",
        "@msgid=m5 :bob!b@b KICK #tea ann :out",
        "@msgid=m6;+reply=m0;+draft/react=👍 :bob!b@b TAGMSG #tea",
        "@msgid=m7 :bob!b@b PRIVMSG #tea :said",
        ":irc.test 332 ann #tea :noise",
        ":eve!e@e QUIT :bye",
    ]
    heard = hear_past(view, "#tea", map(parse, lines), START)
    assert [type(event).__name__ for event in heard] == [
        "Joined",
        "ModeChanged",
        "TopicChanged",
        "NickChanged",
        "Kicked",
        "Reaction",
        "Message",
        "Quit",
    ]
    assert all(isinstance(event, events.Act) and event.missed for event in heard)
    assert heard[0].time == datetime(2026, 1, 1, tzinfo=UTC)
    room = view.channels["#tea"]
    assert sorted(room.members) == ["ann", "bob", "eve"] and room.topic == "" and view.nick == "ann"
