"""WebSocket with the real server: ws and wss, text and binary, in one room with clients by TCP.

Specifications: RFC 6455, IRCv3 websocket.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ipcchat.server.passwords import hash_password
from tests.e2e.conftest import ends_well
from tests.e2e.raw_client import OUR_CAPABILITIES, Line, RawClient, history
from tests.e2e.server_process import free_port
from tests.e2e.web_house import WebHouse, hears_answer, hears_rest
from tests.e2e.websocket_client import BINARY, TEXT, WebSocketClient

WAYS = [("http", TEXT), ("http", BINARY), ("https", TEXT), ("https", BINARY)]
ROUNDS = 3
PASSWORD = "canary-horse-battery"
UNREAD = 40
"""More than what a commit takes in: the server dies with some of them confirmed."""


@pytest.fixture
def throttled() -> bool:
    """Most of these say many lines."""
    return False


@pytest.fixture
def house(tmp_path: Path, threads: int, throttled: bool) -> Iterator[WebHouse]:
    """A server with doors for browsers."""
    operator = f"[operators.admin]\npassword_hash = '{hash_password(PASSWORD)}'\n"
    with WebHouse(tmp_path, operator, threads=threads, throttled=throttled, port=free_port()) as house:
        yield house
        ends_well(house)


def said(lines: list[Line]) -> list[tuple[str, str, str]]:
    """The messages among lines: msgid, nick and text."""
    return [(line.msgid, line.nick, line.params[-1]) for line in lines if line.command == "PRIVMSG"]


@pytest.mark.parametrize(("scheme", "subprotocol"), [*WAYS, ("http", "")])
def test_one_comes_in_and_chats(house: WebHouse, scheme: str, subprotocol: str):
    with house.web(subprotocol, scheme=scheme) as web, RawClient(house.port).registers("bob").joins("#lobby") as bob:
        assert web.status == 101
        web.registers("ann", OUR_CAPABILITIES).joins("#lobby")
        web.says("PRIVMSG #lobby :grüß dich")
        assert bob.hears_text("grüß dich").nick == "ann"
        bob.says("PRIVMSG #lobby :dich auch")
        assert web.hears_text("dich auch").nick == "bob"
        (who,) = [line for line in bob.answers_to("WHOIS ann") if line.command == "311"]
        assert who.params[1] == "ann"
        assert bool([line for line in bob.answers_to("WHOIS ann") if line.command == "671"]) == (scheme == "https")


def test_one_room_one_order_one_msgid(house: WebHouse):
    """Readers by TCP, text and binary in one run: enough of them that their lines are joined once."""
    with ExitStack() as stack:
        clients: list[RawClient] = [RawClient(house.port) for _ in range(5)]
        clients += [house.web(subprotocol, scheme=scheme) for scheme, subprotocol in WAYS * 2]
        for number, client in enumerate(clients):
            stack.enter_context(client.registers(f"user{number}", OUR_CAPABILITIES).joins("#lobby"))
        for number in range(ROUNDS):
            for client in clients:
                client.says(f"PRIVMSG #lobby :round {number}", f"PRIVMSG #lobby :and {number}")
        everything = [said(hears_all(client, 2 * ROUNDS * len(clients))) for client in clients]
        kept = said(history(clients[0], "#lobby"))
    assert all(each == everything[0] for each in everything)
    assert everything[0] == kept
    assert len({msgid for msgid, _, _ in kept}) == len(kept) == 2 * ROUNDS * len(clients)
    for number in range(len(clients)):
        own = [text for _, nick, text in kept if nick == f"user{number}"]
        assert own == [f"{word} {n}" for n in range(ROUNDS) for word in ("round", "and")]


def hears_all(client: RawClient, many: int) -> list[Line]:
    """So many messages."""
    client.heard.clear()
    return [client.hears("PRIVMSG") for _ in range(many)]


def test_many_lines_leave_with_the_handshake(house: WebHouse):
    lines = [f"PRIVMSG #lobby :hasty {number}" for number in range(100)]
    with house.web(behind=("NICK ann", "USER ann 0 * :ann", "CAP REQ :echo-message", "JOIN #lobby", *lines)) as web:
        assert [line.params[-1] for line in hears_all(web, len(lines))] == [f"hasty {n}" for n in range(100)]


def test_a_connection_that_was_kept_becomes_a_websocket(house: WebHouse):
    sock = house.dial()
    for _ in range(2):
        sock.sendall(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
        status, fields, _ = hears_answer(sock)
        assert (status, fields.get("connection")) == (404, None)
    with house.web(over=sock) as web:
        web.registers("ann").joins("#lobby")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_web_client_is_served_beside_it(house: WebHouse, scheme: str):
    with house.dial(scheme) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n")
        status, fields, _ = hears_answer(sock)
        assert (status, fields["content-type"]) == (200, "text/html; charset=utf-8")
        assert ("strict-transport-security" in fields) == (scheme == "https")
        assert hears_rest(sock) == b""


def test_tags_of_eight_kilobytes_fit(house: WebHouse):
    """A client's 4,094 bytes and what the server adds: a frame with a length of its own, in both directions."""
    tag = "+example/long=" + "x" * (4_094 - len("+example/long="))
    with house.web().registers("ann", OUR_CAPABILITIES).joins("#lobby") as ann:
        with house.web(BINARY).registers("bob", OUR_CAPABILITIES).joins("#lobby") as bob:
            ann.says(f"@{tag} PRIVMSG #lobby :long")
            for client in (ann, bob):
                line = client.hears_text("long")
                assert line.tags["+example/long"] == "x" * (4_094 - len("+example/long="))
                assert line.msgid
        ann.says(f"@{tag}x PRIVMSG #lobby :longer")
        assert ann.hears("417")
        ann.hears_up_to_pong("on it goes")


