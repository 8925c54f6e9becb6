"""The table of metrics: its names, what is told of it, and the dashboard that asks for it (metrics.py)."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import msgspec
import pytest

from ipcchat.backend.cluster.beats import NodeState
from ipcchat.backend.cluster.epochs import SALT_BITS
from ipcchat.backend.counts import ClusterCounts, JournalCounts
from ipcchat.core.admission import BAN
from ipcchat.core.figures import Figures
from ipcchat.core.histogram import SECONDS, Histogram
from ipcchat.core.limits import Limits
from ipcchat.server.counts import LaneCounts, ShellCounts
from ipcchat.server.exposition import Kind
from ipcchat.server.machine import looked_at
from ipcchat.server.metrics import LIMITS, METRICS, Metric, Sources, figures, page
from ipcchat.server.outbox import Outbox
from ipcchat.version import VERSION
from tests.server.prometheus import read

DOCS = Path(__file__).parents[2] / "docs"
KINDS = {metric.name: metric.kind for metric in METRICS}
USED = re.compile(r"(rate|increase)?\(?(ipcchat_\w+)")


def sources(folder: Path | None = None, lanes: int = 1) -> Sources:
    """A server that has just begun."""
    return Sources(
        core=Figures(),
        counts=ShellCounts(),
        visitors=0,
        lanes=[(LaneCounts(), Outbox()) for _ in range(lanes)],
        journal=JournalCounts(),
        journal_wait=0.0,
        loop_lag=Histogram(SECONDS),
        garbage=Histogram(SECONDS),
        looks=looked_at(folder),
        uptime=1.5,
    )


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_name_says_what_it_is(metric: Metric):
    """https://prometheus.io/docs/practices/naming/"""
    assert re.fullmatch(r"ipcchat_[a-z]+(_[a-z]+)*", metric.name)
    assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)
    assert not metric.name.endswith(("_sum", "_count", "_bucket"))
    if metric.kind is Kind.HISTOGRAM:
        assert metric.name.endswith(("_seconds", "_facts"))
    assert metric.text.endswith(".") and "\n" not in metric.text and "|" not in metric.text


def test_names_are_used_once():
    assert len(KINDS) == len(METRICS)


def test_a_server_that_has_just_begun_tells_all_of_them(tmp_path: Path):
    for name in ("chat.db", "chat.db-wal", "search.db"):
        (tmp_path / name).write_bytes(b"x")
    server = msgspec.structs.replace(sources(tmp_path), core=Figures(kept_ms=86_400_000), grade="A")
    server.journal.cluster = ClusterCounts()
    server.journal.cluster.stream_bytes_max = 1
    server.journal.oldest_at = 1_700_000_000_000
    found = read(page(server))
    assert found["ipcchat_oldest_entry_timestamp_seconds"].value() == 1_700_000_000
    assert found["ipcchat_retention_seconds"].value() == 86_400
    assert {name: family.kind for name, family in found.items()} == {name: kind.value for name, kind in KINDS.items()}
    assert {name: family.text for name, family in found.items()} == {metric.name: metric.text for metric in METRICS}
    for metric in METRICS:
        for (_, labels), value in found[metric.name].samples.items():
            assert {label for label, _ in labels} - {"le"} == set(metric.labels)
            assert value == 0 or metric.kind is not Kind.COUNTER or metric.name == "ipcchat_cpu_seconds_total"
    assert found["ipcchat_build_info"].value(version=VERSION, python=sys.version.split()[0]) == 1


def test_a_server_that_stands_alone_tells_nothing_of_a_cluster():
    found = read(page(sources()))
    assert not [name for name in found if "cluster" in name or "durability" in name]


def test_the_grade_is_one_of_three():
    found = read(page(msgspec.structs.replace(sources(), grade="B")))["ipcchat_durability_grade"]
    assert [found.value(grade=letter) for letter in "ABC"] == [0, 1, 0]


def test_a_cluster_is_told_as_its_node_sees_it():
    server = sources()
    server.journal.lag, server.journal.cut_seconds, server.journal.published = 5, 2.5, 7
    seen = server.journal.cluster = ClusterCounts()
    seen.nodes, seen.absent, seen.epoch = {"serving": 2, "cut": 1}, 1, 3 << SALT_BITS | 0xABCDE
    seen.stream_bytes, seen.lag_seconds = 1 << 20, 0.25
    found = read(page(server))
    nodes = found["ipcchat_cluster_nodes"]
    states = [*(state.value for state in NodeState), "absent"]
    assert {state: nodes.value(state=state) for state in states} == {
        "starting": 0, "serving": 2, "draining": 0, "cut": 1, "seeding": 0, "absent": 1,
    }  # fmt: skip
    wanted = {"lag_messages": 5, "lag_seconds": 0.25, "cut_seconds_total": 2.5, "stream_bytes": 1 << 20, "epoch": 3}
    assert {name: found[f"ipcchat_cluster_{name}"].value() for name in wanted} == wanted
    assert found["ipcchat_cluster_published_total"].value() == 7
    assert "ipcchat_cluster_stream_limit_bytes" not in found, "there is none"


def test_the_values_of_labels_are_known_beforehand():
    """Rule 3; whoever looks for a rise finds 0 before the first."""
    server = msgspec.structs.replace(sources(), grade="A")
    server.journal.cluster = ClusterCounts()
    found = read(page(server))
    for metric in METRICS:
        if metric.values:
            (label,) = metric.labels
            values = [dict(labels)[label] for _, labels in found[metric.name].samples]
            assert sorted(values) == sorted(metric.values)


