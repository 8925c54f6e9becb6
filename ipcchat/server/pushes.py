"""Pushes on their way: what core wants to be pushed is encrypted and sent to push services (Web Push).

Rules:
1. Each endpoint has one task, which sends one push at a time, and exists while there is something to send. What waits
   is replaced by a later push of the same conversation.
2. Nothing is kept over a restart, and everything has its bound: what is too much is counted and dropped. A push is a
   sign that something was said, not the only copy of it.
3. An endpoint of which the push service says that it is gone (404, 410) is dropped, and so is one that took none of
   FAILED_MAX pushes.
4. What a push service has no time for (429, 5xx) is sent again when it says, or ever later, RETRIES_MAX times.
5. It is sent where hooks may send, too, and nowhere else (outbound.py).

Specification: RFC 8030.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from importlib import import_module
from typing import Any, Protocol

from ipcchat.core.effects import Effect, Moment, Push
from ipcchat.server import logs
from ipcchat.server.configuration import Configuration
from ipcchat.server.counts import ShellCounts
from ipcchat.server.late_imports import IMPORTING
from ipcchat.server.outbound_answers import Answer, Forbidden, OutboundError
from ipcchat.server.push_key import PushKey
from ipcchat.server.sender import Sender

TTL_SECONDS = 4 * 3_600
"""How long a push service keeps what it cannot bring: later than that nobody is called any more."""

ANSWER_SECONDS_MAX = 10.0
SENDING_MAX = 32
"""At the same time; each has a connection and a handshake."""

ENDPOINTS_MAX = 1_000
WAITING_MAX = 20
"""Conversations that wait for one endpoint."""

RETRIES_MAX = 3
RETRY_SECONDS_MIN, RETRY_SECONDS_MAX = 2.0, 300.0
FAILED_MAX = 10
"""Pushes in a row: hours or days, as often as somebody is called."""

GONE = (404, 410)
TOO_MANY, BROKEN = 429, 500


class PushCore(Protocol):
    """The part of core that hears of endpoints that are gone."""

    def push_gone(self, account: str, endpoint: str, now: Moment) -> list[Effect]: ...


class Turns(Protocol):
    """The shell, as far as pushes are concerned."""

    counts: ShellCounts

    def turn(self, effects: list[Effect]) -> None: ...


class _Line:
    """What waits for one endpoint, by topics."""

    def __init__(self) -> None:
        self.waiting: dict[str, Push] = {}


class Pushes:
    """All pushes of this node. `clock` says when it is, `sleep` waits so many seconds."""

    def __init__(
        self,
        core: PushCore,
        shell: Turns,
        configuration: Configuration,
        key: PushKey,
        clock: Callable[[], Moment],
        sleep: Callable[[float], Coroutine[Any, Any, None]] = asyncio.sleep,
    ) -> None:
        self._core = core
        self._shell = shell
        self._configuration = configuration
        self._key = key
        self._clock = clock
        self._sleep = sleep
        self._sender = Sender(configuration)
        self._sending = asyncio.Semaphore(SENDING_MAX)
        self._lines: dict[str, _Line] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._failed: dict[str, int] = {}
        self._signer: Any = None
        self._over = False

    def send(self, push: Push) -> None:
        """Send this when its turn comes."""
        line = self._lines.get(push.endpoint)
        if line is None:
            if self._over or len(self._lines) >= ENDPOINTS_MAX:
                self._count("dropped")
                return
            line = self._lines[push.endpoint] = _Line()
            task = asyncio.get_running_loop().create_task(self._run(push.endpoint, line))
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        line.waiting.pop(push.topic, None)
        line.waiting[push.topic] = push
        if len(line.waiting) > WAITING_MAX:
            del line.waiting[next(iter(line.waiting))]
            self._count("dropped")

    def stop(self) -> None:
        """Nothing is sent any more."""
        self._over = True
        for task in self._tasks:
            task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logs.failure("a push failed", error)

    def _count(self, result: str) -> None:
        self._shell.counts.pushes[result] += 1

    async def _run(self, endpoint: str, line: _Line) -> None:
        """One endpoint, until nothing waits for it."""
        try:
            tries = 0
            while line.waiting:
                push = next(iter(line.waiting.values()))
                pause = await self._try(push, tries)
                if pause:
                    tries += 1
                    await self._sleep(pause)
                    continue
                tries = 0
                if line.waiting.get(push.topic) is push:
                    del line.waiting[push.topic]
        finally:
            del self._lines[endpoint]

    async def _try(self, push: Push, tries: int) -> float:
        """Send one; in how many seconds again, 0 when it is done with."""
        try:
            answer = await self._post(push)
        except OutboundError as error:
            again = 0.0 if isinstance(error, Forbidden) else _pause(tries, "")
            problem = str(error)
        else:
            if 200 <= answer.status < 300:
                self._failed.pop(push.endpoint, None)
                self._count("sent")
                return 0.0
            if answer.status in GONE:
                self._drop(push)
                return 0.0
            is_busy = answer.status == TOO_MANY or answer.status >= BROKEN
            again = _pause(tries, answer.headers.get("retry-after", "")) if is_busy else 0.0
            problem = f"{answer.status} was answered"
        if again and tries < RETRIES_MAX:
            return again
        self._give_up(push, problem)
        return 0.0

    def _give_up(self, push: Push, problem: str) -> None:
        """A push comes to nothing, and perhaps the subscription with it."""
        self._count("failed")
        logs.event(logging.INFO, "a push was not taken", account=push.account, reason=problem)
        failed = self._failed.pop(push.endpoint, 0) + 1
        if failed >= FAILED_MAX:
            self._drop(push)
            return
        self._failed[push.endpoint] = failed
        if len(self._failed) > ENDPOINTS_MAX:
            del self._failed[next(iter(self._failed))]

    def _drop(self, push: Push) -> None:
        """Nothing is sent there any more: a turn."""
        self._count("gone")
        self._failed.pop(push.endpoint, None)
        self._lines[push.endpoint].waiting.clear()
        self._shell.turn(self._core.push_gone(push.account, push.endpoint, self._clock()))

    async def _post(self, push: Push) -> Answer:
        """Send it. Raises OutboundError."""
        loaded = self._configuration.loaded
        contact = loaded.values["push.contact"] or _https(loaded.settings.web_url)
        async with self._sending:
            body, authorization = await asyncio.to_thread(self._sealed, push, contact)
            headers = {
                "authorization": authorization,
                "content-encoding": "aes128gcm",
                "content-type": "application/octet-stream",
                "ttl": str(TTL_SECONDS),
                "topic": push.topic,
                "urgency": "high" if push.urgent else "normal",
            }
            return await self._sender.post(push.endpoint, body, headers, timeout=ANSWER_SECONDS_MAX)

    def _sealed(self, push: Push, contact: str) -> tuple[bytes, str]:
        """Body and authorization of a push; what they take is imported once, which takes a tenth of a second."""
        with IMPORTING:
            encryption: Any = import_module("ipcchat.server.push_encryption")
            if self._signer is None:
                self._signer = encryption.Signer(self._key)
            authorization = self._signer.authorization(push.endpoint, contact, self._clock().wall // 1000)
        return encryption.encrypted(push.line, push.p256dh, push.auth), authorization


def _https(url: str) -> str:
    """A URL that may stand for who is responsible (RFC 8292 2.1), or ""."""
    return url if url.startswith("https://") else ""


def _pause(tries: int, said: str) -> float:
    """How many seconds to wait after so many tries before: what the push service said, or ever longer."""
    wanted = float(said) if said.isascii() and said.isdigit() and len(said) < 6 else RETRY_SECONDS_MIN * 4.0**tries
    return min(max(wanted, RETRY_SECONDS_MIN), RETRY_SECONDS_MAX)
