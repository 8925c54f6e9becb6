"""One whole run: a cluster, its clients, kills and other faults at once, then calm, and the judgement.

Rules:
1. Kills and the other faults have a thread each, and random choices of their own.
2. At the end all that is dead is started, one node and one NATS server are cut off once more, the writers stop saying
   new things, and all is healed: from then on the time is measured until all journals are at the same point.
3. The history of each node is read by CHATHISTORY, as one reading each: they must not differ.
4. Then their files are compared, the nodes are stopped, and the files verified.
"""

from __future__ import annotations

import asyncio
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random

import msgspec

from tests.crash.checker import Fault, Read, Received, Record, Violation, check
from tests.crash.looking import read_channels
from tests.crash.socket_line import Disconnected, Unanswered
from tests.crash.supervisor import ROOT, SERVER
from tests.nats_network import Network
from tests.nemesis.crowd import CHANNELS, Crowd
from tests.nemesis.faults import Faults
from tests.nemesis.journals import are_equal, differences
from tests.nemesis.nodes import Node, share_secret

SERVERS = ("n1", "n2", "n3")
NODES = ("c1", "c2", "c3")
CLIENTS = "out"

DEAD_SECONDS = (0.2, 8.0)
ALIVE_SECONDS = (0.5, 12.0)
FAULT_SECONDS = (0.5, 9.0)
CALM_SECONDS = (0.2, 3.0)
LAST_FAULT_SECONDS = 4.0
HEALED_SECONDS_MAX = 10.0
"""NATS' own servers take up to 9 s to agree on a leader of all streams, without whom nobody reads on anew."""

EQUAL_SECONDS_MAX = 30.0
STATUS_SECONDS_MAX = 30.0
FINISH_SECONDS_MAX = 120.0
SETUP_SECONDS_MAX = 60.0
DOOR_SECONDS_MAX = 20.0
READING_SECONDS_MAX = 600.0
LOOK_SECONDS = 0.1
ACKS_BETWEEN = 200
"""Acknowledgements before and after the stream is lost."""


class Settings(msgspec.Struct, frozen=True):
    """What a run is made of: `faults` of each kind, `acks` at least, about `rate` messages a second while it storms.
    `losses`: how often everything is killed at once and the stream is gone. All times but those that are judged are
    divided by `haste`."""

    kills: int = 40
    faults: int = 20
    losses: int = 1
    acks: int = 100_000
    haste: float = 1.0
    healed_seconds_max: float = HEALED_SECONDS_MAX
    writers: int = 8
    rate: float = 200.0
    seed: int = 1
    program: tuple[str, ...] = SERVER


class Outcome(msgspec.Struct):
    """What happened. `healed` is how many seconds after all was healed all journals were at the same point."""

    is_isolated: bool = True
    kills: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    exits: Counter[int] = Counter()
    sent: int = 0
    resent: int = 0
    acks: int = 0
    refused: int = 0
    received: int = 0
    stored: int = 0
    losses: int = 0
    longest: float = 0.0
    healed: float = 0.0
    tracebacks: int = 0
    seconds: float = 0.0
    violations: list[Violation] = []

    def is_good(self) -> bool:
        """Whether the cluster kept its promises and logged no exception."""
        return not self.violations and not self.tracebacks


class Unfinished(Exception):
    """The run could not come to its end; the text says where."""


