"""A strict reader of Prometheus' text format 0.0.4, for tests; it shares nothing with the code that writes it.

Specification: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import re
from math import inf

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)')
NUMBER = re.compile(r"[+-]Inf|NaN|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
HEAD = re.compile(rf"# (HELP|TYPE) ({NAME}) (.+)")
KINDS = ("counter", "gauge", "histogram")
PARTS = ("_bucket", "_sum", "_count")

Labels = frozenset[tuple[str, str]]


class Family:
    """One metric as it was read: `samples` by name and labels, in order."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.kind = ""
        self.samples: dict[tuple[str, Labels], float] = {}

    def value(self, part: str = "", **labels: str) -> float:
        """Of the sample with exactly these labels; `part` is "_sum" or the like."""
        return self.samples[f"{self.name}{part}", frozenset(labels.items())]

    def add(self, name: str, labels: Labels, value: float) -> None:
        """One more sample."""
        allowed = [f"{self.name}{part}" for part in PARTS] if self.kind == "histogram" else [self.name]
        assert name in allowed, f"{name} in the family {self.name}"
        assert (name, labels) not in self.samples, f"{name} {labels} stands there twice"
        self.samples[name, labels] = value

    def check(self) -> None:
        """What is true of a whole family."""
        assert self.kind and self.samples, f"{self.name} is said and has nothing"
        if self.kind == "histogram":
            self._check_histogram()
        if self.kind == "counter":
            assert all(value >= 0 for value in self.samples.values()), self.name

    def _check_histogram(self) -> None:
        bounds, counts = [], []
        for (name, labels), value in self.samples.items():
            if name.endswith("_bucket"):
                bounds.append(number(dict(labels)["le"]))
                counts.append(value)
        assert bounds == sorted(set(bounds)) and bounds[-1] == inf, f"the buckets of {self.name}"
        assert counts == sorted(counts) and counts[-1] == self.value("_count"), f"the buckets of {self.name}"
        assert self.value("_sum") >= 0


def number(text: str) -> float:
    """A number as it may be written."""
    assert NUMBER.fullmatch(text), f"no number: {text}"
    return float(text.replace("Inf", "inf"))


def labels_of(text: str) -> Labels:
    """What stands between { and }."""
    found, at = [], 0
    while at < len(text):
        match = LABEL.match(text, at)
        assert match, f"no label: {text[at:]}"
        unescaped = re.sub(r"\\(.)", lambda escape: "\n" if escape[1] == "n" else escape[1], match[2])
        found.append((match[1], unescaped))
        at = match.end()
    assert len(dict(found)) == len(found), f"a label stands there twice: {text}"
    return frozenset(found)


def read(page: str) -> dict[str, Family]:
    """The families of a page by their names. Fails when anything is not as specified."""
    assert page.endswith("\n")
    families: dict[str, Family] = {}
    now: Family | None = None
    for line in page[:-1].split("\n"):
        if head := HEAD.fullmatch(line):
            word, name, rest = head.groups()
            if word == "HELP":
                assert name not in families, f"{name} is not in one piece"
                now = families[name] = Family(name, re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], rest))
            else:
                assert now is not None and now.name == name and not now.samples and rest in KINDS, line
                now.kind = rest
            continue
        match = SAMPLE.fullmatch(line)
        assert match and now is not None, f"not in the format: {line}"
        now.add(match[1], labels_of(match[2] or ""), number(match[3]))
    for family in families.values():
        family.check()
    return families
