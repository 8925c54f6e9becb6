"""`ipc-chat search`: messages that have some words, one line each.

Rule: standard output has messages and nothing else; everything else goes to standard error.
"""

from __future__ import annotations

import argparse

from ipcchat.cli.parsing import add_client_options, add_wait_option
from ipcchat.cli.tail import line_count

SUMMARY = "find messages by their words"
DESCRIPTION = """\
Find messages that have all these words, and print them, oldest first: in a
channel (--in), or with an account in all its channels and conversations."""
EPILOG = """\
examples:
  {prog} --in '#ops' deploy failed
  {prog} --in '#ops' --from ann '"build 42"'
  {prog} --account ann 'lemon*' has:link before:2026-01-31 --json

output:
  as that of tail; without --in the channel stands before the name

exit codes:
  0 found   1 nothing found, refused, or the server has no search
  2 wrong usage   69 no server there
  77 not let in, or the server is not to be trusted"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of search."""
    parser.add_argument("words", metavar="WORDS", nargs="+", help='words, "phrases in quotes", beginnings*')
    parser.add_argument("--in", dest="target", metavar="TARGET", default="", help="only this channel or person")
    parser.add_argument("--from", dest="author", metavar="NAME", default="", help="only what this person said")
    parser.add_argument(
        "-n", "--lines", metavar="N", type=line_count, default=20, help="how many messages at most (default: 20)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    add_wait_option(parser)
    add_client_options(parser)


def run(options: argparse.Namespace) -> int:
    """Search, print, and return the exit code."""
    from ipcchat.cli.client_run import run_client
    from ipcchat.cli.searching import search

    return run_client(search, options)
