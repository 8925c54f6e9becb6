"""Masks and patterns made to be slow: R03 and R04. Matching is linear whatever the mask, and there are no regular
expressions that an operator or anybody else could write."""

from __future__ import annotations

import ast
import time
from pathlib import Path

import pytest

from ipcchat.core import bans, filters
from ipcchat.core.bans import Bans, Identity, NetworkBan
from ipcchat.core.filters import Filter
from ipcchat.core.limits import Limits, NetworkLimits
from ipcchat.core.state import State, User
from ipcchat.wire import masks
from tests.core.net import Net

CORE = Path(__file__).parents[2] / "ipcchat" / "core"
EVIL = ["*a" * 100 + "b", "*?" * 100 + "b", "a*" * 127 + "b", "?*a" * 80 + "b", "(a+)+$", "*" * 250 + "b"]
SECONDS_MAX = 0.25


def user(nick: str = "a" * 32) -> User:
    """Somebody whose names invite backtracking."""
    return User("node.1", nick, "a" * 20, "a" * 63, "a" * 150, "node", 0, 0, address="192.0.2.7")


@pytest.mark.parametrize("mask", EVIL)
def test_R03_one_evil_mask_takes_no_time(mask):  # Redis CVE-2024-31228, Synapse CVE-2021-29471
    text = "a" * 8_192
    before = time.perf_counter()
    for _ in range(10):
        masks.match(mask, text)
    assert time.perf_counter() - before < SECONDS_MAX


def test_R03_ten_thousand_bans_of_the_worst_kind_do_not_hold_up_who_arrives():
    known = Bans()
    for number in range(10_000):
        mask = f"{'*a' * 20}{number}!*@*"
        known.put(NetworkBan(mask, "why", "op", 0))
    identity = Identity("a" * 32 + "!" + "a" * 20, ("a" * 63, "b" * 63), ("192.0.2.7",))
    list(known.hitting(identity, 0))
    before = time.perf_counter()
    assert not list(known.hitting(identity, 0))
    assert time.perf_counter() - before < SECONDS_MAX


def test_R03_masks_and_lists_are_bounded():
    limits = Limits()
    assert limits.masks_per_list_max == 100
    with pytest.raises(ValueError, match="256 bytes"):
        bans.canonical("*a" * 2_048 + "b!*@*", limits.mask_bytes_max)
    net = Net()
    ann = net.join("ann", "#tea")
    ann.says(f"MODE #tea +b {'*a' * 150}b")
    assert "696" in ann.numerics
    for number in range(0, 104, 4):
        ann.says(f"MODE #tea +bbbb {' '.join(f'a{number + offset}' for offset in range(4))}")
    assert "478" in ann.numerics
    assert len(net.engine.state.channels["#tea"].lists["b"]) == 100


def test_R04_a_hundred_evil_filters_take_no_time():  # Unreal's spamfilter_detectslow
    state = State(NetworkLimits())
    for number in range(100):
        pattern = f"{'*a?' * 80}{number}b"
        state.filters[pattern] = Filter(pattern, filters.BLOCK, "why", "op", 0)
    text = "a" * 8_192
    filters.matching(state, text)
    before = time.perf_counter()
    assert filters.matching(state, text) is None
    assert time.perf_counter() - before < 1.0


def test_R04_no_pattern_of_a_user_becomes_a_regular_expression():
    for name in ("bans.py", "filters.py", "handlers/filters.py", "handlers/moderation.py"):
        tree = ast.parse((CORE / name).read_text())
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
                named = [call.func for call in calls if isinstance(call.func, ast.Attribute)]
                assert not any(isinstance(f.value, ast.Name) and f.value.id in ("re", "fnmatch") for f in named), name
