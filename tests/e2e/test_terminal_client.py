"""The full-screen client in real terminals: a server that is killed, few colours and none, leaving, the mouse, keys and
pastes as tmux passes them on, and small windows."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.full_screen import ANY_COLOUR, CLIENT, CONNECTED, TRUE_COLOUR, Chatter
from tests.e2e.raw_client import OUR_CAPABILITIES, RawClient, history
from tests.e2e.server_process import ServerProcess
from tests.e2e.tmux import Tmux, Window, children, is_running
from tests.e2e.waiting import until

MODE = re.compile(rb"\x1b\[(\??)([0-9;]+)([hl])")
KEPT_ON = {"?25", "?7", "8"}
"""Modes that a terminal begins with: the cursor is shown, rows wrap, text from right to left is put into its order."""
BAR = "\u258c"


@pytest.fixture
def threads() -> int:
    """How the server does its work is no question of these tests."""
    return 0


@pytest.fixture
def ann(tmux: Tmux, server: ServerProcess) -> Chatter:
    """Somebody in #lobby."""
    ann = Chatter.comes(tmux, server.url, "ann")
    ann.shows("Message #lobby")
    return ann


def is_said(server: ServerProcess, nick: str, channel: str, *texts: str) -> None:
    """Somebody comes, says something in a channel, and goes."""
    with RawClient(server.port).registers(nick, OUR_CAPABILITIES).joins(channel) as client:
        for text in texts:
            client.says(f"PRIVMSG {channel} :{text}")
            client.hears_text(text)


# A server that is killed.


def test_a_killed_server_costs_no_word(server: ServerProcess, tmux: Tmux, ann: Chatter):
    """UX row 9: the state is visible, what is typed meanwhile waits and is confirmed once, the draft stays."""
    bob = Chatter.comes(tmux, server.url, "bob")
    ann.says("before")
    bob.reads("before")
    server.kill()
    for person in (ann, bob):
        person.shows("offline")
    ann.says("one word meanwhile")
    bob.says("another word meanwhile")
    waiting = {person: person.look_of("word meanwhile") for person in (ann, bob)}
    ann.types("half a thought", enter=False)
    server.start()
    for person in (ann, bob):
        person.shows(CONNECTED)
        person.reads("one word meanwhile")
        person.reads("another word meanwhile")
    ann.shows("half a thought")
    ann.types(" is whole")
    for person in (ann, bob):
        person.reads("half a thought is whole")
        assert all(person.above.count(text) == 1 for text in ("before", "one word", "another word", "half a thought"))
    until(lambda: ann.look_of("one word") != waiting[ann], "ann's message, confirmed")
    until(lambda: bob.look_of("another word") != waiting[bob], "bob's message, confirmed")
    with RawClient(server.port).registers("eve", OUR_CAPABILITIES).joins("#lobby") as eve:
        kept = [(line.nick, line.params[-1]) for line in history(eve, "#lobby")]
    assert kept[0] == ("ann", "before") and kept[-1] == ("ann", "half a thought is whole")
    assert sorted(kept[1:-1]) == [("ann", "one word meanwhile"), ("bob", "another word meanwhile")]


# Colours.


@pytest.mark.parametrize(
    ("environment", "has_colours"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, False),
    ],
    ids=["sixteen", "none", "none-of-many"],
)
def test_few_colours_are_enough(
    server: ServerProcess, tmux: Tmux, environment: dict[str, str], has_colours: bool
) -> None:
    """UX row 7: what calls for us can be told from what does not, in the timeline and in the list."""
    ann = Chatter.comes(tmux, f"{server.url}/#lobby,#tea,#ops", "ann", environment=environment)
    ann.reads("#ops")
    is_said(server, "bob", "#lobby", "ann: this is for you", "this is for everybody")
    is_said(server, "eve", "#tea", "ann: and this, too")
    is_said(server, "mia", "#ops", "nobody in particular")
    ann.reads("this is for everybody")
    until(lambda: re.search(r"^ \d #tea +@1(?!\d)", ann.screen, re.MULTILINE), "a mention in the list")
    until(lambda: re.search(r"^ \d #ops +1(?!\d)", ann.screen, re.MULTILINE), "an unread message in the list")
    called, other = (
        next(row for row in ann.screen.splitlines() if text in row)[18:]
        for text in ("this is for you", "this is for everybody")
    )
    assert BAR in called and BAR not in other
    written = ann.window.coloured_screen
    assert not TRUE_COLOUR.search(written)
    assert bool(ANY_COLOUR.search(written)) == has_colours
    assert "38;5;" not in written or has_colours


