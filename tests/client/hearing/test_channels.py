"""What happens in channels: RFC 2812 3.2 and 5.1, Modern IRC, IRCv3 extended-join, multi-prefix, userhost-in-names,
invite-notify, draft/channel-rename; KNOCK as in Solanum and InspIRCd."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ipcchat.client import events
from ipcchat.client.asks import Answer
from ipcchat.client.events import ModeChange, ModeKind
from ipcchat.client.people import Channel
from tests.client.play import START, SessionPlay, hear


def tea(play: SessionPlay) -> Channel:
    return play.session.view.channels["#TEA"]


def ranks(room: Channel) -> dict[str, str]:
    return {nick: member.prefixes for nick, member in room.members.items()}


def test_members_come_and_go(play: SessionPlay) -> None:
    """RFC 2812 5.1 (353, 366), 3.2.1, 3.2.2, 3.2.8."""
    assert ranks(tea(play)) == {"bob": "@", "eve": "+", "ann": ""}
    source = "dan!d@d"
    assert hear(play, ":dan!d@d JOIN :#Tea") == events.Joined(time=START, source=source, channel="#tea", nick="dan")
    assert hear(play, ":eve!e@e PART #tea :bye") == events.Parted(
        time=START, source="eve!e@e", channel="#tea", nick="eve", reason="bye"
    )
    assert hear(play, ":bob!b@b KICK #tea DAN :out") == events.Kicked(
        time=START, source="bob!b@b", channel="#tea", nick="DAN", by="bob", reason="out"
    )
    assert list(tea(play).members) == ["bob", "ann"]
    assert "dan" not in play.session.view.people and "eve" not in play.session.view.people


def test_who_joins_with_account_and_real_name(play: SessionPlay) -> None:
    """IRCv3 extended-join: "*" is logged out; with away-notify nobody is away until an AWAY says so."""
    event = hear(play, ":dan!d@d.test JOIN #tea daniel :Dan D.")
    assert isinstance(event, events.Joined) and (event.account, event.realname) == ("daniel", "Dan D.")
    dan = tea(play).members["dan"]
    assert (dan.account, dan.realname, dan.user, dan.host, dan.away) == ("daniel", "Dan D.", "d", "d.test", "")
    play.server(":kim!k@k JOIN #tea * :Kim")
    assert tea(play).members["kim"].account == ""
    assert tea(play).members["eve"].account is None


def test_our_own_leaving_ends_the_channel(play: SessionPlay) -> None:
    event = hear(play, ":bob!b@b KICK #tea ann")
    assert isinstance(event, events.Kicked) and event.mine
    assert "#tea" not in play.session.view.channels
    assert list(play.session.view.people) == ["ann"]
    assert play.server(":bob!b@b PART #tea") == []


def test_names_with_several_prefixes_and_with_hosts(play: SessionPlay) -> None:
    """IRCv3 multi-prefix and userhost-in-names; a list over several lines replaces the old one when it ends."""
    play.server(":irc.test 353 ann = #tea :@+bob!b@b.test", ":irc.test 353 ann = #tea :ann!a@a")
    assert len(tea(play).members) == 3
    play.server(":irc.test 366 ann #tea :End")
    assert ranks(tea(play)) == {"bob": "@+", "ann": ""}
    assert (tea(play).members["bob"].user, tea(play).members["bob"].host) == ("b", "b.test")
    assert "eve" not in play.session.view.people


def test_a_list_of_names_forgets_nothing_that_is_known(play: SessionPlay) -> None:
    play.server(":dan!d@d JOIN #tea daniel :Dan", ":irc.test 353 ann = #tea :dan ann", ":irc.test 366 ann #tea :End")
    assert tea(play).members["dan"].account == "daniel"


def test_topics(play: SessionPlay) -> None:
    """RFC 2812 3.2.4, Modern IRC 333 (with a nick or a whole source)."""
    play.server(":irc.test 332 ann #tea :old", ":irc.test 333 ann #tea bob!b@b 1767323045")
    room = tea(play)
    assert (room.topic, room.topic_by, room.topic_time) == ("old", "bob", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert hear(play, ":eve!e@e TOPIC #tea :new") == events.TopicChanged(
        time=START, source="eve!e@e", channel="#tea", topic="new", by="eve"
    )
    assert (room.topic, room.topic_by, room.topic_time) == ("new", "eve", START)
    play.server(":irc.test 331 ann #tea :No topic is set")
    assert (room.topic, room.topic_by, room.topic_time) == ("", "", None)
    play.server(":irc.test 329 ann #tea 1767323045", ":irc.test 333 ann #tea bob tomorrow")
    assert room.created == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC) and room.topic_time is None


def test_modes_of_channels_and_members(play: SessionPlay) -> None:
    """Modern IRC: MODE with PREFIX and CHANMODES."""
    room = tea(play)
    event = hear(play, ":bob!b@b MODE #tea +ovk-v+b eve ann key eve *!*@bad")
    assert isinstance(event, events.ModeChanged)
    assert (event.modes, event.by, event.channel) == ("+ovk-v+b eve ann key eve *!*@bad", "bob", "#tea")
    assert event.changes == (
        ModeChange(added=True, letter="o", kind=ModeKind.MEMBER, argument="eve", symbol="@"),
        ModeChange(added=True, letter="v", kind=ModeKind.MEMBER, argument="ann", symbol="+"),
        ModeChange(added=True, letter="k", kind=ModeKind.SETTING, argument="key"),
        ModeChange(added=False, letter="v", kind=ModeKind.MEMBER, argument="eve", symbol="+"),
        ModeChange(added=True, letter="b", kind=ModeKind.LIST, argument="*!*@bad"),
    )
    assert (ranks(room)["eve"], ranks(room)["ann"], room.modes) == ("@", "+", {"k": "key"})
    play.server(":bob!b@b MODE #tea +v eve", ":bob!b@b MODE #tea +vo nobody", ":bob!b@b MODE #tea -k key")
    assert (ranks(room)["eve"], room.modes) == ("@+", {})
    play.server(":irc.test 324 ann #tea +ntl 5")
    assert room.modes == {"n": "", "t": "", "l": "5"}


def test_ranks_and_lists_are_what_the_server_says(play: SessionPlay) -> None:
    """Modern IRC: with PREFIX=(qov)~@+ the letter q is a rank, with CHANMODES=bq it is a list."""
    play.server(":irc.test 005 ann PREFIX=(qov)~@+ :are supported")
    event = hear(play, ":bob!b@b MODE #tea +qo eve eve")
    assert isinstance(event, events.ModeChanged) and event.changes[0].kind is ModeKind.MEMBER
    assert ranks(tea(play))["eve"] == "~@+"
    play.server(":irc.test 005 ann PREFIX=(ov)@+ CHANMODES=bq,k,l,imnst :are supported")
    event = hear(play, ":bob!b@b MODE #tea +q *!*@bad")
    assert isinstance(event, events.ModeChanged) and event.changes[0].kind is ModeKind.LIST


def test_modes_of_ourselves(play: SessionPlay) -> None:
    """RFC 2812 3.1.5; IRCv3 bot-mode: the letter in BOT marks a bot."""
    play.server(":irc.test 005 ann BOT=B :are supported")
    event = hear(play, ":ann!a@a MODE ann +iB-w")
    assert isinstance(event, events.ModeChanged) and (event.channel, event.mine) == (None, True)
    assert [(change.added, change.letter, change.kind) for change in event.changes] == [
        (True, "i", ModeKind.USER),
        (True, "B", ModeKind.USER),
        (False, "w", ModeKind.USER),
    ]
    assert play.session.view.people["ann"].bot is True


def test_an_unusable_prefix_token_counts_as_the_usual_one(play: SessionPlay) -> None:
    play.server(":irc.test 005 ann PREFIX=(ov@+ :are supported", ":bob!b@b MODE #tea +o eve")
    assert ranks(tea(play))["eve"] == "@+"


def test_invitations(play: SessionPlay) -> None:
    """RFC 2812 3.2.7 and IRCv3 invite-notify: ours, and those of others."""
    assert hear(play, ":bob!b@b INVITE ann #ops") == events.Invited(
        time=START, source="bob!b@b", channel="#ops", by="bob"
    )
    assert hear(play, ":bob!b@b INVITE dan #tea") == events.InvitedOther(
        time=START, source="bob!b@b", channel="#tea", nick="dan", by="bob"
    )


@pytest.mark.parametrize("new", ["#coffee", "#TEA"])
def test_a_channel_gets_another_name(play: SessionPlay, new: str) -> None:
    """IRCv3 draft/channel-rename: all state stays; only the case may change."""
    room = tea(play)
    play.server(":irc.test 332 ann #tea :hot")
    assert hear(play, f":bob!b@b RENAME #tea {new} :better") == events.ChannelRenamed(
        time=START, source="bob!b@b", old="#tea", new=new, by="bob", reason="better"
    )
    assert play.session.view.channels[new] is room and room.name == new and room.topic == "hot"
    assert list(play.session.view.channels) == [new]
    assert play.server(":bob!b@b RENAME #elsewhere #nowhere :") == []


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("710 #tea #tea dan!d@d :has asked for an invite.", "has asked for an invite."),
        ("710 * #tea dan!d@d :is KNOCKing: please", "is KNOCKing: please"),
        ("710 ann #tea dan!d@d :has asked for an invite", "has asked for an invite"),
    ],
)
def test_somebody_knocks(play: SessionPlay, line: str, text: str) -> None:
    """RPL_KNOCK as Solanum and InspIRCd send it."""
    assert hear(play, f":irc.test {line}") == events.Knocked(
        time=START, source="dan!d@d", channel="#tea", nick="dan", text=text
    )


@pytest.mark.parametrize(
    "line",
    [
        "PRIVMSG ann",
        "JOIN",
        "KICK #tea",
        "MODE",
        "353 ann",
        "332",
        "NICK",
        "005",
        "CAP",
        "BATCH",
        "TOPIC #tea",
        "RENAME #tea",
        "710 #tea",
        "CHGHOST x",
        "METADATA ann key",
        "FAIL JOIN",
        "352 ann #tea",
        "354 ann 742",
        "730",
        "718 ann",
        "REDACT #tea",
        "ACCOUNT",
        "SETNAME",
        "TAGMSG",
        "WALLOPS",
        "301 ann bob",
    ],
)
def test_too_few_parameters_are_no_event(play: SessionPlay, line: str) -> None:
    heard = play.server(f":bob!b@b {line}")
    assert [item for item in heard if not isinstance(item, Answer | events.MonitorOnline)] == []
