"""`python -m bench [scenario...]`: measures our server and prints a table.

    python -m bench                          all scenarios, without and with I/O threads
    python -m bench fanout loaded --threads 0 --seconds 2 --rounds 1
    python -m bench --attach 6667 4242       the server on port 6667, process 4242, with --no-throttle
    python -m bench --server "python3.13 server.py"

The scenarios are the table in `bench/scenarios.py`.
Exit codes: 0 all measured, 1 something could not be, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence

from bench import report
from bench.contenders import Attached, Contender, Ours, Running, own_command
from bench.generator import BenchError, build
from bench.rounds import attached_run, fresh_run, run_rounds
from bench.scenarios import CONNECTION, CPU, NAMES, P50, P99, RATE, READY, RSS, Metric, Scenario, chosen


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(prog="python -m bench", description="Measure our server.")
    result.add_argument("scenarios", nargs="*", metavar="scenario", help=f"one of {', '.join(NAMES)} (default: all)")
    where = result.add_mutually_exclusive_group()
    where.add_argument(
        "--server", metavar="CMD", type=shlex.split, help="the command that starts our server (default: server.py)"
    )
    where.add_argument(
        "--attach", nargs=2, type=int, metavar=("PORT", "PID"), help="measure a server that already runs"
    )
    result.add_argument(
        "--threads", metavar="N,N", type=numbers, default=[0, 2], help="I/O threads to compare (default: 0,2)"
    )
    add_common_options(result)
    return result


def add_common_options(result: argparse.ArgumentParser) -> None:
    """The options of both benchmark commands."""
    result.add_argument("--seconds", type=float, default=5, help="how long each run measures (default: 5)")
    result.add_argument("--rounds", type=int, default=3, help="how many rounds; medians are shown (default: 3)")
    result.add_argument(
        "--under", metavar="DIR", help="make the servers' folders below DIR (default: the system's temp folder)"
    )
    result.add_argument("--json", action="store_true", help="print one JSON object with every run instead of a table")


def numbers(text: str) -> list[int]:
    """Argument type: numbers with commas."""
    return [int(part) for part in text.split(",")]


def check_names(result: argparse.ArgumentParser, names: Sequence[str]) -> None:
    """Leaves with exit code 2 when a scenario does not exist."""
    for name in names:
        if name not in NAMES:
            result.error(f"no scenario {name!r}; there are {', '.join(NAMES)}")


def contenders_for(options: argparse.Namespace) -> list[Contender]:
    """Our server once per number of threads, or the attached one."""
    if options.attach:
        return [Attached()]
    command = tuple(options.server or own_command())
    return [Ours(f"threads {threads}", threads=threads, program=command) for threads in options.threads]


def columns(scenarios: Sequence[Scenario]) -> list[Metric]:
    """The table's columns: the figures that one of the scenarios has."""
    every = (CPU, RATE, P50, P99, RSS, CONNECTION, READY)
    return [metric for metric in every if any(metric in scenario.metrics for scenario in scenarios)]


def main(arguments: Sequence[str]) -> int:
    """Measures and prints. Returns the exit code."""
    options = parser().parse_args(arguments)
    check_names(parser(), options.scenarios)
    scenarios, contenders = chosen(options.scenarios), contenders_for(options)
    try:
        build()
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    if options.attach:
        run = attached_run(Running(pid=options.attach[1], port=options.attach[0], ready_seconds=0), options.seconds)
    else:
        run = fresh_run(options.seconds, options.under)
    cells = run_rounds(scenarios, contenders, options.rounds, run)
    host = report.host_facts(options.under)
    if options.json:
        print(report.as_json(scenarios, [contender.name for contender in contenders], cells, host))
    else:
        print(report.heading(host, options.seconds, options.rounds), end="\n\n")
        print(report.own_table(scenarios, contenders, cells, columns(scenarios)))
    return 1 if any(cell.failure for cell in cells.values()) else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
