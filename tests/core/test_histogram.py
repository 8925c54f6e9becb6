"""Observations by their upper bounds (core/histogram.py)."""

from __future__ import annotations

from ipcchat.core.histogram import NUMBERS, SECONDS, Histogram


def test_each_value_is_in_the_first_bucket_that_holds_it():
    """Prometheus: a bucket's bound is in the bucket (`le`)."""
    histogram = Histogram((1, 2, 5))
    for value in (0, 1, 1.5, 2, 4.9, 5, 5.1, 1_000):
        histogram.observe(value)
    assert histogram.counts == [2, 2, 2, 2]
    assert histogram.sum == sum((0, 1, 1.5, 2, 4.9, 5, 5.1, 1_000))


def test_the_bounds_rise():
    for bounds in (SECONDS, NUMBERS):
        assert list(bounds) == sorted(set(bounds))
        assert Histogram(bounds).counts == [0] * (len(bounds) + 1)
