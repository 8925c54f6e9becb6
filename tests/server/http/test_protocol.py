"""HTTP/1.1 with our limits, over socket pairs: heads, bodies, one request behind the other. HOSTILE S06, W09."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.server import ServerState

from ipcchat.core.peers import Peer
from ipcchat.server.http import protocol as module
from ipcchat.server.http.application import Guarded, application
from ipcchat.server.http.fields import FIELDS_MAX, GUARDS, HEAD_BYTES_MAX
from ipcchat.server.http.handshake import Handshake, shake_hands
from ipcchat.server.http.pages import Page
from ipcchat.server.http.protocol import HTTPProtocol
from ipcchat.server.http.transport import HTTPTransport
from ipcchat.server.http.websocket import WebSocketCodec
from tests.server.http.web import Answer, Far, pair, request, until, wants_websocket

PAGES = {
    path: Page("text/html", body, body, f'"{path}"') for path, body in (("/", b"front"), ("/big", b"x" * 2_000_000))
}


class Service:
    """What the protocol asks: every page may have a WebSocket. `passed` are those that left HTTP."""

    def __init__(self) -> None:
        self.passed: list[tuple[int, bytes]] = []
        self.links: list[WebSocketCodec] = []

    def peer_of(self, link: WebSocketCodec, fields: list[tuple[bytes, bytes]]) -> Peer:
        return link.peer

    def shake_hands(self, link: WebSocketCodec, path: str, fields: list[tuple[bytes, bytes]]) -> Handshake:
        return shake_hands(path, fields, (), secure=False)

    def pass_on(self, link: WebSocketCodec, opcode: int, received: bytes) -> None:
        self.passed.append((opcode, received))
        self.links.append(link)


class Server:
    """Connections served by the real protocol, with an application of the test's."""

    def __init__(self) -> None:
        self.app: ASGIApp = application(PAGES)
        self.service = Service()
        self.gone: list[str] = []
        self.state = ServerState()
        self.keep_alive = 30
        self._transports: list[HTTPTransport] = []
        self._far: list[Far] = []

    def connect(self, send_buffer: int = 0) -> Far:
        config = Config(
            self.app,
            lifespan="off",
            log_config=None,
            log_level="critical",
            ws="none",
            server_header=False,
            date_header=False,
            timeout_keep_alive=self.keep_alive,
            h11_max_incomplete_event_size=HEAD_BYTES_MAX,
        )
        config.load()
        loop = asyncio.get_running_loop()
        link, far = pair(send_buffer)
        others = {"config": config, "server_state": self.state, "app_state": {}, "_loop": loop}
        make = lambda: HTTPProtocol(self.service, **others)  # type: ignore[arg-type]  # noqa: E731
        self._transports.append(HTTPTransport(loop, link, make, lambda _, reason: self.gone.append(reason)))
        self._far.append(far)
        return far

    def close(self) -> None:
        for transport in self._transports:
            transport.abort()
        for link in self.service.links:
            link.close()
        for far in self._far:
            far.sock.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    yield server
    server.close()
    await until(lambda: not server.state.tasks and not server.state.connections)


async def is_refused(far: Far, status: int) -> Answer:
    """The answer has this status, is guarded like any, and the connection ends."""
    answer = await far.hears_answer()
    assert answer.status == status
    assert GUARDS.items() <= answer.fields.items()
    assert await far.hears_all() == b""
    return answer


async def test_one_request_after_the_other(server: Server):
    far = server.connect()
    for _ in range(3):
        await far.says(request())
        answer = await far.hears_answer()
        assert (answer.status, answer.body) == (200, b"front")
    assert not server.gone


async def test_requests_at_once_are_answered_in_order(server: Server):
    far = server.connect()
    await far.says(request("/big") + request("/nothing") + request(method="HEAD") + request()[:20], request()[20:])
    assert (await far.hears_answer()).body == PAGES["/big"].body
    assert (await far.hears_answer()).status == 404
    assert (await far.hears_answer(headless=True)).fields["content-length"] == "5"
    assert (await far.hears_answer()).body == b"front"


@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_who_wants_one_answer_gets_one(server: Server, version: str):
    far = server.connect()
    await far.says(request("/", *["Connection: close"] * (version == "1.1"), version=version))
    assert (await far.hears_answer()).body == b"front"
    assert await far.is_cut_off()


async def test_half_closed_behind_a_request(server: Server):  # nc -N
    far = server.connect(4_096)
    await far.says(request("/big") + request())
    far.says_its_last()
    assert (await far.hears_answer()).body == PAGES["/big"].body
    assert (await far.hears_answer()).body == b"front"
    assert await far.hears_all() == b""
    await until(lambda: server.gone)


