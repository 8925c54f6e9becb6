"""What administrators do to a data folder by a command is written into the audit log of its server, too.

It is a record, not a lock: whoever can read the folder can copy it by other means. So it is said when there can be no
record, and the command goes on.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ipcchat.backend.base import BackendError
from ipcchat.cli import data_folder as folders
from ipcchat.core.effects import Audit
from ipcchat.server.audit_chain import Broken
from ipcchat.server.audit_log import append

PLACE = "command line"


class Done:
    """How much of it was done: `count` records."""

    count = 0


@contextmanager
def audited(folder: Path, kind: str, target: str) -> Iterator[Done]:
    """What is done inside is one record: how many records it had, and whether it was broken off. What was refused at
    once, with nothing done, is none."""
    done, ending = Done(), "broken off after "
    try:
        yield done
        ending = ""
    finally:
        if done.count or not ending:
            note(folder, kind, target, f"{ending}{done.count} records")


def note(folder: Path, kind: str, target: str, text: str = "") -> None:
    """Write one record, or say why there is none."""
    try:
        append(folder, Audit(kind, person(), PLACE, target, text))
    except (OSError, Broken, BackendError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        folders.complain(f"this is not in the audit log of {folder}: {reason}")


def person() -> str:
    """The system's user who runs this, and as far as sudo says for whom."""
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:
        name = f"uid {number}"
    caller = os.environ.get("SUDO_USER", "")
    return f"{caller} as {name}" if caller and caller != name else name
