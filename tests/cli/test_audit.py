"""`ipc-chat audit`: verifying and reading the audit log."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipcchat.cli.main import main
from ipcchat.core.effects import Audit
from ipcchat.server.audit_chain import End, end_of, written


def write(path: Path, count: int, end: End | None = None) -> End:
    """A log of so many records."""
    end, content = end or End(), b""
    for _ in range(count):
        line = written(end, 1_700_000_000_000, Audit("kill", "op", "127.0.0.1", f"eve{end.seq}", "why"))
        end, content = end_of(line), content + line + b"\n"
    path.write_bytes(content)
    return end


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log of three records."""
    write(tmp_path / "audit.jsonl", 3)
    return tmp_path / "audit.jsonl"


def test_a_whole_log_is_called_whole(path, capsys):
    assert main(["audit", "verify", str(path)]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{path}: whole; the last record is 3, its hash ")


def test_several_files_are_one_chain(tmp_path, capsys):
    old, new = tmp_path / "old.jsonl", tmp_path / "new.jsonl"
    write(new, 2, write(old, 2))
    assert main(["audit", "verify", str(old), str(new)]) == 0
    assert main(["audit", "verify", str(new)]) == 0
    assert main(["audit", "verify", str(new), str(old)]) == 1
    assert "old.jsonl: line 1: its number is 1, but 5 is next" in capsys.readouterr().err


def test_a_change_is_found(path, capsys):
    path.write_bytes(path.read_bytes().replace(b"eve1", b"eve9"))
    assert main(["audit", "verify", str(path)]) == 1
    assert "audit.jsonl: line 3: the line before it was changed" in capsys.readouterr().err


def test_records_are_shown(path, capsys):
    assert main(["audit", "show", "--last", "2", str(path)]) == 0
    assert [line.split(" -> ")[1] for line in capsys.readouterr().out.splitlines()] == ["eve1: why", "eve2: why"]
    assert main(["audit", "show", "--find", "EVE0", str(path)]) == 0
    assert capsys.readouterr().out == "1 2023-11-14T22:13:20.000Z kill: op [127.0.0.1] -> eve0: why\n"


@pytest.mark.parametrize("action", ["verify", "show"])
def test_what_cannot_be_read_is_said(tmp_path, capsys, action):
    assert main(["audit", action, str(tmp_path / "none")]) == 1
    assert "cannot read" in capsys.readouterr().err
    (tmp_path / "other").write_text("something else\n")
    assert main(["audit", action, str(tmp_path / "other")]) == 1
    assert "other: line 1: it is no record" in capsys.readouterr().err
