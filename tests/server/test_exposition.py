"""Prometheus' text format, read again by a strict reader (exposition.py)."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.core.histogram import Histogram
from ipcchat.server.exposition import Kind, Samples, exposed, sample
from tests.server.prometheus import read


def family(kind: Kind, *values: tuple[float | Histogram, dict[str, str]], text: str = "What it is.") -> Samples:
    """A family x with these values."""
    samples = Samples("x", kind, text)
    for value, labels in values:
        samples.add(value, labels)
    return samples


def test_a_counter_and_a_gauge():
    page = exposed([family(Kind.COUNTER, (3, {"a": "b"}), (0.25, {"a": "c"}))])
    assert page == '# HELP x What it is.\n# TYPE x counter\nx{a="b"} 3\nx{a="c"} 0.25\n'


def test_a_family_without_values_is_not_said():
    assert exposed([family(Kind.GAUGE)]) == ""


def test_buckets_count_everything_up_to_their_bound():
    histogram = Histogram((0.5, 1, 2.5))
    for value in (0.5, 0.7, 2, 9):
        histogram.observe(value)
    page = exposed([family(Kind.HISTOGRAM, (histogram, {}))])
    assert page.splitlines()[2:] == [
        'x_bucket{le="0.5"} 1',
        'x_bucket{le="1"} 2',
        'x_bucket{le="2.5"} 3',
        'x_bucket{le="+Inf"} 4',
        "x_sum 12.2",
        "x_count 4",
    ]


def test_a_histogram_has_its_labels_in_every_line():
    page = exposed([family(Kind.HISTOGRAM, (Histogram((1,)), {"lane": "0"}))])
    assert [line.startswith('x_bucket{lane="0",le=') for line in page.splitlines()[2:4]] == [True, True]
    assert page.splitlines()[4:] == ['x_sum{lane="0"} 0.0', 'x_count{lane="0"} 0']


@pytest.mark.parametrize(("value", "text"), [(inf, "+Inf"), (-inf, "-Inf"), (float("nan"), "NaN"), (1e-7, "1e-07")])
def test_numbers_that_are_none(value: float, text: str):
    assert sample("x", {}, value) == f"x {text}"


def test_what_is_escaped():
    page = exposed([family(Kind.GAUGE, (1, {"a": 'back\\slash "quoted"\nnext'}), text='a \\ b\nc "d"')])
    assert page == '# HELP x a \\\\ b\\nc "d"\n# TYPE x gauge\nx{a="back\\\\slash \\"quoted\\"\\nnext"} 1\n'


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_whatever_is_said_is_read_again(label: str, text: str):
    found = read(exposed([family(Kind.GAUGE, (1, {"a": label, "b": ""}), text=text)]))
    assert found["x"].value(a=label, b="") == 1
    assert found["x"].text == text


@given(st.lists(st.floats(0, 20, allow_nan=False)), st.lists(st.floats(0.001, 19), min_size=1, unique=True))
def test_whatever_was_observed_is_read_again(observed: list[float], bounds: list[float]):
    histogram = Histogram(sorted(bounds))
    for value in observed:
        histogram.observe(value)
    found = read(exposed([family(Kind.HISTOGRAM, (histogram, {}))]))["x"]
    assert found.value("_count") == len(observed)
    assert found.value("_sum") == pytest.approx(sum(observed))
    for bound in bounds:
        assert found.value("_bucket", le=repr(bound)) == sum(value <= bound for value in observed)
