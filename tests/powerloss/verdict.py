"""Opens what was found on a disk as the server does, reads all of history, and lets the crash test's checker judge.

Rules:
1. The journal must open. A file that was synced and cannot be opened has lost everything.
2. A message whose entry was delivered must be there, once, unaltered, in its place; one that was only proposed may.
3. The image is opened, closed, and opened again: recovery must not lose what it found.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

from ipcchat.backend.base import BackendError
from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.core.effects import History, Reference
from ipcchat.core.facts import Posted
from tests.crash.checker import Echoed, Read, Received, Record, Sent, Violation, check
from tests.powerloss.workload import CHANNELS

PAGE = 500
READINGS = (1, 2)
_Note = Sent | Echoed | Received


def notes(texts: Iterable[bytes]) -> list[Record]:
    """What the program put into the log."""
    return [msgspec.json.decode(text, type=_Note) for text in texts]


async def judge(database: Path, said: list[Record]) -> list[Violation]:
    """What is wrong with the journal at `database` when all this had been said and confirmed before."""
    records = list(said)
    for reading in READINGS:
        try:
            records += await read_all(database, reading)
        except BackendError as error:
            return [Violation("unreadable", str(error))]
    return check(records)


async def read_all(database: Path, reading: int) -> list[Record]:
    """All of history. Raises BackendError."""
    backend = SqliteBackend(database)
    try:
        await backend.open()
        return [read for channel in CHANNELS for read in await _read_channel(backend, channel, reading)]
    finally:
        await backend.close()


async def _read_channel(backend: SqliteBackend, channel: str, reading: int) -> list[Record]:
    found: list[Record] = []
    after: Reference | None = None
    while True:
        query = History(channel, PAGE, ((0, sys.maxsize - 1),), after=after, newest=False)
        page = [past.entry for past in (await backend.history(query)).found if past.entry is not None]
        for entry in page:
            assert isinstance(entry.fact, Posted)
            found.append(Read(reading, entry.fact.target, entry.fact.text, str(entry.seq), str(entry.at)))
        if len(page) < PAGE:
            return found
        after = Reference(seq=page[-1].seq)
