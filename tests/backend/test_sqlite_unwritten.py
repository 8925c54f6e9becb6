"""ipcchat/backend/sqlite_unwritten.py: what other threads see of what is not on disk yet."""

from __future__ import annotations

import time

from ipcchat.backend.sqlite_unwritten import NOTHING, Unwritten, Waiting
from ipcchat.core.effects import Happening, Recall

JOIN = Recall(3, 0, ("#tea",), Happening("ann!a@h", "JOIN", ("#tea",)))


def test_a_copy_stays_as_it_was() -> None:
    waiting = Waiting()
    assert waiting.copy() is NOTHING
    waiting.void(1)
    waiting.hide(2)
    waiting.recall(JOIN)
    before = waiting.copy()
    assert before == Unwritten(frozenset({1}), frozenset({2}), (JOIN,))
    assert waiting.copy() is before
    waiting.void(4)
    waiting.written([1], [2], 1)
    assert before == Unwritten(frozenset({1}), frozenset({2}), (JOIN,))
    assert waiting.copy() == Unwritten(frozenset({4}))
    waiting.written([4], [], 0)
    assert waiting.copy() == NOTHING


def test_very_many_refusals_cost_what_they_are() -> None:
    """100,000 between two questions: a second, and not the hours of a copy for each."""
    waiting, begun = Waiting(), time.process_time()
    for seq in range(100_000):
        waiting.void(seq)
    assert len(waiting.copy().voided) == 100_000
    assert time.process_time() - begun < 5
