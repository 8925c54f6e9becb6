"""`ipc-chat audit`: look whether the audit log is as the server wrote it, and read it."""

from __future__ import annotations

import argparse
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ipcchat.cli import exits

if TYPE_CHECKING:
    from ipcchat.server.audit_chain import End

SUMMARY = "verify and read the audit log of a server"
DESCRIPTION = """\
The audit log is the file audit.jsonl in the server's data folder. Each record
has the hash of the one before, so a record that was changed, added or taken
away in between shows. Note the last number and hash elsewhere: without them
nobody can see that the end was cut off.
"""
EPILOG = """\
examples:
  {prog} verify /var/lib/ipc-chat/audit.jsonl
  {prog} verify audit-2026.jsonl audit.jsonl      one follows another
  {prog} show --last 50 --find kill audit.jsonl

exit codes:
  0 whole   1 changed, or it cannot be read   2 wrong usage   130 interrupted"""

LAST = 20


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("action", choices=("verify", "show"), help="verify the chain, or show the last records")
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path, help="the log; several in their order")
    parser.add_argument("--last", type=int, default=LAST, metavar="N", help=f"so many records (default {LAST})")
    parser.add_argument("--find", default="", metavar="TEXT", help="show only records that have this text in them")


def run(options: argparse.Namespace) -> int:
    """Verify or show, and return the exit code."""
    from ipcchat.server.audit_chain import Broken

    try:
        if options.action == "show":
            _show(options.files, max(0, options.last), options.find.casefold())
        else:
            _verify(options.files)
    except Broken as error:
        print(f"ipc-chat: {error}", file=sys.stderr)
        return exits.FAILED
    except OSError as error:
        print(f"ipc-chat: cannot read {error.filename}: {error.strerror}", file=sys.stderr)
        return exits.FAILED
    return exits.OK


def _verify(files: list[Path]) -> None:
    """Follow the chain through all files. Raises Broken and OSError."""
    from ipcchat.server.audit_chain import Broken, verify

    end: End | None = None
    for path in files:
        try:
            end = verify(_lines(path), end)
        except Broken as error:
            raise Broken(f"{path}: {error}") from None
        print(f"{path}: whole; the last record is {end.seq}, its hash {end.hash}")


def _show(files: list[Path], last: int, wanted: str) -> None:
    """Print the last records. Raises Broken and OSError."""
    from ipcchat.server.audit_chain import Broken, read_record

    found: deque[str] = deque(maxlen=last)
    for path in files:
        for number, line in enumerate(_lines(path), 1):
            try:
                text = str(read_record(line))
            except Broken as error:
                raise Broken(f"{path}: line {number}: {error}") from None
            if wanted in text.casefold():
                found.append(text)
    for text in found:
        print(text)


def _lines(path: Path) -> Iterator[bytes]:
    """The lines of a file, without their ends; of what is longer than a record only a piece."""
    from ipcchat.server.audit_chain import LINE_BYTES_MAX

    with path.open("rb") as file:
        while line := file.readline(LINE_BYTES_MAX):
            yield line.removesuffix(b"\n")
