"""The real server in a process of its own, for the few tests that want it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 20


@asynccontextmanager
async def program(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A Python program of this project, stopped at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.communicate()


@asynccontextmanager
async def own_server(*options: str, port: int = 0) -> AsyncIterator[str]:
    """A server that keeps nothing; its address."""
    words = ("-m", "ipcchat", "serve", "--memory", "--listen", f"irc://127.0.0.1:{port}", *options)
    async with program(*words) as server:
        assert server.stdout is not None
        async with asyncio.timeout(SECONDS):
            line = (await server.stdout.readline()).decode()
        found = re.fullmatch(r"listening on (irc://127\.0\.0\.1:\d+)\n", line)
        assert found is not None, line
        yield found[1]
