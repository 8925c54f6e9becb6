"""`python -m tests.nemesis`: the nemesis at full size, with its figures.

    python -m tests.nemesis                                   40 kills, 20 of each other fault, 100,000 messages
    python -m tests.nemesis --kills 10 --faults 5 --acks 20000 --seed 7

Exit codes: 0 no violation, 1 a violation, an exception in a log or a run that could not finish, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tests.crash.supervisor import StartFailed
from tests.nemesis.storm import Outcome, Settings, Storm, Unfinished

VIOLATIONS_SHOWN = 20


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(
        prog="python -m tests.nemesis", description="Break a cluster, compare what it kept."
    )
    result.add_argument("--kills", type=int, default=40, help="SIGKILLs of nodes and NATS servers (default: 40)")
    result.add_argument("--faults", type=int, default=20, help="of each other kind of fault (default: 20)")
    result.add_argument("--losses", type=int, default=1, help="all killed at once, the stream lost (default: 1)")
    result.add_argument("--acks", type=int, default=100_000, help="messages to be acknowledged (default: 100000)")
    result.add_argument("--writers", type=int, default=8, help="writers (default: 8)")
    result.add_argument("--rate", type=float, default=200.0, help="messages a second, about (default: 200)")
    result.add_argument("--seed", type=int, default=None, help="the seed of all choices (default: a new one)")
    result.add_argument("--folder", type=Path, default=None, help="keep journals, logs and records in this new folder")
    return result


def show(settings: Settings, outcome: Outcome) -> None:
    """Prints the figures and the first violations."""
    figures = {
        "places": "network namespaces" if outcome.is_isolated else "loopback: nothing but kills and pauses",
        "kills": ", ".join(f"{count} of a {what}" for what, count in sorted(outcome.kills.items())),
        "faults": ", ".join(f"{count} {what}" for what, count in sorted(outcome.faults.items())),
        "losses": f"{outcome.losses} of the whole stream, with all processes",
        "exits": ", ".join(f"{count} with {code}" for code, count in sorted(outcome.exits.items())) or "none",
        "sent": f"{outcome.sent:,}",
        "resent": f"{outcome.resent:,}",
        "acks": f"{outcome.acks:,}",
        "refused": f"{outcome.refused:,}",
        "received": f"{outcome.received:,}",
        "in history": f"{outcome.stored:,}",
        "no ack": f"{outcome.longest:.1f} s at most",
        "equal": f"{outcome.healed:.1f} s after healing",
        "seconds": f"{outcome.seconds:.1f}",
        "tracebacks": f"{outcome.tracebacks}",
        "violations": f"{len(outcome.violations)}",
        "seed": f"{settings.seed}",
    }
    for title, text in figures.items():
        print(f"{title:12}{text}")
    for violation in outcome.violations[:VIOLATIONS_SHOWN]:
        print(f"  {violation}")


def run(settings: Settings, folder: Path) -> int:
    """One run in that folder. The exit code."""
    started = time.monotonic()
    storm = Storm(settings, folder, lambda text: print(f"{time.monotonic() - started:7.1f} s {text}", flush=True))
    try:
        outcome = storm.run()
    except (StartFailed, Unfinished) as error:
        print(f"nemesis: {type(error).__name__}: {error} (seed {settings.seed})", file=sys.stderr)
        return 1
    finally:
        (folder / "records").write_bytes(b"\n".join(msgspec.json.encode(record) for record in storm.records))
    show(settings, outcome)
    return 0 if outcome.is_good() else 1


def main(arguments: Sequence[str]) -> int:
    """Runs the test and prints its figures. Returns the exit code."""
    options = parser().parse_args(arguments)
    settings = Settings(
        kills=options.kills,
        faults=options.faults,
        losses=options.losses,
        acks=options.acks,
        writers=options.writers,
        rate=options.rate,
        seed=secrets.randbelow(10**9) if options.seed is None else options.seed,
    )
    if options.folder is not None:
        options.folder.mkdir(parents=True)
        return run(settings, options.folder)
    with tempfile.TemporaryDirectory(prefix="ipc-chat-nemesis-") as folder:
        return run(settings, Path(folder))


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
