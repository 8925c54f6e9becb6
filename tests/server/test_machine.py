"""What the system knows of the process: a real one, a folder that is not there, and a disk that hangs (machine.py)."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from pathlib import Path

import pytest

from ipcchat.server import machine
from ipcchat.server.machine import GarbagePauses, Machine, looked_at


def test_a_process_and_its_folder(tmp_path: Path):
    (tmp_path / "chat.db").write_bytes(bytes(5_000))
    (tmp_path / "chat.db-wal").write_bytes(bytes(70))
    looks = looked_at(tmp_path)
    assert (looks.database_bytes, looks.log_bytes, looks.search_bytes) == (5_000, 70, None)
    assert looks.cpu_seconds > 0
    assert looks.resident_bytes is not None and 1_000_000 < looks.resident_bytes < 10_000_000_000
    assert looks.free_bytes is not None and looks.free_bytes > 0


def test_descriptors_are_counted_without_the_one_that_counts():
    before = looked_at(None).descriptors
    with open(os.devnull, "rb"):
        more = looked_at(None).descriptors
    assert before is not None and more == before + 1 and looked_at(None).descriptors == before


def test_in_memory_there_is_no_disk():
    looks = looked_at(None)
    assert looks.database_bytes is looks.log_bytes is looks.free_bytes is None


def test_what_the_system_does_not_tell_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(machine, "_PROC", tmp_path / "nothing")
    looks = looked_at(tmp_path / "nothing")
    assert looks.resident_bytes is looks.descriptors is looks.database_bytes is looks.free_bytes is None


async def test_a_disk_that_hangs_keeps_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # rule 1
    """One thread waits for it, however often somebody asks; what was last seen is told, and that it is old."""
    (tmp_path / "chat.db").write_bytes(bytes(100))
    watching = Machine(tmp_path)
    assert (await watching.look()).database_bytes == 100
    gate, calls = threading.Event(), []

    def hanging(file: Path) -> int:
        calls.append(file.name)
        assert gate.wait(20)
        return 200

    monkeypatch.setattr(machine, "_size", hanging)
    monkeypatch.setattr(machine, "LOOK_SECONDS_MAX", 0.01)
    try:
        for _ in range(3):
            looks = await watching.look()
            assert (looks.database_bytes, looks.is_old) == (100, True)
        assert calls == ["chat.db"]
    finally:
        gate.set()
    monkeypatch.setattr(machine, "LOOK_SECONDS_MAX", 20)
    looks = await watching.look()
    assert (looks.database_bytes, looks.is_old) == (200, False)


async def test_two_who_ask_at_once_get_the_same_look(tmp_path: Path):
    watching = Machine(tmp_path)
    first, second = await asyncio.gather(watching.look(), watching.look())
    assert first == second and not first.is_old


def test_collections_are_counted_from_start_to_stop():
    pauses = GarbagePauses()
    gc.collect()
    pauses.start()
    gc.collect()
    pauses.stop()
    seen = sum(pauses.seconds.counts)
    assert seen >= 1 and 0 < pauses.seconds.sum < 20
    gc.collect()
    pauses.stop()
    assert sum(pauses.seconds.counts) == seen
