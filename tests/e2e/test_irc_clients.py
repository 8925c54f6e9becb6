"""Two IRC clients that people use, irssi and WeeChat as Debian packages them, in the same room as our own.

They run in real terminals with an empty HOME. A missing program fails the test and says what to type. Only their own
pacing of what is typed (a line in two seconds, a question at two at once) is switched off.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.e2e.raw_client import RawClient, history
from tests.e2e.server_process import ROOT, ServerProcess
from tests.e2e.tmux import Tmux, Window, need

CLIENT = str(ROOT / "client.py")


@dataclass(frozen=True)
class Program:
    """An IRC client and its arguments, what shows that it has started, what to type then, and how to look at its
    server window."""

    name: str
    arguments: tuple[str, ...]
    started: str
    typed: tuple[str, ...]
    server_window: str


@pytest.fixture(params=[0], ids=["same-loop"])
def threads(request: pytest.FixtureRequest) -> int:
    """What they see does not depend on it, and each of them takes seconds."""
    count: int = request.param
    return count


# TLS is on by default from version 4 on; earlier ones say that there is no such option.
WEECHAT_SETTINGS = (
    "/set weechat.look.paste_max_lines -1;"
    "/set irc.server_default.anti_flood_prio_high 0;"
    "/set irc.server_default.anti_flood_prio_low 0;"
    "/set irc.server_default.tls off"
)
PROGRAMS = (
    Program(
        "irssi",
        (),
        "[(status)]",
        ("/set cmd_queue_speed 10msec", "/set nick iris", "/connect 127.0.0.1 {port}"),
        "/window 1",
    ),
    Program(
        "weechat",
        ("--run-command", WEECHAT_SETTINGS),
        "weechat.org",
        (
            "/server add chat 127.0.0.1/{port} -nicks=iris",
            "/connect chat",
        ),
        "/buffer irc.server.chat",
    ),
)


@pytest.fixture(params=PROGRAMS, ids=lambda program: program.name)
def program(request: pytest.FixtureRequest) -> Program:
    """Each of the clients."""
    found: Program = request.param
    return found


@pytest.fixture
def iris(tmux: Tmux, server: ServerProcess, program: Program) -> Window:
    """The client, connected as iris."""
    window = tmux.opens(program.name, need(program.name), *program.arguments)
    window.shows(program.started)
    for line in program.typed:
        window.types(line.format(port=server.port))
    window.shows("Current global users")
    return window


@pytest.fixture
def ann(tmux: Tmux, server: ServerProcess) -> Iterator[Window]:
    """Our own client, in #lobby."""
    window = tmux.opens("ann", sys.executable, CLIENT, "--server", server.url, "--nick", "ann")
    window.shows("you are in #lobby")
    yield window
    assert "Traceback" not in window.everything


def test_an_irc_client_talks_with_ours(iris: Window, ann: Window, server: ServerProcess):
    iris.types("/join #lobby")
    ann.shows("-- iris joined")
    iris.types("hello from outside, zażółć 👋")
    ann.shows("<iris> hello from outside, zażółć 👋")
    ann.types("hello from inside, gęślą")
    iris.shows("hello from inside, gęślą")
    ann.types("/me waves")
    iris.shows("ann waves")
    iris.types("/me waves back")
    ann.shows("* iris waves back")
    with RawClient(server.port).registers("witness", "message-tags batch draft/chathistory").joins("#lobby") as witness:
        assert [line.nick for line in history(witness, "#lobby")] == ["iris", "ann", "ann", "iris"]


def test_an_irc_client_talks_to_one_person(iris: Window, ann: Window):
    iris.types("/query ann")
    iris.types("only for you")
    ann.shows("<iris to you> only for you")
    ann.types("/msg iris and back")
    iris.shows("and back")


def test_names_and_topics(iris: Window, ann: Window, program: Program):
    iris.types("/join #lobby")
    ann.shows("-- iris joined")
    ann.types("/topic Tea at four")
    iris.shows("Tea at four")
    iris.types("/nick rainbow")
    ann.shows("-- iris is rainbow now")
    ann.types("/nick anna")
    iris.shows("anna")
    iris.types("/whois anna")
    iris.types(program.server_window)
    iris.shows("~guest@127.0.0.1")
    iris.shows("signon")


def test_an_irc_client_makes_its_own_room(iris: Window, ann: Window):
    iris.types("/join #den")
    iris.shows("@iris")
    iris.types("/topic The den")
    iris.types("/msg ann come in")
    ann.shows("<iris to you> come in")
    ann.types("/join #den")
    ann.shows("you are in #den: The den")
    iris.types("/mode +m")
    ann.shows("iris set mode +m on #den")
    ann.types("may I speak?")
    ann.shows("not sent: may I speak?")
    iris.types("/mode +v ann")
    ann.shows("iris set mode +v ann on #den")
    ann.types("now I may")
    iris.shows("now I may")
    iris.types("/kick ann enough")
    ann.shows("-- you were put out of #den by iris (enough)")


def test_an_irc_client_leaves(iris: Window, ann: Window):
    iris.types("/join #lobby")
    ann.shows("-- iris joined")
    iris.types("/quit see you")
    ann.shows("-- iris left (Quit: see you)")
    assert iris.ends() == 0
