"""The server process that is killed: started on the same folder and port again and again, ended by its pid.

Rules:
1. The server is a process group of its own, so that SIGKILL reaches all of it and nothing else.
2. The port lies below the range that the system gives to outgoing connections: nobody takes it between two lives.
3. The log of all lives is kept in one file.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path
from random import Random

from tests.crash.socket_line import Door

ROOT = Path(__file__).parent.parent.parent
SERVER = (sys.executable, str(ROOT / "server.py"))
READY_SECONDS_MAX = 30
PORTS = (20_000, 30_000)
LOG_TAIL_LINES = 15


class StartFailed(Exception):
    """The server ended or was silent instead of getting ready; the text has the end of its log."""


def free_port(random: Random) -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    while True:
        port = random.randrange(*PORTS)
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class ServerProcess:
    """One server with many lives and all doors. `command` starts it, `folder` holds its log and, with `journal`, its
    data."""

    def __init__(self, command: tuple[str, ...], folder: Path, random: Random, *, threads: int, journal: bool) -> None:
        self._data = ["--data", str(folder / "journal")] if journal else []
        tcp, tls, self.plain_port = (free_port(random) for _ in range(3))
        path = folder / "socket"
        self.doors = [Door(tcp), Door(path=path)]
        urls = [f"irc://127.0.0.1:{tcp}", f"unix://{path}", f"plain://127.0.0.1:{self.plain_port}"]
        if journal:  # The certificate is with the data.
            self.doors.insert(1, Door(tls, tls=True))
            urls.append(f"ircs://127.0.0.1:{tls}")
        listen = [word for url in urls for word in ("--listen", url)]
        place = self._data or ["--memory"]
        self._command = [*command, *listen, *place, "--no-throttle", "--threads", str(threads)]
        self._program = command
        self._log = folder / "log"
        self._process: asyncio.subprocess.Process | None = None

    async def make_certificate(self) -> None:
        """What the door with TLS needs. Raises StartFailed, TimeoutError."""
        if not self._data:
            return
        with self._log.open("ab") as log:
            command = [*self._program, "certificate", "--make", "127.0.0.1", *self._data]
            making = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log, cwd=ROOT)
            async with asyncio.timeout(READY_SECONDS_MAX):
                status = await making.wait()
        if status:
            raise StartFailed("a certificate could not be made; see the log")

    async def spawn(self) -> None:
        """Starts a life without waiting for it to get ready."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                cwd=ROOT,
                start_new_session=True,
            )

    async def ready(self) -> None:
        """Waits for the line that says it listens. Raises StartFailed."""
        assert self._process is not None and self._process.stdout is not None
        try:
            async with asyncio.timeout(READY_SECONDS_MAX):
                while line := await self._process.stdout.readline():
                    if line.startswith(b"listening on "):
                        return
        except TimeoutError:
            pass
        tail = self._log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        raise StartFailed("\n".join(["the server did not get ready; its log ends with:", *tail]))

    async def kill(self) -> None:
        """SIGKILL to the life and all that it started; may be called when it is dead. Raises TimeoutError."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        async with asyncio.timeout(READY_SECONDS_MAX):
            await process.wait()

    def tracebacks(self) -> int:
        """How many exceptions the server logged in all its lives, by itself or through the interpreter."""
        written = self._log.read_text(errors="replace")
        return written.count("Traceback (most recent call last)") + written.count('"frames":')
