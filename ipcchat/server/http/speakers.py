"""Who speaks by the HTTP API: one user of the chat for each token and address, as long as requests come.

Rules:
1. A token's first request connects its account (server/inner.py), and the others use that connection: in the room it is
   one user like all others, marked as a bot where nobody else of the account is there.
2. It leaves IDLE_SECONDS after the last request; a stream that is open is one.
3. Every request asks anew whether the token counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.exceptions import HTTPException

from ipcchat.core.peers import Peer
from ipcchat.core.tokens import digest_of
from ipcchat.server.http.credentials import BUSY, Doors, logged_in, refused
from ipcchat.server.inner import Ended, InnerConnection
from ipcchat.wire.casemap import fold
from ipcchat.wire.message import Message

IDLE_SECONDS = 300.0
AT_ONCE_MAX = 16
"""How many requests of one token and address run at a time, open streams included."""

CAPABILITIES = (
    "sasl draft/chathistory draft/multiline draft/message-edit draft/message-redaction soju.im/search ipc-chat/catch-up"
)
ENDINGS = ("", "_", "__", "-api", "-api2")
"""What makes another nick of the account's name, where somebody else has it."""

Hears = Callable[[Message], None]


class Speaker:
    """A user by the API. `listeners` hear what is said where he is."""

    def __init__(self, connection: InnerConnection) -> None:
        self.connection = connection
        self.listeners: list[Hears] = []
        self.requests = 0
        self.leaving: asyncio.TimerHandle | None = None
        connection.on_line = self._hear

    @property
    def nick(self) -> str:
        """What he is called."""
        nick: str = self.connection.session.user.nick if self.connection.session else ""
        return nick

    async def ask(self, message: Message, *following: Message) -> list[Message]:
        """As InnerConnection.ask. Raises HTTPException 503 when he is put off, or nobody answers."""
        try:
            return await self.connection.ask(message, *following)
        except Ended as ended:
            raise HTTPException(503, str(ended)) from None
        except TimeoutError:
            raise HTTPException(503, BUSY) from None

    async def enter(self, channel: str) -> list[Message]:
        """Be in a channel; what stood against it, if anything."""
        session = self.connection.session
        if session is None or fold(channel) in session.user.channels:
            return []
        answer = await self.ask(Message("JOIN", [channel]))
        return [] if any(line.command == "JOIN" for line in answer) else answer

    def _hear(self, line: Message) -> None:
        for listener in list(self.listeners):
            listener(line)


class Speakers:
    """All of them. `doors` is the shell."""

    def __init__(self, doors: Doors, loop: asyncio.AbstractEventLoop) -> None:
        self._doors = doors
        self._loop = loop
        self._speakers: dict[tuple[str, str], Speaker] = {}
        self._coming: dict[tuple[str, str], asyncio.Lock] = {}

    def require(self, authorization: str) -> str:
        """The token of an Authorization field that counts now. Raises HTTPException 401."""
        scheme, _, token = authorization.strip().partition(" ")
        token = token.strip()
        holder = self._doors.holder(token) if scheme.lower() == "bearer" else None
        if holder is None or holder.user is not None:
            raise refused("Use Authorization: Bearer <token>; /msg NickServ TOKEN ADD <name> makes one")
        return token

    @asynccontextmanager
    async def speaker(self, authorization: str, peer: Peer) -> AsyncIterator[Speaker]:
        """Who speaks, for one request. Raises HTTPException 401, 403, 429, 503."""
        token = self.require(authorization)
        place = (digest_of(token), peer.address)
        speaker = await self._of(place, token, peer)
        if speaker.requests >= AT_ONCE_MAX:
            raise HTTPException(429, f"{AT_ONCE_MAX} requests of this token run already", {"retry-after": "1"})
        speaker.requests += 1
        if speaker.leaving is not None:
            speaker.leaving.cancel()
        try:
            yield speaker
        finally:
            speaker.requests -= 1
            if not speaker.requests:
                speaker.leaving = self._loop.call_later(IDLE_SECONDS, speaker.connection.close)

    async def _of(self, place: tuple[str, str], token: str, peer: Peer) -> Speaker:
        """Requests that come at once share one."""
        lock = self._coming.setdefault(place, asyncio.Lock())
        try:
            async with lock:
                found = self._speakers.get(place)
                if found is None:
                    found = self._speakers[place] = await self._connect(place, token, peer)
                return found
        finally:
            if not lock.locked():
                self._coming.pop(place, None)

    async def _connect(self, place: tuple[str, str], token: str, peer: Peer) -> Speaker:
        response = f"\0ipc\0{token}".encode()
        connection = await logged_in(self._doors, peer, CAPABILITIES, "IRCV3BEARER", response)
        try:
            await self._arrive(connection)
        except BaseException as error:
            connection.close()
            if isinstance(error, Ended | TimeoutError):
                raise HTTPException(503, str(error) or BUSY) from None
            raise
        connection.on_end = lambda: self._forget(place)
        return Speaker(connection)

    async def _arrive(self, connection: InnerConnection) -> None:
        """Under the account's name, or one like it. Raises HTTPException 403."""
        answer: list[Message] = []
        for ending in ENDINGS:
            answer = await connection.register(connection.account + ending, f"{connection.account} by HTTP")
            if answer and answer[0].command == "001":
                break
        else:
            raise HTTPException(403, answer[-1].params[-1] if answer else BUSY)
        user = connection.session.user
        if len(user.sessions) == 1 and "B" not in user.modes:
            await connection.ask(Message("MODE", [user.nick, "+B"]))

    def _forget(self, place: tuple[str, str]) -> None:
        speaker = self._speakers.pop(place, None)
        if speaker is not None and speaker.leaving is not None:
            speaker.leaving.cancel()
