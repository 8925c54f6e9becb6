"""The process under stress: killed while people talk, stopped with many of them, with nobody to read its log."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from ipcchat.core import handlers
from ipcchat.core.registry import COMMANDS
from ipcchat.server.logs import REPEATS_MAX
from tests.e2e.bystander import Bystander
from tests.e2e.raw_client import Line, RawClient, history
from tests.e2e.server_process import SERVER, ServerProcess
from tests.e2e.waiting import SECONDS_MAX, until
from tests.hostile.siege import ends_well

handlers.load()


def test_X01_killed_while_people_talk(tmp_path: Path, threads: int):  # the whole of it: tests/crash
    with ServerProcess(tmp_path, threads=threads, throttled=False) as server:
        echoed: list[Line] = []
        with RawClient(server.port).registers("ann", "message-tags echo-message batch").joins("#lobby") as ann:
            ann.says(*[f"PRIVMSG #lobby :{number}" for number in range(400)])
            echoed += [ann.hears("PRIVMSG") for _ in range(100)]
            server.kill()
            rest = ann.hears_end()
            echoed += [line for line in rest if line.command == "PRIVMSG" and line.params[1:]]
        server.start()
        with RawClient(server.port).registers("bob", "message-tags batch draft/chathistory").joins("#lobby") as bob:
            kept = everything(bob, "#lobby")
        whole = [(line.msgid, line.params[-1]) for line in echoed if line.msgid]
        assert [(line.msgid, line.params[-1]) for line in kept][: len(whole)] == whole
        assert [line.params[-1] for line in kept] == [str(number) for number in range(len(kept))]
        ends_well(server)


def everything(client: RawClient, channel: str) -> list[Line]:
    """All of a channel's history, page by page."""
    found = history(client, channel)
    page = found
    while page:
        answers = client.answers_to(f"CHATHISTORY BEFORE {channel} msgid={found[0].msgid} 100")
        page = [line for line in answers if line.command == "PRIVMSG"]
        found = page + found
    return found


def test_X02_stopped_with_two_hundred_people(server: ServerProcess):
    crowd = [RawClient(server.port) for _ in range(200)]
    for number, client in enumerate(crowd):
        client.says(f"NICK guest{number}", f"USER g{number} 0 * :g", "JOIN #lobby")
    for client in crowd:
        client.hears("366")
    started = os.times().elapsed
    assert server.terminate() == 0
    assert os.times().elapsed - started < 5.0
    for client in crowd:
        last = client.hears_end()[-1]
        assert (last.command, "stopping" in last.text) == ("ERROR", True)
        client.close()
    server.start()


HASTY = """
import signal, sys, threading
from ipcchat.backend import sqlite_writer
from ipcchat.cli.main import server_main
from ipcchat.server import app, watchdog

class HastyWatchdog(watchdog.Watchdog):
    def __init__(self, loop, watched, stuck_seconds):
        super().__init__(loop, watched, lambda: 2.0)
        loop.add_signal_handler(signal.SIGUSR1, never.wait, 2.0)
        loop.add_signal_handler(signal.SIGWINCH, hang)

def hang():
    stuck.set()
    print("the journal hangs", file=sys.stderr, flush=True)

def commit(self, facts, encoded):
    if stuck.is_set():
        never.wait()
    return usual(self, facts, encoded)

never, stuck = threading.Event(), threading.Event()
watchdog.LOOK_SECONDS, watchdog.LATE_SECONDS, watchdog.SLOW_SECONDS = 0.1, 0.5, 1.0
usual, sqlite_writer.Writer._commit = sqlite_writer.Writer._commit, commit
app.Watchdog = HastyWatchdog
sys.exit(server_main(sys.argv[1:]))
"""
"""A server whose watchdog is hasty, whose loop stands for two seconds after SIGUSR1, and whose journal's thread hangs
with the next message after SIGWINCH."""


def hasty(folder: Path, threads: int, *environment: str) -> ServerProcess:
    """That server, with these variables."""
    command = ("/usr/bin/env", *environment, sys.executable, "-c", HASTY)
    return ServerProcess(folder, threads=threads, command=command)


def logged(server: ServerProcess, text: str) -> list[dict[str, Any]]:
    """The records with this text."""
    records = (json.loads(line) for line in server.log.splitlines() if line.startswith("{"))
    return [record for record in records if record["text"] == text]


FAULTY = """
import sys
import msgspec
from ipcchat.cli.main import server_main
from ipcchat.core.engine import Engine
from ipcchat.core.registry import COMMANDS

def faulty(handler):
    def handle(ctx, *params):
        if "a-fault" in params:
            raise ZeroDivisionError("a secret of ours")
        handler(ctx, *params)
    return handle

for name, row in COMMANDS.items():
    COMMANDS[name] = msgspec.structs.replace(row, handler=faulty(row.handler), most=15)
sys.exit(server_main(sys.argv[1:]))
"""
"""A server all of whose commands meet a mistake when "a-fault" is among their parameters."""


