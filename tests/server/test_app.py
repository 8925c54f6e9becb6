"""The server as a process: ready lines, signals, exit codes. Each test starts a real one."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ipcchat.server.passwords import hash_password

Start = Callable[..., "subprocess.Popen[str]"]

PROGRAM = """
from pathlib import Path
from ipcchat.server.app import run
from ipcchat.server.configuration import Configuration
from ipcchat.server.settings import load
path, flags = Path({file!r}) if {file!r} else None, {flags}
exit(run(Configuration(load(path, flags), path, flags)))
"""


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a server with these arguments of `load`: a file and flags, written as Python."""
    started: list[subprocess.Popen[str]] = []

    def start(flags: dict[str, object], file: Path | None = None) -> subprocess.Popen[str]:
        program = PROGRAM.format(file=str(file) if file else "", flags=flags)
        process = subprocess.Popen(
            [sys.executable, "-c", program], stdout=-1, stderr=-1, text=True, cwd=Path(__file__).parents[2]
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def ready(process: subprocess.Popen[str]) -> int:
    """Wait for the ready line; the port."""
    assert process.stdout is not None
    match = re.fullmatch(r"listening on irc://127\.0\.0\.1:(\d+)\n", process.stdout.readline())
    assert match
    return int(match[1])


def converse(port: int, *lines: str) -> list[str]:
    """Say these lines, say no more, and hear everything."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
        sock.sendall("".join(f"{line}\r\n" for line in lines).encode())
        sock.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: sock.recv(65_536), b"")).decode().splitlines()


GREETING = ["NICK ann", "USER ann 0 * :Ann", "CAP REQ echo-message", "JOIN #lobby"]
CANARY = "canary-in-the-mine"
FREE: dict[str, object] = {"server.listen": ["irc://127.0.0.1:0"], "storage.memory": True}


def kept_in(folder: Path) -> dict[str, object]:
    """The flags of a server that listens on a free port and keeps its messages."""
    return {"server.listen": ["irc://127.0.0.1:0"], "storage.folder": str(folder)}


@pytest.mark.parametrize("threads", [0, 2])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_when_it_is_ready_serves_and_stops(
    start: Start, tmp_path: Path, threads: int, number: signal.Signals
):  # X02
    server = start({**kept_in(tmp_path / "chat"), "server.threads": threads})
    heard = converse(ready(server), *GREETING, "PRIVMSG #lobby :hello")
    assert any(re.fullmatch(r":ann!\S+ PRIVMSG #lobby :?hello", line) for line in heard)
    server.send_signal(number)
    out, err = server.communicate(timeout=10)
    assert server.returncode == 0
    assert out == ""
    assert "join from another terminal" in err
    assert "Traceback" not in err
    assert (tmp_path / "chat" / "chat.db").exists()


def test_what_was_echoed_is_there_after_sigkill(start: Start, tmp_path: Path):  # PROMISES G1
    first = start(kept_in(tmp_path))
    heard = converse(ready(first), *GREETING, *(f"PRIVMSG #lobby :line {n}" for n in range(10)))
    first.kill()
    first.wait()
    echoed = [line.rpartition(":")[2] for line in heard if " PRIVMSG " in line]
    assert echoed == [f"line {n}" for n in range(10)]
    again = converse(
        ready(start(kept_in(tmp_path))), *GREETING, "CAP REQ draft/chathistory", "CHATHISTORY LATEST #lobby * 50"
    )
    assert [line.rpartition(":")[2] for line in again if " PRIVMSG " in line] == echoed


def test_after_sigkill_a_person_gets_his_own_nick_back_at_once(start: Start, tmp_path: Path):
    for _ in range(3):
        server = start(kept_in(tmp_path))
        with socket.create_connection(("127.0.0.1", ready(server)), timeout=5) as ann:
            ann.sendall("".join(f"{line}\r\n" for line in GREETING).encode())
            heard = b""
            while b" 366 " not in heard:
                received = ann.recv(65_536)
                assert received
                heard += received
            assert b" 433 " not in heard
            server.kill()
            server.wait()


def test_a_second_signal_stops_at_once(start: Start):
    server = start({**FREE, "server.threads": 0})
    port = ready(server)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as lingering:
        lingering.sendall(b"NICK ann\r\nUSER ann 0 * :Ann\r\n")
        assert lingering.recv(100)
        server.send_signal(signal.SIGTERM)
        while lingering.recv(65_536):
            pass
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=1) == 128 + signal.SIGTERM


def test_a_port_in_use_is_one_clear_line(start: Start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = start({**FREE, "server.listen": [f"irc://127.0.0.1:{port}"]})
        out, err = server.communicate(timeout=10)
    assert (server.returncode, out) == (69, "")
    assert err == f"ipc-chat: port {port} is in use; try --listen irc://127.0.0.1:{port + 1}\n"


@pytest.mark.parametrize(
    ("folder", "code"),
    [("/dev/null/chat", 73), ("/proc/nowhere", 73)],
)
def test_what_cannot_be_is_one_line_and_an_exit_code(start: Start, folder: str, code: int):
    server = start(kept_in(Path(folder)))
    out, err = server.communicate(timeout=10)
    assert (server.returncode, out) == (code, "")
    assert err.startswith("ipc-chat: ")
    assert err.count("\n") == 1


def test_one_journal_has_one_server(start: Start, tmp_path: Path):
    ready(start(kept_in(tmp_path)))
    second = start(kept_in(tmp_path))
    _, err = second.communicate(timeout=10)
    assert second.returncode == 73
    assert "in use" in err


class Person:
    """A connection that stays: says lines and hears until a certain one comes."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.received = b""

    def says(self, *lines: str) -> None:
        """Send lines."""
        self.sock.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def hears(self, pattern: str) -> list[str]:
        """The lines up to and with the first that has this in it."""
        heard: list[str] = []
        while not heard or not re.search(pattern, heard[-1]):
            while b"\r\n" not in self.received:
                self.received += self._more()
            line, _, self.received = self.received.partition(b"\r\n")
            heard.append(line.decode())
        return heard

    def _more(self) -> bytes:
        received = self.sock.recv(65_536)
        assert received, "the connection ended"
        return received


class TestReload:
    """SIGHUP and REHASH on a running server."""

    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        """The configuration file: an operator, and a message of the day."""
        file = tmp_path / "ipc-chat.toml"
        file.write_text(self.text("One.", 32))
        file.chmod(0o600)
        return file

    def text(self, motd: str, nick_bytes: object) -> str:
        """The text of the file."""
        operator = f"[operators.op]\npassword_hash = '{hash_password(CANARY)}'\n"
        return f"server.motd = '{motd}'\nlimits.nick_bytes_max = {nick_bytes}\n{operator}"

    @pytest.fixture
    def server(self, start: Start, file: Path, tmp_path: Path) -> subprocess.Popen[str]:
        """A server that logs all it can."""
        return start({**kept_in(tmp_path / "chat"), "server.log_level": "debug"}, file)

    @pytest.fixture
    def ann(self, server: subprocess.Popen[str]) -> Iterator[Person]:
        """Somebody who was there before."""
        person = Person(ready(server))
        person.says(*GREETING)
        person.hears(" 366 ")
        yield person
        person.sock.close()

    def test_sighup_tells_what_changed_and_keeps_connections(
        self, server: subprocess.Popen[str], ann: Person, file: Path
    ):  # Modern IRC, RPL_ISUPPORT: tokens may change while a client is here
        file.write_text(self.text("Two.", 16))
        server.send_signal(signal.SIGHUP)
        assert re.fullmatch(r":\S+ 005 ann NICKLEN=16 :are supported by this server", ann.hears(" 005 ")[-1])
        ann.says("MOTD", "PRIVMSG #lobby :still here")
        assert [line.rpartition(" :")[2] for line in ann.hears(" 376 ") if " 372 " in line] == ["- Two."]
        assert ann.hears("PRIVMSG")[-1].endswith("still here")

    def test_a_broken_file_keeps_the_old_one(self, server: subprocess.Popen[str], ann: Person, file: Path):
        file.write_text(self.text("Two.", "'x'"))
        server.send_signal(signal.SIGHUP)
        ann.says(f"OPER op {CANARY}")
        ann.hears(" 381 ")
        ann.says("REHASH", "MOTD")
        heard = ann.hears(" 376 ")
        assert re.search(r" 382 ann ipc-chat.toml :Rehashing failed: ", heard[0])
        assert "limits.nick_bytes_max: expected a number from 9 to 64, got 'x'" in heard[1]
        assert heard[-2].endswith("- One.")
        file.write_text(self.text("Three.", 20))
        ann.says("REHASH", "MOTD")
        assert ann.hears(" 376 ")[-2].endswith("- Three.")
        server.send_signal(signal.SIGTERM)
        _, err = server.communicate(timeout=10)
        records = [json.loads(line) for line in err.splitlines()]
        texts = [record["text"] for record in records]
        assert texts.count("the configuration has mistakes: nothing was changed") == 2
        assert texts.count("the configuration was read again") == 1

    def test_passwords_are_nowhere(self, server: subprocess.Popen[str], ann: Person, tmp_path: Path):
        ann.says(f"OPER op {CANARY}", "MODE ann -o", f"OPER op {CANARY}x", f"OPER {CANARY} op", f"OPER {CANARY}")
        ann.says(f"OPRE op {CANARY}")
        heard = ann.hears(" 421 ")
        ann.says("PRIVMSG #lobby :marker")
        heard += ann.hears("marker")
        assert [line.split()[1] for line in heard if line.split()[1].isdigit()] == ["381", "464", "263", "263", "421"]
        server.send_signal(signal.SIGTERM)
        _, err = server.communicate(timeout=10)
        stored = b"".join(path.read_bytes() for path in (tmp_path / "chat").iterdir())
        assert b"marker" in stored
        assert CANARY not in err + "".join(heard)
        assert CANARY.encode() not in stored

    def test_the_secret_is_the_servers_own(self, server: subprocess.Popen[str], ann: Person, tmp_path: Path):
        assert (tmp_path / "chat" / "secret").stat().st_mode & 0o777 == 0o600


def test_sighup_without_a_file_stops_the_server(start: Start):
    """Its terminal was closed: no orphan keeps the port."""
    server = start(FREE)
    ann = Person(ready(server))
    ann.says(*GREETING)
    ann.hears(" 366 ")
    server.send_signal(signal.SIGHUP)
    ann.hears("Server is stopping")
    ann.sock.close()
    _, err = server.communicate(timeout=10)
    assert (server.returncode, '"signal": "SIGHUP"' in err) == (0, True)


def test_a_damaged_secret_stops_the_start(start: Start, tmp_path: Path):
    (tmp_path / "secret").write_bytes(b"short")
    (tmp_path / "secret").chmod(0o600)
    server = start(kept_in(tmp_path))
    out, err = server.communicate(timeout=10)
    assert (server.returncode, out) == (73, "")
    assert err.splitlines()[-1].startswith(f"ipc-chat: {tmp_path}/secret: expected 32 bytes, got 5; ")


def test_it_runs_on_asyncios_own_loop_too(monkeypatch: pytest.MonkeyPatch):
    from ipcchat.server import app

    async def name() -> int:
        return int(type(asyncio.get_running_loop()).__module__.startswith("asyncio"))

    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert app.run_loop(name()) == 1
