"""What happens, as server-sent events: a program hears its channels and conversations, and after a cut goes on where it
was.

    GET /api/v1/stream?channel=#tea&channel=#ops      Last-Event-ID: <id of a message>, or ?after=<id>

Rules:
1. An event is one object of told.py, named by its type; its id is the message's. Who asks with an id gets everything
   behind it first (CATCHUP), in order, then what happens: nothing is left out and nothing comes twice.
2. Something comes every KEEP_SECONDS, so that nobody waits on a dead connection, and then the token is looked at again.
3. A program that reads too slowly is cut off when WAITING_MAX events wait for it: it asks again with its last id.

Specification: WHATWG HTML, "Server-sent events" (https://html.spec.whatwg.org/multipage/server-sent-events.html).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ipcchat.server.http.problems import invalid, require_done
from ipcchat.server.http.speakers import Speaker, Speakers
from ipcchat.server.http.told import Teller, Told
from ipcchat.wire.casemap import fold
from ipcchat.wire.message import Message

KEEP_SECONDS = 15.0
WAITING_MAX = 2_000
CAUGHT_UP_AT_ONCE = 1_000
CHANNELS_MAX = 20
KNOWN = {"channel", "after"}


async def stream(request: Request, speakers: Speakers) -> Response:
    """The stream of a request. Raises Problem and HTTPException before it begins."""
    if not KNOWN.issuperset(request.query_params):
        raise invalid(f"The parameters are {', '.join(sorted(KNOWN))}")
    channels = list(dict.fromkeys(request.query_params.getlist("channel")))
    if len(channels) > CHANNELS_MAX or any("," in name or not name.startswith("#") for name in channels):
        raise invalid(f"Name channels one by one, at most {CHANNELS_MAX}: ?channel=%23tea&channel=%23ops")
    after = request.headers.get("last-event-id") or request.query_params.get("after", "")
    authorization, peer = request.headers.get("authorization", ""), request.state.peer(request.scope["headers"])
    async with AsyncExitStack() as stack:
        speaker = await stack.enter_async_context(speakers.speaker(authorization, peer))
        for channel in channels:
            require_done(await speaker.enter(channel))
        hearing = Hearing(speaker, channels)
        stack.callback(hearing.stop)
        await hearing.begin(after)
        events = _events(hearing, speakers, authorization, stack.pop_all())
        return StreamingResponse(events, media_type="text/event-stream", headers={"cache-control": "no-store"})


async def _events(
    hearing: Hearing, speakers: Speakers, authorization: str, stack: AsyncExitStack
) -> AsyncIterator[bytes]:
    """The events as they are written, until one side ends it."""
    async with stack:
        yield b": here is what happens\n\n"
        async for missed in hearing.missed():
            yield _event(missed)
        while not hearing.is_over:
            told = await hearing.next(KEEP_SECONDS)
            if told is not None:
                yield _event(told)
                continue
            try:
                speakers.require(authorization)
            except HTTPException:
                return
            yield b": still here\n\n"


def _event(told: Told) -> bytes:
    content = {name: value for name, value in told.items() if name != "type"}
    head = f"id: {told['id']}\n" if "id" in told else ""
    return f"{head}event: {told['type']}\ndata: {json.dumps(content, ensure_ascii=False)}\n\n".encode()


class Hearing:
    """What one request hears of a speaker: what it missed, then what happens."""

    def __init__(self, speaker: Speaker, channels: list[str]) -> None:
        self._speaker = speaker
        self._channels = channels
        self._wanted = {fold(name) for name in channels}
        self._teller = Teller(speaker.nick)
        self._waiting: asyncio.Queue[Told] = asyncio.Queue(WAITING_MAX)
        self._page: list[Message] = []
        self._cursor = ""
        self._caught_up = -1
        self.is_over = False
        speaker.listeners.append(self._hear)

    def stop(self) -> None:
        """Hear nothing more."""
        self._speaker.listeners.remove(self._hear)

    async def begin(self, after: str) -> None:
        """Ask for the first of what was missed behind that id ("": nothing was). Raises Problem."""
        if after:
            self._page = await self._catch_up(after)

    async def missed(self) -> AsyncIterator[Told]:
        """What was missed, to its end."""
        while self._page:
            teller = Teller(self._speaker.nick)
            word, cursor = "END", self._cursor
            for line in self._page:
                if line.command == "CATCHUP":
                    word, cursor = line.params[0], line.params[1]
                elif told := teller.tell(line):
                    yield told
            self._cursor, self._caught_up = cursor, place_of(cursor)
            self._page = await self._catch_up(cursor) if word == "MORE" else []

    async def next(self, seconds: float) -> Told | None:
        """The next thing that happens and was not told yet; None when nothing did for so long."""
        try:
            async with asyncio.timeout(seconds):
                while not self.is_over:
                    told = await self._waiting.get()
                    if "id" not in told or place_of(told["id"]) > self._caught_up:
                        return told
        except TimeoutError:
            self.is_over = bool(self._speaker.connection.ended)
        return None

    async def _catch_up(self, cursor: str) -> list[Message]:
        words = [cursor, str(CAUGHT_UP_AT_ONCE), *([",".join(self._channels)] if self._channels else [])]
        return require_done(await self._speaker.ask(Message("CATCHUP", words)))

    def _hear(self, line: Message) -> None:
        told = self._teller.tell(line)
        if told is None or (self._wanted and fold(told["target"]) not in self._wanted):
            return
        try:
            self._waiting.put_nowait(told)
        except asyncio.QueueFull:
            self.is_over = True


def place_of(msgid: str) -> int:
    """The place in the journal that an id of this server's has; -1 for none."""
    try:
        return int(msgid.rpartition("-")[2], 16)
    except ValueError:
        return -1