@pytest.mark.parametrize("registered", [True, False])
def test_X05_a_fault_in_any_command_costs_nobody_his_session(tmp_path: Path, threads: int, registered: bool):
    names = [name for name, row in COMMANDS.items() if (row.after if registered else row.before)]
    command = (sys.executable, "-c", FAULTY)
    with ServerProcess(tmp_path, threads=threads, throttled=False, command=command) as server:
        with Bystander(server.port) as bystander, RawClient(server.port) as client:
            if registered:
                client.registers("ann", "standard-replies").joins("#lobby")
            else:
                client.says("CAP REQ :standard-replies")
                client.hears("CAP")
            for name in names:
                params = " ".join(["a-fault"] * max(1, COMMANDS[name].required))
                client.says(f"{name} {params}")
                told = client.hears("FAIL")
                assert told.params[:2] == [name, "INTERNAL_ERROR"]
                bystander.is_served()
            if not registered:
                client.says("NICK late", "USER l 0 * :l", "CAP END")
                client.hears("376", "422")
            client.answers_to("PING still")
        shown = names[:REPEATS_MAX]  # The log holds the others back, and counts them.
        until(lambda: len(logged(server, "a command failed")) >= len(shown), "the first mistakes in the log")
        records = logged(server, "a command failed")
        assert [record["command"] for record in records] == shown
        assert all(record["error"] == "ZeroDivisionError" and record["frames"] for record in records)
        assert "secret" not in server.log
        assert server.terminate() == 0


class Systemd:
    """The service manager's socket: what it hears from a server that it watches, with WatchdogSec=1."""

    def __init__(self, folder: Path) -> None:
        path = str(folder / "notify")
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(path)
        self.environment = (f"NOTIFY_SOCKET={path}", "WATCHDOG_USEC=1000000")

    def hears(self, expected: str, seconds_max: float = SECONDS_MAX) -> bool:
        """Whether this is the next that it hears, within that time; what comes is nothing else."""
        self.sock.settimeout(seconds_max)
        try:
            heard = self.sock.recv(100).decode()
        except TimeoutError:
            return False
        assert heard == expected
        return True

    def misses_it(self) -> bool:
        """True when it did not hear WATCHDOG=1 for a whole WatchdogSec: it would end the server now."""
        return not self.hears("WATCHDOG=1", 1.0)


def test_X06_a_loop_that_stands_is_in_the_log_with_its_stacks_and_missed_by_systemd(tmp_path: Path, threads: int):
    systemd = Systemd(tmp_path)
    with systemd.sock, hasty(tmp_path, threads, *systemd.environment) as server:
        assert systemd.hears("READY=1") and systemd.hears("WATCHDOG=1")
        with RawClient(server.port).registers("ann").joins("#lobby") as ann:
            ann.says("PRIVMSG #lobby :a secret of ours", "PING before")
            ann.hears("PONG")
            server.process.send_signal(signal.SIGUSR1)
            until(systemd.misses_it, "a loop that systemd does not hear from")
            found = until(lambda: logged(server, "the server has not answered for a while"), "the stacks in the log")
            assert len(found) == 1 and found[0]["level"] == "error"
            frames = found[0]["frames"]
            assert frames[0] == "thread MainThread" and any(frame.endswith(" wait") for frame in frames[1:4])
            assert {"thread journal", "thread ipcchat-watchdog"} < set(frames)
            assert ann.answers_to("PING still")
            again = until(lambda: logged(server, "the server answers again"), "that it answers again")
            assert len(again) == 1 and 1.5 < again[0]["seconds"] < 10.0
            assert systemd.hears("WATCHDOG=1")
        assert all(line.isprintable() for line in server.log.splitlines())
        assert "secret" not in server.log
        assert server.terminate() == 0


def test_X07_a_journal_that_hangs_is_an_alarm_and_systemd_may_start_the_server_again(tmp_path: Path, threads: int):
    systemd = Systemd(tmp_path)
    with systemd.sock, hasty(tmp_path, threads, *systemd.environment) as server:
        assert systemd.hears("READY=1") and systemd.hears("WATCHDOG=1")
        with (
            RawClient(server.port).registers("ann", "echo-message") as ann,
            RawClient(server.port).registers("cy") as cy,
        ):
            ann.joins("#lobby").says("PRIVMSG #lobby :kept")
            ann.hears("PRIVMSG")
            server.process.send_signal(signal.SIGWINCH)
            until(lambda: "the journal hangs" in server.log, "the signal taken")
            ann.says("PRIVMSG #lobby :never confirmed")
            until(lambda: logged(server, "the journal has not answered for a while"), "the alarm in the log")
            until(systemd.misses_it, "a journal that makes systemd hear nothing")
            assert cy.answers_to("PING x")  # What needs no disk is answered all the same.
            assert not logged(server, "the server has not answered for a while")
        server.kill()  # As systemd does.
        server.start()
        with RawClient(server.port).registers("bob", "message-tags batch draft/chathistory").joins("#lobby") as bob:
            assert [line.params[-1] for line in everything(bob, "#lobby")] == ["kept"]
        assert server.terminate() == 0


def serves_without_a_log(server: ServerProcess) -> None:
    """The server answers people, and logs what nobody can read."""
    with Bystander(server.port) as bystander:
        for _ in range(3):
            with RawClient(server.port) as mallory:
                mallory.sends(b"\x16\x03\x01")
                assert mallory.hears_bytes_to_end() == b""
            bystander.is_served()
    assert server.terminate() == 0


def test_X09_standard_error_is_closed(tmp_path: Path, threads: int):
    command = ("/bin/sh", "-c", 'exec "$@" 2>&-', "sh", *SERVER)
    with ServerProcess(tmp_path, threads=threads, command=command) as server:
        serves_without_a_log(server)


def test_X09_nobody_reads_standard_error(tmp_path: Path, threads: int):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        with ServerProcess(tmp_path, threads=threads, standard_error=writer) as server:
            serves_without_a_log(server)
    finally:
        os.close(writer)


def test_X09_the_log_pipe_is_full(tmp_path: Path, threads: int):
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 4_096)
    except BlockingIOError:
        os.set_blocking(writer, True)
    try:
        with ServerProcess(tmp_path, threads=threads, standard_error=writer) as server:
            serves_without_a_log(server)
    finally:
        os.close(writer)
        os.close(reader)
