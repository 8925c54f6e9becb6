"""The table of docs/metrics.md. The page is written by hand around it: what stands between `<!-- metrics -->` and
`<!-- /metrics -->` is made here."""

from __future__ import annotations

from pathlib import Path

from ipcchat.server.metrics import METRICS, Metric

PAGE = Path(__file__).parent / "metrics.md"
BEGIN, END = "<!-- metrics -->\n", "<!-- /metrics -->\n"


def page() -> str:
    """docs/metrics.md, with its table as it is now."""
    before, begin, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, end, behind = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{PAGE.name} has no place for the table: write {BEGIN.strip()} and {END.strip()} there")
    return f"{before}{begin}\n{table()}\n{end}{behind}"


def table() -> str:
    """One row for each metric."""
    rows = ["| metric | kind | labels | what it is |", "|---|---|---|---|", *map(_row, METRICS)]
    return "".join(f"{row}\n" for row in rows)


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    if metric.values:
        labels += f": {', '.join(metric.values)}"
    return f"| `{metric.name}` | {metric.kind.value} | {labels} | {metric.text} |"
