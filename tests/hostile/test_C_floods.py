"""Floods of connections, and where they come from.

The loopback addresses are exempt unless `server.exempt` says otherwise: with an empty list every address of 127.0.0.0/8
is one that is counted, and a test can come from any of them.
"""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from ipcchat.core.limits import Limits
from ipcchat.core.peers import Peer
from ipcchat.core.settings import Gateway, Operator, Settings
from ipcchat.server.listeners import visible_host
from tests.core.net import Net
from tests.e2e.bystander import Bystander
from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import SERVER, ServerProcess, free_port
from tests.e2e.waiting import until
from tests.hostile.siege import Siege, ends_well

FULL = bool(os.environ.get("HOSTILE_FULL"))
COUNTED = "[server]\nexempt = []\n"
FLOOD_SECONDS = 10.0 if FULL else 2.0
CYCLES = 1_000_000 if FULL else 2_500

CROWD = 2_000 if FULL else 500


def dial(port: int, source: str) -> socket.socket:
    """A connection from an address of this machine."""
    return socket.create_connection(("127.0.0.1", port), timeout=20, source_address=(source, 0))


def told(sock: socket.socket) -> bytes:
    """Everything up to the end of a connection."""
    heard = b""
    with suppress(ConnectionError):
        while received := sock.recv(4_096):
            heard += received
    return heard


@contextmanager
def crowd(port: int, source: str, count: int) -> Iterator[list[socket.socket]]:
    """Several connections from one address."""
    several = [dial(port, source) for _ in range(count)]
    try:
        yield several
    finally:
        for sock in several:
            sock.close()


def is_open(sock: socket.socket) -> bool:
    """Whether nothing was said and the connection lives: a server says nothing first."""
    sock.settimeout(0.05)
    try:
        return bool(sock.recv(4_096)) and False
    except TimeoutError:
        return True
    except ConnectionError:
        return False


@pytest.mark.parametrize("configuration", [COUNTED])
def test_C01_connects_as_fast_as_one_can(siege: Siege):
    """As many a second as this machine makes; of one address a few get in, and another one is served meanwhile."""
    port, begun, count = siege.server.port, time.monotonic(), 0
    neighbour = dial(port, "127.0.0.10")
    neighbour.sendall(b"NICK neighbour\r\nUSER n 0 * :n\r\n")
    while time.monotonic() - begun < FLOOD_SECONDS:
        with crowd(port, "127.0.0.9", 50) as several:
            count += len(several)
    assert count / FLOOD_SECONDS > 500, "the flood was no flood"
    assert b" 001 neighbour " in neighbour.recv(65_536)
    neighbour.close()
    late = dial(port, "127.0.0.9")
    assert b"Too many new connections from your network: try again in " in told(late)
    late.close()


@pytest.mark.parametrize("configuration", [COUNTED])
def test_C01_so_many_at_once(siege: Siege):
    most, several = Limits().connections_per_address_max, []
    for number in range(most):
        several.append(dial(siege.server.port, "127.0.0.9"))
        several[-1].sendall(f"NICK n{number}\r\nUSER n 0 * :n\r\n".encode())
        assert b" 001 " in several[-1].recv(65_536)
    try:
        with closing(dial(siege.server.port, "127.0.0.9")) as one_more:
            assert told(one_more).startswith(b"ERROR :16 connections of your network are open")
        with closing(dial(siege.server.port, "127.0.0.10")) as neighbour:
            neighbour.sendall(b"NICK neighbour\r\nUSER n 0 * :n\r\n")
            assert b" 001 neighbour " in neighbour.recv(65_536)
    finally:
        for sock in several:
            sock.close()


def test_C01_who_comes_by_tls_is_counted_until_he_is_gone(tmp_path: Path):
    """One after the other, more than may be unregistered or open at once."""
    port, file = free_port(), tmp_path / "server.toml"
    file.write_text(f"{COUNTED}\n[limits]\nattempts_per_address_max = 200\n")
    make = [*SERVER, "certificate", "--make", "localhost", "--data", str(tmp_path / "journal")]
    subprocess.run(make, check=True, capture_output=True)
    context = ssl.create_default_context(cafile=tmp_path / "journal" / "certificate.pem")
    server = ServerProcess(tmp_path, "--config", str(file), "--listen", f"ircs://127.0.0.1:{port}")
    counts = Limits().connections_per_address_max + 2, Limits().strangers_per_address_max + 2
    with server:
        for number in range(sum(counts)):
            with context.wrap_socket(dial(port, "127.0.0.9"), server_hostname="localhost") as sock:
                registers = f"NICK n{number}\r\nUSER n 0 * :n\r\n" if number < counts[0] else ""
                sock.sendall(f"{registers}PING :tea\r\nQUIT\r\n".encode())
                heard = told(sock)
                assert (b" 001 " in heard) == bool(registers), heard
                assert b"ERROR :Closing link" in heard, heard
        ends_well(server)


