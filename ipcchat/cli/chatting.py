"""What `chat` does: connect, choose the screen, hand over to the line client.

Rules:
1. An input line with editing needs a terminal on both sides; everything else is plain lines.
2. In plain mode on a terminal our own messages are not shown again: what was typed stands there already.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys

from ipcchat.cli.client_run import address_of, chat_for, complain
from ipcchat.cli.editor import Editor
from ipcchat.cli.line_client import LineClient
from ipcchat.cli.parsing import plain_of
from ipcchat.cli.style import Style, wants_colours
from ipcchat.cli.terminal import TerminalScreen
from ipcchat.client.chat import LOBBY, Chat

# How long a person waits without a word.
PATIENCE_SECONDS = 1.0


async def chat(options: argparse.Namespace) -> int:
    """Connect and talk."""
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    address = address_of(options)
    note = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, complain, f"waiting for {address}", 0)
    async with chat_for(options, address.channels or (LOBBY,)) as connected:
        note.cancel()
        on_terminal = (
            not plain_of(options)
            and sys.stdin.isatty()
            and sys.stdout.isatty()
            and os.environ.get("TERM", "dumb") != "dumb"
        )
        shows_own = on_terminal or not sys.stdin.isatty()
        client = LineClient(connected, Style(wants_colours(sys.stdout, plain_of(options))), shows_own=shows_own)
        remarks = other_name(options, connected)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, client.leave)
        return await (in_terminal(client, remarks) if on_terminal else client.run(remarks))


async def in_terminal(client: LineClient, remarks: list[str]) -> int:
    """Chat with an input line."""
    with TerminalScreen(Editor(client.complete), client.prompt, client.lines.quiet) as screen:
        client.screen = screen
        return await client.run(remarks)


def other_name(options: argparse.Namespace, connected: Chat) -> list[str]:
    """What to say when the name was not to be had, and how to get it when it is one's own."""
    wanted = getattr(options, "nick", None)
    if not wanted or connected.nick == wanted:
        return []
    advice = f"; if it is yours, type: /login {wanted}" if "sasl" in connected.capabilities else ""
    return [f"the name {wanted} is taken, you are {connected.nick}{'' if connected.account else advice}"]
