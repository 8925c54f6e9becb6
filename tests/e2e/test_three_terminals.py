"""The promise of the README in real terminals: a server in one, two people in two others, and nothing is lost or
doubled on their screens when the server is killed in the middle of the conversation."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.e2e.full_screen import CLIENT, CONNECTED, Chatter
from tests.e2e.server_process import SERVER, free_port
from tests.e2e.tmux import Tmux


class Terminals:
    """A server in a terminal, and people who come in others."""

    def __init__(self, tmux: Tmux, folder: Path, threads: int) -> None:
        self.tmux = tmux
        self.url = f"irc://127.0.0.1:{free_port()}"
        options = ["--listen", self.url, "--data", str(folder / "journal"), "--threads", str(threads)]
        self.server = tmux.opens("server", *SERVER, *options)
        self.server.shows(f"listening on {self.url}")

    def person(self, name: str) -> Chatter:
        """Somebody who is asked for a name, answers, and presses Enter once more because there is no password."""
        chatter = Chatter(self.tmux.opens(name, *CLIENT, "--server", self.url))
        chatter.shows("Welcome to IPC Chat")
        chatter.types(name)
        chatter.presses("Enter")
        chatter.shows(f"{CONNECTED} {name}")
        chatter.shows("Message #lobby")
        return chatter


@pytest.fixture
def terminals(tmux: Tmux, tmp_path: Path, threads: int) -> Terminals:
    """A server in the first terminal."""
    return Terminals(tmux, tmp_path, threads)


def test_the_server_says_how_to_join(terminals: Terminals):
    terminals.server.shows("join from another terminal:  python3 client.py")
    terminals.server.shows("channel #lobby")


def test_two_people_talk(terminals: Terminals):
    ann = terminals.person("ann")
    ann.says("is anybody here?")
    bob = terminals.person("bob")
    bob.reads("ann is anybody here?")
    for person in (ann, bob):
        person.reads("2 members")
    bob.says("yes, me \N{WAVING HAND SIGN}")
    ann.reads("bob yes, me \N{WAVING HAND SIGN}")
    ann.types("/me waves")
    bob.reads("* ann waves")
    for person in (ann, bob):
        person.has_once_and_in_order("ann is anybody here?", "bob yes, me \N{WAVING HAND SIGN}", "* ann waves")
    bob.presses("C-q")
    assert bob.window.ends() == 0
    ann.reads("1 member")
    ann.reads("bob left")
    ann.types("/quit")
    assert ann.window.ends() == 0


def test_what_is_typed_stays_whole_while_others_talk(terminals: Terminals):
    ann, bob = terminals.person("ann"), terminals.person("bob")
    bob.types("half a sent", enter=False)
    for number in range(3):
        ann.types(f"interruption {number}")
        bob.reads(f"interruption {number}")
    bob.types("ence")
    ann.reads("bob half a sentence")


def test_the_server_is_killed_in_the_middle_of_the_conversation(terminals: Terminals):
    ann, bob = terminals.person("ann"), terminals.person("bob")
    ann.reads("2 members")
    for number in range(3):
        ann.types(f"before {number}")
        bob.reads(f"before {number}")
    os.kill(terminals.server.pid, signal.SIGKILL)
    for person in (ann, bob):
        person.shows("offline")
    ann.says("typed meanwhile")
    terminals.server.starts_again()
    for person in (ann, bob):
        person.shows(CONNECTED)
        person.reads("typed meanwhile")
    bob.says("after")
    ann.reads("bob after")
    for person in (ann, bob):
        person.has_once_and_in_order("before 0", "before 1", "before 2", "typed meanwhile", "bob after")


def test_a_second_terminal_of_the_same_name_is_told(terminals: Terminals):
    terminals.person("ann")
    second = Chatter(terminals.tmux.opens("second", *CLIENT, "--server", terminals.url, "--nick", "ann"))
    second.shows(f"{CONNECTED} ann_")
    second.reads("the name ann is taken, you are ann_")


def test_lines_are_there_for_who_wants_no_screen(terminals: Terminals):
    """--plain, as a screen reader hears it."""
    ann = terminals.person("ann")
    bob = terminals.tmux.opens("bob", *CLIENT, "--plain", "--server", terminals.url)
    bob.shows("Your name [guest]:")
    bob.types("bob")
    bob.shows("-- you are in #lobby")
    bob.shows("-- 2 here: @ann, bob")
    bob.types("by lines")
    ann.reads("bob by lines")
    ann.says("by a screen")
    bob.shows("<ann> by a screen")
    assert bob.everything.count("by lines") == 1
    bob.presses("C-d")
    assert bob.ends() == 0


def test_ctrl_c_stops_the_server_cleanly(terminals: Terminals):
    ann = terminals.person("ann")
    terminals.server.presses("C-c")
    assert terminals.server.ends() == 0
    ann.shows("offline")
    assert "Traceback" not in terminals.server.everything