class Storm:
    """One run. `told` hears what is done, for people who wait."""

    def __init__(self, settings: Settings, folder: Path, told: Callable[[str], None] = lambda text: None) -> None:
        self.settings, self._folder, self._told = settings, folder, told
        self.records: list[Record] = []
        self.outcome = Outcome(kills=Counter(), faults=Counter(), exits=Counter(), violations=[])
        self.seed = settings.seed
        self._pace = Random(f"{settings.seed}-pace")
        self._is_storming = True
        self._failed = threading.Event()
        self.nodes: list[Node] = []
        self.network = Network(folder / "nats", (*SERVERS, *NODES, CLIENTS))
        self.crowd: Crowd

    # The writers' plan.

    def wants_more(self) -> bool:
        """New messages are wanted while it storms, and until there are enough acknowledgements."""
        return self._is_storming

    async def rest(self, messages: int) -> None:
        """Spreads what is said over the time."""
        mean = messages * self.settings.writers / self.settings.rate
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pace.uniform(0, 2) * mean):
                await asyncio.Event().wait()

    # The run.

    def run(self) -> Outcome:
        """Run everything. Raises Unfinished, StartFailed; all processes have ended afterwards in any case."""
        started = time.monotonic()
        self._folder.mkdir(parents=True, exist_ok=True)
        with self.network:
            self.outcome.is_isolated = self.network.isolated
            try:
                self._start()
                self._storm()
                self._read()
                self._compare()
            finally:
                for node in self.nodes:
                    node.release()
        self.outcome.seconds = time.monotonic() - started
        return self._judged()

    def _start(self) -> None:
        self.network.serve(*SERVERS)
        for name in NODES:
            self.nodes.append(Node(name, self.network, self._folder, self.settings.program))
        first, *others = self.nodes
        first.start()
        first.await_serving()
        share_secret(first, others)
        for node in others:
            node.start()
        for node in others:
            node.await_serving()
        self.crowd = Crowd(self.nodes, self.records, self, self.settings.writers, self.seed)

    def _storm(self) -> None:
        crowd = self.network.start(CLIENTS, lambda: asyncio.run(self.crowd.run()))
        try:
            self._wait(lambda: self.crowd.ready, crowd, SETUP_SECONDS_MAX, "the writers have no accounts")
            self._let_loose(crowd)
            for _ in range(self.settings.losses):
                self._lose_stream(crowd)
            self._await_acks(self.settings.acks, crowd)
            self._calm(crowd)
        finally:
            self._is_storming = False
            self.crowd.stop()

    def _let_loose(self, crowd: Future[None]) -> None:
        """Both threads of faults, to their ends."""
        faults = Faults(self.network, SERVERS, self.nodes, Random(f"{self.seed}-faults"))
        works = [self._thread(self._kill_often), self._thread(lambda: self._break_often(faults))]
        while not all(work.done() for work in works):
            if crowd.done() or any(work.done() and work.exception() for work in works):
                self._failed.set()
                break
            for node in self.nodes:
                node.look_after()
            time.sleep(LOOK_SECONDS)
        for work in works:
            work.result()
        self._require(crowd)

    def _thread(self, work: Callable[[], None]) -> Future[None]:
        future: Future[None] = Future()

        def run() -> None:
            try:
                work()
                future.set_result(None)
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=run, daemon=True).start()
        return future

    def _pause(self, random: Random, seconds: tuple[float, float]) -> bool:
        """Wait so long; whether something failed meanwhile."""
        return self._failed.wait(random.uniform(*seconds) / self.settings.haste)

    def _lose_stream(self, crowd: Future[None]) -> None:
        """All nodes and all NATS servers are killed at once, and what these stored is gone. What anybody was shown is
        in the journal of a node."""
        for node in self.nodes:
            node.await_serving()
        self._await_acks(self.crowd.watch.acks + ACKS_BETWEEN, crowd)
        self._note("all killed, the stream is lost")
        for node in self.nodes:
            node.kill()
        for name in SERVERS:
            self.network.kill(name)
            self.network.lose_store(name)
        self.outcome.losses += 1
        works = [self._thread(partial(self.network.restart, name)) for name in SERVERS]
        for work in works:
            work.result()
        for node in self.nodes:
            node.start()
        self._await_acks(self.crowd.watch.acks + ACKS_BETWEEN, crowd)

    def _await_acks(self, count: int, crowd: Future[None]) -> None:
        seconds = FINISH_SECONDS_MAX + max(0, count - self.crowd.watch.acks) / self.settings.rate * 3
        self._wait(lambda: self.crowd.watch.acks >= count, crowd, seconds, "too few messages are acknowledged")

    def _kill_often(self) -> None:
        random = Random(f"{self.seed}-kills")
        nodes = {node.name: node for node in self.nodes}
        for number in range(self.settings.kills):
            if self._pause(random, ALIVE_SECONDS):
                return
            name = random.choice([*SERVERS, *NODES])
            self._note(f"kill {number + 1}: {name}")
            nodes[name].kill() if name in nodes else self.network.kill(name)
            self.outcome.kills["node" if name in nodes else "NATS server"] += 1
            self._pause(random, DEAD_SECONDS)
            nodes[name].start() if name in nodes else self.network.restart(name)

    def _break_often(self, faults: Faults) -> None:
        random = Random(f"{self.seed}-times")
        kinds = [kind for kind in faults.kinds for _ in range(self.settings.faults)]
        random.shuffle(kinds)
        try:
            for number, kind in enumerate(kinds):
                if self._pause(random, CALM_SECONDS):
                    return
                self._note(f"fault {number + 1} of {len(kinds)}: {kind}: {faults.kinds[kind]()}")
                self.outcome.faults[kind] += 1
                self._pause(random, FAULT_SECONDS)
                faults.end()
        finally:
            faults.end()

    def _note(self, text: str) -> None:
        self.records.append(Fault(text))
        self._told(f"{self.crowd.watch.acks:>8,} acks  {text}")

    def _calm(self, crowd: Future[None]) -> None:
        """One more fault, then none."""
        for node in self.nodes:
            node.await_serving()
        if self.network.isolated:
            self.network.partition([SERVERS[0], NODES[0]], [*SERVERS[1:], *NODES[1:]])
            self._failed.wait(LAST_FAULT_SECONDS / self.settings.haste)
        self._is_storming = False
        self.network.heal()
        self._note("healed")
        started = time.monotonic()
        are_soon = self._become_equal()
        self.outcome.healed = time.monotonic() - started
        self._wait(crowd.done, None, FINISH_SECONDS_MAX, "writers wait for an echo")
        self._require(crowd)
        if are_soon and self._become_equal():
            self._ask()

    def _become_equal(self) -> bool:
        """Wait until all journals are at the same point; whether they are, in time."""
        journals = [node.journal for node in self.nodes]
        with suppress(Unfinished):
            self._wait(lambda: are_equal(journals), None, EQUAL_SECONDS_MAX, "")
            return True
        self.outcome.violations.append(Violation("healing", "the journals do not come to the same point"))
        return False

    def _ask(self) -> None:
        """What the cluster itself says of its state."""
        words = [*SERVER, "cluster", "status", *(word for url in self.network.urls for word in ("--cluster", url))]
        command = self.network.command(CLIENTS, *words)
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=STATUS_SECONDS_MAX)
        if done.returncode or done.stdout.count(" serving ") != len(self.nodes):
            self.outcome.violations.append(Violation("status", done.stdout + done.stderr))

    def _wait(self, look: Callable[[], bool], crowd: Future[None] | None, seconds: float, else_text: str) -> None:
        deadline = time.monotonic() + seconds
        while not look():
            if crowd is not None:
                self._require(crowd)
            for node in self.nodes:
                node.look_after()
            if time.monotonic() > deadline:
                raise Unfinished(f"{else_text} after {seconds:.0f} s")
            time.sleep(LOOK_SECONDS)

    def _require(self, crowd: Future[None]) -> None:
        if crowd.done():
            crowd.result()
            if self._is_storming:
                raise Unfinished("the clients ended")

    # The end.

    def _read(self) -> None:
        for number, node in enumerate(self.nodes, 1):
            self.records += self.network.call(CLIENTS, partial(self._read_at, node, number), READING_SECONDS_MAX)

    def _read_at(self, node: Node, number: int) -> list[Record]:
        """The history that a node gives. Raises Unfinished when it lets nobody in."""
        deadline = time.monotonic() + DOOR_SECONDS_MAX
        while True:
            try:
                return asyncio.run(read_channels(node.door, CHANNELS, [], number))
            except (Disconnected, Unanswered) as error:
                if time.monotonic() > deadline:
                    raise Unfinished(f"{node.name} lets nobody in: {error}") from error
            time.sleep(LOOK_SECONDS)

    def _compare(self) -> None:
        """Who read has just gone, which may not be everywhere yet; what stays is a difference."""
        deadline = time.monotonic() + self.settings.healed_seconds_max
        journals = {node.name: node.journal for node in self.nodes}
        while (found := list(differences(journals))) and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
        self.outcome.violations += [Violation("journals", text) for text in found]
        for node in self.nodes:
            if code := node.stop():
                self.outcome.violations.append(Violation("stop", f"{node.name} ended with {code}"))
        for node in self.nodes:
            command = [*SERVER, "verify", "--data", str(node.folder)]
            done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=READING_SECONDS_MAX)
            if done.returncode:
                self.outcome.violations.append(Violation("verify", done.stdout + done.stderr))

    def _judged(self) -> Outcome:
        outcome, writers = self.outcome, self.crowd.writers
        outcome.sent = sum(writer.sent for writer in writers)
        outcome.resent = sum(writer.resent for writer in writers)
        outcome.refused = sum(writer.refused for writer in writers)
        outcome.acks, outcome.longest = self.crowd.watch.acks, self.crowd.watch.longest
        outcome.received = sum(isinstance(record, Received) for record in self.records)
        outcome.stored = sum(isinstance(record, Read) and record.reading == 1 for record in self.records)
        outcome.tracebacks = sum(node.tracebacks() for node in self.nodes)
        for node in self.nodes:
            outcome.exits += node.exits
        if outcome.healed > self.settings.healed_seconds_max:
            outcome.violations.append(Violation("healing", f"the journals were equal {outcome.healed:.1f} s later"))
        outcome.violations += check(self.records)
        return outcome
