"""The whole product: real processes, real sockets, real terminals.

Every server of these tests ends with the same questions: does it run, did it log an exception, does it stop cleanly.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.server_process import ServerProcess
from tests.e2e.tmux import Tmux


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
