"""What a person has not read yet, by the server's read markers: told when he comes, noted while he types.

Rules:
1. What was shown counts as read as soon as a line is typed: then somebody is at the screen. Arriving is not being read.
2. Without draft/read-marker nothing is asked and nothing noted. What we said ourselves is neither unread nor noted.
3. A marker that could not be noted is noted with a later line, and nobody is disturbed by it.

Specifications: IRCv3 draft/read-marker, draft/chathistory (TARGETS).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Sequence

from ipcchat.cli.render import keep
from ipcchat.client.chat import Chat
from ipcchat.client.errors import ChatError
from ipcchat.client.events import Message
from ipcchat.client.past_calls import READ_MARKER, HistoryTarget
from ipcchat.dialogue.past_commands import latest_targets
from ipcchat.wire.casemap import fold

PLACES_MAX = 1_000
# Each place costs one or two questions when the program starts.
LOOKED_AT_MAX = 20


class Unread:
    """How far the person at `chat` has read."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._shown: OrderedDict[str, Message] = OrderedDict()
        self._noting: set[asyncio.Task[None]] = set()

    @property
    def is_kept(self) -> bool:
        """Whether the server keeps how far we have read."""
        return self._chat.connected and READ_MARKER in self._chat.capabilities

    def shown(self, message: Message) -> None:
        """A message is on the screen."""
        if message.mine:
            return
        before = self._shown.get(fold(message.place))
        if before is None or before.time < message.time:
            keep(self._shown, fold(message.place), message, PLACES_MAX)

    def note(self) -> None:
        """Somebody is at the screen: what was shown is read."""
        if not self.is_kept:
            return
        for message in self._shown.values():
            task = asyncio.create_task(self._note(message))
            self._noting.add(task)
            task.add_done_callback(self._noting.discard)
        self._shown.clear()

    async def _note(self, message: Message) -> None:
        try:
            await self._chat.mark_read(message.place, message.time)
        except ChatError:
            self.shown(message)

    async def first(self, place: str, messages: Sequence[Message]) -> int | None:
        """Which of these messages of a place is the first that was not read; None when all were, or nobody knows."""
        try:
            marker = await self._chat.read_marker(place) if self.is_kept else None
        except ChatError:
            marker = None
        if marker is None:
            return None
        return next((i for i, message in enumerate(messages) if message.time > marker and not message.mine), None)

    async def elsewhere(self, but: Collection[str]) -> list[str]:
        """The places, besides `but`, where others said something last that was not read; the latest first. At most
        LOOKED_AT_MAX places are looked at. Raises ChatError."""
        if not (self.is_kept and self._chat.keeps_history):
            return []
        known = {fold(place) for place in but}
        targets = await latest_targets(self._chat, LOOKED_AT_MAX)
        return [row.name for row in targets if fold(row.name) not in known and await self._is_unread(row)]

    async def _is_unread(self, row: HistoryTarget) -> bool:
        marker = await self._chat.read_marker(row.name)
        if marker is not None and row.latest <= marker:
            return False
        return any(not message.mine for message in await self._chat.history(row.name, 1))
