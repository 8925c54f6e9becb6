"""People whose connections are cut while they say things, and what everybody heard of it.

What is said has a mark: a text, a reaction, or the reason of a redaction begins with it. So it is found wherever it was
heard, however often.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NamedTuple

import ipcchat
from ipcchat.client import events
from tests.e2e.proxy import Proxy
from tests.e2e.server_process import ServerProcess

FULL = bool(os.environ.get("HOSTILE_FULL"))
SENDERS = 4
LOOK_SECONDS = 0.002
PASSWORD = "canary-horse-battery"
MARK = re.compile(r"\d-[\w-]+")

Say = Callable[[ipcchat.Chat, str], Awaitable[str]]
"""Says or does something under a mark, and gives the msgid of the receipt, "" where there is none."""

Prepare = Callable[[ipcchat.Chat, str], Awaitable[Say]]
"""Brings about what has to be there before."""


def room_of(mark: str) -> str:
    """The channel of a sender: what others say would be counted as an answer to him."""
    return f"#cuts{mark[0]}"


async def one_line(chat: ipcchat.Chat, mark: str) -> Say:
    """A PRIVMSG to a channel."""

    async def say(chat: ipcchat.Chat, mark: str) -> str:
        return (await chat.send(room_of(mark), f"{mark} plain")).msgid

    return say


async def several_lines(chat: ipcchat.Chat, mark: str) -> Say:
    """A draft/multiline batch."""

    async def say(chat: ipcchat.Chat, mark: str) -> str:
        return (await chat.send(room_of(mark), f"{mark} first\n\nand second: zażółć")).msgid

    return say


async def to_a_person(chat: ipcchat.Chat, mark: str) -> Say:
    """A PRIVMSG to a nick."""

    async def say(chat: ipcchat.Chat, mark: str) -> str:
        return (await chat.send("witness", f"{mark} psst")).msgid

    return say


async def a_reaction(chat: ipcchat.Chat, mark: str) -> Say:
    """A sign at a message."""
    message = await chat.send(room_of(mark), f"original of {mark}")

    async def say(chat: ipcchat.Chat, mark: str) -> str:
        await chat.react(message, mark)
        return ""

    return say


async def an_edit(chat: ipcchat.Chat, mark: str) -> Say:
    """Another text for a message."""
    message = await chat.send(room_of(mark), f"original of {mark}")

    async def say(chat: ipcchat.Chat, mark: str) -> str:
        return (await chat.edit(message, f"{mark} edited")).msgid

    return say


async def a_redaction(chat: ipcchat.Chat, mark: str) -> Say:
    """A message that is taken back."""
    message = await chat.send(room_of(mark), f"original of {mark}")

    async def say(chat: ipcchat.Chat, mark: str) -> str:
        await chat.redact(message, mark)
        return ""

    return say


KINDS: dict[str, Prepare] = {
    "one-line": one_line,
    "several-lines": several_lines,
    "to-a-person": to_a_person,
    "reaction": a_reaction,
    "edit": an_edit,
    "redaction": a_redaction,
}
OF_AUTHORS = ("edit", "redaction")
"""What only the author may do. Who has no account is nobody's author after a cut: what was not done by then is
refused."""
IN_HISTORY = ("one-line", "several-lines", "edit")
"""What the history of a channel has as a text."""


class Heard(NamedTuple):
    """Something with a mark, as somebody heard it."""

    mark: str
    msgid: str


def heard_in(event: events.Event) -> Heard | None:
    """What an event says, when it has a mark."""
    match event:
        case events.Message(text=text) | events.Edited(text=text):
            words = text
        case events.Reaction(reaction=words) | events.Redacted(reason=words):
            pass
        case _:
            return None
    found = MARK.match(words)
    return Heard(found[0], event.msgid) if found is not None else None


async def listen(chat: ipcchat.Chat, heard: list[Heard]) -> None:
    """Note everything with a mark."""
    async for event in chat:
        if (found := heard_in(event)) is not None:
            heard.append(found)


class Sender:
    """A person behind a proxy of his own: what he heard, the receipts of what he said, and what was refused to him."""

    def __init__(self, chat: ipcchat.Chat, proxy: Proxy, number: int) -> None:
        self.chat = chat
        self.proxy = proxy
        self.number = number
        self.receipts: dict[str, str] = {}
        self.refused: dict[str, ipcchat.CommandRefused] = {}
        self.heard: list[Heard] = []

    def heard_of_own(self) -> list[Heard]:
        """What he heard of what he said himself; others have other numbers."""
        return [heard for heard in self.heard if heard.mark[0] == str(self.number)]

    async def at_the_present(self) -> None:
        """Wait until the connection is there and has caught up."""
        while not self.chat.connected:  # noqa: ASYNC110 - see `until`
            await asyncio.sleep(LOOK_SECONDS)

    async def says(self, say: Say, mark: str) -> None:
        """Say it, and note what became of it."""
        try:
            self.receipts[mark] = await say(self.chat, mark)
        except ipcchat.CommandRefused as refusal:
            self.refused[mark] = refusal

    async def is_cut(self, kind: str, way: str, offset: int) -> None:
        """Say something while the connection is cut there."""
        await self.at_the_present()
        mark = f"{self.number}-{kind}-{way}{offset:03}"
        say = await KINDS[kind](self.chat, mark)
        before = self.proxy.cuts
        self.proxy.meter(**{f"cut_{way}_at": offset})
        await self.says(say, mark)
        await self.at_the_present()
        assert self.proxy.cuts == before + 1, f"{mark}: the connection was not cut"

    async def sweeps(self, kind: str, step: int = 1) -> None:
        """Every offset of one exchange that is this sender's share, on the way there and back; or one of `step`."""
        await self.at_the_present()
        mark = f"{self.number}-{kind}-size"
        say = await KINDS[kind](self.chat, mark)
        self.proxy.meter()
        await self.says(say, mark)
        up, down = self.proxy.up, self.proxy.down
        for offset in range(self.number * step, up + 1, SENDERS * step):
            await self.is_cut(kind, "up", offset)
        for offset in range(self.number * step, down + 1, SENDERS * step):
            await self.is_cut(kind, "down", offset)


