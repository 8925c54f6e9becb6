"""Somebody who watches a server by its admin listener: a plain HTTP client."""

from __future__ import annotations

import re
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

from tests.e2e.server_process import ServerProcess
from tests.e2e.waiting import SECONDS_MAX, until
from tests.server.prometheus import Family, read

ADMIN = '[admin]\nlisten = ["http://127.0.0.1:0"]\n'
WHERE = re.compile(r'"metrics and health", .*"urls": "http://127\.0\.0\.1:(\d+)"')


class Answer(NamedTuple):
    """What is told."""

    status: int
    text: str


class Watcher:
    """Asks one life of a server how it is."""

    def __init__(self, server: ServerProcess) -> None:
        self._server = server
        found = until(lambda: WHERE.findall(server.log), "the admin listener's place in the log")
        self.port = int(found[-1])

    def asks(self, path: str) -> Answer:
        """One request."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=SECONDS_MAX)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read().decode())
        finally:
            connection.close()

    @property
    def metrics(self) -> dict[str, Family]:
        """All metrics."""
        answer = self.asks("/metrics")
        assert answer.status == 200, answer
        return read(answer.text)

    def value(self, name: str, part: str = "", **labels: str) -> float:
        """One number."""
        return self.metrics[name].value(part, **labels)

    def becomes(self, status: int, text: str = "", seconds_max: float = SECONDS_MAX) -> str:
        """Wait for an answer of /readyz, and return its text."""

        def found() -> str:
            answer = self.asks("/readyz")
            return answer.text if answer.status == status and text in answer.text else ""

        return until(found, f"/readyz {status} {text}", seconds_max)


def watched(folder: Path) -> tuple[str, str]:
    """The options of a server that can be watched."""
    file = folder / "watched.toml"
    file.write_text(ADMIN)
    return "--config", str(file)
