"""Who may have a WebSocket: RFC 6455 4.2, IRCv3 websocket, and the rows W01, W05, W08 to W10 of HOSTILE."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipcchat.server.frames import BINARY, TEXT
from ipcchat.server.http.fields import FIELDS_MAX, GUARDS, HEAD_BYTES_MAX
from ipcchat.server.http.handshake import Handshake, is_welcome, refused, shake_hands

Fields = list[tuple[bytes, bytes]]

ASKED: dict[str, str] = {
    "host": "chat.example:8080",
    "upgrade": "websocket",
    "connection": "Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def asked(*more: tuple[str, str], without: str = "") -> Fields:
    """A request's fields: those of every WebSocket, and these."""
    pairs = [pair for pair in ASKED.items() if pair[0] != without]
    return [(name.encode("latin-1"), value.encode("utf-8")) for name, value in [*pairs, *more]]


def shaken(fields: Fields, path: str = "/ws", origins: tuple[str, ...] = (), *, secure: bool = False) -> Handshake:
    return shake_hands(path, fields, origins, secure=secure)


def answer(handshake: Handshake) -> tuple[int, dict[str, str], str]:
    """Status, fields and body. No field is there twice, and the length is right."""
    head, _, body = handshake.response.decode().partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    fields = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in lines)]
    assert len(dict(fields)) == len(fields), fields
    if handshake.opcode:
        assert not body
    else:
        assert int(dict(fields)["content-length"]) == len(body.encode())
    return int(first.split()[1]), dict(fields), body


def status(handshake: Handshake) -> int:
    code = answer(handshake)[0]
    assert (code == 101) == bool(handshake.opcode)
    return code


def test_the_answer_of_the_specification():  # RFC 6455 1.3
    handshake = shaken(asked())
    code, fields, _ = answer(handshake)
    assert (code, handshake.opcode) == (101, TEXT)
    assert fields["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert (fields["upgrade"], fields["connection"]) == ("websocket", "Upgrade")


@pytest.mark.parametrize("path", ["/ws", "/"])
def test_where_it_is(path: str):
    assert status(shaken(asked(), path)) == 101


@pytest.mark.parametrize("path", ["", "/ws/", "//ws", "/WS", "/index.html", "ws", "*"])
def test_where_it_is_not(path: str):
    code, _, body = answer(shaken(asked(), path))
    assert (code, body) == (404, "The WebSocket is at /ws.\n")


# Origins: W01.


@pytest.mark.parametrize(
    "origin",
    ["http://chat.example:8080", "https://chat.example:8080", "HTTP://CHAT.example:8080", "https://good.example"],
)
def test_pages_that_may(origin: str):
    assert status(shaken(asked(("origin", origin)), origins=("https://good.example",))) == 101


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://",
        "http://evil.example",
        "http://chat.example",
        "http://chat.example:8081",
        "http://chat.example:8080.evil.example",
        "http://evil.example/chat.example:8080",
        "http://x@chat.example:8080",
        "http://chat.example:8080/",
        "file://chat.example:8080",
        "ws://chat.example:8080",
        "chat.example:8080",
        "http://сhat.example:8080",
        "http://good.example",
        "https://good.example:444",
        "http://chat.example:8080 http://evil.example",
    ],
)
def test_pages_that_may_not(origin: str):
    code, _, body = answer(shaken(asked(("origin", origin)), origins=("https://good.example",)))
    assert code == 403
    assert "server.web_origins" in body


def test_a_program_without_an_origin_is_no_page():
    assert status(shaken(asked())) == 101


def test_two_origins_or_no_one_host_are_refused():
    same = ("origin", "http://chat.example:8080")
    assert status(shaken(asked(same, same))) == 403
    assert status(shaken(asked(same, ("host", "chat.example:8080")))) == 403
    assert not is_welcome(["http://chat.example"], [], ())


def test_cookies_and_passwords_change_nothing():  # W10
    there = (("cookie", "session=1"), ("authorization", "Basic YW5uOnNlY3JldA=="))
    assert status(shaken(asked(("origin", "http://evil.example"), *there))) == 403
    code, fields, _ = answer(shaken(asked(*there)))
    assert code == 101
    assert "set-cookie" not in fields


# Subprotocols: W08.