class Scene(NamedTuple):
    """The senders, and a witness who is never cut off: what he heard, in its order."""

    senders: list[Sender]
    witnessed: list[Heard]

    async def is_right(self) -> list[str]:
        """Each thing that was confirmed is there once, for everybody, in one order, and nothing else is. Returns what
        was refused."""
        receipts = {mark: msgid for sender in self.senders for mark, msgid in sender.receipts.items()}
        told = dict(self.witnessed)
        assert sorted(mark for mark, _ in self.witnessed) == sorted(receipts)
        assert all(told[mark] == msgid for mark, msgid in receipts.items() if msgid)
        assert len(set(told.values())) == len(told)
        for sender in self.senders:
            own = [heard for heard in self.witnessed if heard.mark[0] == str(sender.number)]
            heard = sender.heard_of_own()
            assert sorted(heard) == sorted(own), set(own).symmetric_difference(heard)
            assert is_rising(msgid for _, msgid in own)
            past = await sender.chat.history(room_of(str(sender.number)), 10_000)
            assert is_rising(message.msgid for message in past)
            marks = [found[0] for message in past if (found := MARK.match(message.text))]
            assert sorted(marks) == sorted(mark for mark in sender.receipts if kind_of(mark) in IN_HISTORY)
        refused = [mark for sender in self.senders for mark in sender.refused]
        return refused


def kind_of(mark: str) -> str:
    """Which of KINDS it is."""
    return next(kind for kind in KINDS if mark[2:].startswith(kind))


def is_rising(msgids: Iterable[str]) -> bool:
    """Whether they are in the journal's order, each once."""
    places = [int(msgid.rpartition("-")[2], 16) for msgid in msgids]
    return places == sorted(set(places))


@asynccontextmanager
async def scene(server: ServerProcess, with_accounts: Callable[[int], bool]) -> AsyncIterator[Scene]:
    """Senders, each behind a proxy; some have accounts."""
    witnessed: list[Heard] = []
    async with AsyncExitStack() as stack:
        rooms = [room_of(str(number)) for number in range(SENDERS)]
        witness = await stack.enter_async_context(ipcchat.connect(server.url, nick="witness", channels=rooms))
        listening = [asyncio.ensure_future(listen(witness, witnessed))]
        senders: list[Sender] = []
        for number in range(SENDERS):
            proxy = await stack.enter_async_context(Proxy(server.port))
            chat = ipcchat.connect(proxy.url, nick=f"sender{number}", channels=[rooms[number]])
            sender = Sender(await stack.enter_async_context(chat), proxy, number)
            senders.append(sender)
            if with_accounts(number):
                await sender.chat.register(PASSWORD)
            listening.append(asyncio.ensure_future(listen(sender.chat, sender.heard)))
        yield Scene(senders, witnessed)
    await asyncio.gather(*listening)
