"""`python -m tests.powerloss`: the power fails very many times.

    python -m tests.powerloss                          1,000 images, half a minute
    python -m tests.powerloss --images 100000 --seed 7
    python -m tests.powerloss --normal                 a journal that syncs less: the test must fail

Exit codes: 0 no violation, 1 a violation, 2 wrong usage. It needs a C compiler.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.powerloss.trial import Trial

IMAGES_OF_A_TRIAL = 500
VIOLATIONS_SHOWN = 20


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(prog="python -m tests.powerloss", description="Let the power fail, and look.")
    result.add_argument("--images", type=int, default=1_000, help="states of the disk to judge (default: 1000)")
    result.add_argument("--seed", type=int, default=None, help="the seed of all choices (default: a new one)")
    result.add_argument("--normal", action="store_true", help="sync as synchronous=NORMAL does, to see the test fail")
    return result


def main(arguments: Sequence[str]) -> int:
    """Runs trials until there are enough images, and prints the figures. Returns the exit code."""
    options = parser().parse_args(arguments)
    seed = secrets.randbelow(10**9) if options.seed is None else options.seed
    started = time.monotonic()
    judged = broken = calls = confirmed = 0
    violations: list[str] = []
    while judged < options.images:
        with tempfile.TemporaryDirectory(prefix="ipc-chat-powerloss-") as folder:
            trial = Trial(Path(folder), seed, *(["--normal"] if options.normal else []))
            result = trial.run(min(IMAGES_OF_A_TRIAL, options.images - judged))
        seed += 1
        judged, broken, calls = judged + result.images, broken + result.broken, calls + result.calls
        confirmed += result.confirmed
        violations += result.violations[: VIOLATIONS_SHOWN - len(violations)]
    print(f"{judged} images of {calls} calls, {confirmed} messages confirmed, in {time.monotonic() - started:.0f} s")
    print(f"{broken} images lost or altered something; the next seed would be {seed}")
    for violation in violations:
        print(f"  {violation}")
    return 1 if broken else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
