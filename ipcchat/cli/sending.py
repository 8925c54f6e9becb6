"""What `send` does: lines to messages, many on their way, each confirmed.

Rules:
1. The oldest message on its way is waited for when WINDOW of them are; order is kept.
2. A refused message is reported and does not stop the others; the exit code remembers it.
3. A server that stays away for STALLED_SECONDS is given up.
4. A file that comes by standard input is gathered on disk first: a server wants to know how long it is.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections import deque

from ipcchat.cli import exits
from ipcchat.cli.client_run import chat_for, complain
from ipcchat.cli.standard_input import read_lines
from ipcchat.client.chat import Chat
from ipcchat.client.errors import NotDelivered, TimedOut, UploadFailed
from ipcchat.client.receipt import Receipt

WINDOW = 64
STALLED_SECONDS = 120.0
STANDARD_INPUT = "-"


async def send(options: argparse.Namespace) -> int:
    """Connect, send what there is, wait for the confirmations."""
    channels = [options.target] if options.target[:1] in ("#", "&") else []
    async with chat_for(options, channels) as chat:
        words = [*options.text, await upload(chat, options.file, options.file_name)] if options.file else options.text
        return await Sending(chat, options.target, "notice" if options.notice else "message").all_of(words)


async def upload(chat: Chat, path: str, name: str) -> str:
    """Upload a file; its URL. Raises ChatError."""
    if path != STANDARD_INPUT:
        return await chat.upload(path, name=name)
    with tempfile.NamedTemporaryFile(prefix="ipc-chat-") as gathered:
        try:
            await asyncio.to_thread(shutil.copyfileobj, sys.stdin.buffer, gathered)
            await asyncio.to_thread(gathered.flush)
        except OSError as error:
            raise UploadFailed(f"standard input cannot be kept in {gathered.name}: {error.strerror}") from None
        return await chat.upload(gathered.name, name=name)


class Sending:
    """The messages of one run: those on their way, and whether one was refused."""

    def __init__(self, chat: Chat, target: str, kind: str) -> None:
        self._chat = chat
        self._target = target
        self._kind = kind
        self._sent: deque[Receipt] = deque()
        self._failed = False

    async def all_of(self, words: list[str]) -> int:
        """Send the words, or standard input without any; returns the exit code."""
        if words:
            self._post(" ".join(words))
        else:
            async for line in read_lines():
                self._post(line)
                while len(self._sent) >= WINDOW or (self._sent and self._sent[0].done()):
                    await self._confirm_oldest()
        while self._sent:
            await self._confirm_oldest()
        return exits.FAILED if self._failed else exits.OK

    def _post(self, line: str) -> None:
        """Send one line unless it is blank."""
        if not line.strip():
            return
        try:
            self._sent.append(self._chat.post(self._target, line, self._kind))
        except NotDelivered as error:
            self._complain(error)

    async def _confirm_oldest(self) -> None:
        """Wait for the first message on its way. Raises TimedOut when the server stays away."""
        receipt = self._sent.popleft()
        try:
            async with asyncio.timeout(STALLED_SECONDS):
                await receipt
        except NotDelivered as error:
            self._complain(error)
        except TimeoutError:
            raise TimedOut(
                f"{len(self._sent) + 1} messages were not confirmed within {STALLED_SECONDS:.0f} seconds"
            ) from None

    def _complain(self, error: Exception) -> None:
        """A message was refused; the others go on."""
        self._failed = True
        complain(f"not delivered: {error}", 1)
