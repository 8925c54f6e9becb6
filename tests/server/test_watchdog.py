"""The watchdog: a loop that really stands, a journal that owes its answers, and a service manager that listens."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ipcchat.server import watchdog
from ipcchat.server.watchdog import Watchdog
from tests.server.conftest import until

STANDS, ANSWERS = "the server has not answered for a while", "the server answers again"
SLOW, QUICK = "the journal has not answered for a while", "the journal answers again"
STOOD_STILL = "the whole process stood still"
STUCK_SECONDS = 60.0


@dataclass
class Shell:
    """A journal that has owed its answer for `wait` seconds, and what operators heard."""

    wait: float = 0.0
    alarms: list[str] = field(default_factory=list)

    def journal_wait(self, now: float) -> float:
        return self.wait

    def alarmed(self, text: str) -> None:
        self.alarms.append(text)


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    """What takes seconds in life takes tenths of a second here."""
    monkeypatch.setattr(watchdog, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(watchdog, "LATE_SECONDS", 0.3)


@pytest.fixture
async def shell():
    """Watched from before the test until its end."""
    shell = Shell()
    watching = Watchdog(asyncio.get_running_loop(), shell, lambda: STUCK_SECONDS)
    watching.start()
    yield shell
    watching.stop()


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The socket of a service manager that watches, with WatchdogSec=0.2."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "200000")
        yield sock


def told(sock: socket.socket) -> list[str]:
    """What systemd was told since the last time."""
    found = []
    try:
        while True:
            found.append(sock.recv(100).decode())
    except BlockingIOError:
        return found


def stand(seconds: float) -> None:
    """Keep the thread that calls this waiting for what never comes."""
    threading.Event().wait(seconds)


def said(captured: pytest.LogCaptureFixture) -> list[str]:
    """The texts in the log, without what a loaded machine may add."""
    return [record.msg for record in captured.records if record.msg != STOOD_STILL]


async def test_a_loop_that_stands_is_logged_once_with_where_it_stands(shell, captured):
    asyncio.get_running_loop().call_soon(stand, 1.0)
    await until(lambda: ANSWERS in said(captured))
    assert said(captured) == [STANDS, ANSWERS]
    stands, answers = (record for record in captured.records if record.msg != STOOD_STILL)
    lines = stands.frames.splitlines()
    assert lines[0] == "thread MainThread"
    assert lines.index(next(line for line in lines if line.endswith(" stand"))) < lines.index("thread ipcchat-watchdog")
    assert "threading.Event" not in stands.frames  # No line of source, in which a text could stand.
    assert answers.fields["seconds"] >= 0.9
    asyncio.get_running_loop().call_soon(stand, 1.0)
    await until(lambda: said(captured).count(ANSWERS) == 2)
    assert said(captured) == [STANDS, ANSWERS] * 2


async def test_a_loop_that_is_a_little_late_is_not_logged(shell, captured):
    for _ in range(5):
        asyncio.get_running_loop().call_soon(stand, 0.05)
        await asyncio.sleep(0)
    assert said(captured) == []


@pytest.mark.skipif(not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="without a GIL nobody can keep it")
async def test_a_process_that_stood_still_is_no_loop_that_stands(shell, captured, monkeypatch):
    interval = sys.getswitchinterval()
    end = time.monotonic() + 1.0
    sys.setswitchinterval(10)  # Nobody else gets the GIL.
    try:
        while time.monotonic() < end:
            pass
    finally:
        sys.setswitchinterval(interval)
    await until(lambda: captured.records)
    await asyncio.sleep(0)
    assert {record.msg for record in captured.records} == {STOOD_STILL}


async def test_a_slow_journal_is_an_alarm_once(shell, captured):
    shell.wait = 11.0
    await until(lambda: shell.alarms)
    shell.wait = 12.0
    await asyncio.to_thread(stand, 0.2)
    assert shell.alarms == ["The journal has not answered for 11 seconds: look at the disk"]
    shell.wait = 0.0
    await until(lambda: QUICK in said(captured))
    shell.wait = 11.0
    await until(lambda: len(shell.alarms) == 2)
    assert said(captured) == [SLOW, QUICK, SLOW]


async def test_a_journal_whose_answers_wait_for_the_loop_is_not_slow(shell, captured, monkeypatch):
    begun = time.monotonic()
    monkeypatch.setattr(watchdog, "SLOW_SECONDS", 0.6)

    def stand_while_it_answers() -> None:
        shell.wait = 11.0
        stand(1.0)
        shell.wait = 0.0

    monkeypatch.setattr(watchdog, "LATE_SECONDS", 0.1)
    monkeypatch.setattr(shell, "journal_wait", lambda now: shell.wait and now - begun)
    asyncio.get_running_loop().call_soon(stand_while_it_answers)
    await until(lambda: ANSWERS in said(captured))
    assert said(captured) == [STANDS, ANSWERS] and shell.alarms == []


async def test_systemd_hears_that_it_is_ready_lives_and_stops(systemd):
    shell = Shell()
    watching = Watchdog(asyncio.get_running_loop(), shell, lambda: STUCK_SECONDS)
    assert "NOTIFY_SOCKET" not in os.environ and "WATCHDOG_USEC" not in os.environ
    assert told(systemd) == []
    watching.start()
    await asyncio.to_thread(stand, 0.5)
    heard = told(systemd)
    assert heard[0] == "READY=1" and set(heard[1:]) == {"WATCHDOG=1"} and len(heard) >= 4
    watching.say_stopping(is_restart=True)
    restarting = [line for line in told(systemd) if line != "WATCHDOG=1"]
    assert [line.partition("=")[0] for line in restarting[0].split("\n")] == ["RELOADING", "MONOTONIC_USEC"]
    watching.say_stopping()
    assert "STOPPING=1" in told(systemd)
    watching.stop()
    told(systemd)
    await asyncio.to_thread(stand, 0.2)
    assert told(systemd) == []


async def test_systemd_does_not_hear_from_a_loop_that_stands(systemd, captured):
    watching = Watchdog(asyncio.get_running_loop(), Shell(), lambda: STUCK_SECONDS)
    watching.start()
    stand(0.1)
    told(systemd)
    stand(0.5)
    assert told(systemd) == []
    await asyncio.to_thread(stand, 0.2)
    assert "WATCHDOG=1" in told(systemd)
    watching.stop()


async def test_systemd_hears_from_a_slow_journal_and_not_from_a_stuck_one(systemd, captured):
    shell = Shell(wait=STUCK_SECONDS - 1)
    watching = Watchdog(asyncio.get_running_loop(), shell, lambda: STUCK_SECONDS)
    watching.start()
    await asyncio.to_thread(stand, 0.3)
    assert "WATCHDOG=1" in told(systemd)
    shell.wait = STUCK_SECONDS
    await asyncio.to_thread(stand, 0.1)
    told(systemd)
    await asyncio.to_thread(stand, 0.3)
    assert told(systemd) == []
    watching.stop()


@pytest.mark.parametrize(("name", "value"), [("WATCHDOG_PID", "1"), ("WATCHDOG_USEC", "often"), ("WATCHDOG_USEC", "")])
async def test_systemd_that_watches_another_or_nobody_hears_only_that_it_is_ready(systemd, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    watching = Watchdog(asyncio.get_running_loop(), Shell(), lambda: STUCK_SECONDS)
    watching.start()
    await asyncio.to_thread(stand, 0.2)
    assert told(systemd) == ["READY=1"]
    watching.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="abstract names are Linux's")
def test_an_abstract_name(monkeypatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(f"\0ipc-chat-{os.getpid()}")
        sock.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", f"@ipc-chat-{os.getpid()}")
        watchdog.Systemd().tell("READY=1")
        assert told(sock) == ["READY=1"]


@pytest.mark.parametrize("address", ["", "vsock:2:1234", "/nowhere/notify"])
def test_nobody_to_tell_is_no_mistake(monkeypatch, address):
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    systemd = watchdog.Systemd()
    systemd.tell("READY=1")
    assert systemd.term_seconds == 0.0


async def test_how_late_the_loop_is_is_measured_by_its_beats():
    """The first beat is late for nobody; a loop that stood for a quarter of a second is in the last buckets."""
    watching = Watchdog(asyncio.get_running_loop(), Shell(), lambda: STUCK_SECONDS)
    watching.start()
    assert sum(watching.lag_seconds.counts) == 0
    await until(lambda: sum(watching.lag_seconds.counts) >= 2)
    before = watching.lag_seconds.sum
    asyncio.get_running_loop().call_soon(stand, 0.25)
    await until(lambda: watching.lag_seconds.sum - before > 0.2)
    watching.stop()
