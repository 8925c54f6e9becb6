"""One POST to elsewhere: only where it may go, to the address that was looked at, and never without an end (hostile
input I10)."""

from __future__ import annotations

import asyncio
import socket
import ssl
from ipaddress import ip_network
from typing import Any

import pytest
import trustme

from ipcchat.server import outbound
from ipcchat.server.outbound import ANSWER_BYTES_MAX, post
from ipcchat.server.outbound_answers import Forbidden, OutboundError
from tests.server.elsewhere import STALL, Elsewhere, answer, elsewhere

HERE = [ip_network("127.0.0.0/8")]
AUTHORITY = trustme.CA()


def trusted() -> ssl.SSLContext:
    """Who trusts the authority of this test."""
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


def certified(name: str) -> ssl.SSLContext:
    """A place of that name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture
async def place():
    async with elsewhere() as place:
        yield place


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch):
    """Says where names are: the addresses of each in turn, the last for ever."""
    known: dict[str, list[list[str]]] = {}
    asked: list[str] = []

    async def getaddrinfo(self: Any, host: str, port: int, **others: Any) -> list[Any]:
        name = host if isinstance(host, str) else host.decode()
        asked.append(name)
        turns = known[name]
        found = turns.pop(0) if turns[1:] else turns[0]
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
            for each in found
        ]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)
    known["asked"] = [asked]
    return known


async def test_what_is_sent_and_what_is_answered(place: Elsewhere):
    place.answers = [answer(201, b'{"text": "thanks"}', "application/json", "X-More: 1\r\n")]
    found = await post(place.url + "?a=b", b"body", {"content-type": "text/plain"}, timeout=5, networks=HERE)
    assert (found.status, found.body) == (201, b'{"text": "thanks"}')
    assert found.headers["content-type"] == "application/json"
    (came,) = place.came
    assert (came.first, came.body) == ("POST /chat?a=b HTTP/1.1", b"body")
    assert came.headers == {
        "host": f"127.0.0.1:{place.port}",
        "accept-encoding": "identity",
        "connection": "close",
        "content-type": "text/plain",
        "content-length": "4",
    }


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{}/",
        "http://localhost:{}/",
        "https://127.0.0.1:{}/",
        "https://127.1:{}/",
        "https://2130706433:{}/",
        "https://0x7f000001:{}/",
        "https://0177.0.0.1:{}/",
        "https://[::ffff:127.0.0.1]:{}/",
        "https://[::1]:{}/",
        "https://0:{}/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:169.254.169.254]/",
        "https://[fe80::1%25eth0]/",
        "http://1.1.1.1/",
    ],
)
async def test_nothing_is_sent_to_what_is_not_the_internet(place: Elsewhere, url):
    with pytest.raises(OutboundError):
        await post(url.format(place.port), b"", {}, timeout=5)
    assert place.came == []


@pytest.mark.parametrize(
    "url",
    [
        "ftp://1.1.1.1/",
        "https://",
        "https:///path",
        "//1.1.1.1/",
        "https://ann@1.1.1.1/",
        "https://ann:secret@1.1.1.1/",
        "https://1.1.1.1:22/",
        "https://1.1.1.1:0/",
        "https://1.1.1.1:70000/",
        "https://[1.1.1.1/",
        "https://1.1.1.1/\r\nX: y",
        "https://1.1.1.1/ HTTP/1.1",
        "https://1.1.1.1/ä",
        "file:///etc/passwd",
        "unix:///run/x",
    ],
)
async def test_what_is_no_url_for_this_is_refused(url):
    with pytest.raises(Forbidden):
        await post(url, b"", {}, timeout=5, networks=HERE)


async def test_no_header_is_two(place: Elsewhere):
    with pytest.raises(OutboundError):
        await post(place.url, b"", {"x": "1\r\nY: 2"}, timeout=5, networks=HERE)
    assert place.came == []


async def test_a_redirect_is_an_answer_and_nothing_more(place: Elsewhere):
    async with elsewhere() as other:
        place.answers = [answer(307, more=f"Location: {other.url}\r\n")]
        assert (await post(place.url, b"", {}, timeout=5, networks=HERE)).status == 307
        assert other.came == []


async def test_a_proxy_of_the_environment_is_not_asked(place: Elsewhere, monkeypatch):
    async with elsewhere() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert (await post(place.url, b"", {}, timeout=5, networks=HERE)).status == 200
        assert proxy.came == []


async def test_a_name_is_asked_once_and_that_address_it_is(place: Elsewhere, resolver):
    resolver["rebinding.example"] = [["127.0.0.1"], ["10.0.0.1"]]
    await post(f"http://rebinding.example:{place.port}/", b"", {}, timeout=5, networks=HERE)
    assert place.came[0].headers["host"] == f"rebinding.example:{place.port}"
    assert resolver["asked"][0] == ["rebinding.example"]


@pytest.mark.parametrize("addresses", [["1.1.1.1", "127.0.0.1"], ["127.0.0.1"], ["::ffff:127.0.0.1"], ["::1"]])
async def test_one_bad_address_refuses_all(place: Elsewhere, resolver, addresses):
    resolver["mixed.example"] = [addresses]
    with pytest.raises(Forbidden, match="is not on the internet"):
        await post(f"https://mixed.example:{place.port}/", b"", {}, timeout=5)
    assert place.came == []


async def test_where_the_first_address_is_dead_the_next_is_tried(place: Elsewhere, resolver):
    resolver["two.example"] = [["127.0.0.2", "127.0.0.1"]]
    assert (await post(f"http://two.example:{place.port}/", b"", {}, timeout=5, networks=HERE)).status == 200


async def test_tls_is_checked_against_the_name(resolver):
    async with elsewhere(certified("good.example")) as place:
        for name in ("good.example", "bad.example"):
            resolver[name] = [["127.0.0.1"]]
        url = f"https://good.example:{place.port}/"
        found = await post(url, b"x", {}, timeout=5, networks=HERE, authorities=trusted())
        assert found.status == 200
        with pytest.raises(OutboundError, match="certificate"):
            await post(url.replace("good", "bad"), b"x", {}, timeout=5, networks=HERE, authorities=trusted())
        with pytest.raises(OutboundError, match="certificate"):
            await post(url, b"x", {}, timeout=5, networks=HERE)
        assert len(place.came) == 1


async def test_who_does_not_answer_is_left(place: Elsewhere):
    place.always = STALL
    with pytest.raises(OutboundError, match=r"within 0\.2 seconds"):
        await post(place.url, b"", {}, timeout=0.2, networks=HERE)


async def test_much_is_not_read_to_its_end(place: Elsewhere):
    place.always = answer(200, b"x" * (ANSWER_BYTES_MAX * 20))
    found = await post(place.url, b"", {}, timeout=5, networks=HERE)
    assert found.body == b"x" * ANSWER_BYTES_MAX


@pytest.mark.parametrize("said", [b"SSH-2.0-x\r\n", b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"])
async def test_what_is_no_answer_is_none(place: Elsewhere, said):
    place.always = said
    with pytest.raises(OutboundError, match="broke off"):
        await post(place.url, b"", {}, timeout=5, networks=HERE)


async def test_nobody_there_and_nobody_knows_where(resolver, monkeypatch):
    resolver["here.example"] = [["127.0.0.1"]]
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(OutboundError, match="cannot be reached"):
            await post(f"http://here.example:{port}/", b"", {}, timeout=5, networks=HERE)

    async def nobody_knows(self: Any, *place: Any, **others: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", nobody_knows)
    with pytest.raises(OutboundError, match=r"nobody knows where nowhere\.example is"):
        await post("https://nowhere.example/", b"", {}, timeout=5)


async def test_a_resolver_that_takes_its_time(monkeypatch):
    async def slow(self: Any, *place: Any, **others: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", slow)
    monkeypatch.setattr(outbound, "CONNECT_SECONDS_MAX", 0.1)
    with pytest.raises(OutboundError, match=r"nobody said in time where slow\.example is"):
        await post("https://slow.example/", b"", {}, timeout=5)
