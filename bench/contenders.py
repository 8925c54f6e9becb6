"""The servers under test: how each one is configured, started, found ready and stopped.

Rules:
1. Each start has a fresh folder for the configuration, the journal and the log; it is removed afterwards.
2. Limits are raised until only the server's own work limits it: no throttle, no DNS, no ident, no clone limits.
3. A server is ended by its pid: SIGTERM, and SIGKILL after STOP_SECONDS_MAX.
4. Ready means: ours has printed its line, another one accepts connections.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from bench.generator import PENDING, BenchError

ROOT = Path(__file__).parent.parent
READY_SECONDS_MAX = 30
STOP_SECONDS_MAX = 10
LOG_TAIL_LINES = 3
READY_LINE = re.compile(rb"listening on irc://127\.0\.0\.1:(\d+)")


@dataclass
class Running:
    """A server that accepts connections: its process, its port, and the seconds from exec to ready."""

    pid: int
    port: int
    ready_seconds: float
    process: subprocess.Popen[bytes] | None = None


@dataclass(frozen=True)
class Contender(ABC):
    """One server under test. `pending` is how many registrations at once its listen backlog stands."""

    name: str
    pending: int = PENDING
    says_when_ready: ClassVar[bool] = False

    @abstractmethod
    def command(self, folder: Path, port: int) -> list[str]:
        """Writes the configuration into `folder`; returns the command that serves it on `port`. Raises BenchError."""

    def wait(self, process: subprocess.Popen[bytes], port: int, deadline: float) -> int:
        """Waits until the server is ready and returns its port. Raises BenchError."""
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return port
            time.sleep(0.001)
        raise BenchError(f"{self.name} did not get ready")

    @contextlib.contextmanager
    def running(self, under: str | None) -> Iterator[Running]:
        """The server, started in a fresh folder below `under`, stopped and removed at the end. Raises BenchError."""
        with tempfile.TemporaryDirectory(prefix="ipc-chat-bench-", dir=under) as name:
            folder = Path(name)
            server = self.start(folder)
            try:
                yield server
            finally:
                stop(server)

    def start(self, folder: Path, port: int = 0) -> Running:
        """Starts the server, on a free port when none is named, and waits until it is ready. Raises BenchError with the
        end of its log."""
        port = port or free_port()
        command = self.command(folder, port)
        log = folder / "log"
        with log.open("wb") as file:
            output = subprocess.PIPE if self.says_when_ready else file
            started = time.monotonic()
            process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=file)
        server = Running(process.pid, port, 0.0, process)
        try:
            server.port = self.wait(process, port, started + READY_SECONDS_MAX)
            server.ready_seconds = time.monotonic() - started
        except BenchError as error:
            stop(server)
            tail = log.read_text(errors="replace").strip().splitlines()[-LOG_TAIL_LINES:]
            raise BenchError("; ".join([str(error), *tail])) from None
        except BaseException:
            stop(server)
            raise
        return server


def stop(server: Running) -> None:
    """Ends a server that we started; does nothing to one that was attached."""
    process = server.process
    if process is None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def own_command() -> tuple[str, ...]:
    """How our server is started: with this Python, or with the project's own when this one lacks the requirements."""
    inside = ROOT / ".venv" / "bin" / "python"
    ready = importlib.util.find_spec("msgspec") is not None or not inside.exists()
    return (sys.executable if ready else str(inside), str(ROOT / "server.py"))


@dataclass(frozen=True)
class Attached(Contender):
    """A server that runs already."""

    name: str = "attached"

    def command(self, folder: Path, port: int) -> list[str]:
        raise BenchError("an attached server is measured, not started")


@dataclass(frozen=True)
class Ours(Contender):
    """Our server with its SQLite journal (synchronous=FULL)."""

    name: str = "IPC Chat"
    threads: int = 0
    says_when_ready: ClassVar[bool] = True
    program: tuple[str, ...] = field(default_factory=own_command)

    def command(self, folder: Path, port: int) -> list[str]:
        options = ["--listen", "irc://127.0.0.1:0", "--data", str(folder / "journal"), "--no-throttle"]
        return [*self.program, *options, "--threads", str(self.threads)]

    def wait(self, process: subprocess.Popen[bytes], port: int, deadline: float) -> int:
        assert process.stdout is not None
        heard = b""
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while (left := deadline - time.monotonic()) > 0 and selector.select(left):
                part = os.read(process.stdout.fileno(), 4096)
                heard += part
                if found := READY_LINE.search(heard):
                    return int(found[1])
                if not part:
                    break
        raise BenchError(f"{self.name} did not say that it listens")


