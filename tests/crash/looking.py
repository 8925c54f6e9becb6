"""Reading everything back when all is said: the history of channels and of what was said in private, and topics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from tests.crash.checker import STATE, Read, Record
from tests.crash.sayings import heard
from tests.crash.socket_line import ANSWER_SECONDS_MAX, Door, Line, ProtocolBroken, SocketLine

EPOCH = "timestamp=1970-01-01T00:00:00.000Z"


async def read_channels(door: Door, channels: list[str], topics: list[str], reading: int) -> list[Record]:
    """The complete history of the channels, in order, and the topics. Raises Disconnected, ProtocolBroken."""
    line = await SocketLine.open(door, f"h{reading}")
    try:
        await line.join([*channels, *topics])
        found: list[Record] = [read async for read in pages(line, channels, "", reading)]
        return found + [read for channel in topics for read in await read_topic(line, channel, reading)]
    finally:
        line.close()


async def read_private(door: Door, reader: str, writers: list[str], reading: int) -> list[Record]:
    """What these writers said to `reader` in private, as that one reads it. Raises Disconnected, ProtocolBroken."""
    line = await SocketLine.open(door, reader, reader)
    try:
        return [read async for read in pages(line, writers, reader, reading)]
    finally:
        line.close()


async def pages(line: SocketLine, targets: list[str], reader: str, reading: int) -> AsyncIterator[Read]:
    """Pages forward through each history from its first message until a page is empty."""
    for target in targets:
        place = EPOCH
        while page := await read_page(line, target, place):
            for message in page:
                if said := heard(message, reader):
                    history, text = said
                    tags = message.tags
                    yield Read(reading, history, text, tags.get("msgid", ""), tags.get("time", ""))
            own = [message for message in page if "draft/chathistory-context" not in message.tags]
            if not own or place == f"msgid={own[-1].tags['msgid']}":
                raise ProtocolBroken(f"CHATHISTORY AFTER {place} answers with nothing that is after it")
            place = f"msgid={own[-1].tags['msgid']}"


async def read_page(line: SocketLine, target: str, place: str) -> list[Line]:
    """One CHATHISTORY AFTER and what is in its batch (draft/chathistory)."""
    line.send(f"CHATHISTORY AFTER {target} {place} {line.limit}")
    batch = ""
    page: list[Line] = []
    async with asyncio.timeout(ANSWER_SECONDS_MAX):
        while True:
            got = await line.hear()
            if got.command == "FAIL":
                raise ProtocolBroken(f"CHATHISTORY AFTER {target} {place}: {got.params}")
            if got.command == "BATCH" and got.params[0].startswith("+"):
                batch = got.params[0][1:]
            elif got.command == "BATCH":
                return page
            elif batch and got.tags.get("batch") == batch:
                page.append(got)


async def read_topic(line: SocketLine, channel: str, reading: int) -> list[Record]:
    """The channel's topic, when it has one."""
    line.send(f"TOPIC {channel}")
    async with asyncio.timeout(ANSWER_SECONDS_MAX):
        while (got := await line.hear()).command not in ("331", "332"):
            pass
    return [Read(reading, STATE + channel, got.params[-1], "", "")] if got.command == "332" else []
