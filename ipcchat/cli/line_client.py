"""The line client: what is heard becomes lines on the screen, what is typed becomes messages and commands.

Rules:
1. Our own messages are shown when the server has confirmed them, in the order everybody sees.
2. Input is taken in order: what is typed behind a command waits for it; messages do not wait for each other.
3. What is typed without a connection is kept and sent later, and that is said.
4. Who comes and goes is told together, a moment later; what is said is shown at once, and after it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from ipcchat.cli import exits
from ipcchat.cli.comings import HOLD_SECONDS, Comings
from ipcchat.cli.plain_screen import PlainScreen
from ipcchat.cli.render import ChatLines
from ipcchat.cli.style import Style
from ipcchat.cli.unread import Unread
from ipcchat.client import events
from ipcchat.client.chat import Chat
from ipcchat.client.errors import ChatError
from ipcchat.client.receipt import Receipt
from ipcchat.client.text import printable
from ipcchat.dialogue.channel_commands import ROWS_SHOWN_MAX, here, topic_setting
from ipcchat.dialogue.command_table import is_channel
from ipcchat.dialogue.commands import obey
from ipcchat.dialogue.phrases import several
from ipcchat.server.entries import chat_program
from ipcchat.wire.casemap import fold

PAST_LINES = 20
UNCONFIRMED_MAX = 64
SHOWN_MAX = 5_000
ANSWERABLE_MAX = 1_000
LAST_WORDS_SECONDS = 1.0
LEAVE_HINT = "press Ctrl-C again to leave"


class LineClient:
    """One person's chat. `current` is the channel or person that typed text goes to."""

    def __init__(self, chat: Chat, style: Style, *, shows_own: bool = True) -> None:
        self.chat = chat
        self.current = next(iter(chat.channels), "")
        self.program = chat_program()
        self.lines = ChatLines(style, lambda: self.chat.nick, lambda: self.current, self.is_near)
        self.screen = PlainScreen()
        self._shows_own = shows_own
        self._shown: dict[str, None] = {}
        self._said: deque[events.Message] = deque(maxlen=ANSWERABLE_MAX)
        self._unread = Unread(chat)
        self._comings = Comings(lambda: self.current)
        self._comings_timer: asyncio.TimerHandle | None = None
        self._entered = {fold(channel) for channel in chat.channels}
        self._joining = 0
        self._room_to_send = asyncio.Semaphore(UNCONFIRMED_MAX)
        self._confirming: set[asyncio.Task[None]] = set()
        self._leaving = asyncio.Event()
        self._interrupted = False
        self._exit_code = exits.OK

    # For the commands.

    def tell(self, text: str) -> None:
        """Show a quiet line."""
        self.tell_comings()
        self.screen.show(self.lines.quiet(text))

    def look_at(self, target: str) -> None:
        """Typed text goes to this channel or person from now on."""
        self.current = target
        self._say_where()

    def last_of(self, nick: str) -> events.Message | None:
        """The last message of somebody in the place that is looked at."""
        place, author = fold(self.current), fold(nick)
        return next(
            (each for each in reversed(self._said) if (fold(each.place), fold(each.nick)) == (place, author)), None
        )

    def show_past(self, title: str, messages: Sequence[events.Message]) -> None:
        """Show messages as they were said, also those that were shown before."""
        self.tell_comings()
        for line in (line for message in messages for line in self.lines.message(message)):
            self.screen.show(line)

    def is_near(self, nick: str) -> bool:
        """Whether somebody is in the channel that is looked at or has spoken there, or is the one we talk to."""
        room = self.chat.channels.get(self.current)
        inside = nick in room.members if room is not None else fold(nick) == fold(self.current)
        return inside or self.last_of(nick) is not None

    async def say(self, target: str, text: str, kind: str = "message", reply_to: str = "") -> None:
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
            receipt = self.chat.post(target, text, kind, reply_to=reply_to)
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
        name = self.chat.channels[channel].name if known else await self._join(channel, key)
        self.current = name
        if known:
            self.tell(f"you are in {printable(name)}")
        else:
            await self.introduce(name)

    async def _join(self, channel: str, key: str) -> str:
        """Join a channel; the name of the one we are in then."""
        self._joining += 1
        try:
            name = (await self.chat.join(channel, key)).name
            self._entered.add(fold(name))
        finally:
            self._joining -= 1
        return name

    async def ask_secret(self, question: str) -> str:
        """What a person types without it being shown; "" when he would rather not."""
        self.tell_comings()
        return await self.screen.secret(f"{question}: ")

    def leave(self) -> None:
        """End the program."""
        self._leaving.set()

    def interrupt(self) -> None:
        """Ctrl-C: give up the secret that is asked for; without one, the second time in a row, leave."""
        if self.screen.give_up():
            return
        if self._interrupted:
            self._exit_code = exits.INTERRUPTED
            self.leave()
        else:
            self._interrupted = True
            self.screen.show("")  # The terminal has written ^C without ending the row.
            self.tell(LEAVE_HINT)

    # How it goes.

    async def run(self, remarks: Sequence[str] = ()) -> int:
        """Chat until the person leaves or the library gives up; returns the exit code. `remarks` are told first."""
        for line in (*remarks, *greeting(self.chat)):
            self.tell(line)
        await self._introduce_all()
        hear = asyncio.create_task(self._hear())
        read = asyncio.create_task(self._read())
        leave = asyncio.create_task(self._leaving.wait())
        try:
            await asyncio.wait([hear, read, leave], return_when=asyncio.FIRST_COMPLETED)
            await self._part_with(hear)
            if read.done():
                read.result()
            return self._exit_code
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

    async def _introduce_all(self) -> None:
        """Show the channels we asked for. Those in which our user is already, by another session, are only named."""
        asked = [channel for channel in self.chat.channels if channel in self.chat.asked_channels]
        others = [channel for channel in self.chat.channels if channel not in asked]
        if others:
            which = printable(others[0]) if len(others) == 1 else "one"
            self.tell(f"you are also in {several(others, ROWS_SHOWN_MAX)}; /join {which} to look at it")
        for channel in asked or others[:1]:
            self.current = channel
            await self.introduce(channel)
        await self.tell_unread()

    async def tell_unread(self) -> None:
        """Name where something waits to be read, besides where we are and the channels that we asked for."""
        try:
            waiting = await self._unread.elsewhere([self.current, *self.chat.asked_channels])
        except ChatError:
            return
        if waiting:
            go = "/join" if is_channel(self, waiting[0]) else "/query"
            self.tell(f"not read yet: {several(waiting)}; {go} {printable(waiting[0])}, then /unread shows what")

    async def introduce(self, channel: str) -> None:
        """Show a channel's topic, its last messages and who is there."""
        room = self.chat.channels.get(channel)
        if room is None:
            return
        self.tell(f"you are in {printable(channel)}" + (f": {printable(room.topic)}" if room.topic else ""))
        if setting := topic_setting(self.chat, channel):
            self.tell(setting)
        try:
            past = await self.chat.history(channel, PAST_LINES) if self.chat.keeps_history else []
        except ChatError as error:
            self.tell(f"no history: {printable(str(error))}")
            past = []
        new = await self._unread.first(channel, past)
        more = ", and more before that; /unread shows all of it" if new == 0 and len(past) == PAST_LINES else ""
        for number, message in enumerate(past):
            if number == new:
                self.tell(f"new since you were here{more}")
            self._show_event(message)
        if channel in self.chat.channels:
            self.tell(here(self.chat, channel))

    async def _hear(self) -> None:
        """Show what is heard."""
        async for event in self.chat:
            self._follow(event)
            if not self._is_own(event):
                self._show_event(event)
            match event:
                case events.Joined(mine=True, channel=channel):
                    self._put_into(channel)
                case events.Parted(mine=True, channel=channel) | events.Kicked(mine=True, channel=channel):
                    self._entered.discard(fold(channel))
                    self._look_elsewhere()
                case events.Edited() | events.Redacted():
                    self._correct(event)
        self.tell_comings()

    def _correct(self, event: events.Edited | events.Redacted) -> None:
        """A message that could be answered or edited has another text, or is no more."""
        original = event.original if isinstance(event, events.Edited) else event.redacted
        number = next((number for number, message in enumerate(self._said) if message.msgid == original), None)
        if number is None:
            return
        if isinstance(event, events.Edited):
            self._said[number] = replace(self._said[number], text=event.text)
        else:
            del self._said[number]

    def _put_into(self, channel: str) -> None:
        """We are in a channel; say so when we did not ask for it."""
        if self._joining or fold(channel) in self._entered:
            return
        self._entered.add(fold(channel))
        self.tell(f"you are also in {printable(channel)} now; /join {printable(channel)} to look at it")
        if not self.current:
            self.look_at(channel)

    def _follow(self, event: events.Event) -> None:
        """What we look at may have another name."""
        match event:
            case events.ChannelRenamed(old=old, new=new) | events.NickChanged(old=old, new=new):
                if fold(old) in self._entered:
                    self._entered = self._entered - {fold(old)} | {fold(new)}
                if old == self.current:
                    self.current = new

    def _look_elsewhere(self) -> None:
        """We are out of a channel: say where typed text goes now."""
        if is_channel(self, self.current) and self.current not in self.chat.channels:
            self.current = next(iter(self.chat.channels), "")
        self._say_where()

    def _say_where(self) -> None:
        """Where typed text goes."""
        if not self.current:
            self.tell("you are in no channel; /join one")
        elif self.current in self.chat.channels:
            self.tell(f"you are in {printable(self.current)}")
        else:
            self.tell(f"you are talking to {printable(self.current)}")

    def _is_own(self, event: events.Event) -> bool:
        """Whether this is our own message and the terminal shows what we typed already, or our own goodbye."""
        if isinstance(event, events.ServerError):
            return self._leaving.is_set()
        typed_here = isinstance(event, events.Message) and event.mine and not (event.missed or event.elsewhere)
        return typed_here and not self._shows_own

    def _show_event(self, event: events.Event) -> None:
        """Show one event, a message only once; comings and goings a moment later."""
        if isinstance(event, events.Message) and not self._is_unseen(event):
            return
        if self._comings.take(event):
            self._tell_comings_soon()
            return
        if lines := self.lines.lines(event):
            self.tell_comings()
        for line in lines:
            self.screen.show(line)

    def _is_unseen(self, message: events.Message) -> bool:
        """Whether this message was not shown yet; it counts as said by its author from now on."""
        if message.msgid in self._shown:
            return False
        remember(self._shown, message.msgid, SHOWN_MAX)
        self._said.append(message)
        self._unread.shown(message)
        return True

    def tell_comings(self) -> None:
        """Show who came and went, if anybody did."""
        if self._comings_timer is not None:
            self._comings_timer.cancel()
            self._comings_timer = None
        if line := self._comings.line():
            self.screen.show(self.lines.quiet(line))

    def _tell_comings_soon(self) -> None:
        if self._comings_timer is None:
            self._comings_timer = asyncio.get_running_loop().call_later(HOLD_SECONDS, self.tell_comings)

    async def _read(self) -> None:
        """Take what is typed."""
        async for line in self.screen.inputs():
            self._interrupted = False
            if line.startswith("/") and not line.startswith("//") and "\n" not in line:
                await obey(self, line)
            else:
                await self.say(self.current, line[1:] if line.startswith("//") else line)
            self._unread.note()
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


def greeting(chat: Chat) -> list[str]:
    """Where we are, as whom, and what a careful person would want to know of the connection."""
    name, account, protection = printable(chat.nick), printable(chat.account), chat.protection
    login = f", logged in as {account}" if account else ""
    lines = [f"connected to {chat.address} as {name}{login}; /help lists the commands"]
    if protection.pinned:
        lines.append(f"encrypted ({protection.tls}); the server has the certificate that you trust")
    if protection.expired is not None:
        lines.append(f"it has expired on {protection.expired:%Y-%m-%d}; whoever runs the server should make a new one")
    return lines
