"""The clients of the nemesis: writers that go from node to node, and one reader for each node.

Rules:
1. A writer whose connection ends, or whose message was refused, or that heard nothing for its patience while something
   is unanswered, goes to another node and says again what was not echoed, with the same keys and in the same order.
2. A reader stays with its node, so that each node's order is witnessed.
3. Nobody talks in private, and no topics are set: a nick may belong to its ghost at another node for a while, and a
   topic has no key by which a node could know it when it comes late.
4. Another node may not have a message yet that is to be taken back: that it knows none is no proof that it is gone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from random import Random

from tests.crash.checker import Left, Record
from tests.crash.sayings import KINDS, Saying
from tests.crash.socket_line import Disconnected, Door, Line, SocketLine, Unanswered
from tests.crash.witnesses import WINDOW, Plan, Reader, Writer
from tests.nemesis.nodes import Node

CHANNELS = ["#storm-a", "#storm-b", "#storm-c", "#storm-d"]
PATIENCE_SECONDS = (2.0, 8.0)
SETUP_TRIES_MAX = 20


class Watch:
    """When messages were acknowledged: how many, and the longest time without one, in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self.acks = 0
        self.longest = 0.0
        self.last = now()

    def acknowledged(self) -> None:
        """One more."""
        now = self._now()
        self.acks += 1
        self.longest = max(self.longest, now - self.last)
        self.last = now


class Listener(Reader):
    """A reader that stays with its node."""

    PASSING = (Disconnected, Unanswered)

    def record(self, line: Line) -> None:
        """The same, but for what the server itself says to one client."""
        if line.params and line.params[0].startswith("#"):
            super().record(line)


class Wanderer(Listener, Writer):
    """A writer that goes to another node when one does not answer."""

    PASSING = (Disconnected, Unanswered)
    KINDS = {kind: share for kind, share in KINDS.items() if kind not in ("private", "topic")}

    def __init__(
        self, name: str, nodes: Sequence[Node], records: list[Record], plan: Plan, watch: Watch, seed: int
    ) -> None:
        """Every second one has an account; half of both wait for each answer."""
        random, account = Random(f"{seed}-{name}"), int(name[1:]) % 2 == 0
        doors = [node.tls_door if account else node.door for node in nodes]
        super().__init__(name, doors[0], CHANNELS, records, plan, random, [], account=account)
        self._doors = doors
        self._watch = watch
        self._patience = random.uniform(*PATIENCE_SECONDS)
        self._heard = 0.0
        self.window = 1 if int(name[1:]) % 4 < 2 else WINDOW
        self._wandering = Random(f"{seed}-{name}-doors")

    def door(self) -> Door:
        """Another one than the last time."""
        self._door = self._wandering.choice([door for door in self._doors if door != self._door])
        return self._door

    async def converse(self, line: SocketLine) -> None:
        """The same, with a patience of its own for each connection. Raises Disconnected."""
        self._heard = time.monotonic()
        self._patience = self._wandering.uniform(*PATIENCE_SECONDS)
        await super().converse(line)

    def waited(self) -> None:
        """It may be enough. Raises Disconnected."""
        if self._unanswered and time.monotonic() - self._heard > self._patience:
            self.leaves()
            raise Disconnected("not answered")

    def leaves(self) -> None:
        """It will not hear what was refused there."""
        self._records.append(Left(self.name, self.connection))

    def is_confirmed(self, line: Line) -> bool:
        """Rule 4."""
        return line.command == "REDACT"

    def _refused(self, saying: Saying, line: Line) -> None:
        try:
            super()._refused(saying, line)
        except Disconnected:
            self.leaves()
            raise

    def _echo(self, saying: Saying, line: Line) -> None:
        super()._echo(saying, line)
        self._heard = time.monotonic()
        self._watch.acknowledged()


class Crowd:
    """All clients. `run` is called on the loop of a thread in the place where they are."""

    def __init__(self, nodes: Sequence[Node], records: list[Record], plan: Plan, writers: int, seed: int) -> None:
        self.watch = Watch()
        self.readers = [
            Listener(f"r{number}", node.door, CHANNELS, records, account=False) for number, node in enumerate(nodes, 1)
        ]
        self.writers = [Wanderer(f"w{number}", nodes, records, plan, self.watch, seed) for number in range(writers)]
        self.ready = False
        self._running: tuple[asyncio.AbstractEventLoop, asyncio.Task[None]] | None = None

    def stop(self) -> None:
        """End at once, when it has not ended; from another thread."""
        if self._running is not None:
            loop, task = self._running
            with suppress(RuntimeError):  # It is closed.
                loop.call_soon_threadsafe(task.cancel)

    async def run(self) -> None:
        """Until all writers are done. Raises ProtocolBroken."""
        task = asyncio.current_task()
        assert task is not None
        self._running = asyncio.get_running_loop(), task
        for writer in self.writers:
            await _patiently(writer)
        self.ready = True
        reading = [asyncio.create_task(reader.run()) for reader in self.readers]
        writing = [asyncio.create_task(writer.run()) for writer in self.writers]
        left = set(writing)
        try:
            while left:
                done, _ = await asyncio.wait([*left, *reading], return_when=asyncio.FIRST_COMPLETED)
                for ended in done:
                    ended.result()
                left -= done
        finally:
            for each in [*reading, *writing]:
                each.cancel()
            await asyncio.gather(*reading, *writing, return_exceptions=True)


async def _patiently(writer: Wanderer) -> None:
    for _ in range(SETUP_TRIES_MAX):
        try:
            return await writer.make_account()
        except (Disconnected, Unanswered):
            await asyncio.sleep(0.1)
    raise Disconnected(f"{writer.name} gets no account")
