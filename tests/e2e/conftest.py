"""The whole product: real processes, real sockets, real terminals.

Every server of these tests ends with the same questions: does it run, did it log an exception, does it stop cleanly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.bystander import Bystander
from tests.e2e.raw_client import OUR_CAPABILITIES, RawClient
from tests.e2e.server_process import ServerProcess
from tests.e2e.tmux import Tmux
from tests.e2e.waiting import until


@pytest.fixture(params=[0, 2], ids=["same-loop", "threads"])
def threads(request: pytest.FixtureRequest) -> int:
    """How many I/O threads the server has."""
    count: int = request.param
    return count


@pytest.fixture
def throttled() -> bool:
    """Whether the server has its rate limits; tests that say many lines parametrise it with False."""
    return True


@pytest.fixture
def server(tmp_path: Path, threads: int, throttled: bool) -> Iterator[ServerProcess]:
    """A server with a journal on disk."""
    with ServerProcess(tmp_path, threads=threads, throttled=throttled) as server:
        yield server
        ends_well(server)


def ends_well(server: ServerProcess) -> None:
    """The server still runs, logged no exception, and stops as asked."""
    assert server.is_alive, f"the server ended with {server.process.returncode}: {server.log}"
    assert server.terminate() == 0
    assert not server.failures, server.log


@pytest.fixture
def tmux() -> Iterator[Tmux]:
    """Terminals."""
    with Tmux() as tmux:
        yield tmux


MEMORY_GROWTH_BYTES_MAX = 8 * 1024 * 1024


@dataclass
class Siege:
    """A server under attack, and the bystander whom it must not harm."""

    server: ServerProcess
    bystander: Bystander
    memory_bytes: int

    def connect(self, nick: str) -> RawClient:
        """An attacker who has registered."""
        return self.stranger().registers(nick, OUR_CAPABILITIES)

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


@pytest.fixture
def siege(server: ServerProcess) -> Iterator[Siege]:
    """A server and a bystander; at the end he was served all the time, and the server is as small as before."""
    with Bystander(server.port) as bystander:
        sockets = server.sockets
        siege = Siege(server, bystander, server.memory_bytes)
        yield siege
        until(lambda: server.sockets <= sockets, "every socket given back")
        until(lambda: server.memory_bytes <= siege.memory_bytes + MEMORY_GROWTH_BYTES_MAX, "the memory given back")
