"""Prometheus' text format, version 0.0.4: numbers in, text out.

Rules:
1. A family stands in one piece: HELP, TYPE, its samples. One without samples is not said at all.
2. A histogram is told by buckets that count everything up to their bound, the last one up to +Inf, then its sum and its
   count; the count is that of the last bucket.
3. In a label's value a backslash, a double quote and an end of line are escaped, in HELP only the first and the last.

Specification: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from itertools import accumulate
from math import inf, isinf, isnan

from ipcchat.core.histogram import Histogram

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = Mapping[str, str]
Number = int | float


class Kind(Enum):
    """What a metric is."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Samples:
    """The values of one metric, each with its labels; of a histogram each is a Histogram."""

    def __init__(self, name: str, kind: Kind, text: str) -> None:
        self._name = name
        self._kind = kind
        self._text = text
        self._lines: list[str] = []

    def add(self, value: Number | Histogram, labels: Labels) -> None:
        """One more value."""
        if isinstance(value, Histogram):
            self._lines += _histogram(self._name, value, labels)
        else:
            self._lines.append(sample(self._name, labels, value))

    def short(self) -> list[str]:
        """The values alone, of a histogram its sum and its count."""
        return [line for line in self._lines if not line.startswith(f"{self._name}_bucket{{")]

    def lines(self) -> list[str]:
        """The family; nothing when it has no values."""
        if not self._lines:
            return []
        text = self._text.replace("\\", r"\\").replace("\n", r"\n")
        return [f"# HELP {self._name} {text}", f"# TYPE {self._name} {self._kind.value}", *self._lines]


def exposed(families: Iterable[Samples]) -> str:
    """The page."""
    return "".join(f"{line}\n" for family in families for line in family.lines())


def sample(name: str, labels: Labels, value: Number) -> str:
    """One line."""
    pairs = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{name}{{{pairs}}} {_number(value)}" if pairs else f"{name} {_number(value)}"


def _histogram(name: str, histogram: Histogram, labels: Labels) -> list[str]:
    counts = list(accumulate(histogram.counts))
    buckets = [
        sample(f"{name}_bucket", {**labels, "le": _number(bound)}, count)
        for bound, count in zip([*histogram.bounds, inf], counts, strict=True)
    ]
    total = sample(f"{name}_sum", labels, histogram.sum)
    return [*buckets, total, sample(f"{name}_count", labels, counts[-1])]


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: Number) -> str:
    """A number as Go's ParseFloat reads it."""
    if isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if isnan(value) else repr(value)
