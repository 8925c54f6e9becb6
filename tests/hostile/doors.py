"""A server with all its doors that need no certificate, and one who talks to the plain one."""

from __future__ import annotations

import re
import socket
import time
from pathlib import Path

from tests.e2e.server_process import ServerProcess
from tests.e2e.waiting import until

SECONDS_MAX = 10.0


class DoorsProcess(ServerProcess):
    """The real server on irc://, plain:// and unix://, with the given configuration file."""

    def __init__(self, folder: Path, configuration: str = "", *, threads: int = 0, throttled: bool = True) -> None:
        file = folder / "server.toml"
        file.write_text(configuration)
        self.path = folder / "chat.sock"
        self._heard_on = folder / "server.out"
        super().__init__(
            folder,
            *("--config", str(file), "--listen", "plain://127.0.0.1:0", "--listen", f"unix://{self.path}"),
            threads=threads,
            throttled=throttled,
        )

    def __enter__(self) -> DoorsProcess:
        super().__enter__()
        return self

    @property
    def plain_port(self) -> int:
        """The port of the plain door."""
        said = until(
            lambda: re.search(r"^listening on plain://127\.0\.0\.1:(\d+)$", self._heard_on.read_text(), re.MULTILINE),
            "the plain door's address",
        )
        return int(said[1])


class Typist:
    """One at the plain door, who types lines and reads text."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.settimeout(SECONDS_MAX)
        self.seen = b""

    def __enter__(self) -> Typist:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def types(self, *lines: str) -> None:
        """Type lines."""
        self.sock.sendall("".join(f"{line}\n" for line in lines).encode())

    def comes_in(self, name: str) -> Typist:
        """Answer the question for a name, and read who is in #lobby."""
        self.sees("Your name?")
        self.types(name)
        self.sees("-- In #lobby:")
        return self

    def sees(self, text: str) -> str:
        """The next line with that text in it; what stood before it is gone."""
        deadline = time.monotonic() + SECONDS_MAX
        while True:
            lines = self.seen.split(b"\r\n")
            for place, line in enumerate(lines[:-1]):
                if text.encode() in line:
                    self.seen = b"\r\n".join(lines[place + 1 :])
                    return line.decode(errors="replace")
            assert time.monotonic() < deadline, f"not seen: {text!r}; seen: {self.seen[-500:]!r}"
            received = self.sock.recv(65_536)
            assert received, f"closed before {text!r}; seen: {self.seen[-500:]!r}"
            self.seen += received

    def sees_end(self) -> bytes:
        """Everything up to the end."""
        try:
            while received := self.sock.recv(65_536):
                self.seen += received
        except ConnectionResetError:
            pass
        return self.seen
