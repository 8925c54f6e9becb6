"""What a program holds while a message is on its way.

Rules:
1. Giving up waiting does not take a message back: it is sent all the same.
2. A message that became several is delivered when all of them are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any

from ipcchat.client.events import Message


class Receipt:
    """What `Chat.post` returns: await it for the message as the server confirmed it (the last one, when a long text
    became several).

    Awaiting raises NotDelivered when the server refused a part, ChatClosed when the Chat was closed before. It waits
    through reconnects.
    """

    def __init__(self, parts: list[asyncio.Future[Message]]) -> None:
        self._parts = parts

    def done(self) -> bool:
        """Whether every part was confirmed or refused."""
        return all(part.done() for part in self._parts)

    def __await__(self) -> Generator[Any, None, Message]:
        return self._wait().__await__()

    async def _wait(self) -> Message:
        await asyncio.wait(self._parts)
        errors = [error for part in self._parts if (error := part.exception()) is not None]
        if errors:
            raise errors[0]
        return self._parts[-1].result()
