"""The admin listener: its three answers, nothing else, for this machine alone (http/admin.py)."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from ipcchat.server import doors
from ipcchat.server.addresses import EXIT_CONFIGURATION, EXIT_UNAVAILABLE, Address, ListenError
from ipcchat.server.doors import open_admin_listeners
from ipcchat.server.exposition import CONTENT_TYPE
from ipcchat.server.http import admin
from ipcchat.server.http.admin import AdminListener, AdminService, application
from ipcchat.server.http.fields import GUARDS
from ipcchat.server.settings import Loaded, load
from tests.server.conftest import configured
from tests.server.http.web import Far, ask, request, wants_websocket


class Told:
    """Answers as a test wants them."""

    def __init__(self) -> None:
        self.reason = ""

    async def unready(self) -> str:
        return self.reason

    async def metrics(self) -> str:
        return "# HELP x y\n"


class Place:
    """A service on a listener, and who came."""

    def __init__(self) -> None:
        self.told = Told()
        self.service = AdminService(self.told, configured(), asyncio.get_running_loop())
        self.listener = AdminListener(Address("127.0.0.1", 0, "http"))
        self.far: list[Far] = []

    def connect(self) -> Far:
        far = Far(socket.create_connection(("127.0.0.1", self.listener.address.port)))
        self.far.append(far)
        ((sock, peer),) = self.listener.accept()
        self.service.welcome(self.listener, sock, peer)
        return far


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    place = Place()
    await place.service.load()
    yield place
    place.service.close()
    place.listener.close()
    for far in place.far:
        far.sock.close()


# The answers.


async def test_it_is_there():
    answer = await ask(application(Told()), "/healthz")
    assert (answer.status, answer.body) == (200, b"ok\n")
    assert answer.fields["cache-control"] == "no-store"
    assert GUARDS.items() <= answer.fields.items()


async def test_ready_or_not():
    told = Told()
    app = application(told)
    answer = await ask(app, "/readyz")
    assert (answer.status, answer.body) == (200, b"ready\n")
    told.reason = "the disk is full"
    answer = await ask(app, "/readyz")
    assert (answer.status, answer.body) == (503, b"the disk is full\n")
    assert answer.fields["cache-control"] == "no-store"


async def test_the_metrics_and_their_format():
    answer = await ask(application(Told()), "/metrics")
    assert (answer.status, answer.body) == (200, b"# HELP x y\n")
    assert answer.fields["content-type"] == CONTENT_TYPE == "text/plain; version=0.0.4; charset=utf-8"


@pytest.mark.parametrize(
    "path", ["/", "/index.html", "/ws", "/metrics/", "/healthz/x", "/METRICS", "/%2e%2e/metrics", "//metrics"]
)
async def test_nothing_else(path: str):
    assert (await ask(application(Told()), path)).status == 404


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_it_is_only_read(path: str):
    for method in ("POST", "PUT", "DELETE"):
        assert (await ask(application(Told()), path, method=method)).status == 405
    assert (await ask(application(Told()), path, method="HEAD")).status == 200


# The connections.


async def test_over_a_connection(place: Place):
    far = place.connect()
    await far.says(request("/healthz") + request("/metrics"))
    assert (await far.hears_answer()).body == b"ok\n"
    assert (await far.hears_answer()).body == b"# HELP x y\n"


async def test_there_is_no_websocket(place: Place):
    for path in ("/ws", "/", "/metrics"):
        far = place.connect()
        await far.says(wants_websocket(path))
        assert (await far.hears_answer()).status == 404
        assert await far.is_cut_off()


async def test_many_connections_are_not_too_many_for_ever(place: Place, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(admin, "CONNECTIONS_MAX", 2)
    first, second, third = (place.connect() for _ in range(3))
    assert (await third.hears_answer()).status == 503
    first.sock.close()
    async with asyncio.timeout(5):
        while True:
            far = place.connect()
            await far.says(request("/healthz"))
            if (await far.hears_answer()).status == 200:
                break
    await second.says(request("/healthz"))
    assert (await second.hears_answer()).status == 200


async def test_at_the_end_all_are_closed(place: Place):
    far, idle = place.connect(), place.connect()
    await far.says(request("/healthz"))
    await far.hears_answer()
    place.service.close()
    assert await far.is_cut_off() and await idle.is_cut_off()
    place.service.close()


async def test_who_comes_while_it_is_loaded_waits():
    place = Place()
    far = place.connect()
    await far.says(request("/healthz"))
    await place.service.load()
    assert (await far.hears_answer()).body == b"ok\n"
    place.service.close()
    place.listener.close()
    far.sock.close()


# Where it listens.


Settings = Callable[[str], Loaded]
CHOSEN = '[server]\nlisten = ["irc://127.0.0.1:0"]\n'


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a file of this text."""

    def made(text: str) -> Loaded:
        file = tmp_path / "server.toml"
        file.write_text(text)
        loaded = load(file, {})
        assert isinstance(loaded, Loaded), loaded
        return loaded

    return made