def test_no_screen_is_drawn_where_there_is_none(server: ServerProcess, tmux: Tmux, tmp_path: Path):
    """TERM=dumb, and output that is no terminal: lines."""
    dumb = tmux.opens("dumb", "env", "TERM=dumb", *CLIENT, "--server", server.url, "--nick", "ann")
    dumb.shows("-- you are in #lobby")
    assert dumb.state("#{alternate_on}") == "0"
    output = tmp_path / "output"
    command = f'exec "$@" >{output}'
    piped = tmux.opens("piped", "/bin/sh", "-c", command, "sh", *CLIENT, "--server", server.url, "--nick", "bob")
    until(lambda: output.exists() and "-- 2 here: @ann, bob" in output.read_text(), "lines in a file")
    piped.types("typed on a terminal")
    dumb.shows("<bob> typed on a terminal")
    for window in (dumb, piped):
        window.presses("C-d")
        assert window.ends() == 0
    assert "\x1b" not in output.read_text() + dumb.everything


def test_what_is_drawn_does_not_go_to_the_file_of_errors(server: ServerProcess, tmux: Tmux, tmp_path: Path):
    errors = tmp_path / "errors"
    ann = tmux.opens(
        "ann", "/bin/sh", "-c", f'exec "$@" 2>{errors}', "sh", *CLIENT, "--server", server.url, "--nick", "ann"
    )
    ann.shows("Message #lobby")
    ann.presses("C-q")
    assert ann.ends() == 0
    assert errors.read_text() == ""


