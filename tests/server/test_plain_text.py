"""IRC lines as text for people: the mark of the server, places in brackets, harmless characters.

Specification of the lines: Modern IRC (https://modern.ircdocs.horse); ACTION is https://modern.ircdocs.horse/ctcp.
"""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.server import plain_text
from ipcchat.server.plain_text import MARK, NAMES_SHOWN_MAX, Place, texts_of
from ipcchat.wire.message import Message, parse
from tests.core.tea import PINNED

MEMBERS_LINE = re.compile(r"(?:\[[^\]]+\] )?(?:[^ :]+: |\* [^ ]+ |-[^ ]+- )", re.DOTALL)


@pytest.fixture
def place() -> Place:
    """ann in #tea, her current channel, and in #coffee."""
    place = Place()
    place.nick = "ann"
    place.enter("#coffee")
    place.current = "#tea"
    place.enter("#tea")
    return place


def tells(place: Place, *lines: str) -> list[str]:
    return [text for line in lines for text in texts_of(parse(line), place)]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (":bob!b@h PRIVMSG #tea :hi there", "bob: hi there"),
        (":bob!b@h PRIVMSG #TEA :hi", "bob: hi"),
        (":bob!b@h PRIVMSG #coffee :hi", "[#coffee] bob: hi"),
        (":bob!b@h PRIVMSG @#tea :hi", "[@#tea] bob: hi"),
        (":bob!b@h PRIVMSG ann :hi", "[private] bob: hi"),
        (":ann!a@h PRIVMSG bob :hi", "[to bob] ann: hi"),
        (":bob!b@h PRIVMSG #tea :\x01ACTION waves\x01", "* bob waves"),
        (":bob!b@h PRIVMSG ann :\x01ACTION waves\x01", "[private] * bob waves"),
        (":bob!b@h NOTICE #tea :careful", "-bob- careful"),
        (":NickServ!s@h NOTICE ann :welcome", "[private] -NickServ- welcome"),
        (":chat.local NOTICE ann :the server speaks", "-- the server speaks"),
        (":chat.local NOTICE #tea :bob took back a message", "-- bob took back a message"),
        (":chat.local NOTICE #coffee :bob took back a message", "-- [#coffee] bob took back a message"),
        (PINNED, "-- ann pinned a message"),
        (PINNED.replace("#tea", "#coffee"), "-- [#coffee] ann pinned a message"),
        (
            ":bob!b@h NOTICE #tea :ann pinned a message; PINS #tea shows them",
            "-bob- ann pinned a message; PINS #tea shows them",
        ),
        (":op!o@h WALLOPS :lunch", "-- op tells everybody: lunch"),
        (":bob!b@h JOIN #tea", "-- bob joined #tea"),
        (":bob!b@h PART #tea :tired", "-- bob left #tea (tired)"),
        (":bob!b@h QUIT :Quit: bye", "-- bob left (Quit: bye)"),
        (":op!o@h KICK #tea bob :rude", "-- op removed bob from #tea (rude)"),
        (":bob!b@h NICK rob", "-- bob is rob now"),
        (":bob!b@h TOPIC #tea :Earl Grey", "-- bob set the topic of #tea: Earl Grey"),
        (":bob!b@h TOPIC #tea :", "-- bob took the topic of #tea away"),
        (":op!o@h MODE #tea +o bob", "-- op set +o bob in #tea"),
        (":bob!b@h INVITE ann #x", "-- bob invites you: /join #x"),
        (":s 332 ann #tea :Earl Grey", "-- Topic of #tea: Earl Grey"),
        (":s 301 ann bob :lunch", "-- bob is away: lunch"),
        (":s 311 ann bob b h * :Bob Example", "-- bob is b@h (Bob Example)"),
        (":s 319 ann bob :@#tea", "-- bob is in @#tea"),
        (":s 330 ann bob robert :is logged in as", "-- bob is logged in as robert"),
        (":s 401 ann eve :No such nick", "-- eve: No such nick"),
        (":s 404 ann #tea :Cannot send", "-- #tea: Cannot send"),
        (":s 900 ann m ann :You are now logged in as ann", "-- You are now logged in as ann"),
        (":s 432 ann my,name :A nick cannot contain a space", "-- A nick cannot contain a space"),
        ("ERROR :Closing link: Quit: ", "-- Goodbye"),
        ("ERROR :Closing link: Banned: spam", "-- Goodbye: Banned: spam"),
        ("FAIL X Y :what is wrong", "-- what is wrong"),
    ],
)
def test_what_is_told(place: Place, line: str, text: str):
    assert tells(place, line) == [text]


