"""What the tests with the real server share: one browser and one server for a module, people for a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.browsing import People, WebServer, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One Chromium for all tests of a module."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """One server for all tests of a module; it ends well."""
    with WebServer(tmp_path_factory.mktemp("server"), memory=True) as started:
        yield started
        ends_well(started)


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[WebServer]:
    """A server with its journal on disk, for one test that kills it."""
    with WebServer(tmp_path) as started:
        yield started
        ends_well(started)


@pytest.fixture
def people(browser: Any, server: WebServer) -> Iterator[People]:
    """Who is there; their pages must be silent."""
    found = People(browser, server)
    yield found
    found.leave()


def ends_well(server: WebServer) -> None:
    """It runs, logged no exception, and stops as asked."""
    assert server.is_alive, server.log
    assert server.terminate() == 0
    assert not server.failures, server.log
