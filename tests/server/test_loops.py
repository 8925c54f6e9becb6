"""The hand-over to another thread: batches, few wake-ups, no flood ahead of core, no silent end."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator

import pytest

from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.server.connection import Connection
from ipcchat.server.lane import Arrival
from ipcchat.server.loops import ARRIVALS_AHEAD, OtherThread
from ipcchat.server.outbox import Batch
from tests.server.conftest import until


class Core:
    """What arrived, turn by turn, and what crashed."""

    def __init__(self) -> None:
        self.turns: list[list[Arrival]] = []
        self.crashes: list[BaseException] = []
        limits = Limits(receive_lines_batch=4)
        self.thread = OtherThread(limits, asyncio.get_running_loop(), self.turns.append, self.crashes.append)
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.link = Connection(self.ours, 1, 0, Peer("host"), limits)
        self.thread.start()
        self.deliver(b"hello")

    def deliver(self, written: bytes) -> None:
        batch = Batch()
        if self.link.interest == 0:
            batch.adopted.append(self.link)
        batch.singles.append((self.link, written))
        self.thread.deliver(batch)

    @property
    def words(self) -> list[str]:
        return [m.params[0] for turn in self.turns for a in turn for m in a.messages]  # type: ignore[union-attr]


@pytest.fixture
async def core() -> AsyncIterator[Core]:
    core = Core()
    yield core
    core.thread.stop()
    core.theirs.close()
    core.ours.close()


async def test_bytes_go_down_and_messages_come_up_on_cores_thread(core: Core):
    core.theirs.settimeout(2)
    assert core.theirs.recv(5) == b"hello"
    core.theirs.sendall(b"PING a\nPING b\n")
    await until(lambda: core.words == ["a", "b"])
    assert threading.current_thread() is threading.main_thread()


async def test_a_sleeping_thread_is_woken(core: Core):  # rule 1
    core.theirs.settimeout(2)
    core.theirs.recv(5)
    await until(lambda: core.thread._asleep)
    core.deliver(b"again")
    assert core.theirs.recv(5) == b"again"


async def test_a_thread_does_not_run_ahead_of_core(core: Core):  # rule 2
    core.theirs.sendall(b"".join(b"PING %d\n" % n for n in range(400)))
    deadline = asyncio.get_running_loop().time() + 5
    while len(core.thread._upward) < ARRIVALS_AHEAD:  # Core's thread is busy: nothing of it runs meanwhile.
        assert asyncio.get_running_loop().time() < deadline
    core.thread._thread.join(0.05)
    assert len(core.thread._upward) == ARRIVALS_AHEAD
    await until(lambda: core.words == [str(n) for n in range(400)])
    assert all(len(arrival.messages) <= 4 for turn in core.turns for arrival in turn)


async def test_a_thread_that_fails_says_so(core: Core):
    batch = Batch()
    batch.singles.append((None, b"x"))  # type: ignore[arg-type]
    core.thread.deliver(batch)
    await until(lambda: core.crashes)
    assert isinstance(core.crashes[0], AttributeError)


async def test_stop_drops_all_and_ends_the_thread(core: Core):
    core.theirs.settimeout(2)
    core.theirs.recv(5)
    core.thread.stop()
    assert not core.thread._thread.is_alive()
    assert core.theirs.recv(1) == b""