def test_what_turns_people_away_is_a_limit_that_there_is():
    for name in LIMITS:
        assert getattr(Limits(), name) > 0
    assert BAN not in LIMITS


def test_lanes_are_summed():
    server = sources(lanes=3)
    for number, (lane, outbox) in enumerate(server.lanes, 1):
        lane.lines_received, lane.bytes_received, lane.dropped, lane.queued_bytes = (number, number * 10, 1, 5)
        outbox.lines, outbox.bytes, outbox.deliveries = number * 2, number * 20, number
    found = read(page(server))
    values = {name: family.value() for name, family in found.items() if (name, frozenset()) in family.samples}
    assert values["ipcchat_received_lines_total"] == 6
    assert values["ipcchat_received_bytes_total"] == 60
    assert values["ipcchat_dropped_connections_total"] == 3
    assert values["ipcchat_send_queue_bytes"] == 15
    assert values["ipcchat_sent_lines_total"] == 12
    assert values["ipcchat_sent_bytes_total"] == 120
    assert values["ipcchat_deliveries_total"] == 6


def test_figures_are_the_same_numbers_without_buckets(tmp_path: Path):
    """What FIGURES tells, each as a word of a line."""
    server = sources(tmp_path)
    server.counts.fan_out_seconds.observe(0.25)
    found = dict(figures(server))
    told = read(page(server))
    for metric in METRICS:
        names = {name for name in found if name.partition("{")[0].startswith(metric.name)}
        assert bool(names) == (metric.name in told), metric.name
    assert found["ipcchat_fan_out_seconds_sum"] == "0.25"
    assert found["ipcchat_fan_out_seconds_count"] == "1"
    assert found['ipcchat_connections{transport="tls"}'] == "0"
    assert not [name for name in found if "_bucket" in name]
    assert not [word for pair in found.items() for word in pair if " " in word or word.startswith(":")]


def test_who_was_turned_away_by_core_and_by_the_server():
    server = sources()
    server.core.refused.update({BAN: 2, "strangers_max": 1})
    server.counts.full = 4
    refused = read(page(server))["ipcchat_refused_connections_total"]
    assert refused.value(reason=BAN) == 2
    assert refused.value(reason="strangers_max") == 1
    assert refused.value(reason="connections_max") == 4
    assert refused.value(reason="attempts_per_address_max") == 0


def asked(text: str) -> set[tuple[str, str]]:
    """The series in some expressions, each with the function that it stands in, if that is one over time."""
    return {(match[1] or "", match[2]) for match in USED.finditer(text)}


def metric_of(series: str) -> str:
    """The metric that a series belongs to."""
    for part in ("_bucket", "_sum", "_count"):
        if KINDS.get(series.removesuffix(part)) is Kind.HISTOGRAM:
            return series.removesuffix(part)
    return series


def assert_can_be_asked(text: str) -> None:
    """Metrics that exist, each as its kind wants it."""
    for function, series in asked(text):
        assert metric_of(series) in KINDS, f"there is no metric {series}"
        rises = KINDS[metric_of(series)] is not Kind.GAUGE
        assert series in KINDS or rises, f"{series} is no histogram's"
        assert (series != metric_of(series)) == (KINDS[metric_of(series)] is Kind.HISTOGRAM), series
        assert bool(function) == rises, f"{function or 'the value'} of {series}"


def test_the_dashboard_asks_for_metrics_that_exist():
    dashboard = json.loads((DOCS / "grafana.json").read_text())
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    expressions = [target["expr"] for panel in panels for target in panel["targets"]]
    for expression in expressions:
        assert asked(expression), expression
        assert_can_be_asked(expression)
        assert expression.count("(") == expression.count(")") and expression.count("{") == expression.count("}")
    shown = {metric_of(series) for expression in expressions for _, series in asked(expression)}
    assert shown == set(KINDS), "each metric is somewhere on the dashboard"
    (choice,) = dashboard["templating"]["list"]
    assert {series for _, series in asked(choice["query"])} <= set(KINDS)


def test_the_panels_of_the_dashboard_do_not_lie_upon_each_other():
    dashboard = json.loads((DOCS / "grafana.json").read_text())
    places = [panel["gridPos"] for panel in dashboard["panels"]]
    cells = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    numbers = [panel["id"] for panel in dashboard["panels"]]
    assert len(numbers) == len(set(numbers))


def test_the_examples_of_the_page_ask_for_metrics_that_exist():
    text = (DOCS / "metrics.md").read_text()
    examples = [line for line in text.splitlines() if "expr:" in line]
    assert len(examples) >= 4
    for line in examples:
        series = {name for _, name in asked(line)}
        assert series and {metric_of(name) for name in series} <= set(KINDS), line


def test_a_metric_that_is_not_there_is_found():
    with pytest.raises(AssertionError, match="no metric ipcchat_tea"):
        assert_can_be_asked("rate(ipcchat_tea_total[5m])")
    with pytest.raises(AssertionError, match="the value of ipcchat_sent_lines_total"):
        assert_can_be_asked("ipcchat_sent_lines_total")
    with pytest.raises(AssertionError, match="rate of ipcchat_users"):
        assert_can_be_asked("rate(ipcchat_users[5m])")
    with pytest.raises(AssertionError, match="ipcchat_commit_seconds"):
        assert_can_be_asked("rate(ipcchat_commit_seconds[5m])")
