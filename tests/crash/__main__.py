"""`python -m tests.crash`: the crash test at full size, with its figures.

    python -m tests.crash                                 50 kills, 20,000 messages
    python -m tests.crash --kills 500 --messages 500000 --threads 2
    python -m tests.crash --memory                        a server that keeps nothing: the test must fail

Exit codes: 0 no violation, 1 a violation, an exception in the server's log or a run that could not finish, 2 wrong
usage.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import shlex
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tests.crash.ordeal import Ordeal, Outcome, Settings
from tests.crash.socket_line import Disconnected, ProtocolBroken
from tests.crash.supervisor import SERVER, StartFailed

VIOLATIONS_SHOWN = 20


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(prog="python -m tests.crash", description="Kill the server, compare its history.")
    result.add_argument("--kills", type=int, default=50, help="SIGKILLs while it serves or starts (default: 50)")
    result.add_argument("--messages", type=int, default=20_000, help="messages to send at least (default: 20000)")
    result.add_argument("--writers", type=int, default=8, help="writers (default: 8)")
    result.add_argument("--readers", type=int, default=2, help="clients that only listen (default: 2)")
    result.add_argument("--seed", type=int, default=None, help="the seed of all choices (default: a new one)")
    result.add_argument("--threads", type=int, default=0, help="the server's I/O threads (default: 0)")
    result.add_argument("--server", type=shlex.split, metavar="CMD", help="the command (default: server.py)")
    result.add_argument("--memory", action="store_true", help="keep nothing on disk, to see the test fail")
    result.add_argument("--records", type=Path, metavar="FILE", help="write all records to FILE, one JSON a line")
    return result


def show(settings: Settings, outcome: Outcome) -> None:
    """Prints the figures and the first violations."""
    figures = {
        "kills": f"{outcome.kills} ({outcome.kills_starting} of them during start-up)",
        "cuts": f"{outcome.cuts:,} connections cut by their writers",
        "sent": f"{outcome.sent:,}",
        "resent": f"{outcome.resent:,}",
        "echoed": f"{outcome.echoed:,}",
        "refused": f"{outcome.refused:,}",
        "received": f"{outcome.received:,}",
        "in history": f"{outcome.stored:,}",
        "seconds": f"{outcome.seconds:.1f}",
        "tracebacks": f"{outcome.tracebacks}",
        "violations": f"{len(outcome.violations)}",
        "seed": f"{settings.seed}",
    }
    for title, text in figures.items():
        print(f"{title:12}{text}")
    for violation in outcome.violations[:VIOLATIONS_SHOWN]:
        print(f"  {violation}")
    if outcome.unfinished:
        print(f"  unfinished: {outcome.unfinished}")


def main(arguments: Sequence[str]) -> int:
    """Runs the test and prints its figures. Returns the exit code."""
    options = parser().parse_args(arguments)
    settings = Settings(
        kills=options.kills,
        messages=options.messages,
        writers=options.writers,
        readers=options.readers,
        seed=secrets.randbelow(10**9) if options.seed is None else options.seed,
        threads=options.threads,
        server=tuple(options.server or SERVER),
        journal=not options.memory,
    )
    with tempfile.TemporaryDirectory(prefix="ipc-chat-crash-") as folder:
        ordeal = Ordeal(settings, Path(folder))
        try:
            outcome = asyncio.run(ordeal.run())
        except (StartFailed, ProtocolBroken, Disconnected) as error:
            print(f"crash test: {type(error).__name__}: {error} (seed {settings.seed})", file=sys.stderr)
            return 1
    if options.records:
        options.records.write_bytes(b"\n".join(msgspec.json.encode(record) for record in ordeal.records))
    show(settings, outcome)
    return 0 if outcome.is_good() else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
