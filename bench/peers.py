"""`python -m bench.peers`: our server beside InspIRCd and ngIRCd (and Ergo, where somebody has it), in one run.

    apt install --no-install-recommends inspircd ngircd
    python -m bench.peers                            all scenarios
    python -m bench.peers fanout loaded pairs --rounds 3 --seconds 5
    python -m bench.peers --ergo ~/ergo/ergo

Ours keeps every message in SQLite with synchronous=FULL, theirs are in memory only. The peers have their limits raised
(`contenders.py`), run in the foreground on loopback, and are ended by their pid. Prints medians, and the ratio of ours
to InspIRCd. Exit codes: 0 ours was measured, 1 something of ours could not be, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence

from bench import report
from bench.__main__ import add_common_options, check_names
from bench.contenders import Contender, Ergo, InspIRCd, NgIRCd, Ours, own_command, version_of
from bench.generator import BenchError, build
from bench.rounds import fresh_run, run_rounds
from bench.scenarios import NAMES, chosen


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(
        prog="python -m bench.peers", description="Measure our server beside other IRC servers."
    )
    result.add_argument("scenarios", nargs="*", metavar="scenario", help=f"one of {', '.join(NAMES)} (default: all)")
    result.add_argument(
        "--server", metavar="CMD", type=shlex.split, help="the command that starts our server (default: server.py)"
    )
    result.add_argument("--threads", metavar="N", type=int, default=0, help="our server's I/O threads (default: 0)")
    result.add_argument("--ergo", metavar="BINARY", help="also measure this Ergo, in memory")
    add_common_options(result)
    return result


def contenders_for(options: argparse.Namespace) -> list[Contender]:
    """Ours first, then the reference of the ratios, then the others."""
    ours = Ours("IPC Chat", threads=options.threads, program=tuple(options.server or own_command()))
    found: list[Contender] = [ours, InspIRCd(named("InspIRCd")), NgIRCd(named("ngIRCd"))]
    if options.ergo:
        found.append(Ergo(f"Ergo {version_of(options.ergo)}".strip(), binary=options.ergo))
    return found


def named(server: str) -> str:
    """The server's name with its installed version."""
    return f"{server} {version_of(server.lower())}".strip()


def main(arguments: Sequence[str]) -> int:
    """Measures and prints. Returns the exit code."""
    options = parser().parse_args(arguments)
    check_names(parser(), options.scenarios)
    scenarios, contenders = chosen(options.scenarios), contenders_for(options)
    names = [contender.name for contender in contenders]
    try:
        build()
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    cells = run_rounds(scenarios, contenders, options.rounds, fresh_run(options.seconds, options.under))
    host = report.host_facts(options.under)
    if options.json:
        print(report.as_json(scenarios, names, cells, host))
    else:
        print(report.heading(host, options.seconds, options.rounds), end="\n\n")
        print(report.table(list(report.peer_rows(scenarios, names, cells))))
        print("\n".join(["", *report.notes(cells)]))
    return 1 if any(cells[scenario.title, names[0]].failure for scenario in scenarios) else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