def admin_at(*urls: str, beyond: bool = False) -> str:
    """A section of the file."""
    return f"[admin]\nlisten = {json.dumps(urls)}\n" + ("beyond_loopback = true\n" if beyond else "")


def opened(loaded: Loaded) -> list[str]:
    """Where a server with these settings is asked how it is."""
    listeners = open_admin_listeners(loaded)
    for listener in listeners:
        listener.close()
    return [listener.address.url for listener in listeners]


@pytest.fixture
def usual(monkeypatch: pytest.MonkeyPatch) -> Address:
    """The usual place, at a port that is free here."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = Address("127.0.0.1", free.getsockname()[1], "http")
    monkeypatch.setattr(doors, "ADMIN_ADDRESS", address)
    return address


def test_the_usual_place():
    assert doors.ADMIN_ADDRESS.url == "http://127.0.0.1:9464"


def test_a_server_that_nobody_told_where_to_listen_has_it_in_the_usual_place(settings: Settings, usual: Address):
    assert opened(settings("")) == [usual.url]


def test_when_that_is_taken_it_goes_on_without_and_says_nothing(
    settings: Settings, usual: Address, captured: pytest.LogCaptureFixture
):
    with socket.create_server(("127.0.0.1", usual.port)):
        assert opened(settings("")) == []
    assert not captured.records


def test_who_says_where_to_listen_says_this_too(settings: Settings, usual: Address):
    assert opened(settings(CHOSEN)) == []
    assert len(opened(settings(CHOSEN + admin_at("http://127.0.0.1:0", "http://127.0.0.2:0")))) == 2


def test_nowhere_can_be_said(settings: Settings, usual: Address):
    assert opened(settings(admin_at())) == []


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]"])
def test_an_address_that_others_can_reach_needs_a_word_more(settings: Settings, host: str):
    with pytest.raises(ListenError, match=r"admin\.beyond_loopback = true") as caught:
        open_admin_listeners(settings(admin_at(f"http://{host}:0")))
    assert caught.value.exit_code == EXIT_CONFIGURATION
    assert len(opened(settings(admin_at(f"http://{host}:0", beyond=True)))) == 1


def test_all_or_none(settings: Settings):
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as other:
        free = other.getsockname()[1]
        other.close()
        places = [f"http://127.0.0.1:{port}" for port in (free, taken.getsockname()[1])]
        with pytest.raises(ListenError) as caught:
            open_admin_listeners(settings(admin_at(*places)))
        assert caught.value.exit_code == EXIT_UNAVAILABLE
        socket.create_server(("127.0.0.1", free)).close()


@pytest.mark.parametrize("url", ["https://127.0.0.1:9464", "http://127.0.0.1", "irc://127.0.0.1:9464", "http://h:1/x"])
def test_what_is_no_place_for_it(tmp_path: Path, url: str):
    file = tmp_path / "server.toml"
    file.write_text(admin_at(url))
    found = load(file, {})
    assert isinstance(found, list)
    assert "admin.listen: expected http://HOST:PORT" in str(found[0])
