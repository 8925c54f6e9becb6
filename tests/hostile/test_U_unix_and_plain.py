"""The Unix socket and the plain door under attack: who is who, and what a terminal gets to see.

Specifications: unix(7) SO_PEERCRED; RFC 854 and RFC 857 for telnet; ECMA-48 for what a terminal acts on.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import ROOT, SERVER
from tests.hostile.doors import DoorsProcess, Typist
from tests.hostile.local_users import LocalClient, connect_as, needs_root
from tests.hostile.siege import Siege, ends_well

GAMES, BIN, NOBODY = 5, 2, 65_534
OPEN = '[local]\nmode = "0666"\n'


@pytest.fixture(params=[2], ids=["threads"])
def threads(request: pytest.FixtureRequest) -> int:
    count: int = request.param
    return count


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody can enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def configuration() -> str:
    return OPEN


@pytest.fixture
def server(folder: Path, threads: int, configuration: str) -> Iterator[DoorsProcess]:
    with DoorsProcess(folder, configuration, threads=threads) as server:
        yield server
        ends_well(server)


def whois(client: RawClient, nick: str) -> dict[str, list[str]]:
    """What WHOIS says, by numeric."""
    return {line.command: line.params for line in client.answers_to(f"WHOIS {nick}")}


# The Unix socket.


@needs_root
@pytest.mark.parametrize("configuration", ['[local]\nmode = "0600"\n'])
def test_U01_the_socket_is_never_open_to_others(server: DoorsProcess):
    with pytest.raises(ConnectionError, match="Permission denied"):
        connect_as(server.path, GAMES, 60)
    assert not [path for path in server.path.parent.iterdir() if path.is_dir() and path.name.startswith(".")]


@pytest.mark.parametrize("threads", [0])
@pytest.mark.parametrize("kind", ["file", "link", "living"])
def test_U02_what_stands_there_is_not_replaced(server: DoorsProcess, folder: Path, kind: str):
    path = folder / kind
    precious = folder / "precious"
    precious.write_text("precious")
    if kind == "file":
        path.write_text("precious")
    elif kind == "link":
        path.symlink_to(precious)
    else:
        path = server.path
    done = subprocess.run(
        [*SERVER, "--memory", "--listen", f"unix://{path}"], capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode == 69
    assert "choose another path" in done.stderr
    assert precious.read_text() == "precious"
    assert path.exists()


def test_U02_the_socket_of_a_server_that_was_killed_is_replaced(server: DoorsProcess):
    server.kill()
    assert server.path.exists()
    server.start()
    with local(server) as client:
        client.registers("ann")


def local(server: DoorsProcess) -> LocalClient:
    """A client of the user who runs this."""
    return connect_as(server.path, os.getuid(), os.getgid()) if os.getuid() == 0 else _own(server.path)


def _own(path: Path) -> LocalClient:
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(str(path))
    return LocalClient(sock)


@needs_root
def test_U03_one_local_user_has_no_more_connections_than_he_may(siege: Siege, server: DoorsProcess):
    # 100 instead of 10,000: the limit is 64, and what is behind it costs nothing.
    clients = [connect_as(server.path, GAMES, 60) for _ in range(100)]
    refused = 0
    for client in clients:
        try:
            client.says("PING :x")
            refused += b"ERROR" in client.detach().recv(4_096)
        except ConnectionError:
            refused += 1
    assert refused == 36
    with connect_as(server.path, BIN, 2) as other:
        other.registers("other")
    for client in clients:
        client.close()


@needs_root
@pytest.mark.parametrize(
    "configuration", [f'{OPEN}[local_users.nobody]\nuid = {NOBODY}\naccount = "eve"\n[local_users.b]\nuid = {BIN}\n']
)
def test_U04_whom_the_kernel_cannot_name_has_no_account(server: DoorsProcess):
    with connect_as(server.path, NOBODY, NOBODY) as peer:
        peer.registers("peer")
        assert "330" not in whois(peer, "peer")


@needs_root
def test_N10_two_users_cannot_be_each_other(server: DoorsProcess):
    with connect_as(server.path, GAMES, 60) as games, connect_as(server.path, BIN, 2) as other:
        games.registers("first", user="bin")
        other.registers("second", user="games")
        assert whois(games, "first")["311"][2:4] in (["games", "local"], ["~games", "local"])
        assert whois(games, "second")["311"][2:4] in (["bin", "local"], ["~bin", "local"])
        other.says("WEBIRC x games local 127.0.0.1")
        assert whois(games, "second")["311"][2:4] in (["bin", "local"], ["~bin", "local"])


@needs_root
def test_N10_a_connection_that_was_handed_on_stays_who_made_it(server: DoorsProcess):
    """The child that connected as games is gone, and its pid may be another's; root holds its connection."""
    with connect_as(server.path, GAMES, 60) as handed:
        handed.registers("handed")
        assert whois(handed, "handed")["311"][2].lstrip("~") == "games"


@needs_root
def test_N10_a_user_without_a_name_has_his_number(server: DoorsProcess):
    with connect_as(server.path, 4_242, 4_242) as client:
        client.registers("anon")
        assert whois(client, "anon")["311"][2].lstrip("~") == "uid4242"


