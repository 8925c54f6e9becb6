"""The durable journal against the real thing: killed processes, a real limit on the file's size, two processes."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from ipcchat.backend.base import BackendError
from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.backend.sqlite_schema import read_meta
from ipcchat.backend.sqlite_verify import verify
from tests.backend.journals import PATIENCE_SECONDS, Ear, latest, posted, said, texts

ROOT = Path(__file__).parents[2]

WRITE_FOR_EVER = """
import asyncio, os, sys
from pathlib import Path
from ipcchat.backend import sqlite_index
from ipcchat.backend.sqlite import SqliteBackend
from tests.backend.journals import Ear, entries, posted, renamed

sqlite_index.ROWS = 70

async def main():
    def say(batch):
        kept = [entry for entry in entries(batch) if entry.fact.history_target]
        os.write(1, "".join(f"{entry.seq} {entry.fact.text}\\n" for entry in kept).encode())
        for number in range(len(kept)):
            backend.append([renamed(), posted(f"{sys.argv[2]}-{next_number()}")])

    def next_number(numbers=iter(range(10**9))):
        return next(numbers)

    backend = SqliteBackend(Path(sys.argv[1]))
    await backend.open()
    backend.follow(Ear(say))
    backend.append([posted(f"{sys.argv[2]}-{next_number()}") for _ in range(50)])
    await asyncio.Event().wait()

asyncio.run(main())
"""

CHANGE_FOR_EVER = """
import asyncio, os, sys
from pathlib import Path
import msgspec
from ipcchat.backend import sqlite_index
from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.backend.sqlite_store import Store
from ipcchat.core.effects import Happening, Recall
from ipcchat.core.limits import NetworkLimits
from ipcchat.core.state import State
from tests.backend.journals import Ear, entries, posted, renamed

sqlite_index.ROWS_IDLE = 64
tend, is_due = Store.tend, Store.is_due
Store.tend = lambda store, *, idle: tend(store, idle=True)
Store.is_due = lambda store, *, idle: is_due(store, idle=True)

async def main():
    def say(batch):
        for entry in entries(batch):
            number = entry.seq
            tell_what_happened(entry)
            if number % 11 == 0 and entry.fact.history_target:
                backend.void(number)
            if number % 50 == 0:
                backend.checkpoint(number, State(NetworkLimits()).snapshot())
            about = msgspec.structs.replace(posted("edit"), about=number)
            if entry.fact.parent == 0:
                said = posted(str(number), f"#{number % 5}")
                backend.append([said, about] if entry.fact.history_target else [renamed()])
        os.write(1, b"x\\n" * len(batch))

    def tell_what_happened(entry):
        if entry.seq % 7 == 0:
            what = Happening("ann!a@h", "TOPIC", ("#tea", "x"))
            backend.recall(Recall(entry.seq, entry.at, ("#tea", "#gin"), what))

    backend = SqliteBackend(Path(sys.argv[1]))
    for entry in (await backend.open()).tail:
        tell_what_happened(entry)
    backend.follow(Ear(say))
    backend.append([posted() for _ in range(20)])
    await asyncio.Event().wait()

asyncio.run(main())
"""

FILL_THE_DISK = """
import asyncio, os, resource, sys
from pathlib import Path
from ipcchat.backend.base import Failed
from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.core.facts import Entry
from tests.backend.journals import Ear, posted, renamed

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

async def main():
    path, ear = Path(sys.argv[1]), Ear()
    backend = SqliteBackend(path)
    await backend.open()
    backend.follow(ear)
    limit(300_000)
    appended = 0
    while not (ear.heard and isinstance(ear.heard[-1], Failed)):
        backend.append([posted("x" * 300) for _ in range(20)])
        appended += 20
        await ear.until(appended)
    limit(1_000)  # Or an idle moment makes room in the log.
    backend.append([renamed(), posted("refused"), renamed()])
    heard = await ear.until(appended + 3)
    assert [type(outcome) for outcome in heard[-3:]] == [Entry, Failed, Entry], heard[-3:]
    print(heard[-2].reason)
    limit(resource.RLIM_INFINITY)
    backend.append([posted("accepted")])
    heard = await ear.until(appended + 4)
    assert isinstance(heard[-1], Entry), heard[-1]
    await backend.close()
    places = [outcome.seq for outcome in heard if isinstance(outcome, Entry)]
    assert places == list(range(1, len(places) + 1))
    print(*places)