async def test_half_closed_without_a_whole_request(server: Server):
    far = server.connect()
    await far.says(request()[:-2])
    far.says_its_last()
    assert await far.hears_all() == b""


# What is too long.


@pytest.mark.parametrize("cut", [1_000, 100_000])
async def test_a_head_that_is_too_long(server: Server, cut: int):  # W09
    far = server.connect()
    whole = request("/", "X: " + "y" * HEAD_BYTES_MAX)
    await far.says(*[whole[place : place + cut] for place in range(0, len(whole), cut)])
    assert (await far.hears_answer()).status == 431


async def test_a_head_without_end(server: Server):  # W09
    far = server.connect()
    await far.says(b"GET / HTTP/1.1\r\nX: " + b"y" * (HEAD_BYTES_MAX + 1))
    await is_refused(far, 400)


async def test_too_many_fields(server: Server):  # W09
    far = server.connect()
    await far.says(request("/", *["X: y"] * FIELDS_MAX))
    assert (await far.hears_answer()).status == 431


@pytest.mark.parametrize(
    "said",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"NICK ann\r\nUSER ann 0 * :Ann\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\nX\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /ä HTTP/1.1\r\nHost: a\r\n\r\n".encode(),
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1e9\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_answered_once(server: Server, said: bytes):  # rule 4, W09
    far = server.connect()
    await far.says(said + request())
    await is_refused(far, 400)


# What is too slow.


async def test_who_says_nothing_is_told_nothing(server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "HEAD_SECONDS_MAX", 0.05)
    assert await server.connect().hears_all() == b""


async def test_a_head_that_is_too_slow(server: Server, monkeypatch: pytest.MonkeyPatch):  # S06
    monkeypatch.setattr(module, "HEAD_SECONDS_MAX", 0.1)
    far = server.connect()
    drip = asyncio.get_running_loop().create_task(dripping(far, b"GET / HTTP/1.1\r\nX: " + b"y" * 2_000))
    await is_refused(far, 408)
    drip.cancel()


async def dripping(far: Far, said: bytes) -> None:
    """Say it a byte at a time, until nobody listens."""
    for place in range(len(said)):
        try:
            await far.says(said[place : place + 1])
        except OSError:
            return
        await asyncio.sleep(0.005)


async def test_the_next_head_has_its_own_time(server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "HEAD_SECONDS_MAX", 0.1)
    far = server.connect()
    await far.says(request() + request()[:-2])
    assert (await far.hears_answer()).status == 200
    await is_refused(far, 408)


async def test_between_requests_there_is_more_time(server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "HEAD_SECONDS_MAX", 0.05)
    server.keep_alive = 1
    far = server.connect()
    began = asyncio.get_running_loop().time()
    await far.says(request())
    assert (await far.hears_answer()).status == 200
    assert await far.hears_all() == b""
    assert asyncio.get_running_loop().time() - began > 0.9


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that says what it was sent."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message["body"]
        if not message["more_body"]:
            break
    fields = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": body})


async def test_a_body_comes_at_its_pace(server: Server):
    server.app = Guarded(echo)
    far = server.connect()
    await far.says(request("/", "Content-Length: 6", method="POST"), b"abc", b"def")
    assert (await far.hears_answer()).body == b"abcdef"
    chunks = b"3\r\nabc\r\n", b"2\r\nde\r\n0\r\n\r\n"
    await far.says(request("/", "Transfer-Encoding: chunked", method="POST"), *chunks)
    assert (await far.hears_answer()).body == b"abcde"


async def test_a_body_that_is_too_slow(server: Server, monkeypatch: pytest.MonkeyPatch):  # rule 1
    monkeypatch.setattr(module, "BODY_SECONDS_MAX", 0.2)
    server.app = Guarded(echo)
    far = server.connect()
    await far.says(request("/", "Content-Length: 5000", method="POST"))
    drip = asyncio.get_running_loop().create_task(dripping(far, b"y" * 1_000))
    await is_refused(far, 408)
    drip.cancel()


async def test_a_body_that_is_fast_enough_may_be_long(server: Server, monkeypatch: pytest.MonkeyPatch):  # rule 1
    monkeypatch.setattr(module, "BODY_SECONDS_MAX", 0.2)
    monkeypatch.setattr(module, "BODY_BYTES_PER_SECOND_MIN", 10)
    server.app = Guarded(echo)
    far = server.connect()
    await far.says(request("/", "Content-Length: 100", method="POST"))
    await dripping(far, b"y" * 100)
    assert (await far.hears_answer()).body == b"y" * 100


async def test_a_body_that_nobody_wants_is_not_waited_for(server: Server):  # rule 2
    far = server.connect()
    await far.says(request("/", "Content-Length: 1000000000", method="POST") + b"x" * 1_000)
    assert (await far.hears_answer()).status == 405
    assert await far.is_cut_off()


async def test_a_body_that_is_here_already_ends_nothing(server: Server):
    far = server.connect()
    await far.says(request("/", "Content-Length: 5", method="POST", body=b"12345") + request())
    assert (await far.hears_answer()).status == 405
    assert (await far.hears_answer()).body == b"front"


@pytest.mark.parametrize("together", [True, False])
async def test_a_body_that_is_no_http(server: Server, together: bool):  # rule 4, W09
    head, body = request("/", "Transfer-Encoding: chunked", method="POST"), b"zz\r\nwhat\r\n"
    server.app = Guarded(echo)
    far = server.connect()
    await far.says(*([head + body] if together else [head, body]))
    await is_refused(far, 400)


async def test_a_body_that_is_no_http_behind_the_answer(server: Server):  # rule 4, W09
    async def hasty(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
        await send({"type": "http.response.body", "body": b"early", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        await send({"type": "http.response.body", "body": b""})

    server.app = hasty
    far = server.connect()
    await far.says(request("/", "Transfer-Encoding: chunked", method="POST"))
    assert (await far.hears_answer()).body == b"early"
    await far.says(b"zz\r\nwhat\r\n")
    assert await far.hears_all() == b""


async def test_a_reader_who_goes_away_stops_the_answer(server: Server):
    told: list[Message] = []

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while (await receive())["type"] != "http.disconnect":
            await send({"type": "http.response.body", "body": b"x" * 1_000_000, "more_body": True})
        told.append({"type": "http.disconnect"})

    server.app = endless
    far = server.connect(4_096)
    await far.says(request())
    assert await far.hears_some()
    far.sock.close()
    await until(lambda: told)


async def test_a_reader_who_is_gone_before_the_answer(server: Server, captured: pytest.LogCaptureFixture):
    """The first write finds it out, in the middle of an answer: that is nobody's mistake."""
    far = server.connect()
    await far.says(request() * 50)
    far.sock.close()
    await until(lambda: server.gone and not server.state.tasks)
    assert not captured.records


# Leaving for a WebSocket.


async def test_a_websocket_leaves_with_what_came_behind_the_head(server: Server):  # rule 3
    far = server.connect()
    await far.says(wants_websocket() + b"frames")
    assert (await far.hears_answer()).status == 101
    assert server.service.passed == [(1, b"frames")]
    await far.says(b"more")
    assert server.service.links[0].receive(100) == b"more"
    assert not server.gone


async def test_a_websocket_on_a_connection_that_was_kept(server: Server, monkeypatch: pytest.MonkeyPatch):  # rule 3
    monkeypatch.setattr(module, "HEAD_SECONDS_MAX", 0.05)
    server.keep_alive = 0
    far = server.connect(4_096)
    await far.says(request("/big") + wants_websocket("/ws", "Sec-WebSocket-Protocol: binary.ircv3.net") + b"frames")
    assert (await far.hears_answer()).body == PAGES["/big"].body
    assert (await far.hears_answer()).status == 101
    await until(lambda: server.service.passed)
    assert server.service.passed == [(2, b"frames")]
    assert await server.connect().hears_all() == b""  # Whoever came later was given up: no timer was left behind.
    assert not server.gone
    assert server.service.links[0].sock.fileno() >= 0


async def test_a_refused_websocket_ends_the_connection(server: Server):
    far = server.connect()
    await far.says(wants_websocket("/nowhere") + b"frames")
    await is_refused(far, 404)
    assert not server.service.passed


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (wants_websocket(method="POST"), 405),
        (wants_websocket(version="1.0"), 404),
        (wants_websocket("/ws", "Content-Length: 3") + b"abc", 404),
        (wants_websocket("/ws", "Transfer-Encoding: chunked") + b"0\r\n\r\n", 404),
        (request("/ws", "Upgrade: h2c", "Connection: Upgrade"), 404),
        (request("/ws", "Upgrade: websocket"), 404),
    ],
)
async def test_what_is_no_request_for_a_websocket(server: Server, asked: bytes, status: int):  # rule 3, RFC 6455 4.1
    far = server.connect()
    await far.says(asked)
    assert (await far.hears_answer()).status == status
    assert not server.service.passed


async def test_a_websocket_without_a_body_may_say_so(server: Server):
    far = server.connect()
    await far.says(wants_websocket("/ws", "Content-Length: 0"))
    assert (await far.hears_answer()).status == 101
