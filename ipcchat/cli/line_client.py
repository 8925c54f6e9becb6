"""The line client: what is heard becomes lines on the screen, what is typed becomes messages and commands.

Rules:
1. Our own messages are shown when the server has confirmed them, in the order everybody sees.
2. Input is taken in order: what is typed behind a command waits for it; messages do not wait for each other.
3. What is typed without a connection is kept and sent later, and that is said.
"""

from __future__ import annotations

import asyncio

from ipcchat.cli import exits
from ipcchat.cli.commands import COMMANDS, here, obey
from ipcchat.cli.render import ChatLines
from ipcchat.cli.style import Style
from ipcchat.cli.terminal import Interrupted, PlainScreen, Screen
from ipcchat.client import events
from ipcchat.client.chat import Chat
from ipcchat.client.errors import ChatError
from ipcchat.client.receipt import Receipt
from ipcchat.client.text import printable

PAST_LINES = 20
UNCONFIRMED_MAX = 64
SPEAKERS_MAX = 1_000
SHOWN_MAX = 5_000
LAST_WORDS_SECONDS = 1.0


class LineClient:
    """One person's chat. `current` is the channel that typed text goes to."""

    def __init__(self, chat: Chat, style: Style, *, shows_own: bool = True) -> None:
        self.chat = chat
        self.current = next(iter(chat.channels), "")
        self.lines = ChatLines(style, lambda: self.chat.nick, lambda: self.current)
        self.screen: Screen = PlainScreen()
        self._shows_own = shows_own
        self._shown: dict[str, None] = {}
        self._speakers: dict[str, None] = {}
        self._room_to_send = asyncio.Semaphore(UNCONFIRMED_MAX)
        self._confirming: set[asyncio.Task[None]] = set()
        self._leaving = asyncio.Event()

    # For the screen.

    def prompt(self) -> str:
        """What stands before the input line."""
        state = "" if self.chat.connected else ", offline"
        return self.lines.style.dim(f"[{printable(self.current) or 'no channel'}{state}]") + " "

    def complete(self, word: str, at_start: bool) -> list[str]:
        """What a word may become: commands, channels, or people, those who spoke last first."""
        if at_start and word.startswith("/"):
            return [f"/{name} " for name in COMMANDS if name.startswith(word[1:].lower())]
        if word.startswith("#"):
            return [f"{name} " for name in self.chat.channels if name.lower().startswith(word.lower())]
        room = self.chat.channels.get(self.current)
        people = [
            name
            for name in (room.members if room is not None else ())
            if name.lower().startswith(word.lower()) and name != self.chat.nick
        ]
        rank = {name: place for place, name in enumerate(reversed(self._speakers))}
        people.sort(key=lambda name: (rank.get(name, len(rank)), name.lower()))
        return [name + (": " if at_start else " ") for name in people] if word or not at_start else []

    # For the commands.

    def tell(self, text: str) -> None:
        """Show a quiet line."""
        self.screen.show(self.lines.quiet(text))

    async def say(self, target: str, text: str, kind: str = "message") -> None:
        """Send something; a refusal is shown when it comes."""
        if not text.strip():
            return
        if not target:
            self.tell("you are in no channel; /join one first")
            return
        if not self.chat.connected:
            self.tell(f"not connected; this is sent when we are back: {printable(text)}")
        await self._room_to_send.acquire()
        try:
            receipt = self.chat.post(target, text, kind)
        except ChatError as error:
            self._room_to_send.release()
            self._refused(text, error)
            return
        task = asyncio.create_task(self._confirm(receipt, text))
        self._confirming.add(task)
        task.add_done_callback(self._confirmed)

    async def enter(self, channel: str, key: str = "") -> None:
        """Join a channel unless we are in it, look at it, show its last messages."""
        known = channel in self.chat.channels
        name = self.chat.channels[channel].name if known else (await self.chat.join(channel, key)).name
        self.current = name
        if known:
            self.tell(f"you are in {printable(name)}")
        else:
            await self.introduce(name)
        self.screen.refresh()

    def leave(self) -> None:
        """End the program."""
        self._leaving.set()

    # How it goes.

    async def run(self) -> int:
        """Chat until the person leaves or the library gives up; returns the exit code."""
        self.tell(f"connected to {self.chat.address} as {printable(self.chat.nick)}; /help lists the commands")
        for channel in list(self.chat.channels):
            self.current = channel
            await self.introduce(channel)
        hear = asyncio.create_task(self._hear())
        read = asyncio.create_task(self._read())
        leave = asyncio.create_task(self._leaving.wait())
        try:
            await asyncio.wait([hear, read, leave], return_when=asyncio.FIRST_COMPLETED)
            await self._part_with(hear)
            return exit_code(read)
        finally:
            for task in (hear, read, leave):
                task.cancel()

    async def _part_with(self, hear: asyncio.Task[None]) -> None:
        """Let what was said be confirmed and shown, then let go. Raises what ended the chat when that was an error."""
        if not hear.done():
            await self.chat.close()
            await asyncio.wait([hear, *self._confirming], timeout=LAST_WORDS_SECONDS)
        if hear.done():
            hear.result()

    async def introduce(self, channel: str) -> None:
        """Show a channel's topic, its last messages and who is there."""
        room = self.chat.channels.get(channel)
        if room is None:
            return
        self.tell(f"you are in {printable(channel)}" + (f": {printable(room.topic)}" if room.topic else ""))
        try:
            past = await self.chat.history(channel, PAST_LINES) if self.chat.keeps_history else []
        except ChatError as error:
            self.tell(f"no history: {printable(str(error))}")
            past = []
        for message in past:
            self._show_event(message)
        self.tell(here(self.chat, channel))

    async def _hear(self) -> None:
        """Show what is heard."""
        async for event in self.chat:
            if not self._is_own(event):
                self._show_event(event)
            if isinstance(event, events.Parted | events.Kicked) and event.mine:
                self._look_elsewhere()
            if isinstance(
                event, events.Connected | events.Disconnected | events.CaughtUp | events.Parted | events.Kicked
            ):
                self.screen.refresh()

    def _look_elsewhere(self) -> None:
        """We are out of a channel: say where typed text goes now."""
        if self.current not in self.chat.channels:
            self.current = next(iter(self.chat.channels), "")
        self.tell(f"you are in {printable(self.current)}" if self.current else "you are in no channel; /join one")

    def _is_own(self, event: events.Event) -> bool:
        """Whether this is our own message and the terminal shows what we typed already."""
        return not self._shows_own and isinstance(event, events.Message) and event.mine and not event.missed

    def _show_event(self, event: events.Event) -> None:
        """Show one event, a message only once."""
        if isinstance(event, events.Message):
            if event.msgid in self._shown:
                return
            remember(self._shown, event.msgid, SHOWN_MAX)
            self._speakers.pop(event.nick, None)
            remember(self._speakers, event.nick, SPEAKERS_MAX)
        for line in self.lines.lines(event):
            self.screen.show(line)

    async def _read(self) -> None:
        """Take what is typed."""
        async for line in self.screen.inputs():
            if line.startswith("/") and not line.startswith("//") and "\n" not in line:
                await obey(self, line)
            else:
                await self.say(self.current, line[1:] if line.startswith("//") else line)
            if self._leaving.is_set():
                break

    async def _confirm(self, receipt: Receipt, text: str) -> None:
        """Say when a message was refused."""
        try:
            await receipt
        except ChatError as error:
            self._refused(text, error)

    def _refused(self, text: str, error: ChatError) -> None:
        """Show what was not sent, so that it can be copied and sent again."""
        self.tell(f"not sent: {printable(text)} ({printable(str(error))})")

    def _confirmed(self, task: asyncio.Task[None]) -> None:
        self._confirming.discard(task)
        self._room_to_send.release()


def remember(entries: dict[str, None], name: str, entries_max: int) -> None:
    """Add a name at the end; the oldest goes when there are too many."""
    if name:
        entries[name] = None
        if len(entries) > entries_max:
            del entries[next(iter(entries))]


def exit_code(reading: asyncio.Task[None]) -> int:
    """How the person left. Raises what ended the reading when that was an error."""
    if not reading.done():
        return exits.OK
    try:
        reading.result()
    except Interrupted:
        return exits.INTERRUPTED
    return exits.OK
