"""A server with the doors that browsers use, and ways in."""

from __future__ import annotations

import re
import socket
from pathlib import Path

from tests.e2e.raw_client import SECONDS_MAX
from tests.e2e.server_process import ServerProcess
from tests.e2e.waiting import until
from tests.e2e.websocket_client import BROWSERS, TEXT, WebSocketClient, dial
from tests.server.tls_files import Maker


class WebHouse(ServerProcess):
    """The real server on irc://, http:// and https://, with the given configuration behind its [tls]."""

    def __init__(
        self, folder: Path, configuration: str = "", *, threads: int = 0, throttled: bool = True, port: int = 0
    ) -> None:
        self._maker = Maker(folder)
        self._maker.issue("localhost", "127.0.0.1")
        self._heard_on = folder / "server.out"
        file = folder / "server.toml"
        file.write_text(f'[tls]\ncertificate = "server.pem"\nkey = "server.key"\n{configuration}')
        words = [word for scheme in ("http", "https") for word in ("--listen", f"{scheme}://127.0.0.1:0")]
        super().__init__(folder, "--config", str(file), *words, threads=threads, throttled=throttled, port=port)

    def __enter__(self) -> WebHouse:
        super().__enter__()
        return self

    def port_of(self, scheme: str) -> int:
        """The port of a door, in this life."""
        pattern = rf"^listening on {scheme}://127\.0\.0\.1:(\d+)$"
        found = until(lambda: re.search(pattern, self._heard_on.read_text(), re.MULTILINE), f"the port of {scheme}://")
        return int(found[1])

    def dial(self, scheme: str = "http", *, receive_bytes: int = 0, source: str = "127.0.0.1") -> socket.socket:
        """A connection; by https as browsers make it."""
        tls = self._maker.trusting(protocols=BROWSERS) if scheme == "https" else None
        return dial(self.port_of(scheme), tls, receive_bytes=receive_bytes, source=source)

    def web(
        self,
        subprotocol: str = TEXT,
        *,
        scheme: str = "http",
        path: str = "/ws",
        origin: str = "",
        fields: tuple[tuple[str, str], ...] = (),
        behind: tuple[str, ...] = (),
        receive_bytes: int = 0,
        over: socket.socket | None = None,
    ) -> WebSocketClient:
        """A WebSocket; `over` a connection that is there already."""
        sock = over or self.dial(scheme, receive_bytes=receive_bytes)
        port = self.port_of(scheme)
        return WebSocketClient(sock, port, subprotocol, path=path, origin=origin, fields=fields, behind=behind)


def hears_answer(sock: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """An answer by HTTP whose length is told: status, fields and body."""
    sock.settimeout(SECONDS_MAX)
    heard = b""
    while b"\r\n\r\n" not in heard:
        received = sock.recv(65_536)
        assert received, f"the end, behind {heard!r}"
        heard += received
    head, _, body = heard.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    while len(body) < int(fields.get("content-length", 0)):
        received = sock.recv(65_536)
        assert received, f"the end, behind {len(body)} bytes of {fields}"
        body += received
    return int(first.split()[1]), fields, body


def hears_rest(sock: socket.socket) -> bytes:
    """Everything up to the end of a connection, by a close or a reset."""
    heard = b""
    try:
        while received := sock.recv(65_536):
            heard += received
    except ConnectionError:
        pass
    return heard
