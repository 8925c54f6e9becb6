"""One life of the program nats-server: started, ready, ended.

Rules:
1. No shell. The program has a session of its own, so that Ctrl-C in a terminal ends the nodes first, and it ends with
   the thread that started it, however that ends (tied.py).
2. It inherits the lock on its folder: as long as it lives, no other one uses its store, also when whoever started it
   was killed.
3. Ready means that it listens and that JetStream is on. Each wait has a deadline, and an error has the last lines that
   it logged.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from ipcchat.server.logs import escape
from ipcchat.server.nats.config import NatsSettings, write
from ipcchat.server.nats.errors import StartError

TIED: Final = Path(__file__).with_name("tied.py")
BY_KERNEL: Final = sys.platform == "linux"

READY_SECONDS_MAX: Final = 60.0
"""A store of some GB is read before the server listens."""

END_SECONDS_MAX: Final = 10.0
LOCK_SECONDS_MAX: Final = 10.0
"""How long a predecessor that was told to end may take."""

LOOK_SECONDS: Final = 0.02
HELLO_SECONDS_MAX: Final = 1.0
HELLO_BYTES_MAX: Final = 65_536
MONITOR_BYTES_MAX: Final = 1 << 20
LAST_LINES: Final = 5
LAST_BYTES: Final = 4_096
LINE_CHARACTERS_MAX: Final = 300


class Hello(msgspec.Struct, frozen=True):
    """What a server says first on each connection (INFO), as far as it matters here."""

    version: str = ""
    server_name: str = ""
    jetstream: bool = False
    tls_required: bool = False


class Addresses(msgspec.Struct, frozen=True):
    """Where a server is: for clients, for routes (None: no cluster) and for monitoring (a URL, or "")."""

    host: str
    port: int
    routes_port: int | None = None
    monitor: str = ""
    tls: bool = False

    @property
    def url(self) -> str:
        """For nats-py."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'tls' if self.tls else 'nats'}://{host}:{self.port}"


def lock_folder(folder: Path, seconds_max: float = LOCK_SECONDS_MAX) -> int:
    """A descriptor that holds the lock on a server's folder until every copy of it is closed. Raises StartError when
    another server still holds it after `seconds_max`."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StartError(f"cannot use {folder}: {error.strerror}") from None
    deadline = time.monotonic() + seconds_max
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if time.monotonic() < deadline:
                time.sleep(LOOK_SECONDS)
                continue
        holder = os.pread(descriptor, 16, 0).decode("ascii", "replace").strip()
        os.close(descriptor)
        known = f" (process {holder})" if holder.isdigit() else ""
        raise StartError(f"another NATS server{known} uses {folder}; stop it, or give this one another folder")


def launch(binary: Path, settings: NatsSettings, lock: int, *, by_kernel: bool = BY_KERNEL) -> subprocess.Popen[bytes]:
    """Write the configuration and start the program. Call it on a thread that lives as long as the program shall.
    Raises ConfigurationError and StartError."""
    file = write(settings)
    for old in settings.ports_folder.glob("*.ports"):
        old.unlink(missing_ok=True)
    way = "signal" if by_kernel else "pipe"
    command = [sys.executable, "-I", "-S", str(TIED), str(os.getpid()), way, str(binary), "-c", str(file)]
    try:
        with output_file(settings).open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL if by_kernel else subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(lock,),
                start_new_session=True,
                cwd=settings.folder,
            )
    except OSError as error:
        raise StartError(f"{binary} does not start: {error}") from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, b"%d\n" % process.pid, 0)
    return process


def output_file(settings: NatsSettings) -> Path:
    """What the program prints: why it does not start, or the stacks of a crash. The one of the life before is kept."""
    path = settings.folder / "nats.out"
    if path.exists() and path.stat().st_size:
        path.replace(path.with_suffix(".out.old"))
    return path


def wait_until_ready(
    process: subprocess.Popen[bytes], settings: NatsSettings, seconds_max: float = READY_SECONDS_MAX
) -> Addresses:
    """Where the server is, once it serves. Raises StartError when it ends before or takes longer than `seconds_max`."""
    deadline = time.monotonic() + seconds_max
    while process.poll() is None:
        addresses = read_ports(settings)
        if addresses is not None and (hello := say_hello(addresses)) is not None and hello.jetstream:
            return addresses
        if time.monotonic() > deadline:
            raise StartError(f"nats-server is not ready after {seconds_max:g} s{last_lines(settings)}")
        time.sleep(LOOK_SECONDS)
    raise StartError(f"nats-server ended with exit code {process.returncode}{last_lines(settings)}")


def read_ports(settings: NatsSettings) -> Addresses | None:
    """What the server wrote into its ports file; None when it is not there or not whole."""
    for path in settings.ports_folder.glob("*.ports"):
        with suppress(OSError, ValueError, KeyError, IndexError):
            written = json.loads(path.read_bytes())
            host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
            routes = written.get("cluster")
            return Addresses(
                host,
                urlsplit(written["nats"][0]).port or 0,
                urlsplit(routes[0]).port if routes else None,
                (written.get("monitoring") or [""])[0],
                settings.tls is not None,
            )
    return None


def say_hello(addresses: Addresses) -> Hello | None:
    """What the server says on a new connection; None when it says nothing within HELLO_SECONDS_MAX."""
    try:
        with socket.create_connection((addresses.host, addresses.port), HELLO_SECONDS_MAX) as sock:
            received = b""
            while b"\r\n" not in received and len(received) < HELLO_BYTES_MAX and (part := sock.recv(HELLO_BYTES_MAX)):
                received += part
        word, _, said = received.partition(b"\r\n")[0].partition(b" ")
        return msgspec.json.decode(said, type=Hello) if word == b"INFO" else None
    except (OSError, msgspec.MsgspecError):
        return None


def has_storage(addresses: Addresses) -> bool | None:
    """Whether JetStream is on; None when the server does not say. By the monitoring port where there is one: with TLS
    each hello that is not followed by a handshake is an error in the server's log."""
    if addresses.monitor:
        status = monitored(addresses.monitor, "/healthz?js-enabled-only=true").get("status")
        return None if status is None else status == "ok"
    hello = None if addresses.tls else say_hello(addresses)
    return None if hello is None else hello.jetstream


