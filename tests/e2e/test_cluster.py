"""`cluster up`: three real nodes and three real NATS servers, some of which are killed."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.raw_client import RawClient
from tests.e2e.server_process import ROOT, free_port
from tests.e2e.waiting import until

NODES = 3
LINE = re.compile(r"^node-(\d): irc://127\.0\.0\.1:(\d+) ", re.MULTILINE)


class Cluster:
    """A cluster of `cluster up` in a folder."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self._output = folder / "out"
        self._log = folder / "log"
        self.ports: dict[int, int] = {}
        first = free_ports(NODES)
        words = ["cluster", "up", "--data", str(self.data), "--irc-port", str(first), "--http-port", str(first + NODES)]
        with self._output.open("wb") as output, self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "server.py"), *words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=log,
                cwd=ROOT,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        """What it wrote to standard error."""
        return self._log.read_text()[-4_000:]

    def is_ready(self) -> bool:
        """Everything serves."""
        assert self.process.poll() is None, self.log
        self.ports = {int(number): int(port) for number, port in LINE.findall(self._output.read_text())}
        return len(self.ports) == NODES

    def pid_of(self, name: str) -> int:
        """The process of a node ("node-2") or of a NATS server ("nats-2")."""
        mark = os.fsencode(self.data / name) + b"/"
        found = [pid for pid in descendants(self.process.pid) if mark in command_of(pid)]
        assert found, f"{name} does not run"
        return found[0]

    def status(self) -> tuple[int, str]:
        """The exit code of `cluster status`, and what it says."""
        words = ["cluster", "status", "--data", str(self.data / "node-1")]
        done = subprocess.run(
            [sys.executable, str(ROOT / "server.py"), *words], capture_output=True, text=True, timeout=30, cwd=ROOT
        )
        return done.returncode, done.stdout + done.stderr

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send it a signal; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(30)


def free_ports(count: int) -> int:
    """The first of so many free ports in a row for IRC, and as many for browsers."""
    while True:
        first = free_port()
        with ExitStack() as held:
            try:
                for port in range(first, first + 2 * count):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first


def descendants(pid: int) -> list[int]:
    """All processes that come from that one."""
    found = [int(each) for path in Path(f"/proc/{pid}/task").glob("*/children") for each in path.read_text().split()]
    return [*found, *(each for child in found for each in descendants(child))]


def command_of(pid: int) -> bytes:
    """What a process was started with."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster that serves."""
    started = Cluster(tmp_path)
    try:
        until(started.is_ready, "three nodes that serve")
        yield started
        if started.process.poll() is None:
            assert started.stop() == 0, started.log
    finally:
        if started.process.poll() is None:
            started.process.kill()
            started.process.wait()


def serves(cluster: Cluster, node: int, nick: str) -> RawClient | None:
    """A connection to a node that takes one."""
    client = None
    try:
        client = RawClient(cluster.ports[node])
        return client.registers(nick).joins("#lobby")
    except (AssertionError, OSError):
        if client is not None:
            client.close()
        return None


@pytest.mark.timeout(180)
def test_the_terminal_is_closed_while_another_one_is_begun(cluster: Cluster, tmp_path: Path) -> None:
    """Its ports are not shared with strangers, and nothing goes on without its terminal."""
    ports = ["--irc-port", str(cluster.ports[1]), "--data", str(tmp_path / "another")]
    other = subprocess.run(
        [sys.executable, str(ROOT / "server.py"), "cluster", "up", *ports], capture_output=True, text=True, timeout=30
    )
    assert other.returncode == 69
    expected = f"port {cluster.ports[1]} is in use; does another one run? --irc-port and --http-port choose other ports"
    assert other.stderr.endswith(f"ipc-chat: {expected}\n")
    pids = descendants(cluster.process.pid)
    assert cluster.stop(signal.SIGHUP) == 0
    assert not [pid for pid in pids if command_of(pid)]


@pytest.mark.timeout(180)
def test_one_of_each_is_killed_and_nobody_else_notices(cluster: Cluster) -> None:
    code, text = cluster.status()
    assert code == 0, text
    assert len(re.findall(r"^node-\d +serving ", text, re.MULTILINE)) == NODES, text
    assert "3 copies of which 3 are current" in text
    with ExitStack() as stack:
        ann, bob, cat = (stack.enter_context(RawClient(port)) for port in cluster.ports.values())
        for nick, client in (("ann", ann), ("bob", bob), ("cat", cat)):
            client.registers(nick, "message-tags").joins("#lobby")
        ann.says("PRIVMSG #lobby :one")
        for client in (bob, cat):
            client.hears_text("one")
        ann.says("@+typing=active TAGMSG #lobby")
        for client in (bob, cat):
            assert client.hears("TAGMSG").tags["+typing"] == "active"
        os.kill(cluster.pid_of("nats-3"), signal.SIGKILL)
        bob.says("PRIVMSG #lobby :two")
        for client in (ann, cat):
            client.hears_text("two")
        os.kill(cluster.pid_of("node-3"), signal.SIGKILL)
        ann.says("PRIVMSG #lobby :three")
        bob.hears_text("three")
        for client in (ann, bob):
            assert client.hears("QUIT").source == "cat!~cat@localhost"
        again = stack.enter_context(until(lambda: serves(cluster, 3, "cat2"), "the third node again"))
        again.says("PRIVMSG #lobby :four")
        for client in (ann, bob):
            client.hears_text("four")
            assert not [line for line in client.heard if line.command == "QUIT"]


@pytest.mark.timeout(180)
def test_a_node_that_was_stopped_for_long_starts_anew(cluster: Cluster) -> None:
    """Row X03: what it says is not taken any more, and its people are sent away."""
    with ExitStack() as stack:
        ann, bob = (stack.enter_context(RawClient(cluster.ports[node])) for node in (1, 2))
        ann.registers("ann").joins("#lobby")
        bob.registers("bob").joins("#lobby")
        pid = cluster.pid_of("node-2")
        os.kill(pid, signal.SIGSTOP)
        assert ann.hears("QUIT").source == "bob!~bob@localhost"
        os.kill(pid, signal.SIGCONT)
        bob.says("PRIVMSG #lobby :from the past")
        bob.hears_bytes_to_end()
        again = stack.enter_context(until(lambda: serves(cluster, 2, "bob"), "the second node again"))
        again.says("PRIVMSG #lobby :and now")
        ann.hears_text("and now")
        assert not [line for line in ann.heard if "from the past" in line.params]


@pytest.mark.timeout(180)
def test_without_a_quorum_nothing_is_confirmed_and_everybody_is_told(cluster: Cluster) -> None:
    with RawClient(cluster.ports[1]).registers("ann", "standard-replies echo-message") as ann:
        ann.joins("#lobby")
        stopped = [cluster.pid_of(f"nats-{number}") for number in (1, 2)]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            assert ann.hears("NOTE").params[1] == "NOT_STORED"
            ann.says("PRIVMSG #lobby :is anybody there?")
            assert ann.hears("FAIL", "PRIVMSG").command == "FAIL"
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)
        assert ann.hears("NOTE").params[1] == "STORED_AGAIN"
        ann.says("PRIVMSG #lobby :here")
        assert ann.hears("PRIVMSG").params[-1] == "here"
