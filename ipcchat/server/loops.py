"""The two hand-overs between core and a lane, in the same loop and in another thread.

    up    "these messages came from these connections": `arrived(arrivals)` is called on core's thread
    down  "send these bytes to these connections": core calls `deliver(batch)`

Rules:
1. One wake-up for a batch, none for a message, none when the other side is awake: a thread looks once more before it
   sleeps.
2. A lane's thread is never more than ARRIVALS_AHEAD hand-overs ahead of core, so that a flood waits in the kernel and
   not here.
3. With the same loop a hand-over is a call.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from ipcchat.core.limits import Limits
from ipcchat.server.clock import Clock
from ipcchat.server.counts import LaneCounts
from ipcchat.server.lane import DEADLINES_SECONDS, Arrival, Lane
from ipcchat.server.outbox import Batch
from ipcchat.server.poller import READ, new_poller

ARRIVALS_AHEAD = 2

Arrived = Callable[[list[Arrival]], None]
Crashed = Callable[[BaseException], None]


class HandOver(Protocol):
    """One lane as core sees it; all methods are called on core's thread. `counts` is what the lane counts."""

    counts: LaneCounts

    def start(self) -> None:
        """Begin to serve."""

    def deliver(self, batch: Batch) -> None:
        """Write and do this."""

    def expire(self) -> None:
        """Some time passed; called about four times a second."""

    def stop(self) -> None:
        """Drop all connections and release everything."""


class SameLoop:
    """A lane that lives in core's own event loop."""

    def __init__(self, limits: Limits, loop: asyncio.AbstractEventLoop, arrived: Arrived) -> None:
        self._poller = new_poller()
        self._lane = Lane(limits, self._poller, Clock())
        self.counts = self._lane.counts
        self._loop = loop
        self._arrived = arrived
        self._scheduled = False

    def start(self) -> None:
        """Begin to serve. Raises OSError where a poller cannot live in an event loop."""
        self._loop.add_reader(self._poller.fileno(), self._turn)

    def deliver(self, batch: Batch) -> None:
        """Write and do this now."""
        self._lane.perform(batch)
        self._go_on()

    def expire(self) -> None:
        """Look at the lane's deadlines."""
        if self._lane.has_deadlines:
            self._lane.expire()
            self._go_on()

    def stop(self) -> None:
        """Drop all connections."""
        self._loop.remove_reader(self._poller.fileno())
        self._lane.close()
        self._poller.close()

    def _turn(self) -> None:
        self._scheduled = False
        arrivals = self._lane.turn(0)
        try:
            if arrivals:
                self._arrived(arrivals)
        finally:
            self._go_on()

    def _go_on(self) -> None:
        """Come back in the loop's next iteration when something is left: other callbacks have their turn before."""
        if self._lane.has_more and not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._turn)


class OtherThread:
    """A lane that lives in a thread of its own; `crashed` hears on core's thread when that thread cannot go on."""

    def __init__(self, limits: Limits, loop: asyncio.AbstractEventLoop, arrived: Arrived, crashed: Crashed) -> None:
        self._poller = new_poller()
        self._lane = Lane(limits, self._poller, Clock())
        self.counts = self._lane.counts
        self._loop = loop
        self._arrived = arrived
        self._crashed = crashed
        self._inbox: deque[Batch] = deque()
        self._upward: deque[list[Arrival]] = deque()
        self._core_called = False
        self._asleep = False
        self._stopped = False
        self._expires = 0.0
        self._room = threading.Event()
        self._bell, self._ear = socket.socketpair()
        self._bell.setblocking(False)
        self._ear.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="ipcchat-io", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._poller.register(self._ear.fileno(), READ)
        self._thread.start()

    def deliver(self, batch: Batch) -> None:
        """Bring this to the thread; it is woken only when it sleeps."""
        self._inbox.append(batch)
        self._wake()

    def expire(self) -> None:
        """The thread watches its deadlines by itself."""

    def stop(self) -> None:
        """Let the thread drop all connections, and wait for its end (a second at most; it is a daemon)."""
        self._stopped = True
        self._asleep = True
        self._wake()
        if self._thread.is_alive():
            self._thread.join(1.0)

    def _wake(self) -> None:
        if self._asleep:
            self._asleep = False
            try:
                self._bell.send(b"\0")
            except OSError:
                pass  # Full means that it is ringing already; closed means that nobody listens any more.

    def _take(self) -> None:
        """On core's thread: hear everything that came up, as one turn."""
        self._core_called = False
        arrivals: list[Arrival] = []
        while self._upward:
            arrivals.extend(self._upward.popleft())
        self._room.set()
        if arrivals:
            self._arrived(arrivals)

    def _run(self) -> None:
        """The thread's whole life."""
        try:
            while not self._stopped:
                self._serve()
        except BaseException as error:
            self._call_core(self._crashed, error)
        finally:
            self._lane.close()
            self._poller.close()
            self._ear.close()
            self._bell.close()

    def _serve(self) -> None:
        """One turn without waiting, and when it brought nothing, one that waits."""
        self._perform()
        self._expire()
        if len(self._upward) >= ARRIVALS_AHEAD:
            self._room.clear()
            if len(self._upward) >= ARRIVALS_AHEAD:
                self._room.wait(0.05)
            return
        if self._hand_up(self._lane.turn(0)) or self._lane.has_more:
            return
        self._asleep = True
        if self._inbox or self._stopped:
            self._asleep = False
            return
        arrivals = self._lane.turn(DEADLINES_SECONDS if self._lane.has_deadlines else None)
        self._asleep = False
        self._quiet()
        self._hand_up(arrivals)

    def _expire(self) -> None:
        """Look at the lane's deadlines, not more often than is of use."""
        now = time.monotonic()
        if self._lane.has_deadlines and now >= self._expires:
            self._expires = now + DEADLINES_SECONDS
            self._lane.expire()

    def _perform(self) -> None:
        while self._inbox:
            self._lane.perform(self._inbox.popleft())

    def _hand_up(self, arrivals: list[Arrival]) -> bool:
        """Bring arrivals to core; True when there were any."""
        if not arrivals:
            return False
        self._upward.append(arrivals)
        if not self._core_called:
            self._core_called = True
            self._call_core(self._take)
        return True

    def _call_core(self, function: Callable[..., None], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:
            self._stopped = True  # The loop is closed: the server is gone.

    def _quiet(self) -> None:
        """Hear all rings as one."""
        try:
            self._ear.recv(4096)
        except BlockingIOError:
            pass