def monitored(monitor: str, path: str) -> dict[str, Any]:
    """What the monitoring port answers; nothing when there is no answer within HELLO_SECONDS_MAX or no JSON in it."""
    parts = urlsplit(monitor)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=HELLO_SECONDS_MAX)
    try:
        connection.request("GET", path)
        return msgspec.json.decode(connection.getresponse().read(MONITOR_BYTES_MAX), type=dict[str, Any])
    except (OSError, HTTPException, msgspec.MsgspecError):
        return {}
    finally:
        connection.close()


def end(
    process: subprocess.Popen[bytes], *, lame_duck_seconds: float = 0.0, seconds_max: float = END_SECONDS_MAX
) -> None:
    """End the program: with `lame_duck_seconds` it gives what it leads to other servers of its cluster first, then it
    is asked (SIGTERM), after `seconds_max` it is killed."""
    for number, seconds in (
        (signal.SIGUSR2, lame_duck_seconds),
        (signal.SIGTERM, seconds_max),
        (signal.SIGKILL, seconds_max),
    ):
        if seconds:
            send_signal(process, number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
                break
    if process.stdin is not None:
        process.stdin.close()
        with suppress(ProcessLookupError):  # What it ran in was killed, and the program itself was not.
            os.killpg(process.pid, signal.SIGKILL)


def send_signal(process: subprocess.Popen[bytes], number: int) -> None:
    """Send a signal to the program and what it runs in; nothing when it has ended."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)


def last_lines(settings: NatsSettings) -> str:
    """The end of what the server printed and logged, printable, each line on one of its own; "" when nothing."""
    lines = []
    for path in (settings.log_file, settings.folder / "nats.out"):
        with suppress(OSError), path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LAST_BYTES))
            found = file.read(LAST_BYTES).decode("utf-8", "replace").splitlines()[-LAST_LINES:]
            lines += [escape(line, LINE_CHARACTERS_MAX) for line in found if line.strip()]
    return "".join(f"\n  {line}" for line in lines)
