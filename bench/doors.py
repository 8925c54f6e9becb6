"""What a door costs: the server's CPU for a delivery of loaded fan-out and its memory for a connection, by TCP, by TLS
and by WebSocket without and with TLS.

    python -m bench.doors [MEMBERS] [MESSAGES] [ROUNDS]

One speaker sends bursts of 64 messages to a channel; the members only read. The server's figures come from /proc; what
the members cost is not in them. The doors take turns, and each figure is the median of its rounds. Needs what the tests
need (trustme).
"""

from __future__ import annotations

import os
import re
import selectors
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
BURST = 64
SECONDS_MAX = 60
DEFAULTS = ("200", "2560", "3")
SCHEMES = {"irc": "TCP", "ircs": "TLS", "http": "WebSocket", "https": "WebSocket with TLS"}
MASKED, MASK = 0x80, bytes(4)
UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: text.ircv3.net\r\n\r\n"
)


class Server:
    """A server with all of these doors, without rate limits."""

    def __init__(self, folder: Path) -> None:
        import trustme

        authority = trustme.CA(key_type=trustme.KeyType.ECDSA)
        made = authority.issue_cert("localhost", key_type=trustme.KeyType.ECDSA)
        authority.cert_pem.write_to_path(folder / "authority.pem")
        made.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
        (folder / "server.pem").chmod(0o600)
        file = folder / "server.toml"
        file.write_text('[tls]\ncertificate = "server.pem"\n')
        words = ["server.py", "--config", str(file), "--memory", "--no-throttle", "--threads", "0"]
        for scheme in SCHEMES:
            words += ["--listen", f"{scheme}://127.0.0.1:0"]
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen([sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=log)
        assert self.process.stdout is not None
        lines = [self.process.stdout.readline().decode().strip() for _ in SCHEMES]
        found = [re.search(r" (\w+)://.*:(\d+)$", line) for line in lines]
        self.ports = {match[1]: int(match[2]) for match in found if match is not None}
        self.context = ssl.create_default_context(cafile=str(folder / "authority.pem"))

    @property
    def cpu_seconds(self) -> float:
        """Processor time used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def memory_bytes(self) -> int:
        """Resident memory."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def member(self, nick: str, scheme: str) -> socket.socket:
        """Somebody in the channel."""
        sock = socket.create_connection(("127.0.0.1", self.ports[scheme]), timeout=SECONDS_MAX)
        if scheme in ("ircs", "https"):
            sock = self.context.wrap_socket(sock, server_hostname="localhost")
        if scheme in ("http", "https"):
            sock.sendall(UPGRADE)
            hear(sock, b"\r\n\r\n")
        says(sock, scheme, f"NICK {nick}", f"USER {nick} 0 * :{nick}", "JOIN #fan", "PING :in")
        hear(sock, b" PONG ")
        return sock

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.communicate()


def says(sock: socket.socket, scheme: str, *lines: str) -> None:
    """Send lines, at a web door each in a frame."""
    if scheme in ("irc", "ircs"):
        sock.sendall("".join(f"{line}\r\n" for line in lines).encode())
    else:
        sock.sendall(b"".join(bytes((0x81, MASKED | len(line))) + MASK + line.encode() for line in lines))


def hear(sock: socket.socket, sign: bytes) -> None:
    """Read until something is there."""
    heard = b""
    while sign not in heard:
        heard += sock.recv(65_536)


def measure(scheme: str, members: int, messages: int) -> tuple[float, float]:
    """Microseconds of CPU for a delivery, and KiB of memory for an idle member."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        server.member("early", "http").close()  # What HTTP needs is loaded behind the start, whoever comes.
        warm, speaker = server.member("warm", scheme), server.member("speaker", scheme)
        before = server.memory_bytes
        readers = [server.member(f"m{number}", scheme) for number in range(members)]
        drain_until_quiet(readers)
        memory = (server.memory_bytes - before) / members / 1024
        says(speaker, scheme, *texts(1))
        size = drain_until_quiet(readers) // members
        cpu = server.cpu_seconds
        heard, sent = 0, 0
        while heard < messages * members * size:
            if sent < messages and heard >= (sent - BURST) * members * size:
                says(speaker, scheme, *texts(BURST))
                sent += BURST
            heard += drain(readers)
        spent = server.cpu_seconds - cpu
        for sock in (*readers, speaker, warm):
            sock.close()
        server.stop()
        return spent / (messages * members) * 1e6, memory


def texts(count: int) -> list[str]:
    """So many lines of the same length."""
    return [f"PRIVMSG #fan :{number:060}" for number in range(count)]


def drain(readers: Sequence[socket.socket]) -> int:
    """Read what is there; how many bytes that were."""
    with selectors.DefaultSelector() as selector:
        for sock in readers:
            sock.setblocking(False)
            selector.register(sock, selectors.EVENT_READ)
        ready = [key.fileobj for key, _ in selector.select(0.2)]
        return sum(read(sock) for sock in ready if isinstance(sock, socket.socket))


def read(sock: socket.socket) -> int:
    """The bytes that one member hears now."""
    count = 0
    try:
        while received := sock.recv(65_536):
            count += len(received)
    except (BlockingIOError, ssl.SSLWantReadError):
        pass
    return count


def drain_until_quiet(readers: Sequence[socket.socket]) -> int:
    """Read all that comes until nothing does; how many bytes that were."""
    total, quiet = 0, time.monotonic() + 1
    while time.monotonic() < quiet:
        if count := drain(readers):
            total += count
            quiet = time.monotonic() + 0.5
    return total


def main(arguments: list[str]) -> int:
    """Measure each door and print one line for it."""
    members, messages, rounds = (int(found) for found in [*arguments, *DEFAULTS[len(arguments) :]])
    found: dict[str, list[tuple[float, float]]] = {scheme: [] for scheme in SCHEMES}
    for _ in range(rounds):
        for scheme, figures in found.items():
            figures.append(measure(scheme, members, messages))
    plain = statistics.median(cpu for cpu, _ in found["irc"])
    for scheme, figures in found.items():
        cpu = statistics.median(cpu for cpu, _ in figures)
        memory = statistics.median(memory for _, memory in figures)
        print(
            f"{SCHEMES[scheme]}: {cpu:.2f} us of CPU for a delivery ({cpu / plain:.2f} of TCP), "
            f"{memory:.1f} KiB for a member",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
