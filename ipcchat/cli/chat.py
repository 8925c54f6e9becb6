"""`ipc-chat chat`: talk in a terminal.

Rules:
1. Without a name a person is asked for one; a program is not.
2. On a terminal it is the terminal client, full screen (`ipcchat.tui`); with --plain, or when input or output is no
   terminal, there are just lines.
"""

from __future__ import annotations

import argparse
import os
import sys

from ipcchat.cli import exits
from ipcchat.cli.parsing import add_client_options, add_wait_option, nick_of, plain_of

SUMMARY = "talk in a terminal"
DESCRIPTION = """\
Talk in a terminal. You join #lobby, or the channels the address names, and see
what was said last. A lost connection is repaired by itself; what you missed is
shown and what you typed meanwhile is sent."""
EPILOG = """\
examples:
  {prog} --nick ann
  {prog} ircs://chat.example/#tea
  {prog} --account ann
  {prog} --plain     just lines, for screen readers

Type to talk. F1 shows the keys, /help the commands, and Ctrl-Q leaves. Colours,
keys and servers are set in ~/.config/ipc-chat/terminal.toml.

exit codes:
  0 left   1 failed   2 wrong usage   69 no server there
  77 not let in, or the server is not to be trusted   130 left by Ctrl-C"""

NAME_TRIES = 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the parameters of chat."""
    parser.add_argument("address", metavar="URL", nargs="?", default="", help="where to go; the same as --server")
    add_options(parser)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of chat."""
    add_wait_option(parser)
    add_client_options(parser)


def run(options: argparse.Namespace) -> int:
    """Chat, and return the exit code."""
    from ipcchat.cli.chatting import chat
    from ipcchat.cli.client_run import code_of, complain, run_client
    from ipcchat.client.errors import ChatError

    if options.address and hasattr(options, "server"):
        return complain("the server is named twice; --server and URL are the same", exits.USAGE)
    if options.address:
        options.server = options.address
    if wants_full_screen(options):
        from ipcchat.cli.full_screen import full_screen

        try:
            return full_screen(options)
        except ChatError as error:
            return complain(error, code_of(error))
    try:
        options.nick = nick_of(options) or (ask_name() if sys.stdin.isatty() else None)
    except EOFError:
        print(file=sys.stderr)
        return exits.OK
    return run_client(chat, options)


def wants_full_screen(options: argparse.Namespace) -> bool:
    """Whether there is a terminal to draw on, and nobody who would rather have lines."""
    on_terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    return on_terminal and not plain_of(options) and os.environ.get("TERM", "dumb") not in ("", "dumb")


def ask_name() -> str:
    """Ask a person for a name."""
    from ipcchat.cli.names import login_nick
    from ipcchat.dialogue.nicks import NICK_MISTAKE, is_nick

    default = login_nick()
    for _ in range(NAME_TRIES):
        name = input(f"Your name [{default}]: ").strip() or default
        if is_nick(name):
            return name
        print(NICK_MISTAKE, file=sys.stderr)
    return default
