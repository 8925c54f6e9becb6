"""`ipc-chat verify`: look whether everything that was said is as it was written."""

from __future__ import annotations

import argparse
from pathlib import Path

from ipcchat.cli import exits
from ipcchat.cli.data_folder import NoFolder, complain, configure, data_folder

__all__ = ["DESCRIPTION", "EPILOG", "SUMMARY", "configure", "run"]

SUMMARY = "look whether the journal is as it was written"
DESCRIPTION = """\
Look at every page, every entry and every history of the journal in the data
folder. Each entry has a sum, and each history a chain through the sums of its
messages: one bit that changed, an entry that is missing, or one in another
place is found and named, and so is an uploaded file that is not what it was.
Nothing is written, and the server may be running. Whoever can write the file
can make sums as well: this finds damage, not forgery."""
EPILOG = """\
examples:
  {prog}
  {prog} --data /var/lib/ipc-chat

exit codes:
  0 everything is as it was written
  1 something is damaged, or it cannot be read   2 wrong usage
  78 a mistake in the configuration   130 interrupted"""


def run(options: argparse.Namespace) -> int:
    """Look, tell, and return the exit code."""
    from ipcchat.backend.base import BackendError
    from ipcchat.backend.sqlite_verify import verify
    from ipcchat.server.file_store import FOLDER

    try:
        path = data_folder(options) / "chat.db"
        report = verify(path)
    except NoFolder as error:
        return error.code
    except BackendError as error:
        return complain(str(error))
    damages, contents = contents_looked_at(path.parent)
    for damage in (*report.damages, *damages):
        print(damage)
    if report.damages:
        return complain(f"{path} is damaged: restore a backup (ipc-chat restore)")
    if damages:
        return complain("uploaded files are damaged: put them back from a backup (ipc-chat restore)")
    print(f"{path}: whole; {report.entries} entries up to {report.last}, {report.histories} histories")
    if contents:
        print(f"{path.parent / FOLDER}: whole; contents of uploaded files: {contents}")
    if report.without_sum:
        print(f"{report.without_sum} of the entries are from a version without sums: only their form was looked at")
    return exits.OK


def contents_looked_at(folder: Path) -> tuple[list[str], int]:
    """What is wrong with the contents of uploaded files in a data folder, in sentences, and how many there are. One
    that is deleted meanwhile is none."""
    from ipcchat.server.file_store import contents_of, digest_of

    damages, count = [], 0
    for path in contents_of(folder):
        try:
            found = digest_of(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            found = error.strerror or "it cannot be read"
        count += 1
        if found != path.name:
            damages.append(f"{path} is not what was uploaded: {found}")
    return damages, count
