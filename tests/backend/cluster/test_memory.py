"""What a node remembers of its cluster (memory.py), in a real folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipcchat.backend.cluster import memory as memory_module
from ipcchat.backend.cluster.memory import FILE_NAME, NODES_MAX, Known, Limits, Memory

TWO = Known(1 << 20, 500, 1_700_000_000_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.db"


def test_what_was_heard_is_known_after_the_next_start(path: Path) -> None:
    memory = Memory(path, "one")
    memory.heard([("one", TWO), ("two", TWO)])
    memory.apply(Limits(1, 2.5, 3))
    memory.mark_odd(("two",))
    again = Memory(path, "one")
    assert again.nodes == {"two": TWO}, "oneself is no other node"
    assert (again.applied, again.odd) == (Limits(1, 2.5, 3), ("two",))
    assert path.with_name(FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_who_is_forgotten_is_unknown_until_he_is_heard(path: Path) -> None:
    memory = Memory(path, "one")
    memory.heard([("two", TWO)])
    assert (memory.forget("two"), memory.forget("two")) == (True, False)
    assert Memory(path, "one").nodes == {}
    memory.heard([("two", TWO)])
    assert Memory(path, "one").nodes == {"two": TWO}


def test_the_first_of_those_who_are_started_together_waits_for_nobody(path: Path) -> None:
    memory = Memory(path, "one")
    memory.expect_nobody()
    memory.heard([("two", TWO)])
    assert Memory(path, "one").awaited == {"two"}
    memory.expect_nobody()
    again = Memory(path, "one")
    assert (again.awaited, again.nodes) == (frozenset(), {"two": TWO})
    again.heard([("two", TWO)])
    assert Memory(path, "one").awaited == {"two"}


def test_of_those_who_are_started_together_there_are_no_others(path: Path) -> None:
    Memory(path, "one").heard([("two", TWO), ("three", TWO)])
    Memory(path, "one").keep_only(["one", "two", "four"])
    again = Memory(path, "one")
    assert again.nodes == {"two": TWO}
    again.heard([("three", TWO)])
    assert again.awaited == {"two", "three"}


def test_positions_are_written_now_and_then(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory(path, "one")
    memory.heard([("two", TWO)])
    later = Known(1 << 20, 501, TWO.heard + 1)
    memory.heard([("two", later)])
    assert Memory(path, "one").nodes == {"two": TWO}
    monkeypatch.setattr(memory_module, "SAVE_SECONDS", -1.0)
    memory.heard([])
    assert Memory(path, "one").nodes == {"two": later}


def test_what_cannot_be_read_is_empty_and_said(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.with_name(FILE_NAME).write_bytes(b'{"nodes": 5')
    assert Memory(path, "one").nodes == {}
    assert "cannot be read" in caplog.text


def test_what_cannot_be_written_is_said(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.with_name(f"{FILE_NAME}.new").mkdir()
    memory = Memory(path, "one")
    memory.heard([("two", TWO)])
    assert memory.nodes == {"two": TWO}
    assert "cannot be written" in caplog.text


def test_names_of_chance_do_not_fill_it(path: Path) -> None:
    memory = Memory(path, "one")
    memory.heard((f"n{number}", TWO) for number in range(NODES_MAX + 5))
    assert len(memory.nodes) == NODES_MAX
