"""How often something had which size: counts in buckets, as cheap as an addition.

One thread observes, any thread reads without a lock: what is read may be one observation behind in its sum.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
NUMBERS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048)


class Histogram:
    """Observations by their upper bounds, which rise; one that is over the last bound is in the last of `counts`."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """It happened once more, and was so big."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value
