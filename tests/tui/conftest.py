"""A real server for the tests of a module, and a channel of its own for each of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.e2e.server_process import ServerProcess

NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Place:
    """Where a test takes place: nobody else has its names."""

    url: str
    number: int = field(default_factory=lambda: next(NUMBERS))

    def channel(self, name: str = "tea") -> str:
        """A channel; names sort as their beginnings do."""
        return f"#{name}{self.number}"

    def nick(self, name: str) -> str:
        """A nick."""
        return f"{name}{self.number}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that keeps nothing beyond the module."""
    with ServerProcess(tmp_path_factory.mktemp("server"), memory=True, throttled=False) as server:
        yield server


@pytest.fixture
def place(server: ServerProcess) -> Place:
    """A place on it."""
    return Place(server.url)
