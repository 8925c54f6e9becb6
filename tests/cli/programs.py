"""The client programs as a user runs them: their own process, with pipes or on a terminal."""

from __future__ import annotations

import asyncio
import fcntl
import os
import struct
import sys
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 20


def environment(server: str, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IPCCHAT_") and name != "NO_COLOR"}
    return {**kept, "PYTHONPATH": str(ROOT), "IPCCHAT_SERVER": server, "LOGNAME": "ann", "TERM": "xterm", **more}


@asynccontextmanager
async def client(server: str, *words: str, **more: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A client program with pipes; killed at the end when it still runs."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ipcchat", *words, env=environment(server, **more), stdin=pipe, stdout=pipe, stderr=pipe
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def run_client(server: str, *words: str, typed: str | bytes = b"", **more: str) -> tuple[int, str, str]:
    """Run a client program to its end; exit code, standard output, standard error."""
    async with client(server, *words, **more) as process, asyncio.timeout(SECONDS):
        out, err = await process.communicate(typed.encode() if isinstance(typed, str) else typed)
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()


class Terminal:
    """A terminal of 80x24 that keeps what is written on it, as rows."""

    def __init__(self, master: int) -> None:
        self.master = master
        self._written = b""
        self._changed = asyncio.Event()

    @property
    def rows(self) -> list[str]:
        return self._written.decode(errors="replace").replace("\r\n", "\n").split("\n")

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def read(self) -> None:
        try:
            self._written += os.read(self.master, 65_536)
        except OSError:
            asyncio.get_running_loop().remove_reader(self.master)
        self._changed.set()

    async def until_shown(self, text: str, times: int = 1) -> None:
        """Wait until so many rows have this text."""
        try:
            async with asyncio.timeout(SECONDS):
                while sum(text in row for row in self.rows) < times:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError("\n".join(self.rows)) from None


@asynccontextmanager
async def on_terminal(
    server: str, *words: str, **more: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, Terminal]]:
    """A client program on a terminal."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ipcchat",
        *words,
        env=environment(server, **more),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    terminal = Terminal(master)
    loop = asyncio.get_running_loop()
    loop.add_reader(master, terminal.read)
    try:
        yield process, terminal
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        loop.remove_reader(master)
        os.close(slave)
        os.close(master)
