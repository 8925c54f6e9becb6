"""`ipc-chat backup`: everything that a server keeps, in one file."""

from __future__ import annotations

import argparse
from pathlib import Path

from ipcchat.cli import data_folder as folders
from ipcchat.cli import exits

SUMMARY = "write everything that the server keeps into one file"
DESCRIPTION = """\
Write a backup of the data folder into FILE: the journal, the secret, the audit
log, the certificate that was made here, and the files that people uploaded. The
server may be running: what was acknowledged before the start is in the backup.
It is verified before it gets its name. It has what people said in private and
the server's secrets: keep it where only you can read it."""
EPILOG = """\
examples:
  {prog} /backups/chat-2026-01-02.tar
  {prog} --data /var/lib/ipc-chat chat.tar

Not in it: the configuration file, and certificates that it names.
`ipc-chat restore` is the way back.

exit codes:
  0 done   1 failed: there is no backup   2 wrong usage
  78 a mistake in the configuration   130 interrupted"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    folders.configure(parser)
    parser.add_argument("file", metavar="FILE", type=Path, help="the backup's file, which must not be there yet")


def run(options: argparse.Namespace) -> int:
    """Write the backup and return the exit code."""
    from ipcchat.cli.auditing import note
    from ipcchat.core.audit import BACKED_UP
    from ipcchat.server.backup import BackupError, back_up

    try:
        folder, target = folders.data_folder(options), options.file.absolute()
        manifest = back_up(folder, target)
    except folders.NoFolder as error:
        return error.code
    except BackupError as error:
        return folders.complain(str(error))
    note(folder, BACKED_UP, str(target))
    print(f"{options.file}: {', '.join(manifest.files)}; the journal up to entry {manifest.last}")
    return exits.OK
