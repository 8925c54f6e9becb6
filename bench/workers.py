"""`python -m bench.workers [scenario...]`: one process beside `--workers N`, in alternation.

    python -m bench.workers                                   fanout, loaded, pairs, durable; two workers
    python -m bench.workers pairs --workers 4 --rounds 5 --seconds 5

CPU per delivery is the figure to compare, the NATS server's included and also shown apart: it does not depend on how
many cores are free. The goals: at most RATIO_MAX times that of one process, and the busiest worker at most BALANCE_MAX
times the least busy one. The kernel divides connections by a hash of their addresses, so that workers of a few
connections have unequal shares: both shares are shown, of connections and of CPU.
Exit codes: 0 all measured, 1 something could not be, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Iterable, Sequence
from typing import Final

from bench import report
from bench.__main__ import add_common_options, check_names
from bench.contenders import Contender, Ours, Running, own_command
from bench.generator import (
    SET_UP_SECONDS_MAX,
    SETTLE_SECONDS_MAX,
    BenchError,
    Figures,
    build,
    command_for,
    figures_of,
)
from bench.processes import NATS, WORKER, Usage, usage_of
from bench.rounds import Cell, Cells, run_rounds
from bench.scenarios import CPU, P50, P99, RATE, RSS, Metric, Scenario, chosen

DEFAULT: Final = ("fanout", "loaded", "pairs", "durable")
RATIO_MAX: Final = 1.2
BALANCE_MAX: Final = 1.2

NATS_CPU: Final = Metric("nats_us/delivery", "of it NATS", 2)
CPU_SHARE: Final = Metric("cpu_share", "CPU % of the busiest worker", 1)
BALANCE: Final = Metric("balance", "busiest / least busy", 2)
LINK_SHARE: Final = Metric("link_share", "connections % of the fullest", 1)
METRICS: Final = (CPU, NATS_CPU, RATE, P50, P99, RSS, BALANCE, CPU_SHARE, LINK_SHARE)
ONE: Final = "one process"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(prog="python -m bench.workers", description="One process beside several.")
    result.add_argument("scenarios", nargs="*", metavar="scenario", help=f"scenarios (default: {' '.join(DEFAULT)})")
    result.add_argument("--workers", type=int, default=2, metavar="N", help="how many workers (default: 2)")
    add_common_options(result)
    return result


def observed(scenario: Scenario, server: Running, seconds: float) -> Figures:
    """One run of the generator, and what each process had of it. Raises BenchError."""
    alone = usage_of(server.pid)
    with subprocess.Popen(
        command_for(scenario, server.port, server.pid, seconds),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        try:
            said = process.stdout.readline()
            before = usage_of(server.pid)
            rest, _ = process.communicate(timeout=seconds + SET_UP_SECONDS_MAX + SETTLE_SECONDS_MAX)
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise BenchError("the generator failed; see what it says with ircload alone")
    figures = figures_of(scenario, said + rest)
    return figures | shares(alone, before, usage_of(server.pid), figures)


def shares(alone: dict[int, Usage], before: dict[int, Usage], after: dict[int, Usage], figures: Figures) -> Figures:
    """What the processes had, from what they had before there were clients, before the load and after it."""
    spent = {pid: use.cpu_seconds - before[pid].cpu_seconds for pid, use in after.items() if pid in before}
    workers = [pid for pid in spent if after[pid].role == WORKER]
    if not workers or not sum(spent.values()):
        return {}
    links = [before[pid].sockets - alone[pid].sockets for pid in workers if pid in alone]
    cpu = sorted(spent[pid] for pid in workers)
    nats = sum(seconds for pid, seconds in spent.items() if after[pid].role == NATS)
    return {
        NATS_CPU.key: figures[CPU.key] * nats / sum(spent.values()),
        CPU_SHARE.key: 100 * cpu[-1] / sum(cpu),
        BALANCE.key: cpu[-1] / max(cpu[0], 0.01),
        LINK_SHARE.key: 100 * max(links) / max(sum(links), 1),
    }


def rows(scenarios: Iterable[Scenario], names: tuple[str, str], cells: Cells) -> Iterable[list[str]]:
    """A line for each scenario and figure."""
    yield ["scenario", "figure", *names, "ratio", "goal"]
    for scenario in scenarios:
        one, many = (cells[scenario.title, name] for name in names)
        for metric in METRICS:
            value, other = one.median(metric.key), many.median(metric.key)
            ratio = other / value if value and other else None
            yield [
                scenario.title,
                metric.title,
                report.figure(one, metric) if value is not None else "",
                report.figure(many, metric),
                "" if ratio is None else f"{ratio:.2f}{spread(one, many) if metric is CPU else ''}",
                verdict(metric, ratio if metric is CPU else other),
            ]


def spread(one: Cell, many: Cell) -> str:
    """The least and largest ratio of neighbours in the rounds."""
    pairs = zip(one.runs, many.runs, strict=False)
    ratios = sorted(run[CPU.key] / alone[CPU.key] for alone, run in pairs)
    return f" ({ratios[0]:.2f} to {ratios[-1]:.2f})" if ratios else ""


def verdict(metric: Metric, value: float | None) -> str:
    """Whether a figure reaches its goal, in words; "" when it has none."""
    bound = {CPU: RATIO_MAX, BALANCE: BALANCE_MAX}.get(metric)
    if bound is None or value is None:
        return ""
    return f"<= {bound:g}: {'met' if value <= bound else 'NOT met'}"


def as_json(scenarios: Sequence[Scenario], contenders: Sequence[Contender], cells: Cells) -> str:
    """Everything measured."""
    host = report.host_facts(None)
    medians = {
        f"{scenario.name} {contender.name}": {
            metric.key: statistics.fmean([value])
            for metric in METRICS
            if (value := cells[scenario.title, contender.name].median(metric.key)) is not None
        }
        for scenario in scenarios
        for contender in contenders
    }
    return json.dumps({"host": host, "medians": medians}, indent=1)


def main(arguments: Sequence[str]) -> int:
    """Measures and prints. Returns the exit code."""
    options = parser().parse_args(arguments)
    check_names(parser(), options.scenarios)
    scenarios = chosen(options.scenarios or list(DEFAULT))
    many = f"{options.workers} workers"
    program = own_command()
    contenders = [Ours(ONE, program=program), Ours(many, program=(*program, "--workers", str(options.workers)))]

    def run(scenario: Scenario, contender: Contender) -> Figures:
        with contender.running(options.under) as server:
            return observed(scenario, server, options.seconds)

    try:
        build()
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    cells = run_rounds(scenarios, contenders, options.rounds, run)
    if options.json:
        print(as_json(scenarios, contenders, cells))
    else:
        print(report.heading(report.host_facts(options.under), options.seconds, options.rounds), end="\n\n")
        print(report.table(list(rows(scenarios, (ONE, many), cells))))
        print(*report.notes(cells), sep="\n")
    return 1 if any(cell.failure for cell in cells.values()) else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
