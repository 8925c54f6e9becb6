"""The audit log on disk and in memory (server/audit_log.py)."""

from __future__ import annotations

import logging
import os
import stat
from pathlib import Path

import pytest

from ipcchat.core.effects import Audit, ReadAudit
from ipcchat.server import audit_log
from ipcchat.server.audit_chain import verify
from ipcchat.server.audit_log import FILE_NAME, RECORDS_MAX, AuditLog
from tests.server.conftest import until


def record(number: int) -> Audit:
    """Something that somebody did."""
    return Audit("kill", "op", "127.0.0.1", f"eve{number}", "why")


def lines(path: Path) -> list[bytes]:
    """The lines of a file."""
    return path.read_bytes().splitlines()


async def read(log: AuditLog, count: int = 100, containing: str = "") -> list[str]:
    """What the log answers, each without number and time."""
    answer = await log.read(ReadAudit(count, containing))
    assert not answer.error
    return [line.split(" ", 2)[2] for line in answer.lines]


def words(*numbers: int) -> list[str]:
    """The records of these numbers, as they are read."""
    return [f"kill: op [127.0.0.1] -> eve{number}: why" for number in numbers]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the log is."""
    return tmp_path / FILE_NAME


@pytest.mark.parametrize("on_disk", [True, False])
async def test_what_is_recorded_is_read_in_order(tmp_path, on_disk):
    log = AuditLog(tmp_path if on_disk else None)
    assert await read(log) == []
    for number in range(5):
        log.record(record(number))
    assert await read(log) == words(0, 1, 2, 3, 4)
    assert await read(log, 2) == words(3, 4)
    assert await read(log, 1, "EVE2") == words(2)
    assert await read(log, 9, "nobody") == []
    log.stop()


async def test_the_file_is_the_servers_alone_and_goes_on_after_a_restart(tmp_path, path):
    for start in (0, 3):
        log = AuditLog(tmp_path)
        for number in range(start, start + 3):
            log.record(record(number))
        log.stop()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert verify(lines(path)).seq == 6
    log = AuditLog(tmp_path)
    assert await read(log) == words(0, 1, 2, 3, 4, 5)
    log.stop()
    log.stop()


async def test_a_file_that_is_moved_away_is_gone_on_with_in_a_new_one(tmp_path, path):
    log, old = AuditLog(tmp_path), tmp_path / "old.jsonl"
    log.record(record(0))
    assert await read(log) == words(0)
    path.rename(old)
    log.record(record(1))
    assert await read(log) == words(1)
    log.stop()
    assert verify(lines(path), verify(lines(old))).seq == 2


async def test_what_a_crash_left_unfinished_is_cut_off_and_recorded(tmp_path, path):
    log = AuditLog(tmp_path)
    log.record(record(0))
    log.stop()
    with path.open("ab") as file:
        file.write(b'{"seq":2,"ti')
    log = AuditLog(tmp_path)
    log.record(record(1))
    repaired, one = (await read(log))[1:]
    assert repaired == (
        "log repaired: the server: 12 bytes at the end of the log were no whole record, and were cut off"
    )
    assert [one] == words(1)
    log.stop()
    assert verify(lines(path)).seq == 3


async def test_a_file_with_nothing_but_an_unfinished_line(tmp_path, path):
    path.write_bytes(b"half")
    log = AuditLog(tmp_path)
    log.record(record(0))
    assert len(await read(log)) == 2
    log.stop()
    assert verify(lines(path)).seq == 2


async def test_lines_longer_than_what_is_read_at_once(tmp_path, path, monkeypatch):
    monkeypatch.setattr(audit_log, "BLOCK_BYTES", 50)
    log = AuditLog(tmp_path)
    for number in range(20):
        log.record(record(number))
    assert await read(log) == words(*range(20))
    log.stop()
    log = AuditLog(tmp_path)
    log.record(record(20))
    log.stop()
    assert verify(lines(path)).seq == 21


async def test_what_cannot_be_written_waits_and_is_said_once(tmp_path, path, captured):
    path.mkdir()
    log = AuditLog(tmp_path)
    for number in range(3):
        log.record(record(number))
        answer = await log.read(ReadAudit(9))
        assert "directory" in answer.error
    path.rmdir()
    log.record(record(3))
    assert await read(log) == words(0, 1, 2, 3)
    log.stop()
    assert [entry.levelno for entry in captured.records] == [logging.ERROR]


async def test_a_link_is_not_followed(tmp_path, path):
    target = tmp_path / "elsewhere"
    target.write_bytes(b"")
    path.symlink_to(target)
    log = AuditLog(tmp_path)
    log.record(record(0))
    await log.read(ReadAudit(1))
    log.stop()
    assert target.read_bytes() == b""


async def test_a_file_that_is_no_log_is_left_alone(tmp_path, path, captured):
    path.write_bytes(b"something else\n")
    log = AuditLog(tmp_path)
    log.record(record(0))
    assert (await log.read(ReadAudit(9))).lines[0].startswith("(a line that cannot be read: ")
    log.stop()
    assert path.read_bytes() == b"something else\n"
    assert captured.records


async def test_it_is_on_disk_within_a_second(tmp_path, monkeypatch):
    synced: list[int] = []
    monkeypatch.setattr(audit_log, "SYNC_SECONDS", 0.01)
    monkeypatch.setattr(os, "fsync", synced.append)
    log = AuditLog(tmp_path)
    log.record(record(0))
    await until(lambda: synced)
    log.record(record(1))
    assert await read(log) == words(0, 1)
    await until(lambda: len(synced) == 2)
    log.stop()


async def test_a_disk_that_fails_is_said(tmp_path, monkeypatch, captured):
    def fail(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    log = AuditLog(tmp_path)
    log.record(record(0))
    log.stop()
    assert captured.records


async def test_memory_is_bounded():
    log = AuditLog()
    for number in range(RECORDS_MAX + 5):
        log.record(record(number))
    found = await read(log, 10_000)
    assert (len(found), found[0]) == (RECORDS_MAX, words(5)[0])
    log.stop()


def test_without_records_there_is_no_thread_and_no_file(tmp_path, path):
    AuditLog(tmp_path).stop()
    assert not path.exists()
