"""Passes: tokens that stand for one connection, for a few minutes."""

from __future__ import annotations

import pytest

from ipcchat.core.passes import PASS_SECONDS, PASSES_PER_SESSION_MAX, Passes
from ipcchat.core.peers import Peer
from ipcchat.core.session import Session


@pytest.fixture
def passes() -> Passes:
    return Passes()


def session() -> Session:
    return Session(None, 0, Peer("127.0.0.1"), 0.0, 0.0)


def test_it_counts_for_its_time(passes: Passes):
    ann = session()
    passes.give(ann, "t", 100.0)
    assert passes.holder("t", 100.0) is ann
    assert passes.holder("t", 100.0 + PASS_SECONDS - 1) is ann
    assert passes.holder("t", 100.0 + PASS_SECONDS) is None
    assert passes.holder("other", 100.0) is None


def test_it_ends_with_its_session(passes: Passes):
    ann, bob = session(), session()
    for owner, token in ((ann, "a"), (bob, "b"), (ann, "c")):
        passes.give(owner, token, 0.0)
    passes.forget(ann)
    assert [passes.holder(token, 0.0) for token in "abc"] == [None, bob, None]
    passes.forget(ann)
    assert len(passes) == 1


def test_the_oldest_of_a_session_gives_way(passes: Passes):
    ann, bob = session(), session()
    passes.give(bob, "bob's", 0.0)
    for number in range(PASSES_PER_SESSION_MAX + 2):
        passes.give(ann, str(number), 0.0)
    assert len(passes) == PASSES_PER_SESSION_MAX + 1
    assert passes.holder("1", 0.0) is None
    assert passes.holder("2", 0.0) is ann
    assert passes.holder("bob's", 0.0) is bob


def test_those_that_have_run_out_are_forgotten_with_the_next(passes: Passes):
    ann, bob = session(), session()
    passes.give(ann, "a", 0.0)
    passes.give(bob, "b", 1.0)
    passes.give(bob, "c", PASS_SECONDS)
    assert len(passes) == 2
    passes.forget(ann)
    passes.forget(bob)
    assert not len(passes)