def test_a_pipe_gets_lines(server: ServerProcess):
    done = subprocess.run(
        [*CLIENT, "--plain", "--server", server.url, "--nick", "ann"],
        input="by a pipe\n",
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^\[\d\d:\d\d\] <ann> by a pipe$", done.stdout, re.MULTILINE)


# Leaving.


def left_on(written: bytes) -> set[str]:
    """The modes that a program has switched on and not off again, and the other way round."""
    modes: dict[str, bool] = {}
    for private, numbers, act in MODE.findall(written):
        for number in numbers.decode().split(";"):
            modes[private.decode() + number] = act == b"h"
    changed = {mode for mode, on in modes.items() if on != (mode in KEPT_ON)}
    begun, ended = (len(re.findall(pattern, written)) for pattern in (rb"\x1b\[>\d+u", rb"\x1b\[<\d*u"))
    return changed | ({"the kitty protocol"} if begun != ended or not begun else set())


@pytest.mark.parametrize("way", ["C-q", signal.SIGTERM, signal.SIGHUP], ids=["Ctrl+Q", "SIGTERM", "SIGHUP"])
def test_the_terminal_is_given_back(server: ServerProcess, tmux: Tmux, way: str | signal.Signals):
    """UX row 15: Ctrl+C ends nothing. Whatever ends the client, the terminal is as it was."""
    window = tmux.opens("ann", "/bin/sh")
    window.shows("$")
    record = window.records()
    window.types(f"{' '.join(CLIENT)} --server {server.url} --nick ann; echo it ended with $?")
    ann = Chatter(window)
    ann.shows(f"{CONNECTED} ann")
    ann.shows("Message #lobby")
    ann.types("not sent", enter=False)
    ann.presses("C-c")
    ann.shows_no_longer("not sent")
    ann.presses("C-c")
    ann.shows("Ctrl+Q quits")
    assert ann.modes[:2] == (True, True)
    if isinstance(way, str):
        ann.presses(way)
    else:
        (client,) = children(str(window.pid))
        os.kill(int(client), way)
    window.shows("it ended with 0")
    assert ann.modes == (False, False, True)
    assert "Traceback" not in window.everything
    written = record.read_bytes()
    assert {b"?1049", b"?2004", b"?25"} <= {private + number for private, number, _ in MODE.findall(written)}
    assert left_on(written) == set()


def kept(tmux: Tmux) -> Path:
    """Where clients in these terminals keep what is to be known the next time."""
    return tmux.home / ".local" / "state" / "ipc-chat" / "terminal.json"


def test_a_draft_outlives_a_client_that_is_killed(server: ServerProcess, tmux: Tmux, ann: Chatter):
    """What was typed some seconds ago is there when the client is started again."""
    ann.types("a long thought", enter=False)
    until(lambda: kept(tmux).exists() and "a long thought" in kept(tmux).read_text(), "the draft in a file")
    os.kill(ann.window.pid, signal.SIGKILL)
    ann.window.starts_again()
    ann.shows(f"{CONNECTED} ann")
    ann.shows("a long thought")
    ann.presses("Enter")
    ann.reads("ann a long thought")


def test_a_closed_window_ends_the_client_and_keeps_the_draft(server: ServerProcess, tmux: Tmux, ann: Chatter):
    """There is no terminal to write to any more by then."""
    client = str(ann.window.pid)
    ann.types("half a th", enter=False)
    ann.shows("half a th")
    tmux.opens("other", "/bin/sh")
    tmux.run("kill-session", "-t", "ann")
    until(lambda: not is_running(client), "the end of the client")
    assert "half a th" in kept(tmux).read_text()
    with RawClient(server.port).registers("bob").joins("#lobby") as bob:
        (names,) = [line for line in bob.answers_to("NAMES #lobby") if line.command == "353"]
        assert names.params[-1].split() == ["@bob"]


# The mouse.


def mouse(window: Window, button: int, column: int, row: int, *, up: bool = False) -> None:
    """What a terminal reports of the mouse (xterm, SGR); columns and rows are counted from 0."""
    window.sends(f"\x1b[<{button};{column + 1};{row + 1}{'m' if up else 'M'}")


def place_of(chatter: Chatter, text: str) -> tuple[int, int]:
    """The column and row where a text begins; there is nothing wide before it."""
    row = next(number for number, row in enumerate(chatter.screen.splitlines()) if text in row)
    return chatter.screen.splitlines()[row].index(text), row


LEFT, DRAGGED, WHEEL_UP, WHEEL_DOWN = 0, 32, 64, 65


@pytest.mark.parametrize("throttled", [False])
def test_the_mouse(server: ServerProcess, tmux: Tmux):
    """UX row 10: the wheel, a click in the list, and a selection that Ctrl+C copies (OSC 52)."""
    is_said(server, "bob", "#lobby", *(f"number {number:02}." for number in range(30)))
    ann = Chatter.comes(tmux, f"{server.url}/#lobby,#tea", "ann")
    tmux.run("set-option", "-s", "set-clipboard", "on")
    ann.reads("number 29.")
    column, row = place_of(ann, "number 20.")
    mouse(ann.window, WHEEL_UP, column, row)
    until(lambda: "number 29." not in ann.above, "an older place")
    mouse(ann.window, WHEEL_DOWN, column, row)
    ann.reads("number 29.")
    column, row = place_of(ann, "number 20.")
    mouse(ann.window, LEFT, column, row)
    mouse(ann.window, DRAGGED, column + 3, row)
    mouse(ann.window, DRAGGED, column + 9, row + 1)
    mouse(ann.window, LEFT, column + 9, row + 1, up=True)
    ann.presses("C-c")
    ann.shows("copied")
    until(lambda: tmux.run("list-buffers", "-F", "#{buffer_name}"), "a text on the clipboard")
    assert re.fullmatch(r"\d\d:\d\d <bob> number 20\.\n\d\d:\d\d <bob> number 21\.", tmux.run("show-buffer"))
    column, row = place_of(ann, "#tea")
    mouse(ann.window, LEFT, column, row)
    mouse(ann.window, LEFT, column, row, up=True)
    ann.shows("Message #tea")


# Keys and pastes.


def test_keys_come_through_tmux(server: ServerProcess, tmux: Tmux):
    """UX rows 2, 3 and 17: Alt+Enter, Shift+Enter, Alt+A, Alt+1, F7."""
    ann = Chatter.comes(tmux, f"{server.url}/#lobby,#tea", "ann")
    ann.shows("Message #lobby")
    ann.types("first", enter=False)
    ann.presses("M-Enter")
    ann.types("second", enter=False)
    ann.window.sends("\x1b[13;2u")  # Shift+Enter by the kitty protocol; tmux 3.3 itself does not tell it from Enter.
    ann.types("third")
    for text in ("first", "second", "third"):
        ann.reads(text)
    with RawClient(server.port).registers("bob", OUR_CAPABILITIES).joins("#lobby") as bob:
        assert [line.params[-1] for line in history(bob, "#lobby")] == ["first", "second", "third"]
    is_said(server, "eve", "#tea", "is anybody here?")
    ann.shows("1 unread")
    ann.presses("M-a")
    ann.reads("eve is anybody here?")
    ann.presses("M-1")
    ann.shows("Message #lobby")
    ann.presses("F7")
    until(lambda: "#tea" not in ann.screen, "no list of channels")
    ann.presses("F7")
    ann.shows("#tea")


def test_a_paste_of_several_lines_is_not_sent(server: ServerProcess, ann: Chatter):
    with RawClient(server.port).registers("bob", OUR_CAPABILITIES).joins("#lobby") as bob:
        ann.window.pastes("/quit\nrm -rf everything\nlast line")
        ann.shows("last line")
        assert bob.hears_up_to_pong("nothing") == []
        ann.types(", typed")
        bob.hears_text("last line, typed")
        said = [line.params[-1] for line in history(bob, "#lobby")]
    assert said == ["/quit", "rm -rf everything", "last line, typed"]


# Sizes.


def test_it_follows_the_size_of_the_window(server: ServerProcess, ann: Chatter):
    """UX row 17."""
    ann.types("the same words at every size, broken where they must")
    ann.reads("the same words at every size")
    ann.types("a draft", enter=False)
    ann.window.resizes(40, 10)
    until(lambda: len(ann.screen.splitlines()) == 10 and "ann: the same words" in ann.screen, "a small window")
    assert "127.0.0.1" not in ann.screen and "a draft" in ann.typed
    assert all(len(row) <= 40 for row in ann.screen.splitlines())
    ann.types(", longer")
    ann.reads("a draft, longer")
    ann.window.resizes(120, 30)
    until(lambda: len(ann.screen.splitlines()) == 30 and "127.0.0.1" in ann.screen, "a large window")
    ann.reads("the same words at every size, broken where they must")
    ann.reads("1 here")
