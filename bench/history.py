"""Questions about the past of a large journal, and how fast it goes on: `python -m bench.history FOLDER`.

FOLDER is a data folder made by `python -m bench.history_data`. Measured are pages and searches through the backend, one
after the other as one client waits for them; the time from a start to the first connection; and how fast new messages
are stored, in alternation with an empty journal. It writes into the folder: measure on a copy, or make it again.

The promises: a page of 100 within 5 ms and a search of two words within 50 ms at the 99th percentile, a start within
two seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

from bench.history_data import CHANNELS, NAMES, ROOM_WEIGHTS, ROOMS, START, STEP_MS, VOCABULARY, WORD_WEIGHTS, text
from ipcchat.backend.base import BackendError
from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.core.effects import CatchUp, History, Reference, Search, Spans, Targets
from ipcchat.core.facts import Entry, Posted, conversation
from ipcchat.core.limits import NetworkLimits
from ipcchat.core.outcomes import Outcome
from ipcchat.core.state import State

ROOT = Path(__file__).resolve().parents[1]
QUESTIONS, STARTS, SECONDS, ROUNDS = 1_000, 5, 4.0, 3
CHANNELS_OF_ONE = 50
OUTSTANDING = 64
EVERYTHING: Spans = ((0, 2**62),)

Ask = Callable[[], Coroutine[Any, Any, object]]


class Asker:
    """Somebody who asks an open journal with entries up to `last`, one question after the other."""

    def __init__(self, backend: SqliteBackend, last: int) -> None:
        self._backend, self._last = backend, last
        self._random = Random(2)

    def room(self) -> str:
        """A channel, the busy ones more often."""
        return self._random.choices(ROOMS, cum_weights=ROOM_WEIGHTS)[0]

    def rooms(self) -> dict[str, Spans]:
        """The channels that somebody is in."""
        return dict.fromkeys(self._random.sample(ROOMS, CHANNELS_OF_ONE), EVERYTHING)

    async def latest(self) -> object:
        """CHATHISTORY LATEST."""
        return await self._backend.history(History(self.room(), 100, EVERYTHING))

    async def around(self) -> object:
        """CHATHISTORY AROUND a time."""
        at = START + STEP_MS * self._random.randrange(self._last)
        return await self._backend.history(History(self.room(), 100, EVERYTHING, around=Reference(at=at)))

    async def private(self) -> object:
        """CHATHISTORY LATEST of a conversation."""
        target = conversation(NAMES[0], self._random.choice(NAMES[1:]))
        return await self._backend.history(History(target, 100, EVERYTHING))

    async def catch_up(self) -> object:
        """What was missed in the last 2,000 entries, in all channels and conversations of one."""
        after = self._last - 2_000
        query = CatchUp(self.rooms(), after, self._last, 1_000, NAMES[0])
        return await self._backend.history(query)

    async def targets(self) -> object:
        """CHATHISTORY TARGETS."""
        return await self._backend.targets(Targets(self.rooms(), 0, 2**60, 100, self._last, account=NAMES[0]))

    async def search(self) -> object:
        """Two words, chosen as people use them, but not the 50 that everybody says all the time."""
        words = [self._word(), self._word()]
        return await self._backend.history(Search(self.rooms(), self._last, 50, tuple(words)))

    def _word(self) -> str:
        while True:
            word = self._random.choices(VOCABULARY, cum_weights=WORD_WEIGHTS)[0]
            if word not in VOCABULARY[:50]:
                return word


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


async def time_questions(name: str, ask: Ask, count: int) -> None:
    """Ask so often, and print how long the answers took."""
    taken, late = [], 0
    for _ in range(count):
        begun = time.perf_counter()
        try:
            await ask()
        except BackendError:
            late += 1
        taken.append((time.perf_counter() - begun) * 1_000)
    shares = ", ".join(f"p{share:g} {percentile(taken, share / 100):.2f} ms" for share in (50, 99, 100))
    print(f"{name:<28} {shares}; {late} of {count} were given up", flush=True)


async def ask_everything(path: Path, count: int) -> None:
    """All kinds of questions."""
    backend = SqliteBackend(path)
    await backend.open()
    last = last_of(path)
    asker = Asker(backend, last)
    for name, ask in (
        ("LATEST 100", asker.latest),
        ("AROUND 100", asker.around),
        ("LATEST 100 of a conversation", asker.private),
        ("missed in 50 channels", asker.catch_up),
        ("TARGETS of 50 channels", asker.targets),
        ("search of two words", asker.search),
    ):
        await time_questions(name, ask, count)
    await backend.close()


def last_of(path: Path) -> int:
    """The last place of the journal."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT max(seq) FROM journal").fetchone()[0])


