"""The real server as a process: `server.py` with a folder of its own, started, watched and ended by its pid.

Rules:
1. Standard output and standard error are files, so that nobody has to read them for the server to go on.
2. It is ready when it says so on standard output, and never before.
3. A server that is restarted keeps its port, which lies below those that the system gives to outgoing connections.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from random import SystemRandom
from types import TracebackType

from tests.e2e.waiting import until

ROOT = Path(__file__).resolve().parents[2]
SERVER = (sys.executable, str(ROOT / "server.py"))
PORTS = (20_000, 30_000)
STOP_SECONDS_MAX = 10
LISTENING = re.compile(r"^listening on irc://127\.0\.0\.1:(\d+)$", re.MULTILINE)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    while True:
        port = SystemRandom().randrange(*PORTS)
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class ServerProcess:
    """One server on one folder, with as many lives as a test wants. `command` are the words that start it; what it
    needs to know is added as options. `standard_error` is a descriptor to use instead of the log file."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        threads: int = 0,
        memory: bool = False,
        throttled: bool = True,
        port: int = 0,
        command: tuple[str, ...] = SERVER,
        standard_error: int | None = None,
    ) -> None:
        self.journal = folder / "journal"
        place = ["--memory"] if memory else ["--data", str(self.journal)]
        pace = [] if throttled else ["--no-throttle"]
        self._command = [*command, *place, *pace, "--threads", str(threads), *options]
        self._output = folder / "server.out"
        self._log = folder / "server.log"
        self._standard_error = standard_error
        self._process: subprocess.Popen[bytes] | None = None
        self.port = port

    def __enter__(self) -> ServerProcess:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Begin a life and wait until people can connect."""
        with self._output.open("wb") as output, self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command, "--listen", f"irc://127.0.0.1:{self.port}"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=log if self._standard_error is None else self._standard_error,
                cwd=ROOT,
                start_new_session=True,
            )
        try:
            found = until(self._look_for_port, f"a line 'listening on'; the log is: {self._tail()}")
        except BaseException:
            self.kill()
            raise
        self.port = int(found[1])

    def _look_for_port(self) -> re.Match[str] | None:
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended with {self.process.returncode}: {self._tail()}")
        return LISTENING.search(self._output.read_text())

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The present life."""
        assert self._process is not None, "the server is not running"
        return self._process

    @property
    def url(self) -> str:
        """Its address, as clients take it."""
        return f"irc://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """Everything that its lives wrote to standard error."""
        return self._log.read_text(errors="replace")

    def _tail(self) -> str:
        return self.log[-2_000:] if self._log.exists() else ""

    # How it ends.

    def kill(self) -> None:
        """SIGKILL; may be called when it is dead."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def terminate(self) -> int:
        """SIGTERM; returns the exit code."""
        process = self.process
        process.send_signal(signal.SIGTERM)
        code = process.wait(STOP_SECONDS_MAX)
        self._process = None
        return code

    def end(self, number: signal.Signals) -> None:
        """End the life by this signal, SIGTERM or SIGKILL."""
        if number is signal.SIGTERM:
            assert self.terminate() == 0, self._tail()
        else:
            self.kill()

    # How it is.

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    @property
    def output(self) -> str:
        """What this life, and those that took its process over, wrote to standard output."""
        return self._output.read_text()

    @property
    def failures(self) -> list[str]:
        """The log entries of exceptions: an interpreter's traceback, or the server's own record with frames."""
        marks = ("Traceback", '"frames"', '"level": "critical"', "Fatal Python error")
        return [line for line in self.log.splitlines() if any(mark in line for mark in marks)]

    @property
    def memory_bytes(self) -> int:
        """Resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
        assert found is not None, status
        return int(found[1]) * 1024

    @property
    def cpu_seconds(self) -> float:
        """Processor time used so far, user and system."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def sockets(self) -> int:
        """How many sockets are open."""
        descriptors = Path(f"/proc/{self.process.pid}/fd")
        return sum(target(descriptor).startswith("socket:") for descriptor in descriptors.iterdir())


def target(descriptor: Path) -> str:
    """What a descriptor leads to; "" when it was closed meanwhile."""
    try:
        return os.readlink(descriptor)
    except FileNotFoundError:
        return ""