def door(*addresses: str) -> list[bool]:
    """Whether connections from these addresses are let in, one after the other, and stay."""
    net = Net(settings=Settings(limits=Limits(connections_per_address_max=2)))
    peers = [Peer(visible_host(address)) for address in addresses]
    told = [net.engine.admit(peer, net.now) for peer in peers]
    return [not reason for reason in told]


def test_C02_an_ipv6_network_is_one_place():
    assert door("2001:db8::1", "2001:db8::2", "2001:db8::3") == [True, True, False]
    of_one_48 = [f"2001:db8:0:{number:x}::1" for number in range(9)]
    assert door(*of_one_48) == [True] * 8 + [False]
    assert door("2001:db8:1::1", "2001:db8:2::1", "2001:db8:3::1") == [True] * 3


@pytest.mark.parametrize(
    "spelling", ["::ffff:192.0.2.1", "::ffff:c000:201", "64:ff9b::192.0.2.1", "64:ff9b::c000:201", "192.0.2.1"]
)
def test_C03_one_address_however_it_is_written(spelling: str):
    assert door("192.0.2.1", "192.0.2.1", spelling) == [True, True, False]


def test_C03_zone_ids_and_what_is_no_address():
    assert door("fe80::1%eth0", "fe80::1%eth1", "fe80::2") == [True, True, False]
    assert door("::1", "::1%lo", "127.0.0.1", "::ffff:127.0.0.1", "127.1.2.3") == [True] * 5
    assert door("0x7f.1", "0x7f.1", "0x7f.1") == [True, True, False]  # No address, so not this machine's either.


def test_C04_no_descriptor_left(tmp_path: Path, threads: int):
    command = ("/bin/sh", "-c", 'ulimit -n 40; exec "$@"', "sh", *SERVER)
    with ServerProcess(tmp_path, threads=threads, command=command) as server:
        with Bystander(server.port) as bystander:
            clients = [RawClient(server.port) for _ in range(80)]
            until(lambda: "cannot accept" in server.log, "the log entry about descriptors")
            before = server.cpu_seconds
            bystander.is_served()
            bystander.is_served()
            assert server.cpu_seconds - before < 0.5
            for client in clients:
                client.close()
            with RawClient(server.port).registers("late").joins("#lobby"):
                bystander.hears("JOIN", "late")
        ends_well(server)


# A hundred strangers in place of a thousand.
FEW_STRANGERS = COUNTED + "[limits]\nstrangers_max = 100\n"


@pytest.mark.parametrize("configuration", [FEW_STRANGERS])
def test_C05_unregistered_connections_held_open(siege: Siege):
    port, per_address = siege.server.port, Limits().strangers_per_address_max
    several = [dial(port, f"127.0.1.{number}") for number in range(1, 31) for _ in range(per_address + 2)]
    kept = [sock for sock in several if is_open(sock)]
    assert len(kept) == 100
    by_address = Counter(sock.getsockname()[0] for sock in kept)
    assert max(by_address.values()) == per_address
    siege.bystander.is_served()
    with closing(dial(port, "127.0.2.1")) as late:
        assert told(late).startswith(b"ERROR :Too many people are just registering here")
    for sock in several:
        sock.close()
    until(lambda: is_welcome(port, "127.0.2.1"), "a place for one who registers")


def is_welcome(port: int, source: str) -> bool:
    """Whether somebody from there can register now."""
    with closing(dial(port, source)) as sock:
        sock.sendall(b"NICK late\r\nUSER l 0 * :l\r\n")
        return b" 001 late " in sock.recv(65_536)


