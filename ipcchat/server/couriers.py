"""Couriers: what is said in channels with outgoing hooks is sent where these lead (docs/webhooks.md).

Rules:
1. Each hook has one courier, who sends one message at a time, in the order of the journal, and the next one only when
   the one before was taken (2xx). So nothing is left out and nothing overtakes; after a crash the last ones may come
   twice, with the same id.
2. How far he got is a fact, also that it fails; after a restart he goes on from there, and with the time that it has
   failed for.
3. What is not taken is sent again, after a second and then ever later up to RETRY_SECONDS_MAX. After
   FAILING_MS_MAX, or at once when the answer is 410, the hook is switched off and its channel's founder told.
4. What is answered as {"text": "..."} the hook says in the channel.
5. A courier with nothing to do does not exist: who says something wakes him (effects.Deliver).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import random
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

import msgspec

from ipcchat.core.deliveries import Delivery, Message, Outgoing, Progress
from ipcchat.core.effects import HistoryAnswer, PastQuery
from ipcchat.core.facts import Hook
from ipcchat.core.hooks import HookPost, Relaying
from ipcchat.server import logs
from ipcchat.server.outbound_answers import Answer, OutboundError

ANSWER_SECONDS_MAX = 15.0
RETRY_SECONDS_MIN, RETRY_SECONDS_MAX = 1.0, 600.0
FAILING_MS_MAX = 3 * 86_400_000
PROGRESS_SECONDS = 1.0
"""How often it is written down how far a courier got: so much may come twice after a crash."""

SENDING_MAX = 64
"""Couriers who send at the same time; each has a connection and a handshake."""

PROBLEM_CHARACTERS_MAX = 150
GONE = 410


class Said(msgspec.Struct):
    """What of an answer counts."""

    text: str = ""


class Host(Protocol):
    """The shell, as far as couriers know it."""

    def outgoing(self) -> list[str]: ...
    def next_deliveries(self, digest: str, after: int) -> Outgoing | None: ...
    async def history(self, query: PastQuery) -> HistoryAnswer: ...
    def deliveries(self, digest: str, answer: HistoryAnswer) -> list[Delivery]: ...
    def delivered(self, progress: Progress) -> None: ...
    async def relay(self, digest: str, post: HookPost) -> Relaying: ...
    def count_delivery(self, result: str) -> None: ...


Post = Callable[[str, bytes, Mapping[str, str]], Coroutine[Any, Any, Answer]]
"""How something is sent; raises OutboundError."""


class Couriers:
    """All couriers of this node. `clock` is Unix ms; `sleep` waits so many seconds."""

    def __init__(
        self,
        host: Host,
        post: Post,
        clock: Callable[[], int],
        sleep: Callable[[float], Coroutine[Any, Any, None]] = asyncio.sleep,
    ) -> None:
        self._host = host
        self._post = post
        self._clock = clock
        self._sleep = sleep
        self._sending = asyncio.Semaphore(SENDING_MAX)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._places: dict[str, int] = {}
        self._woken: set[str] = set()
        self._over = False

    def begin(self) -> None:
        """Go on with what has not gone out yet."""
        for digest in self._host.outgoing():
            self.wake(digest)

    def wake(self, digest: str) -> None:
        """There is something to do for that hook."""
        if self._over:
            return
        if digest in self._tasks:
            self._woken.add(digest)
            return
        task = asyncio.get_running_loop().create_task(self._run(digest))
        self._tasks[digest] = task
        task.add_done_callback(lambda done: self._ended(digest, done))

    def stop(self) -> None:
        """Nobody sends anything any more."""
        self._over = True
        for task in self._tasks.values():
            task.cancel()

    def _ended(self, digest: str, task: asyncio.Task[None]) -> None:
        del self._tasks[digest]
        if not task.cancelled() and (error := task.exception()) is not None:
            logs.failure("a courier failed", error)
            self._woken.discard(digest)
        elif digest in self._woken:
            self._woken.discard(digest)
            self.wake(digest)

    async def _run(self, digest: str) -> None:
        """One courier, until there is nothing to send."""
        courier = _Courier(self._host, digest, self._send, self._clock, self._places.get(digest, 0))
        failed = 0
        while True:
            self._woken.discard(digest)
            try:
                more = await courier.go()
                self._places[digest] = courier.place
            except _NotTaken:
                self._places[digest] = courier.place
                await self._sleep(_pause(failed))
                failed += 1
                continue
            failed = 0
            if not more:
                break
        if courier.is_gone:
            self._places.pop(digest, None)

    async def _send(self, hook: Hook, message: Message) -> Answer:
        body = msgspec.json.encode(message)
        async with self._sending:
            return await self._post(hook.url, body, _headers(hook, message, body, self._clock()))


def _pause(failed: int) -> float:
    """How long to wait after so many failures before; not all hooks of one server at the same time."""
    longest = min(RETRY_SECONDS_MIN * 2.0 ** min(failed, 16), RETRY_SECONDS_MAX)
    return longest * random.uniform(0.5, 1.0)


def _headers(hook: Hook, message: Message, body: bytes, now: int) -> dict[str, str]:
    timestamp = str(now // 1000)
    signed = hmac.new(hook.secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {
        "content-type": "application/json",
        "user-agent": "ipc-chat",
        "x-ipc-chat-delivery": message.id,
        "x-ipc-chat-timestamp": timestamp,
        "x-ipc-chat-signature": f"sha256={signed}",
    }


class _NotTaken(Exception):
    """What was sent was not taken: later again."""


class _Courier:
    """Takes what is next for one hook from the journal to where it leads. `place` is how far he got."""

    def __init__(
        self,
        host: Host,
        digest: str,
        send: Callable[[Hook, Message], Coroutine[Any, Any, Answer]],
        clock: Callable[[], int],
        place: int,
    ) -> None:
        self._host = host
        self._digest = digest
        self._send = send
        self._clock = clock
        self.place = place
        self.is_gone = False
        self._sent = False
        self._written_at = asyncio.get_running_loop().time()

    async def go(self) -> bool:
        """Send what there is; False when that is all. Raises _NotTaken."""
        outgoing = self._next()
        if outgoing is None:
            return False
        ((_, through),) = outgoing.query.spans
        answer = await self._host.history(outgoing.query)
        if answer.error:
            raise _NotTaken
        found = self._host.deliveries(self._digest, answer)
        for delivery in found:
            outgoing = self._next()
            if outgoing is None:
                return False
            if delivery.message is not None:
                await self._deliver(outgoing.hook, delivery.message)
                self._sent = True
            self.place = delivery.seq
            self._write_down_sometimes()
        if found:
            return True
        self.place = through
        self._write_down()
        return False

    def _next(self) -> Outgoing | None:
        outgoing = self._host.next_deliveries(self._digest, self.place)
        self.is_gone = outgoing is None
        return outgoing

    async def _deliver(self, hook: Hook, message: Message) -> None:
        try:
            answer = await self._send(hook, message)
        except OutboundError as error:
            self._failed(hook, str(error))
        if answer.status == GONE:
            self._failed(hook, "410 was answered: nobody wants it any more", off=True)
        if not 200 <= answer.status < 300:
            self._failed(hook, f"{answer.status} was answered")
        self._host.count_delivery("ok")
        if hook.failing_since:
            self._sent = True
            self._write_down()
        said = _said(answer)
        if said:
            await self._host.relay(self._digest, HookPost(said, answers=message.id))

    def _failed(self, hook: Hook, problem: str, *, off: bool = False) -> None:
        """Write down that it fails, when that is new; see rule 3. Raises _NotTaken."""
        self._host.count_delivery("failed")
        now = self._clock()
        since, problem = hook.failing_since or now, problem[:PROBLEM_CHARACTERS_MAX]
        off = off or now - since >= FAILING_MS_MAX
        if off or problem != hook.problem or not hook.failing_since:
            self._host.delivered(Progress(self._digest, self.place, since, problem, off))
        raise _NotTaken

    def _write_down_sometimes(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._written_at >= PROGRESS_SECONDS:
            self._write_down()

    def _write_down(self) -> None:
        """How far he got, if that is anything: what did not concern the hook costs nobody a fact."""
        if self._sent:
            self._host.delivered(Progress(self._digest, self.place))
        self._sent = False
        self._written_at = asyncio.get_running_loop().time()


def _said(answer: Answer) -> str:
    """What the other side wants to be said in the channel; "" for nothing."""
    if "json" not in answer.headers.get("content-type", ""):
        return ""
    try:
        return msgspec.json.decode(answer.body, type=Said).text
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
