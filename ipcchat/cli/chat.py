"""`ipc-chat chat`: talk in a terminal.

Rules:
1. Without a name a person is asked for one; a program is not.
2. On a terminal there is an input line with editing; with --plain, or when input or output is no terminal, there are
   just lines.
"""

from __future__ import annotations

import argparse
import re
import sys

from ipcchat.cli import exits
from ipcchat.cli.parsing import add_client_options, add_wait_option, nick_of

SUMMARY = "talk in a terminal"
DESCRIPTION = """\
Talk in a terminal. You join #lobby, or the channels the address names, and see
what was said last. A lost connection is repaired by itself; what you missed is
shown and what you typed meanwhile is sent."""
EPILOG = """\
examples:
  {prog} --nick ann
  {prog} --server ircs://chat.example/#tea
  {prog} --account ann

Type to talk; /help lists the commands. Tab completes names, Up brings back what
you typed, Alt-Enter makes a line break. Ctrl-D leaves; Ctrl-C empties the line.

exit codes:
  0 left   1 failed   2 wrong usage   69 no server there
  77 not let in, or the server is not to be trusted   130 left by Ctrl-C"""

NICK = re.compile(r"[A-Za-z\[\]\\`_^{|}][A-Za-z0-9\[\]\\`_^{|}-]{0,31}")
NAME_TRIES = 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of chat."""
    add_wait_option(parser)
    add_client_options(parser)


def run(options: argparse.Namespace) -> int:
    """Chat, and return the exit code."""
    from ipcchat.cli.chatting import chat
    from ipcchat.cli.client_run import run_client

    try:
        options.nick = nick_of(options) or (ask_name() if sys.stdin.isatty() else None)
    except EOFError:
        print(file=sys.stderr)
        return exits.OK
    return run_client(chat, options)


def ask_name() -> str:
    """Ask a person for a name."""
    from ipcchat.cli.names import login_nick

    default = login_nick()
    for _ in range(NAME_TRIES):
        name = input(f"Your name [{default}]: ").strip() or default
        if NICK.fullmatch(name):
            return name
        print("A name is up to 32 letters, digits, - and _, and begins with a letter.", file=sys.stderr)
    return default
