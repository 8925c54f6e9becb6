"""A real nats-server with JetStream on loopback: it can be killed and started again on its port; and nodes of it."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from ipcchat.backend.cluster.backend import ClusterBackend
from ipcchat.backend.cluster.stream import StreamSettings

PROGRAM = Path(sys.executable).with_name("nats-server")
READY_SECONDS = 20


class NatsServer:
    """One server with its store in `folder`. Every start takes the same port."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        """`settings` are further ones of its configuration."""
        folder.mkdir(parents=True, exist_ok=True)
        self.port = _free_port()
        self._config = folder / "nats.conf"
        jetstream = {"store_dir": str(folder / "store")}
        configuration = {"host": "127.0.0.1", "port": self.port, "jetstream": jetstream, **settings}
        self._config.write_text(json.dumps(configuration))
        self._log = folder / "nats.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What clients connect to."""
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([str(PROGRAM), "-c", str(self._config)], stdout=log, stderr=log)
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers():
            assert self._process.poll() is None and time.monotonic() < deadline, self._log.read_text()[-2_000:]
            time.sleep(0.02)

    def kill(self) -> None:
        """End it at once."""
        self.signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def stop(self) -> None:
        """End it gently. May be called when it is dead already."""
        if self._process is not None and self._process.poll() is None:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def pause(self) -> None:
        """Stop all of its threads until SIGCONT: on a busy machine some still run when kill() returns."""
        self.signal(signal.SIGSTOP)
        assert self._process is not None
        tasks = Path(f"/proc/{self._process.pid}/task")
        deadline = time.monotonic() + READY_SECONDS
        while any("\nState:\tT" not in (task / "status").read_text() for task in tasks.iterdir()):
            assert time.monotonic() < deadline, "a thread of the server does not stop"
            time.sleep(0.001)

    async def restart(self) -> None:
        """Kill it and start it again, while the loop goes on."""
        await asyncio.to_thread(self.kill)
        await asyncio.to_thread(self.start)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                return connection.recv(4) == b"INFO"
        except OSError:
            return False


_streams = itertools.count(1)


def stream_settings() -> StreamSettings:
    """A stream of its own for a test."""
    number = next(_streams)
    return StreamSettings(f"TEST{number}", f"test{number}.facts")


def clustered(
    server: NatsServer, path: Path, incarnation: str, stream: StreamSettings | None = None, **options: Any
) -> ClusterBackend:
    """A node's backend, not opened yet."""
    return ClusterBackend(
        path, servers=[server.url], incarnation=incarnation, stream=stream or stream_settings(), **options
    )


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
