"""Whether a server is ready, and why not (health.py)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from ipcchat.backend.base import BackendError
from ipcchat.core.effects import FiguresRead, ReadFigures
from ipcchat.server import health, watchdog
from ipcchat.server.health import Health
from ipcchat.server.machine import Looks, Machine
from ipcchat.server.shell import Shell
from ipcchat.server.watchdog import Watchdog
from tests.server.conftest import configured
from tests.server.fakes import FakeCore, UnkindBackend
from tests.server.prometheus import read


class Seen(Machine):
    """A machine that looks like this."""

    looks = Looks(free_bytes=1 << 40)

    async def look(self) -> Looks:
        return self.looks


class Patient:
    """A server's parts, and what is said of them."""

    def __init__(self) -> None:
        self.backend = UnkindBackend()
        self.lost: list[BackendError] = []
        core = FakeCore()
        self.shell = Shell(core, self.backend, configured(), self.lost.append)
        self.machine = Seen(None)
        beat = Watchdog(asyncio.get_running_loop(), self.shell, lambda: 60.0)
        self.health = Health(core, self.shell, self.backend, beat, self.machine)


@pytest.fixture
async def patient() -> AsyncIterator[Patient]:
    patient = Patient()
    await patient.shell.restore(await patient.backend.open(), 5.0)
    yield patient
    patient.shell.stop()


async def test_a_server_that_is_well(patient: Patient):
    assert await patient.health.unready() == ""


async def test_one_that_stops(patient: Patient):
    patient.health.is_stopping = True
    assert await patient.health.unready() == "the server is stopping"


async def test_one_whose_journal_hangs(patient: Patient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(patient.shell, "journal_wait", lambda now: watchdog.SLOW_SECONDS)
    assert await patient.health.unready() == ""
    monkeypatch.setattr(patient.shell, "journal_wait", lambda now: watchdog.SLOW_SECONDS + 1)
    assert await patient.health.unready() == "the journal has not answered for 11 seconds: look at the disk"


async def test_one_whose_disk_refused_the_last_commit_until_it_takes_one(patient: Patient):
    patient.backend.counts.refused("the disk is full; free some space where the journal is")
    assert (await patient.health.unready()).startswith("the disk is full")
    patient.backend.counts.committed(1, 0.001)
    assert await patient.health.unready() == ""


async def test_one_with_little_space_left(patient: Patient):
    patient.machine.looks = Looks(free_bytes=health.FREE_BYTES_MIN)
    assert await patient.health.unready() == ""
    patient.machine.looks = Looks(free_bytes=health.FREE_BYTES_MIN - 1)
    assert await patient.health.unready() == "the disk is nearly full: 31 MiB are free, 32 are needed"


async def test_one_whose_disk_does_not_even_say_how_full_it_is(patient: Patient):
    patient.machine.looks = msgspec.structs.replace(patient.machine.looks, is_old=True)
    assert await patient.health.unready() == "the disk does not answer"


@pytest.mark.parametrize("missing", ["database_bytes", "log_bytes"])
async def test_one_whose_journal_is_not_where_it_was(patient: Patient, missing: str):
    whole = Looks(is_on_disk=True, database_bytes=1, log_bytes=1, free_bytes=1 << 40)
    patient.machine.looks = whole
    assert await patient.health.unready() == ""
    patient.machine.looks = msgspec.structs.replace(whole, **{missing: None})
    assert await patient.health.unready() == "the journal's files were deleted or moved: put them back"


async def test_one_in_memory_has_no_disk(patient: Patient):
    patient.machine.looks = Looks()
    assert await patient.health.unready() == ""


async def test_the_page_has_what_the_parts_counted(patient: Patient):
    patient.backend.counts.committed(5, 0.002)
    patient.shell.counts.connections["tls"] += 2
    patient.shell.counts.failed_logins["account"] += 3
    found = read(await patient.health.metrics())
    assert found["ipcchat_committed_facts_total"].value() == 5
    assert found["ipcchat_connections"].value(transport="tls") == 2
    assert found["ipcchat_connections"].value(transport="http") == 0
    assert found["ipcchat_login_failures_total"].value(kind="account") == 3
    assert found["ipcchat_login_failures_total"].value(kind="operator") == 0
    assert found["ipcchat_disk_free_bytes"].value() == 1 << 40
    assert "ipcchat_database_bytes" not in found, "what is not known is not said"


async def test_operators_are_told_the_same(patient: Patient):
    patient.backend.counts.committed(5, 0.002)
    patient.shell.measures = patient.health
    answer = await patient.shell._answer_to(ReadFigures())
    assert isinstance(answer, FiguresRead)
    found = dict(answer.figures)
    assert found["ipcchat_committed_facts_total"] == "5"
    assert found["ipcchat_commit_seconds_count"] == "1"
    patient.shell.measures = None
    assert await patient.shell._answer_to(ReadFigures()) == FiguresRead()
