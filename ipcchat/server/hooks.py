"""Hooks, as the rest of the server knows them: what HTTP asks of core for those that come in, and the couriers of those
that go out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from ipcchat.core.deliveries import Delivery, Outgoing, Progress
from ipcchat.core.effects import Effect, HistoryAnswer, Moment, PastQuery, Settled
from ipcchat.core.facts import Hook
from ipcchat.core.hooks import BUSY_SECONDS, HookPost, Obstacle, Relaying
from ipcchat.server.configuration import Configuration
from ipcchat.server.counts import ShellCounts
from ipcchat.server.couriers import ANSWER_SECONDS_MAX, Couriers
from ipcchat.server.outbound_answers import Answer
from ipcchat.server.sender import Sender


class HookCore(Protocol):
    """The part of core that hooks need."""

    def hook(self, token: str) -> Hook | None: ...
    def relay(self, digest: str, post: HookPost, now: Moment) -> tuple[Relaying, list[Effect]]: ...
    def outgoing(self) -> list[str]: ...
    def next_deliveries(self, digest: str, after: int) -> Outgoing | None: ...
    def deliveries(self, digest: str, answer: HistoryAnswer) -> list[Delivery]: ...
    def delivered(self, progress: Progress, now: Moment) -> list[Effect]: ...


class Turns(Protocol):
    """The shell, as far as hooks are concerned."""

    counts: ShellCounts

    def turn(self, effects: list[Effect]) -> None: ...
    async def errand(self, id: bytes, effects: list[Effect]) -> Settled: ...
    async def history(self, query: PastQuery) -> HistoryAnswer: ...


class HookDesk:
    """Asks core what HTTP and couriers want of it. `clock` says when it is, `leads` whether this node sends, of several
    that could."""

    def __init__(
        self,
        core: HookCore,
        shell: Turns,
        configuration: Configuration,
        clock: Callable[[], Moment],
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        self._core = core
        self._shell = shell
        self._configuration = configuration
        self._clock = clock
        self._leads = leads
        self._has_led = False
        self._sender = Sender(configuration)
        self._couriers = Couriers(self, self._post, lambda: clock().wall)

    # For HTTP.

    def hook(self, token: str) -> Hook | None:
        """The hook by which messages come in with that token."""
        return self._core.hook(token)

    async def relay(self, digest: str, post: HookPost) -> Relaying:
        """A hook says something; what became of it when that is certain."""
        relaying, effects = self._core.relay(digest, post, self._clock())
        if relaying.obstacle is not None:
            self._shell.turn(effects)
            return relaying
        settled = await self._shell.errand(relaying.id, effects)
        if not settled.problem:
            return relaying
        if not settled.seq:
            return Relaying(obstacle=Obstacle.BUSY, problem=settled.problem, wait=BUSY_SECONDS)
        return Relaying(obstacle=Obstacle.REFUSED, problem=settled.problem)

    def count_post(self, result: str) -> None:
        """Something came by a hook, or wanted to."""
        self._shell.counts.hook_posts[result] += 1

    # For couriers.

    def begin(self) -> None:
        """Go on with what has not gone out yet, if this node sends and did not before."""
        has_led, self._has_led = self._has_led, self._leads()
        if self._has_led and not has_led:
            self._couriers.begin()

    def wake(self, digest: str) -> None:
        """There is something to do for that outgoing hook."""
        self._couriers.wake(digest)

    def stop(self) -> None:
        """Nothing goes out any more."""
        self._couriers.stop()

    def outgoing(self) -> list[str]:
        """The outgoing hooks that are on."""
        return self._core.outgoing()

    def next_deliveries(self, digest: str, after: int) -> Outgoing | None:
        """What is next for a hook; None when it is gone or off, or nothing is sent by this server."""
        if not self._leads() or not self._configuration.loaded.settings.outbound:
            return None
        return self._core.next_deliveries(digest, after)

    async def history(self, query: PastQuery) -> HistoryAnswer:
        """What was said."""
        return await self._shell.history(query)

    def deliveries(self, digest: str, answer: HistoryAnswer) -> list[Delivery]:
        """The same, as it goes out."""
        return self._core.deliveries(digest, answer)

    def delivered(self, progress: Progress) -> None:
        """Write down how far a hook got: a turn."""
        self._shell.turn(self._core.delivered(progress, self._clock()))

    def count_delivery(self, result: str) -> None:
        """Something was sent, or should have been."""
        self._shell.counts.hook_deliveries[result] += 1

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        return await self._sender.post(url, body, headers, timeout=ANSWER_SECONDS_MAX)