@pytest.mark.parametrize(
    ("offered", "chosen", "opcode"),
    [
        ((), None, TEXT),
        (("text.ircv3.net",), "text.ircv3.net", TEXT),
        (("binary.ircv3.net",), "binary.ircv3.net", BINARY),
        (("binary.ircv3.net, text.ircv3.net",), "binary.ircv3.net", BINARY),
        (("text.ircv3.net, binary.ircv3.net",), "text.ircv3.net", TEXT),
        (("mqtt, binary.ircv3.net",), "binary.ircv3.net", BINARY),
        (("mqtt", "binary.ircv3.net"), "binary.ircv3.net", BINARY),
        (("mqtt",), None, TEXT),
        (("TEXT.ircv3.net",), None, TEXT),
    ],
)
def test_the_clients_first_that_we_have_is_taken(offered: tuple[str, ...], chosen: str | None, opcode: int):
    handshake = shaken(asked(*(("sec-websocket-protocol", each) for each in offered)))
    _, fields, _ = answer(handshake)
    assert (fields.get("sec-websocket-protocol"), handshake.opcode) == (chosen, opcode)


def test_there_is_no_compression():  # W05
    for offer in ("permessage-deflate", "permessage-deflate; client_max_window_bits=15", "x-webkit-deflate-frame"):
        code, fields, _ = answer(shaken(asked(("sec-websocket-extensions", offer))))
        assert code == 101
        assert "sec-websocket-extensions" not in fields


# What is no handshake: W09.


@pytest.mark.parametrize("without", ["sec-websocket-key", "sec-websocket-version", "upgrade", "connection"])
def test_what_is_missing(without: str):
    assert 400 <= status(shaken(asked(without=without))) < 500


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sec-websocket-key", "short"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ"),
        ("sec-websocket-key", "é" * 24),
        ("sec-websocket-version", "8"),
        ("sec-websocket-version", "13, 8"),
        ("upgrade", "h2c"),
        ("connection", "keep-alive"),
        ("sec-websocket-protocol", "a b"),
    ],
)
def test_what_is_wrong(name: str, value: str):
    assert 400 <= status(shaken(asked((name, value), without=name))) < 500


@pytest.mark.parametrize("name", ["sec-websocket-key", "sec-websocket-version"])
def test_what_is_there_twice(name: str):
    assert status(shaken(asked((name, ASKED[name])))) == 400


def test_more_fields_or_bytes_than_a_request_may_have():
    room = FIELDS_MAX - len(ASKED)
    assert status(shaken(asked(*[("x", "y")] * room))) == 101
    assert status(shaken(asked(*[("x", "y")] * (room + 1)))) == 431
    assert status(shaken(asked(("x", "y" * HEAD_BYTES_MAX)))) == 431


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*ASKED, "origin", "sec-websocket-protocol", "sec-websocket-extensions", "x"]),
            st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=30),
        ),
        max_size=6,
    )
)
def test_no_fields_are_too_strange(pairs: list[tuple[str, str]]):
    names = {name for name, _ in pairs}
    rest = [(name, value) for name, value in ASKED.items() if name not in names]
    fields = [(name.encode(), value.encode("latin-1")) for name, value in [*rest, *pairs]]
    assert status(shaken(fields)) in (101, 400, 403, 404, 426, 431)


# What every refusal says.


@pytest.mark.parametrize("secure", [False, True])
def test_a_refusal_ends_the_connection_and_is_guarded(secure: bool):
    for handshake in (
        shaken(asked(), "/nowhere", secure=secure),
        shaken(asked(("origin", "null")), secure=secure),
        shaken(asked(without="sec-websocket-key"), secure=secure),
        refused("You are banned", secure=secure),
    ):
        _, fields, _ = answer(handshake)
        assert fields["connection"] == "close"
        assert GUARDS.items() <= fields.items()
        assert ("strict-transport-security" in fields) is secure


def test_who_is_refused_hears_why():
    code, fields, body = answer(refused("You are banned: go", secure=False))
    assert (code, body) == (503, "You are banned: go\n")
    assert fields["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("127.0.0.1:8080", True),
        ("192.168.1.5", True),
        ("[::1]:8080", True),
        ("[fd00::5]", True),
        ("localhost:8080", True),
        ("nas", True),
        ("chat.lan:8080", True),
        ("chat.local", True),
        ("Chat.Example".lower(), True),
        ("chat.example:8080", True),
        ("evil.example:8080", False),
        ("chat.example.evil.example", False),
        ("notlan.example", False),
        ("evil.example.", False),
        ("evillocalhost.org", False),
    ],
)
def test_a_name_that_was_turned_here_is_not_ours(host: str, private: bool):  # DNS rebinding
    origin = ("origin", f"http://{host}")
    fields = asked(("host", host), origin, without="host")
    code = status(shake_hands("/ws", fields, (), secure=False, own_name="Chat.example"))
    assert (code == 101) == private
    assert status(shake_hands("/ws", fields, (), secure=False)) == 101
    assert status(shake_hands("/ws", fields, (f"http://{host}",), secure=False, own_name="chat.example")) == 101


def test_a_program_is_no_web_page_whatever_it_asks():
    fields = asked(("host", "evil.example"), without="host")
    assert status(shake_hands("/ws", fields, (), secure=False, own_name="chat.example")) == 101
