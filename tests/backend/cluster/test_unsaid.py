"""ipcchat/backend/cluster/unsaid.py: old journals whose facts are said again, with real journals."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ipcchat.backend.cluster.unsaid import Parting, Unsaid, note_parting
from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.core.facts import AnyFact, Entry
from ipcchat.core.outcomes import Failed
from tests.backend.cluster.connected import running
from tests.backend.cluster.nats_server import stream_settings
from tests.backend.cluster.nodes import Start, all_hear, starting
from tests.backend.journals import Ear, eventually, posted, renamed


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    async with running(tmp_path) as server, starting(server, tmp_path, stream_settings()) as start:
        yield start


async def journal(path: Path, *facts: AnyFact) -> Path:
    """A closed journal with these."""
    backend, ear = SqliteBackend(path), Ear()
    await backend.open()
    backend.follow(ear)
    backend.append(facts)
    await ear.until(len(facts))
    await backend.close()
    return path


def left_in(folder: Path) -> set[str]:
    """The old journals and notes that are there."""
    return {path.name for path in folder.iterdir() if re.fullmatch(r"chat\.db\.before-\d+(\.unsaid)?", path.name)}


async def test_what_only_the_old_one_has_is_said_until_all_of_it_is(tmp_path: Path) -> None:
    shared, own, other = posted("shared"), posted("own"), posted("other")
    path = await journal(tmp_path / "chat.db", shared, other)
    kept = await journal(tmp_path / "chat.db.before-1", shared, renamed(), own)
    note_parting(kept, Parting(1))
    for _ in range(2):  # A crash between the two changes nothing.
        waiting = Unsaid(path)
        assert waiting.read() == [own]
    assert not waiting.is_one(Entry(3, 1, other))
    assert left_in(tmp_path) == {"chat.db.before-1", "chat.db.before-1.unsaid"}
    assert waiting.is_one(Entry(3, 1, own))
    assert left_in(tmp_path) == set()


async def test_what_is_refused_stays_for_the_next_start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    own = posted("own")
    path = await journal(tmp_path / "chat.db", posted("other"))
    note_parting(await journal(tmp_path / "chat.db.before-1", own), Parting(0))
    waiting = Unsaid(path)
    waiting.read()
    assert waiting.is_one(Failed(own, "the stream is full"))
    assert "the stream is full; it stays for the next start" in caplog.text
    assert Unsaid(path).read() == [own]


async def test_copies_of_people_and_halves_of_a_deletion_are_left_alone(tmp_path: Path) -> None:
    path = await journal(tmp_path / "chat.db", posted("other"))
    await journal(tmp_path / "chat.db.before-1", posted("somebody's copy"))
    note_parting(tmp_path / "chat.db.before-2", Parting(0))
    assert Unsaid(path).read() == []
    assert left_in(tmp_path) == {"chat.db.before-1"}


async def test_one_that_cannot_be_read_is_said_and_stays(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = await journal(tmp_path / "chat.db", posted("other"))
    (tmp_path / "chat.db.before-1").write_bytes(os.urandom(8_192))
    note_parting(tmp_path / "chat.db.before-1", Parting(0))
    assert Unsaid(path).read() == []
    assert "cannot be said again" in caplog.text
    assert len(left_in(tmp_path)) == 2


async def test_a_node_that_crashed_before_it_said_them_says_them_at_its_next_start(
    start: Start, tmp_path: Path
) -> None:
    one, two = await start("one"), await start("two")
    one.node.append([posted("together")])
    await all_hear([one, two], "together")
    await two.node.close()
    folder = tmp_path / "two"
    kept = await journal(folder / "chat.db.before-7", posted("only at two"))
    note_parting(kept, Parting(0))
    two = await start("two")
    await all_hear([one, two], "only at two")
    await eventually(lambda: not left_in(folder))