def test_a_ping_is_answered_between_lines(house: WebHouse):
    with house.web().registers("ann").joins("#lobby") as web:
        web.pings(b"here?")
        web.hears_pong(b"here?")
        web.hears_up_to_pong("and the other kind")


# The end.


@pytest.mark.parametrize(("scheme", "subprotocol"), WAYS)
def test_quit_is_an_error_and_a_close_frame(house: WebHouse, scheme: str, subprotocol: str):
    with house.web(subprotocol, scheme=scheme).registers("ann").joins("#lobby") as web:
        web.says("QUIT :bye")
        end = web.hears_end()
        assert end[-1].command == "ERROR"
        assert web.close_code == 1000


def test_who_is_killed_hears_why(house: WebHouse):
    with RawClient(house.port).registers("op") as op, house.web().registers("ann") as web:
        op.says(f"OPER admin {PASSWORD}")
        op.hears("381")
        op.says("KILL ann :enough")
        end = web.hears_end()
        assert end[-1].command == "ERROR" and "enough" in end[-1].text
        assert web.close_code == 1000


def test_a_close_frame_is_a_quit(house: WebHouse):
    with RawClient(house.port).registers("bob").joins("#lobby") as bob, house.web() as web:
        web.registers("ann").joins("#lobby")
        web.says("PRIVMSG #lobby :the last word")
        web.says_goodbye(1001)
        assert bob.hears_text("the last word").nick == "ann"
        assert bob.hears("QUIT").nick == "ann"
        web.hears_end()
        assert web.close_code == 1001


def test_an_end_without_a_word_is_a_quit(house: WebHouse):
    with RawClient(house.port).registers("bob").joins("#lobby") as bob:
        with house.web().registers("ann").joins("#lobby"):
            bob.hears("JOIN")
        assert bob.hears("QUIT").nick == "ann"


@pytest.mark.parametrize(("scheme", "subprotocol"), WAYS)
def test_the_servers_end_is_one_for_browsers(house: WebHouse, scheme: str, subprotocol: str):
    with house.web(subprotocol, scheme=scheme).registers("ann").joins("#lobby") as web:
        half = house.dial()
        half.sendall(b"GET / HTTP/1.1\r\nHos")
        house.process.send_signal(signal.SIGTERM)
        end = web.hears_end()
        assert end[-1].command == "ERROR"
        assert "Server is stopping" in end[-1].text
        assert web.close_code == 1000
        with half:
            assert hears_rest(half) == b""
        assert house.process.wait(10) == 0
    house.start()


@pytest.mark.parametrize("subprotocol", [TEXT, BINARY])
def test_a_reader_who_does_not_read_is_cut_off(house: WebHouse, subprotocol: str):
    ann = RawClient(house.port).registers("ann").joins("#lobby")
    bob = house.web(subprotocol, receive_bytes=4_096).registers("bob").joins("#lobby")
    with ann, bob:
        heard: list[Line] = []
        for number in range(40):
            ann.says(*[f"PRIVMSG #lobby :{number} {'x' * 400}"] * 200)
            heard += ann.hears_up_to_pong("said")
        (end,) = [line for line in heard if line.command == "QUIT"]
        assert (end.nick, end.params) == ("bob", ["SendQ exceeded"])
        bob.hears_bytes_to_end()
        assert bob.close_code is None


def test_a_reader_who_reads_late_misses_nothing(house: WebHouse):
    ann = RawClient(house.port).registers("ann").joins("#lobby")
    bob = house.web(receive_bytes=4_096).registers("bob", OUR_CAPABILITIES).joins("#lobby")
    with ann, bob:
        ann.says(*(f"PRIVMSG #lobby :{number} {'x' * 300}" for number in range(300)))
        ann.hears_up_to_pong("said")
        assert [int(line.params[-1].split()[0]) for line in hears_all(bob, 300)] == list(range(300))
        bob.hears_up_to_pong("on it goes")


# A server that is killed.


def echoed_before_the_end(house: WebHouse, client: WebSocketClient) -> dict[str, str]:
    """Say much at once and kill the server when it has begun to echo; what was echoed, by msgid."""
    client.says(*(f"PRIVMSG #lobby :before the end {number}" for number in range(UNREAD)))
    echoed = [client.hears("PRIVMSG")]
    house.end(signal.SIGKILL)
    echoed += [line for line in client.hears_end() if line.command == "PRIVMSG"]
    return {line.msgid: line.params[-1] for line in echoed}


@pytest.mark.parametrize(("scheme", "subprotocol"), WAYS)
def test_nothing_echoed_is_lost(house: WebHouse, scheme: str, subprotocol: str):
    with house.web(subprotocol, scheme=scheme).registers("bob", OUR_CAPABILITIES).joins("#lobby") as bob:
        echoed = echoed_before_the_end(house, bob)
    assert echoed
    house.start()
    with house.web(subprotocol, scheme=scheme).registers("bob", OUR_CAPABILITIES).joins("#lobby") as bob:
        kept = {line.msgid: line.params[-1] for line in history(bob, "#lobby")}
        assert echoed.items() <= kept.items()
        bob.says("PRIVMSG #lobby :and on it goes")
        bob.hears_text("and on it goes")
