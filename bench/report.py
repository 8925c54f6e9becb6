"""How figures are shown: plain tables for people, one JSON object for programs, and the machine they are from."""

from __future__ import annotations

import json
import os
import platform
import tempfile
from collections.abc import Iterator, Sequence

from bench.contenders import Contender
from bench.rounds import Cell, Cells
from bench.scenarios import Metric, Scenario

MISSING = "-"
MEMORY_FILESYSTEMS = ("tmpfs", "ramfs")


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows as aligned text; the first row is the heading, the first column is left-aligned and so is the last."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        last = len(row) - 1
        cells = [
            cell.ljust(width) if i in (0, last) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def figure(cell: Cell, metric: Metric) -> str:
    """One figure as text."""
    value = cell.median(metric.key)
    return MISSING if value is None else metric.text(value)


def own_table(
    scenarios: Sequence[Scenario], contenders: Sequence[Contender], cells: Cells, metrics: Sequence[Metric]
) -> str:
    """One row per scenario and contender, one column per metric."""
    rows = [["scenario", "server", *(metric.title for metric in metrics), "goal", "notes"]]
    for scenario in scenarios:
        for contender in contenders:
            cell = cells[scenario.title, contender.name]
            figures = [figure(cell, metric) if metric in scenario.metrics else "" for metric in metrics]
            rows.append(
                [scenario.title, contender.name, *figures, verdict(scenario, cell, None), "; ".join(cell.notes())]
            )
    return table(rows)


def verdict(scenario: Scenario, ours: Cell, reference: Cell | None) -> str:
    """Whether our figure reaches the scenario's goal, in words; "" without a goal or without what it needs."""
    goal = scenario.goal
    value = ours.median(goal.metric.key) if goal else None
    if goal is None or value is None:
        return ""
    met = goal.is_met(value, reference.median(goal.metric.key) if reference else None)
    return "" if met is None else f"{goal}: {'met' if met else 'NOT met'}"


def peer_rows(scenarios: Sequence[Scenario], names: Sequence[str], cells: Cells) -> Iterator[list[str]]:
    """One row per scenario and metric: each server's median, our ratio to the first peer (InspIRCd), the goal."""
    yield ["scenario", "figure", *names, f"ours/{names[1]}", "goal"]
    for scenario in scenarios:
        row_cells = [cells[scenario.title, name] for name in names]
        for metric in scenario.metrics:
            texts = ["cannot" if cell.failure else figure(cell, metric) for cell in row_cells]
            values = [cell.median(metric.key) for cell in row_cells[:2]]
            ratio = f"{values[0] / values[1]:.2f}" if values[0] and values[1] else MISSING
            aimed = scenario.goal is not None and scenario.goal.metric == metric
            goal = verdict(scenario, row_cells[0], row_cells[1]) if aimed else ""
            yield [scenario.title, metric.title, *texts, ratio, goal]


def notes(cells: Cells) -> list[str]:
    """All notes, each with the scenario and server it belongs to."""
    return [f"{name}: {title}: {note}" for (title, name), cell in cells.items() for note in cell.notes()]


def as_json(scenarios: Sequence[Scenario], names: Sequence[str], cells: Cells, host: dict[str, str]) -> str:
    """Everything measured: medians and single runs per scenario and server."""
    results = [
        {
            "scenario": scenario.name,
            "title": scenario.title,
            "server": name,
            "median": {key: cells[scenario.title, name].median(key) for key in keys_of(cells[scenario.title, name])},
            "runs": cells[scenario.title, name].runs,
            "notes": cells[scenario.title, name].notes(),
        }
        for scenario in scenarios
        for name in names
    ]
    return json.dumps({"host": host, "results": results}, indent=1)


def keys_of(cell: Cell) -> list[str]:
    """The names of the figures in a cell."""
    return sorted({key for run in cell.runs for key in run})


def host_facts(under: str | None) -> dict[str, str]:
    """What figures depend on: processors, system, Python, and the filesystem that the journal is on."""
    folder = under or tempfile.gettempdir()
    return {
        "processors": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "journal": f"{filesystem_of(folder)} ({folder})",
    }


def filesystem_of(folder: str) -> str:
    """The type of the filesystem that holds `folder`."""
    path = os.path.realpath(folder)
    best = ("", "unknown")
    with open("/proc/mounts", encoding="utf-8") as mounts:
        for line in mounts:
            place, kind = line.split()[1:3]
            inside = path == place or path.startswith(place.rstrip("/") + "/")
            if inside and len(place) >= len(best[0]):
                best = (place, kind)
    return best[1]


def heading(host: dict[str, str], seconds: float, rounds: int) -> str:
    """The lines above a table."""
    facts = ", ".join(f"{key} {value}" for key, value in host.items())
    lines = [f"median of {rounds} rounds of {seconds:g} s; {facts}"]
    if host["journal"].split()[0] in MEMORY_FILESYSTEMS:
        lines.append(
            "The journal is on a filesystem in memory: nothing here is durable; choose a disk with --under DIR."
        )
    return "\n".join(lines)
