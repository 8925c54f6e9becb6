"""A link: one Chat of the library, run for its network. The only place that awaits the library.

Rules:
1. A Chat that could not come about is tried again, with longer pauses; what to do about a server that is not to be
   trusted, or a login that failed, our user decides (`Host`).
2. What is sent stands in its timeline at once, as pending, and is confirmed by its echo.
3. History is asked for page by page, one page of a buffer at a time. A page that could not be had is said, and can be
   asked for again.
4. Where too much was missed to hear all of it, the latest page is loaded, and who scrolls back finds the rest.
5. Up to where our user has read is told to the server a moment later, once for all that he read meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ipcchat.client.chat import Chat
from ipcchat.client.connection import Backoff
from ipcchat.client.errors import ChatError, LoginFailed, Untrusted
from ipcchat.client.events import CaughtUp, Event, Gap, Joined, Message
from ipcchat.client.past_calls import READ_MARKER, Page
from ipcchat.client.receipt import Receipt
from ipcchat.client.text import printable
from ipcchat.dialogue.past_commands import latest_targets
from ipcchat.tui.model.buffer import Buffer, Kind
from ipcchat.tui.model.entries import Delivery, Entry, Said, Tone
from ipcchat.tui.model.network import Alert, Network, State
from ipcchat.tui.model.timeline import Edge

PAGE_MESSAGES = 100
# Conversations that were not open here are opened when something in them waits to be read, at most so many.
CONVERSATIONS_LOOKED_AT_MAX = 50
MARK_SECONDS = 0.5
# The marker of a conversation that nobody has read yet.
NEVER_READ = datetime(1970, 1, 1, tzinfo=UTC)


class Host(Protocol):
    """What a link needs of the program around it."""

    def changed(self) -> None:
        """Something is to be drawn."""

    def alerted(self, alerts: Sequence[Alert]) -> None:
        """Something calls for our user."""

    def ready(self, network: Network) -> None:
        """The connection is there for the first time."""

    async def trusts(self, error: Untrusted) -> str:
        """Whether our user knows the certificate of a server from now on: why not, "" when he does."""

    async def other_password(self, network: Network, error: LoginFailed) -> Callable[[], Chat] | None:
        """A login failed: what makes another Chat; None to give up."""


def moment() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


class Link:
    """The Chat of a network. `make` makes one that is not connected yet."""

    def __init__(self, network: Network, make: Callable[[], Chat], host: Host) -> None:
        self.network = network
        self.chat = make()
        self._make = make
        self._host = host
        self._tasks: set[asyncio.Task[None]] = set()
        self._unmarked: dict[Buffer, datetime] = {}
        self._begins: dict[Buffer, tuple[int, str]] = {}
        self._ends: dict[Buffer, tuple[int, str]] = {}
        self._holed: dict[Buffer, None] = {}
        # Whether the latest page of a buffer is wanted once more when the one on its way is there.
        self._returning: dict[Buffer, bool] = {}
        self._closing = False
        self._again = asyncio.Event()
        network.chat = self.chat

    # Running.

    async def run(self) -> None:
        """Connect and hear until the network is closed."""
        backoff = Backoff()
        while not self._closing:
            try:
                async with self.chat:
                    backoff.reset()
                    await self._hear()
                self._closing = True
            except Untrusted as error:
                if why := await self._host.trusts(error):
                    return self._gave_up(why)
            except LoginFailed as error:
                make = await self._host.other_password(self.network, error)
                if make is None:
                    return self._gave_up(str(error))
                self._make = make
            except ChatError as error:
                await self._pause(str(error), backoff.next_seconds())
            if not self._closing:
                self.chat = self.network.chat = self._make()

    def stop(self) -> None:
        """From now on no connection is made any more."""
        self._closing = True
        self._again.set()
        self._send_marks()

    async def close(self) -> None:
        """Leave the server; what was sent is confirmed before, if it can be within 5 s."""
        self.stop()
        await self.chat.close()

    def try_again(self) -> None:
        """Connect now instead of waiting longer."""
        self._again.set()
        self.chat.retry_now()

    def _gave_up(self, reason: str) -> None:
        """There will be no connection until our user wants one."""
        self.network.state, self.network.reason, self.network.retry_at = State.CLOSED, reason, None
        self.network.note(self.network.server, printable(reason), moment(), Tone.WARNING)
        self._host.changed()

    async def _pause(self, reason: str, seconds: float) -> None:
        """Wait before the next try, unless our user wants it now."""
        news = self.network.reason != reason
        self.network.state, self.network.reason = State.WAITING, reason
        self.network.retry_at = moment() + timedelta(seconds=seconds)
        if news:
            self.network.note(self.network.server, printable(reason), moment(), Tone.WARNING)
        self._host.changed()
        self._again.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._again.wait()
        except TimeoutError:
            pass
        self.network.state = State.CONNECTING

    async def _hear(self) -> None:
        """Take in all events until the Chat is closed."""
        self.network.state = State.CONNECTED
        self._background(self._introduce())
        async for event in self.chat:
            self._take(event)

    def _take(self, event: Event) -> None:
        """One event."""
        alerts = self.network.hear(event, moment())
        if alerts:
            self._host.alerted(alerts)
        if isinstance(event, Joined) and event.mine:
            buffer = self.network.buffer(event.channel)
            came_again = buffer.timeline.above is not Edge.UNKNOWN and self.chat.keeps_history
            self._background(self.return_to_present(buffer) if came_again else self.load(buffer))
        elif isinstance(event, Gap):
            self._holed.update(dict.fromkeys(self.network.places_of(event)))
        elif isinstance(event, CaughtUp) and self.chat.keeps_history:
            holed, self._holed = self._holed, {}
            for buffer in holed:
                self._background(self.return_to_present(buffer))
        self._host.changed()

    # Saying.

    def say(self, buffer: Buffer, text: str, kind: str = "message", reply_to: str = "") -> None:
        """Send a text; it stands there as pending at once."""
        prefixes = self.chat.support.get("CHANTYPES", "#&")
        message = Message(
            time=moment(),
            target=buffer.name,
            nick=self.chat.nick,
            text=text,
            kind=kind,
            mine=True,
            prefixes=prefixes,
            tags={"+reply": reply_to} if reply_to else {},
        )
        said = buffer.timeline.send(message)
        self._post(buffer, said)

    def say_again(self, buffer: Buffer, said: Said) -> None:
        """Send once more what was refused."""
        buffer.timeline.drop(said)
        self.say(buffer, said.message.text, said.message.kind, said.message.reply_to)

    def _post(self, buffer: Buffer, said: Said) -> None:
        """Give a pending message to the library."""
        message = said.message
        try:
            receipt = self.chat.post(message.target, message.text, message.kind, reply_to=message.reply_to)
        except ChatError as error:
            buffer.timeline.refuse(said, printable(str(error)))
        else:
            self._background(self._confirm(buffer, said, receipt))
        self._host.changed()

    async def _confirm(self, buffer: Buffer, said: Said, receipt: Receipt) -> None:
        """Note what became of a message. Its echo has been heard, or is about to be: it is the message, see rule 2."""
        try:
            message = await receipt
        except ChatError as error:
            if said.delivery is Delivery.PENDING:
                buffer.timeline.refuse(said, printable(str(error)))
        else:
            buffer.timeline.confirm(said, message)
        self._host.changed()

    async def upload(self, path: str, progress: Callable[[int, int], None]) -> str:
        """Upload a file; its URL. `progress` hears the bytes that are sent and those of the whole. Raises ChatError."""
        return await self.chat.upload(path, progress=progress)

    def do(self, buffer: Buffer, what: Awaitable[object]) -> None:
        """Do something with the library; a refusal is said in the buffer."""
        self._background(self._done(buffer, what))

    async def _done(self, buffer: Buffer, what: Awaitable[object]) -> None:
        try:
            await what
        except ChatError as error:
            self.network.note(buffer, printable(str(error)), moment(), Tone.WARNING)
        self._host.changed()

    # The past.

    async def load(self, buffer: Buffer) -> None:
        """The latest messages of a buffer, if nothing was asked yet."""
        if buffer.timeline.above is Edge.UNKNOWN and self.chat.connected:
            buffer.timeline.above = Edge.ASKED
            await self._load_above(buffer, "")

    async def load_older(self, buffer: Buffer) -> None:
        """The page before what is loaded; the view has marked it as asked for."""
        first, point = self._begins.get(buffer, (0, ""))
        await self._load_above(buffer, point if point and first == buffer.timeline.first else first_msgid(buffer))

    async def load_newer(self, buffer: Buffer) -> None:
        """The page behind what is loaded of a window that is not live."""
        end, point = self._ends.get(buffer, (0, ""))
        page = await self._page(buffer, after=point if point and end == buffer.timeline.end else last_msgid(buffer))
        if page is None:
            buffer.timeline.below = Edge.MORE
        else:
            buffer.timeline.load_below(
                self.network.past(page.acts, buffer), more=page.more_after is not False and bool(page.acts)
            )
            self._ends[buffer] = (buffer.timeline.end, page.ends)
            buffer.count()
        self._host.changed()

    async def show_around(self, buffer: Buffer, msgid: str) -> Said | None:
        """Load what stands around a message, unless it is loaded; the message, None when it cannot be had."""
        if (said := buffer.timeline.find(msgid)) is not None and buffer.timeline.index(said) is not None:
            return said
        page = await self._page(buffer, around=msgid)
        if page is None or not any(getattr(act, "msgid", "") == msgid for act in page.acts):
            return None
        above, below = edge(page.more_before), edge(page.more_after)
        buffer.timeline.show(self.network.past(page.acts, buffer), above=above, below=below)
        self._note_points(buffer, page)
        self._host.changed()
        return buffer.timeline.find(msgid)

    async def return_to_present(self, buffer: Buffer) -> None:
        """Load the latest messages in the place of an older window. What happens until the page is there is held
        (`Timeline`, rule 4): the page may have been read before it."""
        if buffer in self._returning:
            self._returning[buffer] = True
            return
        page = await self._latest_page(buffer)
        if page is None:
            buffer.timeline.below = Edge.MORE
        else:
            buffer.timeline.show(self.network.past(page.acts, buffer), above=edge(page.more_before), below=Edge.END)
            self._note_points(buffer, page)
            buffer.count()
        self._host.changed()

    async def _latest_page(self, buffer: Buffer) -> Page | None:
        """The latest page, read anew when it was wanted again meanwhile."""
        self._returning[buffer] = True
        try:
            while self._returning[buffer]:
                self._returning[buffer] = False
                buffer.timeline.below = Edge.ASKED
                page = await self._page(buffer)
        finally:
            del self._returning[buffer]
        return page

    async def _load_above(self, buffer: Buffer, before: str) -> None:
        """A page before a message, or the latest one."""
        page = await self._page(buffer, before=before)
        timeline = buffer.timeline
        if page is None:
            timeline.above = Edge.UNKNOWN if not before else Edge.MORE
        else:
            entries = self.network.past(page.acts, buffer)
            timeline.load_above(not_there_yet(buffer, entries), more=page.more_before is not False and bool(page.acts))
            self._begins[buffer] = (timeline.first, page.begins)
            buffer.count()
        self._host.changed()

    def _note_points(self, buffer: Buffer, page: Page) -> None:
        """Remember where a window begins and ends: its first and last act need not be messages."""
        self._begins[buffer] = (buffer.timeline.first, page.begins)
        self._ends[buffer] = (buffer.timeline.end, page.ends)

    async def _page(self, buffer: Buffer, *, before: str = "", after: str = "", around: str = "") -> Page | None:
        """A page of history; None when it could not be had, and then that is said."""
        buffer.has_past = self.chat.keeps_history
        if buffer.kind is Kind.SERVER or not buffer.has_past:
            return Page.empty()
        try:
            return await self.chat.past(buffer.name, PAGE_MESSAGES, before=before, after=after, around=around)
        except ChatError as error:
            self.network.note(buffer, printable(str(error)), moment(), Tone.WARNING)
            return None

    # Coming.

    async def _introduce(self) -> None:
        """Load what our user sees first, then what waits to be read elsewhere."""
        for name in self.chat.channels:
            self.network.buffer(name).joined = True
        for name, refusal in self.chat.refused_channels.items():
            text = f"{printable(name)}: {printable(str(refusal))}"
            self.network.note(self.network.server, text, moment(), Tone.WARNING)
        self._host.ready(self.network)
        self._host.changed()
        try:
            await self.open_unread()
        except ChatError as error:
            self.network.note(self.network.server, printable(str(error)), moment(), Tone.WARNING)
        for buffer in list(self.network.buffers.values()):
            await self.load(buffer)

    async def open_unread(self) -> None:
        """Open the conversations with people in which something was said that was not read."""
        if not (self.chat.keeps_history and READ_MARKER in self.chat.capabilities):
            return
        for target in await latest_targets(self.chat, CONVERSATIONS_LOOKED_AT_MAX):
            if self.network.is_channel(target.name) or target.name in self.network.buffers:
                continue
            marker = await self.chat.read_marker(target.name)
            if marker is None or marker < target.latest:
                buffer = self.network.buffer(target.name)
                buffer.read_until(marker or NEVER_READ)

    # Having read.

    def mark_read(self, buffer: Buffer, until: datetime) -> None:
        """Our user has read so far; see rule 5."""
        if READ_MARKER not in self.chat.capabilities or buffer.kind is Kind.SERVER:
            return
        if not self._unmarked:
            asyncio.get_running_loop().call_later(MARK_SECONDS, self._send_marks)
        self._unmarked[buffer] = until

    def _send_marks(self) -> None:
        """Tell the server what was read."""
        unmarked, self._unmarked = self._unmarked, {}
        for buffer, until in unmarked.items():
            if self.chat.connected:
                self._background(self._mark(buffer, until))

    async def _mark(self, buffer: Buffer, until: datetime) -> None:
        """One marker. One that could not be set is set with the next message that is read."""
        try:
            await self.chat.mark_read(buffer.name, until)
        except ChatError:
            pass

    def _background(self, work: Awaitable[None]) -> None:
        """Do something without waiting for it."""
        task = asyncio.ensure_future(work)
        assert isinstance(task, asyncio.Task)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def first_msgid(buffer: Buffer) -> str:
    """The msgid of the first message that is loaded; "" when none has one."""
    said = (entry for entry in buffer.timeline.entries if isinstance(entry, Said))
    return next((entry.message.msgid for entry in said if entry.message.msgid), "")


def last_msgid(buffer: Buffer) -> str:
    """The msgid of the last message that is loaded; "" when none has one."""
    return next((said.message.msgid for said in buffer.timeline.said_backwards() if said.message.msgid), "")


def edge(more: bool | None) -> Edge:
    """What is known beyond an end of a page."""
    return Edge.END if more is False else Edge.MORE


def not_there_yet(buffer: Buffer, entries: list[Entry]) -> list[Entry]:
    """Entries of the past without what is loaded already because it was heard live: sentences have no msgid, so they
    are told apart by their time."""
    if not buffer.timeline.entries:
        return entries
    begin = buffer.timeline.entries[0].time
    return [entry for entry in entries if isinstance(entry, Said) or entry.time < begin]
