"""No query reveals a hidden channel, its members or its history (P01, P03): two worlds that differ only in what is
hidden from somebody answer him with the same bytes, whatever he asks.

In one world people use a secret channel; in the other the same people write as many private messages to each other at
the same moments. The observer asks the same generated questions in both. What a guess at a name must reveal is left
out: JOIN and RENAME of the hidden name itself find it taken (docs/threat-model.md says so).
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from ipcchat.core.registry import COMMANDS
from ipcchat.core.settings import Settings
from tests.core.net import ALL_CAPS, Net, Talker

QUESTIONS = 100_000 if os.environ.get("HOSTILE_FULL") else 7_000
"""Of each of three observers."""

HIDDEN = "#hidden"
CAPS = (
    f"{ALL_CAPS} draft/metadata-2 extended-monitor draft/channel-rename draft/multiline account-tag account-notify "
    "ipc-chat/catch-up draft/event-playback draft/read-marker soju.im/search"
)

NAMES = ("ann", "bob", "carl", "eve", "nobody", "NickServ", "*", "a*", "*o*")
CHANNELS = ("#open", HIDDEN, "#HIDDEN", "#absent", "#other", "#hid*", "#*", "@#open", f"@{HIDDEN}")
_WORDS = """
    0 1 * 50 + - b +b +i -i +o +f x o %tcuihsnfdlaor,7 %na >0 <5 C>1 T<99 U>1 L S C +I LS user@host *!*@* ~c:#hidden
    LATEST BEFORE AFTER AROUND BETWEEN TARGETS GET LIST SET CLEAR SUB UNSUB SUBS SYNC avatar color INFO ACCESS STATUS
    REGISTER HELP OP INVITE UNBAN ISON ADD DEL FLAGS DROP timestamp=2000-01-01T00:00:00.000Z ~j:#hidden hello
    timestamp=2023-11-14T22:13:20.000Z timestamp=2030-01-01T00:00:00.000Z msgid=journal-1 msgid=journal-9
    msgid=journal-14 msgid=journal-20 journal-1 journal-14 journal-20 NOW 1000 REWIND #open,#hidden #hidden,#absent
    text=meet text=me*;in=#hidden in=#hidden;sort=rank from=bob;text=at text=then;in=#open in=bob;text=meet has=link
"""
WORDS = ("", "hello there", *_WORDS.split())
NEVER = {"QUIT", "CAP", "WEBIRC", "PASS", "USER", "AUTHENTICATE", "BATCH", "NICK", "REGISTER", "VERIFY", "OPER"}
"""What changes the observer's connection instead of asking, or says who he is."""

GUESSES = {"JOIN", "RENAME"}


class World:
    """A network in which ann and bob have something to hide, or only private messages."""

    def __init__(self, has_secret: bool, observer: str) -> None:
        self.net = Net(settings=Settings(server_name="test.net", motd=("Hello.",)))
        self.has_secret = has_secret
        self.ann = self.net.join("ann", "#open")
        self.bob, self.carl = self.net.join("bob", "#open"), self.net.join("carl", "#open,#other")
        self.eve = self.net.join("eve", "#open", CAPS)
        if observer != "outsider":
            self._let_eve_in_and_out(observer)
        self._hide()
        self.net.forget()

    def _let_eve_in_and_out(self, observer: str) -> None:
        """In both worlds: eve was there once."""
        self.ann.says(f"JOIN {HIDDEN}", f"MODE {HIDDEN} +s")
        self.eve.says(f"JOIN {HIDDEN}", f"PRIVMSG {HIDDEN} :what eve knows")
        self.ann.says(f"MODE {HIDDEN} +b eve!*@*" if observer == "banned" else "PING :", f"KICK {HIDDEN} eve")

    def _hide(self) -> None:
        doings = (
            (self.ann, f"JOIN {HIDDEN}"),
            (self.ann, f"MODE {HIDDEN} +s"),
            (self.bob, f"JOIN {HIDDEN}"),
            (self.ann, f"TOPIC {HIDDEN} :the plan"),
            (self.ann, f"PRIVMSG {HIDDEN} :we meet at noon"),
            (self.ann, f"MODE {HIDDEN} +o bob"),
            (self.ann, f"MODE {HIDDEN} +I *!*@friends.example"),
            (self.bob, f"PRIVMSG {HIDDEN} :at noon then"),
        )
        for who, line in doings:
            self.secretly(who, line)

    def secretly(self, who: Talker, line: str) -> None:
        """Do something in the hidden channel; in the world without it, write to one another instead."""
        if not self.has_secret:
            other = "bob" if who is self.ann else "ann"
            line = f"PRIVMSG {other} :{line}"
        before = len(self.net.journal.entries)
        who.says(line)
        if len(self.net.journal.entries) == before:
            assert line.startswith("JOIN"), line  # ann was in it already
            who.says(f"PRIVMSG {'bob' if who is self.ann else 'ann'} :{line}")


