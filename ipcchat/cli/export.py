"""`ipc-chat export`: what was said, for other programs and for people."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ipcchat.cli import data_folder as folders
from ipcchat.cli import exits

SUMMARY = "write what was said as JSON or as text"
DESCRIPTION = """\
Write the history of channels to standard output, the oldest first: one JSON
object a line, or with --text lines for people. The server may be running. What
was redacted, refused or erased is left out; what people said to each other in
private is in it only with --private."""
EPILOG = """\
examples:
  {prog} > all.jsonl
  {prog} --text '#ops' '#tea' --since 2026-01-01 --until 2026-02-01
  {prog} --private --data /var/lib/ipc-chat > everything.jsonl

A time is a date, or like 2026-01-02T03:04:05Z, in UTC. `ipc-chat import` reads
the JSON.

exit codes:
  0 done   1 failed, what was written is not all   2 wrong usage
  78 a mistake in the configuration   130 interrupted"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    folders.configure(parser)
    parser.add_argument("channels", metavar="CHANNEL", nargs="*", help="these channels (default: all)")
    parser.add_argument("--text", action="store_true", help="lines for people instead of JSON")
    parser.add_argument("--private", action="store_true", help="also what people said to each other in private")
    parser.add_argument("--since", metavar="TIME", default=None, type=moment, help="from that time on")
    parser.add_argument("--until", metavar="TIME", default=None, type=moment, help="up to that time")


def moment(text: str) -> int:
    """Argument type: a date or a time in UTC, in Unix ms."""
    from ipcchat.wire.message import WireError
    from ipcchat.wire.times import parse_time

    try:
        return parse_time(text if "T" in text else f"{text}T00:00:00Z")
    except WireError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no date like 2026-01-02 nor a time like 2026-01-02T03:04:05Z"
        ) from None


def run(options: argparse.Namespace) -> int:
    """Write, and return the exit code."""
    from ipcchat.backend.base import BackendError
    from ipcchat.backend.exporting import TIME_MAX, Text, Wanted, as_json, export
    from ipcchat.cli.auditing import audited
    from ipcchat.core.audit import EXPORTED
    from ipcchat.wire.casemap import fold

    written = Text().write if options.text else as_json
    until = TIME_MAX if options.until is None else options.until
    wanted = Wanted(frozenset(map(fold, options.channels)), options.private, options.since or 0, until)
    try:
        folder: Path = folders.data_folder(options)
        missing = {fold(name): name for name in options.channels}
        with audited(folder, EXPORTED, _described(options)) as done:
            for record in export(folder / "chat.db", wanted):
                sys.stdout.write(written(record) + "\n")
                done.count += 1
                missing.pop(record.history, None)
            sys.stdout.flush()
        for name in missing.values():
            folders.complain(f"nothing of {name} was found")
    except folders.NoFolder as error:
        return error.code
    except BackendError as error:
        return folders.complain(str(error))
    return exits.OK


def _described(options: argparse.Namespace) -> str:
    """What is exported, for the audit log."""
    what = ",".join(options.channels) or "all channels"
    return f"{what} and private conversations" if options.private else what
