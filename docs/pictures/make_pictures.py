"""Makes docs/pictures/session.svg: a real server and real clients in real terminals, photographed.

    python -m docs.pictures.make_pictures            writes the picture
    python -m docs.pictures.make_pictures FILE.svg   writes it there

Needs the development requirements, tmux and irssi, and port 6667 of this machine for ten seconds, because the picture
shows the commands that people type. Everything runs with an empty HOME; nothing is left behind.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from docs.pictures.terminal_svg import Terminal, picture
from tests.e2e.tmux import Tmux, Window
from tests.e2e.waiting import until

ROOT = Path(__file__).resolve().parents[2]
PICTURE = Path(__file__).with_name("session.svg")
PORT = 6667
COLUMNS, WIDE_COLUMNS = 56, 115
DESCRIPTION = (
    "Five terminals: a server, two people in the line client, one in irssi, and a script that posts a build result. "
    "All see the same conversation."
)


class Photographed:
    """A terminal with a shell that will be in the picture: its first `rows` rows, and `hidden` ones below."""

    def __init__(
        self, tmux: Tmux, name: str, title: str, rows: int, *, columns: int = COLUMNS, hidden: int = 0
    ) -> None:
        self.title, self.rows, self.columns = title, rows, columns
        self.window: Window = tmux.opens(name, "/bin/sh", columns=columns, rows=rows + hidden)
        self.window.shows("$")

    def terminal(self) -> Terminal:
        """What it shows now."""
        return Terminal(self.title, self.columns, self.rows, self.window.coloured_screen)


def main(arguments: list[str]) -> int:
    """Write the picture; returns the exit code."""
    place = Path(arguments[0]) if arguments else PICTURE
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", PORT)) == 0:
            print(f"make_pictures: port {PORT} is in use; stop what listens there", file=sys.stderr)
            return 69
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    os.chdir(ROOT)
    with Tmux() as tmux:
        columns = session(tmux)
    place.write_text(picture(columns, DESCRIPTION), encoding="utf-8")
    return 0


def session(tmux: Tmux) -> list[list[Terminal]]:
    """The conversation; returns what the terminals show at its end."""
    server = Photographed(tmux, "server", "the server", 4, columns=WIDE_COLUMNS, hidden=1)
    ann, bob = Photographed(tmux, "ann", "ann", 16), Photographed(tmux, "bob", "bob", 16)
    mia, script = Photographed(tmux, "mia", "mia, in irssi", 9), Photographed(tmux, "script", "scripts", 9)
    come(server, ann, bob, mia)
    talk(ann.window, bob.window, mia.window, script.window)
    bands = [[server.terminal()], [ann.terminal(), bob.terminal()], [mia.terminal()]]
    script.window.types("python client.py tail '#lobby' | grep build")
    prompt_is_back(script)
    bands[-1].append(script.terminal())
    leave(server, ann, bob, mia)
    return bands


def come(server: Photographed, ann: Photographed, bob: Photographed, mia: Photographed) -> None:
    """Everybody starts their program."""
    server.window.types("python server.py")
    server.window.shows("channel #lobby")
    ann.window.types("python client.py")
    ann.window.shows("Your name")
    ann.window.types("ann")
    ann.window.shows("1 here")
    bob.window.types("python client.py --nick bob")
    ann.window.shows("bob joined")
    mia.window.types("irssi -c localhost -n mia")
    mia.window.shows("Mode change [+i] for user mia")
    mia.window.types("/join #lobby")
    ann.window.shows("mia joined")


def talk(ann: Window, bob: Window, mia: Window, script: Window) -> None:
    """One line after the other, each seen by the others before the next."""
    everybody = (ann, bob, mia)
    say(ann, "morning! the coffee is ready", everybody)
    say(bob, "on my way. is the build done?", everybody)
    say(mia, "two minutes", everybody)
    script.types("echo 'build 42 is green' |")
    script.types("python client.py send '#lobby' --nick buildbot")
    for window in everybody:
        window.shows("build 42 is green")
    ann.shows("buildbot left")
    say(bob, "ann: bring cups, we celebrate", everybody)


def say(speaker: Window, text: str, everybody: tuple[Window, ...]) -> None:
    """Type a line, and wait until it is on every screen."""
    speaker.types(text)
    for window in everybody:
        window.shows(text)


def leave(server: Photographed, *people: Photographed) -> None:
    """Everybody goes, the server last."""
    for person in people:
        person.window.types("/quit")
        prompt_is_back(person)
    server.window.presses("C-c")
    prompt_is_back(server)


def prompt_is_back(place: Photographed) -> None:
    """Wait until the shell asks for the next command."""
    until(lambda: place.window.screen.rstrip().endswith("\n$"), f"the prompt of {place.title}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