def questions(chance: random.Random) -> Iterator[str]:
    """Lines of all commands with likely and unlikely parameters."""
    commands = sorted(COMMANDS.keys() - NEVER)
    while True:
        command = chance.choice(commands)
        pools = [chance.choice((NAMES, CHANNELS, CHANNELS, WORDS, WORDS)) for _ in range(chance.randrange(5))]
        params = [chance.choice(pool) for pool in pools]
        if command in GUESSES:
            params = [param for param in params if "hid" not in param.lower()]
        params = [param for param in params[:-1] if param and " " not in param] + [f":{param}" for param in params[-1:]]
        yield " ".join([command, *params])


@pytest.mark.timeout(300)
@pytest.mark.parametrize("observer", ["outsider", "left", "banned"])
def test_P03_no_query_tells_two_worlds_apart(observer: str):  # PROMISES: noninterference; IRCv3 chathistory P01
    secret, empty = World(True, observer), World(False, observer)
    assert len(secret.net.journal.entries) == len(empty.net.journal.entries)
    chance = random.Random(observer)
    asked: list[str] = []
    for number, line in enumerate(questions(chance)):
        if number >= QUESTIONS:
            break
        asked.append(line)
        answers = [world.eve.says(line) for world in (secret, empty)]
        assert answers[0] == answers[1], (line, asked[-20:])
        if number % 10 == 0:
            for world in (secret, empty):
                world.secretly(world.bob, f"PRIVMSG {HIDDEN} :{number}")
                assert not [heard for heard in world.eve.lines if "noon" in heard or "the plan" in heard]
                world.net.forget()
        if number % 200 == 0:
            for world in (secret, empty):
                world.net.pass_time(chance.random() if world is secret else 0)
            empty.net.now = secret.net.now


@pytest.mark.parametrize(
    "subcommand", ["LATEST {} * 10", "BEFORE {} timestamp=2030-01-01T00:00:00.000Z 10", "AROUND {} msgid=journal-5 10"]
)
@pytest.mark.parametrize("observer", ["outsider", "left", "banned"])
def test_P01_closed_history_and_no_history_are_one_answer(observer: str, subcommand: str):
    world = World(True, observer)
    answers = [world.eve.asks(f"CHATHISTORY {subcommand.format(name)}") for name in (HIDDEN, "#absent")]
    assert [line.replace(HIDDEN, "#absent") for line in answers[0]] == answers[1]
    assert "INVALID_TARGET" in answers[0][0] and len(answers[0]) == 1


@pytest.mark.parametrize("asked", ["*", "* 3", "journal-6", "journal-9 5", "* 1000 #open", f"* 10 {HIDDEN}", "NOW"])
@pytest.mark.parametrize("observer", ["outsider", "left", "banned"])
def test_P03_catching_up_tells_two_worlds_apart_no_more_than_others_do(observer: str, asked: str):
    answers = [World(has_secret, observer).eve.says(f"CATCHUP {asked}") for has_secret in (True, False)]
    assert answers[0] == answers[1]
    assert not [line for line in answers[0] if "noon" in line or "the plan" in line]
    ending = f":test.net FAIL CATCHUP INVALID_TARGET {HIDDEN}" if HIDDEN in asked else ":test.net BATCH -"
    assert answers[0][-1].startswith(ending)


@pytest.mark.parametrize("asked", ["text=meet", f"text=meet;in={HIDDEN}", f"in={HIDDEN}", "from=bob", "in=bob"])
@pytest.mark.parametrize("observer", ["outsider", "left", "banned"])
def test_P03_a_search_tells_two_worlds_apart_no_more_than_others_do(observer: str, asked: str):
    """What is hidden is like what is not there, and takes no longer: the backend is asked about neither."""
    worlds = [World(has_secret, observer) for has_secret in (True, False)]
    answers = [world.eve.says(f"SEARCH {asked}") for world in worlds]
    assert answers[0] == answers[1]
    assert not [line for line in answers[0] if "noon" in line or "the plan" in line]
    if HIDDEN in asked:
        for name in (HIDDEN, "#absent"):
            worlds[0].net.journal.holding = True
            worlds[0].eve.forget()
            worlds[0].eve.says(f"SEARCH {asked.replace(HIDDEN, name)}")
            assert len(worlds[0].eve.lines) == 2
            assert not worlds[0].net.queries
