"""`ipc-chat tail`: the last messages of a channel, and on request what follows, one line each.

Rules:
1. Standard output has messages and nothing else; everything else goes to standard error.
2. A line is written when its message comes, so that `grep` behind it sees it at once.
3. Whoever closes the pipe ends the program without a word, within a second even in a silent channel.
"""

from __future__ import annotations

import argparse

from ipcchat.cli.parsing import add_client_options, add_wait_option

SUMMARY = "print the last messages of a channel"
DESCRIPTION = """\
Print the last messages of a channel, oldest first, and stop; with --follow go
on with what is said from now on, through restarts of the server, without gap
or double."""
EPILOG = """\
examples:
  {prog} '#ops'
  {prog} '#ops' -n 0 --follow | grep --line-buffered deploy
  {prog} '#ops' -n 100 --json | jq -r .text

output:
  2026-11-22 17:03:12 <ann> text      a message, in local time
  2026-11-22 17:03:12 -ann- text      a notice
  2026-11-22 17:03:12 * ann waves     an action
  a message of several lines is several lines, each with time and name
  with --json one object a line: time (UTC), nick, target, text, msgid, kind

exit codes:
  0 done   1 refused, or the server keeps no history   2 wrong usage
  69 no server there   77 not let in, or the server is not to be trusted
  130 interrupted   141 nobody reads the output any more"""

LINES_MAX = 10_000


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of tail."""
    parser.add_argument(
        "target", metavar="TARGET", help="a channel ('#ops', quoted for the shell) or, with --follow, a nick"
    )
    parser.add_argument(
        "-n", "--lines", metavar="N", type=line_count, default=10, help="how many messages to print first (default: 10)"
    )
    parser.add_argument("-f", "--follow", action="store_true", help="go on with new messages")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    add_wait_option(parser)
    add_client_options(parser)


def line_count(text: str) -> int:
    """Argument type: a number of messages."""
    if not (text.isascii() and text.isdigit() and int(text) <= LINES_MAX):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to {LINES_MAX}")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Print, and return the exit code."""
    from ipcchat.cli.client_run import run_client
    from ipcchat.cli.tailing import tail

    return run_client(tail, options)
