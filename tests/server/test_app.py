"""The server as a process: ready lines, signals, exit codes. Each test starts a real one."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a server with these options of ServeOptions, written as Python."""
    started: list[subprocess.Popen[str]] = []

    def start(options: str) -> subprocess.Popen[str]:
        program = f"from pathlib import Path; from ipcchat.server.app import *; exit(run(ServeOptions({options})))"
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
FREE = 'listen=["irc://127.0.0.1:0"]'


@pytest.mark.parametrize("threads", [0, 2])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_when_it_is_ready_serves_and_stops(
    start: Start, tmp_path: Path, threads: int, number: signal.Signals
):  # X02
    server = start(f"{FREE}, data=Path({str(tmp_path / 'chat')!r}), threads={threads}")
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
    options = f"{FREE}, data=Path({str(tmp_path)!r})"
    first = start(options)
    heard = converse(ready(first), *GREETING, *(f"PRIVMSG #lobby :line {n}" for n in range(10)))
    first.kill()
    first.wait()
    echoed = [line.rpartition(":")[2] for line in heard if " PRIVMSG " in line]
    assert echoed == [f"line {n}" for n in range(10)]
    again = converse(ready(start(options)), *GREETING, "CAP REQ draft/chathistory", "CHATHISTORY LATEST #lobby * 50")
    assert [line.rpartition(":")[2] for line in again if " PRIVMSG " in line] == echoed


def test_after_sigkill_a_person_gets_his_own_nick_back_at_once(start: Start, tmp_path: Path):
    options = f"{FREE}, data=Path({str(tmp_path)!r})"
    for _ in range(3):
        server = start(options)
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
    server = start(f"{FREE}, threads=0")
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
        server = start(f'listen=["irc://127.0.0.1:{port}"]')
        out, err = server.communicate(timeout=10)
    assert (server.returncode, out) == (69, "")
    assert err == f"ipc-chat: port {port} is in use; try --listen irc://127.0.0.1:{port + 1}\n"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ('listen=["ircs://127.0.0.1:0"]', 78),
        (f"{FREE}, data=Path('/dev/null/chat')", 73),
        (f"{FREE}, data=Path('/proc/nowhere')", 73),
    ],
)
def test_what_cannot_be_is_one_line_and_an_exit_code(start: Start, options: str, code: int):
    server = start(options)
    out, err = server.communicate(timeout=10)
    assert (server.returncode, out) == (code, "")
    assert err.startswith("ipc-chat: ")
    assert err.count("\n") == 1


def test_one_journal_has_one_server(start: Start, tmp_path: Path):
    options = f"{FREE}, data=Path({str(tmp_path)!r})"
    ready(start(options))
    second = start(options)
    _, err = second.communicate(timeout=10)
    assert second.returncode == 73
    assert "in use" in err


def test_it_runs_on_asyncios_own_loop_too(monkeypatch: pytest.MonkeyPatch):
    from ipcchat.server import app

    async def name() -> int:
        return int(type(asyncio.get_running_loop()).__module__.startswith("asyncio"))

    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert app.run_loop(name()) == 1
