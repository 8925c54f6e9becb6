"""`ipc-chat import`: history from an export, into the data of a stopped server."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ipcchat.cli import data_folder as folders
from ipcchat.cli import exits

SUMMARY = "put exported messages into the data of a stopped server"
DESCRIPTION = """\
Read the JSON lines of `ipc-chat export` and put their messages into the journal
of the data folder, with the times at which they were said. They come behind
what is there, so they must not be older: history from elsewhere goes into an
empty folder, before its server runs for the first time. All of it comes in, or
nothing. A message that is there already is left as it is, so that an import
can be repeated. Accounts, channel settings and who came and went are not in it."""
EPILOG = """\
examples:
  {prog} --data /srv/new all.jsonl
  {prog} - < all.jsonl

exit codes:
  0 done   1 failed: nothing was imported   2 wrong usage
  78 a mistake in the configuration   130 interrupted"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    folders.configure(parser)
    parser.add_argument("file", metavar="FILE", type=Path, help="the export, - for standard input")


def run(options: argparse.Namespace) -> int:
    """Import, and return the exit code."""
    from ipcchat.backend.base import BackendError
    from ipcchat.backend.importing import ImportFault, import_lines, lines_of

    try:
        path = folders.data_folder(options) / "chat.db"
        if str(options.file) == "-":
            imported = import_lines(path, lines_of(sys.stdin.buffer))
        else:
            with options.file.open("rb") as file:
                imported = import_lines(path, lines_of(file))
    except folders.NoFolder as error:
        return error.code
    except (BackendError, ImportFault) as error:
        return folders.complain(str(error))
    except OSError as error:
        return folders.complain(f"cannot read {options.file}: {error.strerror}")
    print(f"{imported.messages} messages imported, {imported.known} were there, {imported.events} events skipped")
    return exits.OK
