"""Filters: what of a text is compared, and what is no pattern (core/filters.py)."""

from __future__ import annotations

import pytest

from ipcchat.core import filters
from ipcchat.core.facts import LINE_BREAK, SEAM
from ipcchat.core.filters import Caught, Filter
from ipcchat.core.limits import NetworkLimits
from ipcchat.core.state import State, User


def state_with(**patterns: str) -> State:
    """A state with filters: action=pattern."""
    state = State(NetworkLimits())
    for action, pattern in patterns.items():
        state.filters[pattern] = Filter(pattern, action, "why", "op", 0)
    return state


def pattern_of(found: Filter | None) -> str:
    """The pattern of a filter that there is."""
    assert found is not None
    return found.pattern


def user(modes: str = "") -> User:
    """Somebody."""
    return User("node.1", "ann", "~ann", "host", "Ann", "node", 0, 0, modes)


def test_what_is_compared_has_no_formatting_no_capitals_and_no_seams():
    assert filters.compared(f"A\x02b\x0304,01C{SEAM}d{LINE_BREAK}E") == "abcd e"


def test_the_first_filter_that_the_text_is_counts():
    state = state_with(warn="*odd*", kill="*evil*", block="*odd evil*")
    assert pattern_of(filters.matching(state, "odd evil")) == "*odd*"
    assert pattern_of(filters.matching(state, "odd evil", "block")) == "*odd evil*"
    assert filters.matching(state, "fine") is None


@pytest.mark.parametrize(("target", "numeric"), [("#tea", "ERR_CANNOTSENDTOCHAN"), ("bob", "ERR_CANTSENDTOUSER")])
def test_who_is_caught_is_told_why(target, numeric):
    with pytest.raises(Caught) as caught:
        filters.check(state_with(kill="*evil*"), user(), target, "so evil")
    assert (caught.value.numeric.name, caught.value.text) == (numeric, "Your text was not sent: why")
    filters.check(state_with(kill="*evil*"), user("o"), target, "so evil")
    filters.check(state_with(warn="*evil*"), user(), target, "so evil")


def test_warnings_are_for_what_goes_through():
    state = state_with(warn="*odd*", block="*evil*")
    assert pattern_of(filters.warning(state, user(), "odd")) == "*odd*"
    assert filters.warning(state, user(), "evil") is None
    assert filters.warning(state, user("o"), "odd") is None


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("*abc*", ""),
        ("*", "hit what everybody says"),
        ("a? b*", "hit what"),
        ("é" * 129, "at most 256"),
        ("ab\x01c", "256"),
    ],
)
def test_what_is_no_pattern(pattern, words):
    problem = filters.pattern_problem(pattern, 256)
    assert words in problem
    assert bool(problem) is bool(words)
