"""What a Chat is made of below its commands: connecting, the one task, the queue of events, commands and answers.

Rules:
1. A Chat belongs to one event loop; none of its methods may be called from another thread.
2. One task does all the work. When it ends by an error that nobody foresaw, the Chat is closed and the iterator
   raises the error.
3. A server that cannot show who it is ends the Chat at the start; later, when the Chat may be at the mercy of whatever
   network it is in, it is tried again, and the program is told each time the reason is another.
4. The queue of events holds EVENTS_MAX. A program that is slower loses the oldest and hears a Gap in their place; a
   program that never iterates loses them without a word.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Protocol, Self

from ipcchat.client import events
from ipcchat.client.connection import Backoff, Connection, reason_for
from ipcchat.client.conversation import Conversation, Outcome
from ipcchat.client.dialing import Dialer
from ipcchat.client.errors import ChatClosed, ChatError, CommandRefused, ConnectFailed, TimedOut, Untrusted
from ipcchat.client.events import Event
from ipcchat.client.liveness import Moment, has_slept
from ipcchat.client.people import Channel, Person
from ipcchat.client.protection import IN_THE_CLEAR, Protection
from ipcchat.client.registration import Identity
from ipcchat.client.sasl import Credentials
from ipcchat.client.urls import Address
from ipcchat.client.view import View
from ipcchat.wire import message as wire

CONNECT_SECONDS = 10.0
COMMAND_SECONDS = 60.0
CLOSE_SECONDS = 5.0
QUIT_SECONDS = 2.0
TICK_SECONDS = 1.0
STEADY_SECONDS = 5.0
# What one catch-up may bring (missed.MISSED_MAX), and what happens meanwhile.
EVENTS_MAX = 30_000

log = logging.getLogger("ipcchat.client")


class Listener(Protocol):
    """Who hears every event beside the program's iterator."""

    def hear(self, event: Event) -> None:
        """This happened."""


