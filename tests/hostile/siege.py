"""A server under attack, a bystander whom it must not harm, and what has to be so afterwards.

The common post-condition of every row (docs/hostile-input.md):
1. The process lives, and logged no exception.
2. The bystander was answered within a second all the time (tests/e2e/bystander.py).
3. No socket, no thread and no session is left of the attackers.
4. Resident memory is within MEMORY_GROWTH_BYTES_MAX of what it was. An allocator keeps some of what it once had, so a
   row that moves many megabytes is run again and again by `repeat`: a leak grows with each run, and what an allocator
   or the journal's cache keeps does not.
5. Every line of the log is printable, whatever was sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.e2e.bystander import Bystander
from tests.e2e.raw_client import OUR_CAPABILITIES, RawClient
from tests.e2e.server_process import ServerProcess
from tests.e2e.waiting import LOOK_SECONDS, until

MEMORY_GROWTH_BYTES_MAX = 2 * 1024 * 1024
GIVE_BACK_SECONDS = 2.0
REST_LOOKS, REST_CPU_SECONDS = 15, 0.02
"""So many looks, each after a PONG, with no more work than that between them."""

_numbers = count()


def ends_well(server: ServerProcess) -> None:
    """The server still runs, logged no exception, and stops as asked."""
    assert server.is_alive, f"the server ended with {server.process.returncode}: {server.log}"
    assert server.terminate() == 0
    assert not server.failures, server.log


@dataclass
class Siege:
    """One server, the bystander, and how big the server was before."""

    server: ServerProcess
    bystander: Bystander
    memory_bytes: int = 0
    peak_bytes: int = 0
    gives_back: bool = False
    sockets: int = 0
    threads: int = 0
    seconds_max: float = 20.0

    def warm_up(self) -> None:
        """Let the server do a little of everything once: what it loads for that is no leak."""
        with self.stranger().registers("warmup", OUR_CAPABILITIES).joins("#warm") as client:
            client.sends(b"\xff\r\nNOSUCH\r\n" + b"x" * 600 + b"\r\n")
            client.answers_to(
                "PRIVMSG #warm :x", "CHATHISTORY LATEST #warm * 10", "LIST", "WHO #warm", "HELP", "VERSION"
            )
        self.is_left_alone()

    def measure_memory(self) -> None:
        """What the server needs more memory from now on is the attack's."""
        self.memory_bytes = self.server.memory_bytes

    def repeat(self, attack: Callable[[str], None], peak_bytes_max: int | None = None) -> None:
        """Run an attack, each time with another name, until a run needed no more than `peak_bytes_max` above what was
        in use before it (where `has_peaked` looked), and left as much in use as there was."""
        peaks: list[int] = []
        for name in ("first", "second", "third", "fourth", "fifth"):
            self.measure_memory()
            self.peak_bytes = self.memory_bytes
            attack(name)
            peaks.append(self.peak_bytes - self.memory_bytes)
            if (peak_bytes_max is None or peaks[-1] <= peak_bytes_max) and self._has_given_back():
                self.gives_back = True
                return
        raise AssertionError(f"each of five equal runs needed too much memory, or kept some: peaks {peaks} bytes")

    def has_peaked(self) -> None:
        """Take note of the memory in use now, in the middle of an attack."""
        self.peak_bytes = max(self.peak_bytes, self.server.memory_bytes)

    def _has_given_back(self) -> bool:
        deadline = time.monotonic() + GIVE_BACK_SECONDS
        while self.server.memory_bytes > self.memory_bytes + MEMORY_GROWTH_BYTES_MAX:
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK_SECONDS)
        return True

    def has_done_what_it_can(self) -> None:
        """Wait until the server does nothing but answer the bystander: the rest waits for somebody to read."""
        spent = [self.server.cpu_seconds]

        def rests() -> bool:
            self.bystander.is_served()
            spent.append(self.server.cpu_seconds)
            return len(spent) > REST_LOOKS and spent[-1] - spent[-REST_LOOKS] <= REST_CPU_SECONDS

        until(rests, "a server that rests")

    def measure(self) -> None:
        """What the server needs more from now on is the attack's."""
        self.sockets = self._settled_sockets()
        self.memory_bytes = self.server.memory_bytes
        self.threads = self.server_threads

    def _settled_sockets(self) -> int:
        """How many sockets are open when those of who left are closed: a number that stays the same."""
        seen: list[int] = []

        def stays() -> bool:
            seen.append(self.server.sockets)
            return len(seen) >= 6 and len(set(seen[-5:])) == 1

        until(stays, "as many sockets as a moment ago")
        return seen[-1]

    @property
    def server_threads(self) -> int:
        """How many threads the server has."""
        return sum(1 for _ in Path(f"/proc/{self.server.process.pid}/task").iterdir())

    def connect(self, nick: str) -> RawClient:
        """An attacker who has registered."""
        client = self.stranger().registers(nick, OUR_CAPABILITIES)
        client.hears_up_to_pong("registered")
        return client

    def stranger(self) -> RawClient:
        """An attacker who has not said who he is."""
        return RawClient(self.server.port)

    def member(self, nick: str) -> RawClient:
        """An attacker in #lobby, whose arrival the bystander has seen."""
        client = self.connect(nick).joins("#lobby")
        self.bystander.hears("JOIN", nick)
        return client

    def hears_only(self, *commands: str) -> None:
        """The bystander, asked once more, has heard nothing but lines of these commands."""
        self.bystander.is_served()
        assert {line.command for line in self.bystander.heard} == set(commands)

    def logs(self, text: str, times: int) -> None:
        """`text` is logged just so many times."""
        until(lambda: self.server.log.count(text) >= times, f"{times} log entries of {text!r}")
        self.bystander.is_served()
        assert self.server.log.count(text) == times

    def is_left_alone(self) -> None:
        """Wait until nobody is there but the bystander."""
        until(lambda: self._sessions() == (1, 0), "no session but the bystander's", self.seconds_max)

    def leaves_nothing(self) -> None:
        """The post-condition, but for what the server's end and the bystander show."""
        until(lambda: self.server.sockets <= self.sockets, "every socket given back", self.seconds_max)
        self.is_left_alone()
        if not self.gives_back:  # `repeat` has looked, and what the journal does in idle moments comes after that.
            most = self.memory_bytes + MEMORY_GROWTH_BYTES_MAX
            until(lambda: self.server.memory_bytes <= most, f"memory back from {self.memory_bytes >> 10} KiB and 2 MiB")
        assert self.server_threads <= max(self.threads, 16), "threads are left"
        bad = [line for line in self.server.log.splitlines() if not line.isprintable()]
        assert not bad, f"not printable in the log: {bad[:3]!r}"

    def _sessions(self) -> tuple[int, int]:
        """How many others are registered, and how many are not (LUSERS: 251, 253)."""
        # A name of its own for each look: the server may not have heard yet that the last one has gone.
        with RawClient(self.server.port).registers(f"auditor{next(_numbers)}") as auditor:
            told = {line.command: line.params for line in auditor.answers_to("LUSERS")}
        return int(told["255"][-1].split()[2]) - 1, int(told["253"][1]) if "253" in told else 0
