"""Calls that fail while the journal is at work (promise G16): `python -m tests.powerloss.faults`, under `disk.c`.

Arguments: the watched folder, the file of the control, and a file of cases, one JSON a line. Each case is a process of
its own, forked from this one, that runs the workload in a folder of its own with that fault; what it said and heard
goes into a file, how it ended is printed.

Rules:
1. A case ends in one of three ways: the workload goes on to its end (what could not be stored was refused), the journal
   says that it cannot go on (BackendError), or it cannot be opened (BackendError too).
2. Anything else is a mistake of ours, and its traceback is on standard error; so is taking longer than
   CASE_SECONDS_MAX, which a signal ends.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import traceback
from pathlib import Path

import msgspec

from ipcchat.backend.base import BackendError
from tests.powerloss.library import FOR_EVER, Calls, Control
from tests.powerloss.workload import Talk, make_eager

LIVES, ROUNDS = 2, 5
CASE_SECONDS_MAX = 10
WENT_ON, SAID_SO, MISTAKE = 0, 1, 2


class Case(msgspec.Struct, frozen=True):
    """Of the calls of these kinds `after` are let through, then `times` fail with `error` (0: half of the work)."""

    name: str
    kinds: int
    error: int
    after: int
    times: int = FOR_EVER


class Ending(msgspec.Struct, frozen=True):
    """How a case ended, how many calls of its kinds there were, and how many of them failed."""

    case: Case
    code: int
    calls: int
    failed: int


def database_of(folder: Path, case: Case) -> Path:
    """Where a case has its journal."""
    return folder / case.name / "data" / "chat.db"


def notes_of(folder: Path, case: Case) -> Path:
    """Where a case writes down what it said and heard: outside of what is watched."""
    return folder.parent / f"{case.name}.notes"


def run(folder: Path, control: Control, case: Case) -> Ending:
    """One case in a forked process."""
    database_of(folder, case).parent.mkdir(parents=True)
    control.arm(Calls(case.kinds), case.error, after=case.after, times=case.times)
    child = os.fork()
    if not child:
        os._exit(_attempt(folder, case))
    _, status = os.waitpid(child, 0)
    control.disarm()
    return Ending(case, os.waitstatus_to_exitcode(status), control.calls, control.failed)


def _attempt(folder: Path, case: Case) -> int:
    """The workload, in a process that ends behind it. Returns the exit code."""
    signal.alarm(CASE_SECONDS_MAX)
    try:
        with notes_of(folder, case).open("wb", buffering=0) as file:
            talk = Talk(database_of(folder, case), seed=1, say=lambda note: file.write(note + b"\n"))
            asyncio.run(talk.run(LIVES, ROUNDS))
    except BackendError:
        return SAID_SO
    except BaseException:
        print(f"case {case.name}:", file=sys.stderr)
        traceback.print_exc()
        sys.stderr.flush()
        return MISTAKE
    return WENT_ON


def main(folder: str, control: str, cases: str) -> None:
    """Run all cases, and print their endings."""
    make_eager()
    with Control(Path(control)) as steering:
        for line in Path(cases).read_bytes().splitlines():
            ending = run(Path(folder), steering, msgspec.json.decode(line, type=Case))
            sys.stdout.buffer.write(msgspec.json.encode(ending) + b"\n")
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
