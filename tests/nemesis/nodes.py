"""The nodes: server processes that share one journal, each in a place of the network and with a data folder of its own.

Rules:
1. A node that ends by itself is started again, as a service manager does; one that was killed only when it is told to.
2. Processes end with this one, however it ends (ipcchat.server.nats.tied), and are ended by their process id.
3. The logs of all lives of a node are in one file.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

from ipcchat.server.nats.launching import TIED
from tests.crash.socket_line import Door
from tests.crash.supervisor import ROOT, SERVER, StartFailed, free_port
from tests.e2e.waiting import until
from tests.nats_network import Network

IRC_PORT, TLS_PORT = 6667, 6697
READY_SECONDS_MAX = 60.0
AGAIN_SECONDS = 0.5
LOG_TAIL_LINES = 15
STREAM_BYTES_MAX = 512 << 20

CONFIGURATION = """
[server]
exempt = ["10.77.0.0/16", "127.0.0.0/8"]

[cluster]
servers = [{servers}]
node = "{name}"
replicas = {replicas}
stream_bytes_max = {stream_bytes_max}

[limits]
registrations_per_address_max = 1000
"""


class Node:
    """One node with many lives. `program` starts it; its doors are for guests, and with TLS for those with accounts."""

    def __init__(self, name: str, network: Network, folder: Path, program: Sequence[str] = SERVER) -> None:
        self.name = name
        host, random = network.address(name), Random()
        port, tls = (IRC_PORT, TLS_PORT) if network.isolated else (free_port(random), free_port(random))
        self.door, self.tls_door = Door(port, host=host), Door(tls, tls=True, host=host)
        self.folder = folder / name
        self.exits: Counter[int] = Counter()
        self._network = network
        self._log = folder / f"{name}.log"
        configuration = folder / f"{name}.toml"
        servers = network.urls
        configuration.write_text(
            CONFIGURATION.format(
                servers=", ".join(f'"{url}"' for url in servers),
                name=name,
                replicas=3 if len(servers) >= 3 else 1,
                stream_bytes_max=STREAM_BYTES_MAX,
            )
        )
        words = ["--config", str(configuration), "--data", str(self.folder), "--no-throttle"]
        doors = ["--listen", f"irc://{host}:{port}", "--listen", f"ircs://{host}:{tls}"]
        self._words = [*program, *words, *doors]
        make = [*SERVER, "certificate", "--make", host, "--data", str(self.folder)]
        subprocess.run(make, check=True, capture_output=True, cwd=ROOT, timeout=READY_SECONDS_MAX)
        self._starter = ThreadPoolExecutor(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._mutex = threading.Lock()
        self._is_wanted = False
        self._ended_at = 0.0

    @property
    def journal(self) -> Path:
        """The SQLite file."""
        return self.folder / "chat.db"

    def start(self) -> None:
        """Start a life, without waiting for it to serve; nothing when it lives."""
        with self._mutex:
            self._is_wanted = True
            if self._process is None or self._process.poll() is not None:
                self._process = self._starter.submit(self._spawn).result()

    def _spawn(self) -> subprocess.Popen[bytes]:
        """On a thread that lives as long as this object: the process ends with it."""
        tied = [sys.executable, "-I", "-S", str(TIED), str(os.getpid()), "signal", *self._words]
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._network.command(self.name, *tied),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                start_new_session=True,
            )

    def look_after(self) -> None:
        """Start it again when it ended by itself a moment ago."""
        with self._mutex:
            if not self._is_wanted or self._process is None or self._process.poll() is None:
                return
            now = time.monotonic()
            if not self._ended_at:
                self._ended_at = now
                self.exits[self._process.returncode] += 1
            if now - self._ended_at < AGAIN_SECONDS:
                return
            self._ended_at = 0.0
            self._process = self._starter.submit(self._spawn).result()

    def serves(self) -> bool:
        """Whether somebody can connect."""
        return self._network.call(self.name, self._is_listening)

    def _is_listening(self) -> bool:
        try:
            socket.create_connection((self.door.host, self.door.port), 1.0).close()
        except OSError:
            return False
        return True

    def await_serving(self) -> None:
        """Return when it serves. Raises StartFailed."""

        def look() -> bool:
            self.look_after()
            return self.serves()

        try:
            until(look, f"{self.name} serves", READY_SECONDS_MAX)
        except AssertionError as error:
            raise StartFailed(f"{error}; its log ends with:\n{self.log_tail()}") from None

    def log_tail(self) -> str:
        """The last lines of its log."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])

    def kill(self) -> None:
        """End it as a power switch does; it stays dead until `start`."""
        with self._mutex:
            self._is_wanted = False
            self._signal(signal.SIGKILL)
            if self._process is not None:
                self._process.wait(READY_SECONDS_MAX)

    def stop(self) -> int:
        """End it as an administrator does. Its exit code."""
        with self._mutex:
            self._is_wanted = False
            assert self._process is not None
            self._signal(signal.SIGTERM)
            return self._process.wait(READY_SECONDS_MAX)

    def pause(self) -> None:
        """Let it stand still."""
        with self._mutex:
            self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        with self._mutex:
            self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, number)

    def release(self) -> None:
        """End it, and what starts it."""
        self.kill()
        self._starter.shutdown()

    def tracebacks(self) -> int:
        """How many exceptions it logged in all its lives."""
        if not self._log.exists():
            return 0
        written = self._log.read_text(errors="replace")
        return written.count("Traceback (most recent call last)") + written.count('"frames":')


def share_secret(first: Node, others: Sequence[Node]) -> None:
    """What the guide says to copy by hand: addresses are cloaked with it."""
    until((first.folder / "secret").exists, "the first node's secret")
    for node in others:
        node.folder.mkdir(mode=0o700, exist_ok=True)
        shutil.copy2(first.folder / "secret", node.folder / "secret")
