"""What TLS costs: the server's CPU for a delivery of loaded fan-out and its memory for a connection, over TCP and TLS.

    python -m bench.tls [MEMBERS] [MESSAGES]

One speaker sends bursts of 64 messages to a channel; the members only read. The server's figures come from /proc; what
the members cost is not in them. Needs what the tests need (trustme).
"""

from __future__ import annotations

import os
import re
import selectors
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
BURST = 64
SECONDS_MAX = 60
DEFAULTS = ("200", "2560")


class Server:
    """A server with both doors, without rate limits."""

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
        words += ["--listen", "irc://127.0.0.1:0", "--listen", "ircs://127.0.0.1:0"]
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen([sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=log)
        assert self.process.stdout is not None
        lines = [self.process.stdout.readline().decode() for _ in range(2)]
        self.ports = [int(found[1]) for line in lines if (found := re.search(r":(\d+)$", line.strip()))]
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

    def member(self, nick: str, secure: bool) -> socket.socket:
        """Somebody in the channel."""
        sock = socket.create_connection(("127.0.0.1", self.ports[secure]), timeout=SECONDS_MAX)
        if secure:
            sock = self.context.wrap_socket(sock, server_hostname="localhost")
        sock.sendall(f"NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\nJOIN #fan\r\nPING :in\r\n".encode())
        heard = b""
        while b" PONG " not in heard:
            heard += sock.recv(65_536)
        return sock

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.communicate()


def measure(secure: bool, members: int, messages: int) -> tuple[float, float]:
    """Microseconds of CPU for a delivery, and KiB of memory for an idle member."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        warm, speaker = server.member("warm", secure), server.member("speaker", secure)
        before = server.memory_bytes
        readers = [server.member(f"m{number}", secure) for number in range(members)]
        drain_until_quiet(readers)
        memory = (server.memory_bytes - before) / members / 1024
        cpu = server.cpu_seconds
        burst = b"".join(b"PRIVMSG #fan :%060d\r\n" % number for number in range(BURST))
        expected = messages * members
        heard, sent = 0, 0
        while heard < expected:
            if sent < messages and heard >= (sent - BURST) * members:
                speaker.sendall(burst)
                sent += BURST
            heard += drain(readers)
        spent = server.cpu_seconds - cpu
        for sock in (*readers, speaker, warm):
            sock.close()
        server.stop()
        return spent / expected * 1e6, memory


def drain(readers: list[socket.socket]) -> int:
    """Read what is there; how many messages that were."""
    with selectors.DefaultSelector() as selector:
        for sock in readers:
            sock.setblocking(False)
            selector.register(sock, selectors.EVENT_READ)
        ready = [key.fileobj for key, _ in selector.select(0.2)]
        return sum(read(sock) for sock in ready if isinstance(sock, socket.socket))


def read(sock: socket.socket) -> int:
    """The messages that one member hears now."""
    count = 0
    try:
        while received := sock.recv(65_536):
            count += received.count(b"\n") - received.count(b" JOIN ")
    except (BlockingIOError, ssl.SSLWantReadError):
        pass
    return count


def drain_until_quiet(readers: list[socket.socket]) -> None:
    """Read the arrivals of all."""
    quiet = time.monotonic() + 1
    while time.monotonic() < quiet:
        if drain(readers):
            quiet = time.monotonic() + 0.5


def main(arguments: list[str]) -> int:
    """Measure both and print one line for each."""
    members, messages = (int(found) for found in [*arguments, *DEFAULTS[len(arguments) :]])
    for secure in (False, True):
        cpu, memory = measure(secure, members, messages)
        print(
            f"{'TLS' if secure else 'TCP'}: {cpu:.2f} us of CPU for a delivery, {memory:.1f} KiB for a member",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
