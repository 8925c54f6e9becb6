"""Erasing and forgetting through the whole SQLite backend, with its threads and its search index."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from ipcchat.backend import sqlite
from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.backend.sqlite_verify import verify
from ipcchat.core.effects import History, Reference, Search
from ipcchat.core.facts import Posted
from ipcchat.core.retention import Keep, Retention
from tests.backend.desk import STATE
from tests.backend.journals import PATIENCE_SECONDS, Ear, eventually, posted

EVER = ((0, 2**40),)
CANARY = "canarybird"


def said(text: str, account: str, target: str = "#tea") -> Posted:
    return msgspec.structs.replace(posted(text, target), account=account)


@pytest.fixture
async def backend(tmp_path: Path) -> AsyncIterator[SqliteBackend]:
    backend = SqliteBackend(tmp_path / "chat.db")
    await backend.open()
    yield backend
    await backend.close()


async def journaled(backend: SqliteBackend, *facts: Posted) -> None:
    ear = Ear()
    backend.follow(ear)
    backend.append(facts)
    await ear.until(len(facts))


async def texts(backend: SqliteBackend) -> list[str]:
    answer = await backend.history(History("#tea", 10_000, EVER))
    return [past.entry.fact.text for past in answer.found if past.entry and isinstance(past.entry.fact, Posted)]


async def found(backend: SqliteBackend, word: str) -> int:
    answer = await backend.history(Search({"#tea": EVER}, 2**40, 1_000, words=(word,)))
    return len(answer.found)


def bytes_of(folder: Path, text: str) -> int:
    return sum(path.read_bytes().count(text.encode()) for path in folder.iterdir())


async def test_what_was_erased_is_in_no_file_and_found_by_no_search(backend: SqliteBackend, tmp_path: Path) -> None:
    facts = [said(f"{CANARY} {number}", "ann") for number in range(1_500)]
    await journaled(backend, *facts, *(said(f"sparrow {number}", "bob") for number in range(100)))
    await eventually(lambda: any(CANARY.encode() in path.read_bytes() for path in tmp_path.glob("search.db*")))
    assert await found(backend, CANARY) == 1_000
    assert bytes_of(tmp_path, CANARY) >= 1_500
    backend.erase("ann", 1_500)
    backend.checkpoint(1_600, STATE)
    await eventually(lambda: not bytes_of(tmp_path, CANARY))
    assert await found(backend, CANARY) == 0
    assert await found(backend, "sparrow") == 100
    assert await texts(backend) == [f"sparrow {number}" for number in range(100)]
    answer = await backend.history(History("#tea", 10, EVER, after=Reference(seq=7)))
    assert answer.unknown_reference
    assert verify(tmp_path / "chat.db").damages == []


async def test_what_is_not_kept_is_an_unknown_reference_and_found_by_no_search(
    backend: SqliteBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await journaled(backend, *(said(f"sparrow {number}", "bob") for number in range(500)))
    backend.checkpoint(500, STATE)
    monkeypatch.setattr(sqlite, "FORGET_SECONDS", 0.0)
    backend._forget_due = 0.0
    backend.retain(Retention(Keep(count=20)), 0)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(await texts(backend)) > 20:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert await texts(backend) == [f"sparrow {number}" for number in range(480, 500)]
    assert await found(backend, "sparrow") == 20
    answer = await backend.history(History("#tea", 10, EVER, before=Reference(seq=7)))
    assert answer.unknown_reference
    assert not backend._forgotten
    assert verify(tmp_path / "chat.db").damages == []
