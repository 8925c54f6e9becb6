"""What is known of the network stays right over everything that happens, as one conversation; with every extension
and with none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.client import view as module
from tests.client.play import CAPABILITIES, SessionPlay

EVERYTHING = f"{CAPABILITIES} extended-join account-notify account-tag away-notify chghost setname draft/channel-rename"


def known(play: SessionPlay, channel: str) -> dict[str, tuple[Any, ...]]:
    """Each member with rank, host, account, away, real name."""
    members = play.session.view.channels[channel].members
    return {
        nick: (member.prefixes, member.host, member.account, member.away, member.realname)
        for nick, member in members.items()
    }


def test_what_is_known_of_members_stays_right_with_every_extension() -> None:
    """IRCv3 extended-join, away-notify, account-notify, chghost, setname, draft/channel-rename; RFC 2812 3.2."""
    play = SessionPlay().registered(EVERYTHING)
    play.server(
        ":ann!~a@home.test JOIN #tea * :Ann",
        ":irc.test 353 ann = #tea :@bob!b@b.test ann!~a@home.test",
        ":irc.test 366 ann #tea :End",
        ":irc.test 352 ann #tea b b.test irc.test bob G@ :0 Bob",
        ":dan!d@d.test JOIN #tea daniel :Dan",
        ":dan!d@d.test AWAY :lunch",
    )
    assert known(play, "#tea") == {
        "bob": ("@", "b.test", None, "*", "Bob"),
        "ann": ("", "home.test", "", "", "Ann"),
        "dan": ("", "d.test", "daniel", "lunch", "Dan"),
    }
    play.server(
        ":dan!d@d.test NICK daniel",
        ":bob!b@b.test MODE #tea +v-o daniel bob",
        ":daniel!d@d.test ACCOUNT *",
        ":daniel!d@d.test CHGHOST dd cloak.test",
        ":daniel!dd@cloak.test SETNAME :Daniel D.",
        ":daniel!dd@cloak.test AWAY",
        ":bob!b@b.test RENAME #tea #coffee :better",
    )
    assert known(play, "#coffee")["daniel"] == ("+", "cloak.test", "", "", "Daniel D.")
    assert known(play, "#coffee")["bob"][0] == ""
    play.server(":bob!b@b.test KICK #coffee daniel", ":bob!b@b.test QUIT :bye")
    assert list(known(play, "#coffee")) == ["ann"] and list(play.session.view.people) == ["ann"]


def test_what_is_known_of_members_without_any_extension() -> None:
    """RFC 2812 alone: names and ranks; the rest is not known, and not made up."""
    play = SessionPlay().registered("")
    play.in_channel()
    play.server(":dan!d@d.test JOIN #tea", ":bob!b@b.test MODE #tea +o dan", ":dan!d@d.test NICK daniel")
    assert known(play, "#tea") == {
        "bob": ("@", "", None, None, None),
        "eve": ("+", "", None, None, None),
        "ann": ("", "home.test", None, None, None),
        "daniel": ("@", "d.test", None, None, None),
    }
    assert repr(play.session.view.channels["#tea"]) == "Channel('#tea', 4 members)"
    assert repr(play.session.view.channels["#tea"].members["bob"]) == "Member('@bob')"


def test_a_person_is_one_in_all_channels() -> None:
    play = SessionPlay().registered(EVERYTHING).in_channel("#tea").in_channel("#ops")
    play.server(":bob!b@b AWAY :lunch", ":bob!b@b PART #tea")
    view = play.session.view
    assert view.channels["#ops"].members["bob"].away == "lunch"
    assert view.channels["#ops"].members["bob"].person is view.people["BOB"]
    play.server(":bob!b@b PART #ops")
    assert "bob" not in view.people


def test_strangers_are_not_kept() -> None:
    play = SessionPlay().registered(EVERYTHING).in_channel()
    play.server(*(f"@account=a :stranger{number}!s@s PRIVMSG ann :hi" for number in range(50)))
    assert sorted(play.session.view.people) == ["ann", "bob", "eve"]


def test_a_server_that_tells_of_too_many_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MEMBERS_MAX", 5)
    monkeypatch.setattr(module, "CHANNELS_MAX", 3)
    play = SessionPlay().registered()
    play.server(*(f":ann!a@a JOIN #{number}" for number in range(9)))
    play.server(*(f":x{number}!x@x JOIN #1" for number in range(9)))
    play.server(f":irc.test 353 ann = #2 :{' '.join(f'y{number}' for number in range(9))}", ":irc.test 366 ann #2 :End")
    view = play.session.view
    assert len(view.channels) == 3 and len(view.channels["#1"].members) == 5 and len(view.channels["#2"].members) == 5
    assert len(view.people) == 1 + 4 + 5


NICKS = st.sampled_from(["ann", "bob", "Bob", "eve", "dan"])
CHANNELS = st.sampled_from(["#tea", "#ops", "#new", "#TEA"])


@st.composite
def lines(draw: st.DrawFn) -> str:
    """A line about people in channels, sensible or not."""
    who, nick, channel, other = draw(NICKS), draw(NICKS), draw(CHANNELS), draw(CHANNELS)
    tails = [
        f"JOIN {channel}",
        f"JOIN {channel} acc :Real",
        f"PART {channel}",
        f"KICK {channel} {nick}",
        "QUIT :x",
        f"NICK {nick}",
        f"MODE {channel} +ov {nick} {who}",
        f"MODE {channel} -o {nick}",
        f"RENAME {channel} {other} :x",
        "AWAY :x",
        f"353 ann = {channel} :@{nick} {who}",
        f"366 ann {channel} :End",
    ]
    return f":{who}!u@h {draw(st.sampled_from(tails))}"


@given(st.lists(lines(), max_size=40))
def test_people_and_members_never_disagree(script: list[str]) -> None:
    """Whatever a server says: each member is the person of his nick, and nobody is kept who shares no channel."""
    play = SessionPlay().registered(EVERYTHING).in_channel("#tea").in_channel("#ops")
    play.server(*script)
    view = play.session.view
    for name, room in view.channels.items():
        assert room.name == name
        for nick, member in room.members.items():
            assert member.nick == nick and view.people[nick] is member.person
    for nick in view.people:
        assert view.is_me(nick) or view.shared(nick)
