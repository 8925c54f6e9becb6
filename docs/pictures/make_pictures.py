"""Makes the pictures of the documentation: a real server and real clients in real terminals, photographed.

    python -m docs.pictures.make_pictures            writes them here
    python -m docs.pictures.make_pictures FOLDER     writes them there

Needs the development requirements, tmux and irssi, and port 6667 of this machine for half a minute, because the
pictures show the commands that people type. Everything runs with an empty HOME; nothing is left behind.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from textual.color import Color

from docs.pictures.conversation import Conversation
from docs.pictures.terminal_svg import Terminal, picture
from ipcchat.tui.themes import DARK, LIGHT
from tests.e2e.tmux import Tmux
from tests.e2e.waiting import until

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).parent
PORT = 6667


def main(arguments: list[str]) -> int:
    """Write the pictures; returns the exit code."""
    folder = Path(arguments[0]).resolve() if arguments else FOLDER
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", PORT)) == 0:
            print(f"make_pictures: port {PORT} is in use; stop what listens there", file=sys.stderr)
            return 69
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    os.chdir(ROOT)
    with Tmux() as tmux:
        for name, (bands, description) in session(tmux).items():
            (folder / f"{name}.svg").write_text(picture(bands, description), encoding="utf-8")
    return 0


def session(tmux: Tmux) -> dict[str, tuple[list[list[Terminal]], str]]:
    """The conversation; returns the pictures of it, by their names: bands of terminals and what is to be seen."""
    people = Conversation(tmux)
    people.come()
    people.talk()
    taken = {"session": (everybody(people), SESSION)}
    for name, arrange, description in ALONE:
        taken[name] = ([[arrange(people)]], description)
    people.leave()
    return taken


SESSION = (
    "Four terminals: ann in the full-screen client, mia in irssi, a script that posts a build result, and the server. "
    "All see the same conversation."
)


def everybody(people: Conversation) -> list[list[Terminal]]:
    """Ann's screen, and below it the others."""
    people.script.window.types("python client.py tail '#ops'")
    people.script.window.shows("<buildbot> 42 is on")
    people.script.prompt_is_back()
    ann = people.ann.terminal(DARK.background)
    return [[ann], [people.mia.terminal(), people.script.terminal()], [people.server.terminal()]]


def message(people: Conversation) -> Terminal:
    """A message is selected; the status line says what can be done to it."""
    people.selects(people.bob.window, 2)
    return taken_and_closed(people, "r reply")


def switcher(people: Conversation) -> Terminal:
    """Where one can go."""
    people.bob.window.presses("C-k")
    people.bob.window.shows("go to a channel")
    people.bob.window.types("op", enter=False)
    people.bob.window.shows("write to op")
    return taken_and_closed(people, "write to op")


def search(people: Conversation) -> Terminal:
    """What was found."""
    people.bob.window.presses("C-f")
    people.bob.window.shows("in:#lobby")
    people.bob.window.presses("C-u")
    people.bob.window.types("build", enter=False)
    people.bob.window.shows("Enter jumps there")
    people.bob.window.shows("build 42 is green")
    return taken_and_closed(people, "Enter jumps there")


def keys(people: Conversation) -> Terminal:
    """The help."""
    people.bob.window.presses("F1")
    people.bob.window.shows("Ctrl+G")
    return taken_and_closed(people, "Ctrl+G")


def taken_and_closed(people: Conversation, mark: str) -> Terminal:
    """What Bob's terminal shows, before he closes what lies over the conversation and has this mark."""
    terminal = people.bob.terminal(DARK.background)
    people.bob.window.presses("Escape")
    until(lambda: mark not in people.bob.window.screen, f"the end of {mark}")
    return terminal


def light(people: Conversation) -> Terminal:
    """The light theme."""
    people.bob.window.types(f"/theme {LIGHT.name}")
    ground = ";".join(map(str, Color.parse(LIGHT.background or "").rgb))
    until(lambda: ground in people.bob.window.coloured_screen, "the light theme")
    return people.bob.terminal(LIGHT.background)


def sixteen(people: Conversation) -> Terminal:
    """A terminal with 16 colours."""
    people.eve.window.types("python client.py --nick eve")
    people.eve.window.shows("bring cups")
    return people.eve.terminal()


ALONE = (
    ("message", message, "The terminal client with one message selected: the keys for it stand in the status line."),
    ("switcher", switcher, "The switcher of the terminal client: places that fit a few letters."),
    ("search", search, "The search of the terminal client: messages that have a word."),
    ("help", keys, "The help of the terminal client: its keys by subject."),
    ("light", light, "The terminal client with its light theme."),
    ("sixteen", sixteen, "The terminal client in the terminal's own 16 colours."),
)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
