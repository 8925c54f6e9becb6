"""The turn without sockets: starting, failing, what is left at the end."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest

from ipcchat.backend.base import BackendError
from ipcchat.core.effects import Effect, Erase, Moment
from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.server.connection import Connection
from ipcchat.server.counts import LaneCounts
from ipcchat.server.lane import Arrival
from ipcchat.server.listeners import Listener
from ipcchat.server.outbox import Batch
from ipcchat.server.shell import Shell
from tests.server.conftest import configured, until
from tests.server.fakes import FakeCore, UnkindBackend


def new_shell(core: FakeCore, backend: UnkindBackend) -> tuple[Shell, list[BackendError]]:
    """A shell without lanes, and what it lost."""
    lost: list[BackendError] = []
    return Shell(core, backend, configured(), lost.append), lost


async def test_it_is_not_ready_before_the_last_run_is_over():  # a person who comes back finds his nick free
    core, backend = FakeCore(), UnkindBackend()
    shell, _ = new_shell(core, backend)
    backend.held = True
    ready = asyncio.ensure_future(shell.restore(await backend.open(), seconds_max=5))
    await until(lambda: backend.appends)
    await asyncio.sleep(0)
    assert not ready.done()
    backend.release()
    await until(ready.done)
    assert core.state.seq == 1


async def test_it_is_ready_some_time_when_the_journal_hangs(captured):
    core, backend = FakeCore(), UnkindBackend()
    shell, _ = new_shell(core, backend)
    backend.held = True
    await shell.restore(await backend.open(), seconds_max=0.01)
    assert [record.msg for record in captured.records if record.levelname == "WARNING"] == [
        "the journal is slow: nicks of the last run may be taken for a while"
    ]


async def test_a_failure_of_core_in_a_tick_is_logged_and_the_next_tick_comes(captured, monkeypatch):
    core, backend = FakeCore(), UnkindBackend()
    shell, _ = new_shell(core, backend)
    monkeypatch.setattr(core, "tick", lambda now: 1 / 0)
    shell.tick()
    assert [record.fields["error"] for record in captured.records] == ["ZeroDivisionError"]
    monkeypatch.undo()
    shell.tick()
    assert core.ticks == 1


async def test_the_journal_is_told_now_and_then_what_it_need_not_keep(monkeypatch):
    core, backend = FakeCore(), UnkindBackend()
    shell, _ = new_shell(core, backend)
    clock = [Moment(5_000, 100.0)]
    monkeypatch.setattr("ipcchat.server.shell.moment", lambda: clock[0])
    shell.tick()
    shell.tick()
    assert backend.retained == [core.retention()]
    clock[0] = Moment(70_000, 165.0)
    shell.tick()
    assert len(backend.retained) == 2


async def test_what_is_erased_is_in_a_checkpoint_first():  # else a start would have to read it again
    core, backend = FakeCore(), UnkindBackend()
    shell, _ = new_shell(core, backend)
    core.state.seq = 7
    shell._perform([Erase("ann", 7)])
    assert backend.besides == [Erase("ann", 7)]
    assert [seq for seq, _ in backend.checkpoints] == [7]


async def test_core_may_fail_in_a_reload_and_the_server_goes_on(captured, monkeypatch, tmp_path):
    core, backend = FakeCore(), UnkindBackend()
    shell, _ = new_shell(core, backend)
    shell._configuration.path = tmp_path / "ipc-chat.toml"
    shell._configuration.path.write_text("")
    monkeypatch.setattr(core, "reload", lambda settings, now: 1 / 0)
    assert not (await shell.reload()).mistakes
    assert [record.fields.get("error") for record in captured.records if record.levelname == "ERROR"] == [
        "ZeroDivisionError"
    ]


async def test_who_hangs_up_with_lines_left_is_gone_in_bounded_time(monkeypatch):  # a flooder leaves no ghost
    core, backend = FakeCore(), UnkindBackend()
    shell, _ = new_shell(core, backend)
    shell.add_lane(NoLane())
    ours, theirs = socket.socketpair()
    with ours, theirs:
        shell.welcome(Door(), ours, Peer("host"))
        (link,) = shell._connections
        shell.arrived([Arrival(link, hung_up=True)])
        shell.tick()
        assert link.session is not None
        monkeypatch.setattr("ipcchat.server.shell.moment", lambda: Moment(0, time.monotonic() + 31))
        shell.tick()
        assert link.session is None


class Door(Listener):
    """Makes connections, and accepts none."""

    def __init__(self) -> None:
        """Nothing listens."""

    refuse = Listener.refuse


class NoLane:
    """A lane that does nothing."""

    counts = LaneCounts()

    def start(self) -> None: ...
    def deliver(self, batch: Batch) -> None: ...
    def expire(self) -> None: ...
    def stop(self) -> None: ...


async def test_a_journal_that_takes_nothing_is_lost(monkeypatch):  # base.BackendError out of append
    core, backend = FakeCore(), UnkindBackend()
    shell, lost = new_shell(core, backend)

    def refuse(facts: object) -> None:
        raise BackendError("closed")

    monkeypatch.setattr(backend, "append", refuse)
    await shell.restore(await backend.open(), seconds_max=5)
    assert [str(error) for error in lost] == ["closed"]


async def test_core_hears_of_an_alarm_of_the_journal_and_may_fail_at_that(captured, monkeypatch):
    core, backend = FakeCore(), UnkindBackend()
    shell, _ = new_shell(core, backend)
    told: list[str] = []

    def alarmed(text: str, now: Moment) -> list[Effect]:
        told.append(text)
        return []

    monkeypatch.setattr(core, "alarmed", alarmed)
    shell.alarmed("the log is long")
    assert (told, list(captured.records)) == (["the log is long"], [])
    monkeypatch.setattr(core, "alarmed", lambda text, now: 1 / 0)
    shell.alarmed("again")
    assert [record.fields["error"] for record in captured.records] == ["ZeroDivisionError"]


@pytest.mark.parametrize("reason", ["You are banned", ""])
async def test_who_is_not_admitted_is_told_why_and_closed(reason):
    core, backend = FakeCore(refusing=reason), UnkindBackend()
    shell, _ = new_shell(core, backend)
    shell.add_lane(NoLane())
    ours, theirs = socket.socketpair()
    with ours, theirs:
        shell.welcome(Door(), ours, Peer("192.0.2.7"))
        assert shell.connection_count == (not reason)
        if reason:
            assert theirs.recv(100) == b"ERROR :You are banned\r\n"
            assert theirs.recv(100) == b""
        else:
            (link,) = shell._connections
            shell.arrived([Arrival(link, gone="Closed")])
            assert core.admitted == []


async def test_core_hears_of_long_send_queues_and_may_fail_at_that(captured, monkeypatch):  # HOSTILE S03
    core, backend = FakeCore(), UnkindBackend()
    shell, _ = new_shell(core, backend)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        link = Connection(ours, 1, 0, Peer("192.0.2.1"), Limits())
        shell.arrived([Arrival(link, congested=True)])
        assert core.congested == []
        link.session = core.connect(link, 0, link.peer, Moment(0, 0.0))
        shell.arrived([Arrival(link, congested=True), Arrival(link, congested=False)])
        assert core.congested == [True, False]
        shell.add_lane(NoLane())
        monkeypatch.setattr(core, "congest", lambda session, congested, now: 1 / 0)
        shell.arrived([Arrival(link, congested=True)])
        assert link.session is None
    assert [record.fields["error"] for record in captured.records] == ["ZeroDivisionError"]


async def test_how_long_the_journal_owes_an_answer():
    core, backend = FakeCore(), UnkindBackend()
    shell, _ = new_shell(core, backend)
    assert shell.journal_wait(time.monotonic() + 100) == 0.0
    backend.held = True
    before = time.monotonic()
    await shell.restore(await backend.open(), seconds_max=0.01)
    assert 99.0 < shell.journal_wait(before + 100) <= 100.0
    backend.release()
    await until(lambda: shell.journal_wait(time.monotonic() + 100) == 0.0)