INSPIRCD_CONF = """\
<config format="xml">
<server name="peer.test" description="benchmark" network="Bench" id="001">
<admin name="bench" nick="bench" email="bench@peer.test">
<bind address="127.0.0.1" port="{port}" type="clients">
<connect name="load" allow="*" timeout="60" pingfreq="600" fakelag="no" commandrate="1000000000" threshold="1000000000"
         hardsendq="67108864" softsendq="67108864" recvq="1048576" localmax="100000" globalmax="100000" limit="100000"
         maxchans="1000" resolvehostnames="no" useident="no" maxconnwarn="no">
<performance softlimit="20000" somaxconn="4096" netbuffersize="65534" quietbursts="yes" nouserdns="yes"
             clonesonconnect="no">
<path configdir="{folder}" datadir="{folder}" logdir="{folder}" runtimedir="{folder}">
"""


@dataclass(frozen=True)
class InspIRCd(Contender):
    """InspIRCd 3: C++, one thread, everything in memory. `modules` are loaded beside what it always has."""

    name: str = "InspIRCd"
    modules: tuple[str, ...] = ()

    def command(self, folder: Path, port: int) -> list[str]:
        binary = program("inspircd")
        config = folder / "inspircd.conf"
        modules = "".join(f'<module name="{module}">\n' for module in self.modules)
        config.write_text(INSPIRCD_CONF.format(port=port, folder=folder) + modules)
        as_root = ["--runasroot"] if os.geteuid() == 0 else []
        return [binary, *as_root, "--nofork", "--nopid", "--nolog", "--config", str(config)]


NGIRCD_CONF = """\
[Global]
Name = peer.test
Info = benchmark
Listen = 127.0.0.1
Ports = {port}
AdminInfo1 = benchmark
AdminEMail = bench@peer.test
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 31
MaxPenaltyTime = 0
PingTimeout = 600
PongTimeout = 60
[Options]
DNS = no
Ident = no
PAM = no
"""


@dataclass(frozen=True)
class NgIRCd(Contender):
    """ngIRCd: C, one thread, everything in memory. Its listen backlog is 10, so few clients may come at once."""

    name: str = "ngIRCd"
    pending: int = 8

    def command(self, folder: Path, port: int) -> list[str]:
        binary = program("ngircd")
        config = folder / "ngircd.conf"
        config.write_text(NGIRCD_CONF.format(port=port))
        return [binary, "-n", "-f", str(config)]


ERGO_CONF = """\
network: {{name: Bench}}
server:
  name: peer.test
  listeners: {{"127.0.0.1:{port}": {{}}}}
  casemapping: ascii
  enforce-utf8: true
  lookup-hostnames: false
  check-ident: false
  max-sendq: 64M
  ip-limits: {{count: false, throttle: false}}
  ip-cloaking: {{enabled: false}}
accounts: {{authentication-enabled: true, registration: {{enabled: false}}}}
channels: {{max-channels-per-client: 1000, registration: {{enabled: false}}}}
datastore: {{path: "{folder}/ergo.db", autoupgrade: true}}
languages: {{enabled: false}}
limits: {{nicklen: 32, identlen: 20, channellen: 64, awaylen: 390, kicklen: 390, topiclen: 390, monitor-entries: 100,
          whowas-entries: 100, chan-list-modes: 100, registration-messages: 1024}}
fakelag: {{enabled: false}}
history: {{enabled: false}}
logging: [{{method: stderr, type: "*", level: error}}]
"""


@dataclass(frozen=True)
class Ergo(Contender):
    """Ergo: Go, all cores, history off. `binary` is its path; it is in no Debian release."""

    name: str = "Ergo"
    binary: str = "ergo"

    def command(self, folder: Path, port: int) -> list[str]:
        binary = program(self.binary)
        config = folder / "ergo.yaml"
        config.write_text(ERGO_CONF.format(port=port, folder=folder))
        done = subprocess.run([binary, "initdb", "--conf", str(config)], capture_output=True, text=True)
        if done.returncode != 0:
            raise BenchError(f"ergo initdb failed: {done.stderr.strip()}")
        return [binary, "run", "--conf", str(config)]


def program(name: str) -> str:
    """The path of an installed server. Raises BenchError with what to install."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if path is None:
        raise BenchError(f"{name} is not installed; apt install --no-install-recommends {name}")
    return path


def version_of(name: str) -> str:
    """The first number with dots that `name --version` prints; "" when it is not installed."""
    try:
        done = subprocess.run([program(name), "--version"], capture_output=True, text=True, timeout=10)
    except (BenchError, OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(r"\d+\.\d+(\.\d+)?", done.stdout)
    return found[0] if found else ""