@pytest.mark.parametrize(
    "line",
    [
        ":bob!b@h PRIVMSG ann :\x01VERSION\x01",
        ":bob!b@h NOTICE ann :\x01VERSION x\x01",
        ":ann!a@h MODE ann +i",
        ":s 005 ann X=1 :are supported",
        ":s 372 ann :- motd",
        ":s 422 ann :no motd",
        ":bob!b@h INVITE eve #x",
        "TAGMSG #tea",
        "XYZZY 1 2 3",
    ],
)
def test_what_means_nothing_to_people(place: Place, line: str):
    assert tells(place, line) == []


def test_names_are_told_in_one_line(place: Place):
    people = " ".join(f"p{number}" for number in range(NAMES_SHOWN_MAX))
    told = tells(place, f":s 353 ann = #tea :{people}", ":s 353 ann = #tea :bob eve", ":s 366 ann #tea :End")
    assert len(told) == 1
    assert told[0].startswith("-- In #tea: p0, p1,")
    assert told[0].endswith(" and 2 more")
    assert tells(place, ":s 366 ann #none :End") == ["-- In #none: nobody whom you can see"]


def test_who_comes_and_goes_himself_is_told_where_his_lines_go(place: Place):
    assert tells(place, ":ann!a@h JOIN #milk") == ["-- You are in #milk"]
    assert place.current == "#tea"
    assert tells(place, ":ann!a@h PART #tea") == ["-- You left #tea. What you type goes to #milk"]
    assert tells(place, ":op!o@h KICK #milk ann :no") == [
        "-- op removed you from #milk (no). What you type goes to #coffee"
    ]
    assert tells(place, ":ann!a@h PART #coffee") == ["-- You left #coffee. You are in no channel: /join #lobby"]


def test_a_channel_that_one_cannot_enter_is_not_the_current_one(place: Place):  # 473, 475 and their like
    place.current = "#secret"
    assert tells(place, ":s 473 ann #secret :Cannot join") == [
        "-- #secret: Cannot join",
        "-- What you type goes to #tea",
    ]


def test_a_forward_leads_to_the_other_channel(place: Place):  # 470
    place.current = "#old"
    tells(place, ":s 470 ann #old #new :Forwarding", ":ann!a@h JOIN #new")
    assert place.current == "#new"


def test_own_nick_is_followed(place: Place):
    assert tells(place, ":ann!a@h NICK Anna") == ["-- You are Anna now"]
    assert place.is_me("anna")


def test_the_welcome_is_two_lines(place: Place):
    place.current = "#lobby"
    told = tells(place, ":s 001 bob :Welcome to IPCChat, bob!b@h")
    assert told[0] == "-- Welcome to IPCChat, bob"
    assert len(told) == 2
    assert "#lobby" in told[1]


NICKS = st.from_regex(r"\A[A-Za-z\[\]\\`_^{|}][A-Za-z0-9\[\]\\`_^{|}-]{0,8}\Z")


@given(NICKS, st.sampled_from(["PRIVMSG", "NOTICE"]), st.sampled_from(["#tea", "#x", "ann"]), st.text())
def test_no_member_can_write_the_servers_mark(nick: str, command: str, target: str, text: str):  # N12
    place = Place()
    place.nick, place.current = "ann", "#tea"
    for told in texts_of(Message(command, [target, text], f"{nick}!u@h"), place):
        assert not told.startswith(MARK)
        assert MEMBERS_LINE.match(told)


COMMANDS = st.sampled_from([*plain_text._TELLERS, "401", "433", "451", "473"])


@given(COMMANDS, st.lists(st.text(), max_size=5), st.none() | st.text())
def test_every_line_is_harmless_and_no_mistake_of_ours(command: str, params: list[str], source: str | None):
    place = Place()
    place.nick = "ann"
    for told in texts_of(Message(command, params, source), place):
        assert all(unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp") for character in told)
