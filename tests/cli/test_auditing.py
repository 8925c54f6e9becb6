"""ipcchat/cli/auditing.py: exports and backups are in the audit log of the server whose data they are of."""

from __future__ import annotations

import asyncio
import getpass
import os
import sys
from pathlib import Path

import pytest

from ipcchat.backend.sqlite_schema import lock
from ipcchat.cli import auditing
from ipcchat.cli.main import main
from ipcchat.core.effects import Audit, ReadAudit
from ipcchat.server.audit_chain import Record, read_record, verify
from ipcchat.server.audit_log import FILE_NAME, AuditLog

ME = getpass.getuser()


@pytest.fixture(autouse=True)
def no_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUDO_USER", raising=False)


def records(folder: Path) -> list[Record]:
    lines = (folder / FILE_NAME).read_bytes().splitlines()
    verify(lines)
    return [read_record(line) for line in lines]


def words(folder: Path) -> list[tuple[str, ...]]:
    return [(each.kind, each.actor, each.address, each.target, each.text) for each in records(folder)]


def test_an_export_says_who_what_and_how_many(data: Path, tmp_path: Path) -> None:
    assert main(["export", "--data", str(data)]) == 0
    assert main(["export", "--data", str(data), "#tea", "#Gin", "--private", "--text"]) == 0
    assert main(["backup", "--data", str(data), str(tmp_path / "b.tar")]) == 0
    assert words(data) == [
        ("export", ME, "command line", "all channels", "5 records"),
        ("export", ME, "command line", "#tea,#Gin and private conversations", "5 records"),
        ("backup", ME, "command line", str(tmp_path / "b.tar"), ""),
    ]
    assert (data / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_an_export_that_is_broken_off_says_so(data: Path) -> None:
    with pytest.raises(KeyboardInterrupt), auditing.audited(data, "export", "all channels") as done:
        done.count = 3
        raise KeyboardInterrupt
    with pytest.raises(ValueError, match="refused"), auditing.audited(data, "export", "all channels"):
        raise ValueError("refused at once")
    assert [record.text for record in records(data)] == ["broken off after 3 records"]


def test_who_called_sudo_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "carol")
    assert auditing.person() == f"carol as {ME}"
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000)
    assert auditing.person() == "carol as uid 4000000000"


async def test_a_server_that_runs_goes_on_behind_it(data: Path) -> None:
    log = AuditLog(data)
    for number in range(3):
        log.record(Audit("kill", "op", "", f"eve{number}"))
        await log.read(ReadAudit(1))
        auditing.note(data, "export", "all channels", f"{number} records")
    log.stop()
    assert [record.kind for record in records(data)] == ["kill", "export"] * 3


def test_beside_a_server_that_has_recorded_nothing_yet(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    AuditLog(data).begin()
    server = lock(data / "chat.db")
    auditing.note(data, "export", "all channels", "5 records")
    server.release()
    assert capsys.readouterr().err == ""
    assert [record.kind for record in records(data)] == ["export"]
    assert (data / FILE_NAME).stat().st_mode & 0o777 == 0o600


async def test_a_log_that_was_moved_away_is_left_to_the_server_that_runs(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It knows where the chain ended."""
    log = AuditLog(data)
    log.record(Audit("kill", "op", "", "eve"))
    await log.read(ReadAudit(1))
    (data / FILE_NAME).rename(data / "old.jsonl")
    server = lock(data / "chat.db")
    auditing.note(data, "export", "all channels", "5 records")
    server.release()
    assert "this is not in the audit log" in capsys.readouterr().err
    log.record(Audit("kill", "op", "", "bob"))
    log.stop()
    old = (data / "old.jsonl").read_bytes().splitlines()
    assert verify((data / FILE_NAME).read_bytes().splitlines(), verify(old)).seq == 2


def test_what_cannot_be_recorded_is_said_and_done_all_the_same(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / FILE_NAME).mkdir()
    assert main(["export", "--data", str(data)]) == 0
    told = capsys.readouterr()
    assert told.out.count("\n") == 5
    assert told.err == f"ipc-chat: this is not in the audit log of {data}: Is a directory\n"


APPEND = """
import sys
from pathlib import Path
from ipcchat.core.effects import Audit
from ipcchat.server.audit_log import append
for number in range(100):
    append(Path(sys.argv[1]), Audit("export", "somebody", "", "all channels", f"{number} records"))
"""


async def test_programs_at_the_same_time_make_one_chain(data: Path) -> None:
    log = AuditLog(data)
    log.record(Audit("kill", "op", "", "first"))
    await log.read(ReadAudit(1))
    command = [sys.executable, "-c", APPEND, str(data)]
    others = [await asyncio.create_subprocess_exec(*command) for _ in range(2)]
    number = 0
    while any(other.returncode is None for other in others):
        log.record(Audit("kill", "op", "", f"eve{number}"))
        await log.read(ReadAudit(1))
        number += 1
    assert [await other.wait() for other in others] == [0, 0]
    log.stop()
    kinds = [record.kind for record in records(data)]
    assert (kinds.count("export"), kinds.count("kill")) == (200, number + 1)
