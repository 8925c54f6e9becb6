"""One whole crash test: writers and readers at work, kills, two readings of history, and the judgement.

Rules:
1. Most kills come while the server serves, in the middle of a rush of messages; some come while it starts, when it may
   be in the middle of its recovery.
2. After the last kill the writers finish; a message counts as echoed only when its writer heard it.
3. History is read, the server is killed once more, and history is read again.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from random import Random

import msgspec

from tests.crash.checker import Fault, Read, Received, Record, Violation, check
from tests.crash.looking import read_channels, read_private
from tests.crash.supervisor import SERVER, ServerProcess
from tests.crash.witnesses import Reader, Typist, Writer

CHANNELS = ["#crash-a", "#crash-b", "#crash-c", "#crash-d"]
SERVING_SECONDS = (0.05, 1.5)
STARTING_SECONDS = (0.005, 0.3)
STARTING_SHARE = 0.2
MEAN_LIFE_SECONDS = 0.62
TRICKLE_SHARE = 0.6
RUSH_SECONDS_MAX = 0.1
FINISH_SECONDS_MAX = 60


class Settings(msgspec.Struct, frozen=True):
    """What a run is made of; `messages` is the least that the writers send."""

    kills: int = 50
    messages: int = 20_000
    writers: int = 8
    readers: int = 2
    seed: int = 1
    threads: int = 0
    server: tuple[str, ...] = SERVER
    journal: bool = True


class Outcome(msgspec.Struct):
    """What happened. `unfinished` says why a run ended early; "" when it did not."""

    kills: int = 0
    kills_starting: int = 0
    cuts: int = 0
    sent: int = 0
    resent: int = 0
    echoed: int = 0
    refused: int = 0
    received: int = 0
    stored: int = 0
    tracebacks: int = 0
    seconds: float = 0.0
    violations: list[Violation] = []
    unfinished: str = ""

    def is_good(self) -> bool:
        """Whether the server kept its promises and logged no exception."""
        return not self.violations and not self.unfinished and not self.tracebacks


class Ordeal:
    """One run with its writers' plan: a trickle of messages, a rush before each kill, and the rest at the end."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        random = Random(settings.seed)
        self.settings, self._random = settings, random
        self.server = ServerProcess(
            settings.server, folder, Random(), threads=settings.threads, journal=settings.journal
        )
        self.records: list[Record] = []
        self.outcome = Outcome()
        self.readers = [self._reader(f"r{number}") for number in range(settings.readers)]
        self.writers = [self._writer(number) for number in range(settings.writers)]
        self.typist = Typist("p0", self.server.plain_port, CHANNELS[0], self.records, self)
        self._killing = True
        self._rush = asyncio.Event()

    def _reader(self, name: str) -> Reader:
        return Reader(name, self.server.doors[0], CHANNELS, self.records, account=self.settings.journal)

    def _writer(self, number: int) -> Writer:
        """Every door has writers; those with TLS have accounts and talk in private too. A login costs so much by intent
        that the others are guests."""
        door = self.server.doors[number % len(self.server.doors)]
        peers = [reader.name for reader in self.readers] if door.tls else []
        random = Random(f"{self.settings.seed}-{number}")
        return Writer(f"w{number}", door, CHANNELS, self.records, self, random, peers, account=bool(peers))

    def wants_more(self) -> bool:
        """New messages are wanted while there are kills to come, and until there are enough of them."""
        return self._killing or sum(writer.sent for writer in self.writers) < self.settings.messages

    async def rest(self, messages: int) -> None:
        """Spreads TRICKLE_SHARE of the messages over the server's lives; a rush and the end know no rest."""
        rate = TRICKLE_SHARE * self.settings.messages / (max(1, self.settings.kills) * MEAN_LIFE_SECONDS)
        pause = self._random.uniform(0, 2) * messages * self.settings.writers / rate
        try:
            async with asyncio.timeout(pause):
                await self._rush.wait()
        except TimeoutError:
            pass

    async def run(self) -> Outcome:
        """Runs everything. Raises StartFailed, ProtocolBroken; the server is dead afterwards in any case."""
        started = time.monotonic()
        await self.server.make_certificate()
        try:
            await self._work()
            self.records += await self._look(1)
            await self.server.kill()
            await self._start()
            self.records += await self._look(2)
        finally:
            await self.server.kill()
        self.outcome.seconds = time.monotonic() - started
        return self._judged()

    async def _look(self, reading: int) -> list[Record]:
        """Everything that is kept."""
        door = self.server.doors[0]
        found = await read_channels(door, CHANNELS, [writer.own_channel for writer in self.writers], reading)
        talkers = [writer.name for writer in self.writers if writer.talks_in_private]
        for reader in self.readers if talkers else ():
            found += await read_private(door, reader.name, talkers, reading)
        return found

    async def _work(self) -> None:
        await self._start()
        for witness in [*self.readers, *self.writers]:
            await witness.make_account()
        reading = [asyncio.create_task(reader.run()) for reader in self.readers]
        reading.append(asyncio.create_task(self.typist.run()))
        writing = [asyncio.create_task(writer.run()) for writer in self.writers]
        try:
            await self._kill_often()
            self._killing = False
            self._rush.set()
            done, unfinished = await asyncio.wait(writing, timeout=FINISH_SECONDS_MAX, return_when="FIRST_EXCEPTION")
            failed = [task for task in [*done, *reading] if task.done() and task.exception()]
            for task in failed:
                task.result()
            if unfinished:
                self.outcome.unfinished = f"{len(unfinished)} writers waited {FINISH_SECONDS_MAX} s for an echo"
        finally:
            for task in [*reading, *writing]:
                task.cancel()
            await asyncio.gather(*reading, *writing, return_exceptions=True)

    async def _kill_often(self) -> None:
        while self.outcome.kills < self.settings.kills:
            life, rush = self._random.uniform(*SERVING_SECONDS), self._random.uniform(0, RUSH_SECONDS_MAX)
            await asyncio.sleep(max(0.0, life - rush))
            self._rush.set()
            await asyncio.sleep(rush)
            await self._kill()
            self._rush.clear()
            await self._die_starting()
            await self._start()

    async def _die_starting(self) -> None:
        """Sometimes the server is killed in the middle of its start as well, perhaps again and again."""
        while self.outcome.kills < self.settings.kills and self._random.random() < STARTING_SHARE:
            await self.server.spawn()
            await asyncio.sleep(self._random.uniform(*STARTING_SECONDS))
            await self._kill()
            self.outcome.kills_starting += 1

    async def _start(self) -> None:
        await self.server.spawn()
        await self.server.ready()

    async def _kill(self) -> None:
        await self.server.kill()
        self.records.append(Fault("kill"))
        self.outcome.kills += 1

    def _judged(self) -> Outcome:
        outcome = self.outcome
        outcome.cuts = sum(writer.cuts for writer in self.writers)
        outcome.sent = sum(writer.sent for writer in self.writers)
        outcome.resent = sum(writer.resent for writer in self.writers)
        outcome.echoed = sum(writer.echoed for writer in self.writers)
        outcome.refused = sum(writer.refused for writer in self.writers)
        outcome.received = sum(isinstance(record, Received) for record in self.records)
        outcome.stored = sum(isinstance(record, Read) and record.reading == 1 for record in self.records)
        outcome.tracebacks = self.server.tracebacks()
        outcome.violations = check(self.records)
        return outcome
