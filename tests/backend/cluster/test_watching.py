"""ipcchat/backend/cluster/watching.py: disputes, servers that do not answer and lag; by clock, and with real nodes."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from ipcchat.backend.base import BackendError
from ipcchat.backend.cluster import epochs, watching
from ipcchat.backend.cluster import node as node_module
from ipcchat.backend.cluster.mending import damage_of
from ipcchat.backend.cluster.watching import LagClock, Outvoted, Turner
from ipcchat.core.outcomes import Failed
from tests.backend.cluster.connected import running
from tests.backend.cluster.nats_server import stream_settings
from tests.backend.cluster.nodes import Start, all_hear, change, facts_in, starting
from tests.backend.journals import Ear, eventually, posted

OTHER_DIGEST = b"\x01" * 16


@pytest.fixture
async def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    monkeypatch.setattr(node_module, "TICK_SECONDS", 0.05)
    monkeypatch.setattr(watching, "VOTE_SECONDS", 1.5)
    async with running(tmp_path) as server, starting(server, tmp_path, stream_settings()) as start:
        yield start


def is_told(ear: Ear, text: str) -> bool:
    """Whether people heard of that."""
    return any(text in alarm for alarm in ear.alarms)


def test_lag_is_as_old_as_what_is_missing() -> None:
    clock = LagClock()
    assert clock.seconds(10.0, here=5, there=5) == 0.0
    assert clock.seconds(11.0, here=5, there=8) == 0.0
    assert clock.seconds(13.0, here=5, there=9) == 2.0
    assert clock.seconds(14.0, here=8, there=9) == 1.0, "the first of what is missing is known since 13"
    assert clock.seconds(15.0, here=9, there=9) == 0.0


async def test_another_server_is_tried_after_some_seconds_and_again() -> None:
    turned = []

    async def turn() -> None:
        turned.append(True)

    turner = Turner()
    for seconds, turns in ((4.9, 0), (5.0, 1), (9.9, 1), (10.0, 2), (0.0, 2), (4.9, 2), (5.1, 3)):
        await turner.look(seconds, turn)
        assert len(turned) == turns, seconds


async def test_who_is_outvoted_takes_the_journal_of_the_others_and_keeps_his_own_aside(
    start: Start, tmp_path: Path
) -> None:  # K09
    nodes = [await start(name) for name in ("one", "two", "three")]
    nodes[0].node.append([posted("first"), posted("second")])
    await all_hear(nodes, "first", "second")
    await nodes[2].node.close()
    path = tmp_path / "three" / "chat.db"
    change(path, "UPDATE mark SET digest = ?", OTHER_DIGEST)
    nodes[2] = await start("three")
    error = await nodes[2].ear.until_lost()
    assert isinstance(error, Outvoted)
    assert error.starts_anew
    assert "differs from that of one, two at message" in str(error)
    await nodes[2].node.close()
    nodes[2] = await start("three")
    assert nodes[2].node._memory.odd == ()
    await eventually(lambda: not list(path.parent.glob("chat.db.before-*")))
    nodes[2].node.append([posted("third")])
    await all_hear(nodes, "third")
    marks = [each.node._backend.position().mark for each in nodes]
    assert len({mark.digest for mark in marks}) == 1
    assert [each.ear.error for each in nodes] == [None] * 3


async def test_without_a_majority_nobody_stores_anything_until_one_of_them_ends(
    start: Start, tmp_path: Path
) -> None:  # K09
    one, two = await start("one"), await start("two")
    one.node.append([posted("first")])
    await all_hear([one, two], "first")
    await two.node.close()
    change(tmp_path / "two" / "chat.db", "UPDATE mark SET digest = ?", OTHER_DIGEST)
    two = await start("two")
    for each in (one, two):
        await eventually(partial(is_told, each.ear, "no journal has the most votes"))
        before = len(each.ear.heard)
        each.node.append([posted("not now")])
        await each.ear.until(before + 1)
        outcome = each.ear.heard[-1]
        assert isinstance(outcome, Failed)
        assert "do not agree about what was said" in outcome.reason
        assert each.ear.error is None, "people decide"
    await two.node.close()
    await eventually(lambda: one.ear.alarms[-1].endswith("this server stores messages"))
    before = len(one.ear.heard)
    one.node.append([posted("again")])
    await one.ear.until(before + 1)
    assert not isinstance(one.ear.heard[-1], Failed)


async def test_a_row_that_was_altered_while_the_node_was_stopped_is_right_again(
    start: Start, tmp_path: Path
) -> None:  # K09
    one, two = await start("one"), await start("two")
    one.node.append([posted("the truth"), posted("and more")])
    await all_hear([one, two], "the truth", "and more")
    await eventually(lambda: "one" in two.node._memory.nodes)
    await two.node.close()
    path = tmp_path / "two" / "chat.db"
    (right,) = [fact for fact in facts_in(path) if b"the truth" in fact]
    wrong = right.replace(b"the truth", b"a falsity")
    change(path, "UPDATE journal SET fact = ? WHERE fact = ?", wrong, right)
    assert "is not what was written" in damage_of(path)
    two = await start("two")
    assert damage_of(path) == ""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM journal WHERE fact = ?", (right,)).fetchone() == (1,)
    two.node.append([posted("after")])
    await all_hear([one, two], "after")


async def test_a_damaged_journal_is_for_people_when_nobody_comes(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epochs, "SEED_SECONDS", 0.5)
    one, two = await start("one"), await start("two")
    one.node.append([posted("said")])
    await all_hear([one, two], "said")
    await eventually(lambda: "two" in one.node._memory.nodes)
    for each in (one, two):
        await each.node.close()
    change(tmp_path / "one" / "chat.db", "UPDATE journal SET sum = zeroblob(8) WHERE target = '#tea'")
    with pytest.raises(BackendError, match="restore a backup"):
        await start("one")


async def test_a_fault_in_the_looks_ends_the_node_with_words(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    one = await start("one")

    async def broken(now: float, backend: object) -> None:
        raise ValueError(now)

    monkeypatch.setattr(one.node._watch, "tick", broken)
    assert "a fault in watching the cluster: ValueError" in str(await one.ear.until_lost())
