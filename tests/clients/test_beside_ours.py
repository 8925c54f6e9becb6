"""The IRC programs in one room with this project's own line client, each in a terminal of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.clients.person import Person
from tests.clients.programs import STATUS
from tests.e2e.raw_client import RawClient, history
from tests.e2e.server_process import ROOT, ServerProcess
from tests.e2e.tmux import Tmux, Window

CLIENT = str(ROOT / "client.py")


@pytest.fixture
def ann(tmux: Tmux, server: ServerProcess) -> Iterator[Window]:
    """Somebody at our line client, in #lobby."""
    window = tmux.opens("ann", sys.executable, CLIENT, "--server", server.url, "--nick", "ann")
    window.shows("you are in #lobby")
    yield window
    assert "Traceback" not in window.everything


def test_they_talk(iris: Person, ann: Window, server: ServerProcess):
    iris.joins("#lobby")
    ann.shows("-- iris joined")
    iris.says("hello from outside, zażółć 👋")
    ann.shows("<iris> hello from outside, zażółć 👋")
    ann.types("hello from inside, gęślą")
    iris.sees("said", channel="#lobby", nick="ann", text="hello from inside, gęślą")
    ann.types("/me waves")
    iris.sees("acted", nick="ann", text="waves")
    iris.does("act", text="waves back")
    ann.shows("* iris waves back")
    with RawClient(server.port).registers("bob", "message-tags batch draft/chathistory").joins("#lobby") as bob:
        assert [line.nick for line in history(bob, "#lobby")] == ["iris", "ann", "ann", "iris"]


def test_they_talk_in_private(iris: Person, ann: Window):
    iris.does("tell", nick="ann", text="only for you")
    ann.shows("<iris to you> only for you")
    ann.types("/msg iris and back")
    iris.looks_at("ann")
    iris.sees("told", nick="ann", text="and back")


def test_they_change_names_and_topics(iris: Person, ann: Window, wendy: RawClient):
    iris.joins("#lobby")
    ann.shows("-- iris joined")
    wendy.answers_to("MODE #lobby +o ann")
    ann.types("/topic Tea at four")
    iris.sees("new topic", nick="ann", channel="#lobby", text="Tea at four")
    iris.does("nick", nick="rainbow")
    ann.shows("-- iris is rainbow now")
    ann.types("/nick anna")
    iris.sees("renamed", nick="ann", new="anna")
    iris.looks_at(STATUS)
    iris.does("whois", nick="anna")
    iris.sees("whois channels", nick="anna", channels="@#lobby")


def test_they_meet_in_her_room(iris: Person, ann: Window):
    iris.joins("#den")
    iris.does("topic", channel="#den", text="The den")
    iris.sees("new topic", nick="iris", channel="#den", text="The den")
    ann.types("/join #den")
    ann.shows("you are in #den: The den")
    iris.does("mode", channel="#den", modes="+m")
    ann.shows("iris lets only people with voice speak")
    ann.types("may I speak?")
    ann.shows("not sent: may I speak?")
    iris.does("mode", channel="#den", modes="+v ann")
    ann.shows("-- iris gave ann voice")
    ann.types("now I may")
    iris.sees("said", channel="#den", nick="ann", text="now I may")
    iris.does("kick", channel="#den", nick="ann", text="enough")
    ann.shows("-- you were put out of #den by iris (enough)")


def test_she_leaves(iris: Person, ann: Window):
    iris.joins("#lobby")
    ann.shows("-- iris joined")
    iris.does("quit", text="see you")
    ann.shows("-- iris left (Quit: see you)")
