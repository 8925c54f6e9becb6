"""Waiting for what another process does: look, and look again until a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

LOOK_SECONDS = 0.02
SECONDS_MAX = 30.0
"""Much longer than anything takes here: a loaded machine is no failure."""

T = TypeVar("T")


def until(look: Callable[[], T | None], expected: str, seconds_max: float = SECONDS_MAX) -> T:
    """The first true answer of `look`. Fails when there is none within `seconds_max`, saying what was `expected`."""
    deadline = time.monotonic() + seconds_max
    while True:
        answer = look()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds_max:g} s: {expected}")
        time.sleep(LOOK_SECONDS)
