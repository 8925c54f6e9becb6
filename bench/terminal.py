"""The terminal client as a person feels it: `python -m bench.terminal`.

A real server, a real client in a pseudo-terminal of 120 by 40, and somebody who fills its channel. Measured from the
outside, by what the client writes to its terminal:

* start to the first frame, and to the connection: median of STARTS starts, with compiled bytecode
* a key press to the screen, and a page up, with 100,000 messages loaded: median and 99th percentile
* CPU while nothing happens, over IDLE_SECONDS
* memory (RSS) with 20,000 and 100,000 messages loaded

The promises: 0.8 s, 20 ms, about 0, 120 MB.
"""

from __future__ import annotations

import argparse
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.e2e.server_process import ServerProcess
from tests.e2e.terminal_process import TerminalProcess

COLUMNS, ROWS = 120, 40
STARTS, PRESSES, PAGES = 7, 200, 200
IDLE_SECONDS = 10.0
FILLINGS = (20_000, 100_000)
FILL_SECONDS_MAX = 60.0
FILL_STEP = 5_000
"""A client that is shown more at once than it can draw is cut off, on a busy machine."""

LINE = ":{n} the kettle is on and somebody should really look after the {n}th cup of tea before it is cold"
FIRST_FRAME, CONNECTED = b"switch", b"connected as"
PAGE_UP = b"\x1b[5~"


def client(port: int, home: Path) -> TerminalProcess:
    """A client on its way to the server."""
    words = ("--server", f"irc://127.0.0.1:{port}", "--nick", "ann")
    return TerminalProcess(home, *words, columns=COLUMNS, rows=ROWS)


class Filler:
    """Somebody who says very much in the channel."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._file = self._socket.makefile("rb")
        self._socket.sendall(b"NICK bob\r\nUSER bob 0 * :bob\r\nJOIN #lobby\r\n")
        self._wait_for(b" 366 ")
        self._said = 0

    def say_up_to(self, count: int) -> bool:
        """Go on until so many messages were said. False when they were said before."""
        if self._said >= count:
            return False
        while self._said < count:
            some = range(self._said, min(self._said + 500, count))
            lines = "".join(f"PRIVMSG #lobby {LINE.format(n=number)}\r\n" for number in some)
            self._socket.sendall(f"{lines}PING {some.stop}\r\n".encode())
            self._wait_for(b"PONG")
            self._said = some.stop
        return True

    def mark(self, text: str) -> None:
        """Say something that can be waited for."""
        self._socket.sendall(f"PRIVMSG #lobby :{text}\r\n".encode())

    def _wait_for(self, text: bytes) -> None:
        while text not in self._file.readline():
            pass


def percentile(values: list[float], share: float) -> float:
    """The value below which so many of them lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def starts(port: int, home: Path) -> None:
    """How long a start takes."""
    frames, connections = [], []
    for number in range(STARTS + 1):
        with client(port, home) as one:
            frame, connection = one.shows(FIRST_FRAME) - one.began, one.shows(CONNECTED) - one.began
        if number:
            frames.append(frame)
            connections.append(connection)
    print(f"start to the first frame   {statistics.median(frames) * 1_000:6.0f} ms   (at most 800)")
    print(f"start to the connection    {statistics.median(connections) * 1_000:6.0f} ms")


def fill(one: TerminalProcess, filler: Filler, count: int) -> None:
    """Have so many messages in the client."""
    for part in range(FILL_STEP, count + 1, FILL_STEP):
        if filler.say_up_to(part):
            filler.mark(f"mark{part}.")
            one.shows(f"mark{part}.".encode(), FILL_SECONDS_MAX)
    one.rests()
    print(
        f"memory, {count:7,} messages   {one.memory_bytes / 1e6:6.0f} MB"
        + ("   (at most 120)" if count == 20_000 else "")
    )


def latencies(one: TerminalProcess, name: str, keys: list[bytes], note: str = "") -> None:
    """How long keys take."""
    found = [one.answers(key) * 1_000 for key in keys]
    print(f"{name:<25}  {statistics.median(found):6.1f} ms   p99 {percentile(found, 0.99):.1f} ms{note}")


def main(arguments: list[str]) -> int:
    """Measure and print; the exit code."""
    argparse.ArgumentParser(prog="python -m bench.terminal", description=__doc__.partition("\n")[0]).parse_args(
        arguments
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = folder / "home"
        home.mkdir()
        with ServerProcess(folder, memory=True, throttled=False) as server:
            starts(server.port, home)
            filler = Filler(server.port)
            with client(server.port, home) as one:
                one.shows(CONNECTED)
                one.rests()
                latencies(one, "a key, nothing loaded", [b"x", b"\x7f"] * (PRESSES // 2))
                for count in FILLINGS:
                    fill(one, filler, count)
                latencies(one, "a key, 100,000 messages", [b"x", b"\x7f"] * (PRESSES // 2), "   (at most 20)")
                latencies(one, "a page up", [PAGE_UP] * PAGES, "   (at most 20)")
                one.rests()
                before = one.cpu_seconds
                time.sleep(IDLE_SECONDS)
                print(f"CPU while nothing happens  {(one.cpu_seconds - before) / IDLE_SECONDS:6.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
