"""Hostile inputs, each row of docs/hostile-input.md as tests with its name: test_F01_..., test_A03_...

A row that asks for `siege` is held to the common post-condition (siege.py) when it ends. What a person would have to
wait for is shortened by `configuration`, with a comment; HOSTILE_FULL=1 gives the full numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.bystander import Bystander
from tests.e2e.server_process import ServerProcess
from tests.hostile.siege import Siege, ends_well


@pytest.fixture(params=[0, 2], ids=["same-loop", "threads"])
def threads(request: pytest.FixtureRequest) -> int:
    """How many I/O threads the server has."""
    count: int = request.param
    return count


@pytest.fixture
def throttled() -> bool:
    """Whether the server has its rate limits; rows that say many lines parametrise it with False."""
    return True


@pytest.fixture
def configuration() -> str:
    """The configuration file; rows that need one parametrise it."""
    return ""


@pytest.fixture
def server(tmp_path: Path, threads: int, throttled: bool, configuration: str) -> Iterator[ServerProcess]:
    """A server with a journal on disk, which ends well."""
    file = tmp_path / "server.toml"
    file.write_text(configuration)
    with ServerProcess(tmp_path, "--config", str(file), threads=threads, throttled=throttled) as server:
        yield server
        ends_well(server)


@pytest.fixture
def siege(server: ServerProcess) -> Iterator[Siege]:
    """A server and a bystander, and afterwards nothing else."""
    with Bystander(server.port) as bystander:
        siege = Siege(server, bystander)
        siege.warm_up()
        siege.measure()
        yield siege
        siege.leaves_nothing()
