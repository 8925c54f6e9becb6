"""Where the line client reads and writes: standard input and output, line by line.

Rules:
1. No terminal control at all: it is for pipes and screen readers, and the terminal's own editing, scroll-back and
   selection stay what they are.
2. A secret is typed without echo, and is neither shown nor kept.
"""

from __future__ import annotations

import asyncio
import os
import sys
import termios
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from ipcchat.cli.standard_input import read_lines


class PlainScreen:
    """Standard input and output."""

    def __init__(self) -> None:
        self._source = read_lines()
        self._coming: asyncio.Future[str | None] | None = None
        self._secret: asyncio.Future[str | None] | None = None

    def show(self, line: str) -> None:
        """Write one line."""
        print(line, flush=True)

    async def inputs(self) -> AsyncIterator[str]:
        """Lines of standard input until its end."""
        while (line := await self._line()) is not None:
            yield line

    async def secret(self, prompt: str) -> str:
        """The next line of standard input; a terminal does not echo it meanwhile. "" for nothing, or when it was given
        up."""
        self._secret = asyncio.ensure_future(self._line())
        try:
            with without_echo():
                print(prompt, end="", file=sys.stderr, flush=True)
                await asyncio.wait([self._secret])
            print(file=sys.stderr, flush=True)
            return "" if self._secret.cancelled() else self._secret.result() or ""
        finally:
            self._secret.cancel()
            self._secret = None

    def give_up(self) -> bool:
        """Give up the secret that is asked for; False when none is."""
        return self._secret is not None and self._secret.cancel()

    async def _line(self) -> str | None:
        """The next line, None at the end. Who gives up waiting for it loses nothing."""
        if self._coming is None:
            self._coming = asyncio.ensure_future(anext(self._source, None))
        line = await asyncio.shield(self._coming)
        self._coming = None
        return line


@contextmanager
def without_echo() -> Iterator[None]:
    """A terminal at standard input shows nothing of what is typed."""
    if not os.isatty(0):
        yield
        return
    was = termios.tcgetattr(0)
    quiet = termios.tcgetattr(0)
    quiet[3] &= ~termios.ECHO
    termios.tcsetattr(0, termios.TCSADRAIN, quiet)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, was)
