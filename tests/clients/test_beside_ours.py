"""The IRC programs in one room with this project's own terminal client, each in a terminal of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.person import Person
from tests.clients.programs import STATUS
from tests.e2e.full_screen import Chatter
from tests.e2e.raw_client import RawClient, history
from tests.e2e.server_process import ServerProcess
from tests.e2e.tmux import Tmux


@pytest.fixture
def ann(tmux: Tmux, server: ServerProcess) -> Iterator[Chatter]:
    """Somebody at our client, in #lobby, with room for the list of people."""
    ann = Chatter.comes(tmux, server.url, "ann", columns=120, rows=30)
    ann.shows("Message #lobby")
    yield ann
    assert "Traceback" not in ann.window.everything


def test_they_talk(iris: Person, ann: Chatter, server: ServerProcess):
    iris.joins("#lobby")
    ann.shows("3 here")
    iris.says("hello from outside, zażółć 👋")
    ann.reads("iris hello from outside, zażółć 👋")
    ann.types("hello from inside, gęślą")
    iris.sees("said", channel="#lobby", nick="ann", text="hello from inside, gęślą")
    ann.types("/me waves")
    iris.sees("acted", nick="ann", text="waves")
    iris.does("act", text="waves back")
    ann.reads("* iris waves back")
    with RawClient(server.port).registers("bob", "message-tags batch draft/chathistory").joins("#lobby") as bob:
        assert [line.nick for line in history(bob, "#lobby")] == ["iris", "ann", "ann", "iris"]


def test_they_talk_in_private(iris: Person, ann: Chatter):
    iris.does("tell", nick="ann", text="only for you")
    ann.shows("@1 in iris")
    ann.presses("M-a")
    ann.reads("iris only for you")
    ann.says("and back")
    iris.looks_at("ann")
    iris.sees("told", nick="ann", text="and back")


def test_they_change_names_and_topics(iris: Person, ann: Chatter, wendy: RawClient):
    iris.joins("#lobby")
    iris.says("it is me")
    ann.reads("iris it is me")
    wendy.answers_to("MODE #lobby +o ann")
    ann.types("/topic Tea at four")
    iris.sees("new topic", nick="ann", channel="#lobby", text="Tea at four")
    ann.reads("#lobby  Tea at four")
    iris.does("nick", nick="rainbow")
    ann.reads("iris is rainbow now")
    ann.types("/nick anna")
    iris.sees("renamed", nick="ann", new="anna")
    ann.shows("connected as anna")
    iris.looks_at(STATUS)
    iris.does("whois", nick="anna")
    iris.sees("whois channels", nick="anna", channels="@#lobby")


def test_they_meet_in_her_room(iris: Person, ann: Chatter):
    iris.joins("#den")
    iris.does("topic", channel="#den", text="The den")
    iris.sees("new topic", nick="iris", channel="#den", text="The den")
    ann.types("/join #den")
    ann.reads("#den  The den")
    iris.does("mode", channel="#den", modes="+m")
    ann.reads("iris lets only people with voice speak")
    ann.types("may I speak?")
    ann.reads("not sent: ")
    iris.does("mode", channel="#den", modes="+v ann")
    ann.reads("iris gave ann voice")
    ann.types("now I may")
    iris.sees("said", channel="#den", nick="ann", text="now I may")
    iris.does("kick", channel="#den", nick="ann", text="enough")
    ann.reads("you were put out of #den by iris (enough)")


def test_she_leaves(iris: Person, ann: Chatter):
    iris.joins("#lobby")
    iris.says("only a moment")
    ann.reads("iris only a moment")
    iris.does("quit", text="see you")
    ann.reads("iris left (Quit: see you)")
    ann.shows("2 here")
