"""`ipc-chat restore`: a data folder from a backup."""

from __future__ import annotations

import argparse
from pathlib import Path

from ipcchat.cli import data_folder as folders
from ipcchat.cli import exits

SUMMARY = "put a backup into an empty data folder"
DESCRIPTION = """\
Put what is in a backup into the data folder, which must not have a journal yet.
Everything is compared with what was backed up, and the journal is verified,
before anything gets its name. Stop the server and move its old folder away
first."""
EPILOG = """\
examples:
  {prog} /backups/chat-2026-01-02.tar
  {prog} --data /var/lib/ipc-chat chat.tar

exit codes:
  0 done   1 failed: nothing was restored   2 wrong usage
  78 a mistake in the configuration   130 interrupted"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    folders.configure(parser)
    parser.add_argument("file", metavar="FILE", type=Path, help="the backup's file")


def run(options: argparse.Namespace) -> int:
    """Restore and return the exit code."""
    from ipcchat.server.backup import BackupError, restore

    try:
        folder = folders.data_folder(options)
        manifest = restore(options.file, folder)
    except folders.NoFolder as error:
        return error.code
    except BackupError as error:
        return folders.complain(str(error))
    print(f"{folder}: {', '.join(manifest.files)}; the journal up to entry {manifest.last}")
    return exits.OK