class Running:
    """A connection to a chat server that repairs itself, without the commands of a Chat."""

    def __init__(
        self,
        address: Address,
        identity: Identity,
        channels: Iterable[str],
        *,
        reconnect: bool = True,
        connect_seconds: float = CONNECT_SECONDS,
        backoff: Backoff | None = None,
        dialer: Dialer | None = None,
        insist: bool = True,
    ) -> None:
        self._dialer = dialer or Dialer(address)
        self._reconnect = reconnect
        self._insist = insist
        self._connect_seconds = connect_seconds
        self._backoff = backoff or Backoff()
        self._conversation = Conversation(identity, dict.fromkeys(channels, ""))
        self._connection: Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._events: deque[Event] = deque()
        self._listeners: weakref.WeakSet[Any] = weakref.WeakSet()
        self._dropped = 0
        self._iterated = False
        self._was_connected = False
        self._distrust = ""
        self._reason = f"{address} does not answer"
        self._error: BaseException | None = None
        self._news = asyncio.Event()
        self._closing = asyncio.Event()
        self._hurry = asyncio.Event()
        self._unverified: Credentials | None = None
        self._typed: dict[str, float] = {}

    # Entering and leaving.

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name=f"ipcchat {self.address}")
        try:
            async with asyncio.timeout(self._connect_seconds):
                await self._until(lambda: self._conversation.is_live)
        except TimeoutError:
            await self._end(QUIT_SECONDS)
            raise ConnectFailed(self._reason) from None
        except BaseException:
            await self._end(0)
            raise
        if self.refused_channels and self._insist:
            await self._end(QUIT_SECONDS)
            raise next(iter(self.refused_channels.values()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await (self.close() if error is None else self._end(QUIT_SECONDS))

    async def close(self) -> None:
        """Leave: wait up to 5 s for posted messages to be confirmed, say QUIT, disconnect. May be called twice."""
        if self._task is not None and not self._task.done() and len(self._conversation.outbox):
            try:
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._until(lambda: len(self._conversation.outbox) == 0)
            except (TimeoutError, ChatError):
                log.warning("closed with %d messages unconfirmed", len(self._conversation.outbox))
        await self._end(QUIT_SECONDS)

    def retry_now(self) -> None:
        """Somebody wants to be connected now: the pause before the next try ends at once. While there is a connection
        the server is asked whether it is still there, and after 10 s without an answer it is connected to anew."""
        if self._connection is None:
            self._backoff.reset()
            self._hurry.set()
        else:
            self._conversation.doubt(now())
            self._pump()

    async def _end(self, quit_seconds: float) -> None:
        """Say QUIT, give the server `quit_seconds` to close, end the task."""
        self._closing.set()
        self._hurry.set()
        task = self._task
        if task is None:
            return
        if self._conversation.session is not None and quit_seconds:
            self._conversation.session.tell("QUIT")
            self._pump()
        await asyncio.wait([task], timeout=quit_seconds)
        task.cancel()
        await asyncio.wait([task])

    # Hearing.

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        """The next event. Ends when the Chat is closed; raises what closed it when that was an error."""
        self._iterated = True
        while not self._events:
            if self._dropped == 0 and (self._task is None or self._task.done()):
                if self._error is not None:
                    raise self._error
                raise StopAsyncIteration
            await self._next_news()
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            return events.Gap(
                time=now().wall, channel="*", reason=f"{dropped} events were dropped: the program reads too slowly"
            )
        return self._events.popleft()

    # What is so.

    @property
    def address(self) -> Address:
        """Where the server is that we are connected to, or try to; another than was asked for when that one wants
        TLS."""
        return self._dialer.address

    @property
    def protection(self) -> Protection:
        """How the connection is protected, and by what we know that it is the right server. As last known while
        disconnected."""
        session = self._conversation.view_session
        return session.protection if session is not None else IN_THE_CLEAR

    @property
    def nick(self) -> str:
        """Our nick as the server knows it now."""
        return self._view.nick

    @property
    def wanted_nick(self) -> str:
        """The nick that was asked for, which is ours where the server gives it."""
        return self._conversation.nick

    @property
    def nick_refusal(self) -> str:
        """Why the server did not give us the nick that was asked for, in its words; "" when it did."""
        session = self._conversation.view_session
        return session.nick_refusal if session is not None else ""

    @property
    def account(self) -> str:
        """The account that we are logged in to; "" for none."""
        return self._view.account

    @property
    def channels(self) -> Mapping[str, Channel]:
        """The channels we are in, by name in any case: topic, modes, members with their prefixes. As last known
        while disconnected."""
        return self._view.channels

    @property
    def asked_channels(self) -> Collection[str]:
        """The channels that this Chat was told to be in. Where our user has other sessions he may be in more."""
        return self._conversation.presence.asked

    @property
    def refused_channels(self) -> Mapping[str, CommandRefused]:
        """The channels that were asked for and that the server did not let us into, each with its reason."""
        return self._conversation.presence.refusals

    @property
    def people(self) -> Mapping[str, Person]:
        """Who shares a channel with us or is monitored, and we ourselves, by nick in any case. As last known while
        disconnected."""
        return self._view.people

    @property
    def support(self) -> Mapping[str, str]:
        """What the server told it does, by ISUPPORT: {"NETWORK": "Example", "WHOX": ""}."""
        return self._view.support.tokens

    @property
    def capabilities(self) -> Mapping[str, str]:
        """The IRCv3 capabilities in use, with the values the server gave them."""
        session = self._conversation.view_session
        if session is None:
            return {}
        return {name: session.capabilities.offered.get(name, "") for name in sorted(session.enabled)}

    @property
    def connected(self) -> bool:
        """Whether we are connected, in our channels and at the present; what is posted while not is sent later."""
        return self._conversation.is_live

    @property
    def keeps_history(self) -> bool:
        """Whether the server keeps history that `history` can ask for."""
        session = self._conversation.view_session
        return session is not None and session.keeps_history

    # Asking.

    async def command(self, command: str, *params: str, tags: Mapping[str, str] | None = None) -> list[wire.Message]:
        """Send any command and return the lines that answer it (RFC 2812). It waits for a connection when there is
        none, 60 s in all. `tags` are sent where the server understands tags.

        Raises CommandRefused with the server's reason, TimedOut, ChatClosed.
        """
        self._require_open()
        try:
            ticket = self._conversation.request(command, *params, tags=dict(tags or {}))
        except wire.WireError as error:
            raise CommandRefused(str(error), error.code) from None
        answer = self._future(ticket)
        self._pump()
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                lines: list[wire.Message] = await answer
        except TimeoutError:
            raise TimedOut(f"the server did not answer {command} within {COMMAND_SECONDS:.0f} seconds") from None
        finally:
            self._waiting.pop(ticket, None)
            self._conversation.forget(ticket)
        return lines

    # How it is done.

    @property
    def _view(self) -> View:
        session = self._conversation.view_session
        return session.view if session is not None else View(self._conversation.nick)

    def _require_open(self) -> None:
        if self._closing.is_set() or self._task is None or self._task.done():
            raise ChatClosed("the chat is closed" if self._task is not None else "use `async with` first")

    def _future(self, ticket: int) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[ticket] = future
        return future

    async def _until(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition` holds; raises what closed the Chat when it closes before."""
        while not condition():
            if self._task is None or self._task.done():
                raise self._error or ChatClosed(self._reason)
            await self._next_news()

    async def _next_news(self) -> None:
        """Wait until something has changed or the task has ended."""
        assert self._task is not None
        self._news.clear()
        news = asyncio.ensure_future(self._news.wait())
        try:
            await asyncio.wait([news, self._task], return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()

    async def _run(self) -> None:
        """The task: connections one after the other until the Chat is closed."""
        reason = "the chat was closed"
        try:
            while not self._closing.is_set():
                reason = await self._one_connection()
                if self._closing.is_set() or not self._reconnect:
                    break
                await self._pause(reason)
        except ChatError as error:
            self._error, reason = error, str(error)
        except Exception as error:
            log.exception("the chat is closed by an error")
            self._error, reason = error, f"{type(error).__name__}: {error}"
        finally:
            if self._connection is not None:
                self._connection.close()
            self._conversation.lost(reason)
            self._conversation.abandon(reason)
            self._deliver()

    async def _pause(self, reason: str) -> None:
        """Wait before the next connection."""
        seconds = self._backoff.next_seconds()
        if self._was_connected:
            self._was_connected = False
            deliberate = self._conversation.deliberate
            self._add(events.Disconnected(time=now().wall, reason=reason, retry_seconds=seconds, deliberate=deliberate))
        await self._rest(seconds)

    async def _rest(self, seconds: float) -> None:
        """Let time pass, unless somebody is in a hurry; who has slept meanwhile is."""
        begun = now()
        while not self._hurry.is_set() and (left := seconds - (now().ticks - begun.ticks)) > 0:
            try:
                async with asyncio.timeout(min(left, TICK_SECONDS)):
                    await self._hurry.wait()
            except TimeoutError:
                pass
            if has_slept(begun, now()):
                self._backoff.reset()
                break
        self._hurry.clear()

    async def _one_connection(self) -> str:
        """Connect and serve until the connection is lost; returns why. Raises ConnectFailed when the server will not
        have us."""
        try:
            connection = self._connection = await self._dialer.open()
        except Untrusted as error:
            return self._distrusted(error)
        except OSError as error:
            self._reason = reason_for(error, self.address)
            self._dialer.move_on()
            return self._after_loss(self._reason)
        opened = now()
        self._distrust = ""
        self._conversation.opened(opened, connection.protection)
        try:
            reason = await self._serve(connection)
        except OSError as error:
            reason = reason_for(error, self.address)
        finally:
            connection.close()
            self._connection = None
            self._note_strict(None)
        if self._conversation.upgrade_port is not None:
            self._dialer.upgrade(self._conversation.upgrade_port)
            self._conversation.lost(reason)
            return await self._one_connection()
        if now().ticks - opened.ticks > STEADY_SECONDS or self._conversation.is_sent_on:
            self._backoff.reset()
        self._reason = self._conversation.lost(reason)
        if not self._conversation.deliberate:
            self._dialer.learn(self._conversation.places, connection.protection)
            self._dialer.move_on()
        return self._after_loss(self._reason)

    def _distrusted(self, error: Untrusted) -> str:
        """The server that answers is not to be trusted, see rule 3."""
        self._reason = str(error)
        if self._conversation.view_session is None:
            raise error
        if self._reason != self._distrust:
            self._distrust = self._reason
            self._add(events.Distrusted(time=now().wall, reason=self._reason, fingerprint=error.fingerprint))
        self._dialer.move_on()
        return self._after_loss(self._reason)

    def _note_strict(self, noted: int | None) -> int | None:
        """Remember that the server wants TLS only, when it says so otherwise than `noted`; what it says now."""
        session = self._conversation.session
        seconds = session.strict_seconds if session is not None else None
        if seconds is not None and seconds != noted:
            self._dialer.keep_strict(seconds)
        return seconds

    def _after_loss(self, reason: str) -> str:
        """Tell the program of a lost connection that will not be repaired."""
        if not self._reconnect and not self._closing.is_set():
            if self._conversation.view_session is None:
                raise ConnectFailed(reason)
            self._add(events.Disconnected(time=now().wall, reason=reason))
        self._deliver()
        return reason

    async def _serve(self, connection: Connection) -> str:
        """Read and write until the connection ends; returns why."""
        conversation = self._conversation
        noted: int | None = None
        while True:
            if conversation.upgrade_port is not None:
                return "the server wants TLS"
            self._pump()
            if conversation.fatal is not None:
                raise conversation.fatal
            noted = self._note_strict(noted)
            if (work := conversation.work) is not None:
                conversation.worked(await asyncio.to_thread(work), now())
                continue
            if conversation.problem or connection.is_choked:
                return conversation.problem or "the server does not read what we send"
            received = await connection.read(TICK_SECONDS)
            if received == b"":
                return "the server closed the connection"
            if received:
                conversation.received(received, now())
            conversation.tick(now())

    def _pump(self) -> None:
        """Write what is to be written and deliver what was heard."""
        if self._connection is not None:
            self._connection.write(self._conversation.data_to_send())
        self._deliver()

    def _deliver(self) -> None:
        """Hand out events and outcomes."""
        for item in self._conversation.take():
            if isinstance(item, Outcome):
                self._resolve(item)
            else:
                self._add(item)
        self._news.set()

    def _resolve(self, outcome: Outcome) -> None:
        """Give an outcome to who waits for it."""
        future = self._waiting.pop(outcome.ticket, None)
        if future is None or future.done():
            return
        if outcome.error is not None:
            future.set_exception(outcome.error)
        else:
            future.set_result(outcome.message if outcome.message is not None else outcome.lines)

    def _add(self, event: Event) -> None:
        """Queue an event, see rule 3."""
        if isinstance(event, events.Connected):
            self._was_connected = True
        if len(self._events) >= EVENTS_MAX:
            self._events.popleft()
            self._dropped += self._iterated
        self._events.append(event)
        for listener in list(self._listeners):
            listener.hear(event)
        self._news.set()


def now() -> Moment:
    """This moment; the loop's clock gives the ticks."""
    return Moment(datetime.now(UTC), asyncio.get_running_loop().time())
