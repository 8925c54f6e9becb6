"""W01 to W11: what comes by WebSocket and HTTP. The parts without sockets have their own tests in tests/server/http."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.frames import Frame, Opcode

from tests.e2e.bystander import Bystander
from tests.e2e.raw_client import OUR_CAPABILITIES, RawClient, commands
from tests.e2e.web_house import WebHouse, hears_answer, hears_rest
from tests.e2e.websocket_client import BINARY, TEXT, WebSocketClient
from tests.hostile.siege import Siege, ends_well

OURS = "https://good.example"
PROXY, CLAIMED = "127.0.0.5", "198.51.100.7"
CROWD = 100


@pytest.fixture
def configuration() -> str:
    """One other place may connect; a proxy says for whom it asks."""
    return f'[server]\nweb_origins = ["{OURS}"]\nproxies = ["{PROXY}"]\n'


@pytest.fixture
def server(tmp_path: Path, threads: int, throttled: bool, configuration: str) -> Iterator[WebHouse]:
    with WebHouse(tmp_path, configuration, threads=threads, throttled=throttled) as server:
        yield server
        ends_well(server)


@pytest.fixture
def siege(server: WebHouse) -> Iterator[Siege]:
    """A server whose HTTP is loaded and has done a little of everything once."""
    with Bystander(server.port) as bystander:
        siege = Siege(server, bystander)
        siege.warm_up()
        for scheme in ("http", "https"):
            with server.web(scheme=scheme).registers("browser", OUR_CAPABILITIES).joins("#warm") as web:
                web.pings(b"?")
                web.hears_pong(b"?")
                web.sends(Frame(Opcode.TEXT, b"\xff").serialize(mask=True))
                web.hears_end()
            with server.web(scheme=scheme, path="/nowhere") as nowhere:
                assert nowhere.status == 404
            answer_to(server, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", scheme)
            answer_to(server, b"nonsense\r\n\r\n", scheme)
        siege.is_left_alone()
        siege.measure()
        yield siege
        siege.leaves_nothing()


def answer_to(server: WebHouse, request: bytes, scheme: str = "http") -> tuple[int, dict[str, str]]:
    """Status and fields of the answer to these bytes, behind which the connection ends."""
    with server.dial(scheme) as sock:
        sock.sendall(request)
        status, fields, _ = hears_answer(sock)
        assert hears_rest(sock) == b""
    return status, fields


def frame(payload: bytes, opcode: int = 0x1, *, first: int = 0x80, masked: bool = True) -> bytes:
    """A client's short frame, right or wrong; the mask is of zeros."""
    head = bytes((first | opcode, (0x80 if masked else 0) | len(payload)))
    return head + (b"\0\0\0\0" if masked else b"") + payload


def ended_by(web: WebSocketClient, *parts: bytes) -> int | None:
    """The code of the server's close frame behind these bytes, and nothing but an end behind it."""
    with web:
        try:
            web.sends(*parts)
        except ConnectionError:
            pass  # It has closed already; what it said can be read.
        web.hears_bytes_to_end()
    return web.close_code


# W01, W10: who may connect.


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_W01_pages_of_other_places(server: WebHouse, siege: Siege, scheme: str):
    port = server.port_of(scheme)
    others = ("null", "http://evil.example", f"{scheme}://127.0.0.1:{port + 1}", f"{scheme}://127.0.0.1")
    for origin in (
        *others,
        f"{scheme}://127.0.0.1:{port}.evil.example",
        "https://good.example:1",
    ):
        with server.web(scheme=scheme, fields=(("Origin", origin),)) as web:
            assert web.status == 403, origin
            assert web.hears_end() == []
    for number, origin in enumerate((f"{scheme}://127.0.0.1:{port}", OURS, "")):
        with server.web(scheme=scheme, origin=origin).registers(f"page{number}") as web:
            web.hears_up_to_pong("welcome")
    siege.hears_only()


