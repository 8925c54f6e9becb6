"""P14: what somebody could do who reaches the inside of a cluster. There is none yet: one node, its journal a file.

So what holds is that there is nothing to reach: no socket but the doors that were asked for, no door for servers, and
no way for a fact to the journal but a command.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipcchat.backend.exporting import Wanted, export
from ipcchat.core.facts import Posted, encode_fact
from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import target
from tests.hostile.all_doors import DOORS, AllDoors, told
from tests.hostile.siege import Siege, ends_well

LISTEN = "0A"
UNIX_LISTENS = 0x10000
PEERS = (
    "PASS secret TS 6 :00A",
    "CAPAB :QS EX CHW IE KLN KNOCK TB UNKLN CLUSTER ENCAP SERVICES RSFNC SAVE EUID EOPMOD",
    "CAPAB START 1206",
    "SERVER node2.example 1 :another node",
    "SVINFO 6 6 0 :1700000000",
    ":00A BURST 1700000000",
    ":00A EUID root 1 1700000000 +o root host 127.0.0.1 00AAAAAAA host * :root",
    ":00A SJOIN 1700000000 #lobby +nt :@00AAAAAAA",
    ":00AAAAAAA PRIVMSG #lobby :injected",
    ":bystander!bystander@host PRIVMSG #lobby :injected",
    "SVSNICK bystander guest 1700000000",
    "ENCAP * SU bystander root",
    "SQUIT chat.local :gone",
)
NATS = (
    'CONNECT {"verbose":false,"user":"node","pass":"node"}',
    "PUB journal 8",
    "injected",
    "SUB > 1",
    "PUB $JS.API.STREAM.DELETE.journal 0",
    "+OK",
)


@pytest.fixture
def server(tmp_path: Path, threads: int) -> Iterator[AllDoors]:
    with AllDoors(tmp_path, threads=threads) as server:
        yield server
        ends_well(server)


def inodes(pid: int) -> set[str]:
    """The sockets that a process has open."""
    links = (target(descriptor) for descriptor in Path(f"/proc/{pid}/fd").iterdir())
    return {found[1] for link in links if (found := re.fullmatch(r"socket:\[(\d+)\]", link))}


def listening(pid: int) -> set[str]:
    """What a process listens on, by proc(5): ports, and Unix sockets; and any socket that needs no listen."""
    own, found = inodes(pid), set()
    for protocol in ("tcp", "tcp6"):
        for row in rows(pid, protocol):
            if row[9] in own and row[3] == LISTEN:
                address, _, port = row[1].partition(":")
                found.add(f"{protocol} {address} {int(port, 16)}")
    for protocol in ("udp", "udp6", "udplite", "raw", "raw6"):
        found |= {f"{protocol} {row[1]}" for row in rows(pid, protocol) if row[9] in own}
    for protocol in ("packet", "netlink"):
        found |= {f"{protocol} {row[-1]}" for row in rows(pid, protocol) if row[-1] in own or row[-2] in own}
    for row in rows(pid, "unix"):
        if row[6] in own and int(row[3], 16) & UNIX_LISTENS:
            found.add(f"unix {row[6]}")
    return found


def rows(pid: int, protocol: str) -> list[list[str]]:
    """A table of proc(5), without its head."""
    file = Path(f"/proc/{pid}/net/{protocol}")
    return [line.split() for line in file.read_text().splitlines()[1:]] if file.exists() else []


def connected_out(pid: int, ports: set[int]) -> list[list[str]]:
    """Connections that the process made itself: none of its doors' ports is their near end."""
    own = inodes(pid)
    found = [row for protocol in ("tcp", "tcp6") for row in rows(pid, protocol) if row[9] in own and row[3] != LISTEN]
    return [row for row in found if int(row[1].partition(":")[2], 16) not in ports]


def test_P14_a_node_listens_on_its_doors_and_nothing_else(server: AllDoors, siege: Siege):
    """At every moment: also while people talk and ask for history."""
    ports = {server.port_of(door) for door in ("irc", "ircs", "plain")}
    doors = listening(server.process.pid)
    assert {door for door in doors if not door.startswith("unix ")} == {f"tcp 0100007F {port}" for port in ports}
    assert len(doors) == len(ports) + 1
    with siege.member("ann") as ann:
        ann.answers_to("PRIVMSG #lobby :hello", "CHATHISTORY LATEST #lobby * 10", "SEARCH text=hello")
        assert listening(server.process.pid) == doors
        assert connected_out(server.process.pid, ports) == []


def test_P14_what_is_looked_for_would_be_found():
    """The look at proc(5) sees a socket of this process that listens, and one that needs no listen."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(("127.0.0.1", 0))
        found = listening(os.getpid())
        assert f"tcp 0100007F {listener.getsockname()[1]}" in found
        assert any(one.startswith("udp 0100007F:") for one in found)
        with socket.create_connection(listener.getsockname()) as outgoing:
            assert connected_out(os.getpid(), {listener.getsockname()[1]}) != []
            assert outgoing.fileno() > 0


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("lines", [PEERS, NATS], ids=["servers", "nats"])
def test_P14_a_peer_is_not_known_at_any_door(server: AllDoors, siege: Siege, door: str, lines: tuple[str, ...]):
    """Before one has registered. (F15: after that, too.)"""
    sock = server.dial(door)
    sock.sendall(("\r\n".join([*lines, "QUIT"]) + "\r\n/quit\r\n").encode())
    heard = told(sock)
    assert " 001 " not in heard and "injected" not in heard
    assert not re.search(r"^(:\S+ )?(SERVER|PASS|CAPAB|SVINFO|BURST|INFO|MSG|\+OK|PONG)\b", heard, re.MULTILINE)
    siege.bystander.is_served()
    assert not [line for line in siege.bystander.heard if line.command in ("PRIVMSG", "NICK", "QUIT", "MODE")]
    with siege.connect("auditor2") as auditor:
        (only,) = (line.params[1:] for line in auditor.answers_to("LINKS") if line.command == "364")
        assert only[:2] == ["chat.local", "chat.local"]


def test_P14_no_bytes_are_a_fact(server: AllDoors, tmp_path: Path):
    """What the journal keeps of a message, sent to each door as it is, in a line, and behind another."""
    fact = Posted(b"i" * 16, 1, "node.1", "bystander!b@h", "PRIVMSG", "#lobby", "injected fact")
    blob = encode_fact(fact)
    for door in DOORS:
        for sent in (blob, b"PRIVMSG #lobby :" + blob, b"@" + blob, b"PING x\r\n" + blob):
            sock = server.dial(door)
            sock.sendall(sent + b"\r\nQUIT\r\n/quit\r\n")
            told(sock)
    with RawClient(server.port).registers("ann", "message-tags").joins("#lobby") as ann:
        ann.sends(b"@+blob=" + blob.hex().encode() + b" PRIVMSG #lobby :an honest message\r\n")
        ann.hears_up_to_pong("said")
    assert server.terminate() == 0
    records = list(export(tmp_path / "journal" / "chat.db", Wanted(private=True)))
    said = [record.text for record in records if record.kind == "message"]
    assert said == ["an honest message"]
    server.start()
