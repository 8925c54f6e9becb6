"""C09: who an HTTP request says that it is for (X-Forwarded-For, RFC 7239 Forwarded). At the doors that do not take
HTTP no such header counts, wherever it stands; those that do have their tests in test_W_websocket.py. There are the
headers of trusted proxies (C08) and gateways (C10) besides.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipcchat.core.limits import Limits
from tests.e2e.bystander import Bystander
from tests.e2e.raw_client import RawClient, commands
from tests.hostile.all_doors import DOORS, AllDoors, told
from tests.hostile.local_users import LocalClient
from tests.hostile.siege import Siege, ends_well

CLAIMED = "203.0.113.66"
HEADERS = (
    f"X-Forwarded-For: {CLAIMED}, 127.0.0.1",
    f"Forwarded: for={CLAIMED};proto=https;by=127.0.0.1",
    f"X-Real-IP: {CLAIMED}",
    f"CF-Connecting-IP: {CLAIMED}",
)
BODY = "NICK web\r\nUSER web 0 * :web\r\nJOIN #lobby\r\nPRIVMSG #lobby :from the web\r\n"
GREETING = "Your name?\r\n"
OPERATOR = f"[operators.admin]\nuids = [{os.getuid()}]\n"


@pytest.fixture(params=[2], ids=["threads"])
def threads(request: pytest.FixtureRequest) -> int:
    """Addresses are counted in front of all I/O threads: with or without them is the same."""
    count: int = request.param
    return count


@pytest.fixture
def server(tmp_path: Path, threads: int, configuration: str) -> Iterator[AllDoors]:
    with AllDoors(tmp_path, configuration, threads=threads) as server:
        yield server
        ends_well(server)


def request(method: str, *headers: str) -> bytes:
    """An HTTP request whose body is commands."""
    head = (f"{method} /chat HTTP/1.1", "Host: chat.example", *headers, f"Content-Length: {len(BODY)}", "", "")
    return ("\r\n".join(head) + BODY).encode()


@pytest.mark.parametrize("door", DOORS)
def test_C09_no_door_reads_a_request(server: AllDoors, siege: Siege, door: str):
    for method in ("GET", "POST", "CONNECT", "PRI"):
        sock = server.dial(door)
        sock.sendall(request(method, *HEADERS))
        assert told(sock).replace("\n", "\r\n").replace("\r\r", "\r") in ("", GREETING), method
    siege.hears_only()
    assert siege.server.log.count("HTTP on a port for ") == 4
    assert CLAIMED not in siege.server.log


@pytest.mark.parametrize("door", ["irc", "unix"])
def test_C09_a_header_is_no_command(server: AllDoors, siege: Siege, door: str):
    """Neither before nor after one has registered."""
    with LocalClient(server.dial(door)) as mallory:
        mallory.says(*HEADERS)
        mallory.registers("mallory")
        assert {line.command for line in mallory.heard} & {"421", "451"}
        assert set(commands(mallory.answers_to(*HEADERS))) == {"421"}
        own = [line.text for line in mallory.answers_to("WHOIS mallory")]
        assert own and not [text for text in own if CLAIMED in text]
    assert CLAIMED not in siege.server.log


@pytest.mark.parametrize("configuration", ["[server]\nexempt = []\n"])
def test_C09_the_address_that_connects_is_counted(server: AllDoors, siege: Siege):
    """As many requests as there may be connections of an address, each for somebody else: then it is enough, and the
    one who was named is as welcome as before."""
    for number in range(Limits().attempts_per_address_max):
        sock = server.dial("irc", "127.0.0.9")
        sock.sendall(request("GET", f"X-Forwarded-For: 127.0.0.{10 + number % 2}"))
        assert told(sock) == "", number
    assert "Too many new connections from your network: try again in " in told(server.dial("irc", "127.0.0.9"))
    with LocalClient(server.dial("irc", "127.0.0.10")) as named:
        named.registers("named")


@pytest.mark.parametrize("configuration", [OPERATOR])
def test_C09_the_address_that_connects_is_banned(server: AllDoors, siege: Siege):
    with LocalClient(server.dial("unix")) as operator:
        operator.registers("op")
        operator.answers_to("UBAN ADD 127.0.0.9 1d :out")
    sock = server.dial("irc", "127.0.0.9")
    sock.sendall(request("GET", "X-Forwarded-For: 127.0.0.10") + BODY.encode())
    assert "You are banned" in told(sock)
    sock = server.dial("irc", "127.0.0.10")
    sock.sendall(request("GET", "X-Forwarded-For: 127.0.0.9"))
    assert told(sock) == ""
    with LocalClient(server.dial("irc", "127.0.0.10")) as other:
        other.registers("other")


def test_C09_who_is_no_gateway_speaks_for_nobody(siege: Siege):
    """IRCv3 webirc: without gateways in the settings the connection is closed, and counts as what it is."""
    with RawClient(siege.server.port) as mallory:
        mallory.says(f"WEBIRC secret web host.example {CLAIMED}", "NICK mallory", "USER mallory 0 * :m")
        (end,) = mallory.hears_end()
    assert end.command == "ERROR" and "the settings name no gateway there" in end.text
    siege.hears_only()


def test_C09_the_bystander_is_served_by_all_of_it(server: AllDoors):
    """A hundred requests at once, at all doors."""
    with Bystander(server.port):
        several = [server.dial(DOORS[number % 4]) for number in range(60)]
        for sock in several:
            sock.sendall(request("POST", *HEADERS))
        assert {told(sock) for sock in several} <= {"", GREETING}
