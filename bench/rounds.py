"""Rounds: runs every scenario against every contender in turn, and takes medians.

Rules:
1. Within a round the contenders follow each other on one scenario (A B C), so that a noisy minute hits them alike.
2. A contender that cannot do a scenario is not asked again; its reason takes the place of the figures.
3. Nothing is silent: lost messages, lost connections and a generator that is the bottleneck become notes.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.contenders import Contender, Running
from bench.generator import BenchError, Figures, generate
from bench.scenarios import IDLE, START, STARTS, Scenario

IDLE_SECONDS = 2
GENERATOR_BUSY_PERCENT = 95

Run = Callable[[Scenario, Contender], Figures]


@dataclass
class Cell:
    """What was measured of one scenario with one contender: the runs' figures, or why there are none."""

    runs: list[Figures] = field(default_factory=list)
    failure: str = ""

    def median(self, key: str) -> float | None:
        """The median of one figure over the runs; None when there is none."""
        values = [run[key] for run in self.runs if key in run]
        return statistics.median(values) if values and not self.failure else None

    def notes(self) -> list[str]:
        """What a reader of the figures must know."""
        if self.failure:
            return [f"cannot: {self.failure}"]
        counts = {
            "messages lost": sum(run.get("missing", 0) for run in self.runs),
            "connections lost": sum(run.get("closed", 0) for run in self.runs),
            "errors": sum(run.get("errors", 0) for run in self.runs),
        }
        found = [f"{count:,.0f} {what}" for what, count in counts.items() if count]
        busy = self.median("gen_util")
        if busy and busy > GENERATOR_BUSY_PERCENT:
            found.append(f"the generator was {busy:.0f} % busy: the rate is its limit")
        return found


Cells = dict[tuple[str, str], Cell]


def run_rounds(scenarios: Sequence[Scenario], contenders: Sequence[Contender], rounds: int, run: Run) -> Cells:
    """Measures everything `rounds` times. The cells are keyed by the scenario's title and the contender's name."""
    cells = {(scenario.title, contender.name): Cell() for scenario in scenarios for contender in contenders}
    for number in range(1, rounds + 1):
        for scenario in scenarios:
            for contender in contenders:
                cell = cells[scenario.title, contender.name]
                if cell.failure or (scenario.kind == START and number > 1):
                    continue
                print(f"round {number}/{rounds}: {contender.name}: {scenario.title}", file=sys.stderr, flush=True)
                try:
                    cell.runs.append(run(scenario, contender))
                except BenchError as error:
                    cell.failure = str(error)
    return cells


def fresh_run(seconds: float, under: str | None) -> Run:
    """A run against a server that is started for it and stopped after it, with its folder below `under`."""

    def run(scenario: Scenario, contender: Contender) -> Figures:
        if scenario.kind == START:
            return start_figures(contender, under)
        with contender.running(under) as server:
            return against(scenario, server, seconds, contender.pending)

    return run


def attached_run(server: Running, seconds: float) -> Run:
    """A run against a server that somebody else started and keeps."""

    def run(scenario: Scenario, contender: Contender) -> Figures:
        if scenario.kind == START:
            raise BenchError("an attached server has started already")
        return against(scenario, server, seconds, contender.pending)

    return run


def against(scenario: Scenario, server: Running, seconds: float, pending: int) -> Figures:
    """One run of the generator."""
    held = IDLE_SECONDS if scenario.kind == IDLE else seconds
    return generate(scenario, server.port, server.pid, held, pending)


def start_figures(contender: Contender, under: str | None) -> Figures:
    """The median time from exec to ready over STARTS starts, in ms."""
    times = []
    for _ in range(STARTS):
        with contender.running(under) as server:
            times.append(server.ready_seconds * 1000)
    return {"ready_ms": statistics.median(times)}
