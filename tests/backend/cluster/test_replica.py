"""ipcchat/backend/cluster/replica.py without a server: the test makes its messages. The number in a test's name is the
module's rule."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from ipcchat.backend import sqlite_writer
from ipcchat.backend.cluster import intake as intake_module
from ipcchat.backend.cluster import replica as replica_module
from ipcchat.backend.cluster.intake import Arrived, Taken
from ipcchat.backend.cluster.replica import Replica, ReplicaWriter
from ipcchat.backend.sqlite_mark import Mark
from ipcchat.core.facts import Entry
from ipcchat.core.retention import Retention
from tests.backend.cluster.test_intake import BASE, Stream
from tests.backend.journals import Ear, eventually, posted, texts, typing, unkind


class Listener:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.stuck_for: list[str] = []
        self.on_took: Callable[[Taken], None] = lambda taken: None

    def took(self, taken: Taken) -> None:
        self.on_took(taken)
        self.taken.append(taken)

    def stuck(self, reason: str) -> None:
        self.stuck_for.append(reason)

    @property
    def mark(self) -> Mark | None:
        return self.taken[-1].mark if self.taken else None

    @property
    def told(self) -> list[Any]:
        return [outcome for taken in self.taken for outcome in taken.told]


@asynccontextmanager
async def opened(path: Path, incarnation: str = "me", **options: Any) -> AsyncIterator[tuple[Replica, Listener]]:
    listener = Listener()
    replica = Replica(path, incarnation, listener, **options)
    await replica.open()
    if replica.writer.mark is None:
        await replica.join("journal1", BASE)
    try:
        yield replica, listener
    finally:
        await replica.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.db"


@pytest.fixture
def stream() -> Stream:
    return Stream()


async def test_1_what_has_come_is_one_transaction(path: Path, stream: Stream):
    kind = unkind()
    async with opened(path, connection=kind) as (replica, listener):
        kind.commits.clear()
        kind.reached.clear()
        kind.gate.clear()
        replica.writer.arrived([stream.publish("other", posted("first"))])
        await eventually(kind.reached.is_set)
        for number in range(20):
            replica.writer.arrived([stream.publish("other", posted(str(number)))])
        kind.gate.set()
        await eventually(lambda: len(listener.told) == 21)
        assert [taken.messages for taken in listener.taken] == [1, 20]
        assert kind.commits == ["COMMIT"] * 2


async def test_1_a_batch_is_bounded(path: Path, stream: Stream, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(replica_module, "BATCH_BYTES_MAX", 2_500)
    async with opened(path) as (replica, listener):
        replica.writer.arrived([stream.publish("other", posted("x" * 1_000)) for _ in range(5)])
        await eventually(lambda: len(listener.told) == 5)
        assert [taken.messages for taken in listener.taken] == [2, 2, 1]


async def hears_only_what_is_written(path: Path, stream: Stream) -> bool:
    """Whether nothing is told while the commit that has it is held back."""
    kind = unkind()
    async with opened(path, connection=kind) as (replica, listener):
        kind.reached.clear()
        kind.gate.clear()
        replica.writer.arrived([stream.publish("other", posted("a"), typing()), stream.publish("me", posted("b"))])
        await eventually(kind.reached.is_set)
        for _ in range(5):
            await asyncio.sleep(0)
        is_silent = not listener.taken
        kind.gate.set()
        await eventually(lambda: len(listener.told) == 3)
    return is_silent


async def test_2_outcomes_come_after_their_commit(path: Path, stream: Stream):
    assert await hears_only_what_is_written(path, stream)


async def test_2_a_planted_bug_that_tells_before_the_commit_is_found(
    path: Path, stream: Stream, monkeypatch: pytest.MonkeyPatch
):
    take = intake_module.Intake.take

    def told_too_early(self: intake_module.Intake, batch: list[Arrived], find: intake_module.Find) -> Taken:
        taken = take(self, batch, find)
        early.append(taken)
        loop.call_soon_threadsafe(listeners[0].took, taken)
        return taken

    early: list[Taken] = []
    listeners: list[Listener] = []
    made = Listener.__init__

    def make(self: Listener) -> None:
        made(self)
        listeners.append(self)

    monkeypatch.setattr(Listener, "__init__", make)
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(intake_module.Intake, "take", told_too_early)
    assert not await hears_only_what_is_written(path, stream)
    assert early


async def test_2_an_envelope_that_comes_again_tells_nobody_anything(
    path: Path, stream: Stream, monkeypatch: pytest.MonkeyPatch
):
    """[K05, K06, K10] And a node that does not know numbers would be found."""

    async def told(name: str) -> int:
        async with opened(path.with_name(name)) as (replica, listener):
            first = Stream()
            envelope = first.publish("me", posted("once"))
            replica.writer.arrived([envelope, first.put(envelope.payload)])
            await eventually(lambda: listener.mark is not None and listener.mark.stream_seq == 2)
            return len(listener.told)

    assert await told("right.db") == 1
    monkeypatch.setattr(intake_module._Taking, "_is_next", lambda taking, envelope: True)
    assert await told("bug.db") == 2


async def test_3_a_disk_that_refuses_stops_at_the_mark_and_nothing_is_skipped(
    path: Path, stream: Stream, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite_writer, "IDLE_SECONDS", 0.02)
    kind = unkind()
    async with opened(path, connection=kind) as (replica, listener):
        replica.writer.arrived([stream.publish("other", posted("a"))])
        await eventually(lambda: len(listener.taken) == 1)
        kind.refusal = "SQLITE_FULL"
        for text in "bcd":
            replica.writer.arrived([stream.publish("other", posted(text))])
        replica.checkpoint(1, b"state")
        await eventually(lambda: replica.counts.refused_commits > 3)
        assert len(listener.stuck_for) == 1 and "disk is full" in listener.stuck_for[0]
        assert len(listener.taken) == 1
        kind.refusal = ""
        await eventually(lambda: texts(listener.told) == list("abcd"))
        assert listener.stuck_for[1:] == [""]
    async with opened(path) as (replica, _):
        assert replica.writer.mark is not None and replica.writer.mark.stream_seq == 4
        assert (await replica.boot()).checkpoint == b"state"


async def test_3_a_fault_of_the_disk_is_final(path: Path, stream: Stream):
    kind, ear = unkind(), Ear()
    async with opened(path, connection=kind) as (replica, listener):
        replica.follow(ear)
        kind.refusal = "SQLITE_IOERR_FSYNC"
        replica.writer.arrived([stream.publish("other", posted("a"))])
        assert "cannot go on" in str(await ear.until_lost())
        assert listener.taken == []


async def test_4_what_comes_while_core_has_a_long_turn_is_one_commit(
    path: Path, stream: Stream, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(replica_module, "MANY_FACTS", 1)
    monkeypatch.setattr(replica_module, "TURN_SECONDS_MAX", 10.0)
    monkeypatch.setattr(replica_module, "REST_SECONDS_MAX", 0.2)
    kind, early = unkind(), []

    async with opened(path, connection=kind) as (replica, listener):

        def turn(taken: Taken) -> None:
            if not listener.taken:
                kind.reached.clear()
                replica.writer.arrived([stream.publish("other", posted("during it"))])
                early.append(kind.reached.wait(0.1))
                end = time.thread_time() + 0.1
                while time.thread_time() < end:
                    pass

        listener.on_took = turn
        replica.writer.arrived([stream.publish("other", posted("first"))])
        await eventually(lambda: bool(listener.taken))
        replica.writer.arrived([stream.publish("other", posted("right after it"))])
        await eventually(lambda: len(listener.told) == 3)
        assert early == [False]
        assert [taken.messages for taken in listener.taken] == [1, 2]


@pytest.mark.parametrize(("many", "seconds"), [(1, 0.01), (2, 20.0)], ids=["without end", "with little"])
async def test_4_such_a_turn_keeps_nobody_from_the_disk(
    path: Path, stream: Stream, monkeypatch: pytest.MonkeyPatch, many: int, seconds: float
):
    monkeypatch.setattr(replica_module, "MANY_FACTS", many)
    monkeypatch.setattr(replica_module, "TURN_SECONDS_MAX", seconds)
    kind, went_on = unkind(), []

    async with opened(path, connection=kind) as (replica, listener):

        def turn(taken: Taken) -> None:
            if not listener.taken:
                kind.reached.clear()
                replica.writer.arrived([stream.publish("other", posted("second"))])
                went_on.append(kind.reached.wait(10))

        listener.on_took = turn
        replica.writer.arrived([stream.publish("other", posted("first"))])
        await eventually(lambda: len(listener.told) == 2)
        assert went_on == [True]


async def test_5_ids_are_swept_out_by_the_journals_time(path: Path, stream: Stream):
    """A machine whose clock is a year ahead forgets nothing that the others know."""
    async with opened(path) as (replica, listener):
        fact = posted("once", at=1_700_000_000_000)
        replica.writer.arrived([stream.publish("other", fact, *[posted() for _ in range(100)])])
        await eventually(lambda: len(listener.taken) == 1)
        replica.retain(Retention(), fact.at + 365 * 86_400_000)
        await eventually(lambda: not replica.writer._store.wants_rest)
        replica.writer.arrived([stream.publish("me", fact)])
        await eventually(lambda: len(listener.taken) == 2)
        assert not isinstance(listener.told[-1], Entry)


async def test_a_start_goes_on_at_the_mark(path: Path, stream: Stream):
    async with opened(path) as (replica, listener):
        replica.writer.arrived([stream.publish("other", posted("a"), typing(), posted("b"))])
        await eventually(lambda: listener.mark is not None)
        mark = listener.mark
    async with opened(path) as (replica, listener):
        assert replica.writer.mark == mark
        assert isinstance(replica.writer, ReplicaWriter) and not replica.writer.is_apart
        boot = await replica.boot()
        assert (boot.journal, [entry.seq for entry in boot.tail]) == ("journal1", [1, 3])
        replica.writer.arrived([stream.publish("other", posted("c"))])
        await eventually(lambda: bool(listener.told))
        assert listener.told[0].seq == 4