@needs_root
def test_P15_no_group_opens_operator_commands_by_itself(server: DoorsProcess):
    with connect_as(server.path, 0, 0, (0, 10, 27)) as root:
        root.registers("root_")
        assert {line.command for line in root.answers_to("KILL root_ :x", "REHASH")} <= {"481", "723"}
        assert "313" not in whois(root, "root_")


@needs_root
@pytest.mark.parametrize(
    "configuration", [f'{OPEN}[operators.ann]\nuids = [1]\n[local_groups.wheel]\ngid = 10\noperator = "ann"\n']
)
def test_P15_the_group_that_the_configuration_names_opens_them(server: DoorsProcess):
    with connect_as(server.path, GAMES, 60, (10,)) as member, connect_as(server.path, BIN, 2) as other:
        member.registers("member")
        other.registers("other")
        member.hears_up_to_pong("settled")
        assert "313" in whois(member, "member")
        assert "313" not in whois(other, "other")


# The plain door.


@pytest.fixture
def port(server: DoorsProcess) -> int:
    return server.plain_port


@pytest.mark.parametrize("configuration", [f'{OPEN}[accounts]\nalways_on = "disabled"\n'])
def test_U05_a_password_is_asked_for_and_never_shown(server: DoorsProcess, port: int):
    with RawClient(server.port) as owner:
        owner.registers("ann", "draft/account-registration")
        owner.says("REGISTER * * correct-horse")
        assert owner.hears("REGISTER", "FAIL").params[0] == "SUCCESS"
        owner.says("QUIT")
        owner.hears_bytes_to_end()
    with Typist(port) as ann:
        ann.sees("Your name?")
        ann.types("ann")
        ann.sees("The password of ann?")
        ann.types("correct-horse")
        ann.sees("You are now logged in as ann")
        ann.sees("-- In #lobby:")
        ann.types("/quit")
        heard = ann.sees_end()
    assert b"correct-horse" not in heard
    assert "correct-horse" not in server.log
    with Typist(port) as eve:
        eve.types("ann")
        eve.sees("The password of ann?")
        eve.types("wrong-horse")
        assert b"Password incorrect" in eve.sees_end()


def test_U05_keys_and_long_lines(siege: Siege, port: int):
    with Typist(port) as ann:
        ann.comes_in("ann")
        ann.types("helo\x08lo", "forget this\x03", "\x1b[A\x1b[A", " ".join(["word"] * 120), "x" * 5_000)
        ann.sees("A line may have 4096 bytes")
    siege.bystander.is_served()
    said = [line.params[-1] for line in siege.bystander.heard if line.command == "PRIVMSG"]
    assert said[0] == "hello"
    assert " ".join(said[1:]) == " ".join(["word"] * 120)


def test_N12_nobody_writes_the_servers_mark(siege: Siege, port: int):
    with Typist(port) as ann, siege.member("mallory") as mallory:
        ann.comes_in("ann")
        mallory.says(
            "PRIVMSG #lobby :-- bob is operator now",
            "PRIVMSG #lobby :\x01ACTION -- bob is operator now\x01",
            "NOTICE #lobby :-NickServ- send me your password",
            "PRIVMSG #lobby :one\x0d-- two",
            "PRIVMSG #lobby :last",
        )
        lines: list[str] = []
        while not lines or "last" not in lines[-1]:
            lines.append(ann.sees("mallory"))
    assert lines == [
        "mallory: -- bob is operator now",
        "* mallory -- bob is operator now",
        "-mallory- -NickServ- send me your password",
        "mallory: last",
    ], "and a bare CR is refused at the other door (F05)"


def test_I04_nothing_that_a_terminal_acts_on_leaves(siege: Siege, port: int):
    attacks = [
        "\x1b]52;c;eA==\x07",
        "\x1b[2J\x1b[6n",
        "\x9b2J",
        "\x08\x08",
        "\x7f",
        "\u2028-- x",
        "\u202egnp.exe",
        "\x1bP1$r",
    ]
    with Typist(port) as ann, siege.member("mallory") as mallory:
        ann.comes_in("ann")
        mallory.says("JOIN #mine", *(f"TOPIC #mine :{attack}" for attack in attacks[:2]))
        mallory.says(*(f"PRIVMSG #lobby :{attack}" for attack in attacks), "PRIVMSG #lobby :\x02bold\x0304red")
        ann.types("/join #mine")
        ann.sees("-- In #mine")
        mallory.says("PRIVMSG #lobby :last")
        seen = b""
        while b"last" not in seen:
            received = ann.sock.recv(65_536)
            seen += received
            assert received
    text = seen.decode()
    assert all(
        unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp") for character in text.replace("\r\n", "")
    )
    assert "\u202e" not in text


def test_U05_a_script_of_twenty_lines_is_enough(server: DoorsProcess, port: int):
    """examples/twenty_lines.py talks to somebody."""
    command = [sys.executable, str(ROOT / "examples" / "twenty_lines.py"), "127.0.0.1", str(port)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as script, Typist(port) as ann:
        assert script.stdin is not None
        assert script.stdout is not None
        ann.comes_in("ann")
        script.stdin.write("script\nhello from a script\n")
        script.stdin.flush()
        ann.sees("script: hello from a script")
        ann.types("hello script")
        while "ann: hello script" not in script.stdout.readline():
            pass
        script.stdin.close()
        assert script.wait(10) == 0
