"""All of HTTP at one place: who waits while it loads, who is served, who is passed on, and the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_network

import msgspec
import pytest

from ipcchat.core.peers import Peer
from ipcchat.server.configuration import Configuration
from ipcchat.server.http.service import WebService
from ipcchat.server.http.websocket import WebSocketCodec
from tests.server.conftest import configured
from tests.server.http.web import Far, pair, request, until, wants_websocket


class Host:
    """What the service knows of the shell. `refusing`: why nobody else is let in."""

    def __init__(self) -> None:
        self.admitted: list[Peer] = []
        self.left: list[WebSocketCodec] = []
        self.adopted: list[WebSocketCodec] = []
        self.forgotten: list[WebSocketCodec] = []
        self.refusing = ""

    def admit(self, link: WebSocketCodec, peer: Peer) -> str:
        self.admitted.append(peer)
        if not self.refusing:
            link.peer = peer
        return self.refusing

    def adopt(self, link: WebSocketCodec) -> None:
        self.adopted.append(link)

    def forget(self, link: WebSocketCodec, *, admitted: bool) -> None:
        self.forgotten.append(link)
        if admitted:
            self.left.append(link)


class Place:
    """A service, its host, and who came."""

    def __init__(self, configuration: Configuration) -> None:
        self.host = Host()
        self.configuration = configuration
        self.service = WebService(self.host, configuration, asyncio.get_running_loop())
        self.links: list[WebSocketCodec] = []
        self.far: list[Far] = []

    def connect(self) -> Far:
        link, far = pair()
        self.links.append(link)
        self.far.append(far)
        self.service.serve(link)
        return far


@pytest.fixture
def proxies() -> list[str]:
    """The networks that are trusted."""
    return []


@pytest.fixture
async def place(proxies: list[str]) -> AsyncIterator[Place]:
    configuration = configured()
    networks = tuple(ip_network(each) for each in proxies)
    configuration.loaded = msgspec.structs.replace(
        configuration.loaded, proxies=networks, web_origins=("https://good.example",)
    )
    place = Place(configuration)
    yield place
    place.service.close()
    for link in place.links:
        link.close()
    for far in place.far:
        far.sock.close()


async def test_who_comes_early_waits(place: Place):  # rule 1
    early = place.connect()
    await early.says(request("/nothing"))
    await place.service.load()
    assert (await early.hears_answer()).status == 404
    late = place.connect()
    await late.says(request())
    answer = await late.hears_answer()
    assert (answer.status, answer.fields["content-type"]) == (200, "text/html; charset=utf-8")


async def test_each_is_forgotten_once(place: Place):  # rule 2
    await place.service.load()
    far = place.connect()
    far.sock.close()
    await until(lambda: place.host.forgotten)
    place.service.close()
    assert place.host.forgotten == place.links


async def test_at_the_end_all_are_closed(place: Place):  # rule 2
    early = place.connect()
    place.service.close()
    assert await early.is_cut_off()
    assert place.host.forgotten == place.links


async def test_at_the_end_those_who_are_served_are_closed(place: Place):  # rule 2
    await place.service.load()
    served = place.connect()
    await served.says(request()[:10])
    place.service.close()
    assert await served.is_cut_off()
    assert await place.connect().is_cut_off()
    assert place.host.forgotten == place.links


async def test_what_cannot_be_loaded_is_waited_for_by_nobody(place: Place, monkeypatch: pytest.MonkeyPatch):
    def lacking() -> None:
        raise ImportError("no such module")

    monkeypatch.setattr(place.service, "_new_maker", lacking)
    early = place.connect()
    with pytest.raises(ImportError):
        await place.service.load()
    assert await early.is_cut_off()
    assert await place.connect().is_cut_off()
    assert place.host.forgotten == place.links


async def test_a_websocket_is_passed_on(place: Place):  # rule 2
    await place.service.load()
    far = place.connect()
    await far.says(wants_websocket() + b"\x81\x86\0\0\0\0PING x")
    assert (await far.hears_answer()).status == 101
    assert place.host.adopted == place.links
    (link,) = place.links
    assert link.opcode == 1
    assert [str(message) for message in link.take(9)] != []
    place.service.close()
    assert not place.host.forgotten
    assert link.sock.fileno() >= 0


@pytest.mark.parametrize(("origin", "status"), [("https://good.example", 101), ("https://evil.example", 403)])
async def test_origins_are_those_of_the_settings(place: Place, origin: str, status: int):
    await place.service.load()
    far = place.connect()
    await far.says(wants_websocket("/ws", f"Origin: {origin}"))
    assert (await far.hears_answer()).status == status
    assert len(place.host.adopted) == (status == 101)


@pytest.mark.parametrize("proxies", [["192.0.2.1"]])
async def test_a_proxy_says_for_whom_it_asks(place: Place):
    await place.service.load()
    far = place.connect()
    await far.says(wants_websocket("/ws", "X-Forwarded-For: 198.51.100.7", "X-Forwarded-Proto: https"))
    assert (await far.hears_answer()).status == 101
    assert place.host.admitted == [Peer("198.51.100.7", secure=True)]
    assert place.links[0].peer == Peer("198.51.100.7", secure=True)


@pytest.mark.parametrize("proxies", [["192.0.2.1"]])
async def test_who_is_not_admitted_behind_a_proxy_hears_why(place: Place):
    place.host.refusing = "You are banned"
    await place.service.load()
    far = place.connect()
    await far.says(wants_websocket("/ws", "X-Forwarded-For: 198.51.100.7", "X-Forwarded-Proto: https"))
    answer = await far.hears_answer()
    assert (answer.status, answer.body) == (503, b"You are banned\n")
    assert "strict-transport-security" in answer.fields
    far.sock.close()
    await until(lambda: place.host.forgotten)
    assert place.links[0].peer == Peer("192.0.2.1")
    assert not place.host.adopted and not place.host.left


async def test_who_only_reads_pages_is_not_asked_who_he_is(place: Place):
    await place.service.load()
    for wanted, status in ((request(), 200), (wants_websocket("/nothing-here"), 404)):
        far = place.connect()
        await far.says(wanted)
        assert (await far.hears_answer()).status == status
        far.sock.close()
    await until(lambda: len(place.host.forgotten) == 2)
    assert not place.host.admitted and not place.host.left


async def test_who_is_gone_before_he_is_passed_on_is_let_go(place: Place):
    await place.service.load()
    far = place.connect()
    place.links[0].send = unwilling
    await far.says(wants_websocket("/ws"))
    await until(lambda: place.host.admitted)
    place.service.close()
    await until(lambda: place.host.forgotten)
    assert place.host.left == place.links and not place.host.adopted


def unwilling(written: bytes) -> int:
    """A socket that takes nothing."""
    raise BlockingIOError


async def test_nobody_else_is_believed(place: Place):
    await place.service.load()
    far = place.connect()
    await far.says(wants_websocket("/ws", "X-Forwarded-For: 198.51.100.7"))
    assert (await far.hears_answer()).status == 101
    assert place.host.admitted == [Peer("192.0.2.1")]


async def test_settings_that_are_read_again_count_at_once(place: Place):
    await place.service.load()
    configuration = place.configuration
    configuration.loaded = msgspec.structs.replace(configuration.loaded, web_origins=())
    far = place.connect()
    await far.says(wants_websocket("/ws", "Origin: https://good.example"))
    assert (await far.hears_answer()).status == 403


@pytest.mark.parametrize(("proxies", "status"), [([], 403), (["192.0.2.1"], 101)])
async def test_a_name_of_somebody_else_is_looked_at_where_no_proxy_does(place: Place, status: int):
    await place.service.load()
    far = place.connect()
    await far.says(wants_websocket("/ws", "Origin: http://chat.example"))
    assert (await far.hears_answer()).status == status
