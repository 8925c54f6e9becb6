"""IRC programs and a bot as people run them, against the server as people run it: with its journal on disk and its
rate limits on.

At the end of each test the server still runs, has logged no exception and stops as asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.person import Person
from tests.clients.programs import PROGRAMS, Program
from tests.e2e.conftest import ends_well
from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import ServerProcess
from tests.e2e.tmux import Tmux


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server of its own for each test."""
    with ServerProcess(tmp_path) as server:
        yield server
        ends_well(server)


@pytest.fixture
def tmux() -> Iterator[Tmux]:
    """Terminals."""
    with Tmux() as tmux:
        yield tmux


@pytest.fixture(params=PROGRAMS, ids=lambda program: program.name)
def program(request: pytest.FixtureRequest) -> Program:
    """Each of the IRC programs."""
    found: Program = request.param
    return found


@pytest.fixture
def wendy(server: ServerProcess) -> Iterator[RawClient]:
    """The witness, a bare socket: founder and operator of #lobby. Her lines have no tags, so that they can be compared
    as they are."""
    with RawClient(server.port).registers("wendy", "away-notify").joins("#lobby") as wendy:
        yield wendy


@pytest.fixture
def iris(tmux: Tmux, server: ServerProcess, program: Program, wendy: RawClient) -> Person:
    """Somebody at the program, connected; the witness was there before."""
    return Person(tmux, program, server.port)
