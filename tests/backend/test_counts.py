"""What journals count about themselves, and how they notice that a disk takes something again (counts.py)."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipcchat.backend import sqlite_writer
from ipcchat.backend.base import Backend
from ipcchat.backend.memory import MemoryBackend
from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.core.retention import Retention
from tests.backend.journals import Ear, eventually, posted, renamed, typing, unkind


def backends(path: Path) -> list[Backend]:
    return [MemoryBackend(), SqliteBackend(path)]


async def test_facts_are_counted_once(tmp_path: Path):
    for backend in backends(tmp_path / "chat.db"):
        ear, fact = Ear(), posted("a")
        await backend.open()
        backend.follow(ear)
        backend.append([fact, posted("b"), fact])
        await ear.until(3)
        backend.append([fact, posted("c")])
        await ear.until(5)
        assert backend.counts.facts == 3, backend
        await backend.close()


async def test_each_commit_is_counted_with_its_size_and_its_time(tmp_path: Path):
    backend, ear = SqliteBackend(tmp_path / "chat.db"), Ear()
    await backend.open()
    backend.follow(ear)
    counts = backend.counts
    before, seconds = sum(counts.commit_facts.counts), counts.commit_seconds.sum
    backend.append([posted() for _ in range(7)])
    await ear.until(7)
    assert (counts.facts, counts.commit_facts.sum) == (7, 7)
    assert sum(counts.commit_facts.counts) == sum(counts.commit_seconds.counts) == before + 1
    assert 0 < counts.commit_seconds.sum - seconds < 20
    await backend.close()


async def test_what_waits_for_a_commit_is_counted_with_it(tmp_path: Path):
    backend, ear = SqliteBackend(tmp_path / "chat.db"), Ear()
    await backend.open()
    backend.follow(ear)
    backend.append([renamed(), typing()])
    await ear.until(2)
    assert backend.counts.facts == 0
    backend.append([posted()])
    await ear.until(3)
    assert backend.counts.facts == 2, "what is fleeting is never stored"
    await backend.close()


async def test_the_oldest_entry_is_looked_up_with_the_rules_of_retention(tmp_path: Path):
    backend, ear, fact = SqliteBackend(tmp_path / "chat.db"), Ear(), posted("a")
    await backend.open()
    backend.follow(ear)
    backend.append([fact, posted("b")])
    await ear.until(2)
    assert backend.counts.oldest_at is None
    backend.retain(Retention(), fact.at)
    await eventually(lambda: backend.counts.oldest_at == fact.at)
    await backend.close()


async def test_a_refusal_is_told_until_the_disk_takes_something_though_nobody_says_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite_writer, "IDLE_SECONDS", 0.01)
    kind, ear = unkind(), Ear()
    backend = SqliteBackend(tmp_path / "chat.db", connection=kind)
    await backend.open()
    backend.follow(ear)
    kind.refusal = "SQLITE_FULL"
    backend.append([posted("refused")])
    await ear.until(1)
    counts = backend.counts
    assert counts.refusal == "the disk is full; free some space where the journal is"
    await eventually(lambda: counts.refused_commits > 3)
    assert counts.refusal and counts.facts == 0
    kind.refusal = ""
    await eventually(lambda: not counts.refusal)
    refused, commits = counts.refused_commits, len(kind.commits)
    backend.append([posted("taken")])
    await ear.until(2)
    assert (counts.facts, counts.refused_commits, len(kind.commits)) == (1, refused, commits + 1)
    await backend.close()


async def test_a_journal_that_is_well_writes_nothing_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What looks for a disk that refuses ends with the refusal."""
    monkeypatch.setattr(sqlite_writer, "IDLE_SECONDS", 0.01)
    kind, ear = unkind(), Ear()
    backend = SqliteBackend(tmp_path / "chat.db", connection=kind)
    await backend.open()
    backend.follow(ear)
    kind.refusal = "SQLITE_BUSY"
    backend.append([posted("refused")])
    await ear.until(1)
    kind.refusal = ""
    await eventually(lambda: not backend.counts.refusal)
    commits = len(kind.commits)
    backend.append([posted("one")])
    await ear.until(2)
    backend.append([posted("two")])
    await ear.until(3)
    assert len(kind.commits) == commits + 2
    await backend.close()
