"""The promise of the README in real terminals: a server in one, two people in two others, and nothing is lost or
doubled on their screens when the server is killed in the middle of the conversation."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.e2e.server_process import ROOT, free_port
from tests.e2e.tmux import Tmux, Window

SERVER, CLIENT = str(ROOT / "server.py"), str(ROOT / "client.py")


class Terminals:
    """A server in a terminal, and people who come in others."""

    def __init__(self, tmux: Tmux, folder: Path, threads: int) -> None:
        self.tmux = tmux
        self.url = f"irc://127.0.0.1:{free_port()}"
        options = ["--listen", self.url, "--data", str(folder / "journal"), "--threads", str(threads)]
        self.server = tmux.opens("server", sys.executable, SERVER, *options)
        self.server.shows(f"listening on {self.url}")

    def person(self, name: str, *options: str) -> Window:
        """Somebody who is asked for a name and answers."""
        window = self.tmux.opens(name, sys.executable, CLIENT, "--server", self.url, *options)
        window.shows("Your name [guest]:")
        window.types(name)
        window.shows("you are in #lobby")
        return window


@pytest.fixture
def terminals(tmux: Tmux, tmp_path: Path, threads: int) -> Terminals:
    """A server in the first terminal."""
    return Terminals(tmux, tmp_path, threads)


def spoken(window: Window) -> list[str]:
    """The messages on a screen, without their times."""
    return [line.partition("] ")[2] for line in window.everything.splitlines() if "] <" in line]


def test_the_server_says_how_to_join(terminals: Terminals):
    terminals.server.shows("join from another terminal:  python3 client.py")
    terminals.server.shows("channel #lobby")


def test_two_people_talk(terminals: Terminals):
    ann = terminals.person("ann")
    ann.types("is anybody here?")
    ann.shows("<ann> is anybody here?")
    bob = terminals.person("bob")
    bob.shows("<ann> is anybody here?")
    bob.shows("-- 2 here: @ann, bob")
    ann.shows("-- bob joined")
    bob.types("yes, me 👋")
    ann.shows("<bob> yes, me 👋")
    ann.types("/me waves")
    bob.shows("* ann waves")
    assert spoken(ann) == spoken(bob) == ["<ann> is anybody here?", "<bob> yes, me 👋"]
    bob.presses("C-d")
    assert bob.ends() == 0
    ann.shows("-- bob left")
    ann.types("/quit")
    assert ann.ends() == 0


def test_what_is_typed_stays_whole_while_others_talk(terminals: Terminals):
    ann, bob = terminals.person("ann"), terminals.person("bob")
    bob.types("half a sent", enter=False)
    for number in range(3):
        ann.types(f"interruption {number}")
        bob.shows(f"<ann> interruption {number}")
    bob.types("ence")
    ann.shows("<bob> half a sentence")


def test_the_server_is_killed_in_the_middle_of_the_conversation(terminals: Terminals):
    ann, bob = terminals.person("ann"), terminals.person("bob")
    ann.shows("-- bob joined")
    for number in range(3):
        ann.types(f"before {number}")
        bob.shows(f"<ann> before {number}")
    os.kill(terminals.server.pid, signal.SIGKILL)
    for person in (ann, bob):
        person.shows("-- connection lost, trying again")
    ann.types("typed meanwhile")
    ann.shows("not connected")
    terminals.server.starts_again()
    for person in (ann, bob):
        person.shows("-- back, caught up")
        person.shows("<ann> typed meanwhile")
    bob.types("after")
    ann.shows("<bob> after")
    wanted = [*(f"<ann> before {number}" for number in range(3)), "<ann> typed meanwhile", "<bob> after"]
    assert spoken(ann) == spoken(bob) == wanted
    for person in (ann, bob):
        assert person.everything.count("connection lost") == 1
        assert person.everything.count("back, caught up") == 1


def test_a_second_terminal_of_the_same_name_is_told(terminals: Terminals):
    terminals.person("ann")
    second = terminals.tmux.opens("second", sys.executable, CLIENT, "--server", terminals.url, "--nick", "ann")
    second.shows("the name ann is taken, you are ann_")


def test_ctrl_c_stops_the_server_cleanly(terminals: Terminals):
    ann = terminals.person("ann")
    terminals.server.presses("C-c")
    assert terminals.server.ends() == 0
    ann.shows("connection lost")
    assert "Traceback" not in terminals.server.everything
