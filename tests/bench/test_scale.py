"""bench/scale.py: the arithmetic, and that docs/scale.md shows what it comes to. The number in a test's name is the
module's rule."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench import scale
from bench.scale import BUSY_MAX, MEASURED, TURNS_MAX, Costs, Shape, limit, node_limit, node_load
from ipcchat.backend.cluster import publishing

ROOT = Path(__file__).resolve().parents[2]

NOTHING = Costs(*[0.0] * len(Costs.__dataclass_fields__))
"""A node that costs nothing."""


def test_1_every_node_takes_in_every_message():
    costs = replace(NOTHING, copy_us=30.0)
    assert node_load(costs, Shape(2, 0), 10_000) == pytest.approx(0.3)
    assert node_load(costs, Shape(16, 0), 10_000) == pytest.approx(0.3)
    assert node_load(costs, Shape(16, 0, streams=4, read_share=0.25), 10_000) == pytest.approx(0.075)


def test_1_envelopes_and_turns_have_a_bound():
    costs = replace(NOTHING, envelope_us=100.0, turn_us=400.0)
    assert node_load(costs, Shape(2, 0), 100) == pytest.approx(100 * 500e-6)
    assert node_load(costs, Shape(2, 0), 1_000_000) == pytest.approx(1_000 * 100e-6 + TURNS_MAX * 400e-6)


def test_1_the_pace_is_the_publishers():
    assert scale.PACE_SECONDS == publishing.PACE_SECONDS


def test_2_what_is_said_and_delivered_is_divided_among_the_nodes():
    costs = replace(NOTHING, origin_us=20.0, delivery_us=5.0, large_delivery_us=0.5)
    assert node_load(costs, Shape(2, 10), 1_000) == pytest.approx(500 * (20 + 10 * 5) / 1e6)
    assert node_load(costs, Shape(10, 10), 1_000) == pytest.approx(100 * (20 + 10 * 5) / 1e6)
    assert node_load(costs, Shape(10, 1_000), 1_000) == pytest.approx(100 * (20 + 1_000 * 0.5) / 1e6)


def test_3_the_limit_is_where_a_node_is_busy_enough():
    costs = replace(NOTHING, copy_us=30.0)
    assert node_limit(costs, Shape(2, 0)) == pytest.approx(BUSY_MAX * 1e6 / 30)
    shape = Shape(4, 50)
    assert node_load(MEASURED, shape, node_limit(MEASURED, shape)) == pytest.approx(BUSY_MAX)


def test_4_a_stream_does_not_grow_with_nodes_but_streams_add_up():
    costs = replace(NOTHING, copy_us=1.0, stream_facts=1_000.0)
    assert limit(costs, Shape(2, 0)) == limit(costs, Shape(16, 0)) == (1_000.0, "the stream")
    assert limit(costs, Shape(2, 0, streams=3)) == (3_000.0, "the stream")
    assert limit(replace(costs, alone_us=1.0), Shape(1, 0))[1] != "the stream"


@pytest.mark.parametrize(
    ("cost", "wall"), [("copy_us", "copies of messages"), ("large_delivery_us", "deliveries"), ("turn_us", "envelopes")]
)
def test_the_wall_is_what_costs_most(cost: str, wall: str):
    costs = replace(MEASURED, **{cost: 1_000 * getattr(MEASURED, cost)})
    assert scale.wall(costs, Shape(2, 500), 100.0) == wall


def test_5_every_node_knows_all_users():
    costs = replace(NOTHING, base_mib=10.0, own_user_kib=4.0, other_user_kib=2.0)
    assert scale.memory_mib(costs, Shape(2, 0), 2_048) == pytest.approx(10 + 4 + 2)
    assert scale.memory_mib(costs, Shape(1, 0), 2_048) == pytest.approx(10 + 8)


def test_a_day_of_messages_has_its_bytes():
    assert scale.journal_gb(replace(NOTHING, journal_bytes=500.0), 1_000) == pytest.approx(
        1_000 * 4 * 3_600 * 500 / 1e9
    )


def test_figures_have_two_digits():
    assert [scale.about(value) for value in (12_345.6, 987.0, 4.4)] == ["12,000", "990", "4"]


def test_the_page_shows_what_is_computed(capsys: pytest.CaptureFixture[str]):
    assert scale.main(["--markdown"]) == 0
    page = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    for made in capsys.readouterr().out.strip().split("\n\n"):
        assert made in page, "docs/scale.md is out of date: python -m bench.scale --markdown"