def time_start(folder: Path) -> float:
    """Seconds from the start of a server's process until people can connect."""
    command = [sys.executable, str(ROOT / "server.py"), "--data", str(folder), "--listen", "irc://127.0.0.1:0"]
    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        assert server.stdout is not None
        server.stdout.readline()
        taken = time.perf_counter() - begun
        server.terminate()
    return taken


class Poster:
    """Keeps OUTSTANDING messages on their way and counts those that are stored."""

    def __init__(self, backend: SqliteBackend) -> None:
        self._backend, self._random = backend, Random(3)
        self.stored = self.last = 0
        self._texts = [text(self._random) for _ in range(5_000)]
        self.is_posting = True

    def outcomes(self, batch: Sequence[Outcome], foreign: int = 0) -> None:
        """So many more are stored."""
        stored = [outcome.seq for outcome in batch if isinstance(outcome, Entry)]
        self.stored, self.last = self.stored + len(stored), stored[-1]
        if self.is_posting:
            self.post(len(batch))

    def lost(self, error: BackendError) -> None:
        """The journal cannot go on."""
        raise error

    def alarmed(self, text: str) -> None:
        """Somebody should look."""
        raise RuntimeError(text)

    def interrupted(self, reason: str) -> None:
        """Only nodes of a cluster are."""
        raise RuntimeError(reason)

    def post(self, count: int) -> None:
        """Say so many things."""
        rooms = self._random.choices(ROOMS, cum_weights=ROOM_WEIGHTS, k=count)
        said, now = self._random.choices(self._texts, k=count), int(time.time() * 1_000)
        source = f"{NAMES[0]}!~x@host.example"
        self._backend.append(
            [
                Posted(os.urandom(16), now, "u1", source, "PRIVMSG", room, words, account=NAMES[0])
                for room, words in zip(rooms, said, strict=True)
            ]
        )


async def post(path: Path, seconds: float) -> float:
    """Messages stored in a second."""
    backend = SqliteBackend(path)
    await backend.open()
    poster = Poster(backend)
    backend.follow(poster)
    begun = time.perf_counter()
    poster.post(OUTSTANDING)
    await asyncio.sleep(seconds)
    poster.is_posting = False
    speed = poster.stored / (time.perf_counter() - begun)
    state = State(NetworkLimits())
    state.seq = poster.last
    backend.checkpoint(state.seq, state.snapshot())  # Or the next start would apply what nobody said.
    await backend.close()
    return speed


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.history", description="A large journal's figures.")
    parser.add_argument("folder", type=Path, help="made by python -m bench.history_data")
    parser.add_argument("--questions", type=int, default=QUESTIONS, help=f"of each kind (default: {QUESTIONS})")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"of posting (default: {SECONDS:g})")
    options = parser.parse_args()
    path = options.folder / "chat.db"
    print(f"{last_of(path):,} entries in {CHANNELS} channels, {path.stat().st_size / 2**30:.2f} GiB")
    asyncio.run(ask_everything(path, options.questions))
    starts = [time_start(options.folder) for _ in range(STARTS)]
    print(f"{'start':<28} median {statistics.median(starts):.2f} s, longest {max(starts):.2f} s")
    with tempfile.TemporaryDirectory(dir=options.folder.parent) as empty:
        begun = [time_start(Path(empty) / "data") for _ in range(STARTS)]
        print(f"{'start of an empty one':<28} median {statistics.median(begun):.2f} s, longest {max(begun):.2f} s")
        speeds: dict[str, list[float]] = {"stored a second": [], "and in an empty one": []}
        for _ in range(ROUNDS):
            for name, where in zip(speeds, (path, Path(empty) / "chat.db"), strict=True):
                speeds[name].append(asyncio.run(post(where, options.seconds)))
    for name, found in speeds.items():
        print(f"{name:<28} median {statistics.median(found):,.0f}, {', '.join(f'{speed:,.0f}' for speed in found)}")


if __name__ == "__main__":
    main()
