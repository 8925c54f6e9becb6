"""The program whose power fails, run under `disk.c`: `python -m tests.powerloss.workload FOLDER SEED GENERATION`.

It opens a journal in FOLDER/data, talks, closes it and opens it again, a few times. What is said and what the journal
confirms is put into the log of `disk.c` at its place, as `checker` records.

Rules:
1. A message's text begins with its name, `<writer>-<number>`, as `checker` wants it.
2. The log is copied into the database, and the index filled, every few messages: much of what can go wrong is there.
3. With `--normal` the journal syncs as SQLite's synchronous=NORMAL does, and must be found out.
"""

from __future__ import annotations

import asyncio
import ctypes
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from ipcchat.backend import sqlite_index, sqlite_schema, sqlite_store, sqlite_writer
from ipcchat.backend.base import BackendError
from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.core.effects import Happening, Recall
from ipcchat.core.facts import AnyFact, Entry, Posted, RealnameChanged
from ipcchat.core.outcomes import Outcome
from tests.crash.checker import Echoed, Received, Sent

CHANNELS = ("#tea", "#ops", "#a-channel-with-a-longer-name")
WRITERS = 3
LIVES = 3
ROUNDS = 14
BURST_MAX = 12
TEXT_BYTES_MAX = 700
EARLIER = 1_700_000_000_000
OUTCOME_SECONDS_MAX = 30
REST_SECONDS, REST_SHARE = 0.015, 0.3
EAGER: tuple[tuple[Any, str, object], ...] = (
    (sqlite_store, "WAL_PAGES_MAX", 40),
    (sqlite_store, "WAL_PAGES_IDLE", 12),
    (sqlite_index, "ROWS", 30),
    (sqlite_writer, "IDLE_SECONDS", 0.01),
)


def note(text: bytes) -> None:
    """Put this into the log of `disk.c`, at this place of the order."""
    ctypes.CDLL(None).disk_note(text, ctypes.c_size_t(len(text)))


def make_eager() -> None:
    """Let the journal tidy up all the time. Raises AttributeError where its modules have changed."""
    for module, name, value in EAGER:
        getattr(module, name)
        setattr(module, name, value)


def sync_less() -> None:
    """Sync as SQLite's NORMAL does: not at each commit."""
    pragmas = [pragma.replace("synchronous = FULL", "synchronous = NORMAL") for pragma in sqlite_schema._WRITER_PRAGMAS]
    assert "synchronous = NORMAL" in pragmas
    vars(sqlite_schema)["_WRITER_PRAGMAS"] = tuple(pragmas)


class Talk:
    """All lives of the journal, and who talks in them."""

    def __init__(self, path: Path, seed: int, generation: int = 1, say: Callable[[bytes], object] = note) -> None:
        self._path = path
        self._generation = generation
        self._random = Random(f"{seed}-{generation}")
        self._say = say
        self._numbers = [0] * WRITERS
        self._clock = EARLIER
        self._missing = 0
        self._news = asyncio.Event()
        self.error: BackendError | None = None

    async def run(self, lives: int = LIVES, rounds: int = ROUNDS) -> None:
        """All of it. Raises BackendError when the journal cannot be opened or cannot go on."""
        for life in range(lives):
            backend = SqliteBackend(self._path)
            boot = await backend.open()
            backend.follow(self)
            self._latest = max([self._random.randint(1, 9), *(entry.seq for entry in boot.tail)])
            try:
                for _ in range(rounds):
                    await self._converse(backend)
                    if self._random.random() < REST_SHARE:  # An idle moment, in which the journal tidies up.
                        await asyncio.sleep(REST_SECONDS)
            finally:
                if life != lives - 1 or self.error is not None:
                    await backend.close()

    async def _converse(self, backend: SqliteBackend) -> None:
        """Something is said, and other things happen; returns when everything is confirmed."""
        facts: list[AnyFact] = [self._message() for _ in range(self._random.randint(1, BURST_MAX))]
        if self._random.random() < 0.5:
            facts.insert(self._random.randint(0, len(facts)), self._renaming())
        self._missing = len(facts)
        self._news.clear()
        if self.error is not None:
            raise self.error
        while facts:
            size = self._random.randint(1, len(facts))
            backend.append(facts[:size])
            del facts[:size]
        async with asyncio.timeout(OUTCOME_SECONDS_MAX):
            await self._news.wait()
        if self.error is not None:
            raise self.error
        if self._random.random() < 0.3:
            backend.checkpoint(self._latest, self._random.randbytes(self._random.randint(100, 20_000)))
        if self._random.random() < 0.3:
            happening = Happening("ann!a@host", "TOPIC", (CHANNELS[0], "new"))
            backend.recall(Recall(self._latest, self._clock, CHANNELS[:1], happening))

    def outcomes(self, batch: Sequence[Outcome], foreign: int = 0) -> None:
        """The journal confirms, or refuses."""
        for outcome in batch:
            if isinstance(outcome, Entry):
                self._latest = outcome.seq
                if isinstance(fact := outcome.fact, Posted):
                    for record in self._shown(fact, str(outcome.seq), str(outcome.at)):
                        self._say(msgspec.json.encode(record))
        self._missing -= len(batch)
        if not self._missing:
            self._news.set()

    def lost(self, error: BackendError) -> None:
        """The journal cannot go on."""
        self.error = error
        self._news.set()

    def alarmed(self, text: str) -> None:
        """Nobody looks."""

    def interrupted(self, reason: str) -> None:
        """Only nodes of a cluster are."""

    def _message(self) -> Posted:
        number, target = self._random.randrange(WRITERS), self._random.choice(CHANNELS)
        writer = f"w{self._generation}{number}"
        self._numbers[number] += 1
        text = f"{writer}-{self._numbers[number]} {'x' * self._random.randint(0, TEXT_BYTES_MAX)}"
        key, self._clock = self._random.randbytes(16), self._clock + self._random.randint(0, 3)
        self._say(msgspec.json.encode(Sent(writer, 1, target, text, key.hex())))
        return Posted(key, self._clock, f"u{number}", f"{writer}!w@host", "PRIVMSG", target, text)

    def _renaming(self) -> RealnameChanged:
        return RealnameChanged(self._random.randbytes(16), self._clock, "u1", "somebody")

    def _shown(self, fact: Posted, msgid: str, time: str) -> tuple[Echoed, Received]:
        """What its writer hears, and what somebody hears who hears everything: his order is the journal's."""
        echoed = Echoed(fact.text.partition("-")[0], 0, fact.target, fact.text, fact.id.hex(), msgid, time)
        return echoed, Received("follower", self._generation, fact.target, fact.text, msgid)


def main(folder: str, seed: str, generation: str, *options: str) -> None:
    """Talk until everything is said; then the process ends without closing its journal."""
    make_eager()
    if "--normal" in options:
        sync_less()
    asyncio.run(Talk(Path(folder) / "data" / "chat.db", int(seed), int(generation)).run())


if __name__ == "__main__":
    main(*sys.argv[1:])
