"""bench/workers.py: what the processes of a server had of it."""

from __future__ import annotations

import pytest

from bench import workers
from bench.processes import NATS, SERVER, WORKER, Usage
from bench.rounds import Cell
from bench.scenarios import CPU


def used(role: str, cpu_seconds: float, sockets: int) -> Usage:
    return Usage(role, cpu_seconds, 10.0, sockets)


def test_the_shares_of_workers_and_nats():
    alone = {1: used(SERVER, 0, 2), 2: used(WORKER, 1, 4), 3: used(WORKER, 1, 4), 4: used(NATS, 0, 9)}
    before = {1: used(SERVER, 0, 2), 2: used(WORKER, 2, 64), 3: used(WORKER, 2, 44), 4: used(NATS, 1, 9)}
    after = {1: used(SERVER, 0, 2), 2: used(WORKER, 5, 64), 3: used(WORKER, 4, 44), 4: used(NATS, 6, 9)}
    shares = workers.shares(alone, before, after, {CPU.key: 100.0})
    assert shares[workers.NATS_CPU.key] == pytest.approx(50.0)
    assert shares[workers.CPU_SHARE.key] == pytest.approx(60.0)
    assert shares[workers.BALANCE.key] == pytest.approx(1.5)
    assert shares[workers.LINK_SHARE.key] == pytest.approx(60.0)


def test_one_process_has_no_shares():
    one = {1: used(SERVER, 0, 2)}
    assert workers.shares(one, one, {1: used(SERVER, 4, 2)}, {CPU.key: 100.0}) == {}


def test_the_goal_is_the_ratio_of_cpu_and_the_balance():
    assert workers.verdict(CPU, 1.2) == "<= 1.2: met"
    assert workers.verdict(CPU, 1.21) == "<= 1.2: NOT met"
    assert workers.verdict(workers.BALANCE, 1.3) == "<= 1.2: NOT met"
    assert workers.verdict(workers.NATS_CPU, 9.0) == ""


def test_the_spread_is_of_neighbours_in_a_round():
    one, many = Cell([{CPU.key: 10.0}, {CPU.key: 20.0}]), Cell([{CPU.key: 15.0}, {CPU.key: 20.0}])
    assert workers.spread(one, many) == " (1.00 to 1.50)"
