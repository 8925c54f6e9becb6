"""A server with every door that there is, and raw connections to each of them."""

from __future__ import annotations

import re
import socket
import ssl
from pathlib import Path

from tests.e2e.server_process import ServerProcess
from tests.e2e.waiting import until
from tests.server.tls_files import Maker

DOORS = ("irc", "ircs", "unix", "plain")
SECONDS_MAX = 10.0


class AllDoors(ServerProcess):
    """The real server on irc://, ircs://, unix:// and plain://, with the given configuration behind its [tls]."""

    def __init__(self, folder: Path, configuration: str = "", *, threads: int = 0) -> None:
        self.path = folder / "chat.sock"
        self._maker = Maker(folder)
        self._maker.issue("localhost", "127.0.0.1")
        self._heard_on = folder / "server.out"
        file = folder / "server.toml"
        file.write_text(f'[tls]\ncertificate = "server.pem"\nkey = "server.key"\n{configuration}')
        doors = ("ircs://127.0.0.1:0", "plain://127.0.0.1:0", f"unix://{self.path}")
        words = [word for door in doors for word in ("--listen", door)]
        super().__init__(folder, "--config", str(file), *words, threads=threads)

    def __enter__(self) -> AllDoors:
        super().__enter__()
        return self

    def port_of(self, door: str) -> int:
        """The port of a door with one."""
        pattern = rf"^listening on {door}://127\.0\.0\.1:(\d+)$"
        found = until(lambda: re.search(pattern, self._heard_on.read_text(), re.MULTILINE), f"the port of {door}://")
        return int(found[1])

    def dial(self, door: str, source: str = "127.0.0.1") -> socket.socket:
        """A connection to a door, from an address of this machine; by TLS it is shaken hands."""
        if door == "unix":
            sock = socket.socket(socket.AF_UNIX)
            sock.settimeout(SECONDS_MAX)
            sock.connect(str(self.path))
            return sock
        sock = socket.create_connection(("127.0.0.1", self.port_of(door)), SECONDS_MAX, (source, 0))
        if door != "ircs":
            return sock
        return self._maker.trusting().wrap_socket(sock, server_hostname="localhost")


def told(sock: socket.socket) -> str:
    """Everything up to the end of a connection, which is closed."""
    heard = b""
    with sock:
        try:
            while received := sock.recv(65_536):
                heard += received
        except (ConnectionError, ssl.SSLError):
            pass
    return heard.decode()