def test_C06_connections_come_and_go(siege: Siege):
    """Silent ones, garbage, a TLS handshake, half a registration, a reset: nothing of them stays."""
    said = (b"", b"\x00\xff\r\n", b"\x16\x03\x01", b"NICK half\r\nCAP LS", b"GET / HTTP/1.1\r\n", b"PING x\r\n")

    def come_and_go(_: str) -> None:
        for number in range(CYCLES):
            with closing(dial(siege.server.port, "127.0.0.1")) as sock:
                sock.sendall(said[number % len(said)])
        until(lambda: siege.server.sockets <= siege.sockets, "every socket given back")

    siege.repeat(come_and_go)  # How many are there at once is the scheduler's choice, and so is the most memory.


@pytest.mark.parametrize("line", ["CAP LS", "NICK mallory", "PING x", "CAP REQ :batch", "WHOIS bystander", "\u00ff"])
def test_C07_a_flood_before_registration(siege: Siege, line: str):
    before = siege.server.cpu_seconds
    with siege.stranger() as mallory:
        try:
            mallory.sends(*[f"{line}\r\n".encode() * 1_000] * 100)
        except ConnectionError:
            pass
        heard = mallory.hears_end()
        assert len(heard) <= 65
    siege.bystander.is_served()
    assert siege.server.cpu_seconds - before < 1.0
    assert siege.bystander.heard == []


@pytest.mark.parametrize("line", ["AUTHENTICATE " + "A" * 400, "x" * 400, "y" * 16_000])
def test_C07_bytes_before_registration(siege: Siege, line: str):
    with siege.stranger() as mallory:
        try:
            mallory.sends(*[f"{line}\r\n".encode()] * 60)
        except ConnectionError:
            pass
        heard = mallory.hears_end()
        assert heard == [] or "Too many bytes before registration" in heard[-1].text
        assert len(heard) <= 24


def test_C10_a_ban_holds_behind_a_gateway_and_is_told_once():
    """IRCv3 webirc. A proxy's header is read before core hears of a connection (tests/hostile/test_C_proxy.py)."""
    gateway = Gateway(name="web", password="secret", addresses=("198.51.100.7",))
    operator = Operator(password_hash="hash of tea")
    net = Net(settings=Settings(server_name="test.net", gateways=(gateway,), operators={"op": operator}))
    op = net.connect("op")
    op.says("OPER op tea", "UBAN ADD 192.0.2.0/24 1d :out")
    closed = []
    for address in ("192.0.2.1", "::ffff:192.0.2.1", "198.51.100.8"):
        peer = Peer("198.51.100.7")
        assert net.engine.admit(peer, net.now) == ""
        guest = net.dial(peer=peer)
        guest.says(f"WEBIRC secret web host.example {address}", "NICK guest", "USER guest 0 * :g")
        closed.append(bool(guest.closed))
        assert sum(line.startswith("ERROR") for line in guest.lines) == bool(guest.closed)
        net.engine.leave(peer)
        net.engine.leave(peer)
    assert closed == [True, True, False]
    assert net.engine.admissions.strangers == 0


def test_C11_no_name_is_looked_up():
    """There is no reverse DNS at all, so no name server can be slow or lie; what a gateway says is in the grammar of
    host names (tests/core/handlers/test_gateways.py)."""
    sources = {path: path.read_text() for path in (Path(__file__).parents[2] / "ipcchat").rglob("*.py")}
    lookups = ("gethostbyaddr", "getnameinfo", "getfqdn")
    server_side = [text for path, text in sources.items() if not {"client", "cli"} & set(path.parts)]
    assert not [word for word in lookups for text in server_side if word in text]


@pytest.mark.parametrize("throttled", [False])
def test_C12_everybody_comes_back_at_once(server: ServerProcess):
    """Of 2,000 people, 500 unless HOSTILE_FULL: killed, started, and all are back with their history."""
    with RawClient(server.port).registers("ann").joins("#lobby") as ann:
        ann.says(*[f"PRIVMSG #lobby :{number}" for number in range(200)])
        ann.hears_up_to_pong("posted")
    server.kill()
    server.start()
    begun = time.monotonic()
    several = [RawClient(server.port) for _ in range(CROWD)]
    ask = ("JOIN #lobby", "CHATHISTORY LATEST #lobby * 100", "PING :back")
    for number, client in enumerate(several):
        client.says("CAP REQ :batch", f"NICK g{number}", f"USER g 0 * :{number}", "CAP END", *ask)
    for client in several:
        client.hears("PONG", where=lambda line: line.params[-1] == "back")
        assert sum(line.command == "PRIVMSG" for line in client.heard) == 100
    assert time.monotonic() - begun < 30
    for client in several:
        client.close()
