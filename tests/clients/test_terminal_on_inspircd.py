"""The full-screen client on another server: InspIRCd as Debian has it, without any module and with those for IRCv3.

What a server lacks is not offered, and what may be missing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.contenders import InspIRCd, Running, stop
from tests.clients.person import Person
from tests.clients.programs import IRSSI
from tests.e2e.full_screen import CONNECTED, Chatter
from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import free_port
from tests.e2e.tmux import Tmux, need

NAMES = "accounttag batch capnotify chghost ctctags echomessage invitenotify labeledresponse msgid servertime"
IRCV3 = ("cap", "ircv3", *(f"ircv3_{name}" for name in NAMES.split()), "monitor", "namesx", "uhnames")


class Elsewhere:
    """An InspIRCd with these modules; `stop` and `start` are for those who want to see it go."""

    def __init__(self, folder: Path, modules: tuple[str, ...]) -> None:
        self._program = InspIRCd(modules=modules)
        self._folder = folder
        self.has_modules = bool(modules)
        self.port = free_port()
        self._running: Running | None = None

    def start(self) -> None:
        """Begin to run."""
        self._running = self._program.start(self._folder, self.port)

    def stop(self) -> None:
        """Run no longer."""
        if self._running is not None:
            stop(self._running)
        self._running = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"irc://127.0.0.1:{self.port}"


@pytest.fixture(params=[(), IRCV3], ids=["bare", "ircv3"])
def elsewhere(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Elsewhere]:
    """The other server, running."""
    need("inspircd")
    server = Elsewhere(tmp_path, request.param)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def ann(tmux: Tmux, elsewhere: Elsewhere) -> Chatter:
    """Somebody at our client, in #lobby."""
    ann = Chatter.comes(tmux, elsewhere.url, "ann", columns=110)
    ann.shows("Message #lobby")
    return ann


def test_people_talk(tmux: Tmux, elsewhere: Elsewhere, ann: Chatter):
    """Our client twice, and irssi: messages, actions, topics, names, a talk in private."""
    bob = Chatter.comes(tmux, elsewhere.url, "bob", columns=110)
    iris = Person(tmux, IRSSI, elsewhere.port)
    iris.joins("#lobby")
    ann.shows("3 here")
    ann.says("hello, żółć \N{WAVING HAND SIGN}")
    bob.reads("ann hello, żółć \N{WAVING HAND SIGN}")
    iris.sees("said", channel="#lobby", nick="ann", text="hello, żółć \N{WAVING HAND SIGN}")
    iris.says("from irssi")
    for person in (ann, bob):
        person.reads("iris from irssi")
    bob.types("/me waves")
    ann.reads("* bob waves")
    ann.types("/topic Tea at four")
    for person in (ann, bob):
        person.reads("#lobby  Tea at four")
    bob.types("/nick robert")
    bob.shows(f"{CONNECTED} robert")
    ann.reads("bob is robert now")
    bob.types("/msg ann only for you")
    ann.shows("@1 in robert")
    ann.presses("M-a")
    ann.reads("robert only for you")
    ann.says("and back")
    bob.presses("M-a")
    bob.reads("and back")
    for person in (ann, bob):
        person.presses("M-1")
        person.has_once_and_in_order("ann hello", "iris from irssi", "* bob waves")


def test_what_the_server_lacks_is_not_offered(elsewhere: Elsewhere, ann: Chatter):
    """No search, no history, no edits, no deletions; answers and reactions only where tags are passed on."""
    ann.says("one message")
    ann.presses("C-f")
    ann.shows("this server has no search")
    ann.presses("S-Up")
    ann.shows("c copy")
    offered = set(re.findall(r"\S+ (reply|react|edit|delete|copy)\b", ann.status))
    assert offered == ({"reply", "react", "copy"} if elsewhere.has_modules else {"copy"})
    ann.presses("e")
    ann.shows("this server cannot do that: edit")
    ann.presses("Escape")
    assert "this is the beginning" not in ann.screen
    ann.reads("this server keeps no history")


def test_typing_is_told_only_where_it_is_passed_on(elsewhere: Elsewhere, ann: Chatter):
    """IRCv3 +typing needs message-tags."""
    wanted = "message-tags" if elsewhere.has_modules else ""
    with RawClient(elsewhere.port).registers("bob", wanted).joins("#lobby") as bob:
        ann.shows("2 here")
        ann.types("half", enter=False)
        ann.shows("half")
        if elsewhere.has_modules:
            assert bob.hears("TAGMSG").tags["+typing"] == "active"
        ann.types(" and whole")
        bob.hears_text("half and whole")
        bob.says("PRIVMSG #lobby :I see")
        ann.reads("bob I see")
    ann.presses("M-Up")
    ann.shows("Type / for commands")
    assert "TAGMSG" not in ann.screen


def test_after_a_cut_it_is_said_that_something_may_be_missing(tmux: Tmux, elsewhere: Elsewhere, ann: Chatter):
    """Who was away himself may have missed what others said, and nobody can tell him; what he typed is sent."""
    bob = Chatter.comes(tmux, elsewhere.url, "bob", columns=110)
    ann.says("before")
    bob.reads("before")
    elsewhere.stop()
    for person in (ann, bob):
        person.shows("offline")
    ann.says("typed while it was away")
    elsewhere.start()
    for person in (ann, bob):
        person.presses("C-r")
        person.shows(CONNECTED)
        person.shows("2 here")
        person.reads("something may be missing here")
    bob.says("after")
    ann.reads("bob after")
    for person in (ann, bob):
        assert person.above.count("before") == person.above.count("after") == 1
    assert ann.above.count("typed while it was away") == 1