asyncio.run(main())
"""


async def start(program: str, *arguments: object) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program,
        *map(str, arguments),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )


async def lines_until_killed(child: asyncio.subprocess.Process, count: int) -> list[str]:
    """Read `count` lines, kill the child with SIGKILL and return every whole line that it wrote."""
    assert child.stdout is not None
    async with asyncio.timeout(PATIENCE_SECONDS):
        heard = b"".join([await child.stdout.readline() for _ in range(count)])
        child.send_signal(signal.SIGKILL)
        heard += await child.stdout.read()
        await child.wait()
    return heard[: heard.rfind(b"\n")].decode().splitlines()


async def test_nothing_confirmed_is_lost_by_sigkill(tmp_path: Path):
    """Promises 1 and 2 over kills: what was heard is there, in its place, once, in each writer's order."""
    path = tmp_path / "chat.db"
    confirmed: list[str] = []
    for run in range(3):
        child = await start(WRITE_FOR_EVER, path, run)
        confirmed += await lines_until_killed(child, 200 + 300 * run)
    backend = SqliteBackend(path)
    boot = await backend.open()
    kept = [f"{entry.seq} {text}" for entry in boot.tail for text in texts([entry])]
    assert set(confirmed) <= set(kept)
    assert [line for line in kept if line in set(confirmed)] == confirmed
    places = [entry.seq for entry in boot.tail]
    assert places == sorted(set(places))
    for run in range(3):
        numbers = [int(line.split("-")[1]) for line in kept if f" {run}-" in line]
        assert numbers == list(range(len(numbers)))
    await _check_history(backend, kept)
    await backend.close()


async def _check_history(backend: SqliteBackend, kept: list[str]) -> None:
    """What was indexed before the kills and what was not are one history."""
    found: list[str] = []
    before = 2**40
    while page := said(await backend.history(latest(limit=500, through=before - 1))):
        found[:0] = [f"{entry.seq} {text}" for entry in page for text in texts([entry])]
        before = page[0].seq
    assert found == kept


async def test_indexes_and_chains_are_what_the_journal_says_after_sigkill(tmp_path: Path):
    """Each table moves in one transaction with the mark of how far it goes."""
    path = tmp_path / "chat.db"
    for run in range(3):
        child = await start(CHANGE_FOR_EVER, path)
        await lines_until_killed(child, 200 + 300 * run)
        assert verify(path).damages == []
        with closing(sqlite3.connect(path)) as connection:
            indexed, chained = (int(read_meta(connection, name)) for name in ("indexed", "chained"))
            assert chained <= indexed
            for index, column in (("history", "target"), ("about", "place")):
                expected = f"SELECT {column}, seq FROM journal WHERE seq <= ? AND {column} IS NOT NULL ORDER BY 2"
                found = connection.execute(f"SELECT target, seq FROM {index} ORDER BY 2").fetchall()
                assert found == connection.execute(expected, (indexed,)).fetchall()
                assert found
            settled = connection.execute("SELECT seq FROM checkpoint").fetchone()[0]
            told = {row[0] for row in connection.execute("SELECT seq FROM event")}
            stored = {row[0] for row in connection.execute("SELECT seq FROM journal")}
            assert told >= {seq for seq in stored if seq % 7 == 0 and seq <= settled}
            assert connection.execute("SELECT count(*) FROM journal WHERE target IS NULL AND parent = 0").fetchone()[0]
    assert chained > 0


async def test_a_file_that_may_not_grow_refuses_and_recovers(tmp_path: Path):
    """Promise 5 with the kernel's own refusal (RLIMIT_FSIZE, setrlimit(2))."""
    path = tmp_path / "chat.db"
    child = await start(FILL_THE_DISK, path)
    async with asyncio.timeout(PATIENCE_SECONDS):
        out, _ = await child.communicate()
    assert child.returncode == 0
    reason, places = out.decode().splitlines()
    assert "disk" in reason
    backend = SqliteBackend(path)
    boot = await backend.open()
    assert [entry.seq for entry in boot.tail] == [int(place) for place in places.split()]
    assert texts(boot.tail)[-1] == "accepted"
    assert "refused" not in texts(boot.tail)
    await backend.close()


async def test_a_second_process_is_told_who_has_it_and_a_killed_one_is_forgotten(tmp_path: Path):
    path = tmp_path / "chat.db"
    child = await start(WRITE_FOR_EVER, path, 0)
    assert child.stdout is not None
    await child.stdout.readline()
    with pytest.raises(BackendError, match=f"in use by process {child.pid};"):
        await SqliteBackend(path).open()
    confirmed = await lines_until_killed(child, 10)
    backend, ear = SqliteBackend(path), Ear()
    await backend.open()
    backend.follow(ear)
    backend.append([posted("after")])
    await ear.until(1)
    newest = await backend.history(latest(limit=1))
    assert texts(said(newest)) == ["after"]
    assert said(newest)[0].seq > int(confirmed[-1].split()[0])
    await backend.close()
