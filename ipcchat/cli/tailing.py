"""What `tail` does: the past of a channel, then what is said from now on.

Rules:
1. A message of the past that comes as an event too is printed once.
2. Gaps and lost connections are told on standard error; standard output has messages and nothing else.
3. A closed pipe is noticed within PIPE_SECONDS, in a silent channel too.
"""

from __future__ import annotations

import argparse
import asyncio
import select
import sys
from collections.abc import AsyncIterator

from ipcchat.cli import exits
from ipcchat.cli.client_run import chat_for, complain
from ipcchat.cli.parsing import plain_of
from ipcchat.cli.render import UNSHOWN_KINDS, TailLines
from ipcchat.cli.style import Style, wants_colours
from ipcchat.client import events
from ipcchat.client.chat import Chat
from ipcchat.client.errors import CommandRefused
from ipcchat.client.events import Message
from ipcchat.wire.casemap import fold

PIPE_SECONDS = 1.0


async def tail(options: argparse.Namespace) -> int:
    """Connect, print the past, follow when asked to."""
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    lines = TailLines(Style(wants_colours(sys.stdout, plain_of(options))), as_json=options.json)
    channels = [options.target] if options.target[:1] in ("#", "&") else []
    async with chat_for(options, channels) as chat:
        printed = await print_past(chat, options, lines)
        if not options.follow:
            return exits.OK
        pipe = asyncio.create_task(until_unread())
        follow = asyncio.create_task(print_live(chat, options.target, lines, printed))
        try:
            await asyncio.wait([pipe, follow], return_when=asyncio.FIRST_COMPLETED)
        finally:
            pipe.cancel()
            follow.cancel()
        for task in (pipe, follow):
            if task.done() and not task.cancelled():
                task.result()
    return exits.OK


async def print_past(chat: Chat, options: argparse.Namespace, lines: TailLines) -> set[str]:
    """Print the last messages; returns their msgids, for some of them may come as events too."""
    if options.lines == 0 or (options.follow and not chat.keeps_history and complain("the server keeps no history", 1)):
        return set()
    try:
        past = await chat.history(options.target, options.lines)
    except CommandRefused as error:
        if not options.follow:
            raise
        complain(error, 1)
        return set()
    for message in past:
        print(lines.line(message), flush=True)
    return {message.msgid for message in past if message.msgid}


async def print_live(chat: Chat, target: str, lines: TailLines, printed: set[str]) -> None:
    """Print what is said in `target` from now on."""
    async for message in messages_of(chat, target):
        if message.msgid not in printed:
            print(lines.line(message), flush=True)


async def messages_of(chat: Chat, target: str) -> AsyncIterator[Message]:
    """The messages of one target; losses go to standard error."""
    async for event in chat:
        match event:
            case events.Message() if event.kind not in UNSHOWN_KINDS and fold(event.place) == fold(target):
                yield event
            case events.Gap(channel=channel, reason=reason):
                complain(f"{channel}: {reason}", 1)
            case events.Disconnected(reason=reason) | events.Distrusted(reason=reason):
                complain(f"{reason}; trying again", 1)


async def until_unread() -> None:
    """Return when whoever read our output has closed the pipe. Raises BrokenPipeError."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    while not poll.poll(0):  # noqa: ASYNC110 - a closed pipe wakes nobody who only writes; GNU tail polls too
        await asyncio.sleep(PIPE_SECONDS)
    raise BrokenPipeError