def test_W10_nobody_is_known_by_what_a_browser_adds(server: WebHouse, siege: Siege):
    """Neither cookies nor HTTP's own passwords count, from any page; who one is, is said by IRC."""
    added = (("Cookie", "session=root; account=admin"), ("Authorization", "Basic YWRtaW46YWRtaW4="))
    with server.web(fields=(*added, ("Origin", "https://evil.example"))) as web:
        assert web.status == 403
    with server.web(fields=added) as web:
        assert web.response is not None and "Set-Cookie" not in web.response.headers
        web.registers("nobody", OUR_CAPABILITIES)
        assert not {"900", "330", "381"} & set(commands([*web.heard, *web.answers_to("WHOIS nobody")]))
    assert "session=" not in server.log


# W02 to W08, W11: frames.


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_W02_what_is_no_websocket(server: WebHouse, siege: Siege, scheme: str):
    wrong = [
        frame(b"PING x", masked=False),
        *(frame(b"PING x", first=0x80 | bit) for bit in (0x40, 0x20, 0x10)),
        *(frame(b"", opcode) for opcode in (0x3, 0x7, 0xB, 0xF)),
        frame(b"x", 0x9, first=0),
        bytes((0x89, 0xFE)) + struct.pack("!H", 126) + b"\0\0\0\0" + b"x" * 126,
        frame(b"x", 0x8),
        frame(b"PING x", 0x0),
        frame(b"PI", first=0) + frame(b"NG"),
    ]
    for number, each in enumerate(wrong):
        assert ended_by(server.web(scheme=scheme), each, frame(b"NICK late")) == 1002, number
        cut = [each[place : place + 1] for place in range(len(each))]
        assert ended_by(server.web(scheme=scheme), *cut) == 1002, number
    siege.hears_only()


