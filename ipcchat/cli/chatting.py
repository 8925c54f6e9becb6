"""What `chat` does with lines: connect, hand over to the line client.

Rules:
1. On a terminal our own messages are not shown again: what was typed stands there already.
2. Ctrl-C is no way to lose a conversation by accident: on a terminal it leaves when it is pressed twice.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from ipcchat.cli.client_run import address_of, chat_for, complain
from ipcchat.cli.line_client import LineClient
from ipcchat.cli.parsing import plain_of
from ipcchat.cli.style import Style, wants_colours
from ipcchat.client.chat import LOBBY, Chat

# How long a person waits without a word.
PATIENCE_SECONDS = 1.0


async def chat(options: argparse.Namespace) -> int:
    """Connect and talk."""
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    address = address_of(options)
    loop, on_terminal = asyncio.get_running_loop(), sys.stdin.isatty()
    note = loop.call_later(PATIENCE_SECONDS, complain, f"waiting for {address}", 0)
    async with chat_for(options, address.channels or (LOBBY,)) as connected:
        note.cancel()
        style = Style(wants_colours(sys.stdout, plain_of(options)))
        client = LineClient(connected, style, shows_own=not on_terminal)
        loop.add_signal_handler(signal.SIGTERM, client.leave)
        if on_terminal:
            loop.add_signal_handler(signal.SIGINT, client.interrupt)
        return await client.run(other_name(options, connected))


def other_name(options: argparse.Namespace, connected: Chat) -> list[str]:
    """What to say when the name was not to be had, and how to get it when it is one's own."""
    wanted = getattr(options, "nick", None)
    if not wanted or connected.nick == wanted:
        return []
    advice = f"; if it is yours, type: /login {wanted}" if "sasl" in connected.capabilities else ""
    return [f"the name {wanted} is taken, you are {connected.nick}{'' if connected.account else advice}"]
