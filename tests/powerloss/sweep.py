"""Runs very many cases of `faults`, and judges what each of them left."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

from tests.crash.checker import Violation
from tests.powerloss import library
from tests.powerloss.faults import Case, Ending, database_of, notes_of
from tests.powerloss.library import Calls, Control
from tests.powerloss.verdict import judge, notes

ROOT = Path(__file__).parents[2]
SECONDS_MAX = 600


def calls_of(folder: Path, kinds: Calls) -> int:
    """How many calls of these kinds the workload makes when none fails."""
    (ending,) = run(folder, [Case("none-fails", kinds, 0, 0, times=0)])
    return ending.calls


def run(folder: Path, cases: Iterable[Case]) -> list[Ending]:
    """Each of the cases in a folder of its own below `folder`. Raises AssertionError with the tracebacks of those that
    ended by a mistake of ours."""
    watched, file = folder / "watched", folder / "cases"
    watched.mkdir(exist_ok=True)
    file.write_bytes(b"\n".join(msgspec.json.encode(case) for case in cases))
    with Control(folder / "control") as control:
        done = subprocess.run(
            [sys.executable, "-m", "tests.powerloss.faults", str(watched), str(control.path), str(file)],
            env=library.environment(watched, control=control.path),
            cwd=ROOT,
            capture_output=True,
            timeout=SECONDS_MAX,
        )
    assert done.returncode == 0, done.stderr.decode()
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return [msgspec.json.decode(line, type=Ending) for line in done.stdout.splitlines()]


def judged(folder: Path, case: Case) -> list[Violation]:
    """What is wrong with a case's journal now that nothing fails any more."""
    said = notes(notes_of(folder / "watched", case).read_bytes().splitlines())
    return asyncio.run(judge(database_of(folder / "watched", case), said))
