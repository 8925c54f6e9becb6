"""`ipc-chat send`: say something from a script or a pipe, and know that it was delivered.

Rules:
1. A line is sent when it is read, many at a time; order is kept.
2. Exit code 0 means: the server has confirmed every message. A restart of the server in between changes nothing.
3. A file is uploaded before anything is said; its URL is said behind the words, in the same message.
"""

from __future__ import annotations

import argparse

from ipcchat.cli import exits
from ipcchat.cli.parsing import Parser, add_client_options, add_wait_option

SUMMARY = "say something from a script or a pipe"
DESCRIPTION = """\
Send a message to a channel or a person and wait until the server has confirmed
it. Without TEXT every line of standard input is a message, sent when it is
read; blank lines are skipped.

With --file the file is uploaded and its URL said behind TEXT, in one message;
who may read the message may read the file."""
EPILOG = """\
examples:
  {prog} '#ops' build 42 is green
  make 2>&1 | {prog} '#build'
  {prog} ann 'lunch?'
  {prog} '#ops' --file report.pdf the figures of May
  pg_dump shop | {prog} '#ops' --file - --file-name shop.sql

A server that restarts meanwhile is waited for; messages it had not confirmed
are sent again, and an IPC Chat server shows each of them once.

exit codes:
  0 everything was confirmed
  1 something was refused, not uploaded or not confirmed
  2 wrong usage   69 no server there
  77 not let in, or the server is not to be trusted   130 interrupted"""


def configure(parser: Parser) -> None:
    """Add the options of send."""
    parser.add_argument("target", metavar="TARGET", help="a channel ('#ops', quoted for the shell) or a nick")
    parser.add_argument("text", metavar="TEXT", nargs="*", help="the message; words are joined by spaces")
    parser.words = "text"
    parser.add_argument("--notice", action="store_true", help="send notices, which other programs do not answer")
    parser.add_argument(
        "--file", metavar="PATH", default="", help="upload this file and say its URL; - is standard input"
    )
    parser.add_argument(
        "--file-name",
        metavar="NAME",
        default="",
        help="what others see of the file's name (default: that of PATH); its ending says what kind of file it is",
    )
    add_wait_option(parser)
    add_client_options(parser)


def run(options: argparse.Namespace) -> int:
    """Send, and return the exit code."""
    from ipcchat.cli.client_run import complain, run_client
    from ipcchat.cli.sending import STANDARD_INPUT, send

    if options.file_name and not options.file:
        return complain("--file-name is the name of a --file", exits.USAGE)
    if options.file == STANDARD_INPUT and not options.file_name:
        return complain("what comes from standard input needs a name: --file-name NAME", exits.USAGE)
    return run_client(send, options)
