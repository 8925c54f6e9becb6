"""What the shared stream costs: the same facts through a plain journal and through one or two nodes of a cluster.

    python -m bench.cluster [SECONDS]

Everything runs on this machine: one nats-server, the nodes in this process. Printed for each number of facts in
parallel: facts a second, and the median and 99th percentile of the time from append to outcome in milliseconds.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from ipcchat.backend.base import Backend, BackendError
from ipcchat.backend.cluster.backend import ClusterBackend
from ipcchat.backend.cluster.stream import StreamSettings
from ipcchat.backend.sqlite import SqliteBackend
from ipcchat.core.facts import Posted
from ipcchat.core.outcomes import Outcome

PARALLEL: Final = (1, 10, 100, 1_000)
SECONDS: Final = 3.0
TEXT: Final = "Somebody said something of an ordinary length, with a word or two of no importance."


class Talker:
    """Keeps a number of facts on their way and notes how long each takes."""

    def __init__(self, backend: Backend, parallel: int) -> None:
        self.backend = backend
        self.parallel = parallel
        self.taken: list[float] = []
        self._sent: dict[bytes, float] = {}
        self._prefix, self._next = os.urandom(8), 0
        self._ends = 0.0
        self._done = asyncio.Event()

    async def talk(self, seconds: float) -> float:
        """Talk for so long; returns facts a second."""
        began = time.perf_counter()
        self._ends = began + seconds
        self._post(self.parallel)
        await self._done.wait()
        return len(self.taken) / (time.perf_counter() - began)

    def outcomes(self, batch: Sequence[Outcome], foreign: int = 0) -> None:
        """So many more are there."""
        now = time.perf_counter()
        own = [since for each in batch if (since := self._sent.pop(each.fact.id, None)) is not None]
        self.taken += [now - since for since in own]
        if now < self._ends:
            self._post(len(own))
        elif not self._sent:
            self._done.set()

    def lost(self, error: BackendError) -> None:
        """The journal cannot go on."""
        raise error

    def interrupted(self, reason: str) -> None:
        """It is not here."""

    def alarmed(self, text: str) -> None:
        """Somebody should look."""
        print(text, file=sys.stderr)

    def _post(self, count: int) -> None:
        facts = []
        for _ in range(count):
            self._next += 1
            id_ = self._prefix + self._next.to_bytes(8, "big")
            self._sent[id_] = time.perf_counter()
            facts.append(
                Posted(id_, int(time.time() * 1_000), "u1", "ann!a@host", "PRIVMSG", f"#room{self._next % 50}", TEXT)
            )
        if facts:
            self.backend.append(facts)

    def summary(self, rate: float) -> str:
        """One line."""
        taken = sorted(self.taken)
        median, late = (1_000 * taken[int(len(taken) * share)] for share in (0.5, 0.99))
        return f"{self.parallel:>6} in parallel: {rate:>9,.0f} facts/s, {median:7.2f} ms median, {late:7.2f} ms p99"


async def measure(name: str, backends: Sequence[Backend], seconds: float) -> None:
    """The first of these talks, the others listen."""
    for backend in backends:
        await backend.open()
    for listener in backends[1:]:
        listener.follow(Talker(listener, 0))
    print(name)
    for parallel in PARALLEL:
        talker = Talker(backends[0], parallel)
        backends[0].follow(talker)
        rate = await talker.talk(seconds)
        print(talker.summary(rate), flush=True)
    for backend in backends:
        await backend.close()


def start_nats(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """A server with its store in that folder, and its address."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    program = Path(sys.executable).with_name("nats-server")
    arguments = ("-js", "-sd", str(folder), "-a", "127.0.0.1", "-p", str(port), "-l", str(folder / "log"))
    return subprocess.Popen([str(program), *arguments]), f"nats://127.0.0.1:{port}"


async def main(seconds: float) -> None:
    """All of it, one after the other."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "nats").mkdir()
        server, url = start_nats(folder / "nats")
        try:
            await measure("plain SQLite", [SqliteBackend(folder / "plain" / "chat.db")], seconds)
            for nodes in (1, 2):
                stream = StreamSettings(f"BENCH{nodes}", f"bench{nodes}.facts")
                backends = [
                    ClusterBackend(
                        folder / f"{nodes}-{node}" / "chat.db", servers=[url], incarnation=f"node{node}", stream=stream
                    )
                    for node in range(nodes)
                ]
                await measure(f"cluster, {nodes} node(s), R1", backends, seconds)
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS))
