"""The real program in a real terminal: the first run, addresses, passwords, the first frame (UX rows 1, 14 and 17)."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

import ipcchat
from tests.e2e.server_process import ROOT, ServerProcess
from tests.e2e.tmux import Tmux, Window
from tests.e2e.waiting import until

CLIENT = (sys.executable, str(ROOT / "client.py"))
PASSWORD = "canary-horse-battery"
FIRST_FRAME_SECONDS_MAX = 5.0
"""Five times what is promised: the machine of a test may be busy with others."""


@pytest.fixture
def tmux() -> Iterator[Tmux]:
    """Terminals of programs with an empty home folder."""
    with Tmux() as tmux:
        yield tmux


def shows(window: Window, text: str) -> None:
    """Wait until a text stands on the screen."""
    try:
        until(lambda: text in window.screen, repr(text))
    except AssertionError as error:
        raise AssertionError(f"{error}; the screen:\n{window.screen}") from None


def registers(url: str, account: str) -> None:
    """Get somebody an account."""

    async def register() -> None:
        async with ipcchat.connect(url, nick=account) as chat:
            await chat.register(PASSWORD)

    asyncio.run(register())


def test_the_first_run_asks_and_leads_into_the_channel(server: ServerProcess, tmux: Tmux) -> None:
    """UX row 14: nothing is known: three fields, with two Enters one is in; a mistake is said."""
    ann = tmux.opens("ann", *CLIENT, "--server", server.url)
    shows(ann, "Welcome to IPC Chat")
    shows(ann, server.url)
    ann.presses("C-u")
    ann.types("1ann")
    shows(ann, "begins with a letter")
    ann.presses("C-u")
    ann.types("newcomer", enter=False)
    ann.presses("Enter", "Enter")
    shows(ann, "connected as newcomer")
    shows(ann, "Message #lobby")
    ann.types("hello everybody")
    until(lambda: "newcomer hello everybody" in ann.screen, "the text")
    ann.presses("C-q")
    assert ann.ends() == 0


def test_escape_at_the_first_run_leaves(server: ServerProcess, tmux: Tmux) -> None:
    """UX row 14: nobody is held."""
    ann = tmux.opens("ann", *CLIENT, "--server", server.url)
    shows(ann, "Welcome to IPC Chat")
    ann.presses("Escape")
    assert ann.ends() == 0


def test_an_address_leads_to_a_channel(server: ServerProcess, tmux: Tmux) -> None:
    """UX row 14: `ipc-chat chat irc://host/#chan`."""
    ann = tmux.opens("ann", *CLIENT, f"{server.url}/#kitchen", "--nick", "cook")
    shows(ann, "Message #kitchen")
    shows(ann, "connected as cook")


def test_a_password_by_a_command(server: ServerProcess, tmux: Tmux, tmp_path: Path) -> None:
    """UX row 14: it is printed by a command and stands in nobody's list of processes; there is no option for one."""
    registers(server.url, "owner")
    secret = tmp_path / "secret"
    secret.write_text(PASSWORD)
    words = [*CLIENT, server.url, "--account", "owner", "--password-command", f"cat {secret}"]
    ann = tmux.opens("ann", *words)
    shows(ann, "connected as owner")
    ann.types("/whois owner")
    shows(ann, "is logged in as owner")
    arguments = [file.read_bytes() for file in readable_command_lines()]
    assert arguments and not any(PASSWORD.encode() in words for words in arguments)
    assert PASSWORD not in ann.everything
    refused = tmux.opens("refused", *CLIENT, server.url, "--account", "owner", "--password", PASSWORD)
    assert refused.ends() == 2


def readable_command_lines() -> list[Path]:
    """The command lines of all processes that still run."""
    return [path / "cmdline" for path in Path("/proc").glob("[0-9]*") if (path / "cmdline").exists()]


def test_a_password_that_is_asked_for(server: ServerProcess, tmux: Tmux) -> None:
    """UX row 14: without a keyring and a command it is asked for, unseen, once more when it was wrong."""
    registers(server.url, "asked")
    ann = tmux.opens("ann", *CLIENT, server.url, "--account", "asked")
    shows(ann, "Password of asked")
    ann.types("wrong")
    shows(ann, "The password once more")
    ann.types(PASSWORD, enter=False)
    until(lambda: "\u2022" * len(PASSWORD) in ann.screen, "dots")
    ann.presses("Enter")
    shows(ann, "connected as asked")
    assert PASSWORD not in ann.everything


def test_the_first_frame_comes_at_once_and_takes_what_is_typed(server: ServerProcess, tmux: Tmux) -> None:
    """UX rows 1, 17: in tmux, the input is there before the server is, and typing goes into it."""
    began = time.monotonic()
    ann = tmux.opens("ann", *CLIENT, "irc://127.0.0.1:1", "--nick", "ann")
    until(lambda: "Type / for commands" in ann.screen, "the first frame")
    assert time.monotonic() - began < FIRST_FRAME_SECONDS_MAX
    ann.types("typed at once", enter=False)
    shows(ann, "typed at once")
    ann.presses("C-q")
    assert ann.ends() == 0


def test_a_window_that_changes_its_size(server: ServerProcess, tmux: Tmux) -> None:
    """UX row 17: in tmux, smaller and larger while the program runs."""
    ann = tmux.opens("ann", *CLIENT, f"{server.url}/#sizes", "--nick", "sizer")
    shows(ann, "connected as sizer")
    ann.types("before all this")
    for columns, rows in ((40, 12), (200, 60), (60, 20), (80, 24)):
        tmux.run("resize-window", "-t", "ann", "-x", str(columns), "-y", str(rows))
        until(partial(fits, ann, columns, rows), f"{columns} by {rows}")
        shows(ann, "before all this")


def fits(window: Window, columns: int, rows: int) -> bool:
    """Whether the last row of the screen is the status line, and not wider than the screen."""
    lines = window.screen.splitlines()
    return len(lines) == rows and "connected as" in lines[-1] and all(len(line) <= columns for line in lines)