@pytest.mark.parametrize("size", [16_385, 2**31, 2**63 - 1, 2**63, 2**64 - 1])
def test_W03_a_length_that_cannot_be(server: WebHouse, siege: Siege, size: int):
    """Refused by the header alone: nothing comes behind it, and nothing is set aside for it."""
    head = bytes((0x81, 0xFF)) + struct.pack("!Q", size) + b"\0\0\0\0"
    for _ in range(CROWD // 5):
        assert ended_by(server.web(), head) == 1009


@pytest.mark.parametrize("piece", [b"", b"x"])
def test_W04_very_many_fragments(server: WebHouse, siege: Siege, piece: bytes):
    flood = frame(piece, 0x0, first=0) * 100_000
    assert ended_by(server.web(), frame(piece, first=0), flood) == 1009
    before = siege.server.cpu_seconds
    assert ended_by(server.web(), frame(piece, first=0) + frame(piece, 0x0, first=0) * 64) == 1009
    assert siege.server.cpu_seconds - before < 1.0


def test_W05_compression_is_never_agreed_on(server: WebHouse, siege: Siege):
    offer = "permessage-deflate; client_max_window_bits; server_no_context_takeover"
    for _ in range(3):
        with server.web(fields=(("Sec-WebSocket-Extensions", offer),)) as web:
            assert web.response is not None and "Sec-WebSocket-Extensions" not in web.response.headers
            assert ended_by(web, frame(b"\xec\xc1\x01\x01" * 25, first=0x80 | 0x40)) == 1002


@pytest.mark.parametrize("opcode", [0x9, 0xA])
def test_W06_a_flood_of_pings_or_pongs(server: WebHouse, siege: Siege, opcode: int):
    assert ended_by(server.web().registers("pinger"), frame(b"x" * 125, opcode) * 10_000) == 1008


def test_W06_pings_of_one_who_does_not_read(server: WebHouse, siege: Siege):
    several = [server.web(receive_bytes=4_096) for _ in range(10)]
    for web in several:
        web.sends(frame(b"x" * 125, 0x9) * 90)
    siege.bystander.is_served()
    for web in several:
        web.close()


@pytest.mark.parametrize("subprotocol", [TEXT, BINARY])
@pytest.mark.parametrize(
    "message", ["PRIVMSG #lobby :a\r\nPRIVMSG #lobby :b", "PRIVMSG #lobby :a\nb", "PRIVMSG #lobby :\0"]
)
def test_W07_a_message_of_two_lines(server: WebHouse, siege: Siege, subprotocol: str, message: str):
    web = server.web(subprotocol).registers("mallory").joins("#lobby")
    siege.bystander.hears("JOIN", "mallory")
    web.says("PRIVMSG #lobby :before\r\n")
    opcode = 0x2 if subprotocol == BINARY else 0x1
    assert ended_by(web, frame(message.encode(), opcode), frame(b"PRIVMSG #lobby :behind", opcode)) == 1008
    quit = siege.bystander.hears("QUIT", "mallory")
    assert quit.params == ["WebSocket: a message is one IRC line; send each line as a message of its own"]
    said = [line.params[-1] for line in siege.bystander.heard if line.command == "PRIVMSG"]
    assert said == ["before"]


def test_W08_text_that_is_none(server: WebHouse, siege: Siege):
    for wrong in (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"PRIVMSG #lobby :\xe2\x82"):
        assert ended_by(server.web(), frame(wrong)) == 1007
        half = len(wrong) // 2
        assert ended_by(server.web(), frame(wrong[:half], first=0), frame(wrong[half:], 0x0)) == 1007
    assert ended_by(server.web(TEXT), frame(b"PING x", 0x2)) == 1003
    assert ended_by(server.web(BINARY), frame(b"PING x", 0x1)) == 1003
    with server.web(BINARY).registers("binary", OUR_CAPABILITIES) as web:
        web.sends(frame(b"PRIVMSG #lobby :\xff", 0x2))
        assert web.hears("FAIL").params[:2] == ["*", "INVALID_UTF8"]
        web.hears_up_to_pong("on it goes")


def test_W11_every_cut_gives_the_same(server: WebHouse, siege: Siege):
    """Frames in one segment and in two, cut anywhere, fragments and pings among them."""
    stream = frame(b"NICK cut") + frame("USER c 0 * :ü".encode()) + frame(b"", 0x9) + frame(b"PI", first=0)
    stream += frame(b"!", 0x9) + frame(b"NG :", 0x0, first=0) + frame("€".encode(), 0x0) + frame(b"QUIT :bye")
    heard = set()
    for cut in range(len(stream)):
        with server.web() as web:
            web.sends(*(part for part in (stream[:cut], stream[cut:]) if part))
            lines = web.hears_end()
            heard.add((tuple(commands(lines)), lines[-1].text, tuple(web.pongs), web.close_code))
    assert len(heard) == 1
    ((told, last, pongs, code),) = heard
    assert "PONG" in told and "001" in told
    assert "bye" in last
    assert (pongs, code) == ((b"", b"!"), 1000)


# W09: HTTP.

HOST = b"Host: localhost\r\n"
ASKS = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
REFUSED = {
    "129 fields": (b"GET / HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 129 + b"\r\n", 431),
    "a long field": (b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"y" * 8_193 + b"\r\n\r\n", 431),
    "a field without end": (b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"y" * 20_000, 400),
    "a long target": (b"GET /" + b"y" * 8_193 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 431),
    "many fields and a WebSocket": (b"GET /ws HTTP/1.1\r\n" + HOST + ASKS + KEY + b"X: y\r\n" * 129 + b"\r\n", 431),
    "no key": (b"GET /ws HTTP/1.1\r\n" + HOST + ASKS + b"\r\n", 400),
    "HTTP/1.0 and a WebSocket": (b"GET /ws HTTP/1.0\r\n" + HOST + ASKS + KEY + b"\r\n", 404),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n", 400),
    "two lengths": (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400),
    "a length and chunks": (
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n",
        400,
    ),
    "chunks in disguise": (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: xchunked\r\n\r\n", 400),
    "a space before a colon": (b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", 400),
    "a bare CR": (b"GET / HTTP/1.1\r\n" + HOST + b"X: a\rY: b\r\n\r\n", 400),
    "a NUL": (b"GET / HTTP/1.1\r\n" + HOST + b"X: \0\r\n\r\n", 400),
    "a body without end": (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 999999999999\r\n\r\nx", 405),
    "chunks that are none": (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    "IRC": (b"NICK ann\r\nUSER ann 0 * :ann\r\nJOIN #lobby\r\n\r\n", 400),
}


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_W09_requests_that_break_a_rule(server: WebHouse, siege: Siege, scheme: str):
    for name, (request, status) in REFUSED.items():
        assert answer_to(server, request, scheme)[0] == status, name
    siege.hears_only()


def test_W09_paths_that_lead_out(server: WebHouse, siege: Siege):
    paths = (
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/js/..%2f..%2fserver.py",
        "//etc/passwd",
        "/%00",
        "/.git",
    )
    for path in (*paths, "http://localhost/index.html", "*", "/index.html/", "/js/", "/package.json"):
        status, _ = answer_to(server, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        assert status == 404, path
    siege.hears_only()


def test_W09_other_methods(server: WebHouse, siege: Siege):
    for method in ("OPTIONS", "POST", "PUT", "DELETE", "TRACE", "CONNECT", "PROPFIND"):
        status, fields = answer_to(server, f"{method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        assert (status, set(fields["allow"].split(", "))) == (405, {"GET", "HEAD"}), method
    with server.dial() as sock:
        sock.sendall(b"HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        told = hears_rest(sock)
        assert told.startswith(b"HTTP/1.1 200 ") and told.endswith(b"\r\n\r\n")


def test_W09_very_many_that_ask_and_do_not_read(server: WebHouse, siege: Siege):
    """Each asks for much and reads nothing of it: what is kept for them has a limit, and they do not stay."""
    request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    several = [server.dial(receive_bytes=4_096) for _ in range(20)]
    for sock in several:
        sock.settimeout(1)
        try:
            sock.sendall(request * 2_000)
        except TimeoutError:
            pass
    siege.bystander.is_served()
    for sock in several:
        sock.close()


# C09 at the door where it counts: for whom a proxy asks.


def test_C09_a_trusted_proxy_says_for_whom_it_asks(server: WebHouse, siege: Siege):
    said = (("X-Forwarded-For", f"203.0.113.9, {CLAIMED}"), ("X-Forwarded-Proto", "https"))
    with WebSocketClient(server.dial(source=PROXY), server.port_of("http"), fields=said) as web:
        web.registers("behind")
        own = web.answers_to("WHOIS behind")
        assert CLAIMED in " ".join(line.text for line in own)
        assert "671" in commands(own)
    with WebSocketClient(server.dial(), server.port_of("http"), fields=said) as web:
        web.registers("liar")
        own = web.answers_to("WHOIS liar")
        assert CLAIMED not in " ".join(line.text for line in own)
        assert "671" not in commands(own)


def test_C09_who_is_behind_a_proxy_is_counted_by_himself(server: WebHouse, siege: Siege):
    """He may have as many as anybody (`strangers_per_address_max`); the proxy and its other guests are as welcome as
    before."""
    held = [behind(server, CLAIMED) for _ in range(8)]
    assert [web.status for web in held] == [101] * 8
    with behind(server, CLAIMED) as ninth:
        assert ninth.status == 503
        assert ninth.response is not None and b"have not registered" in (ninth.response.body or b"")
    with behind(server, "198.51.100.8").registers("other") as other:
        other.hears_up_to_pong("welcome")
    for web in held:
        web.close()


def behind(server: WebHouse, address: str) -> WebSocketClient:
    """A WebSocket of this address, by the proxy."""
    said = (("X-Forwarded-For", address),)
    return WebSocketClient(server.dial(source=PROXY), server.port_of("http"), fields=said)


def test_W01_the_bystander_is_served_by_all_of_it(server: WebHouse):
    """A hundred pages of other places at once."""
    with Bystander(server.port), RawClient(server.port).registers("ann") as ann:
        several = [server.dial() for _ in range(CROWD)]
        request = b"GET /ws HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n" + ASKS + KEY + b"\r\n"
        for sock in several:
            sock.sendall(request)
        for sock in several:
            with sock:
                assert hears_answer(sock)[0] == 403
        ann.hears_up_to_pong("on it goes")
